import type { RequestRecord } from '../../vocabulary/request-facts.ts'
import type { Board, KnownWindow } from './board.ts'

/** How many requests of an open loop were due and had not ended, at both ends of its window or of a part of it, and how many came in between. */
export interface QueueChange {
  readonly before: number
  readonly after: number
  /** Requests that came due in between; of a conversation only the first, because it has no more than one in the queue at a time. */
  readonly arrivals: number
  /** How many come on average at this rate. Default: as many as came. */
  readonly expected?: number
  /** The same from the last moment on at which the queue was as short as when the window opened; absent: unknown. */
  readonly longer?: Omit<QueueChange, 'longer'>
}

/** A server that leaves over a smaller share than this, of the requests that came and of those that come on average, is keeping up. */
const LEAST_SHARE = 0.05
/** By how much a steady queue may change, in square roots of its mean length: one of independent requests changes by 1.4 of them. */
const BY_CHANCE = 4

/**
 * Whether the queue grows without end: the server ends clearly fewer requests than are sent. What such a level shows depends on how long
 * one looked at it, and is no figure of the server. Where the queue grows only because more requests came than come on average, the server keeps
 * up all the same: it ended as many as come on average, if not over all the window, part of which it may have been idle, then while the queue was longer.
 */
export function isQueueGrowing(change: QueueChange): boolean {
  const { before, after, arrivals, longer = change } = change
  const isMore = after - before > Math.max(LEAST_SHARE * arrivals, BY_CHANCE * Math.sqrt((before + after) / 2 + 1))
  return isMore && isBehind(change) && isBehind(longer)
}

function isBehind({ before, after, arrivals, expected = arrivals }: QueueChange): boolean {
  return arrivals - (after - before) < (1 - LEAST_SHARE) * expected
}

/** With more requests waiting for a connection the level is overloaded at once: no server catches up from there. */
const MOST_WAITING = 10_000

/**
 * Whether more and more requests of an open loop are under way, judged by both ends of its window and by when it was last as short, which this notes. `rate` is in requests or
 * conversations a second; null: several shards send them, and judge the queue together.
 */
export function watchQueue(board: Board, { at, rate }: { readonly at: number; readonly rate: number | null }): boolean {
  const { values, window } = board
  const { outstanding, inFlight, arrived } = values
  if (outstanding - inFlight >= MOST_WAITING) return true
  // What a trace leaves over is told from all of its requests, when it has ended.
  if (window.isWhole) return false
  if (window.startAt !== null && at >= window.startAt && Number.isNaN(values.outstandingBefore))
    values.outstandingBefore = outstanding
  if (window.endAt === null) {
    if (outstanding <= values.outstandingBefore)
      Object.assign(values, { shortAt: at, outstandingShort: outstanding, arrivedShort: arrived })
    return false
  }
  if (!Number.isNaN(values.outstandingAfter)) return false
  values.outstandingAfter = outstanding
  return rate !== null && isQueueGrowing(readQueue(board, rate))
}

/**
 * The queue of this process over its window, which has ended, and since it was last as short as at the beginning. `rate` is what this process sends
 * of it, in a second.
 */
export function readQueue({ values, window }: Board, rate: number): QueueChange {
  const { outstandingBefore, outstandingAfter: after, outstandingShort, arrived, arrivedShort, shortAt } = values
  const all = { before: outstandingBefore, after, arrivals: arrived, expected: countExpected(rate, window) }
  if (Number.isNaN(shortAt)) return all
  const expected = countExpected(rate, { startAt: shortAt, endAt: window.endAt })
  return { ...all, longer: { before: outstandingShort, after, arrivals: arrived - arrivedShort, expected } }
}

/** The queue of several processes together; since it was last as short, each by its own moment. */
export function addQueues(queues: readonly QueueChange[]): QueueChange {
  const total = addEnds(queues)
  return { ...total, longer: addEnds(queues.map((queue) => queue.longer ?? queue)) }
}

function addEnds(queues: readonly Omit<QueueChange, 'longer'>[]): Omit<QueueChange, 'longer'> {
  const sum = (of: (queue: QueueChange) => number): number => queues.reduce((all, queue) => all + of(queue), 0)
  return {
    before: sum(({ before }) => before),
    after: sum(({ after }) => after),
    arrivals: sum(({ arrivals }) => arrivals),
    expected: sum(({ expected, arrivals }) => expected ?? arrivals),
  }
}

/** How many requests come on average in a window that has ended. */
function countExpected(rate: number, { startAt, endAt }: KnownWindow): number {
  return (rate * (endAt! - startAt!)) / 1000
}

/** How many requests were under way on average in the second quarter of a trace, and in its last. */
interface Backlog {
  readonly before: number
  readonly after: number
}

/**
 * The backlog of a trace, whose queue has no end at this speed; null where the server kept up, or nothing can be told. A trace comes in
 * bursts and has busier times, so that means are compared instead of moments, and what came more often may be under way more often.
 */
export function findBacklog(
  records: Iterable<Pick<RequestRecord, 'startMs' | 'endMs'>>,
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
