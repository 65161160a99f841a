import { mean } from '../stats/mean.ts'
import type { SquaresOf } from '../stats/mean.ts'
import { fTail } from '../stats/distributions.ts'
import { metricOf } from '../vocabulary/metrics.ts'
import type { GatedMetric } from '../vocabulary/metrics.ts'
import type { DecisionPolicy } from './policy.ts'

/** Spread between runs on the log scale: the error term of every comparison. */
export interface Spread {
  /** Standard deviation of one run, as used. */
  readonly sd: number
  readonly degrees: number
  /** What the history alone says; null when it has no two groups of one segment. */
  readonly observed: number | null
  /** Whether `expected-spread` is part of it. */
  readonly assumed: boolean
  /** The part of the variance that runs of one day have in common. */
  readonly sharedByDay: number
  /** The part of the variance that runs of one workflow run do not have in common; 0 while nothing shows it. */
  readonly own: number
}

/** What a spread is made of beside the recorded runs. */
export interface SpreadOptions {
  /** Between the passes inside runs. */
  readonly within: SquaresOf
  /** Passes of the run that is compared. */
  readonly passes: number
  readonly defaultSd: number
  readonly expected: number | 'auto'
  /** Between the sessions of the run itself; absent where it has one. */
  readonly sessions?: SquaresOf
  /** Of what is recorded about what was assumed of it; default none. */
  readonly assumed?: SquaresOf
  /** Degrees of freedom that the slope on a control has cost. */
  readonly cost?: number
}

/** The assumed spread counts like this many runs, fading out by the eighth. */
export const MOST_ASSUMED_DEGREES = 4
const LEARNT_DEGREES = 8
/** Nothing repeats better than this: without it runs that agree by rounding would make any difference significant. */
const LEAST_SD = 1e-4
/** An expectation that the history contradicts by this factor is dropped. */
const CONTRADICTED = 1.5

const NO_SQUARES: SquaresOf = { squares: 0, degrees: 0 }

/** A group as its spread sees it. */
export type SpreadPoint = TimedPoint & RepeatedPoint

/**
 * The pooled spread of all segments, each about its own mean, shrunk towards an assumed one while there are few runs, and
 * never below what the passes of one run let expect.
 *
 * ν₀ = clamp(8 − (ν + 1), 0, 4); s² = max((ν₀ s₀² + ν S²) / (ν₀ + ν), S_w² / passes), where S_w is the spread between
 * passes. Source of the shrinkage: G. K. Smyth, Linear models and empirical Bayes methods for assessing differential
 * expression, Stat. Appl. Genet. Mol. Biol. 3 (2004); of the two levels: T. Kalibera and R. Jones, Rigorous benchmarking
 * in reasonable time, ISMM 2013.
 */
export function spreadOf(segments: readonly (readonly SpreadPoint[])[], options: SpreadOptions): Spread {
  const pooled = poolSquares(segments)
  const { sessions = NO_SQUARES, assumed = NO_SQUARES, cost = 0 } = options
  const added = { squares: sessions.squares + assumed.squares, degrees: sessions.degrees + assumed.degrees }
  if (pooled.degrees === 0) return estimateSpread(added, options)
  const days = estimateWithDays(segments)
  const grown = findGrownSpread(segments)
  const between = [{ ...pooled, shared: 0 }, days, grown === null ? null : { ...grown, shared: 0 }]
    .filter((each) => each !== null)
    .reduce((most, each) => (each.squares / each.degrees > most.squares / most.degrees ? each : most))
  const points = segments.flat()
  const { degrees, own, ...ofRun } = addRepeats(between, points)
  const variance = ofRun.variance + allowForFewerPasses(points, options)
  const free = added.degrees - cost
  return {
    ...estimateSpread(
      { squares: variance * degrees + added.squares, degrees: degrees + free },
      options,
      // However often runs of one hour were repeated: before eight groups something is assumed.
      Math.min(degrees, between.degrees) + free,
    ),
    sharedByDay: variance === 0 ? 0 : (between.shared * between.squares) / between.degrees / variance,
    own,
  }
}

/** The spread of the recorded runs of a metric alone, for a run of so many passes. */
export function spreadOfHistory(
  metric: GatedMetric,
  { segments, within }: { readonly segments: readonly (readonly SpreadPoint[])[]; readonly within: SquaresOf },
  passes: number,
  { expectedSpread }: Pick<DecisionPolicy, 'expectedSpread'>,
): Spread {
  return spreadOf(segments, { within, passes, defaultSd: metricOf(metric).defaultSpread, expected: expectedSpread })
}

