import { mean } from '../stats/mean.ts'
import type { SquaresOf } from '../stats/mean.ts'

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
export type Unlikeness = 'hour' | 'day'

/**
 * Whether a run at `now` differs from all recorded ones in when it was made: they are all of one day and this one is not
 * (`day`), or none of them was made within four hours of this time of the day (`hour`). Null when it does not. Times in ms
 * since the epoch, in any order, at least one.
 */
export function findUnlikeness(recorded: readonly number[], now: number): Unlikeness | null {
  const first = Math.min(...recorded)
  const last = Math.max(...recorded)
  const apart = Math.max(now - last, first - now)
  if (last - first < DAY_MS && apart >= DAY_ENDS_AFTER_MS) return 'day'
  return recorded.every((at) => measureHoursApart(at, now) >= OTHER_HOUR_MS) ? 'hour' : null
}

/** The distance of two times of day, round the clock; in ms. */
function measureHoursApart(a: number, b: number): number {
  const apart = Math.abs(a - b) % DAY_MS
  return Math.min(apart, DAY_MS - apart)
}
