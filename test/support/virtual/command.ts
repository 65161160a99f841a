/**
 * Runs the built command in this process on a system in virtual time: `node command.ts DIST SERVER ARGUMENT…`, where SERVER
 * is a `VirtualServer` as JSON, or empty for a command that starts its own.
 */
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type * as Command from '../../../src/command.ts'
import { virtualSystem } from './system.ts'
import type { VirtualServer } from './system.ts'

const [node = '', , dist = '', given = '', ...args] = process.argv
process.argv = [node, join(dist, 'cli.js'), ...args]
let server = given === '' ? null : (JSON.parse(given) as VirtualServer)

const { main } = (await import(pathToFileURL(join(dist, 'command.js')).href)) as typeof Command
process.exitCode = await main({
  system: () => virtualSystem(server!, 'local'),
  async startServer(flags) {
    const { serverOf } = await import('./servers.ts')
    server = serverOf(flags)
    return { url: 'http://127.0.0.1:1', stop: async () => {} }
  },
})