/** What a run of fewer passes than the recorded ones spreads by beyond them. */
function allowForFewerPasses(points: readonly SpreadPoint[], { within, passes }: SpreadOptions): number {
  if (within.degrees === 0) return 0
  const recorded = mean(points.map(({ perPass }) => perPass))
  return Math.max(0, 1 / passes - recorded) * (within.squares / within.degrees)
}

/**
 * What a run of another day lets expect, where days hold several runs: σ²within + σ²between by analysis of variance, with degrees
 * of freedom after Satterthwaite, and the share of σ²between. Null where no day holds two runs, or no segment two days.
 */
function estimateWithDays(
  segments: readonly (readonly TimedPoint[])[],
): (SquaresOf & { readonly shared: number }) | null {
  const { between, within, size } = poolDays(segments)
  if (between.degrees === 0 || within.degrees === 0) return null
  const ofBetween = between.squares / between.degrees / size
  const ofWithin = ((1 - 1 / size) * within.squares) / within.degrees
  const variance = ofBetween + ofWithin
  const degrees = variance ** 2 / (ofBetween ** 2 / between.degrees + ofWithin ** 2 / within.degrees)
  return {
    squares: variance * degrees,
    degrees,
    shared: Math.max(0, ofBetween - within.squares / within.degrees / size) / variance,
  }
}

/** The same from the squares between runs and their degrees of freedom; so many of these say how much is still assumed. */
export function estimateSpread({ squares, degrees }: SquaresOf, options: SpreadOptions, learnt = degrees): Spread {
  const observed = degrees === 0 ? null : Math.sqrt(squares / degrees)
  const contradicted =
    options.expected !== 'auto' && degrees >= 2 && observed !== null && observed > CONTRADICTED * options.expected
  const expected = options.expected === 'auto' || contradicted ? null : options.expected
  const prior = expected ?? options.defaultSd
  const priorDegrees = weighAssumed(learnt)
  const variance = (priorDegrees * prior ** 2 + squares) / (priorDegrees + degrees)
  const floor = options.within.degrees === 0 ? 0 : options.within.squares / options.within.degrees / options.passes
  return {
    sd: Math.max(LEAST_SD, Math.sqrt(Math.max(variance, floor))),
    degrees: priorDegrees + degrees,
    observed,
    assumed: expected !== null && priorDegrees > 0,
    sharedByDay: 0,
    own: 0,
  }
}

/** Whether so many groups speak for themselves: before, what is assumed covers other hours and days, too. */
export function isLearnt(groups: number): boolean {
  return groups >= LEARNT_DEGREES
}

/** How much what is assumed weighs beside so many degrees of freedom of what was recorded. */
export function weighAssumed(degrees: number): number {
  return Math.min(MOST_ASSUMED_DEGREES, Math.max(0, LEARNT_DEGREES - (degrees + 1)))
}

// Sums of squares about means: of all recorded points, of days, of the runs of a group, of the newest; each tells another part of the variance.

/** A segment with one group has no spread. */
export function poolSquares(segments: readonly (readonly { readonly y: number }[])[]): SquaresOf {
  let squares = 0
  let degrees = 0
  for (const segment of segments) {
    if (segment.length < 2) continue
    const centre = mean(segment.map((point) => point.y))
    for (const point of segment) squares += (point.y - centre) ** 2
    degrees += segment.length - 1
  }
  return { squares, degrees }
}

export const HOUR_MS = 3_600_000
/** A day has ended when nothing was recorded for so long, whatever the calendar says: so no time zone matters. */
export const DAY_ENDS_AFTER_MS = 6 * HOUR_MS
/** A value with its time. */
export interface TimedPoint {
  readonly y: number
  /** When it was recorded, in ms since the epoch. */
  readonly at: number
}

/** The points of each day, in their order; points are in the order of time. */
export function groupByDay<P extends TimedPoint>(points: readonly P[]): readonly (readonly P[])[] {
  const days: P[][] = []
  let last = -Infinity
  for (const point of points) {
    if (point.at - last < DAY_ENDS_AFTER_MS) days.at(-1)!.push(point)
    else days.push([point])
    last = point.at
  }
  return days
}

/** What of the squares about the means of segments lies between days and inside them, and how large a day is. */
export interface DaySquares {
  readonly between: SquaresOf
  readonly within: SquaresOf
  /** The points of a day that make E(between) = σ²within + size · σ²between; 0 where no segment has two days. */
  readonly size: number
}

/**
 * Analysis of variance of days in segments. With n_j points in day j of a segment of N points in J days, size = Σ (N − Σ n_j² / N) / Σ (J − 1).
 * Source: S. R. Searle, G. Casella, C. E. McCulloch, Variance components, Wiley 1992, section 3.6.
 */
