import type { Records } from '../../metrics/level/level-run.ts'
import { FACTS_IN_ORDER } from '../../vocabulary/request-facts.ts'
import type { FactsFrom, FactValues, RequestRecord } from '../../vocabulary/request-facts.ts'
import type { Exchange } from '../ports.ts'

/**
 * The record of one finished request: times relative to its t0 (in an open loop to when it was due), and that relative to
 * the start of the sweep. Facts are computed on access, because most records are packed at once and never used again.
 * They are getters, which a spread does not copy.
 */
export function toRecord(exchange: Exchange, place: FactsFrom<'level'>, sweepStartAt: number): RequestRecord {
  const record: unknown = new FreshRecord(exchange, place, sweepStartAt)
  return record as RequestRecord
}

class FreshRecord {
  readonly exchange: Exchange
  readonly place: FactsFrom<'level'>
  readonly sweepStartAt: number

  constructor(exchange: Exchange, place: FactsFrom<'level'>, sweepStartAt: number) {
    this.exchange = exchange
    this.place = place
    this.sweepStartAt = sweepStartAt
  }
}

/** The facts that follow from others. */
const DERIVED: { readonly [Name in keyof FactsFrom<'record'>]: (record: FreshRecord) => RequestRecord[Name] } = {
  startMs: ({ exchange, sweepStartAt }) => originOf(exchange) - sweepStartAt,
  queueMs: ({ exchange }) =>
    Math.max(0, exchange.startAt - (exchange.dueAt ?? exchange.readyAt) - (exchange.connectMs ?? 0)),
  outcome: ({ exchange }) => (exchange.failure === null ? 'ok' : 'failed'),
}

for (const fact of FACTS_IN_ORDER) {
  Object.defineProperty(FreshRecord.prototype, fact.name, {
    get(this: FreshRecord) {
      return takeFact(this, fact)
    },
  })
}

/** A fact as it was stated, but with times relative to t0. */
function takeFact(record: FreshRecord, { name, from, stamp }: (typeof FACTS_IN_ORDER)[number]): unknown {
  if (from === 'record') return DERIVED[name as keyof FactsFrom<'record'>](record)
  if (from === 'level') return record.place[name as keyof FactsFrom<'level'>]
  const { exchange } = record
  const stated = exchange as unknown as Readonly<Record<string, unknown>>
  if (stamp === undefined) return stated[name]
  const at = stated[stamp] as number | null
  return at === null ? null : at - originOf(exchange)
}

/** The moment from which its times count. */
export function originOf({ dueAt, startAt }: Pick<Exchange, 'dueAt' | 'startAt'>): number {
  return dueAt ?? startAt
}

/** Packed records of one level: a long run keeps 200,000, which as objects would take five times the memory. */
export interface RecordStore extends Records {
  add(record: RequestRecord): void
  /** The packed form itself, not a copy. */
  readonly packed: PackedRecords
}

/** Packed records as data that can pass between threads; the slabs can be transferred without copying. */
export interface PackedRecords {
  /** `ROWS` records each, one after another. */
  readonly slabs: readonly Float64Array<ArrayBuffer>[]
  /** The texts that differ in every request, those of each record one after another. */
  readonly ids: readonly (string | null)[]
  /** The texts that are numbers in the slabs. */
  readonly words: readonly (string | null)[]
}

const ROWS = 1024

/** Creates an empty store. Memory grows by slabs, so that nothing is ever copied. */
export function createRecordStore(): RecordStore {
  const slabs: Float64Array<ArrayBuffer>[] = []
  const ids: (string | null)[] = []
  const words = createWordList()
  const packed = { slabs, ids, words: words.words }
  const all = unpackRecords(packed)
  return {
    [Symbol.iterator]: () => all[Symbol.iterator](),
    packed,
    get length() {
      return countRecords(packed)
    },
    add(record) {
      const row = countRecords(packed)
      for (const { name } of IDS) ids.push(record[name] as string | null)
      if (row % ROWS === 0) slabs.push(new Float64Array(ROWS * COLUMNS.length))
      const slab = slabs.at(-1)!
      let at = (row % ROWS) * COLUMNS.length
      for (const { name, packing } of COLUMNS) slab[at++] = packing.pack(record[name] as never, words)
    },
  }
}

/** The records of a packed store, in order. */
export function unpackRecords(packed: PackedRecords): Records {
  return {
    get length() {
      return countRecords(packed)
    },
    *[Symbol.iterator]() {
      for (let row = 0; row < countRecords(packed); row++) yield unpackRow(packed, row)
    },
  }
}

/** How many records are packed. */
export function countRecords({ ids }: Pick<PackedRecords, 'ids'>): number {
  return ids.length / IDS.length
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
      for (const each of order) yield unpackRow(parts[place.part[each]!]!, place.row[each]!)
    },
  }
}

/** The names of the facts of a packed record: in the order of their numbers, then of its ids. */
export function listPacked(): { readonly numbers: readonly string[]; readonly ids: readonly string[] } {
  return { numbers: COLUMNS.map(({ name }) => name), ids: IDS.map(({ name }) => name) }
}

/** The numbers of packed records, slab by slab, without the unused end of the last. Nothing is copied. */
export function* listNumbers(packed: PackedRecords): Generator<Float64Array<ArrayBuffer>> {
  const rows = countRecords(packed)
  for (const [i, slab] of packed.slabs.entries()) {
    yield slab.subarray(0, Math.min(ROWS, rows - i * ROWS) * COLUMNS.length)
  }
}

/**
 * Checks ids, and numbers of `listNumbers`, that come from elsewhere: the first fact whose word does not exist, or that
 * is missing although it must be there. Null where all are right.
 */
export function findUnpackable(numbers: Float64Array, { ids, words }: Omit<PackedRecords, 'slabs'>): string | null {
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

/** Cuts the joined numbers of `listNumbers` into slabs. Nothing is copied. */
export function cutIntoSlabs(numbers: Float64Array<ArrayBuffer>): PackedRecords['slabs'] {
  const size = ROWS * COLUMNS.length
  return Array.from({ length: Math.ceil(numbers.length / size) }, (_, i) => numbers.subarray(i * size, (i + 1) * size))
}

function unpackRow(packed: PackedRecords, row: number): RequestRecord {
  const record: unknown = new PackedRecord(packed, row)
  return record as RequestRecord
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

/**
 * One record of a store. Facts are unpacked on access, because each figure walks over all records but reads only two
 * or three facts. They are getters, which a spread does not copy.
 */
class PackedRecord {
  readonly slab: Float64Array
  readonly at: number
  readonly words: PackedRecords['words']
  readonly ids: PackedRecords['ids']
  readonly idsAt: number

  constructor({ slabs, words, ids }: PackedRecords, row: number) {
    this.slab = slabs[Math.floor(row / ROWS)]!
    this.at = (row % ROWS) * COLUMNS.length
    this.words = words
    this.ids = ids
    this.idsAt = row * IDS.length
  }
}

for (const [i, { name }] of IDS.entries()) {
  Object.defineProperty(PackedRecord.prototype, name, {
    get(this: PackedRecord) {
      return this.ids[this.idsAt + i]!
    },
  })
}

for (const [column, { name, packing }] of COLUMNS.entries()) {
  Object.defineProperty(PackedRecord.prototype, name, {
    get(this: PackedRecord) {
      return packing.unpack(this.slab[this.at + column]!, this.words)
    },
  })
}
