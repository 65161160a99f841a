import type { AuthPorts } from '../../../src/load/ports.ts'

/** Ports whose clock moves when it is told to; pauses take no time. */
export interface TestAuthPorts extends AuthPorts {
  /** What was hidden, in order. */
  readonly hidden: readonly string[]
  readonly pauses: readonly number[]
  /** Moves the clock. */
  pass(ms: number): void
}

/** The wall clock stands at this time when the other one stands at 0. */
export const START = new Date('2026-11-22T12:00:00Z')

export function authPorts(): TestAuthPorts {
  const hidden: string[] = []
  const pauses: number[] = []
  let now = 0
  return {
    hidden,
    pauses,
    pass: (ms) => void (now += ms),
    hide: (secret) => hidden.push(secret),
    wallClock: () => new Date(START.getTime() + now),
    clock: {
      now: () => now,
      async sleep(ms) {
        pauses.push(ms)
        now += ms
      },
    },
  }
}
