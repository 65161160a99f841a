import { judgeMetrics, isSpreadAssumed, levelOfProof } from './judge.ts'
import { countLooks, takeFirstLook } from './decide.ts'
import { openTrial } from './history/past.ts'
import { toleranceOf } from '../vocabulary/metrics.ts'
import { computeUpperBound } from './compare/stand.ts'
import type { ScreenInput } from './decide.ts'
import { findFailures } from './compare/failures.ts'

/**
 * Whether another session could still change the verdict. Red at the bound that accounts for all sessions; green when
 * none is suspect and no metric can be worse by twice its tolerance (one-sided 95 % bound; over the looks so far together
 * while the spread is partly assumed), or, with `gate: release`, when all are proven; else open. What stays open after the
 * last session is judged like any run.
 *
 * Without fresh sessions nothing is open: measuring the same deployments again does not show how deployments differ.
 */
export function isDecided(input: ScreenInput): 'red' | 'green' | 'open' {
  const { candidates, policy, baseline, trouble } = input
  const looks = countLooks(input)
  const trial = trouble !== null || baseline?.unreadable != null ? null : openTrial(input)
  if (trial === null) return 'green'
  const { compared, missed } = takeFirstLook(trial, policy)
  const judged = judgeMetrics(compared, policy, { looksTwice: false, looks, mayGoOn: looks.look < looks.most })
  const { lostLevels, errorRate } = findFailures(trial, 'none', policy)
  const words = [...judged, ...lostLevels].map(({ verdict }) => verdict)
  // Like a lost level, a rise of the error rate must be repeated before it counts.
  if (words.includes('regressed') || (errorRate?.verdict === 'regressed' && candidates.length > 1)) return 'red'
  if (looks.most === 1) return 'green'
  const unsettled =
    // The bound of a metric that spreads little can be below twice the tolerance although it looks worse than the tolerance.
    words.includes('suspect') ||
    missed.some(({ verdict }) => verdict === 'not-measured') ||
    lostLevels.length > 0 ||
    (errorRate !== null && errorRate.verdict !== 'no-change-seen')
  // Green ends them, so looks that would follow say nothing wrong.
  const soFar = { most: looks.look, look: looks.look }
  const isNarrow = judged.every(({ raw, verdict }) =>
    policy.gate === 'release'
      ? verdict === 'proven' || verdict === 'improved'
      : computeUpperBound(raw.all, raw.spread, isSpreadAssumed(raw) ? { level: levelOfProof(soFar) } : {}) <
        Math.log1p(2 * toleranceOf(policy, raw.metric)),
  )
  return isNarrow && !unsettled ? 'green' : 'open'
}
