import { mean } from 'simple-statistics'
import { meanBounds } from '../../stats/chance.ts'
import { renderObjectives } from '../../settings/values/objectives.ts'
import { isTooMuch } from '../../vocabulary/load.ts'
import type { LoadKind } from '../../vocabulary/load.ts'
import { figureOf, chooseThroughput } from '../level/level-metrics.ts'
import type { LevelMetrics } from '../level/level-metrics.ts'
import type { Attained, Slo } from '../level/objectives.ts'
import { fitIsotonic } from './plateau.ts'
import type { Estimate } from './plateau.ts'
import { renderLimit } from '../../settings/values/limits.ts'
import type { LatencyBound } from '../../settings/values/limits.ts'
import { mapRates } from '../../vocabulary/metrics.ts'
import type { RateField } from '../../vocabulary/metrics.ts'

/**
 * `found`: it lies between two levels. `at-least`: every usable level keeps the share, so it may be higher. `below`:
 * not even the lowest does. `unknown`: no level can be used.
 */
export type CapacityState = 'found' | 'at-least' | 'below' | 'unknown'

/** The highest load at which the wanted share of the requests keeps the objectives. */
export interface Capacity {
  readonly state: CapacityState
  /**
   * In requests in flight, of an open loop in requests a second: the highest level for `at-least`, the lowest for
   * `below`; null when unknown.
   */
  readonly concurrency: Estimate | null
  /** The capacity of each pass, scaled so that their geometric mean is that of the run. */
  readonly passes: readonly number[]
}

/** The strain of a level as in `Attained`; +∞ where no objective, however long, would be kept. */
export interface StrainPoint {
  readonly concurrency: number
  readonly strain: number
}

/**
 * The capacity of one run. The levels' strains get an isotonic fit of their logarithms, and capacity is where it
 * reaches 1: on a straight line between two levels, because step and queueing times both grow by about the same with
 * each request in flight. At a rate the time in a queue grows like 1/(1 − load), so there 1/strain lies on a straight line. A
 * trace has an end: at speeds beyond what the server carries, its queue grows linearly with the speed, so strain lies on a straight line again.
 * Attainment itself would not do: it falls from nearly all to nearly none between two levels.
 *
 * A level that was too much for the server has infinite strain; one that is unusable for other reasons is left out.
 * Levels from the first infinite strain on are ignored, and nothing is interpolated towards them.
 *
 * The interval is Student's over the passes, each with a capacity of its own, as many as the levels have that decide where it
 * lies: a search may have measured a further one only once.
 */
export function findCapacity(levels: readonly LevelMetrics[], load: LoadKind): Capacity {
  const ladder = levels.toSorted((a, b) => a.concurrency - b.concurrency).filter(showsAttainment)
  const locate = (of: (level: LevelMetrics) => Pick<LevelMetrics, 'attained'>) =>
    locateCapacity(
      ladder.map((level) => pointOf(level, of(level))),
      load,
    )
  const found = locate((level) => level)
  if (found === null) return { state: 'unknown', concurrency: null, passes: [] }
  const deciding = selectDeciding(ladder, found.concurrency, FAR)
  const count = Math.min(...deciding.map(({ passes }) => passes.length))
  // One that was measured in fewer passes and does not decide counts as it did in all.
  const own = Array.from({ length: count }, (_, pass) => locate((level) => level.passes[pass] ?? level)).flatMap(
    (each) => each?.concurrency ?? [],
  )
  const passes = centrePasses(own, found.concurrency)
  return { state: found.state, concurrency: estimateCapacity(found.concurrency, passes), passes }
}

/** From here on what a level says moves a capacity by at most 3/7 of what the nearer one does, and widens its interval by less than a tenth. */
const FAR = 0.7

/** The levels beside a capacity, of an ascending ladder around it, which lie less than the share `far` of their gap away from it. */
export function selectDeciding<T extends { readonly concurrency: number }>(
  ladder: readonly T[],
  capacity: number,
  far: number,
): readonly T[] {
  const below = ladder.findLast(({ concurrency }) => concurrency <= capacity)!
  const above = ladder.find(({ concurrency }) => concurrency >= capacity)!
  if (below === above) return [below]
  const part = (capacity - below.concurrency) / (above.concurrency - below.concurrency)
  return [...(part < far ? [below] : []), ...(part > 1 - far ? [above] : [])]
}

/** Scales the passes so that their geometric mean is `value`: a single pass sees less of the tail than the whole run. */
function centrePasses(own: readonly number[], value: number): readonly number[] {
  if (own.length === 0) return []
  const shift = value / Math.exp(mean(own.map(Math.log)))
  return own.map((each) => each * shift)
}

function pointOf({ concurrency, state }: LevelMetrics, { attained }: Pick<LevelMetrics, 'attained'>): StrainPoint {
  return { concurrency, strain: isTooMuch(state) ? Infinity : (attained?.strain ?? Infinity) }
}

/** The power of the strain that grows evenly with the load between two levels: times at a rate are those of a queue. */
const POWERS: Readonly<Record<LoadKind, 1 | -1>> = { concurrency: 1, rate: -1, speed: 1 }

