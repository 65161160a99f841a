/** When one request was in flight, in milliseconds on one clock. */
export interface Interval {
  readonly startAt: number
  readonly endAt: number
}

/**
 * How many requests were in flight over a window, weighted by time: the mean, and the share of the window in which at
 * least 95 % of `concurrency` were.
 */
export function inFlightOver(
  intervals: Iterable<Interval>,
  window: Interval,
  concurrency: number,
): { mean: number; fullShare: number } {
  const length = window.endAt - window.startAt
  if (!(length > 0)) return { mean: 0, fullShare: 0 }
  const from: number[] = []
  const to: number[] = []
  for (const { startAt, endAt } of intervals) {
    if (endAt <= window.startAt || startAt >= window.endAt) continue
    from.push(Math.max(startAt, window.startAt))
    to.push(Math.min(endAt, window.endAt))
  }
  const starts = Float64Array.from(from).sort()
  const ends = Float64Array.from(to).sort()
  let started = 0
  let ended = 0
  let at = window.startAt
  let area = 0
  let full = 0
  while (ended < ends.length) {
    const next = started < starts.length && starts[started]! <= ends[ended]! ? starts[started]! : ends[ended]!
    const running = started - ended
    area += running * (next - at)
    if (running >= 0.95 * concurrency) full += next - at
    at = next
    if (started < starts.length && starts[started]! <= ends[ended]!) started++
    else ended++
  }
  return { mean: area / length, fullShare: full / length }
}
