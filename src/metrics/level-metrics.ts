import { TIME_FIELDS } from '../vocabulary/metrics.ts'
import type { Summary } from '../stats/percentile.ts'
import type { RateField } from '../vocabulary/metrics.ts'
import type { Task } from '../vocabulary/endpoint-names.ts'
import type { Objective } from '../settings/values/objectives.ts'
import type { Finding } from './findings.ts'
import type { ClientHealth } from './level-run.ts'
import type { ServerSide } from './server-side.ts'

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
  readonly client: ClientHealth
  /** Time-weighted in-flight requests over the window, and the same by Little's law (request rate × mean time). */
  readonly inFlight: { readonly mean: number; readonly byLittlesLaw: number | null }
  /** Share of the input tokens that came from a prefix cache; null where the server does not say. */
  readonly cachedShare: number | null
  /** Share of requests that opened a connection. */
  readonly connectionShare: number
  /** What its stated tokens are. Absent where no answer streams text and states its tokens, and in older reports. */
  readonly tokenText?: TokenText
  /** How it keeps the objectives. Absent where none are set, or its requests have not the times that they are about. */
  readonly attained?: Attained
  /** What the server itself says of it. Absent where it says nothing, and in older reports. */
  readonly server?: ServerSide
}

/** What the requests of a level must keep, and which share of them. */
export interface Slo {
  /** At least one. */
  readonly objectives: readonly Objective[]
  /** A fraction of 1. */
  readonly share: number
}

/** How a level keeps its objectives. */
export interface Attained {
  /** Counted requests that kept all of them. */
  readonly inside: number
  /** Their share of all counted requests, failed ones too; null where none was counted. */
  readonly attainment: number | null
  /**
   * The largest quotient of a time and its objective that the wanted share of the requests needs: 1 or less exactly where attainment is
   * that share or more, 2 where twice the time would do. Null where so many failed that no time would, or none was counted.
   */
  readonly strain: number | null
  /** Goodput: what came through the windows of the requests inside. Tokens are null for embeddings. */
  readonly requestsPerSecond: number | null
  readonly outputTokensPerSecond: number | null
}

/** How much text the server calls a token, and how many of them it sends at once: counts of another kind show here. */
export interface TokenText {
  readonly charactersPerToken: number
  readonly tokensPerEvent: number
}

export interface LevelPass extends LevelFigures {
  readonly pass: number
  readonly startedAtSeconds: number
}

/**
 * `ok`: usable, with all its figures. `buffered`: usable for latency and throughput, but its answers came in one piece, so that it has
 * no TTFT and no TPOT. `limited`: rate-limited, not slow. `lost`: the server did not hold this concurrency. `client-saturated`:
 * the client, not the server, was the bottleneck. `invalid`: unusable for the reasons named.
 */
export type LevelState = 'ok' | 'buffered' | 'limited' | 'lost' | 'client-saturated' | 'invalid'

/** One level of a run: pooled figures and the passes they come from. */
export interface LevelMetrics extends LevelFigures {
  readonly concurrency: number
  readonly valid: boolean
  /** Codes of the findings that made it invalid. */
  readonly invalidReasons: readonly string[]
  readonly state: LevelState
  /** Where the tokens of its answers were counted, in alphabetical order; none where nothing is generated. Absent in older reports. */
  readonly tokenSources?: readonly string[]
  /** Share of its answers that reasoned before they answered. Absent in older reports. */
  readonly reasoningShare?: number
  readonly passes: readonly LevelPass[]
}

/** What the numbers depend on besides the records. */
export interface LevelOptions {
  readonly task: Task
  /** The smallest change that matters, as a share; the client's own timing error must stay below half of it. */
  readonly tolerance: number
  /** Absent: no objectives are set. */
  readonly slo?: Slo
  /** `allow`: cached input tokens are wanted. Default `avoid`. */
  readonly prefixCache?: 'avoid' | 'allow'
  /** Sequences that one request holds at most. Default 1. */
  readonly sequences?: number
}

/** One level with what was found about it. Nothing in it refers to the records, which can be forgotten. */
export interface MeasuredLevel extends LevelMetrics {
  readonly findings: readonly Finding[]
  /** Models and builds the server named, in order of appearance. */
  readonly servedModels: readonly string[]
  /** For each failure class, what the first such request failed with, in a few words. */
  readonly failureWords: Readonly<Record<string, string>>
}

/** What `judgeLevel` says about a level. */
export interface LevelJudgement extends Pick<LevelMetrics, 'valid' | 'invalidReasons' | 'state'> {
  readonly findings: readonly Finding[]
}

/** A level with its figures, before it is judged. */
export type UnjudgedLevel = Omit<MeasuredLevel, 'concurrency' | keyof LevelJudgement>
