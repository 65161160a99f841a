import type { Percentile } from '../vocabulary/metrics.ts'

/** The fewest samples that each percentile needs to mean anything. */
export const MINIMUM_SAMPLES = { p50: 1, p90: 64, p95: 130, p99: 662 } as const satisfies Record<Percentile, number>

const SHARE = { p50: 0.5, p90: 0.9, p95: 0.95, p99: 0.99 } as const satisfies Record<Percentile, number>

/**
 * A percentile by linear interpolation (type 7, as NumPy and R). `sorted` holds the finite samples in rising order;
 * `infinite` more are +∞ (requests that failed). Null when there are too few samples, or when +∞ reaches it.
 */
export function percentile(sorted: ArrayLike<number>, name: Percentile, infinite = 0): number | null {
  const n = sorted.length + infinite
  if (n < MINIMUM_SAMPLES[name]) return null
  const index = (n - 1) * SHARE[name]
  const lower = Math.floor(index)
  const upper = Math.ceil(index)
  if (upper >= sorted.length) return null
  // Weights instead of a + f·(b − a): equal neighbours give back exactly their value.
  return lower === upper ? sorted[lower]! : sorted[lower]! * (upper - index) + sorted[upper]! * (index - lower)
}

/** How many more samples a percentile needs; 0 when there are enough. */
export function countMissingSamples(name: Percentile, n: number): number {
  return Math.max(0, MINIMUM_SAMPLES[name] - n)
}