/** The load of this kind at which the strain of these levels, ascending, reaches 1; null where there are none. */
export function locateCapacity(
  points: readonly StrainPoint[],
  load: LoadKind,
): (Pick<Capacity, 'state'> & { readonly concurrency: number }) | null {
  const lowest = points[0]
  if (lowest === undefined) return null
  const end = points.findIndex(({ strain }) => strain === Infinity)
  const within = end === -1 ? points : points.slice(0, end)
  const fit = fitIsotonic(within.map(({ strain }) => Math.log(Math.max(strain, LEAST_STRAIN))))
  const above = fit.findIndex((strain) => strain > 0)
  if (within.length === 0 || above === 0) return { state: 'below', concurrency: lowest.concurrency }
  if (above === -1) return { state: end === -1 ? 'at-least' : 'found', concurrency: within.at(-1)!.concurrency }
  const [left, right] = [within[above - 1]!.concurrency, within[above]!.concurrency]
  const power = POWERS[load]
  const [from, to] = [Math.exp(power * fit[above - 1]!), Math.exp(power * fit[above]!)]
  return { state: 'found', concurrency: left + ((1 - from) / (to - from)) * (right - left) }
}

/** A request of one token has no strain by TPOT, and 0 has no logarithm. */
const LEAST_STRAIN = 1e-6

function estimateCapacity(value: number, passes: readonly number[]): Estimate {
  const bounds = meanBounds(passes.map(Math.log), 0.975)
  return bounds === null
    ? { value, low: null, high: null }
    : { value, low: Math.exp(bounds.low), high: Math.exp(bounds.high) }
}

/** A figure over all levels, and of each pass. */
export interface KeptFigure {
  readonly value: number
  readonly passes: readonly number[]
}

/** Objectives, the wanted share of requests that keep them, and the figures. */
export interface KeptObjectives {
  /** For example `ttft <= 500ms, tpot <= 50ms`. */
  readonly objectives: string
  /** `slo-share`, a fraction of 1. */
  readonly share: number
  readonly capacity: Capacity
  /** The mean attainment over the levels, and their best goodput in requests a second; null where no level can be used. */
  readonly attainment: KeptFigure | null
  readonly goodput: KeptFigure | null
}

/** The figures about objectives; null where none are set. */
export function sumUpObjectives(
  slo: Slo | null,
  levels: readonly LevelMetrics[],
  load: LoadKind,
): KeptObjectives | null {
  if (slo === null) return null
  const { objectives, share } = slo
  return { objectives: renderObjectives(objectives), share, capacity: findCapacity(levels, load), ...sumUpKept(levels) }
}

/**
 * A run's figures about its objectives: the mean attainment of its levels, equally weighted, and the goodput, in
 * requests a second, of the level that is best over all passes. A level that the server lost attains 0; for one that
 * is unusable for other reasons the mean of its neighbours stands in, so that leaving it out does not change what the
 * mean is about. Both are null where no level can be used.
 */
export function sumUpKept(levels: readonly LevelMetrics[]): {
  readonly attainment: KeptFigure | null
  readonly goodput: KeptFigure | null
} {
  const ladder = levels.toSorted((a, b) => a.concurrency - b.concurrency)
  const usable = ladder.filter(showsAttainment)
  if (usable.length === 0) return { attainment: null, goodput: null }
  const count = Math.min(...usable.map(({ passes }) => passes.length))
  const passes = Array.from({ length: count }, (_, pass) => pass)
  const best = usable.reduce((most, level) =>
    rateOf(level, level.attained) > rateOf(most, most.attained) ? level : most,
  )
  const pickPass = (pass: number) => (level: LevelMetrics) => level.passes[pass]!.attained
  return {
    attainment: {
      value: averageAttainment(ladder, ({ attained }) => attained),
      passes: passes.map((pass) => averageAttainment(ladder, pickPass(pass))),
    },
    goodput: {
      value: rateOf(best, best.attained),
      passes: passes.map((pass) => rateOf(best, pickPass(pass)(best))),
    },
  }
}

/** Whether a level shows how the objectives are kept; one that the server lost does, too: not at all. */
function showsAttainment({ valid, state, attained }: LevelMetrics): boolean {
  return isTooMuch(state) || (valid && attained !== undefined)
}

/** The mean attainment; at least one level must be usable. */
function averageAttainment(ladder: readonly LevelMetrics[], of: (level: LevelMetrics) => Attained | undefined): number {
  const own = ladder.map((level) => {
    if (!showsAttainment(level)) return null
    return isTooMuch(level.state) ? 0 : (of(level)?.attainment ?? 0)
  })
  return mean(
    own.map(
      (share, i) =>
        share ??
        mean(
          [own.findLast((one, j) => j < i && one !== null), own.find((one, j) => j > i && one !== null)].flatMap(
            (one) => one ?? [],
          ),
        ),
    ),
  )
}

function rateOf({ state }: LevelMetrics, attained: Attained | undefined): number {
  return isTooMuch(state) ? 0 : (attained?.requestsPerSecond ?? 0)
}

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
