import type { ResultFile } from '../imports/join-results.ts'
import type { Baseline, HistoryRow } from '../report/history.ts'
import type { EarlierAttempt, Sessions, Looks } from '../report/looks.ts'
import type { RunReport } from '../report/run-report.ts'
import type { measureRun, MeasuredRun } from '../run/measure.ts'
import type { MeasurePorts } from '../run/ports.ts'
import type { ProcessPort } from '../serving/served-command.ts'
import type { PlannedRun } from '../run/plan-found.ts'
import type { Settings } from '../settings.ts'
import type { EndpointError } from '../errors.ts'
import type { Verdict } from '../report/verdict.ts'
import type { RequestRecord } from '../vocabulary/request-facts.ts'

/** Everything that the gate needs from outside. */
export interface GatePorts extends MeasurePorts {
  /** The recorded runs of this name; null for `baseline: none`. */
  readonly loadBaseline: (() => Promise<Baseline>) | null
  /** What earlier attempts at the same job measured of the same commit, oldest first; default: none. */
  readonly earlier?: readonly EarlierAttempt[]
  /**
   * This workflow run and attempt; default: unknown. Recorded runs of its earlier attempts are not part of the
   * baseline.
   */
  readonly run?: { readonly id: string; readonly attempt: number }
  /** A new phase begins, for a heading in the log. */
  readonly onPhase: (phase: 'history' | 'preflight' | 'sweep' | 'second look') => void
  /** The machine on which commands start servers. */
  readonly processes: ProcessPort
  /** The folder that gets the logs of such servers. */
  readonly serverLogs: string
  /** The files that paths and patterns name. @throws SettingsError when there are none, or one cannot be read. */
  readonly readResults: (patterns: readonly string[]) => readonly ResultFile[]
  /** Measures what is planned; default: this process does, alone. */
  readonly measureRun?: typeof measureRun
  /** Hides secrets in a text. */
  readonly redact: (text: string) => string
  /** Hides secrets in a report before it is compared, as recorded runs hold none either. */
  readonly redactReport: (report: RunReport) => RunReport | Promise<RunReport>
}

/** What was measured. */
export interface Measured {
  /** The run, those of `runs: n`, or one a session. */
  readonly runs: readonly MeasuredRun[]
  readonly sessions?: Sessions
  /** The last one's plan; null where another tool measured. */
  readonly planned: PlannedRun | null
}

/** Whether both sides are deployed anew and measured, in sessions, until they decide. */
export function isInSessions({ controlCommand, redeployCommand }: Settings): boolean {
  return controlCommand !== null || redeployCommand !== null
}

/** The result of a run. */
export interface GateResult {
  /** The last complete run; `reports` has all of `runs: n`. */
  readonly report: RunReport
  readonly reports: readonly RunReport[]
  /** The control's reports, one for each run in which it could be measured. */
  readonly controls: readonly RunReport[]
  /** The runs as the history keeps them. */
  readonly rows: readonly HistoryRow[]
  /** All requests of the last run's levels that count, one after another. */
  readonly records: Iterable<RequestRecord>
  readonly verdict: Verdict
  /** What the verdict rests on besides report and baseline. */
  readonly looks: Looks
  /** The recorded runs of its series; null when there were none. */
  readonly baseline: Baseline | null
  /** Set when the endpoint ended the run early; the report holds what was measured before. */
  readonly error: EndpointError | null
  readonly cancelled: boolean
}
