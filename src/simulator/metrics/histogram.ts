/** A cumulative histogram as Prometheus has it; observing costs a few comparisons, reading it nothing that grows. */
export interface Histogram {
  readonly bounds: readonly number[]
  /** Observations of at most the bound at the same place, not cumulated. */
  readonly counts: readonly number[]
  readonly sum: number
  readonly count: number
  observe(value: number): void
}

/** A histogram of these upper bounds, in rising order; what is above the last one counts in `count` only. */
export function createHistogram(bounds: readonly number[]): Histogram {
  const counts = bounds.map(() => 0)
  let sum = 0
  let count = 0
  return {
    bounds,
    counts,
    get sum() {
      return sum
    },
    get count() {
      return count
    },
    observe(value) {
      sum += value
      count++
      for (let i = 0; i < bounds.length; i++) {
        if (value > bounds[i]!) continue
        counts[i]!++
        return
      }
    },
  }
}
