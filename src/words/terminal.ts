import { dropCodeMarks, escapeForTerminal, keepUnitsTogether } from '../text.ts'
import { writeSentence } from './sentences.ts'
import type { Sentence, Table, Writing } from './sentences.ts'

/** The building blocks of texts for a terminal or a log, where a view becomes plain lines. */

/** Columns of a standard terminal. */
const WIDTH = 80

/** ANSI styles, or none: the words are the same either way, so that colour is never needed. */
export interface Style {
  bold(text: string): string
  dim(text: string): string
  good(text: string): string
  bad(text: string): string
  warn(text: string): string
}

/** ANSI styles when `colour` is true, else none. */
export function createStyle(colour: boolean): Style {
  const paint = (open: number, close: number) => (text: string) =>
    colour ? `\u001b[${open}m${text}\u001b[${close}m` : text
  return { bold: paint(1, 22), dim: paint(2, 22), good: paint(32, 39), bad: paint(31, 39), warn: paint(33, 39) }
}

/** What others wrote loses line breaks and control characters, which is enough here; code is not set apart. */
const PLAIN: Writing = {
  words: dropCodeMarks,
  text: escapeForTerminal,
  prose: (text, most) => dropCodeMarks(escapeForTerminal(text, most)),
  code: escapeForTerminal,
  figure: (text) => text,
  strong: (text) => text,
  link: (text) => text,
  room: Infinity,
}

/** A sentence on one line. */
export function writePlain(sentence: Sentence): string {
  return writeSentence(sentence, PLAIN)
}

/** A table below its dimmed headings, with what `paint` makes of each row; empty without rows. */
export function layStyledTable(table: Table, style: Style, paint = (row: string, _i: number): string => row): string[] {
  if (table.rows.length === 0) return []
  const [headings, ...rows] = layTextTable(table)
  return [style.dim(headings!), ...rows.map(paint)]
}

/** The same with words below it, dimmed, on what stands in it. */
export function layExplained(table: Table, words: Sentence, style: Style): string[] {
  if (table.rows.length === 0) return []
  return [...layStyledTable(table, style), ...wrap(writePlain(words), { indent: 2 }).map(style.dim)]
}

/** Lines of a plain text table: columns as wide as needed, with two spaces between them, or one where a line would be too long. */
function layTextTable({ columns, rows }: Table): string[] {
  const lines = [columns.map(({ heading }) => heading), ...rows.map((row) => row.map(writePlain))]
  const widths = columns.map((_, i) => Math.max(...lines.map((line) => line[i]!.length)))
  const length = widths.reduce((all, width) => all + width, 2 * (widths.length - 1))
  return lines.map((row) =>
    row
      .map((cell, i) => (columns[i]!.align === 'left' ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
      .join(length > WIDTH ? ' ' : '  ')
      .trimEnd(),
  )
}

/**
 * Breaks a paragraph into lines of at most `width` characters, never between a figure and its unit. Lines after the
 * first get `indent`; the first keeps its own.
 */
export function wrap(text: string, { width = WIDTH, indent = 0 }: { width?: number; indent?: number } = {}): string[] {
  const words = keepUnitsTogether(text.trimStart()).split(' ')
  const lines = [text.slice(0, text.length - text.trimStart().length) + words[0]!]
  for (const word of words.slice(1)) {
    const longer = `${lines.at(-1)!} ${word}`
    if (longer.length <= width) lines[lines.length - 1] = longer
    else lines.push(' '.repeat(indent) + word)
  }
  return lines.map((line) => line.replaceAll('\u00a0', ' '))
}

/** Sections with an empty line between them, and a line break at the end; those without a word are left out. */
export function joinSections(sections: readonly (readonly string[])[]): string {
  return `${sections
    .filter((lines) => lines.some((line) => line !== ''))
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`
}
