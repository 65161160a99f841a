import type { LevelMetrics, MeasuredLevel } from '../metrics/level/level-metrics.ts'
import type { Price } from '../metrics/plateau/price.ts'
import type { CrossCheck } from '../metrics/three-point.ts'
import type { SelfProof } from '../metrics/self-proof.ts'
import type { SlowRequest } from '../metrics/level/slowest.ts'
import type { Settings } from '../settings.ts'
import { VERSION } from '../version.ts'
import { RUN_REPORT_SCHEMA } from './run-report.ts'
import type { ReportPlan, ReportSlo, RunContext, RunReport } from './run-report.ts'
import type { Series } from './series.ts'
import { describeTrace } from '../settings/trace-file/trace.ts'

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
  readonly slo: ReportSlo | null
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
    ...(settings.trace === null ? {} : { trace: describeTrace(settings.trace) }),
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
