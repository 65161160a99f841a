/** What other runs make of the limits of this one: earlier attempts at the same commit, and what the history knows of the spread. */

import type { HistoryRow } from '../report/history.ts'
import type { EarlierAttempt } from '../report/looks.ts'
import type { ReportLimit } from '../report/run-report.ts'
import { readLimit } from '../settings/values/limits.ts'
import { studentTQuantile } from '../stats/distributions.ts'
import { median } from '../stats/mean.ts'
import { findMetric, GATED_ROWS } from '../vocabulary/metrics.ts'
import type { GatedMetric } from '../vocabulary/metrics.ts'
import { figureOfY, signOf } from './observe.ts'
import type { Past } from './past.ts'
import type { DecisionPolicy } from './policy.ts'
import { historyOf, recallSegments } from './segments.ts'
import { isLearnt, spreadOfHistory } from './spread.ts'
import type { Spread } from './spread.ts'

/**
 * The limits over this attempt and those that count together with it: the middle of their figures and of their bounds. So no limit holds
 * because it was tried often enough, and what one attempt alone met is passed over once two did not. What this attempt cannot measure is
 * not taken from one before it.
 */
export function judgeLimitsOverAttempts(
  limits: readonly ReportLimit[],
  earlier: readonly EarlierAttempt[],
): readonly ReportLimit[] {
  const before = Map.groupBy(
    earlier.flatMap((attempt) => attempt.limits ?? []),
    keyOfLimit,
  )
  return limits.map((own) => {
    const all = [own, ...(before.get(keyOfLimit(own)) ?? [])].filter(
      ({ outcome, value }) => outcome !== 'not-measured' && value !== null,
    )
    return !all.includes(own) || all.length === 1 ? own : judgeMiddle(own, all)
  })
}

function keyOfLimit({ limit, concurrency }: ReportLimit): string {
  return `${limit} ${concurrency}`
}

function judgeMiddle(own: ReportLimit, all: readonly ReportLimit[]): ReportLimit {
  const { op, quantity, value: most } = readLimit(own.limit)
  const values = all.flatMap(({ value }) => value ?? [])
  const bounds = all.flatMap(({ bound }) => bound ?? [])
  const isOnLogs = quantity !== 'share' && values.every((value) => value > 0)
  const findMiddle = (figures: number[]) => (isOnLogs ? Math.exp(median(figures.map(Math.log))) : median(figures))
  const value = findMiddle(values)
  const bound = bounds.length === all.length ? findMiddle(bounds) : null
  const isBroken = [value, bound ?? value].every((figure) => (op === '<=' ? figure > most : figure < most))
  return { ...own, outcome: isBroken ? 'fail' : 'pass', value, bound, alone: own.value! }
}

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
  const recorded = recallSegments(metric, past, now, concurrency === null ? null : [concurrency])
  if (recorded === null) return null
  const history = historyOf(recorded, policy)
  if (!isLearnt(history.groups)) return null
  const level = now.levels.find((one) => one.concurrency === recorded.levels[0])
  return spreadOfHistory(metric, history, Math.max(1, level?.passes.length ?? 1), policy)
}
