import { constants } from 'node:buffer'
import { asObject, parseJson } from '../../json.ts'
import type { Json } from '../../json.ts'
import { unpack } from './unpack.ts'

/** One item of a prompts file that may hold a prompt: a line, an entry of a list, a row of a table. */
export interface Item {
  /** Where it stands, as messages name it: `line 3`. */
  readonly where: string
  readonly value: unknown
  /** Why its value cannot be known, as half a sentence that follows where it stands; absent where it can. */
  readonly fault?: string
}

/** The items of a file, and how they are stored in it. */
export interface Items {
  /** As reports name it: `JSON lines`. */
  readonly container: string
  readonly items: Iterable<Item>
}

/** A file of a known kind that holds no items, and why: half a sentence that follows its name. */
export interface NoItems {
  readonly refusal: string
}

/** What the readers of items must know about the forms of prompts. */
interface KnownForms {
  /** Whether it is a prompt of a form that is known. */
  readonly isPrompt: (value: Json) => boolean
  /** Whether a column of this name, in lower case, holds prompts or shows the form. */
  readonly isColumn: (name: string) => boolean
  /** The column that the user names; null: none. */
  readonly column: string | null
  /** What an item may look like, as JSON, for messages. */
  readonly example: string
}

/**
 * Unpacks a file and cuts it into its items; what kind of file it is shows in its content. Each item is parsed when it is asked for, so that
 * the JSON of a file of a gigabyte is never in memory as a whole.
 */
export function cutFile(content: string | Uint8Array, known: KnownForms): Items | NoItems {
  const unpacked = unpack(typeof content === 'string' ? Buffer.from(content) : content)
  if ('refusal' in unpacked) return unpacked
  const cut = cutIntoItems(unpacked.text, known)
  return 'refusal' in cut ? cut : { ...cut, container: [cut.container, ...unpacked.packing].join(', ') }
}

/** Cuts a text of UTF-8. */
function cutIntoItems(text: Buffer, known: KnownForms): Items | NoItems {
  const start = skipSpace(text, 0)
  const opening = text[start]
  if (opening === OPEN_LIST) {
    const list = cutList(text, start)
    // Where more follows the first list, the file has a list on each line.
    if (list !== null && skipSpace(text, list.end) === text.length)
      return { container: 'JSON', items: readList(text, list) }
  }
  if (opening === OPEN_OBJECT) {
    const document = readDocument(text, start, known)
    if (document !== null) return document
  }
  if (opening === OPEN_OBJECT || opening === OPEN_LIST)
    return { container: 'JSON lines', items: readLines(text, known) }
  const first = readLineFrom(text, start)
  const isTexts = opening === QUOTE && typeof parseJson(first) === 'string' && !isTable(text, known)
  if (isTexts) return { container: 'JSON lines', items: readLines(text, known) }
  if (isTable(text, known)) {
    if (text.length > constants.MAX_STRING_LENGTH)
      return { refusal: 'is CSV of more than 512 MiB; write it as JSON lines, or give a part of it' }
    return { container: 'CSV', items: readTable(text, known) }
  }
  if (YAML.test(first))
    return { refusal: 'is YAML, by its looks; write it as JSON lines, each such as {"prompt": "Why is the sky blue?"}' }
  return { container: 'lines of text', items: readPlainLines(text) }
}

const YAML = /^(---|(- )?(prompts?|messages)\s*:)/

const OPEN_LIST = 0x5b
const CLOSE_LIST = 0x5d
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d
const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c
const NEWLINE = 0x0a

/** The largest document or line that becomes an item: no prompt is as long, and no string can hold a line of a gigabyte. */
const MOST_DOCUMENT_BYTES = 64 * 1024 * 1024

const TOO_LONG = 'is longer than 64 MiB; put one request on each line'

function* readLines(text: Buffer, { example }: KnownForms): Iterable<Item> {
  const fault = `is not JSON; each line must be one JSON object, for example ${example}`
  for (const [where, line] of readEachLine(text)) {
    const value = line === null ? undefined : parseJson(line)
    if (value !== undefined) yield { where, value }
    else yield { where, value, fault: line === null ? TOO_LONG : fault }
  }
}

function* readPlainLines(text: Buffer): Iterable<Item> {
  for (const [where, value] of readEachLine(text))
    yield value === null ? { where, value, fault: TOO_LONG } : { where, value }
}

/** Where each line that is not blank stands, and the line without the space around it; null where it is too long to be read. */
function* readEachLine(text: Buffer): Iterable<[where: string, line: string | null]> {
  for (let from = 0, number = 1; from < text.length; number++) {
    const found = text.indexOf(NEWLINE, from)
    const end = found === -1 ? text.length : found
    const line = end - from > MOST_DOCUMENT_BYTES ? null : text.toString('utf8', from, end).trim()
    if (line !== '') yield [`line ${number}`, line]
    from = end + 1
  }
}

/** Where the entries of a list stand. `end` is the place behind the list, or the end of the text where the list is cut off. */
interface CutList {
  readonly bounds: readonly number[]
  readonly end: number
  readonly isCut: boolean
}

