import type { Clock, Deadline, TransportClock } from './ports.ts'

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
      const timer = setTimeout(finish, ms)
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
