import { mean, median, sampleStandardDeviation } from 'simple-statistics'
import { studentTQuantile } from './distributions.ts'

export { mean, median, sampleStandardDeviation } from 'simple-statistics'

/** One-sided bounds of the mean by Student's t, each with the given confidence; null for fewer than two values. */
export function meanBounds(values: readonly number[], confidence = 0.95): { low: number; high: number } | null {
  const n = values.length
  if (n < 2) return null
  const sample = [...values]
  const half = (studentTQuantile(confidence, n - 1) * sampleStandardDeviation(sample)) / Math.sqrt(n)
  return { low: mean(sample) - half, high: mean(sample) + half }
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
