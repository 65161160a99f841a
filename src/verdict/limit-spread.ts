import type { HistoryRow } from '../report/history.ts'
import type { ReportLimit } from '../report/run-report.ts'
import { readLimit } from '../settings/values/limits.ts'
import { studentTQuantile } from '../stats/student-t.ts'
import { findMetric, GATED_ROWS, metricOf } from '../vocabulary/metrics.ts'
import type { GatedMetric } from '../vocabulary/metrics.ts'
import { figureOfY, signOf } from './observe.ts'
import { levelSetOf } from './past.ts'
import type { Past } from './past.ts'
import type { DecisionPolicy } from './policy.ts'
import { findSegments, historyOf, seeGroups } from './segments.ts'
import { isLearnt, spreadOf } from './spread.ts'
import type { Spread } from './spread.ts'

/** A figure that lies nearer to its limit may be on the other side in the next run. */
const NEAR_SPREADS = 2

/**
 * The limits, where the history knows how far runs of the same code lie apart (eight groups or more): then a limit is broken when the figure
 * is beyond it, and its one-sided 95 % bound with that spread is, too. Passes of one run say nothing of that: they share the hour and the
 * deployment. Limits of error rates, of figures that no history keeps, and of places that are not known yet stay as they are.
 */
export function judgeLimitsBySpread(
  limits: readonly ReportLimit[],
  past: Past,
  now: HistoryRow,
  policy: DecisionPolicy,
): readonly ReportLimit[] {
  return limits.map((limit) => {
    if (limit.outcome === 'not-measured' || limit.value === null || limit.value <= 0) return limit
    const metric = findGated(limit, now)
    const spread = metric === null ? null : findSpread(metric, limit.concurrency, { past, now, policy })
    return metric === null || spread === null ? limit : judgeBySpread(limit, metric, spread)
  })
}

function judgeBySpread(limit: ReportLimit, metric: GatedMetric, spread: Spread): ReportLimit {
  const y = signOf(metric) * Math.log(limit.value!)
  const beyond = y - signOf(metric) * Math.log(readLimit(limit.limit).value)
  const least = studentTQuantile(0.95, spread.degrees) * spread.sd
  return {
    ...limit,
    outcome: beyond > least ? 'fail' : 'pass',
    bound: figureOfY(metric, y - least),
    ...(Math.abs(beyond) <= NEAR_SPREADS * spread.sd && { near: true }),
  }
}

/** What the history calls the figure of a limit; null where it keeps none. */
function findGated({ limit, concurrency }: ReportLimit, now: HistoryRow): GatedMetric | null {
  const metric = findMetric(/^[a-z0-9-]*/.exec(limit)![0])
  if (metric === null) return null
  if (concurrency !== null && metric.field === now.throughputMetric) return 'plateau-throughput'
  return GATED_ROWS.find(({ name }) => name === metric.name)?.name ?? null
}

/** How far runs of the same code lie apart at a level, or over the levels of the metric; null while the history does not know. */
function findSpread(
  metric: GatedMetric,
  concurrency: number | null,
  { past, now, policy }: { readonly past: Past; readonly now: HistoryRow; readonly policy: DecisionPolicy },
): Spread | null {
  const { seen } = seeGroups(metric, past.groups, now)
  const runs = seen.flatMap((group) => group.runs)
  const levels = concurrency === null ? levelSetOf(metric, runs, past.knee).levels : [concurrency]
  const recorded = findSegments(metric, seen, levels)
  if (recorded === null || !isLearnt(recorded.all.flat().length)) return null
  const history = historyOf(recorded, policy)
  const level = now.levels.find((one) => one.concurrency === (concurrency ?? levels[0]))
  return spreadOf(history.segments, {
    within: history.within,
    passes: Math.max(1, level?.passes.length ?? 1),
    defaultSd: metricOf(metric).defaultSpread,
    expected: policy.expectedSpread,
  })
}
