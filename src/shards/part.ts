import { z } from 'zod'
import { crc32 } from 'node:zlib'
import { TASKS } from '../vocabulary/load.ts'
import { STOP_REASONS } from '../load/level/board.ts'
import type { LevelFrame, LevelShare } from '../load/level/level-tally.ts'
import type { ShareFacts } from '../load/level/share.ts'
import type { LevelOptions } from '../metrics/level/level-metrics.ts'
import type { LevelRun, OpenRun } from '../metrics/level/level-run.ts'
import { runReportSchema } from '../report/run-report-codec.ts'
import { concurrency, count, figure, name, word, decodeStrict, escapeSigns } from '../report/strict-json.ts'
import type { RunReport } from '../report/run-report.ts'
import type { DecidingSetting } from '../settings/lists/run-settings.ts'
import type { Shard } from '../settings/lists/shard-settings.ts'
import { COLUMNS, countRecords, IDS, openSlab, readIds, readNumber, ROWS } from '../load/level/packed-records.ts'
import type { Ids, PackedRecords } from '../load/level/packed-records.ts'
import { createLogHistogram } from '../stats/percentile.ts'

/** Name and version of the format of a part. */
const PART_SCHEMA = 'plateau/part@1'

/** What one shard leaves of a run that several measured together, without its records. */
export interface PartHeader {
  readonly schema: typeof PART_SCHEMA
  readonly shard: Shard
  /** The same in all shards of a run, and different in every other run. */
  readonly meeting: string
  /** What must be equal in all shards, as texts. */
  readonly terms: Readonly<Record<string, string>>
  readonly clock: ShardClock
  /** The report of its own share; everything but the figures holds for the whole run. */
  readonly report: RunReport
  /** How its levels are summarised. */
  readonly options: LevelOptions
  /** The deciding settings, as given. */
  readonly decidedBy: readonly DecidingSetting[]
  /** Names of the numbers of a packed record, in order. */
  readonly columns: readonly string[]
  /** In the order of measurement, which is the same in all shards. */
  readonly levels: readonly PartLevel[]
}

/** How far the clock of a shard was ahead of the first one's, and how accurately that is known, in milliseconds. */
export interface ShardClock {
  readonly offsetMs: number
  readonly withinMs: number
}

/** Clocks further apart were never set. */
const MOST_OFFSET_MS = 60_000
/** A larger uncertainty is too much to open windows of a few seconds at one moment. */
const MOST_WITHIN_MS = 1_000

/** What is wrong with a clock; null when nothing is. */
export function findClockProblem({ offsetMs, withinMs }: ShardClock): string | null {
  if (Math.abs(offsetMs) > MOST_OFFSET_MS) {
    const way = offsetMs > 0 ? 'ahead of' : 'behind'
    return `has a clock that is ${showSeconds(offsetMs)} ${way} that of the first shard, and ${showSeconds(MOST_OFFSET_MS)} is the most; set it, by NTP for example`
  }
  if (withinMs > MOST_WITHIN_MS) {
    return `has a clock of which it is only known within ${showSeconds(withinMs)} what it is off by, and ${showSeconds(MOST_WITHIN_MS)} is the most: the rendezvous shows too late what others leave there`
  }
  return null
}

function showSeconds(ms: number): string {
  return `${(Math.abs(ms) / 1000).toFixed(1)} s`
}

/** One level in one pass. */
interface PartLevel extends Omit<LevelFrame, 'server'> {
  readonly shares: readonly PartShare[]
}

/** What one thread measured. Its packed records follow the header: first their numbers, then their ids. */
interface PartShare extends Pick<ShareFacts, 'health'> {
  readonly tally: Omit<ShareFacts['tally'], 'records' | 'interChunk'>
  readonly records: number
  /** UTF-8, one id a line. */
  readonly idBytes: number
  /** CRC-32 of numbers and ids. */
  readonly checksum: number
  readonly words: readonly (string | null)[]
  /** Counts by bucket. */
  readonly interChunk: readonly (readonly [bucket: number, count: number])[]
}

const span = z.object({ startMs: z.number(), endMs: z.number() })
const MOST_SHARES = 1024
const MOST_CANCELLED = 1_000_000

const partShare: z.ZodType<PartShare> = z.object({
  health: z.object({ eventLoopUtilization: figure, delayP90Ms: figure, delayP99Ms: figure }).nullable(),
  tally: z.object({
    gateway: z.object({ retried: count, cached: count, fellBack: count, names: z.array(name).max(1000) }),
    failureWords: z.record(z.string().max(40), name),
    cancelled: z.array(span).max(MOST_CANCELLED),
    cancelledWindowEvents: count,
    cancelledTtft: z.object({ n: count, sumMs: figure }),
    renewed: count,
    opened: count,
  }),
  records: z.int().min(0).max(0xffff_ffff),
  idBytes: count,
  checksum: z.int().min(0).max(0xffff_ffff),
  words: z.array(name.nullable()).max(100_000),
  interChunk: z.array(z.tuple([z.int().min(0).max(100_000), count])).max(100_000),
})

