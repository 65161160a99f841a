import { setTimeout } from 'node:timers/promises'
import type { LockClock } from '../../src/baseline/file-lock.ts'

/** Stands still, and so no lock grows old and nobody is kept waiting for too long, however slow the machine is. */
export const PATIENT: LockClock = { now: () => 0, sleep: () => setTimeout(5) }

/** Stands at `startAt`, in milliseconds since 1970, and moves on only while somebody sleeps, which takes no time. */
export function clockAt(startAt: number): LockClock {
  let now = startAt
  return {
    now: () => now,
    async sleep(ms) {
      now += ms
    },
  }
}
