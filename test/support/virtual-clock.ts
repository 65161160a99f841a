import { setImmediate } from 'node:timers/promises'
import type { SimulatorClock } from '../../src/simulator/clock.ts'

/**
 * Time for a simulated endpoint that is asked over real connections. It stands still while nothing is due, and else goes
 * from one thing that is due to the next, as fast as the event loop turns: what the server stamps is exact on any machine.
 */
export interface VirtualClock extends SimulatorClock {
  /** Lets no time pass but that of `pass`. */
  hold(): void
  /** Lets time pass by itself again. */
  flow(): void
  /** Lets so much time pass, and all happen that is due by then. */
  pass(ms: number): Promise<void>
  /** Waits until something is due: to an idle server that means until a request has reached its model. */
  untilDue(): Promise<void>
}

interface Due {
  readonly at: number
  readonly act: () => void
}

/** A clock that flows. */
export function createVirtualClock(): VirtualClock {
  /** In order of time; equal times in order of arrival. */
  const due: Due[] = []
  let waiting: (() => void)[] = []
  let now = 1000
  let held = false
  let turning = false

  function add(at: number, act: () => void): () => void {
    const entry = { at, act }
    const place = due.findIndex((other) => other.at > at)
    due.splice(place < 0 ? due.length : place, 0, entry)
    for (const resolve of waiting) resolve()
    waiting = []
    void turn()
    return () => {
      const index = due.indexOf(entry)
      if (index >= 0) due.splice(index, 1)
    }
  }
  function happen(): void {
    const { at, act } = due.shift()!
    now = Math.max(now, at)
    act()
  }
  /** One thing each turn of the event loop, so that connections keep up. */
  async function turn(): Promise<void> {
    if (turning) return
    turning = true
    await setImmediate()
    while (!held && due.length > 0) {
      happen()
      await setImmediate()
    }
    turning = false
  }

  return {
    now: () => now,
    date: () => Date.UTC(2026, 0, 1) + now,
    after: (ms, act) => add(now + ms, act),
    async createTimer(fire) {
      let cancel = (): void => {}
      return {
        set(at) {
          cancel()
          if (at !== null) cancel = add(at, fire)
        },
        async close() {
          cancel()
        },
      }
    },
    hold() {
      held = true
    },
    flow() {
      held = false
      void turn()
    },
    async pass(ms) {
      const until = now + ms
      while (due.length > 0 && due[0]!.at <= until) {
        happen()
        await setImmediate()
      }
      now = Math.max(now, until)
    },
    async untilDue() {
      if (due.length === 0) await new Promise<void>((resolve) => waiting.push(resolve))
    },
  }
}
