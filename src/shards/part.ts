import { TASKS } from '../vocabulary/load.ts'
import { z } from 'zod'
import { STOP_REASONS } from '../load/level/board.ts'
import type { LevelFrame } from '../load/level/level-tally.ts'
import type { ShareFacts } from '../load/level/share.ts'
import type { LevelOptions } from '../metrics/level/level-metrics.ts'
import type { LevelRun, OpenRun } from '../metrics/level/level-run.ts'
import { runReportSchema } from '../report/run-report-codec.ts'
import { concurrency, count, figure, name, word } from '../report/strict-json.ts'
import type { RunReport } from '../report/run-report.ts'
import type { DecidingSetting } from '../settings/lists/run-settings.ts'
import type { Shard } from '../settings/lists/shard-settings.ts'

/** Name and version of the format of a part. */
export const PART_SCHEMA = 'plateau/part@1'

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

/** One level in one pass. */
interface PartLevel extends Omit<LevelFrame, 'server'> {
  readonly shares: readonly PartShare[]
}

/** What one thread measured. Its packed records follow the header: first their numbers, then their ids. */
export interface PartShare extends Pick<ShareFacts, 'health'> {
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
export const partHeaderSchema: z.ZodType<PartHeader> = z.object({
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
