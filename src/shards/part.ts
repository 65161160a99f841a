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
import { sha256 } from '../sha256.ts'
import { listSeriesSettings } from '../report/series.ts'
import type { SeriesFields } from '../report/series.ts'
import type { Settings } from '../settings.ts'
import { renderObjectives } from '../settings/values/objectives.ts'
import { VERSION } from '../version.ts'

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

/** What a shard measures, as it found it. */
interface MeasuredEndpoint {
  readonly series: SeriesFields
  readonly model: string | null
  readonly commit: string | null
}

/**
 * What must be equal in all shards of a run, as texts by setting, so that a difference names what to fix. They are
 * written to the meeting place, so the endpoint is only a hash. A test asks of every setting whether it belongs here.
 */
export function termsOf(settings: Settings, { series, model, commit }: MeasuredEndpoint): Record<string, string> {
  const { origin, pathname } = settings.endpoint
  const { throughputWithin, slo, sloShare, pricePerHour, maxDurationMs } = settings
  return {
    version: VERSION,
    commit: commit ?? NONE,
    endpoint: sha256(origin + pathname).slice(0, 12),
    model: [model, ...(settings.mix?.map((part) => part.model) ?? [])].map((name) => name ?? NONE).join(', '),
    ...Object.fromEntries(listSeriesSettings(series)),
    seed: settings.seed,
    'request-timeout': `${settings.requestTimeoutMs / 1000}s`,
    'warmup-requests': String(settings.warmupRequests),
    'max-duration': maxDurationMs === null ? NONE : `${maxDurationMs / 1000}s`,
    'max-requests': String(settings.maxRequests ?? NONE),
    'max-output-tokens': String(settings.maxOutputTokens ?? NONE),
    'throughput-within': throughputWithin?.map(({ metric, valueMs }) => `${metric} <= ${valueMs}ms`).join(', ') ?? NONE,
    slo: slo === null ? NONE : renderObjectives(slo),
    'slo-share': `${100 * sloShare}%`,
    'price-per-hour': String(pricePerHour ?? NONE),
    ...Object.fromEntries(settings.decidedBy.map(({ setting, value }) => [setting, value])),
  }
}

/** The term of a setting that was not given. Deciding settings are terms only if given. */
export const NONE = 'none'

/** The first term in which two shards differ, to follow the name of the other one; null when there is none. */
export function findOtherTerm(
  own: Readonly<Record<string, string>>,
  other: Readonly<Record<string, string>>,
): string | null {
  for (const term of new Set([...Object.keys(own), ...Object.keys(other)])) {
    const [mine = NONE, theirs = NONE] = [own[term], other[term]]
    if (mine !== theirs) return `was told another ${term}: ${theirs}, and this one ${mine}`
  }
  return null
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
