import type { Baseline, HistoryRow } from '../report/history.ts'
import type { EarlierAttempt, SecondLook, Sessions } from '../report/looks.ts'
import type { ReportLimit } from '../report/run-report.ts'
import type { VerdictPolicy } from '../report/verdict.ts'
import type { Settings } from '../settings.ts'
import type { DecidingSetting } from '../settings/lists/run-settings.ts'
import { GATE_SETTINGS } from '../settings/lists/gate-settings.ts'
import { resolveFlags } from '../settings/reading/flags.ts'
import type { Acceptance } from '../settings/values/acceptance.ts'

/** The settings that decide. */
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

/** Of the false alarms, this share is for the metrics; lost levels and the error rate have half of the rest each. */
export const METRICS_SHARE = 0.9
export const LOST_LEVELS_SHARE = 0.05
export const ERROR_RATE_SHARE = 0.05

/** The policy where nothing is told: of a job that was skipped, or of which nothing arrived. */
export const DEFAULT_POLICY: VerdictPolicy = pickPolicy(resolveFlags(GATE_SETTINGS, []))

/** What a verdict keeps of them. */
export function pickPolicy(policy: VerdictPolicy): VerdictPolicy {
  const { gate, decision, onNotComparable, onUnmeasured, onSkip } = policy
  return { gate, decision, onNotComparable, onUnmeasured, onSkip }
}

/** The row of a second look, if it came to one. */
export function pickFreshPasses(secondLook: SecondLook): HistoryRow | null {
  return typeof secondLook === 'string' ? null : secondLook.row
}

/** How often a run is looked at while it grows, at most: once after each fresh session of each attempt, else once. */
export function countLooks({ sessions, earlier = [] }: Pick<DecideInput, 'sessions' | 'earlier'>): number {
  return sessions?.fresh === true ? sessions.most * (1 + earlier.length) : 1
}

/** Everything that a decision depends on. */
export interface DecideInput {
  /** The run, or those of `runs: n`, which count as one; or one a session. At least one. */
  readonly candidates: readonly HistoryRow[]
  /** The control of each of them, in their order; null where it could not be measured. Absent: without a control. */
  readonly controls?: readonly (HistoryRow | null)[]
  /** Why a control could not be measured: half a sentence each. */
  readonly controlTroubles?: readonly string[]
  /** Absent: one session, in which nothing was deployed anew. */
  readonly sessions?: Sessions
  /** Null for `baseline: none`. */
  readonly baseline: Baseline | null
  readonly policy: DecisionPolicy
  readonly limits: readonly ReportLimit[]
  readonly secondLook: SecondLook
  /** What earlier attempts at the same job measured of the same commit, oldest first. Absent: there were none. */
  readonly earlier?: readonly EarlierAttempt[]
  /** Why the run cannot be used, or null. */
  readonly trouble: 'cancelled' | 'endpoint' | 'run-invalid' | null
  readonly accepted: readonly Acceptance[]
  /** The settings of `policy` and `limits` as they were given, to be kept; default none. */
  readonly decidedBy?: readonly DecidingSetting[]
}
