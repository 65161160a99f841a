import { renderLimit } from '../../settings/values/limits.ts'
import type { LatencyBound } from '../../settings/values/limits.ts'
import { figureOf, chooseThroughput } from '../level/level-metrics.ts'
import { mapRates } from '../../vocabulary/metrics.ts'
import type { RateField } from '../../vocabulary/metrics.ts'
import type { LevelMetrics } from '../level/level-metrics.ts'

/**
 * The best throughput whose latencies are inside a budget, and the other throughputs at that point. All null except
 * `limit` when no level is inside.
 */
export interface Within extends Readonly<Record<RateField, number | null>> {
  /** The budget, for example `ttft-p90 <= 500ms, tpot-p50 <= 50ms`. */
  readonly limit: string
  /** Interpolated between levels. */
  readonly concurrency: number | null
}

/** A place on the curve: `share` of the way from one level to the next, on a log scale. */
interface CurvePlace {
  readonly left: LevelMetrics
  readonly right: LevelMetrics
  readonly share: number
}

/**
 * The highest throughput, log-interpolated between neighbouring levels, whose latencies are inside the budget. Output
 * tokens decide, for embeddings input tokens. A level that is invalid, or lacks a budgeted percentile, is not inside,
 * and nothing is interpolated towards it.
 */
export function findBestWithin(levels: readonly LevelMetrics[], budgets: readonly LatencyBound[]): Within {
  const decisive = chooseThroughput(levels.filter((level) => level.valid))
  let best: CurvePlace | null = null
  for (const place of findPlacesInside(levels, budgets, decisive)) {
    if (best === null || interpolateThroughput(place, decisive)! > interpolateThroughput(best, decisive)!) best = place
  }
  return {
    limit: budgets.map(renderBudget).join(', '),
    ...mapRates((metric) => (best === null ? null : interpolateThroughput(best, metric))),
    concurrency: best === null ? null : interpolateLog(best.left.concurrency, best.right.concurrency, best.share),
  }
}

/** The ends of every stretch inside the budget: between them all figures are monotone, so the best is one of them. */
function* findPlacesInside(
  levels: readonly LevelMetrics[],
  budgets: readonly LatencyBound[],
  decisive: RateField,
): Generator<CurvePlace> {
  const ladder = levels.toSorted((a, b) => a.concurrency - b.concurrency)
  const isUsable = (level: LevelMetrics) =>
    level.valid && level[decisive] !== null && budgets.every(({ metric }) => figureOf(level, metric) !== null)
  for (const [i, left] of ladder.entries()) {
    if (!isUsable(left)) continue
    if (budgets.every((budget) => figureOf(left, budget.metric)! <= budget.valueMs))
      yield { left, right: left, share: 0 }
    const right = ladder[i + 1]
    if (right === undefined || !isUsable(right)) continue
    const [from, to] = findStretchInside(left, right, budgets)
    if (from > to) continue
    yield { left, right, share: from }
    yield { left, right, share: to }
  }
}

/** The part of the way between two levels where every latency is inside its budget; empty when from > to. */
function findStretchInside(
  left: LevelMetrics,
  right: LevelMetrics,
  budgets: readonly LatencyBound[],
): [number, number] {
  let from = 0
  let to = 1
  for (const { metric, valueMs } of budgets) {
    const start = figureOf(left, metric)!
    const end = figureOf(right, metric)!
    if (start <= valueMs && end <= valueMs) continue
    if (start > valueMs && end > valueMs) return [1, 0]
    const crossing = Math.log(valueMs / start) / Math.log(end / start)
    if (start <= valueMs) to = Math.min(to, crossing)
    else from = Math.max(from, crossing)
  }
  return [from, to]
}

function interpolateThroughput({ left, right, share }: CurvePlace, metric: RateField): number | null {
  const start = left[metric]
  const end = right[metric]
  return start === null || end === null ? null : interpolateLog(start, end, share)
}

/** `share` of the way from `start` to `end` on a log scale. */
function interpolateLog(start: number, end: number, share: number): number {
  return start > 0 && end > 0 ? start * (end / start) ** share : start + share * (end - start)
}

function renderBudget({ metric, valueMs }: LatencyBound): string {
  return renderLimit({ metric, concurrency: null, op: '<=', value: valueMs, quantity: 'time' })
}
