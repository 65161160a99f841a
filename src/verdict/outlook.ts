import { metricOf, toleranceOf } from '../vocabulary/metrics.ts'
import type { GatedMetric } from '../vocabulary/metrics.ts'
import type { Spread } from './history/spread.ts'
import { chooseMetrics } from './observe/observe.ts'
import type { HistoryRow } from '../report/history.ts'
import type { DecisionPolicy } from './policy.ts'
import type { Outlook } from '../report/verdict.ts'
import { findSmallestVisible } from './compare/stand.ts'
import { estimateSpread } from './history/spread.ts'
import { METRICS_SHARE } from './policy.ts'
import { studentTTail } from '../stats/significance.ts'
import type { MetricHistory } from './history/segments.ts'

const RUNS = [1, 3, 8]

/** What this gate could see with more recorded runs, if they had the assumed spread. */
export function outlookOf(candidates: readonly HistoryRow[], policy: DecisionPolicy): Outlook[] {
  const metrics = chooseMetrics(policy, candidates)
  const alpha = (METRICS_SHARE * policy.falseAlarmRate) / metrics.length
  return metrics.flatMap(({ metric }) =>
    RUNS.map((runs) => {
      const sd = policy.expectedSpread === 'auto' ? metricOf(metric).defaultSpread : policy.expectedSpread
      const { degrees } = estimateSpread(
        { squares: 0, degrees: runs - 1 },
        {
          within: { squares: 0, degrees: 0 },
          passes: 1,
          defaultSd: sd,
          expected: 'auto',
        },
      )
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
