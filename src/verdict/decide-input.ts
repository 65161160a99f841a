import type { Baseline, HistoryRow } from '../report/history.ts'
import type { ReportLimit } from '../report/run-report.ts'
import type { Acceptance } from '../settings/values/acceptance.ts'
import type { DecisionPolicy } from './policy.ts'

/** Everything that a decision hangs on. */
export interface DecideInput {
  /** The run, or those of `runs: n`, which count as one. At least one. */
  readonly candidates: readonly HistoryRow[]
  /** Null for `baseline: none`. */
  readonly baseline: Baseline | null
  readonly policy: DecisionPolicy
  readonly limits: readonly ReportLimit[]
  /** The fresh passes of a second look, and nothing else; null when there was none yet or none was possible. */
  readonly confirm: HistoryRow | null
  /** The setting: 0 means that the first look decides. */
  readonly confirmPasses: number
  /** Why the run cannot be used, or null. */
  readonly trouble: 'cancelled' | 'endpoint' | 'run-invalid' | null
  readonly accepted: readonly Acceptance[]
}