/** Why a level was given up. */
export const stopped: z.ZodType<LevelRun['stopped']> = z.enum(STOP_REASONS).nullable()
export const shardTerms = z.record(z.string().max(100), name)
export const shardClock: z.ZodType<ShardClock> = z.object({ offsetMs: z.number(), withinMs: figure })

/** How many requests were outstanding at both ends of a window. */
const queue = z.object({ before: figure, after: figure })

const open: z.ZodType<OpenRun> = z.object({
  maxInFlight: count,
  peakInFlight: count,
  waited: count,
  dropped: count,
  queue: queue.nullable(),
  trace: z.object({ startMs: z.number(), lastMs: figure }).exactOptional(),
})

const partLevel: z.ZodType<PartLevel> = z.object({
  concurrency,
  pass: z.int().min(1).max(1000),
  startedAtSeconds: figure,
  window: span.refine(({ startMs, endMs }) => startMs < endMs, 'must end after it began').nullable(),
  stopped,
  open: open.exactOptional(),
  shares: z.array(partShare).max(MOST_SHARES),
})

/** The shape of a header. Everything is bounded, because a part comes from another machine. */
const partHeaderSchema: z.ZodType<PartHeader> = z.object({
  schema: z.literal(PART_SCHEMA),
  shard: z
    .object({ number: z.int().min(1), count: z.int().min(2).max(256) })
    .refine(({ number, count }) => number <= count, 'must be one of those that there are'),
  meeting: word,
  terms: shardTerms,
  clock: shardClock,
  report: runReportSchema,
  options: z.object({
    task: z.enum(TASKS),
    tolerance: figure,
    prefixCache: z.enum(['avoid', 'allow']).exactOptional(),
    sequences: count.exactOptional(),
  }),
  decidedBy: z.array(z.object({ setting: word, value: name })).max(100),
  columns: z.array(word).max(1000),
  levels: z.array(partLevel).max(100_000),
})

/** Why a file is not a complete part. The message continues a sentence about the file. */
export class PartError extends Error {
  override readonly name = 'PartError'
}

/** One level in one pass, as a shard measured it. */
export interface MeasuredPartLevel {
  readonly frame: Omit<LevelFrame, 'server'>
  readonly shares: readonly LevelShare[]
}

/** The bytes of a file, read on demand. */
export interface PartBytes {
  readonly size: number
  /** Fills `into` with the bytes from `offset` on; the file must be long enough. */
  read(offset: number, into: Uint8Array): void
}

/** An open part. Its records stay in the file until a level is loaded. */
export interface Part {
  readonly header: PartHeader
  /**
   * What the threads of the shard measured of a level, by its index in the header.
   *
   * @throws PartError when the bytes are not those that were written.
   */
  load(level: number): readonly LevelShare[]
}

const NUMBER_BYTES = 8
/** The first line names the format and the length of the header that follows. */
const FIRST_LINE = /^plateau\/part@(\d{1,6}) (\d{1,9})\n/
const LONGEST_FIRST_LINE = 64
const LONGEST_HEADER = 256 * 1024 * 1024

/** A part as chunks of bytes, in which few records are copied at a time. */
export function* encodePart(
  header: Omit<PartHeader, 'schema' | 'columns' | 'levels'>,
  levels: readonly MeasuredPartLevel[],
): Generator<string | Uint8Array> {
  const whole: PartHeader = {
    ...header,
    schema: PART_SCHEMA,
    columns: listColumns(),
    levels: levels.map(({ frame, shares }) => ({ ...frame, shares: shares.map(describeShare) })),
  }
  const text = Buffer.from(`${escapeSigns(JSON.stringify(whole))}\n`)
  yield `${PART_SCHEMA} ${text.length}\n`
  yield text
  for (const { shares } of levels) for (const share of shares) yield* listBytes(share)
}

function describeShare(share: LevelShare): PartShare {
  const { records, interChunk, ...tally } = share.tally
  let checksum = 0
  let bytes = 0
  for (const piece of listBytes(share)) {
    checksum = crc32(piece, checksum)
    bytes += piece.length
  }
  return {
    health: share.health,
    tally,
    records: countRecords(records),
    idBytes: bytes - countNumberBytes(countRecords(records)),
    checksum,
    words: records.words,
    interChunk: [...interChunk.buckets].flatMap((n, bucket) => (n === 0 ? [] : [[bucket, n] as const])),
  }
}

function* listBytes({ tally: { records } }: LevelShare): Generator<Uint8Array> {
  for (const { buffer } of listNumbers(records)) yield new Uint8Array(buffer)
  for (const ids of listIds(records)) yield Buffer.from(ids.map((id) => `${id ?? ''}\n`).join(''))
}

/** The numbers of packed records, those of each record one after another, slab by slab. */
function* listNumbers({ slabs }: PackedRecords): Generator<Float64Array<ArrayBuffer>> {
  for (const slab of slabs) {
    const numbers = new Float64Array(slab.rows * COLUMNS.length)
    let at = 0
    for (let row = 0; row < slab.rows; row++)
      for (let column = 0; column < COLUMNS.length; column++) numbers[at++] = readNumber(slab, column, row)
    yield numbers
  }
}

