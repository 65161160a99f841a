import type { Board, KnownWindow } from './board.ts'

/** How many requests of an open loop were due and had not ended, at both ends of its window. */
export interface QueueChange {
  readonly before: number
  readonly after: number
  /** Requests that came due in between, of a conversation its first one: however many turns it has, it adds one at a time to the queue. */
  readonly arrivals: number
  /** As many come on average at this rate; default: as many as came. */
  readonly expected?: number
}

/** Of the requests that came, and of those that come on average, so many more are left over at a server that is not keeping up. */
const LEAST_SHARE = 0.05
/** What a steady queue may change by, in roots of its mean length: one of independent requests does by 1.4 of them. */
const BY_CHANCE = 4

/**
 * Whether the queue grows without end: the server ends clearly fewer requests than are sent. What such a level shows depends on how long it
 * was looked at, and is no figure of the server. Where it grows because more came than do on average, the server may keep up all the same: then it
 * ended as many as come on average.
 */
export function isQueueGrowing({ before, after, arrivals, expected = arrivals }: QueueChange): boolean {
  const growth = after - before
  const isMore = growth > Math.max(LEAST_SHARE * arrivals, BY_CHANCE * Math.sqrt((before + after) / 2 + 1))
  return isMore && arrivals - growth < (1 - LEAST_SHARE) * expected
}

/** More requests do not wait for a connection: no server gets out of that. */
const MOST_WAITING = 10_000

/**
 * Whether more and more requests of an open loop of this rate, in requests or conversations a second, are under way, by what both ends of its window show,
 * which it notes. Null: several shards send them, and judge it together.
 */
export function watchQueue(
  { values, window }: Board,
  { at, rate }: { readonly at: number; readonly rate: number | null },
): boolean {
  const { outstanding, inFlight, arrived } = values
  if (outstanding - inFlight >= MOST_WAITING) return true
  // What a trace leaves over is told from all of its requests, when it has ended.
  if (window.isWhole) return false
  if (window.startAt !== null && at >= window.startAt && Number.isNaN(values.outstandingBefore))
    values.outstandingBefore = outstanding
  if (window.endAt === null || !Number.isNaN(values.outstandingAfter)) return false
  values.outstandingAfter = outstanding
  if (rate === null) return false
  const expected = countExpected(rate, window)
  return isQueueGrowing({ before: values.outstandingBefore, after: outstanding, arrivals: arrived, expected })
}

/** How many requests come on average in a window that has ended. */
export function countExpected(rate: number, { startAt, endAt }: KnownWindow): number {
  return (rate * (endAt! - startAt!)) / 1000
}

/** When a request was due and how long it took from then, in milliseconds after the start of the sweep. */
type Span = { readonly startMs: number; readonly endMs: number }

/** How many requests were under way on average in the second quarter of a trace, and in its last. */
export interface Backlog {
  readonly before: number
  readonly after: number
}

/**
 * The backlog of a trace, whose queue has no end at this speed; null where the server kept up, or nothing can be told. A trace comes in
 * bursts and has busier times, so that means are compared instead of moments, and what came more often may be under way more often.
 */
export function findBacklog(
  records: Iterable<Span>,
  { startMs, lastMs }: { readonly startMs: number; readonly lastMs: number },
): Backlog | null {
  const quarterMs = lastMs / 4
  if (quarterMs === 0) return null
  const early = { fromMs: quarterMs, areaMs: 0, arrivals: 0 }
  const late = { fromMs: 3 * quarterMs, areaMs: 0, arrivals: 0 }
  let between = 0
  for (const { startMs: dueMs, endMs: tookMs } of records) {
    const at = dueMs - startMs
    if (at >= 1.5 * quarterMs && at < 3.5 * quarterMs) between++
    for (const quarter of [early, late]) {
      const toMs = quarter.fromMs + quarterMs
      quarter.areaMs += Math.max(0, Math.min(at + tookMs, toMs) - Math.max(at, quarter.fromMs))
      if (at >= quarter.fromMs && at <= toMs) quarter.arrivals++
    }
  }
  const [before, after] = [early.areaMs / quarterMs, late.areaMs / quarterMs]
  const busier = Math.max(1, late.arrivals / Math.max(1, early.arrivals))
  return isQueueGrowing({ before: before * busier, after, arrivals: between }) ? { before, after } : null
}
