import type { ProcessPort } from '../../../src/serving/served-command.ts'
import type { EngineOptions } from '../../../src/simulator/engine.ts'
import { serverOf } from './servers.ts'

/**
 * A machine on which `plateau simulate FLAGS` starts a server in virtual time, in the place of the one before: `serve` gets its engine.
 * Every other command ends at once with code 1. Each start has a seed of its own.
 */
export function createVirtualProcesses(serve: (engine: Partial<EngineOptions>) => void): ProcessPort {
  let isRunning = false
  let starts = 0
  return {
    async start(command) {
      const flags = /\bsimulate\b(.*)$/.exec(command)?.[1]?.trim().split(/\s+/) ?? null
      if (flags !== null) {
        const { engine } = serverOf(flags.filter((flag) => flag !== ''))
        serve({ ...engine, runSeed: `${engine.runSeed}/${++starts}` })
        isRunning = true
      }
      return {
        ended: flags === null ? Promise.resolve('ended with code 1') : new Promise<string>(() => {}),
        readLog: () => (flags === null ? `${command}: not found` : ''),
        async end() {
          isRunning = false
          return []
        },
        release: () => {},
      }
    },
    isListening: async () => isRunning,
    readGpuMemory: async () => null,
  }
}
