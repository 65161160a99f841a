import { mean, median, sampleStandardDeviation } from 'simple-statistics'
import { normalTailQuantile, studentTQuantile } from './distributions.ts'

export { mean, median, sampleStandardDeviation, sum } from 'simple-statistics'

/** One-sided bounds of the mean by Student's t, each with the given confidence; null for fewer than two values. */
export function meanBounds(values: readonly number[], confidence = 0.95): { low: number; high: number } | null {
  const n = values.length
  if (n < 2) return null
  const sample = [...values]
  const half = (studentTQuantile(confidence, n - 1) * sampleStandardDeviation(sample)) / Math.sqrt(n)
  return { low: mean(sample) - half, high: mean(sample) + half }
}

/**
 * The upper end of the one-sided 95 % interval of a share, from `hits` of `n`, n at least 1 (Wilson's score interval).
 *
 * Source: E. B. Wilson, Probable inference, the law of succession, and statistical inference, JASA 22 (1927).
 */
export function boundShareAbove({ hits, n }: { readonly hits: number; readonly n: number }): number {
  const z = normalTailQuantile(0.05)
  const share = hits / n
  const half = z * Math.sqrt((share * (1 - share)) / n + (z / (2 * n)) ** 2)
  return Math.min(1, (share + z ** 2 / (2 * n) + half) / (1 + z ** 2 / n))
}

/** MAD times this estimates the standard deviation of normal values: 1 / Φ⁻¹(3/4). */
const MAD_TO_SD = 1.4826

/**
 * Which values are outliers: further from the median than `cut` standard deviations, these estimated by the median
 * absolute deviation (Hampel's identifier). None are when the MAD is 0, which says nothing about spread.
 *
 * Source: F. R. Hampel, The influence curve and its role in robust estimation, JASA 69 (1974).
 */
export function findOutliers(values: readonly number[], cut: number): boolean[] {
  if (values.length === 0) return []
  const centre = median([...values])
  const mad = median(values.map((value) => Math.abs(value - centre)))
  const limit = mad === 0 ? Infinity : cut * MAD_TO_SD * mad
  return values.map((value) => Math.abs(value - centre) > limit)
}

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
