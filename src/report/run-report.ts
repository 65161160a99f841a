import type { LevelMetrics, MeasuredLevel, SlowRequest } from '../metrics/level/level-metrics.ts'
import type { SentPrompts } from '../settings/prompts-file/prompts-file.ts'
import type { ReplayedTraceFacts } from '../settings/trace.ts'
import type { KeptObjectives, Within } from '../metrics/plateau/capacity.ts'
import type { Price } from '../metrics/plateau/price.ts'
import type { Plateau } from '../metrics/plateau/plateau.ts'
import type { SelfProof } from '../metrics/self-proof.ts'
import type { CrossCheck } from '../metrics/three-point.ts'
import type { Series } from './series.ts'
import type { Settings } from '../settings.ts'
import { VERSION } from '../version.ts'
import { summariseTrace } from '../settings/trace.ts'

/** Name and version of the format of a run report. */
export const RUN_REPORT_SCHEMA = 'plateau/run-report@1'

/** One measured run, as it is written to disk: public, versioned. A figure that does not exist is null. */
export interface RunReport {
  readonly schema: typeof RUN_REPORT_SCHEMA
  readonly tool: { readonly name: string; readonly version: string }
  /** Whose figures these are, where another tool measured: how they are defined says the source of the series. Absent: ours. */
  readonly imported?: ReportImport
  /** ISO 8601, UTC. */
  readonly startedAt: string
  /** Without the time until the endpoint was ready, because starting a server is not part of measuring it. */
  readonly durationSeconds: number
  readonly series: Series
  readonly context: RunContext
  readonly plan: ReportPlan
  /** What preflight found out about the endpoint: any names, with plain JSON values. */
  readonly capabilities: Readonly<Record<string, unknown>>
  /** By rising concurrency, rate or speed: the series says which. */
  readonly levels: readonly LevelMetrics[]
  /** The ten slowest requests, by how many times the median latency of their level they took. Absent where none is known. */
  readonly slowest?: readonly SlowRequest[]
  readonly plateau: Plateau
  /** The best throughput inside `throughput-within`; null when it was not asked for. */
  readonly within: Within | null
  /** Objectives and their figures. Absent where none are set. */
  readonly slo?: KeptObjectives
  /** What tokens cost. Absent where no price is given. */
  readonly price?: Price
  /** What was sent of a file of prompts or requests. Absent where prompts are generated. */
  readonly prompts?: SentPrompts
  /** What trace was replayed. Absent where none was. */
  readonly trace?: ReplayedTraceFacts
  /** How accurately this machine times, by the self-proof. Absent where there was none. */
  readonly selfProof?: SelfProof
  /** How many machines measured it together. Absent where one did. */
  readonly shards?: ReportShards
  /** TTFT and TPOT again, from unstreamed answers. Absent when not asked for. */
  readonly crossCheck?: CrossCheck
  /** Absent when no limit was set. */
  readonly limits?: readonly ReportLimit[]
  readonly validity: ReportValidity
}

/** A run that a tool of others measured. */
interface ReportImport {
  readonly tool: string
  /** Of the tool; null where its results do not say it. */
  readonly version: string | null
  /** What a reader must know about how the results were read, a sentence each. */
  readonly notes: readonly string[]
}

/** Several processes that measured one run together. */
interface ReportShards {
  readonly count: number
  /** Largest difference between two clocks, before correction. */
  readonly clockSpreadMs: number
  /** The largest uncertainty of a corrected difference. */
  readonly clockWithinMs: number
}

/** How one limit fared. */
export interface ReportLimit {
  /** As the user wrote it. */
  readonly limit: string
  /** The number of the level; null for the whole run. */
  readonly concurrency: number | null
  /** `not-measured` is not a pass. */
  readonly outcome: 'pass' | 'fail' | 'not-measured'
  /** The measured figure: milliseconds, a share, or per second. */
  readonly value: number | null
  /**
   * The one-sided 95 % bound that must be beyond the limit too: over passes (null with only one), or, in a verdict,
   * over runs where the history knows their spread.
   */
  readonly bound: number | null
  /** Why it was not measured, as half a sentence, or null. */
  readonly reason: string | null
  /** Set when the figure is within two spreads between runs of the limit. */
  readonly near?: true
  /** This attempt's own figure, where `value` and `bound` are the median of all attempts. */
  readonly alone?: number
}

