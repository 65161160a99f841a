import { asciiSigns } from './ascii-signs.ts'
import { z } from 'zod'
import type { LevelMetrics } from '../metrics/level-metrics.ts'
import type { Plateau } from '../metrics/plateau.ts'
import type { CrossCheck } from '../metrics/three-point.ts'
import type { Within } from '../metrics/within.ts'
import { MAXIMUM_TEXT, RUN_REPORT_SCHEMA, runReportSchema } from './run-report-schema.ts'
import type { Series } from './series.ts'
import { decodeStrict } from './strict-json.ts'

export { RUN_REPORT_SCHEMA }

/** One measured run, as it is written to disk: public, versioned. A figure that does not exist is null. */
export interface RunReport {
  readonly schema: typeof RUN_REPORT_SCHEMA
  readonly tool: { readonly name: string; readonly version: string }
  /** ISO 8601, UTC. */
  readonly startedAt: string
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
  /** TTFT and TPOT once more, from whole answers. Absent when it was not asked for. */
  readonly crossCheck?: CrossCheck
  /** Absent when no limit was set. */
  readonly limits?: readonly ReportLimit[]
  readonly validity: ReportValidity
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
  /** The one-sided 95 % bound over passes that must be beyond the limit too; null with one pass. */
  readonly bound: number | null
  readonly reason: string | null
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

/** A text that is not a run report. The message names the path of what is wrong. */
export class ReportError extends Error {
  readonly code = 'report'
  override readonly name = 'ReportError'
}

/** A report is some kilobytes; one that is larger than this many characters is not one. */
const MAXIMUM_LENGTH = 32 * 1024 * 1024

/**
 * The report as JSON text. It is read back first: what cannot be read is never written. Texts that others wrote (names of
 * models, say) are cut where they are absurdly long, so that they cannot cost the report.
 */
export function encodeRunReport(report: RunReport): string {
  const cut = (_: string, value: unknown) => (typeof value === 'string' ? value.slice(0, MAXIMUM_TEXT) : value)
  return asciiSigns(JSON.stringify(decodeRunReport(JSON.stringify(report, cut)), null, 2))
}

/**
 * Reads a report. Unknown fields are ignored; missing, misshapen, infinite or oversized ones are refused.
 *
 * @throws ReportError
 */
export function decodeRunReport(text: string): RunReport {
  return decodeStrict(text, {
    what: 'report',
    schema: runReportSchema,
    maximumLength: MAXIMUM_LENGTH,
    error: ReportError,
  })
}

/** The published JSON Schema of the format. */
export function runReportJsonSchema(): Record<string, unknown> {
  return { ...z.toJSONSchema(runReportSchema, { io: 'input' }), title: 'Plateau run report' }
}
