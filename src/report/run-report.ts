import type { LevelMetrics } from '../metrics/level-metrics.ts'
import type { Capacity } from '../metrics/capacity.ts'
import type { KeptFigure } from '../metrics/kept.ts'
import type { Price } from '../metrics/price.ts'
import type { Plateau } from '../metrics/plateau.ts'
import type { SelfProof } from '../metrics/self-proof.ts'
import type { CrossCheck } from '../metrics/three-point.ts'
import type { Within } from '../metrics/within.ts'
import type { Series } from './series.ts'

/** Name and version of the format of a run report. */
export const RUN_REPORT_SCHEMA = 'plateau/run-report@1'

/** One measured run, as it is written to disk: public, versioned. A figure that does not exist is null. */
export interface RunReport {
  readonly schema: typeof RUN_REPORT_SCHEMA
  readonly tool: { readonly name: string; readonly version: string }
  /** ISO 8601, UTC. */
  readonly startedAt: string
  /** Without the time until the endpoint was ready: how long a server takes to start is no part of measuring it. */
  readonly durationSeconds: number
  readonly series: Series
  readonly context: RunContext
  readonly plan: ReportPlan
  /** What preflight found out about the endpoint: free names, plain JSON values. */
  readonly capabilities: Readonly<Record<string, unknown>>
  /** By rising concurrency. */
  readonly levels: readonly LevelMetrics[]
  readonly plateau: Plateau
  /** The best throughput inside `throughput-within`; null when it was not asked for. */
  readonly within: Within | null
  /** What requests were to keep. Absent where no objectives are set. */
  readonly slo?: ReportSlo
  /** What tokens cost. Absent where no price is given. */
  readonly price?: Price
  /** How true this machine times, by a server on it that kept when it sent what. Absent where that was not proven. */
  readonly selfProof?: SelfProof
  /** How many machines measured it together. Absent where one did. */
  readonly shards?: ReportShards
  /** TTFT and TPOT once more, from whole answers. Absent when it was not asked for. */
  readonly crossCheck?: CrossCheck
  /** Absent when no limit was set. */
  readonly limits?: readonly ReportLimit[]
  readonly validity: ReportValidity
}

/** Objectives, and how many of the requests were to keep them. */
export interface ReportSlo {
  /** For example `ttft <= 500ms, tpot <= 50ms`. */
  readonly objectives: string
  /** `slo-share`, a fraction of 1. */
  readonly share: number
  readonly capacity: Capacity
  /** The mean attainment over the levels, and the best goodput of them, in requests a second; null where none can be used. */
  readonly attainment: KeptFigure | null
  readonly goodput: KeptFigure | null
}

/** Several processes that measured one run together. */
export interface ReportShards {
  readonly count: number
  /** Between the clocks that lay furthest apart, before that was corrected. */
  readonly clockSpreadMs: number
  /** Within what the worst known of the differences was known. */
  readonly clockWithinMs: number
}

/** How one limit fared. */
export interface ReportLimit {
  /** As the user wrote it. */
  readonly limit: string
  /** The level; null for the whole run. */
  readonly concurrency: number | null
  /** `not-measured` is not a pass. */
  readonly outcome: 'pass' | 'fail' | 'not-measured'
  /** The measured figure: milliseconds, a share, or per second. */
  readonly value: number | null
  /** The one-sided 95 % bound that must be beyond the limit too: over passes (null with one), or in a verdict with the spread of runs where the history knows it. */
  readonly bound: number | null
  readonly reason: string | null
  /** Within two spreads of runs of the limit, where these are known; else absent. */
  readonly near?: true
  /** What this attempt measured alone, where `value` and `bound` are the middle of all attempts; else absent. */
  readonly alone?: number
}

/** Where and against what it ran: shown when it changes, never a reason not to compare. */
export interface RunContext {
  readonly host?: string
  readonly endpointLabel: string
  readonly model: string | null
  readonly servedModel: string | null
  readonly serverVersion?: string
  readonly build?: string
  readonly provisioned?: string
  readonly region?: string
  readonly runner: {
    /** `github-hosted`, `self-hosted` or `local`. */
    readonly environment: string
    readonly os: string
    readonly arch: string
    readonly cpuCount: number
  }
  /** Version of Node. */
  readonly node: string
}

/** What was going to be measured. */
export interface ReportPlan {
  readonly levels: readonly number[]
  readonly passes: number
  readonly expected: {
    readonly seconds: number
    readonly requests: number
    readonly inputTokens: number
    readonly outputTokens: number
  }
  /** What the budgets took away, one sentence each. */
  readonly cut: readonly string[]
}

/** Whether the run can be used at all, and what a reader must know. A code may be of a newer version than this one. */
export interface ReportValidity {
  readonly ok: boolean
  readonly findings: readonly ReportFinding[]
}

export interface ReportFinding {
  readonly code: string
  /** Concurrency of the level; absent when it is about the whole run. */
  readonly level?: number
  /** One sentence with the numbers. */
  readonly message: string
  /** What to do about it. */
  readonly remedy?: string
}
