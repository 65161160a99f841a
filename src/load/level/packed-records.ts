import type { Records } from '../../metrics/level/level-run.ts'
import { FACTS_IN_ORDER } from '../../vocabulary/request-facts.ts'
import type { FactValues, RequestRecord } from '../../vocabulary/request-facts.ts'

/** Packed records of one level: a long run keeps 200,000, which as objects would take ten times the memory. */
interface RecordStore {
  /** Adds a record, whose facts must not change afterwards. */
  add(record: RequestRecord): void
  /** What was added so far. */
  pack(): PackedRecords
}

/** Packed records as data that can pass between threads. */
export interface PackedRecords {
  /** `ROWS` records each, one after another; the last may have fewer. */
  readonly slabs: readonly Slab[]
  /** The texts that are numbers in the slabs. */
  readonly words: readonly (string | null)[]
}

/**
 * So many records are packed at once. By the next request that ends, reads have replaced what the machine's caches held of the last one, so that
 * to pack a single record is mostly to wait for what that needs: its code, the names of all facts, the end of each column.
 */
const TOGETHER = 16

/** Creates an empty store. Memory grows by slabs, so that nothing of what they hold is ever copied. */
export function createRecordStore(): RecordStore {
  const slabs: Slab[] = []
  const words = createWordList()
  const open = openSlab(COLUMNS.length)
  /** Added, but not packed yet. */
  let waiting: RequestRecord[] = []

  function packOne(record: RequestRecord): void {
    const pack = (column: number): number => {
      const { name, packing } = COLUMNS[column]!
      return packing.pack(record[name] as never, words)
    }
    open.add(
      pack,
      IDS.map(({ name }) => record[name] as string | null),
    )
    if (open.rows < ROWS) return
    slabs.push(open.seal())
    open.clear()
  }

  function packWaiting(): void {
    for (const record of waiting) packOne(record)
    waiting = []
  }

  return {
    pack() {
      packWaiting()
      return { slabs: open.rows === 0 ? slabs : [...slabs, open.seal()], words: words.words }
    },
    add(record) {
      if (waiting.push(record) === TOGETHER) packWaiting()
    },
  }
}

/** The records of a packed store, in order. */
export function unpackRecords(packed: PackedRecords): Records {
  const length = countRecords(packed)
  return {
    length,
    *[Symbol.iterator]() {
      const unpackRow = openRows(packed)
      for (let row = 0; row < length; row++) yield unpackRow(row)
    },
  }
}

/** How many records are packed. */
export function countRecords({ slabs }: Pick<PackedRecords, 'slabs'>): number {
  return slabs.reduce((sum, { rows }) => sum + rows, 0)
}

/** The buffers of packed records, which can be transferred to another thread without copying. */
export function listBuffers({ slabs }: PackedRecords): ArrayBuffer[] {
  const buffers = slabs.flatMap(({ columns }) =>
    columns.flatMap((column) => (typeof column === 'number' ? [] : column.buffer)),
  )
  return [...new Set(buffers)]
}

/** The same records with other texts in them, as to hide secrets. */
export function mapTexts({ slabs, words }: PackedRecords, map: (text: string) => string): PackedRecords {
  const mapAll = (texts: Ids): Ids => texts.map((text) => (text === null ? null : map(text)))
  return {
    slabs: slabs.map((slab) => ({ ...slab, ids: JSON.stringify(mapAll(readIds(slab))) })),
    words: mapAll(words),
  }
}

