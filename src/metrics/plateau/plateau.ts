import { mean } from 'simple-statistics'
import { studentTQuantile } from '../../stats/chance.ts'
import { chooseThroughput } from '../level/level-metrics.ts'
import { reachesPlateau } from '../../vocabulary/load.ts'
import type { PlateauState } from '../../vocabulary/load.ts'
import { mapRates } from '../../vocabulary/metrics.ts'
import type { RateField } from '../../vocabulary/metrics.ts'
import type { LevelMetrics } from '../level/level-metrics.ts'

/** A figure and its two-sided 95 % interval, whose ends are null for a single pass. */
export interface Estimate {
  readonly value: number
  readonly low: number | null
  readonly high: number | null
}

/**
 * Where the throughput curve of one run goes flat. Only the throughput of `metric` is not null; where the plateau was
 * not reached, it is the highest one of the usable levels, a lower bound.
 */
export interface Plateau extends Readonly<Record<RateField, Estimate | null>> {
  readonly state: PlateauState
  /** The throughput it is about: output tokens; for embeddings input tokens; without token counts requests. */
  readonly metric: RateField
  /** The smallest concurrency that reaches 95 % of the plateau, interpolated; null unless reached or collapsing. */
  readonly kneeConcurrency: number | null
  /** Concurrency of the levels that form the plateau. */
  readonly concurrencies: readonly number[]
}

/** A level belongs to the plateau from this share of the best on. */
const PLATEAU_SHARE = Math.log(0.95)
/** A later level below this share of the best means that the server collapses. */
const COLLAPSE_SHARE = Math.log(0.9)

/** A level as the curve sees it: ln of the throughput of each pass, and their mean. */
interface LevelPoint extends CurvePoint {
  readonly passes: readonly number[]
}

/**
 * Finds the plateau on the valid levels of one run.
 *
 * The mean log throughput of each level, with equal weights, gets an isotonic fit that ends at the best level. Later
 * levels within 10 % of the best belong to the flat part; levels further below mean `collapsing` and are left out. The
 * plateau is formed by the levels whose fit is within 5 % of the best, at least two of them and a doubling apart.
 */
export function findPlateau(levels: readonly LevelMetrics[]): Plateau {
  const metric = chooseThroughput(levels.filter((level) => level.valid))
  const points = levels
    .filter((level) => level.valid)
    .flatMap((level) => pointOf(level, metric))
    .sort((a, b) => a.concurrency - b.concurrency)
  const none = { ...mapRates(() => null), metric }
  const limited = levels.some((level) => level.state === 'limited')
  if (points.length === 0) {
    return { ...none, state: limited ? 'limited' : 'not-reached', kneeConcurrency: null, concurrencies: [] }
  }

  const shape = findCurveShape(points)!
  const { flat, kept, reached } = shape
  const collapsing = shape.falls || levels.some((level) => isLostBeyond(level, shape.best.concurrency))
  const state = collapsing ? 'collapsing' : reached ? 'reached' : limited ? 'limited' : 'not-reached'
  return {
    ...none,
    [metric]: estimatePlateau(mean(flat.map((point) => point.y)), flat, kept),
    state,
    // A rate has no plateau: what is sent is what comes through, until the server is overloaded.
    kneeConcurrency: reachesPlateau(state) && levels.every(({ open }) => open === undefined) ? shape.knee : null,
    concurrencies: flat.map((point) => point.concurrency),
  }
}

/** One level of a throughput curve: ln of its throughput. */
interface CurvePoint {
  readonly concurrency: number
  readonly y: number
}

/** Where a curve by rising concurrency is flat; null when it has no level. */
export function findCurveShape<P extends CurvePoint>(points: readonly P[]) {
  if (points.length === 0) return null
  const at = points.reduce((found, point, i) => (point.y > points[found]!.y ? i : found), 0)
  const best = points[at]!
  const kept = points.filter((point, i) => i <= at || point.y >= best.y + COLLAPSE_SHARE)
  const fit = fitIsotonic(kept.slice(0, at + 1).map((point) => point.y))
  const flat = kept.filter((_, i) => i > at || fit[i]! >= best.y + PLATEAU_SHARE)
  return {
    best,
    /** The levels that form the plateau. */
    flat,
    /** All levels except those beyond the best that are far below it. */
    kept,
    /** At least two flat levels, a doubling apart. */
    reached: flat.length >= 2 && flat.at(-1)!.concurrency >= 2 * flat[0]!.concurrency,
    /** Some level beyond the best is far below it. */
    falls: kept.length < points.length,
    /** The smallest concurrency that reaches 95 % of the plateau, interpolated; meaningless on a curve that still grows. */
    knee: interpolateKnee(kept, fit, mean(flat.map((point) => point.y)) + PLATEAU_SHARE),
  }
}

function pointOf(level: LevelMetrics, metric: RateField): LevelPoint[] {
  const passes = level.passes.flatMap((pass) => ((pass[metric] ?? 0) > 0 ? Math.log(pass[metric]!) : []))
  return passes.length === 0 ? [] : [{ concurrency: level.concurrency, passes, y: mean(passes) }]
}

/** A level that the server lost counts as fallen from the best. */
function isLostBeyond(level: LevelMetrics, concurrency: number): boolean {
  return level.state === 'lost' && level.concurrency > concurrency
}

/** exp of the mean, with Student's interval from the spread between passes, pooled over all levels that were kept. */
function estimatePlateau(y: number, flat: readonly LevelPoint[], kept: readonly LevelPoint[]): Estimate {
  let squares = 0
  let degrees = 0
  for (const point of kept) {
    for (const pass of point.passes) squares += (pass - point.y) ** 2
    degrees += point.passes.length - 1
  }
  if (degrees === 0) return { value: Math.exp(y), low: null, high: null }
  const variance = (squares / degrees) * flat.reduce((sum, point) => sum + 1 / point.passes.length, 0)
  const half = studentTQuantile(0.975, degrees) * (Math.sqrt(variance) / flat.length)
  return { value: Math.exp(y), low: Math.exp(y - half), high: Math.exp(y + half) }
}

/** The concurrency at which the fit first reaches `target`, straight lines over ln c; never below the lowest level. */
function interpolateKnee(points: readonly CurvePoint[], fit: readonly number[], target: number): number {
  const at = fit.findIndex((value) => value >= target)
  const right = points[Math.max(0, at)]!.concurrency
  if (at <= 0) return right
  const left = points[at - 1]!.concurrency
  const share = (target - fit[at - 1]!) / (fit[at]! - fit[at - 1]!)
  return left * (right / left) ** share
}

/**
 * The non-decreasing sequence closest to `values` in least squares (pool-adjacent-violators): neighbours in the wrong
 * order are replaced by their mean until none is left.
 */
export function fitIsotonic(values: readonly number[]): number[] {
  const blocks: { mean: number; size: number }[] = []
  for (const value of values) {
    blocks.push({ mean: value, size: 1 })
    while (blocks.length > 1 && blocks.at(-2)!.mean > blocks.at(-1)!.mean) {
      const last = blocks.pop()!
      const before = blocks.pop()!
      const size = before.size + last.size
      blocks.push({ mean: (before.mean * before.size + last.mean * last.size) / size, size })
    }
  }
  return blocks.flatMap(({ mean, size }) => Array.from({ length: size }, () => mean))
}
