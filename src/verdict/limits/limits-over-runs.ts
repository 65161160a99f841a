import { studentTQuantile } from '../../stats/significance.ts'
import { findMetric, GATED_ROWS } from '../../vocabulary/metrics.ts'
import type { HistoryRow } from '../../report/history.ts'
import { signOf, figureOfY } from '../observe/observe.ts'
import { isLearnt, spreadOfHistory } from '../history/spread.ts'
import { median } from '../../stats/mean.ts'
import type { Past } from '../history/past.ts'
import type { Spread } from '../history/spread.ts'
import type { ReportLimit } from '../../report/run-report.ts'
import { readLimit } from '../../settings/values/limits.ts'
import type { GatedMetric } from '../../vocabulary/metrics.ts'
import { recallSegments, historyOf } from '../history/segments.ts'
import type { EarlierAttempt } from '../../report/looks.ts'
import type { LimitResult } from './limits.ts'
import type { DecisionPolicy } from '../policy.ts'

const OUTCOMES = ['fail', 'not-measured', 'pass'] as const

/** The worst of several runs, limit by limit: each must hold in every run. */
export function pickWorstLimits(runs: readonly (readonly LimitResult[])[]): LimitResult[] {
  return runs[0]!.map((_, i) =>
    runs
      .flatMap((limits) => limits[i] ?? [])
      .reduce((worst, limit) => (OUTCOMES.indexOf(limit.outcome) < OUTCOMES.indexOf(worst.outcome) ? limit : worst)),
  )
}

// What other runs say of limits: earlier attempts at the same commit, and the spread in the history.

/**
 * Judges limits over this attempt and those that count together with it, by the median of their figures and bounds.
 * Thus retrying often enough does not make a limit hold, and one bad attempt is outvoted by two good ones. A limit
 * that this attempt could not measure stays unmeasured.
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

/** A figure nearer to its limit than this many spreads may be on the other side in the next run. */
const NEAR_SPREADS = 2

/**
 * Judges limits by the spread between runs, where the history knows it (eight groups or more): a limit is broken when
 * the figure is beyond it and so is its one-sided 95 % bound with that spread, which the passes of one run do not
 * show, because they share hour and deployment. Limits of error rates, and of figures that the history does not keep
 * or does not know yet, stay unchanged.
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

/** The metric under which the history keeps a limit's figure; null where it does not. */
function findGated({ limit, concurrency }: ReportLimit, now: HistoryRow): GatedMetric | null {
  const metric = findMetric(/^[a-z0-9-]*/.exec(limit)![0])
  if (metric === null) return null
  if (concurrency !== null && metric.field === now.throughputMetric) return 'plateau-throughput'
  return GATED_ROWS.find(({ name }) => name === metric.name)?.name ?? null
}

/** The spread between runs at a level, or over the levels of the metric; null while the history does not know it. */
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
