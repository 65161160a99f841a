import { parseJson } from '../../json.ts'
import type { Item, KnownForms } from './item.ts'

const DELIMITERS = [',', '\t', ';'] as const

/** The name of a column as people write one: up to three words. */
const NAME = /^[\p{L}_][\p{L}\p{N}_]{0,40}([ .\-/][\p{L}\p{N}_()]{1,40}){0,2}$/u

/** How many rows are looked at to tell a table without a known column from lines of text. */
const LOOKED_AT = 5

/** Whether a text is CSV with a header: it has a column that is known to hold prompts, or its first rows all have as many cells as the header. */
export function isTable(text: Buffer, known: KnownForms): boolean {
  const opening = text.toString('utf8', 0, 64 * 1024)
  const delimiter = findDelimiter(opening)
  const [header, ...rows] = take(cutIntoRows(opening, delimiter), LOOKED_AT)
  if (header === undefined || !header.cells.every((cell) => NAME.test(cell.trim()))) return false
  if (header.cells.some((cell) => nameColumn(cell, known) !== null)) return true
  // The last row that was looked at may be cut.
  const whole = rows.slice(0, opening.length < text.length ? -1 : rows.length)
  return header.cells.length > 1 && whole.length > 0 && whole.every(({ cells }) => cells.length === header.cells.length)
}

/** The rows of a table as objects, by the names of its columns. Names that show the form are given in lower case. */
export function* readTable(text: Buffer, known: KnownForms): Iterable<Item> {
  const whole = text.toString('utf8')
  let names: readonly string[] | null = null
  for (const { cells, line, isOpen } of cutIntoRows(whole, findDelimiter(whole.slice(0, 64 * 1024)))) {
    const where = `line ${line}`
    if (names === null) names = cells.map((cell) => nameColumn(cell, known) ?? cell.trim())
    else if (isOpen) yield { where, value: undefined, fault: 'has a quote that is never closed' }
    else if (cells.length > names.length && cells.slice(names.length).some((cell) => cell !== ''))
      yield {
        where,
        value: undefined,
        fault: `has ${cells.length} cells, and the header ${names.length}; put quotes around texts with commas`,
      }
    else yield { where, value: Object.fromEntries(names.map((name, index) => [name, readCell(cells[index] ?? '')])) }
  }
}

/** The name of a column that is known; null for others. */
function nameColumn(cell: string, { column, isColumn }: KnownForms): string | null {
  const name = cell.trim()
  if (name === column) return name
  return isColumn(name.toLowerCase()) ? name.toLowerCase() : null
}

/** A cell may hold messages as JSON. */
function readCell(cell: string): unknown {
  return /^\[\s*\{/.test(cell) ? (parseJson(cell) ?? cell) : cell
}

function findDelimiter(opening: string): string {
  const header = opening.split('\n', 1)[0]!
  const counts = DELIMITERS.map((delimiter) => header.split(delimiter).length)
  return DELIMITERS[counts.indexOf(Math.max(...counts))]!
}

interface TableRow {
  readonly cells: string[]
  /** The number of the line on which the row begins. */
  readonly line: number
  /** True where a quote stays open to the end of the text. */
  readonly isOpen: boolean
}

/**
 * The rows of a text after RFC 4180, the blank ones left out; a quote inside a cell that does not begin with one is an
 * ordinary character.
 */
function* cutIntoRows(text: string, delimiter: string): Iterable<TableRow> {
  let cells: string[] = []
  let line = 1
  let begun = 1
  for (let at = 0; at < text.length;) {
    const { cell, end, lines, isOpen } = readCellFrom(text, at, delimiter)
    cells.push(cell)
    line += lines
    at = end + 1
    if (text[end] === delimiter && at < text.length) continue
    if (isOpen || cells.length > 1 || cells[0]!.trim() !== '') yield { cells, line: begun, isOpen }
    cells = []
    line++
    begun = line
  }
}

/** One cell, and the place of the character that ends it. `lines`: how many line ends it holds. */
function readCellFrom(text: string, start: number, delimiter: string) {
  if (text[start] !== '"') {
    const end = endOfCell(text, start, delimiter)
    return { cell: text.slice(start, end).replace(/\r$/, ''), end, lines: 0, isOpen: false }
  }
  const parts: string[] = []
  let from = start + 1
  for (;;) {
    const quote = text.indexOf('"', from)
    if (quote === -1) return { cell: '', end: text.length, lines: 0, isOpen: true }
    parts.push(text.slice(from, quote))
    from = quote + 2
    if (text[quote + 1] === '"') continue
    const cell = parts.join('"')
    const end = endOfCell(text, quote + 1, delimiter)
    return { cell, end, lines: cell.split('\n').length - 1, isOpen: false }
  }
}

function endOfCell(text: string, start: number, delimiter: string): number {
  let at = start
  while (at < text.length && text[at] !== delimiter && text[at] !== '\n') at++
  return at
}

function take<Value>(values: Iterable<Value>, count: number): Value[] {
  const taken: Value[] = []
  for (const value of values) {
    if (taken.push(value) >= count) break
  }
  return taken
}
