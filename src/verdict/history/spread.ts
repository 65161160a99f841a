import { mean, median, medianAbsoluteDeviation } from 'simple-statistics'
import { fTail } from '../../stats/chance.ts'
import { metricOf } from '../../vocabulary/metrics.ts'
import type { GatedMetric } from '../../vocabulary/metrics.ts'
import { findSteepness } from './observe.ts'
import type { Settings } from '../../settings.ts'
import type { HistoryEntry } from '../../report/history.ts'

/** Spread between runs on the log scale: the error term of every comparison. */
export interface Spread {
  /** Standard deviation of one run, as used. */
  readonly sd: number
  readonly degrees: number
  /** By the history alone; null without two groups in one segment. */
  readonly observed: number | null
  /** Whether `expected-spread` is part of it. */
  readonly assumed: boolean
  /** The share of its degrees of freedom that is assumed, by `expected-spread` or by default. */
  readonly assumedShare: number
  /** The share of the variance that runs of one day have in common. */
  readonly sharedByDay: number
  /** The share of the variance that runs of one workflow run do not have in common; 0 while nothing shows it. */
  readonly own: number
  /** The standard deviation of the runs before the newest, where these spread more and alone count; else null. */
  readonly before: number | null
}

/** What a spread is estimated by besides squares between runs. */
interface EstimateOptions {
  readonly defaultSd: number
  /** `expected-spread`; default: none. */
  readonly expected?: number | 'auto'
  /** Between the passes inside runs; default: none are known. */
  readonly within?: SquaresOf
  /** Passes of the run that is compared; default: 1. */
  readonly passes?: number
}

/** What a spread is made of besides the recorded runs. */
interface SpreadOptions extends Required<EstimateOptions> {
  /** Between the sessions of the run itself; absent where it has one. */
  readonly sessions?: SquaresOf
  /** How far pairs contradict what is assumed (`squareAssumed`); default none. */
  readonly assumed?: SquaresOf
  /** Degrees of freedom that the slope on a control has cost. */
  readonly cost?: number
}

/** The assumed spread counts like this many runs at first, and nothing from the eighth on. */
export const MOST_ASSUMED_DEGREES = 4
const LEARNT_DEGREES = 8
/** Lower bound: otherwise runs that agree by rounding would make any difference significant. */
const LEAST_SD = 1e-4
/** An expectation that the history contradicts by this factor is dropped. */
const CONTRADICTED = 1.5

const NO_SQUARES: SquaresOf = { squares: 0, degrees: 0 }

/** A group as its spread sees it. */
type SpreadPoint = TimedPoint & RepeatedPoint

/**
 * The pooled spread of all segments, each about its own mean, shrunk towards an assumed one while there are few runs,
 * and never below what the passes of one run imply.
 *
 * ν₀ = clamp(8 − (ν + 1), 0, 4); s² = max((ν₀ s₀² + ν S²) / (ν₀ + ν), S_w² / passes), where S_w is the spread between
 * passes. Source of the shrinkage: G. K. Smyth, Linear models and empirical Bayes methods for assessing differential
 * expression, Stat. Appl. Genet. Mol. Biol. 3 (2004); of the two levels: T. Kalibera and R. Jones, Rigorous
 * benchmarking in reasonable time, ISMM 2013.
 */
export function poolSpread(segments: readonly (readonly SpreadPoint[])[], options: SpreadOptions): Spread {
  const pooled = poolSquares(segments.map(listYs))
  const { sessions = NO_SQUARES, assumed = NO_SQUARES, cost = 0 } = options
  const added = { squares: sessions.squares + assumed.squares, degrees: sessions.degrees + assumed.degrees }
  if (pooled.degrees === 0) return estimateSpread(added, options)
  const between = [{ ...pooled, shared: 0, before: null }, estimateWithDays(segments), findGrownSpread(segments)]
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
      // Repeated runs do not count here: before eight groups, something is always assumed.
      Math.min(degrees, between.degrees) + free,
    ),
    sharedByDay: variance === 0 ? 0 : (between.shared * between.squares) / between.degrees / variance,
    own,
    before: between.before,
  }
}

