import { markdownTable } from 'markdown-table'
import { markdown, plain } from '../text.ts'
import { plural } from './format.ts'
import type { Column } from './terminal.ts'

/** The building blocks of comments: what others wrote goes through `markdown`, `code` or `prose`. */

/** GitHub refuses comments above 65,536 characters; the rest is left to the marker that stands before it. */
export const LONGEST_COMMENT = 60_000

/** A code span, safe in tables too. */
export function code(text: string, maximum = 100): string {
  const line = plain(text, maximum)
  return /^[^`|\\]+$/.test(line) ? `\`${line}\`` : `<code>${markdown(line, maximum)}</code>`
}

/** A sentence of ours that may quote others: its code spans stay, everything else is shown as it was written. */
export function prose(text: string, maximum = 400): string {
  return plain(text, maximum)
    .split(/`([^`]{1,200})`/)
    .map((part, i) => {
      if (i % 2 === 1) return code(part, maximum)
      const [before, after] = [part.startsWith(' ') ? ' ' : '', /. $/.test(part) ? ' ' : '']
      return `${before}${markdown(part, maximum)}${after}`
    })
    .join('')
}

/** A link, or the text alone where the URL is none of the web. The text must be fit for Markdown. */
export function link(text: string, url: string | null): string {
  if (url === null || !URL.canParse(url)) return text
  const { href, protocol } = new URL(url)
  if (protocol !== 'https:' && protocol !== 'http:') return text
  return `[${text}](${href
    .replace(/[()<>\\|\s]/g, encodeURIComponent)
    .replaceAll('(', '%28')
    .replaceAll(')', '%29')})`
}

/** A table of at most `most` items; what is left out is said. Cells must be fit for Markdown. */
export function table<T>(
  columns: readonly Column[],
  items: readonly T[],
  rowOf: (item: T) => readonly string[],
  most: number,
): string {
  const shown = items.slice(0, most).map(rowOf)
  const text = markdownTable([columns.map(({ heading }) => heading), ...shown], {
    align: columns.map(({ align }) => (align === 'left' ? 'l' : 'r')),
    alignDelimiters: false,
  })
  return items.length === shown.length ? text : `${text}\n\n${leftOut(items.length - shown.length, 'row')}`
}

/** A list of at most `most` entries; what is left out is said. */
export function list(entries: readonly string[], most: number): string {
  const shown = entries.slice(0, most).map((entry) => `- ${entry}`)
  if (entries.length > shown.length) shown.push(`- ${leftOut(entries.length - shown.length, 'entry', 'entries')}`)
  return shown.join('\n')
}

/** Folded blocks. The summary is words of ours or letters that mean nothing to Markdown and HTML. */
export function details(summary: string, blocks: readonly string[]): string {
  return `<details>\n<summary>${summary}</summary>\n\n${blocks.join('\n\n')}\n\n</details>`
}

/** The longest rendering that fits: details lose rows first, and `render` never drops the verdict. */
export function fitted(render: (most: number) => string, maximum = LONGEST_COMMENT): string {
  const sizes = [200, 64, 20, 8, 3, 1]
  for (const most of sizes) {
    const text = render(most)
    if (text.length <= maximum) return text
  }
  return render(0)
}

function leftOut(count: number, one: string, many?: string): string {
  return `… and ${plural(count, `more ${one}`, `more ${many ?? `${one}s`}`)}, in the report.`
}
