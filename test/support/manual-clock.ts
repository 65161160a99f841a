import type { TransportClock } from '../../src/load/ports.ts'

/** A transport's time that stands still until it is moved. */
export interface ManualClock extends TransportClock {
  /** Lets so many milliseconds pass; whoever looks again and again looks at each of its times on the way. */
  pass(ms: number): void
}

/** The wall clock stands at this time when the other one stands at 0. */
export const WALL_START = Date.UTC(2026, 10, 28)

/** A clock that stands at 0. */
export function createManualClock(): ManualClock {
  const looks = new Set<{ dueAt: number; readonly look: () => number }>()
  let now = 0
  return {
    now: () => now,
    wallNow: () => WALL_START + now,
    lookAfter(ms, look) {
      const entry = { dueAt: now + ms, look }
      looks.add(entry)
      return () => looks.delete(entry)
    },
    pass(ms) {
      const until = now + ms
      for (;;) {
        const next = [...looks].sort((a, b) => a.dueAt - b.dueAt)[0]
        if (next === undefined || next.dueAt > until) break
        now = next.dueAt
        next.dueAt = now + next.look()
      }
      now = until
    },
  }
}