/** The ids of packed records, those of each record one after another, slab by slab. */
function* listIds({ slabs }: PackedRecords): Generator<Ids> {
  for (const slab of slabs) yield readIds(slab)
}

/** The facts of a record, as its numbers and its ids follow each other. */
export function listColumns(): string[] {
  return [...COLUMNS, ...IDS].map(({ name }) => name)
}

function countNumberBytes(records: number): number {
  return records * COLUMNS.length * NUMBER_BYTES
}

/**
 * Reads the header of a part; records are read when a level is loaded.
 *
 * @throws PartError when it is not a complete part, or comes from a version of Plateau that packs records
 * differently.
 */
export function openPart(bytes: PartBytes): Part {
  const first = new Uint8Array(Math.min(bytes.size, LONGEST_FIRST_LINE))
  bytes.read(0, first)
  const [line, version, length] = FIRST_LINE.exec(Buffer.from(first).toString('latin1')) ?? []
  if (line === undefined) throw new PartError('is not a part of a run; `--shard` leaves one')
  if (Number(version) !== 1) throw new PartError(`is of version ${version} of the format; update Plateau`)
  const headerBytes = Number(length)
  if (headerBytes > LONGEST_HEADER || line.length + headerBytes > bytes.size) throw new PartError(CUT_SHORT)
  const text = new Uint8Array(headerBytes)
  bytes.read(line.length, text)
  const header = decodeStrict(Buffer.from(text).toString('utf8'), {
    what: 'part',
    schema: partHeaderSchema,
    maximumLength: LONGEST_HEADER,
    error: PartError,
  })
  const offsets = findOffsets(header, line.length + headerBytes)
  if (offsets.end !== bytes.size) throw new PartError(CUT_SHORT)
  if (String(header.columns) !== String(listColumns())) {
    throw new PartError(`was written by Plateau ${header.report.tool.version}, which packs records otherwise`)
  }
  return {
    header,
    load: (level) =>
      header.levels[level]!.shares.map((share, i) => loadShare(bytes, share, offsets.ofShares[level]![i]!)),
  }
}

const CUT_SHORT = 'is not whole: its shard was ended while it wrote, or the file was cut on its way here'

/** Where the records of each share of each level begin. */
function findOffsets({ levels }: PartHeader, from: number): { readonly ofShares: number[][]; readonly end: number } {
  let end = from
  const ofShares = levels.map(({ shares }) =>
    shares.map(({ records, idBytes }) => {
      const at = end
      end += countNumberBytes(records) + idBytes
      return at
    }),
  )
  return { ofShares, end }
}

function loadShare(bytes: PartBytes, share: PartShare, offset: number): LevelShare {
  const { health, tally, words, interChunk, records } = share
  const idBytes = new Uint8Array(share.idBytes)
  bytes.read(offset + countNumberBytes(records), idBytes)
  const lines = Buffer.from(idBytes).toString('utf8').split('\n')
  const ids = lines.slice(0, -1).map((line) => (line === '' ? null : line))
  let checksum = 0
  const wrong: string[] = []
  function* readPieces(): Generator<RecordPiece> {
    for (let from = 0; from < records; from += ROWS) {
      const to = Math.min(records, from + ROWS)
      const numberBytes = new Uint8Array(countNumberBytes(to - from))
      bytes.read(offset + countNumberBytes(from), numberBytes)
      checksum = crc32(numberBytes, checksum)
      const numbers = new Float64Array(numberBytes.buffer)
      const piece = { numbers, ids: ids.slice(from * IDS.length, to * IDS.length) }
      const fact = findUnpackable(piece, words)
      if (fact !== null) wrong.push(fact)
      yield piece
    }
  }
  const slabs = packPieces(readPieces())
  if (crc32(idBytes, checksum) !== share.checksum) throw new PartError('was changed after it was written')
  if (ids.length !== records * IDS.length) throw new PartError('has not as many ids as its records need')
  if (wrong.length > 0) throw new PartError(`holds a request whose ${wrong[0]} cannot be`)
  const histogram = createLogHistogram()
  const buckets = new Uint32Array(histogram.buckets.length)
  for (const [bucket, n] of interChunk) if (bucket < buckets.length) buckets[bucket] = n
  const total = buckets.reduce((sum, n) => sum + n, 0)
  return {
    health,
    tally: {
      ...tally,
      records: { slabs, words },
      interChunk: { buckets, count: total },
    },
  }
}

/** Some records as `listNumbers` and `listIds` give them: at most as many as a slab holds. */
interface RecordPiece {
  readonly numbers: Float64Array
  readonly ids: Ids
}

/** Packs records that come from elsewhere, one slab a piece. */
function packPieces(pieces: Iterable<RecordPiece>): PackedRecords['slabs'] {
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
function findUnpackable({ numbers, ids }: RecordPiece, words: PackedRecords['words']): string | null {
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
