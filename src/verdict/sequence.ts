import { toleranceOf } from '../settings/values/tolerance.ts'
import { judgeMetrics } from './judge.ts'
import { countLooks } from './policy.ts'
import type { ScreenInput } from './screen.ts'
import { takeFirstLook } from './screen.ts'
import { findFailures, sidesOf } from './sides.ts'
import { computeUpperBound } from './spread.ts'

/**
 * After a session: whether another one could still change anything. Red at the bound that all sessions together keep to;
 * green when no metric can be worse by twice its tolerance (one-sided 95 % bound), or with `gate: release` when all are
 * proven; else open. What the last session or the budget leaves open is `no-change-seen`.
 *
 * Without fresh sessions nothing is open: to repeat what is deployed tells nothing of how deployments differ.
 */
export function isDecided(input: ScreenInput): 'red' | 'green' | 'open' {
  const { candidates, policy, baseline, trouble } = input
  const looks = countLooks(input)
  const sides = trouble !== null || baseline?.unreadable != null ? null : sidesOf(input)
  if (sides === null) return 'green'
  const { compared, missed } = takeFirstLook(sides, policy)
  const comparisons = judgeMetrics(compared, policy, { looksTwice: false, looks, now: candidates[0]! })
  const { lostLevels, errorRate } = findFailures(sides, 'none', policy)
  const words = [...comparisons, ...lostLevels].map(({ verdict }) => verdict)
  // A rise of the error rate is repeated before it is believed, as a lost level is.
  if (words.includes('regressed') || (errorRate?.verdict === 'regressed' && candidates.length > 1)) return 'red'
  if (looks === 1) return 'green'
  const unsettled =
    missed.some(({ verdict }) => verdict === 'not-measured') ||
    lostLevels.length > 0 ||
    (errorRate !== null && errorRate.verdict !== 'no-change-seen')
  const isNarrow = compared.every((raw, i) =>
    policy.gate === 'release'
      ? comparisons[i]!.verdict === 'proven' || comparisons[i]!.verdict === 'improved'
      : computeUpperBound(raw.all, raw.spread) < Math.log1p(2 * toleranceOf(policy, raw.metric)),
  )
  return isNarrow && !unsettled ? 'green' : 'open'
}
