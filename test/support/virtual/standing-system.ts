import { setImmediate } from 'node:timers/promises'
import type { openTransport } from '../../../src/load/transport/target.ts'
import type { SystemPorts } from '../../../src/shell/system-ports.ts'

/**
 * The network of the real system in a time that passes only where somebody sleeps, and then at once: whatever answers is waited
 * for, however slow the machine, and nothing waits for what does not come.
 */
export function standingSystem(real: SystemPorts): SystemPorts {
  let now = 0
  const clock: SystemPorts['clock'] = {
    now: () => now,
    async sleep(ms, signal) {
      if (signal?.aborted === true) return
      now += ms
      await setImmediate()
    },
  }
  // That of the built command takes a time of its own, too.
  const open = real.openTransport as typeof openTransport
  return {
    ...real,
    startTruth: null,
    clock,
    openTransport: (settings, target) => open(settings, target, { clock, wallClock: real.wallClock }),
  }
}
