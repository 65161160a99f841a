import { DOUBTS, VERDICT_WORDS } from '../report/verdict.ts'
import type { Comparison, Verdict } from '../report/verdict.ts'
import { rejectByHolm } from '../stats/hypothesis-tests.ts'
import { conclude } from './conclude.ts'
import { ERROR_RATE_SHARE, LOST_LEVELS_SHARE, METRICS_SHARE } from './policy.ts'

/**
 * The verdicts of the gates of one pull request when all of them share one false-alarm rate, the smallest of theirs: Holm over the
 * metrics of all, and for error rates and lost levels their share by the number of gates. Each gate has passed its own test before, so
 * this can only acquit: what is red there and not here is `suspect`. A plain threshold promises nothing and stays as it is.
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
  const parts = {
    ...verdict,
    comparisons: comparisons.toSorted((a, b) => VERDICT_WORDS.indexOf(a.verdict) - VERDICT_WORDS.indexOf(b.verdict)),
    lostLevels,
    errorRate: isRise ? ({ ...errorRate, verdict: 'suspect' } as const) : errorRate,
  }
  const isSame =
    !isRise &&
    comparisons.every((comparison, i) => comparison === verdict.comparisons[i]) &&
    lostLevels.every((level, i) => level === verdict.lostLevels[i])
  // Where something was compared nothing else holds for the run as a whole.
  return isSame ? verdict : conclude(parts, null, verdict.reasons.includes('levels-missing'))
}
