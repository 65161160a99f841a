import { mean, meanBounds } from '../stats/mean.ts'
import { tellsKept } from './kept.ts'
import type { LevelMetrics } from './level-metrics.ts'
import { fitIsotonic } from './plateau.ts'
import type { Estimate } from './plateau.ts'

/**
 * `found`: it lies between two levels. `at-least`: every usable level is inside, so it may be more. `below`: none is, so it is less than
 * the lowest. `unknown`: no level can be used.
 */
export type CapacityState = 'found' | 'at-least' | 'below' | 'unknown'

/** The highest load at which the wanted share of the requests keeps the objectives. */
export interface Capacity {
  readonly state: CapacityState
  /** In requests in flight. The highest level where it is `at-least`, the lowest where it is `below`; null where it is unknown. */
  readonly concurrency: Estimate | null
  /** The same of each pass, so that their geometric mean is that of the run. */
  readonly passes: readonly number[]
}

/** What a level asks of its objectives, +∞ where no time would do; the strain of `Attained`. */
interface StrainPoint {
  readonly concurrency: number
  readonly strain: number
}

/**
 * The capacity of one run. The strain of each level is made to never fall with concurrency (isotonic fit of its logarithm), and capacity is
 * where it reaches 1: between two levels on a straight line, because the time of a step and that in a queue both grow by about as much
 * with each request. Attainment itself falls from nearly all to nearly none between two levels, and a line through it would end near the lower one.
 *
 * A level that the server lost counts as one that no time would do; one that is not usable for other reasons is left out. Beyond the first
 * level of the former kind nothing is looked at, and nothing is interpolated towards it.
 *
 * The interval is Student's over the passes, each with a capacity of its own.
 */
export function findCapacity(levels: readonly LevelMetrics[]): Capacity {
  const ladder = levels.toSorted((a, b) => a.concurrency - b.concurrency).filter(tellsKept)
  const found = capacityOf(ladder.map((level) => pointOf(level, level)))
  if (found === null) return { state: 'unknown', concurrency: null, passes: [] }
  const count = Math.min(...ladder.map(({ passes }) => passes.length))
  const own = Array.from({ length: count }, (_, pass) =>
    capacityOf(ladder.map((level) => pointOf(level, level.passes[pass]!))),
  ).flatMap((each) => each?.concurrency ?? [])
  const passes = centre(own, found.concurrency)
  return { state: found.state, concurrency: estimate(found.concurrency, passes), passes }
}

/** The same apart, about a value: few requests see less of the tail than all, so the mean over passes is not that of the run. */
function centre(own: readonly number[], value: number): readonly number[] {
  if (own.length === 0) return []
  const shift = value / Math.exp(mean(own.map(Math.log)))
  return own.map((each) => each * shift)
}

function pointOf({ concurrency, state }: LevelMetrics, { attained }: Pick<LevelMetrics, 'attained'>): StrainPoint {
  return { concurrency, strain: state === 'lost' ? Infinity : (attained?.strain ?? Infinity) }
}

function capacityOf(
  points: readonly StrainPoint[],
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
  const [from, to] = [Math.exp(fit[above - 1]!), Math.exp(fit[above]!)]
  return { state: 'found', concurrency: left + ((1 - from) / (to - from)) * (right - left) }
}

/** A request of one token strains an objective about TPOT by nothing, which has no logarithm. */
const LEAST_STRAIN = 1e-6

function estimate(value: number, passes: readonly number[]): Estimate {
  const bounds = meanBounds(passes.map(Math.log), 0.975)
  return bounds === null
    ? { value, low: null, high: null }
    : { value, low: Math.exp(bounds.low), high: Math.exp(bounds.high) }
}
