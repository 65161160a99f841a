import type { Surroundings } from '../../../src/commands/ports.ts'
import { virtualSystem } from './system.ts'
import type { VirtualServer } from './system.ts'

/** A server; null for a command that starts its own; or the real network, in a time that passes only where somebody sleeps. */
export type GivenSystem = VirtualServer | 'standing clock' | null

/** What is around a command that measures on this system, made of what would be around it otherwise. */
export async function prepareSurroundings(given: GivenSystem): Promise<(real: Surroundings) => Surroundings> {
  if (given === 'standing clock') {
    const { standingSystem } = await import('./standing-system.ts')
    return ({ system }) => ({ system: (env) => standingSystem(system(env)), startServer: noServer })
  }
  let server = given
  return () => ({
    system: () => virtualSystem(server!, 'local'),
    async startServer(flags) {
      const { serverOf } = await import('./servers.ts')
      server = serverOf(flags)
      return { url: 'http://127.9.9.9:1', stop: async () => {} }
    },
  })
}

async function noServer(): Promise<never> {
  throw new Error('a command on a standing clock starts no server')
}