/** Joins the records of several threads, in the order in which they ended. They are unpacked on access. */
export function joinRecords(parts: readonly PackedRecords[]): Records {
  if (parts.length === 1) return unpackRecords(parts[0]!)
  const length = parts.reduce((sum, part) => sum + countRecords(part), 0)
  const endedAt = new Float64Array(length)
  const place = { part: new Uint16Array(length), row: new Uint32Array(length) }
  let at = 0
  for (const [part, packed] of parts.entries()) {
    let row = 0
    for (const { startMs, endMs } of unpackRecords(packed)) {
      endedAt[at] = startMs + endMs
      place.part[at] = part
      place.row[at++] = row++
    }
  }
  const order = new Uint32Array(endedAt.keys()).sort((a, b) => endedAt[a]! - endedAt[b]! || a - b)
  return {
    length,
    *[Symbol.iterator]() {
      const rowsOf = parts.map(openRows)
      for (const each of order) yield rowsOf[place.part[each]!]!(place.row[each]!)
    },
  }
}

/** Gives the record of a row. Rows one after another cost least, because the ids of one slab are kept at a time. */
function openRows({ slabs, words }: PackedRecords): (row: number) => RequestRecord {
  let last: { readonly slab: Slab; readonly ids: Ids } | null = null
  const idsOf = (slab: Slab): Ids => {
    if (last?.slab !== slab) last = { slab, ids: readIds(slab) }
    return last.ids
  }
  return (row) => {
    const record: unknown = new PackedRecord({ words, idsOf }, slabs[Math.floor(row / ROWS)]!, row % ROWS)
    return record as RequestRecord
  }
}

/** Numbers for texts of which there are only a few. */
interface WordList {
  numberOf(word: string | null): number
  readonly words: readonly (string | null)[]
}

function createWordList(): WordList {
  const words: (string | null)[] = []
  const numbers = new Map<string | null, number>()
  return {
    words,
    numberOf(word) {
      let number = numbers.get(word)
      if (number === undefined) {
        number = words.push(word) - 1
        numbers.set(word, number)
      }
      return number
    },
  }
}

/** How the values of one kind become numbers and back. */
interface Packing<Value = never> {
  readonly pack: (value: Value, words: WordList) => number
  readonly unpack: (packed: number, words: PackedRecords['words']) => unknown
}

const NUMBER: Packing<number | null> = {
  pack: (value) => value ?? NaN,
  unpack: (packed) => (Number.isNaN(packed) ? null : packed),
}
const FLAG: Packing<boolean> = { pack: (value) => (value ? 1 : 0), unpack: (packed) => packed === 1 }
const WORD: Packing<string | null> = {
  pack: (value, { numberOf }) => numberOf(value),
  unpack: (packed, words) => words[packed]!,
}

const PACKINGS: Readonly<Record<Exclude<keyof FactValues, 'id'>, Packing>> = {
  time: NUMBER,
  count: NUMBER,
  flag: FLAG,
  name: WORD,
  phase: WORD,
  source: WORD,
  outcome: WORD,
  failure: WORD,
}

/** The packed facts, in their order in a slab. */
export const COLUMNS = FACTS_IN_ORDER.flatMap(({ name, kind, orNull }) =>
  kind === 'id' ? [] : [{ name, packing: PACKINGS[kind], orNull: orNull === true }],
)

/** Ids differ in every request, so they stay texts. */
export const IDS = FACTS_IN_ORDER.flatMap(({ name, kind, orNull }) =>
  kind === 'id' ? [{ name, orNull: orNull === true }] : [],
)

/** What reads the texts of a record. */
interface TextReader {
  readonly words: PackedRecords['words']
  readonly idsOf: (slab: Slab) => Ids
}

/**
 * One record of a store. Facts are unpacked on access, because each figure walks over all records but reads only two
 * or three facts. They are getters, which a spread does not copy.
 */
class PackedRecord {
  readonly texts: TextReader
  readonly slab: Slab
  readonly row: number

  constructor(texts: TextReader, slab: Slab, row: number) {
    this.texts = texts
    this.slab = slab
    this.row = row
  }
}

for (const [i, { name }] of IDS.entries()) {
  Object.defineProperty(PackedRecord.prototype, name, {
    get(this: PackedRecord) {
      return this.texts.idsOf(this.slab)[this.row * IDS.length + i]!
    },
  })
}

