import { spawn } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { codeOf } from '../errors.ts'

/** The environment variable that marks the process that serves. */
export const SERVER_MARK = 'PLATEAU_SIMULATED_SERVER'

const START_TIMEOUT_MS = 15_000
const LOOK_EVERY_MS = 50

/** The action's inputs as flags of `plateau simulate`; any free port by default. */
export function readSimulatorFlags(options: string, port: string): readonly string[] {
  const words = [...options.matchAll(/[^\s"']*"[^"]*"|[^\s"']*'[^']*'|\S+/g)].map(([word]) =>
    word.replaceAll(/["']/g, ''),
  )
  return words.some((word) => /^--port(=|$)/.test(word)) ? words : [...words, '--port', port === '' ? '0' : port]
}

/** Starts this file as a server that outlives the step, and waits until it listens. */
export async function startDetached(
  file: string,
  flags: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<{ readonly pid: number; readonly url: string }> {
  const path = join(mkdtempSync(join(env['RUNNER_TEMP'] || tmpdir(), 'plateau-simulate-')), 'log.txt')
  // A pipe would keep the step open and break when this process ends.
  const log = openSync(path, 'w')
  const server = spawn(process.execPath, [file, ...flags], {
    detached: true,
    windowsHide: true,
    stdio: ['ignore', log, log],
    env: { ...env, [SERVER_MARK]: '1' },
  })
  closeSync(log)
  let failure: string | null = null
  server.on('error', (error) => (failure = error.message))
  server.on('exit', (code) => (failure = `it ended with ${code}`))
  for (let waited = 0; waited < START_TIMEOUT_MS && failure === null; waited += LOOK_EVERY_MS) {
    const url = /http:\/\/127\.0\.0\.1:\d+/.exec(readFileSync(path, 'utf8'))?.[0]
    if (url !== undefined && server.pid !== undefined) {
      server.unref()
      return { pid: server.pid, url }
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))
  }
  server.kill()
  const said = readFileSync(path, 'utf8').trim()
  throw new Error(`the simulated endpoint did not start (${failure ?? 'it does not listen'}): ${said}`)
}

/** Ends a process, if it still runs. */
export function stopProcess(pid: number): void {
  try {
    process.kill(pid)
  } catch (error) {
    if (codeOf(error) !== 'ESRCH') throw error
  }
}
