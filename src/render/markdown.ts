import { markdownTable as layTable } from 'markdown-table'
import { escapeForMarkdown, escapeForTerminal, keepUnitsTogether, pluralise } from '../text.ts'
import { keepTogether } from '../words/format.ts'
import { writeSentence } from '../words/sentences.ts'
import type { Sentence, Table, Writing } from '../words/sentences.ts'

/** The building blocks of comments, where a view becomes GitHub's Markdown. */

/** The size limit of a place, and how it counts. */
export interface Room {
  readonly most: number
  readonly sizeOf: (text: string) => number
  /** How many characters of charts are drawn there; charts beyond that are left out. Default: any number. */
  readonly mostOfCharts?: number
}

/** A comment, in characters: GitHub refuses one above 65,536, and the marker before the text needs the rest. */
export const COMMENT_ROOM: Room = { most: 60_000, sizeOf: (text) => text.length }

/** A note on a merge request, in characters. GitLab draws this many characters of charts without asking. */
export const NOTE_ROOM: Room = { most: 1_000_000, sizeOf: (text) => text.length, mostOfCharts: 2000 }

/** A summary, in bytes: GitHub refuses one above 1 MiB completely, and warnings may still be added later. */
export const SUMMARY_ROOM: Room = {
  most: 1024 * 1024 - 16 * 1024,
  sizeOf: (text) => new TextEncoder().encode(text).length,
}

/** A sentence, with at most `most` entries in each of its lists. Outside of code, which is copied, figures stay with their units. */
export function writeMarkdown(sentence: Sentence, most = Infinity): string {
  return writeSentence(sentence, { ...MARKDOWN, room: most })
    .split(CODE)
    .map((part, i) => (i % 2 === 1 ? part : keepUnitsTogether(part)))
    .join('')
}

/** A fence, a code span, or what stands for a span of what has a backtick in it. */
const CODE = /(`{3}[^`]*`{3}|`[^`\n]*`|<code>[^<]*<\/code>)/

const MARKDOWN: Omit<Writing, 'room'> = {
  words: (text) => text,
  text: escapeForMarkdown,
  prose: writeProse,
  code: writeCode,
  figure: keepTogether,
  strong: (text) => `**${text}**`,
  link: writeLink,
}

/** A code span, safe in tables too. */
function writeCode(text: string, maximum: number): string {
  const line = escapeForTerminal(text, maximum)
  return /^[^`|\\]+$/.test(line) ? `\`${line}\`` : `<code>${escapeForMarkdown(line, maximum)}</code>`
}

/** Keeps code spans, and escapes everything else. */
function writeProse(text: string, maximum: number): string {
  return escapeForTerminal(text, maximum)
    .split(/`([^`]{1,200})`/)
    .map((part, i) => {
      if (i % 2 === 1) return writeCode(part, maximum)
      const [before, after] = [part.startsWith(' ') ? ' ' : '', /. $/.test(part) ? ' ' : '']
      return `${before}${escapeForMarkdown(part, maximum)}${after}`
    })
    .join('')
}

function writeLink(text: string, url: string): string {
  return `[${text}](${url
    .replace(/[()<>\\|\s]/g, encodeURIComponent)
    .replaceAll('(', '%28')
    .replaceAll(')', '%29')})`
}

/** A table of at most `most` rows, which says what it leaves out. Null without rows. */
export function layMarkdownTable({ columns, rows }: Table, most: number): string | null {
  if (rows.length === 0) return null
  const shown = rows.slice(0, most).map((row) => row.map((cell) => writeMarkdown(cell, most)))
  const text = layTable([columns.map(({ heading }) => writeMarkdown(heading)), ...shown], {
    align: columns.map(({ align }) => (align === 'left' ? 'l' : 'r')),
    alignDelimiters: false,
  })
  return rows.length === shown.length ? text : `${text}\n\n${describeRest(rows.length - shown.length, 'row')}`
}

/**
 * A list of at most `most` entries, with `room` in the lists inside them, which says what it leaves out. Null without
 * entries.
 */
export function layMarkdownList(entries: readonly Sentence[], most: number, room = most): string | null {
  if (entries.length === 0) return null
  const shown = entries.slice(0, most).map((entry) => `- ${writeMarkdown(entry, room)}`)
  if (entries.length > shown.length) shown.push(`- ${describeRest(entries.length - shown.length, 'entry', 'entries')}`)
  return shown.join('\n')
}

/** Folded blocks. The summary must hold nothing that Markdown or HTML would interpret. */
export function foldBlocks(summary: string, blocks: readonly string[]): string {
  return `<details>\n<summary>${summary}</summary>\n\n${blocks.join('\n\n')}\n\n</details>`
}

/** Rows of each table and list, from the most to the fewest. */
export const ROWS = [200, 64, 20, 8, 3, 1] as const

/** The longest rendering that fits: details lose rows first, and `render` never drops the verdict. */
export function fitBudget(render: (most: number) => string, { most: maximum, sizeOf }: Room): string {
  for (const most of ROWS) {
    const text = render(most)
    if (sizeOf(text) <= maximum) return text
  }
  return render(0)
}

function describeRest(count: number, one: string, many?: string): string {
  return `… and ${pluralise(count, `more ${one}`, `more ${many ?? `${one}s`}`)}, in the report.`
}
