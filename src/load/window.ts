import type { Exchange } from './ports.ts'

/**
 * The measuring window of a level. It opens when every worker has finished its warm-up and lasts the level's duration,
 * but never ends before each worker has started one counted request and the level has as many as it needs; a fixed
 * number of requests ends it earlier, once each worker has started one. It is evaluated lazily, at the turns of the
 * workers: no timer may end it late.
 */
export interface LevelWindow {
  /** When it opened; null before. */
  readonly startAt: number | null
  /** When it ended; null while that is not decided. */
  readonly endAt: number | null
  open(at: number): void
  /** Says in which phase a request that starts now is, and takes it into account. */
  phaseOf(worker: number, at: number): 'warmup' | 'counted' | 'tail'
  /** Ends the window now, whatever it still lacks: a budget is used up. */
  cut(at: number): void
  /** Decides the end if it lies in the past. */
  settle(at: number): void
}

export interface WindowRule {
  readonly concurrency: number
  readonly durationMs: number
  /** Counted requests that the level needs at least, beside one a worker. */
  readonly minRequests: number
  /** Counted requests that end the level, at least one a worker; null for none. */
  readonly maxRequests: number | null
}

/** A window that follows `rule`. */
export function createWindow(rule: WindowRule): LevelWindow {
  const counted = new Uint32Array(rule.concurrency)
  let startAt: number | null = null
  let endAt: number | null = null
  let started = 0
  let workersStarted = 0
  // When the level had all the requests it needs; the window may end from then on.
  let satisfiedAt: number | null = null

  const settle = (at: number): void => {
    if (startAt === null || endAt !== null || satisfiedAt === null) return
    const due = Math.max(startAt + rule.durationMs, satisfiedAt)
    if (at >= due) endAt = due
  }

  return {
    get startAt() {
      return startAt
    },
    get endAt() {
      return endAt
    },
    open(at) {
      startAt ??= at
    },
    settle,
    cut(at) {
      settle(at)
      if (startAt !== null) endAt ??= at
    },
    phaseOf(worker, at) {
      if (startAt === null) return 'warmup'
      settle(at)
      if (endAt !== null) return 'tail'
      // A fixed number of requests: the window ends when the request after the last one would start, so that it holds whole
      // requests, and never before every worker has a counted one.
      if (started >= (rule.maxRequests ?? Infinity) && workersStarted === rule.concurrency) {
        endAt = at
        return 'tail'
      }
      started++
      if (counted[worker] === 0) workersStarted++
      counted[worker] = counted[worker]! + 1
      const needed = Math.min(rule.minRequests, rule.maxRequests ?? Infinity)
      if (satisfiedAt === null && workersStarted === rule.concurrency && started >= needed) satisfiedAt = at
      return 'counted'
    },
  }
}

/** From one moment to another, in milliseconds on one clock. */
export interface Interval {
  readonly startAt: number
  readonly endAt: number
}

/**
 * Output tokens of one request that arrived inside the window. Where every event states a cumulative count, its
 * differences; else the answer's tokens spread evenly over its token events.
 */
export function countWindowTokens(
  exchange: Exchange,
  window: { readonly startAt: number | null; readonly endAt: number | null },
): { tokens: number; events: number } {
  if (window.startAt === null) return { tokens: 0, events: 0 }
  const end = window.endAt ?? Infinity
  const { tokenAt, tokenCountAt } = exchange
  let events = 0
  let before = 0
  let last = 0
  let counted = true
  for (let i = 0; i < tokenAt.length; i++) {
    const at = tokenAt[i]!
    const count = tokenCountAt[i]!
    if (Number.isNaN(count)) counted = false
    if (at < window.startAt) before = count
    else if (at < end) {
      events++
      last = count
    }
  }
  if (events === 0) return { tokens: 0, events: 0 }
  if (counted) return { tokens: last - before, events }
  return { tokens: (exchange.outputTokens * events) / tokenAt.length, events }
}
