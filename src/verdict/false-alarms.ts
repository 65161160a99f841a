import { findSmallestVisible } from './compare/stand.ts'
import { metricOf, toleranceOf } from '../vocabulary/metrics.ts'
import type { GatedMetric } from '../vocabulary/metrics.ts'
import type { Spread } from './history/spread.ts'
import { chooseMetrics } from './history/observe.ts'
import type { HistoryRow } from '../report/history.ts'
import type { DecisionPolicy } from './trial.ts'
import type { Comparison, Outlook, Verdict } from '../report/verdict.ts'
import { estimateSpread } from './history/spread.ts'
import { ERROR_RATE_SHARE, LOST_LEVELS_SHARE, METRICS_SHARE } from './trial.ts'
import { studentTTail } from '../stats/distributions.ts'
import { rejectByHolm } from '../stats/hypothesis-tests.ts'
import type { MetricHistory } from './history/segments.ts'
import { VERDICT_WORDS } from '../report/verdict.ts'
import { concludeAgain } from './conclude.ts'
import { DOUBTS } from '../report/reasons.ts'

// What a rate of false alarms comes to: what it lets be seen, what a plain threshold has, and how several gates share one.

const RUNS = [1, 3, 8]

/** What this gate could see with more recorded runs, if they had the assumed spread. */
export function outlookOf(candidates: readonly HistoryRow[], policy: DecisionPolicy): Outlook[] {
  const metrics = chooseMetrics(policy, candidates)
  const alpha = (METRICS_SHARE * policy.falseAlarmRate) / metrics.length
  return metrics.flatMap(({ metric }) =>
    RUNS.map((runs) => {
      const sd = policy.expectedSpread === 'auto' ? metricOf(metric).defaultSpread : policy.expectedSpread
      const { degrees } = estimateSpread({ squares: 0, degrees: runs - 1 }, { defaultSd: sd })
      const se = sd * Math.sqrt(1 + 1 / runs)
      return {
        metric,
        runs,
        smallestVisible: findSmallestVisible(se, degrees, {
          alpha,
          tolerance: toleranceOf(policy, metric),
          trimmed: false,
        }),
      }
    }),
  )
}

/** From this many groups on, their spread shows how often a plain threshold is wrong. */
const FEWEST_GROUPS = 3

/** With this many degrees of freedom, Student's distribution is the normal one to six digits. */
const NORMAL = 1e6

/**
 * About how often `decision: threshold` would call unchanged code worse: for each metric P(Z > ln(1 + δ) / SE), with
 * the spread that the history shows (nothing assumed) and, for a median of k runs, SE = S √(1 + π / (2k + 1));
 * metrics taken as independent, which overstates it. Student's distribution would overstate it threefold for a short
 * history (22 % where 7 % was true). Null while the history is too short to tell.
 */
export function estimateThresholdAlarmRate(
  compared: readonly { readonly metric: GatedMetric; readonly history: MetricHistory; readonly spread: Spread }[],
  policy: DecisionPolicy,
): number | null {
  let quiet = 1
  for (const { metric, history, spread } of compared) {
    const k = history.newest.points.length
    if (history.groups < FEWEST_GROUPS || spread.observed === null) return null
    const se = spread.observed * Math.sqrt(1 + Math.PI / (2 * k + 1))
    const threshold = Math.log1p(toleranceOf(policy, metric))
    quiet *= se === 0 ? 1 : 1 - studentTTail(threshold / se, NORMAL)
  }
  return compared.length === 0 ? null : 1 - quiet
}

/**
 * Makes all gates of one pull request share one false-alarm rate, the smallest of theirs: Holm over all their
 * metrics, and for error rates and lost levels their share divided by the number of gates. This can only acquit: what
 * was red but no longer is becomes `suspect`. A plain threshold promises no rate and stays unchanged.
 */
export function shareFalseAlarmRate(verdicts: readonly Verdict[]): readonly Verdict[] {
  const gates = verdicts.filter(
    ({ comparisons, policy }) => comparisons.length > 0 && policy.decision === 'statistical',
  )
  if (gates.length < 2) return verdicts
  const alpha = Math.min(...gates.flatMap(({ falseAlarmRate }) => falseAlarmRate ?? []))
  const tests = gates.flatMap(({ comparisons }) => comparisons.filter(({ p }) => p !== null))
  const rejected = rejectByHolm(
    tests.map(({ p }) => p!),
    METRICS_SHARE * alpha,
  )
  const stands = new Set(tests.filter((_, i) => rejected[i]))
  const isBelow = (p: number | null, share: number): boolean => p === null || p <= (share * alpha) / gates.length
  return verdicts.map((verdict) => (gates.includes(verdict) ? acquitGate(verdict, stands, isBelow) : verdict))
}

function acquitGate(
  verdict: Verdict,
  stands: ReadonlySet<Comparison>,
  isBelow: (p: number | null, share: number) => boolean,
): Verdict {
  const { errorRate } = verdict
  const comparisons = verdict.comparisons.map((comparison): Comparison => {
    const isAcquitted = comparison.verdict === 'regressed' && !stands.has(comparison)
    return isAcquitted
      ? { ...comparison, verdict: 'suspect', doubt: 'many-gates', note: DOUBTS['many-gates'] }
      : comparison
  })
  const lostLevels = verdict.lostLevels.map((level) =>
    level.verdict === 'regressed' && !isBelow(level.p, LOST_LEVELS_SHARE)
      ? ({ ...level, verdict: 'suspect' } as const)
      : level,
  )
  const isRise = errorRate?.verdict === 'regressed' && !isBelow(errorRate.p, ERROR_RATE_SHARE)
  const open = {
    ...verdict,
    comparisons: comparisons.toSorted((a, b) => VERDICT_WORDS.indexOf(a.verdict) - VERDICT_WORDS.indexOf(b.verdict)),
    lostLevels,
    errorRate: isRise ? ({ ...errorRate, verdict: 'suspect' } as const) : errorRate,
  }
  const isSame =
    !isRise &&
    comparisons.every((comparison, i) => comparison === verdict.comparisons[i]) &&
    lostLevels.every((level, i) => level === verdict.lostLevels[i])
  return isSame ? verdict : concludeAgain(open)
}
