/**
 * Runs the built command several times in this process, one after the other, each as its entry runs it: `node several-commands.ts DIST CALLS`,
 * CALLS a list of words and folders as JSON. Writes how each ended, and what it wrote, as JSON.
 */
import { registerHooks } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type * as Command from '../../src/command.ts'
import type { Call, Ended } from './cli.ts'

const [, , dist = '', calls = ''] = process.argv
const cli = join(dist, 'cli.js')
const entry = pathToFileURL(cli).href
let isOver = (): void => {}

// The entry loads this module in place of the command: it is told when the entry has what it waits for.
registerHooks({
  resolve(specifier, context, next) {
    const isOfEntry = specifier === './command.js' && context.parentURL?.startsWith(`${entry}?`) === true
    return isOfEntry ? next(import.meta.url, context) : next(specifier, context)
  },
})

/** The command; when it has ended, and the entry has seen how, the next one may begin. */
export async function main(): Promise<number> {
  const command = (await import(pathToFileURL(join(dist, 'command.js')).href)) as typeof Command
  try {
    return await command.main()
  } finally {
    setImmediate(isOver)
  }
}

async function runInTurn(): Promise<Ended[]> {
  const all: Ended[] = []
  for (const [i, { args, cwd }] of (JSON.parse(calls) as readonly Call[]).entries()) {
    const written = { stdout: '', stderr: '' }
    const writes = (['stdout', 'stderr'] as const).map((name) => catchWritten(name, (text) => (written[name] += text)))
    process.chdir(cwd)
    process.argv = [process.execPath, cli, ...args]
    await new Promise<void>((resolve) => {
      isOver = resolve
      void import(`${entry}?${i}`)
    })
    for (const release of writes) release()
    all.push({ code: Number(process.exitCode), ...written })
  }
  return all
}

function catchWritten(name: 'stdout' | 'stderr', take: (text: string) => void): () => void {
  const stream = process[name]
  const { write } = stream
  // As many listeners as there are calls.
  stream.setMaxListeners(0)
  stream.write = (text: string | Uint8Array) => (take(String(text)), true)
  return () => (stream.write = write)
}

process.setMaxListeners(0)
void runInTurn().then((all) => {
  process.exitCode = 0
  process.stdout.write(JSON.stringify(all))
})