/** Finds the entries of a JSON list without reading them; null where there is something else than a list. */
function cutList(text: Buffer, start: number): CutList | null {
  const bounds: number[] = []
  let depth = 0
  let from = start + 1
  for (let at = start; at < text.length; at++) {
    const byte = text[at]
    if (byte === QUOTE) at = skipString(text, at)
    else if (byte === OPEN_LIST || byte === OPEN_OBJECT) depth++
    else if (byte === COMMA && depth === 1) {
      bounds.push(from, at)
      from = at + 1
    } else if (byte === CLOSE_LIST || byte === CLOSE_OBJECT) {
      depth--
      if (depth > 0) continue
      if (byte === CLOSE_OBJECT) return null
      if (skipSpace(text, from) < at) bounds.push(from, at)
      return { bounds, end: at + 1, isCut: false }
    }
  }
  return { bounds: [...bounds, from, text.length], end: text.length, isCut: true }
}

/** Where the string that begins at `start` has its closing quote; the end of the text where it has none. */
function skipString(text: Buffer, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === BACKSLASH) at++
    else if (text[at] === QUOTE) return at
  }
  return text.length
}

function* readList(text: Buffer, { bounds, isCut }: CutList): Iterable<Item> {
  for (let index = 0; index < bounds.length; index += 2) {
    const value = parseJson(text.toString('utf8', bounds[index], bounds[index + 1]))
    const where = `entry ${index / 2 + 1}`
    if (value !== undefined) yield { where, value }
    else if (isCut && index + 2 >= bounds.length)
      yield { where, value, fault: 'is not whole: the file ends inside of it; download it again' }
    else yield { where, value, fault: 'is not JSON' }
  }
}

/** A text that is one JSON object, over several lines or alone on its line; null where it is something else. */
function readDocument(text: Buffer, start: number, known: KnownForms): Items | NoItems | null {
  const first = readLineFrom(text, start)
  const isAlone = skipSpace(text, start + Buffer.byteLength(first)) === text.length
  if (!isAlone && parseJson(first) !== undefined) return null
  if (text.length > MOST_DOCUMENT_BYTES)
    return isAlone
      ? null
      : { refusal: "is one JSON object of more than 64 MiB; write the list in it as lines (jq -c '.data[]')" }
  const document = asObject(parseJson(text.toString('utf8', start)))
  if (document === null) return null
  const listItems = (values: readonly unknown[]): Items => ({
    container: 'JSON',
    items: values.map((value, index) => ({ where: `entry ${index + 1}`, value })),
  })
  if (Object.entries(document).some(([name, value]) => known.isColumn(name) && asObject(value) !== null))
    return {
      refusal: "holds columns and no prompts; write it in rows (to_json(orient='records', lines=True) of pandas)",
    }
  if (known.isPrompt(document)) return isAlone ? null : listItems([document])
  const list = Object.entries(document).find(([name, value]) => LISTS.has(name) && Array.isArray(value))?.[1]
  if (list !== undefined) return listItems((list as unknown[]).map(takeOffRow))
  return isAlone ? null : listItems([document])
}

/** Members under which people keep a list of prompts. */
const LISTS: ReadonlySet<string> = new Set(
  'prompts data items requests rows samples examples instances questions entries'.split(' '),
)

/** The rows API of Hugging Face wraps each row in an object with its number. */
function takeOffRow(value: unknown): unknown {
  const object = asObject(value)
  return object !== null && 'row_idx' in object ? object['row'] : value
}

/** The line that begins at `start`, without the space at its end. A line that is too long is cut, one byte above the limit. */
function readLineFrom(text: Buffer, start: number): string {
  const found = text.indexOf(NEWLINE, start)
  const end = Math.min(found === -1 ? text.length : found, start + MOST_DOCUMENT_BYTES + 1)
  return text.toString('utf8', start, end).trimEnd()
}

/** The first place from `start` on that is no white space of JSON. */
function skipSpace(text: Buffer, start: number): number {
  let at = start
  while (at < text.length && [0x20, 0x09, 0x0a, 0x0d].includes(text[at]!)) at++
  return at
}

const DELIMITERS = [',', '\t', ';'] as const

/** The name of a column as people write one: up to three words. */
const NAME = /^[\p{L}_][\p{L}\p{N}_]{0,40}([ .\-/][\p{L}\p{N}_()]{1,40}){0,2}$/u

/** How many rows are looked at to tell a table without a known column from lines of text. */
const LOOKED_AT = 5

/** Whether a text is CSV with a header: it has a column that is known to hold prompts, or its first rows all have as many cells as the header. */
function isTable(text: Buffer, known: KnownForms): boolean {
  const opening = text.toString('utf8', 0, 64 * 1024)
  const delimiter = findDelimiter(opening)
  const [header, ...rows] = cutIntoRows(opening, delimiter).take(LOOKED_AT).toArray()
  if (header === undefined || !header.cells.every((cell) => NAME.test(cell.trim()))) return false
  if (header.cells.some((cell) => nameColumn(cell, known) !== null)) return true
  // The last row that was looked at may be cut.
  const whole = rows.slice(0, opening.length < text.length ? -1 : rows.length)
  return header.cells.length > 1 && whole.length > 0 && whole.every(({ cells }) => cells.length === header.cells.length)
}

/** The rows of a table as objects, by the names of its columns. Names that show the form are given in lower case. */
function* readTable(text: Buffer, known: KnownForms): Iterable<Item> {
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
function* cutIntoRows(text: string, delimiter: string): Generator<TableRow> {
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
