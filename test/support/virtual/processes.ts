import type { ProcessPort } from '../../../src/serving/served-command.ts'
import type { EngineOptions } from '../../../src/simulator/engine/engine.ts'

/** A server as a command starts it. */
interface StartedServer {
  readonly engine: Partial<EngineOptions>
  /** So long after its start it answers no request any more, and whoever asks it then finds it dead. */
  readonly livesMs: number
  readonly onDeath: () => void
}

interface VirtualMachine {
  readonly serve: (server: StartedServer) => void
  /** Both servers that are there begin anew, with this seed. */
  readonly redeploy: (seed: string) => void
}

/**
 * A machine on which `plateau simulate FLAGS` starts a server in virtual time, in the place of the one before: `serve` gets its engine.
 * `… for 4 s` it lives so long and is then killed. `redeploy` makes the servers that are there anew. Every other command ends at once with code 1. Each start has a seed of its own.
 */
export function createVirtualProcesses({ serve, redeploy }: VirtualMachine): ProcessPort {
  let isRunning = false
  let starts = 0
  return {
    async start(command) {
      const [, given, seconds = 'Infinity'] = /\bsimulate\b(.*?)(?: for (\d+) s)?$/.exec(command) ?? []
      const flags = given?.trim().split(/\s+/) ?? null
      const fate = Promise.withResolvers<string>()
      if (command === 'redeploy') redeploy(String(++starts))
      if (flags !== null) {
        // All settings of the simulated endpoint come with it, and few commands start a server.
        const { serverOf } = await import('./servers.ts')
        const { engine } = serverOf(flags.filter((flag) => flag !== ''))
        serve({
          engine: { ...engine, runSeed: `${engine.runSeed}/${++starts}` },
          livesMs: 1000 * Number(seconds),
          onDeath: () => fate.resolve('was ended by SIGKILL'),
        })
        isRunning = true
      }
      return {
        ended: flags === null ? Promise.resolve(`ended with code ${command === 'redeploy' ? 0 : 1}`) : fate.promise,
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
