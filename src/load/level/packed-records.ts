import type { Records } from '../../metrics/level/level-run.ts'
import { FACTS_IN_ORDER } from '../../vocabulary/request-facts.ts'
import type { FactValues, RequestRecord } from '../../vocabulary/request-facts.ts'
import { openSlab, readIds, readNumber, ROWS } from './slab.ts'
import type { Ids, Slab } from './slab.ts'

/** Packed records of one level: a long run keeps 200,000, which as objects would take ten times the memory. */
export interface RecordStore {
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

/** The names of the facts of a packed record: in the order of their numbers, then of its ids. */
export function listPacked(): { readonly numbers: readonly string[]; readonly ids: readonly string[] } {
  return { numbers: COLUMNS.map(({ name }) => name), ids: IDS.map(({ name }) => name) }
}

/** The numbers of packed records, those of each record one after another, slab by slab. */
export function* listNumbers({ slabs }: PackedRecords): Generator<Float64Array<ArrayBuffer>> {
  for (const slab of slabs) {
    const numbers = new Float64Array(slab.rows * COLUMNS.length)
    let at = 0
    for (let row = 0; row < slab.rows; row++)
      for (let column = 0; column < COLUMNS.length; column++) numbers[at++] = readNumber(slab, column, row)
    yield numbers
  }
}

/** The ids of packed records, those of each record one after another, slab by slab. */
export function* listIds({ slabs }: PackedRecords): Generator<Ids> {
  for (const slab of slabs) yield readIds(slab)
}

/** Some records as `listNumbers` and `listIds` give them: at most as many as a slab holds. */
export interface RecordPiece {
  readonly numbers: Float64Array
  readonly ids: Ids
}

/** Packs records that come from elsewhere, one slab a piece. */
export function packPieces(pieces: Iterable<RecordPiece>): PackedRecords['slabs'] {
  const open = openSlab(COLUMNS.length)
  return Array.from(pieces, ({ numbers, ids }) => {
    open.clear()
    for (let row = 0; row < numbers.length / COLUMNS.length; row++) {
      open.add((column) => numbers[row * COLUMNS.length + column]!, ids.slice(row * IDS.length, (row + 1) * IDS.length))
    }
    return open.seal()
  })
}

/**
 * Checks records that come from elsewhere: the first fact whose word does not exist, or that is missing although it must
 * be there. Null where all are right.
 */
export function findUnpackable({ numbers, ids }: RecordPiece, words: PackedRecords['words']): string | null {
  for (const [at, { name, orNull }] of IDS.entries()) {
    if (orNull) continue
    for (let i = at; i < ids.length; i += IDS.length) if (ids[i] === null) return name
  }
  for (const [column, { name, packing, orNull }] of COLUMNS.entries()) {
    for (let at = column; at < numbers.length; at += COLUMNS.length) {
      const value = packing.unpack(numbers[at]!, words)
      if (value === undefined || (value === null && !orNull)) return name
    }
  }
  return null
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
const COLUMNS = FACTS_IN_ORDER.flatMap(({ name, kind, orNull }) =>
  kind === 'id' ? [] : [{ name, packing: PACKINGS[kind], orNull: orNull === true }],
)

/** Ids differ in every request, so they stay texts. */
const IDS = FACTS_IN_ORDER.flatMap(({ name, kind, orNull }) =>
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
