import { randomBytes } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import type { ReadinessPorts } from '../../src/load/preflight/readiness.ts'

/** Ports whose clock stands still but for its pauses, which take no time, and when it is moved; they keep what was said and slept. */
export interface TestPorts extends ReadinessPorts {
  readonly lines: readonly string[]
  readonly pauses: readonly number[]
  /** Moves the clock. */
  pass(ms: number): void
}

/** `onPause` is called before each pause, with the number of those before it. */
export function testPorts({
  onPause,
  signal = new AbortController().signal,
}: {
  onPause?: (index: number) => unknown
  signal?: AbortSignal
} = {}): TestPorts {
  const lines: string[] = []
  const pauses: number[] = []
  let now = 0
  return {
    lines,
    pauses,
    pass: (ms) => void (now += ms),
    signal,
    nonce: () => randomBytes(8).toString('hex'),
    log: (line) => lines.push(line),
    hide: () => {},
    wallClock: () => new Date(),
    clock: {
      now: () => now,
      async sleep(ms) {
        await onPause?.(pauses.length)
        pauses.push(ms)
        now += ms
        await setTimeout(1)
      },
    },
  }
}