/** Where and against what the run was: shown when it changes, but never a reason not to compare. */
export interface RunContext {
  readonly host?: string
  readonly endpointLabel: string
  readonly model: string | null
  readonly servedModel: string | null
  readonly serverVersion?: string
  readonly build?: string
  readonly provisioned?: string
  readonly region?: string
  /** The tool of others that measured, with its version. */
  readonly loadTool?: string
  /** Tokens of a request as that tool found them, where it does not say what was asked for, in two digits: `140 in, 64 out`. */
  readonly requestTokens?: string
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

/** What was planned. */
export interface ReportPlan {
  readonly levels: readonly number[]
  /** Those that every run of it has; of `auto` and of a search, in a report, those that were measured. */
  readonly passes: number
  readonly expected: {
    readonly seconds: number
    readonly requests: number
    readonly inputTokens: number
    readonly outputTokens: number
  }
  /** What the budgets cut, one sentence each. */
  readonly cut: readonly string[]
  /** Of `levels` those that were measured in the first pass only, because more would take too long. Absent: none. */
  readonly once?: readonly number[]
  /** Why the search for levels tried no higher one, a word of `SEARCH_ENDS`. Absent where the levels were known before. */
  readonly searchEnd?: string
}

/** Whether the run can be used at all, and what a reader must know. Codes may come from a newer version. */
export interface ReportValidity {
  readonly ok: boolean
  /** What makes the run, or levels of it, unusable, as half a sentence; absent where all can be used, and in older reports. */
  readonly cause?: string
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

export type { SentPrompts }

/** Everything a report is made of. */
interface ReportInput extends Pick<RunReport, 'durationSeconds' | 'capabilities' | 'plateau' | 'within' | 'validity'> {
  readonly settings: Settings
  readonly startedAt: Date
  readonly runner: RunContext['runner']
  readonly nodeVersion: string
  /** How true this machine times; null where that was not proven. */
  readonly proof: SelfProof | null
  readonly series: Series
  /** The model that was asked for, whether given or found. */
  readonly model: string | null
  readonly servedModel: string | null
  readonly build: string | null
  /** The server's version; null where it does not tell. */
  readonly serverVersion: string | null
  /** What is provisioned for it, on one line; null where that is not known. */
  readonly provisioned: string | null
  readonly plan: ReportPlan
  /** Null where no objectives are set. */
  readonly slo: KeptObjectives | null
  /** Null where no price is given. */
  readonly price: Price | null
  /** Null when it was not asked for, or came to nothing. */
  readonly crossCheck: CrossCheck | null
  /** Of all levels; may be none. */
  readonly slowest: readonly SlowRequest[]
  readonly levels: readonly MeasuredLevel[]
}

/** Puts the parts of a run together. */
export function assembleReport(parts: ReportInput): RunReport {
  const { settings, durationSeconds, plan, capabilities, plateau, within, validity } = parts
  return {
    schema: RUN_REPORT_SCHEMA,
    tool: { name: 'plateau', version: VERSION },
    startedAt: parts.startedAt.toISOString(),
    durationSeconds,
    series: parts.series,
    context: {
      host: settings.endpoint.host,
      endpointLabel: settings.endpointLabel,
      model: parts.model,
      servedModel: parts.servedModel,
      ...(parts.serverVersion === null ? {} : { serverVersion: parts.serverVersion }),
      ...(parts.build === null ? {} : { build: parts.build }),
      ...(parts.provisioned === null ? {} : { provisioned: parts.provisioned }),
      runner: parts.runner,
      node: parts.nodeVersion,
    },
    plan,
    capabilities,
    levels: parts.levels.map(removeNotes),
    ...(parts.slowest.length > 0 && { slowest: parts.slowest }),
    plateau,
    within,
    ...(parts.slo === null ? {} : { slo: parts.slo }),
    ...(parts.price === null ? {} : { price: parts.price }),
    ...(settings.sentPrompts === null ? {} : { prompts: settings.sentPrompts }),
    ...(settings.trace === null ? {} : { trace: summariseTrace(settings.trace) }),
    ...(parts.proof === null ? {} : { selfProof: parts.proof }),
    ...(parts.crossCheck === null ? {} : { crossCheck: parts.crossCheck }),
    validity,
  }
}

/** Findings, served models and slowest requests of a level stand in the report beside its levels. */
export function removeNotes(level: MeasuredLevel): LevelMetrics {
  const {
    findings: _findings,
    servedModels: _servedModels,
    failureWords: _failureWords,
    slowest: _slowest,
    ...metrics
  } = level
  return metrics
}
