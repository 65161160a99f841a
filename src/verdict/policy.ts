import type { Baseline } from '../report/history.ts'
import type { Looks } from '../report/looks.ts'
import type { Settings } from '../settings.ts'
import type { DecidingSetting } from '../settings/lists/run-settings.ts'
import type { Acceptance } from '../settings/values/acceptance.ts'

/** The settings that the verdict depends on. */
export type DecisionPolicy = Pick<
  Settings,
  | 'gate'
  | 'metrics'
  | 'tolerance'
  | 'falseAlarmRate'
  | 'expectedSpread'
  | 'decision'
  | 'onNotComparable'
  | 'onUnmeasured'
  | 'onSkip'
>

/** How the false-alarm rate is shared among metrics, lost levels and the error rate. */
export const METRICS_SHARE = 0.9

export const LOST_LEVELS_SHARE = 0.05

export const ERROR_RATE_SHARE = 0.05

/** A metric looks worse, and gets a second look, below this p. */
export const SCREEN_P = 0.05

/** Everything that a verdict depends on: what was measured, at least one candidate, and by what it is judged. */
export interface DecideInput extends Looks {
  /** Null for `baseline: none`. */
  readonly baseline: Baseline | null
  readonly policy: DecisionPolicy
  /** Why the run cannot be used, or null. */
  readonly trouble: 'cancelled' | 'endpoint' | 'run-invalid' | null
  readonly accepted: readonly Acceptance[]
  /** The settings behind `policy` and `limits` as they were given, for the record; default none. */
  readonly decidedBy?: readonly DecidingSetting[]
}

/** What is known before a second look. */
export type ScreenInput = Omit<DecideInput, 'secondLook'>

/** The settings that say which metrics are shown, with which tolerance and spread. */
export type TimelinePolicy = Pick<DecisionPolicy, 'gate' | 'metrics' | 'tolerance' | 'expectedSpread' | 'decision'>
