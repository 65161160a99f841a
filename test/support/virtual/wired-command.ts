/** Stands before the built `command.js`: the same command in other surroundings. */
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type * as Command from '../../../src/command.ts'
import { dist, system } from './given.ts'
import { virtualSystem } from './system.ts'
import type { VirtualServer } from './system.ts'

/** A server; null for a command that starts its own; or the real network, in a time that passes only where somebody sleeps. */
export type GivenSystem = VirtualServer | 'standing clock' | null

const command = (await import(pathToFileURL(join(dist, 'command.js')).href)) as typeof Command
const given = JSON.parse(system) as GivenSystem

/** Runs the command; returns its exit code. */
export async function main(): Promise<number> {
  if (given === 'standing clock') {
    const { standingSystem } = await import('./standing-system.ts')
    return command.main(({ system }) => ({ system: (env) => standingSystem(system(env)), startServer: noServer }))
  }
  let server = given
  return command.main(() => ({
    system: () => virtualSystem(server!, 'local'),
    async startServer(flags) {
      const { serverOf } = await import('./servers.ts')
      server = serverOf(flags)
      return { url: 'http://127.9.9.9:1', stop: async () => {} }
    },
  }))
}

async function noServer(): Promise<never> {
  throw new Error('a command on a standing clock starts no server')
}
