import { countMissingSamples } from '../../stats/percentile.ts'
import type { Summary } from '../../stats/percentile.ts'
import type { LevelState, Task } from '../../vocabulary/load.ts'
import { isErrorRate, mapRates, metricOf, RATE_FIELDS, TIME_FIELDS } from '../../vocabulary/metrics.ts'
import type { Metric, MetricName, RateField, TimeField, TimeMetricName } from '../../vocabulary/metrics.ts'
import type { Finding } from '../findings.ts'
import type { ConversationFigures, TurnFigures } from './conversations.ts'
import type { ClientHealth, OpenRun } from './level-run.ts'
import type { Attained, Slo } from './objectives.ts'
import type { ServerSide } from './server-side.ts'
import type { TimeSplit } from './time-split.ts'

/** The times that are summarised, by their field names in the report: those of metrics, and connecting. */
export const TIME_METRICS = [...TIME_FIELDS, 'connectMs'] as const
export type TimeMetric = (typeof TIME_METRICS)[number]

/** Figures of one level in one pass, or of one level over its passes. */
export interface LevelFigures
  extends Readonly<Record<TimeMetric, Summary | null>>, Readonly<Record<RateField, number | null>> {
  readonly windowSeconds: number
  readonly requests: { readonly ok: number; readonly failed: number; readonly short: number }
  /** Failure class to count. */
  readonly failures: Readonly<Record<string, number>>
  /** Null where another tool measured. */
  readonly client: ClientHealth | null
  /** Time-weighted mean of requests in flight over the window, measured and by Little's law (request rate × mean time). */
  readonly inFlight: { readonly mean: number | null; readonly byLittlesLaw: number | null }
  /** Share of the input tokens that came from a prefix cache; null where the server does not say. */
  readonly cachedShare: number | null
  /** Share of requests that opened a connection; null where another tool measured. */
  readonly connectionShare: number | null
  /** How much text its tokens are. Absent where no answer streams text with stated tokens, and in older reports. */
  readonly tokenText?: TokenText
  /** What became of the schedule of a rate. Absent in a closed loop. */
  readonly open?: OpenFigures
  /** How it keeps the objectives. Absent where none are set, or its requests lack their times. */
  readonly attained?: Attained
  /** The server's own figures. Absent where there are none, and in older reports. */
  readonly server?: ServerSide
}

/** What became of the schedule of a level of a rate; of several passes the worst, and sums. */
export interface OpenFigures extends Pick<OpenRun, 'maxInFlight' | 'peakInFlight' | 'waited' | 'dropped'> {
  /** By how much counted requests were sent later than they were due, in milliseconds; null without any. */
  readonly lagMs: { readonly p50: number; readonly p99: number } | null
}

/**
 * How much text the server counts as a token, and how many tokens it sends at once; shows when servers count
 * differently.
 */
export interface TokenText {
  readonly charactersPerToken: number
  readonly tokensPerEvent: number
}

export interface LevelPass extends LevelFigures {
  readonly pass: number
  readonly startedAtSeconds: number
}

/** One level of a run: pooled figures and the passes they come from. */
export interface LevelMetrics extends LevelFigures {
  /** What the level is known by: its workers; where `open` is there, its requests a second. */
  readonly concurrency: number
  readonly valid: boolean
  /** Codes of the findings that made it invalid. */
  readonly invalidReasons: readonly string[]
  readonly state: LevelState
  /** Sources of its token counts, in alphabetical order; none where nothing is generated. Absent in older reports. */
  readonly tokenSources?: readonly string[]
  /** Share of its answers that reasoned before they answered. Absent in older reports. */
  readonly reasoningShare?: number
  /** Where the time of a median request went. Absent where answers do not stream, and in older reports. */
  readonly split?: TimeSplit
  /** What its conversations came to. Absent where requests stand alone. */
  readonly conversations?: ConversationFigures
  /** Of a mix: what each part came to. */
  readonly parts?: readonly ScenarioFigures[]
  readonly passes: readonly LevelPass[]
}

/** What one scenario of a mix came to in a level: its counted requests in all passes. All scenarios together have the requests of the level. */
export interface ScenarioFigures {
  readonly name: string
  readonly requests: { readonly ok: number; readonly failed: number }
  /** The tokens of its requests, as the server counts them. */
  readonly inputTokens: number
  readonly outputTokens: number
  /** Null where no request of it has that time, and for those of tokens where answers do not stream. */
  readonly ttftMs: ScenarioTime | null
  readonly tpotMs: ScenarioTime | null
  readonly latencyMs: ScenarioTime | null
}

/** Milliseconds; a percentile that too few requests show is null. */
export type ScenarioTime = Pick<Summary, 'p50' | 'p95'>

