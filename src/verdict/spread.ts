import { mean } from '../stats/mean.ts'
import type { Point } from './segments.ts'

/** Spread between runs on the log scale: the error term of every comparison. */
export interface Spread {
  /** Standard deviation of one run, as used. */
  readonly sd: number
  readonly degrees: number
  /** What the history alone says; null when it has no two groups of one segment. */
  readonly observed: number | null
  /** Whether `expected-spread` is part of it. */
  readonly assumed: boolean
}

/** A sum of squares about means, and its degrees of freedom. */
export interface SquaresOf {
  readonly squares: number
  readonly degrees: number
}

/** What a spread is made of beside the recorded runs. */
export interface SpreadOptions {
  /** Between the passes inside runs. */
  readonly within: SquaresOf
  /** Passes of the run that is compared. */
  readonly passes: number
  readonly defaultSd: number
  readonly expected: number | 'auto'
}

/** The assumed spread counts like this many runs, fading out by the eighth. */
const MOST_ASSUMED_DEGREES = 4
const LEARNT_DEGREES = 8
/** Nothing repeats better than this: without it runs that agree by rounding would make any difference significant. */
const LEAST_SD = 1e-4
/** An expectation that the history contradicts by this factor is dropped. */
const CONTRADICTED = 1.5

/**
 * The pooled spread of all segments, each about its own mean, shrunk towards an assumed one while there are few runs, and
 * never below what the passes of one run let expect.
 *
 * ν₀ = clamp(8 − (ν + 1), 0, 4); s² = max((ν₀ s₀² + ν S²) / (ν₀ + ν), S_w² / passes), where S_w is the spread between
 * passes. Source of the shrinkage: G. K. Smyth, Linear models and empirical Bayes methods for assessing differential
 * expression, Stat. Appl. Genet. Mol. Biol. 3 (2004); of the two levels: T. Kalibera and R. Jones, Rigorous benchmarking
 * in reasonable time, ISMM 2013.
 */
export function spreadOf(segments: readonly (readonly Point[])[], options: SpreadOptions): Spread {
  return spreadFrom(pooled(segments), options)
}

/** The same from the squares between runs and their degrees of freedom. */
export function spreadFrom({ squares, degrees }: SquaresOf, options: SpreadOptions): Spread {
  const observed = degrees === 0 ? null : Math.sqrt(squares / degrees)
  const contradicted =
    options.expected !== 'auto' && degrees >= 2 && observed !== null && observed > CONTRADICTED * options.expected
  const expected = options.expected === 'auto' || contradicted ? null : options.expected
  const prior = expected ?? options.defaultSd
  const priorDegrees = assumedDegrees(degrees)
  const variance = (priorDegrees * prior ** 2 + squares) / (priorDegrees + degrees)
  const floor = options.within.degrees === 0 ? 0 : options.within.squares / options.within.degrees / options.passes
  return {
    sd: Math.max(LEAST_SD, Math.sqrt(Math.max(variance, floor))),
    degrees: priorDegrees + degrees,
    observed,
    assumed: expected !== null && priorDegrees > 0,
  }
}

/** How much what is assumed weighs beside so many degrees of freedom of what was recorded. */
export function assumedDegrees(degrees: number): number {
  return Math.min(MOST_ASSUMED_DEGREES, Math.max(0, LEARNT_DEGREES - (degrees + 1)))
}

/** A segment with one group has no spread. */
export function pooled(segments: readonly (readonly Point[])[]): SquaresOf {
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
