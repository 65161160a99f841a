import type { EndpointError } from '../errors.ts'
import type { Baseline, HistoryRow } from '../report/history.ts'
import type { Looks } from '../report/looks.ts'
import type { RunReport } from '../report/run-report.ts'
import type { Verdict } from '../report/verdict.ts'
import type { RequestRecord } from '../vocabulary/request-facts.ts'

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
