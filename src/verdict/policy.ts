import type { VerdictPolicy } from '../report/verdict.ts'
import type { Settings } from '../settings.ts'

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

/** What a verdict keeps of them. */
export function keptPolicy(policy: VerdictPolicy): VerdictPolicy {
  const { gate, decision, onNotComparable, onUnmeasured, onSkip } = policy
  return { gate, decision, onNotComparable, onUnmeasured, onSkip }
}
