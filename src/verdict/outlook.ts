import type { HistoryRow } from '../report/history.ts'
import type { Outlook } from '../report/verdict.ts'
import { toleranceOf } from '../settings/values/tolerance.ts'
import { metricOf } from '../vocabulary/metrics.ts'
import { chooseMetrics } from './observe.ts'
import { METRICS_SHARE } from './policy.ts'
import type { DecisionPolicy } from './policy.ts'
import { findSmallestVisible, spreadOf } from './spread.ts'

const RUNS = [1, 3, 8]

/** What this gate could see with so many recorded runs, if they spread as is assumed before there are any. */
export function outlookOf(candidates: readonly HistoryRow[], policy: DecisionPolicy): Outlook[] {
  const metrics = chooseMetrics(policy, candidates)
  const alpha = (METRICS_SHARE * policy.falseAlarmRate) / metrics.length
  return metrics.flatMap(({ metric }) =>
    RUNS.map((runs) => {
      const sd = policy.expectedSpread === 'auto' ? metricOf(metric).defaultSpread : policy.expectedSpread
      const { degrees } = spreadOf([Array.from({ length: runs }, () => ({ y: 0, mark: null }))], {
        within: { squares: 0, degrees: 0 },
        passes: 1,
        defaultSd: sd,
        expected: 'auto',
      })
      const se = sd * Math.sqrt(1 + 1 / runs)
      return {
        metric,
        runs,
        smallestVisible: findSmallestVisible(se, degrees, { alpha, tolerance: toleranceOf(policy, metric) }),
      }
    }),
  )
}