/** A request that took much longer than others of its level, with what finds it in the server's log. */
export interface SlowRequest {
  /** What it was sent with as `x-request-id`; absent where `headers` or `auth` took the place of ours. */
  readonly id?: string
  /** What the server calls it, by a header of its answer; absent where it states nothing but ours. */
  readonly serverId?: string
  /** Number of the level, and its pass. */
  readonly level: number
  readonly pass: number
  /** When it was sent, in seconds after the start of the sweep. */
  readonly startSeconds: number
  /** Its latency over the median one of its level. */
  readonly timesMedian: number
  readonly ttftMs: number | null
  readonly tpotMs: number | null
  readonly latencyMs: number
  readonly inputTokens: number | null
  readonly outputTokens: number
}

/** What the numbers depend on besides the records. */
export interface LevelOptions {
  readonly task: Task
  /** The smallest change that matters, as a share; the client's timing error must stay below half of it. */
  readonly tolerance: number
  /** Absent: no objectives are set. */
  readonly slo?: Slo
  /** `allow`: cached input tokens are wanted. Default `avoid`. */
  readonly prefixCache?: 'avoid' | 'allow'
  /** The most sequences in one request. Default 1. */
  readonly sequences?: number
}

/** One level with its findings. It does not refer to the records, which can be dropped. */
export interface MeasuredLevel extends LevelMetrics {
  readonly findings: readonly Finding[]
  /** Models and builds the server named, in order of appearance. */
  readonly servedModels: readonly string[]
  /** For each failure class, why the first such request failed, in a few words. */
  readonly failureWords: Readonly<Record<string, string>>
  /** Its slowest requests, the slowest first. */
  readonly slowest: readonly SlowRequest[]
}

/** The result of `judgeLevel`. */
export interface LevelJudgement extends Pick<LevelMetrics, 'valid' | 'invalidReasons' | 'state'> {
  readonly findings: readonly Finding[]
}

/** A level with its figures, before it is judged. */
export type UnjudgedLevel = Omit<MeasuredLevel, 'concurrency' | keyof LevelJudgement>

/**
 * The figure of a metric at a level: milliseconds, a rate per second, or a share. Null when it was not measured, and
 * for metrics of a whole run.
 */
export function figureOf(figures: LevelFigures, metric: MetricName): number | null {
  const row = metricOf(metric)
  return row.percentile === null ? FIGURES[row.field](figures) : (figures[row.field]?.[row.percentile] ?? null)
}

/** The figures that are no times. */
const FIGURES: Readonly<Record<Exclude<Metric['field'], TimeField>, (figures: LevelFigures) => number | null>> = {
  ...mapRates((field) => (figures) => figures[field]),
  requests: ({ requests }) => computeErrorRate(requests),
  attainment: ({ attained }) => attained?.attainment ?? null,
  goodput: ({ attained }) => attained?.requestsPerSecond ?? null,
  'goodput-tokens': ({ attained }) => attained?.outputTokensPerSecond ?? null,
  plateau: () => null,
  within: () => null,
  capacity: () => null,
}

const SCENARIO_TIMES = ['ttftMs', 'tpotMs', 'latencyMs'] as const satisfies readonly (keyof ScenarioFigures)[]
const TURN_TIMES = ['ttftMs', 'latencyMs'] as const satisfies readonly (keyof TurnFigures)[]

/** The same of one scenario of a mix; null also for what is not known of one. */
export function figureOfScenario(scenario: ScenarioFigures, metric: MetricName): number | null {
  const row = metricOf(metric)
  if (isErrorRate(row)) return computeErrorRate(scenario.requests)
  const time = SCENARIO_TIMES.find((field) => field === row.field)
  if (time === undefined || (row.percentile !== 'p50' && row.percentile !== 'p95')) return null
  return scenario[time]?.[row.percentile] ?? null
}

/** The same of one turn of all conversations, of which only medians are known. */
export function figureOfTurn(turn: TurnFigures, metric: MetricName): number | null {
  const row = metricOf(metric)
  if (isErrorRate(row)) return computeErrorRate(turn.requests)
  const time = TURN_TIMES.find((field) => field === row.field)
  return time === undefined || row.percentile !== 'p50' ? null : turn[time]
}

/** Share of counted requests that failed; null when there were none. */
export function computeErrorRate({ ok, failed }: { readonly ok: number; readonly failed: number }): number | null {
  return ok + failed === 0 ? null : failed / (ok + failed)
}

/** How many more requests a percentile needs to be shown; 0 when it is missing for another reason. */
export function countMissingRequests(figures: LevelFigures, metric: TimeMetricName): number {
  const { field, percentile, fact } = metricOf(metric)
  const summary = figures[field]
  // Failed requests are samples of +∞ for every time that a request has.
  const failed = fact === null ? 0 : figures.requests.failed
  return summary === null ? 0 : countMissingSamples(percentile, summary.n + failed)
}

/** The throughput that matters: output tokens; without these (embeddings) input tokens; without both requests. */
export function chooseThroughput(levels: readonly LevelFigures[]): RateField {
  return RATE_FIELDS.find((field) => levels.some((level) => (level[field] ?? 0) > 0)) ?? 'outputTokensPerSecond'
}
