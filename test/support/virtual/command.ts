/**
 * Runs the built command in this process on another system: `node command.ts DIST SYSTEM ARGUMENT…`, SYSTEM as `wired-command.ts`
 * takes it. The command starts as ever, with `cli.js`: only the surroundings that it hands on are others.
 */
import { registerHooks } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { args, dist } from './given.ts'

const cli = join(dist, 'cli.js')
registerHooks({
  resolve(specifier, context, next) {
    const isOfEntry = specifier === './command.js' && context.parentURL === pathToFileURL(cli).href
    return isOfEntry ? next(new URL('./wired-command.ts', import.meta.url).href, context) : next(specifier, context)
  },
})
process.argv = [process.execPath, cli, ...args]
await import(pathToFileURL(cli).href)
