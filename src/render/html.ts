import { dropCodeMarks, escapeHtml, escapeForHtml, escapeForTerminal, keepUnitsTogether } from '../text.ts'
import { sha256 } from '../sha256.ts'
import { writeSentence } from '../words/sentences.ts'
import type { Sentence, Table, Writing } from '../words/sentences.ts'
import { CHART_COLOURS, CHART_STYLE } from './svg-chart.ts'

/**
 * The building blocks of a page, where a view becomes HTML. A page is one file: nothing from outside, no script but one of
 * ours; this policy forbids both.
 */

const POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"

const STYLE = `
:root { color-scheme: light dark; ${CHART_COLOURS.light} --red: #b31d28; --row: #f6f8fa; }
@media (prefers-color-scheme: dark) { :root { ${CHART_COLOURS.dark} --red: #ff9790; --row: #161b22; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 72rem; padding: 1rem; color: var(--text); background: var(--back);
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; }
h1 { font-size: 1.4rem; line-height: 1.3; } h2 { font-size: 1.1rem; margin-top: 2rem; }
h1.fail { color: var(--red); } h1.good { color: var(--green); }
p.soft, footer { color: var(--soft); }
.wide { overflow: auto; max-height: 80vh; }
@media print { .wide { overflow: visible; max-height: none; } }
thead th { position: sticky; top: 0; background: var(--back); }
summary { cursor: pointer; padding: 0.3rem 0; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: 0.3rem 0.7rem; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
th.right, td.right { text-align: right; white-space: nowrap; }
tbody tr:nth-child(even) { background: var(--row); }
.charts { display: grid; gap: 1.5rem 1rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 28rem), 1fr)); }
figure { margin: 0; min-width: 0; } figure.first { grid-column: 1 / -1; max-width: 56rem; } svg { width: 100%; height: auto; display: block; }
figcaption { color: var(--text); font-weight: 600; } figure p { margin: 0.2rem 0; }
@media (max-width: 40rem) { th, td { padding: 0.3rem 0.4rem; } }
${CHART_STYLE}`

/** HTML does not set code apart, so its marks are dropped. */
const HTML: Writing = {
  words: (text) => escapeHtml(dropCodeMarks(text)),
  text: escapeForHtml,
  prose: (text, most) => escapeHtml(dropCodeMarks(escapeForTerminal(text, most))),
  code: escapeForHtml,
  figure: escapeHtml,
  strong: (text) => text,
  link: (text) => text,
  room: Infinity,
}

/** A sentence. Figures stay with their units. */
export function writeHtml(sentence: Sentence): string {
  return keepUnitsTogether(writeSentence(sentence, HTML))
}

/** A sentence with its links, where they lead to the web. */
export function writeLinkedHtml(sentence: Sentence): string {
  return keepUnitsTogether(
    writeSentence(sentence, { ...HTML, link: (text, url) => `<a href="${escapeHtml(url)}">${text}</a>` }),
  )
}

/** A page. */
interface HtmlPage {
  readonly title: string
  /** HTML, as the title is not. */
  readonly body: readonly string[]
  /** Beside the styles of all pages. */
  readonly style?: string
  /** A script of ours that stands in the body: the policy allows this one and no other. */
  readonly script?: string
}

/** A whole page. */
export function layHtmlPage({ title, body, style = '', script }: HtmlPage): string {
  const allowed =
    script === undefined ? '' : `; script-src 'sha256-${Buffer.from(sha256(script), 'hex').toString('base64')}'`
  return `${[
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="${POLICY}${allowed}">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="robots" content="noindex">',
    '<meta name="referrer" content="no-referrer">',
    `<title>${escapeForHtml(title, 300)}</title>`,
    `<style>${STYLE}${style}</style>`,
    '</head>',
    '<body>',
    ...body,
    '</body>',
    '</html>',
  ].join('\n')}\n`
}

/** A heading with what stands below it; empty without content. */
export function layHtmlSection(heading: string, content: readonly string[]): string[] {
  const shown = content.filter((part) => part !== '')
  return shown.length === 0 ? [] : [`<h2>${escapeForHtml(heading)}</h2>`, ...shown]
}

/** A paragraph; empty for nothing. */
export function layHtmlParagraph(sentence: Sentence | null, kind: 'normal' | 'soft' = 'normal'): string {
  return sentence === null ? '' : `<p${kind === 'soft' ? ' class="soft"' : ''}>${writeHtml(sentence)}</p>`
}

/** A list; empty without entries. With `writeLinkedHtml` its links lead somewhere. */
export function layHtmlList(entries: readonly Sentence[], write = writeHtml): string {
  return entries.length === 0 ? '' : `<ul>\n${entries.map((entry) => `<li>${write(entry)}</li>`).join('\n')}\n</ul>`
}

/** Folded content; empty without any. */
export function layHtmlFold(summary: string, content: string): string {
  return content === '' ? '' : `<details><summary>${escapeForHtml(summary)}</summary>\n${content}\n</details>`
}

/** A table that scrolls by itself on a narrow screen; empty without rows. With `writeLinkedHtml` the links in its cells lead somewhere. */
export function layHtmlTable(label: string, { columns, rows }: Table, write = writeHtml): string {
  if (rows.length === 0) return ''
  const writeClass = (i: number) => (columns[i]!.align === 'right' ? ' class="right"' : '')
  const head = columns.map(({ heading }, i) => `<th scope="col"${writeClass(i)}>${writeHtml(heading)}</th>`).join('')
  const body = rows.map(
    (row) => `<tr>${row.map((cell, i) => `<td${writeClass(i)}>${keepSignTogether(write(cell))}</td>`).join('')}</tr>`,
  )
  return [
    `<div class="wide" role="region" aria-label="${escapeForHtml(label)}" tabindex="0"><table>`,
    `<thead><tr>${head}</tr></thead>`,
    `<tbody>`,
    ...body,
    '</tbody></table></div>',
  ].join('\n')
}

/** A sign that begins a cell stays on the line of the word after it. */
function keepSignTogether(cell: string): string {
  return cell.replace(/^(\p{Extended_Pictographic}\ufe0f?) /u, '$1\u00a0')
}
