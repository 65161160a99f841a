import { MINIMUM_SAMPLES, percentile, bucketMs } from '../stats/percentile.ts'
import type { LogHistogram } from '../stats/percentile.ts'
import type { Summary } from './level-metrics.ts'

/** Samples of one time: the finite ones in rising order, and how many are +∞ because their request failed. */
export interface Samples {
  readonly sorted: Float64Array
  readonly infinite: number
}

/** Location and spread of the finite samples; percentiles count the infinite ones. Null without a finite sample. */
export function summarise({ sorted, infinite }: Samples): Summary | null {
  const n = sorted.length
  if (n === 0) return null
  let sum = 0
  for (const value of sorted) sum += value
  const mean = sum / n
  let squares = 0
  for (const value of sorted) squares += (value - mean) ** 2
  return {
    n,
    mean,
    sd: n < 2 ? null : Math.sqrt(squares / (n - 1)),
    min: sorted[0]!,
    p50: percentile(sorted, 'p50', infinite),
    p90: percentile(sorted, 'p90', infinite),
    p95: percentile(sorted, 'p95', infinite),
    p99: percentile(sorted, 'p99', infinite),
    max: sorted[n - 1]!,
  }
}

/** The same from a histogram, within its 1 %. */
export function summariseHistogram(histogram: LogHistogram): Summary | null {
  const n = histogram.count
  if (n === 0) return null
  let sum = 0
  let first = -1
  let last = -1
  histogram.buckets.forEach((count, i) => {
    if (count === 0) return
    sum += count * bucketMs(i)
    if (first < 0) first = i
    last = i
  })
  const mean = sum / n
  let squares = 0
  for (let i = first; i <= last; i++) squares += histogram.buckets[i]! * (bucketMs(i) - mean) ** 2
  const readQuantile = (minimum: number, p: number) => (n < minimum ? null : histogram.quantile(p))
  return {
    n,
    mean,
    sd: n < 2 ? null : Math.sqrt(squares / (n - 1)),
    min: bucketMs(first),
    p50: histogram.quantile(0.5),
    p90: readQuantile(MINIMUM_SAMPLES.p90, 0.9),
    p95: readQuantile(MINIMUM_SAMPLES.p95, 0.95),
    p99: readQuantile(MINIMUM_SAMPLES.p99, 0.99),
    max: bucketMs(last),
  }
}
