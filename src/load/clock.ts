import type { Clock, Deadline, TransportClock } from './ports.ts'

/**
 * A timer counts whole milliseconds and may fire one too early; a second timer for the rest would be late by about as
 * much. So a wait that is at least this long reads the clock again and again for its rest. That keeps the thread busy for
 * half a millisecond, at most 8 % of the time of a schedule (at 500 requests a second); a shorter wait is not worth it.
 */
const EXACT_FROM_MS = 2

/** The longest wait that a timer of Node counts, 24.8 days; a longer one would fire at once. A slow trace may wait longer. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

/** The real clock: `performance.now()`, which is monotonic and resolves to well under a microsecond. */
export const systemClock: Clock = {
  now: () => performance.now(),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted === true) return resolve()
      const finish = (): void => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', finish)
        resolve()
      }
      const until = performance.now() + ms
      const look = (): void => {
        const left = until - performance.now()
        if (ms < EXACT_FROM_MS || signal?.aborted === true || left <= 0) finish()
        else if (left > EXACT_FROM_MS) wait(left)
        else setImmediate(look)
      }
      let timer: NodeJS.Timeout
      const wait = (left: number): void => {
        timer = setTimeout(look, Math.min(left, LONGEST_TIMER_MS))
      }
      wait(ms)
      signal?.addEventListener('abort', finish, { once: true })
    }),
}

/** A deadline in real time. */
export const systemDeadline: Deadline = (ms) => AbortSignal.timeout(ms)

/** The real time of a transport, on the same clock. */
export const systemTransportClock: TransportClock = {
  now: systemClock.now,
  wallNow: () => Date.now(),
  every(ms, look) {
    const timer = setInterval(look, ms)
    timer.unref()
    return () => clearInterval(timer)
  },
}

/** How many readings are taken; the quickest is the most exact. */
const LOOKS = 20

/**
 * Where this thread's clock begins on the machine's clock, in milliseconds. Today's Node counts all threads of a
 * process from one start, but does not promise to.
 */
export function findClockOrigin(): number {
  let origin = 0
  let quickest = Infinity
  for (let look = 0; look < LOOKS; look++) {
    const from = performance.now()
    const at = Number(process.hrtime.bigint()) / 1e6
    const to = performance.now()
    if (to - from >= quickest) continue
    quickest = to - from
    origin = at - (from + to) / 2
  }
  return origin
}

/** The clock of another thread, which begins at `origin`, for use in this thread. */
export function followClock(origin: number): Clock {
  const aheadMs = findClockOrigin() - origin
  return { now: () => performance.now() + aheadMs, sleep: systemClock.sleep }
}
