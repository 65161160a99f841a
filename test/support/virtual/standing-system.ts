import { setImmediate } from 'node:timers/promises'
import { openTransport } from '../../../src/load/transport/target.ts'
import { createSystemPorts } from '../../../src/shell/system-ports.ts'
import type { SystemPorts } from '../../../src/shell/system-ports.ts'
import type { Environment } from '../../../src/settings/reading/environment.ts'

/**
 * The real network in a time that passes only where somebody sleeps, and then at once: whatever answers is waited for, however
 * slow the machine, and nothing waits for what does not come.
 */
export function standingSystem(env: Environment): SystemPorts {
  let now = 0
  const ports = createSystemPorts(env)
  const clock: SystemPorts['clock'] = {
    now: () => now,
    async sleep(ms, signal) {
      if (signal?.aborted === true) return
      now += ms
      await setImmediate()
    },
  }
  return {
    ...ports,
    startTruth: null,
    clock,
    openTransport: (settings, target) => openTransport(settings, target, { clock, wallClock: ports.wallClock }),
  }
}
