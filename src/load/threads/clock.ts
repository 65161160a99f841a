import { systemClock } from '../clock.ts'
import type { Clock } from '../ports.ts'

/** So often it is looked; the quickest look is the most exact. */
const LOOKS = 20

/**
 * Where the clock of this thread begins on the one of the machine, in milliseconds. Both run alike; that all threads of a process
 * count from one start is so in the Node of today, and promised nowhere.
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

/** The clock of the thread whose clock begins at `origin`, in this thread. */
export function followClock(origin: number): Clock {
  const aheadMs = findClockOrigin() - origin
  return { now: () => performance.now() + aheadMs, sleep: systemClock.sleep }
}
