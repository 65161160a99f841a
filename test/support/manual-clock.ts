import type { TransportClock } from '../../src/load/ports.ts'

/** A transport's time that stands still until it is moved. */
export interface ManualClock extends TransportClock {
  /** Lets so many milliseconds pass; whoever looks every now and then looks at each of its times on the way. */
  pass(ms: number): void
}

/** The wall clock stands at this time when the other one stands at 0. */
export const WALL_START = Date.UTC(2026, 10, 28)

/** A clock that stands at 0. */
export function createManualClock(): ManualClock {
  const looks = new Set<{ dueAt: number; readonly ms: number; readonly look: () => void }>()
  let now = 0
  return {
    now: () => now,
    wallNow: () => WALL_START + now,
    every(ms, look) {
      const entry = { dueAt: now + ms, ms, look }
      looks.add(entry)
      return () => looks.delete(entry)
    },
    pass(ms) {
      const until = now + ms
      for (;;) {
        const next = [...looks].sort((a, b) => a.dueAt - b.dueAt)[0]
        if (next === undefined || next.dueAt > until) break
        now = next.dueAt
        next.dueAt += next.ms
        next.look()
      }
      now = until
    },
  }
}
