import { parsers } from 'prettier/plugins/markdown'

/** A comment as GitHub shows it, near enough for a picture: our Markdown as HTML in the look of a comment box. */

interface Node {
  readonly type: string
  readonly value?: string
  readonly depth?: number
  readonly url?: string
  readonly lang?: string | null
  readonly align?: readonly (string | null)[]
  readonly children?: readonly Node[]
}

const STYLE = `
body { margin: 0; padding: 16px; background: #fff; color: #1f2328;
  font: 14px/1.5 -apple-system, "Segoe UI", "Noto Sans", "DejaVu Sans", "Noto Color Emoji", sans-serif; }
.box { border: 1px solid #d1d9e0; border-radius: 6px; overflow: hidden; }
.head { background: #f6f8fa; border-bottom: 1px solid #d1d9e0; padding: 8px 16px; color: #59636e; }
.head b { color: #1f2328; } .bot { border: 1px solid #d1d9e0; border-radius: 2em; padding: 0 7px; font-size: 12px; }
.body { padding: 16px; } .body > :first-child { margin-top: 0; } .body > :last-child { margin-bottom: 0; }
h3 { font-size: 1.25em; margin: 24px 0 16px; line-height: 1.25; } p, ul, table, details { margin: 0 0 16px; }
ul { padding-left: 2em; } li + li { margin-top: 4px; } li p { margin: 0; }
table { border-collapse: collapse; display: block; width: max-content; max-width: 100%; overflow: auto; }
th, td { border: 1px solid #d1d9e0; padding: 6px 13px; } tr:nth-child(2n) { background: #f6f8fa; } th { font-weight: 600; }
code { background: #818b981f; border-radius: 6px; padding: 0.2em 0.4em; font: 85% ui-monospace, "DejaVu Sans Mono", monospace; }
pre { background: #f6f8fa; border-radius: 6px; padding: 16px; overflow: auto; } pre code { background: none; padding: 0; }
@media (prefers-color-scheme: dark) { body { background: #0d1117; color: #f0f6fc; } .box, th, td, .head, .bot { border-color: #3d444d; }
  .head, pre, tr:nth-child(2n) { background: #151b23; } .head, sub { color: #9198a1; } .head b { color: #f0f6fc; } a { color: #4493f8; } }
.mermaid svg { max-width: 100%; }
a { color: #0969da; } sub { font-size: 75%; line-height: 1.5; vertical-align: baseline; color: #59636e; }`

/** The page for this Markdown. */
export async function githubPage(markdown: string): Promise<string> {
  const tree = (await parsers.markdown.parse(markdown, {} as never)) as Node
  return [
    `<!doctype html><html lang="en"><meta charset="utf-8"><style>${STYLE}</style>`,
    '<div class="box"><div class="head"><b>github-actions</b> <span class="bot">bot</span> commented</div>',
    `<div class="body">${tree.children!.map(htmlOf).join('\n')}</div></div></html>`,
  ].join('\n')
}

function htmlOf(node: Node): string {
  const inner = () => (node.children ?? []).map(htmlOf).join('')
  switch (node.type) {
    case 'text':
      return escapeHtml(node.value!)
    case 'html':
      return node.value!
    case 'heading':
      return `<h${node.depth}>${inner()}</h${node.depth}>`
    case 'paragraph':
      return `<p>${inner()}</p>`
    case 'strong':
      return `<strong>${inner()}</strong>`
    case 'inlineCode':
      return `<code>${escapeHtml(node.value!)}</code>`
    case 'code':
      return node.lang === 'mermaid'
        ? `<pre class="mermaid">${escapeHtml(node.value!)}</pre>`
        : `<pre><code>${escapeHtml(node.value!)}</code></pre>`
    case 'link':
      return `<a href="${escapeHtml(node.url!)}">${inner()}</a>`
    case 'list':
      return `<ul>${inner()}</ul>`
    case 'listItem':
      return `<li>${inner()}</li>`
    case 'table':
      return tableOf(node)
    default:
      throw new Error(`a comment should hold no ${node.type}`)
  }
}

function tableOf({ children = [], align = [] }: Node): string {
  const rows = children.map((row, i) => {
    const tag = i === 0 ? 'th' : 'td'
    const cells = row.children!.map((cell, j) => {
      const text = (cell.children ?? []).map(htmlOf).join('')
      return `<${tag} style="text-align: ${align[j] ?? 'left'}">${text}</${tag}>`
    })
    return `<tr>${cells.join('')}</tr>`
  })
  return `<table>${rows.join('')}</table>`
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
