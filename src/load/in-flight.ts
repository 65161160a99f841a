/** When one request was in flight, in milliseconds on one clock. */
export interface Interval {
  readonly startAt: number
  readonly endAt: number
}

/** How many requests were in flight over a window, weighted by time. */
export function meanInFlight(intervals: Iterable<Interval>, window: Interval): number {
  let area = 0
  for (const { startAt, endAt } of intervals) {
    area += Math.max(0, Math.min(endAt, window.endAt) - Math.max(startAt, window.startAt))
  }
  return area / (window.endAt - window.startAt)
}
