import type { ResultFile } from '../imports/join-results.ts'
import type { Baseline } from '../report/history.ts'
import type { EarlierAttempt } from '../report/looks.ts'
import type { RunReport } from '../report/run-report.ts'
import type { measureRun } from '../run/measure.ts'
import type { MeasurePorts } from '../run/ports.ts'
import type { ProcessPort } from '../serving/served-command.ts'

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
