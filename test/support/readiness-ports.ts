import { randomBytes } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import type { ReadinessPorts } from '../../src/load/preflight/readiness.ts'
import { openTransport } from '../../src/load/transport/target.ts'
import type { OpenTransport } from '../../src/load/transport/target.ts'
import type { TimePorts } from '../../src/load/ports.ts'
import { NO_DEADLINE } from './deadlines.ts'

/** Ports whose clock stands still but for its pauses, which take no time, and when it is moved; they keep what was said and slept. */
export interface TestPorts extends ReadinessPorts {
  readonly lines: readonly string[]
  readonly pauses: readonly number[]
  /** Moves the clock. */
  pass(ms: number): void
}

/**
 * `onPause` is called before each pause, with the number of those before it. Connections are real and live in the time of these
 * ports, so that none is given up for being slow, unless `openTransport` opens others.
 */
export function testPorts({
  onPause,
  signal = new AbortController().signal,
  ...given
}: {
  readonly onPause?: (index: number) => unknown
  readonly signal?: AbortSignal
  readonly openTransport?: OpenTransport
} = {}): TestPorts {
  const lines: string[] = []
  const pauses: number[] = []
  let now = 0
  const time: TimePorts = {
    wallClock: () => new Date(),
    clock: {
      now: () => now,
      async sleep(ms) {
        await onPause?.(pauses.length)
        pauses.push(ms)
        now += ms
        await setImmediate()
      },
    },
  }
  return {
    ...time,
    lines,
    pauses,
    pass: (ms) => void (now += ms),
    signal,
    deadline: NO_DEADLINE,
    openTransport: given.openTransport ?? ((settings, target) => openTransport(settings, target, time)),
    nonce: () => randomBytes(8).toString('hex'),
    log: (line) => lines.push(line),
    hide: () => {},
  }
}