for (const [column, { name, packing }] of COLUMNS.entries()) {
  Object.defineProperty(PackedRecord.prototype, name, {
    get(this: PackedRecord) {
      return packing.unpack(readNumber(this.slab, column, this.row), this.texts.words)
    },
  })
}

/** The most records of a slab. */
export const ROWS = 1024

/** The numbers and ids of some records, column by column. It is data that can pass between threads; the buffers of its columns can be transferred. */
interface Slab {
  /** At least one. */
  readonly rows: number
  /** The numbers of one fact each: one where it is the same in all rows, else one a row. */
  readonly columns: readonly (number | Column)[]
  /** The ids of its rows, one after another, as JSON: a text takes a third of the memory of one text each. */
  readonly ids: string
}

type Column = Float32Array<ArrayBuffer> | Float64Array<ArrayBuffer>

/** Ids of records, as many of each. */
export type Ids = readonly (string | null)[]

/** A slab that is being filled. */
interface OpenSlab {
  readonly rows: number
  /** Adds a record, by its number in each column. There must be room for it. */
  add(numberIn: (column: number) => number, ids: Ids): void
  /** What it holds, in the least memory without a loss. It must not be empty; more can be added afterwards. */
  seal(): Slab
  /** Empties it. Slabs that were made of it stay. */
  clear(): void
}

/** Creates an empty slab for records of so many numbers. */
export function openSlab(width: number): OpenSlab {
  const numbers = new Float64Array(width * ROWS)
  let ids: (string | null)[] = []
  let rows = 0
  return {
    get rows() {
      return rows
    },
    add(numberIn, idsOfRecord) {
      for (let column = 0; column < width; column++) numbers[column * ROWS + rows] = numberIn(column)
      ids.push(...idsOfRecord)
      rows++
    },
    seal: () => ({ rows, columns: compressColumns(numbers, width, rows), ids: JSON.stringify(ids) }),
    clear() {
      ids = []
      rows = 0
    },
  }
}

/** How a column is kept: one number for all rows, or an array of this kind. */
type Form = 'same' | 'short' | 'long'

const BYTES: Readonly<Record<Form, number>> = { same: 0, short: 4, long: 8 }

/** Columns of ROWS numbers, shortened to `rows`, in one buffer. Most facts are the same in all records of a slab, and counts are as exact in half the bytes. */
function compressColumns(numbers: Float64Array, width: number, rows: number): Slab['columns'] {
  const whole = Array.from({ length: width }, (_, column) => numbers.subarray(column * ROWS, column * ROWS + rows))
  const forms = whole.map(chooseForm)
  const buffer = new ArrayBuffer(rows * forms.reduce((sum, form) => sum + BYTES[form], 0))
  const columns: (number | Column)[] = whole.map((column) => column[0]!)
  let offset = 0
  // An array must begin at a multiple of its numbers' bytes, so the long ones come first.
  for (const wanted of ['long', 'short'] as const) {
    for (const [i, form] of forms.entries()) {
      if (form !== wanted) continue
      const column = form === 'long' ? new Float64Array(buffer, offset, rows) : new Float32Array(buffer, offset, rows)
      column.set(whole[i]!)
      columns[i] = column
      offset += column.byteLength
    }
  }
  return columns
}

/** NaN and -0 are numbers like others. */
function chooseForm(column: Float64Array): Form {
  const [first] = column
  if (column.every((number) => Object.is(number, first))) return 'same'
  return column.every((number) => Object.is(number, Math.fround(number))) ? 'short' : 'long'
}

/** The number of a row in a column. */
export function readNumber({ columns }: Slab, column: number, row: number): number {
  const numbers = columns[column]!
  return typeof numbers === 'number' ? numbers : numbers[row]!
}

/** The ids of all rows. */
export function readIds({ ids }: Slab): Ids {
  return JSON.parse(ids) as Ids
}