/** Squares between points, with the share that those of one day have in common, and what `Spread` says of `before`. */
interface SpreadBetween extends SquaresOf {
  readonly shared: number
  readonly before: number | null
}

/** The extra variance of a run with fewer passes than the recorded ones. */
function allowForFewerPasses(points: readonly SpreadPoint[], { within, passes }: SpreadOptions): number {
  if (within.degrees === 0) return 0
  const recorded = mean(points.map(({ perPass }) => perPass))
  return Math.max(0, 1 / passes - recorded) * (within.squares / within.degrees)
}

/**
 * The variance of a run on another day: σ²within + σ²between by analysis of variance, with degrees of freedom after
 * Satterthwaite, and the share of σ²between. Null where no day has two runs, or no segment two days.
 */
function estimateWithDays(segments: readonly (readonly TimedPoint[])[]): SpreadBetween | null {
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
    before: null,
  }
}

/** The spread from squares between runs and their degrees of freedom; `learnt` degrees decide how much is still assumed. */
export function estimateSpread(
  { squares, degrees }: SquaresOf,
  { defaultSd, expected: given = 'auto', within = NO_SQUARES, passes = 1 }: EstimateOptions,
  learnt = degrees,
): Spread {
  const observed = degrees === 0 ? null : Math.sqrt(squares / degrees)
  const contradicted = given !== 'auto' && degrees >= 2 && observed !== null && observed > CONTRADICTED * given
  const expected = given === 'auto' || contradicted ? null : given
  const prior = expected ?? defaultSd
  const priorDegrees = weighAssumed(learnt)
  const variance = (priorDegrees * prior ** 2 + squares) / (priorDegrees + degrees)
  const floor = within.degrees === 0 ? 0 : within.squares / within.degrees / passes
  return {
    sd: Math.max(LEAST_SD, Math.sqrt(Math.max(variance, floor))),
    degrees: priorDegrees + degrees,
    observed,
    assumed: expected !== null && priorDegrees > 0,
    assumedShare: priorDegrees / (priorDegrees + degrees),
    sharedByDay: 0,
    own: 0,
    before: null,
  }
}

/** Whether this many groups need no assumption; before, the assumed spread covers other hours and days, too. */
export function isLearnt(groups: number): boolean {
  return groups >= LEARNT_DEGREES
}

/** The weight of the assumed spread beside this many recorded degrees of freedom. */
export function weighAssumed(degrees: number): number {
  return Math.min(MOST_ASSUMED_DEGREES, Math.max(0, LEARNT_DEGREES - (degrees + 1)))
}

// Sums of squares about means: of all recorded points, of days, of the runs of a group, of the newest points. Each
// shows another part of the variance.

/** A sum of squares about means, and its degrees of freedom. */
export interface SquaresOf {
  readonly squares: number
  readonly degrees: number
}

/** Pools squares about the means of some sets of values. A set of one has none. */
export function poolSquares(sets: readonly (readonly number[])[]): SquaresOf {
  let squares = 0
  let degrees = 0
  for (const values of sets) {
    if (values.length < 2) continue
    const centre = mean([...values])
    for (const value of values) squares += (value - centre) ** 2
    degrees += values.length - 1
  }
  return { squares, degrees }
}

/** The figures of some points. */
export function listYs(points: readonly { readonly y: number }[]): number[] {
  return points.map(({ y }) => y)
}

/** Their mean. */
export function averageY(points: readonly { readonly y: number }[]): number {
  return mean(listYs(points))
}

export const HOUR_MS = 3_600_000
export const DAY_MS = 24 * HOUR_MS
/** A day ends when nothing was recorded for this long, so that no time zone matters. */
export const DAY_ENDS_AFTER_MS = 6 * HOUR_MS
/** A value with its time. */
export interface TimedPoint {
  readonly y: number
  /** When it was recorded, in ms since the epoch. */
  readonly at: number
}

/** Groups points, which are in order of time, by day. */
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

