import { mean } from '../stats/mean.ts'
import type { SquaresOf } from '../stats/mean.ts'
import { fTail } from '../stats/distributions.ts'

/** Sums of squares about means: of all recorded points, of days, of the runs of a group, of the newest; each tells another part of the variance. */

/** Squares and products of pairs, each about the means of its segment. */
export function poolProducts(segments: readonly (readonly { readonly x: number; readonly y: number }[])[]) {
  let squares = 0
  let products = 0
  let free = 0
  for (const segment of segments) {
    if (segment.length < 2) continue
    const [mx, my] = [mean(segment.map(({ x }) => x)), mean(segment.map(({ y }) => y))]
    for (const { x, y } of segment) {
      squares += (x - mx) ** 2
      products += (x - mx) * (y - my)
    }
    free += segment.length - 1
  }
  return { squares, products, degrees: free }
}

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

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
/** A day has ended when nothing was recorded for so long, whatever the calendar says: so no time zone matters. */
const DAY_ENDS_AFTER_MS = 6 * HOUR_MS
/** An hour that is so far from all recorded ones is another part of the day. */
const OTHER_HOUR_MS = 4 * HOUR_MS

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

/** In what a run was not made like the recorded ones: then their spread does not say how far it may lie from them. */
export interface Unlikeness {
  readonly what: 'hour' | 'day'
  /** How much of what is assumed of a metric is still assumed of that. */
  readonly part: number
}

/** Two days tell by one difference how far days lie apart. */
const AFTER_TWO_DAYS = 0.4

/**
 * Whether a run at `now` differs from all recorded ones in when it was made: they are all of one day or two and this one is of
 * another (`day`), or none of them was made within four hours of this time of the day (`hour`). Null when it does not. Times in
 * ms since the epoch, in any order, at least one.
 */
export function findUnlikeness(recorded: readonly number[], now: number): Unlikeness | null {
  const first = Math.min(...recorded)
  const last = Math.max(...recorded)
  const isOfOtherDay = Math.max(now - last, first - now) >= DAY_ENDS_AFTER_MS
  if (isOfOtherDay && last - first < DAY_MS) return { what: 'day', part: 1 }
  if (recorded.every((at) => measureHoursApart(at, now) >= OTHER_HOUR_MS)) return { what: 'hour', part: 1 }
  const days = groupByDay(recorded.toSorted((a, b) => a - b).map((at) => ({ y: 0, at })))
  return isOfOtherDay && days.length <= 2 ? { what: 'day', part: AFTER_TWO_DAYS } : null
}

/** The distance of two times of day, round the clock; in ms. */
function measureHoursApart(a: number, b: number): number {
  const apart = Math.abs(a - b) % DAY_MS
  return Math.min(apart, DAY_MS - apart)
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
