/**
 * Runs the built action in this process on a system in virtual time: `node action.ts DIST SYSTEM`, where SYSTEM is a
 * `VirtualServer` as JSON. Everything else is as on a runner.
 */
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type * as Action from '../../../src/action.ts'
import { dist, system } from './given.ts'
import { virtualSystem } from './system.ts'
import type { VirtualServer } from './system.ts'

const { startAction } = (await import(pathToFileURL(join(dist, 'action.js')).href)) as typeof Action
startAction({
  system: () => virtualSystem(JSON.parse(system) as VirtualServer, 'github-hosted'),
  // What GitHub asks to wait for is waited for, only not as long.
  githubPauseMs: 50,
})