export function poolDays(segments: readonly (readonly TimedPoint[])[]): DaySquares {
  const between = { squares: 0, degrees: 0 }
  const within = { squares: 0, degrees: 0 }
  let size = 0
  for (const segment of segments) {
    const days = groupByDay(segment)
    const centre = meanOf(segment)
    let sizes = 0
    for (const day of days) {
      const centreOfDay = meanOf(day)
      between.squares += day.length * (centreOfDay - centre) ** 2
      for (const { y } of day) within.squares += (y - centreOfDay) ** 2
      within.degrees += day.length - 1
      sizes += day.length ** 2
    }
    between.degrees += days.length - 1
    size += segment.length - sizes / segment.length
  }
  return { between, within, size: between.degrees === 0 ? 0 : size / between.degrees }
}

function meanOf(points: readonly TimedPoint[]): number {
  return mean(points.map((point) => point.y))
}

/** A group with what each of its runs says. */
export interface RepeatedPoint {
  /** Of every run, at least one; their mean is the point. */
  readonly ys: readonly number[]
  /** The mean of 1/passes over the runs. */
  readonly perPass: number
}

/** What runs of one workflow run do not share weighs nothing before it was seen so often. */
const DEGREES_OF_DOUBT = 4

/** What single runs spread by, where points are means of several. */
export interface Repeats {
  /** Variance of one run, with its degrees of freedom after Satterthwaite. */
  readonly variance: number
  readonly degrees: number
  /** The part of it that runs of one group do not share, 1 − ρ: 0 while no group shows it. */
  readonly own: number
}

/**
 * The spread of single runs from that of the groups: a point of n runs has s²(ρ + (1 − ρ)/n), so with a variance B between points
 * and W between the runs of a group s² = B + (1 − h) W, h the mean of 1/n. What a run of its own may differ by is believed as
 * far as it was seen: 1 − ρ = W/s² times ν/(ν + 4).
 *
 * @param between squares between points and their degrees of freedom, at least one.
 */
export function addRepeats(between: SquaresOf, points: readonly RepeatedPoint[]): Repeats {
  const ofPoints = between.squares / between.degrees
  const { squares, degrees } = squareWithinGroups(points)
  if (degrees === 0) return { variance: ofPoints, degrees: between.degrees, own: 0 }
  const ofRuns = squares / degrees
  const added = (1 - mean(points.map(({ ys }) => 1 / ys.length))) * ofRuns
  const variance = ofPoints + added
  if (variance === 0) return { variance, degrees: between.degrees, own: 0 }
  return {
    variance,
    degrees: variance ** 2 / (ofPoints ** 2 / between.degrees + added ** 2 / degrees),
    own: (Math.min(1, ofRuns / variance) * degrees) / (degrees + DEGREES_OF_DOUBT),
  }
}

/** The variance of the mean of n runs of one group as a part of that of one run. */
export function shareOfRuns(n: number, own: number): number {
  return 1 - own * (1 - 1 / n)
}

/** The squares of single runs about the mean of their group. */
export function squareWithinGroups(points: readonly RepeatedPoint[]): SquaresOf {
  let squares = 0
  let degrees = 0
  for (const { ys } of points) {
    const centre = mean([...ys])
    for (const y of ys) squares += (y - centre) ** 2
    degrees += ys.length - 1
  }
  return { squares, degrees }
}

/** So many newest points are held against all before, of which there are as many at least. */
const NEWEST_POINTS = 6
/** One history in fifty that spreads as ever is believed to spread by more. */
const SIGNIFICANT = 0.02

/**
 * The squares of the newest points where these spread significantly more than those before (F test of two variances), so that what
 * was calm for weeks does not make today's noise significant; else null. Deviations are from the mean of their own segment, whose degrees of
 * freedom both parts share by their numbers of points.
 */
export function findGrownSpread(segments: readonly (readonly { readonly y: number }[])[]): SquaresOf | null {
  const squares = segments.flatMap((segment) => {
    const centre = mean(segment.map(({ y }) => y))
    return segment.map(({ y }) => (y - centre) ** 2)
  })
  if (squares.length < 2 * NEWEST_POINTS) return null
  const perPoint = 1 - segments.length / squares.length
  const [before, newest] = [squares.slice(0, -NEWEST_POINTS), squares.slice(-NEWEST_POINTS)].map((part) => ({
    squares: part.reduce((sum, square) => sum + square, 0),
    degrees: part.length * perPoint,
  }))
  if (newest!.squares === 0 || before!.degrees < 1) return null
  const ratio = newest!.squares / newest!.degrees / (before!.squares / before!.degrees)
  return fTail(ratio, newest!.degrees, before!.degrees) < SIGNIFICANT ? newest! : null
}
