/** What a browser, GitHub and the runner would make of what was written: as much of it as tells whether a text of others does something. */

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" }

/** What a reader of HTML sees, and the tags: each as it stands, with its attributes. */
export function readHtml(html: string): { readonly text: string; readonly tags: readonly string[] } {
  const tags: string[] = []
  const text = html
    .replaceAll(/<(?:"[^"]*"|'[^']*'|[^"'>])*>?/g, (tag) => {
      // Figures and places of a chart differ from text to text.
      tags.push(tag.replaceAll(/"[^"]*"/g, '""').slice(0, 200))
      return ''
    })
    .replaceAll(/&(amp|lt|gt|quot|#39);/g, (_, name: string) => ENTITIES[name]!)
  return { text, tags }
}

/** What a reader of one line of GitHub's Markdown sees, and what in it would do something. */
export function readMarkdown(line: string): { readonly shown: string; readonly active: readonly string[] } {
  const active = [...activeMarkdown(line)]
  const shown = line
    .replaceAll(/<code>(.*?)<\/code>/g, '$1')
    .replaceAll(
      /`([^`]*)`|\\([!-/:-@[-`{-~])|&(amp|lt|gt);|\u200b/g,
      (_, code?: string, sign?: string, name?: string) => {
        return code ?? sign ?? (name === undefined ? '' : ENTITIES[name]!)
      },
    )
  return { shown, active }
}

/** Parts of Markdown that are more than text: in none of our code spans, and not escaped. */
export function activeMarkdown(markdown: string): readonly string[] {
  const plain = markdown
    .replaceAll(/\\[!-/:-@[-`{-~]/g, '\u0001')
    .replaceAll(/```[\s\S]*?\n```|`[^`\n]+`/g, '')
    .replaceAll(/&(?:amp|lt|gt);|<\/?code>/g, '\u0001')
  return [...plain.matchAll(ACTIVE)].map(([found]) => found)
}

const ACTIVE = new RegExp(
  [
    '\\]\\([^)]*\\)',
    '!\\[',
    '\\[[^\\]]*\\]:',
    '<[a-z/!?][^>]*>?',
    '@[\\w-]+',
    '\\bwww\\.',
    '\\b(?:https?|ftp)://\\S*',
    '&#?\\w+;',
    '(?<!\\w)#\\d+',
    '\\bGH-\\d+',
    '[`~$_*|]',
    '^\\s*(?:#{1,6}|[-+>]|\\d+[.)])\\s',
  ].join('|'),
  'gim',
)

/** Whether the runner takes a line for a command: it trims what .NET and ICU pass over, and looks for the older form anywhere. */
export function isCommand(line: string): boolean {
  const begin = line.replace(/^[\s\u0085\p{Cf}\p{Default_Ignorable_Code_Point}]+/u, '')
  return begin.startsWith('::') || line.includes('##[')
}