/**
 * Analysis of variance of days in segments. With n_j points in day j of a segment of N points in J days, size = Σ (N − Σ n_j² / N) / Σ (J − 1).
 * Source: S. R. Searle, G. Casella, C. E. McCulloch, Variance components, Wiley 1992, section 3.6.
 *
 * @returns squares between days and inside them; `size` is the points of a day that make E(between) = σ²within + size · σ²between, and 0
 * where no segment has two days.
 */
export function poolDays(segments: readonly (readonly TimedPoint[])[]): Record<'between' | 'within', SquaresOf> & {
  readonly size: number
} {
  const between = { squares: 0, degrees: 0 }
  const within = { squares: 0, degrees: 0 }
  let size = 0
  for (const segment of segments) {
    const days = groupByDay(segment)
    const centre = averageY(segment)
    let sizes = 0
    for (const day of days) {
      const centreOfDay = averageY(day)
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

/** A group with the figure of each of its runs. */
export interface RepeatedPoint {
  /** Of every run, at least one; their mean is the point. */
  readonly ys: readonly number[]
  /** The mean of 1/passes over the runs. */
  readonly perPass: number
}

/** The weight of the assumption that runs of one workflow run share everything. */
const DEGREES_OF_DOUBT = 4

/** The spread of single runs, where points are means of several. */
interface Repeats {
  /** Variance of one run, with its degrees of freedom after Satterthwaite. */
  readonly variance: number
  readonly degrees: number
  /** The share of it that runs of one group do not have in common, 1 − ρ; 0 while no group shows it. */
  readonly own: number
}

/**
 * The spread of single runs, from that of groups: a point of n runs has variance s²(ρ + (1 − ρ)/n), so with variance
 * B between points and W between the runs of a group, s² = B + (1 − h) W, with h the mean of 1/n. The share of single
 * runs is shrunk by how much was seen of it: 1 − ρ = W/s² · ν/(ν + 4).
 *
 * @param between squares between points and their degrees of freedom, at least one.
 */
export function addRepeats(between: SquaresOf, points: readonly RepeatedPoint[]): Repeats {
  const ofPoints = between.squares / between.degrees
  const { squares, degrees } = poolSquares(points.map(({ ys }) => ys))
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

/** This many newest points are compared with all before, of which there must be at least as many. */
const NEWEST_POINTS = 6
/** In one of fifty unchanged histories, the spread seems to have grown. */
const SIGNIFICANT = 0.02

/**
 * The squares of the newest points where these spread significantly more than those before (F test of two variances),
 * so that weeks of calm do not make today's noise significant; else null. Deviations are from the mean of their own
 * segment, whose degrees of freedom are split by numbers of points.
 */
export function findGrownSpread(segments: readonly (readonly { readonly y: number }[])[]): SpreadBetween | null {
  const squares = segments.flatMap((segment) => {
    const centre = averageY(segment)
    return segment.map(({ y }) => (y - centre) ** 2)
  })
  if (squares.length < 2 * NEWEST_POINTS) return null
  const perPoint = 1 - segments.length / squares.length
  const poolPart = (part: readonly number[]): SquaresOf => ({
    squares: part.reduce((sum, square) => sum + square, 0),
    degrees: part.length * perPoint,
  })
  const [earlier, newest] = [poolPart(squares.slice(0, -NEWEST_POINTS)), poolPart(squares.slice(-NEWEST_POINTS))]
  if (newest.squares === 0 || earlier.degrees < 1) return null
  const before = earlier.squares / earlier.degrees
  const ratio = newest.squares / newest.degrees / before
  if (fTail(ratio, newest.degrees, earlier.degrees) >= SIGNIFICANT) return null
  return { ...newest, shared: 0, before: Math.sqrt(before) }
}

/** From this many groups on, outliers are left out. */
const TRIMMED_FROM = 20
const TRIM_CUT = 3.5
/** The newest points may begin a step, so they are never outliers. */
const NEVER_TRIMMED = 3
/**
 * Leaving out outliers makes the spread of the rest too small by about this factor, because data with outliers have
 * tails. Looking and finding none costs a little, too, since only a calm history has none.
 */
const LEFT_OUT_INFLATION = 1.15
const LOOKED_INFLATION = 1.03

/** The factor by which the error of a comparison is widened where outliers were looked for, or left out. */
export function findInflation(looked: boolean, leftOut: boolean): number {
  if (!looked) return 1
  return leftOut ? LEFT_OUT_INFLATION : LOOKED_INFLATION
}

/** Whether outliers are looked for in a segment. */
export function isTrimmed(segment: readonly unknown[]): boolean {
  return segment.length >= TRIMMED_FROM
}

/** MAD times this estimates the standard deviation of normal values: 1 / Φ⁻¹(3/4). */
const MAD_TO_SD = 1.4826

/**
 * Which values are outliers: further from the median than 3.5 standard deviations, these estimated by the median
 * absolute deviation (Hampel's identifier). None are when the MAD is 0, which says nothing about spread.
 *
 * Source: F. R. Hampel, The influence curve and its role in robust estimation, JASA 69 (1974).
 */
export function findOutliers(values: number[]): boolean[] {
  const centre = median(values)
  const mad = medianAbsoluteDeviation(values)
  const limit = mad === 0 ? Infinity : TRIM_CUT * MAD_TO_SD * mad
  return values.map((value) => Math.abs(value - centre) > limit)
}

/** A segment without its outliers, `known` ones among them. */
export function trimSegment<P extends { readonly y: number }>(
  segment: readonly P[],
  known: ReadonlySet<P>,
): readonly P[] {
  const rest = segment.filter((point) => !known.has(point))
  if (!isTrimmed(rest)) return rest
  const outliers = findOutliers(rest.map((point) => point.y))
  return rest.filter((_, i) => !outliers[i] || i >= rest.length - NEVER_TRIMMED)
}

/** What is assumed of the times that decide a capacity or an attainment. */
export const SPREAD_OF_TIMES = 0.05

type Segments = readonly (readonly { readonly entries: readonly HistoryEntry[] }[])[]

/**
 * By how much runs of a metric, and differences from a control, are assumed to spread until the recorded ones tell. A
 * capacity spreads by what the times do, times how much load a little more time costs, which the recorded curves show.
 *
 * @returns standard deviations on the log scale; those of pairs are of differences from a control.
 */
export function assumeSpread(
  metric: GatedMetric,
  segments: Segments,
): { readonly ofRuns: number; readonly ofPairs: number } {
  const { defaultSpread, defaultPairSpread } = metricOf(metric)
  const wider = Math.max(1, compareWithTimes(metric, segments) ?? 1)
  return { ofRuns: wider * defaultSpread, ofPairs: wider * defaultPairSpread }
}

/**
 * The factor by which a capacity spreads more than its table says if the times spread as assumed; null for
 * other metrics, and where no recorded curve shows it. A little more time costs no less than as much load.
 */
export function compareWithTimes(metric: GatedMetric, segments: Segments): number | null {
  const { quantity, defaultSpread } = metricOf(metric)
  if (quantity !== 'concurrency') return null
  const steepness = segments.flatMap((segment) =>
    segment.flatMap(({ entries }) => entries.flatMap(({ row }) => findSteepness(row) ?? [])),
  )
  return steepness.length === 0 ? null : (SPREAD_OF_TIMES * Math.max(1, median(steepness))) / defaultSpread
}

/** What the recorded runs show of it: their segments, and the squares between passes. */
interface RecordedSpread {
  readonly segments: readonly (readonly (SpreadPoint & { readonly entries: readonly HistoryEntry[] })[])[]
  readonly within: SquaresOf
}

/** The spread of a metric by its recorded runs alone, for a run of this many passes. */
export function poolHistorySpread(
  metric: GatedMetric,
  { segments, within }: RecordedSpread,
  passes: number,
  { expectedSpread }: Pick<Settings, 'expectedSpread'>,
): Spread {
  const { ofRuns: defaultSd } = assumeSpread(metric, segments)
  return poolSpread(segments, { within, passes, defaultSd, expected: expectedSpread })
}
