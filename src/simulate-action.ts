/**
 * The entry of the action that serves a simulated endpoint. The same file is the step, the server that it starts, and
 * the post-job step that stops it.
 */
import { getState, saveState, setFailed, setOutput } from '@actions/core'
import { createInterruptSignal } from './shell/interrupt.ts'
import { messageOf } from './errors.ts'
import { inputOf } from './github/context.ts'
import { SERVER_MARK, readSimulatorFlags, startDetached, stopProcess } from './github/simulated-endpoint.ts'
import { resolveFlags } from './settings/reading/flags.ts'
import { serveSimulated } from './shell/serve-simulated.ts'
import { SIMULATOR_SETTINGS } from './simulator/settings/settings.ts'

const PID = 'pid'

/** Runs as one of the three. */
async function main(): Promise<void> {
  const { argv, env } = process
  if (env[SERVER_MARK] !== undefined) {
    const writeOut = (text: string): void => void process.stdout.write(text)
    await serveSimulated(argv.slice(2), { env: {}, out: writeOut, signal: createInterruptSignal() })
  } else if (getState(PID) !== '') {
    stopProcess(Number(getState(PID)))
  } else {
    const flags = readSimulatorFlags(inputOf(env, 'options'), inputOf(env, 'port'))
    // Mistakes in the flags are reported here, where somebody reads them.
    resolveFlags(SIMULATOR_SETTINGS, flags)
    const { pid, url } = await startDetached(argv[1]!, flags, env)
    saveState(PID, pid)
    setOutput('url', url)
    process.stdout.write(`simulated endpoint on ${url}\n`)
  }
}

main().catch((error: unknown) => setFailed(messageOf(error)))
