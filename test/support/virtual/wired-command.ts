/** Stands before the built `command.js`: the same command in other surroundings. */
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type * as Command from '../../../src/command.ts'
import { dist, system } from './given.ts'
import { prepareSurroundings } from './surroundings.ts'
import type { GivenSystem } from './surroundings.ts'

const command = (await import(pathToFileURL(join(dist, 'command.js')).href)) as typeof Command
const surround = await prepareSurroundings(JSON.parse(system) as GivenSystem)

/** Runs the command; returns its exit code. */
export async function main(): Promise<number> {
  return command.main(surround)
}
