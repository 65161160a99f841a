import { VERDICT_WORDS } from '../report/verdict.ts'
import type { Comparison, Verdict } from '../report/verdict.ts'
import { rejectByHolm } from '../stats/significance.ts'
import { ERROR_RATE_SHARE, LOST_LEVELS_SHARE, METRICS_SHARE } from './policy.ts'
import { conclude } from './conclude.ts'
import { DOUBTS } from '../report/reasons.ts'

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
  return verdicts.map((verdict) => (gates.includes(verdict) ? acquit(verdict, stands, isBelow) : verdict))
}

function acquit(
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
  // Where something was compared, nothing else holds for the run as a whole.
  return isSame ? verdict : conclude(open, null, verdict.reasons.includes('levels-missing'))
}
