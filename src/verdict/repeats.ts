import type { SquaresOf } from '../stats/mean.ts'
import { mean } from '../stats/mean.ts'

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
