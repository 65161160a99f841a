import type { Percentile } from '../vocabulary/metric-rows.ts'

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

/** Location and spread of some samples, in their unit. A percentile the sample is too small for is null. */
export interface Summary extends Readonly<Record<Percentile, number | null>> {
  readonly n: number
  /** Null, as the ends below, where another tool measured and does not state it. */
  readonly mean: number | null
  readonly sd: number | null
  readonly min: number | null
  readonly max: number | null
}

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

/** The smallest of some values, in rising order, that this share of them does not exceed; undefined where there are none. */
export function pickAtShare(sorted: ArrayLike<number>, share: number): number | undefined {
  // 95 % of 20 are 19, despite rounding errors.
  return sorted[Math.max(1, Math.ceil(share * sorted.length - 1e-9)) - 1]
}

/** How many more samples a percentile needs; 0 when there are enough. */
export function countMissingSamples(name: Percentile, n: number): number {
  return Math.max(0, MINIMUM_SAMPLES[name] - n)
}

/**
 * A histogram with buckets 1 % wide, for values too many to keep: its memory does not grow with their number. Values
 * at or below the lowest bound share the first bucket.
 */
export interface LogHistogram {
  add(value: number): void
  /** Adds how far each of these times is from the one before it: in one call, because a call for each would allocate its number. */
  addSpans(times: Readonly<Float64Array>): void
  merge(other: Pick<LogHistogram, 'buckets' | 'count'>): void
  /** Values added. */
  readonly count: number
  /** The quantile within 1 %, or null when empty. `p` in [0, 1]. */
  quantile(p: number): number | null
  /** Buckets from the lowest bound up. */
  readonly buckets: Readonly<Uint32Array>
}

const LOWEST = 0.001
const HIGHEST = 600_000
const STEP = Math.log(1.01)
const BUCKETS = Math.ceil(Math.log(HIGHEST / LOWEST) / STEP) + 2

/** A histogram of milliseconds from 1 µs to 10 minutes. */
export function createLogHistogram(): LogHistogram {
  const buckets = new Uint32Array(BUCKETS)
  let count = 0
  return {
    buckets,
    get count() {
      return count
    },
    add(value) {
      buckets[findBucket(value)]!++
      count++
    },
    addSpans(times) {
      for (let i = 1; i < times.length; i++) buckets[findBucket(times[i]! - times[i - 1]!)]!++
      count += Math.max(0, times.length - 1)
    },
    merge(other) {
      for (let i = 0; i < BUCKETS; i++) buckets[i] = buckets[i]! + other.buckets[i]!
      count += other.count
    },
    quantile(p) {
      if (count === 0) return null
      let left = p * (count - 1)
      for (let i = 0; i < BUCKETS; i++) {
        left -= buckets[i]!
        if (left < 0) return findBucketMs(i)
      }
      return HIGHEST
    },
  }
}

function findBucket(value: number): number {
  return value <= LOWEST ? 0 : Math.min(BUCKETS - 1, 1 + Math.floor(Math.log(value / LOWEST) / STEP))
}

/** The value that stands for everything in a bucket: its middle, on a log scale, in milliseconds. */
function findBucketMs(index: number): number {
  return index === 0 ? LOWEST : LOWEST * Math.exp((index - 0.5) * STEP)
}

/** The summary of a histogram, within its 1 %. */
export function summariseHistogram(histogram: LogHistogram): Summary | null {
  const n = histogram.count
  if (n === 0) return null
  let sum = 0
  let first = -1
  let last = -1
  histogram.buckets.forEach((count, i) => {
    if (count === 0) return
    sum += count * findBucketMs(i)
    if (first < 0) first = i
    last = i
  })
  const mean = sum / n
  let squares = 0
  for (let i = first; i <= last; i++) squares += histogram.buckets[i]! * (findBucketMs(i) - mean) ** 2
  const readQuantile = (minimum: number, p: number) => (n < minimum ? null : histogram.quantile(p))
  return {
    n,
    mean,
    sd: n < 2 ? null : Math.sqrt(squares / (n - 1)),
    min: findBucketMs(first),
    p50: histogram.quantile(0.5),
    p90: readQuantile(MINIMUM_SAMPLES.p90, 0.9),
    p95: readQuantile(MINIMUM_SAMPLES.p95, 0.95),
    p99: readQuantile(MINIMUM_SAMPLES.p99, 0.99),
    max: findBucketMs(last),
  }
}
