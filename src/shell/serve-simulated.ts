import { SettingsError } from '../errors.ts'
import { resolveFlags } from '../settings/reading/flags.ts'
import type { Environment } from '../settings/reading/environment.ts'
import { SHIPPED } from '../simulator/repertoire.ts'
import { defineSimulatorSettings, toSimulatorOptions } from '../simulator/settings/settings.ts'
import { startSimulator } from '../simulator/server.ts'

/** What a simulated endpoint needs from its process. */
export interface ServePorts {
  readonly env: Environment
  /** Tells the caller its address. */
  readonly out: (text: string) => void
  /** Aborts when the process is asked to stop. */
  readonly signal: AbortSignal
}

/**
 * Serves a simulated endpoint with these flags of `plateau simulate` until it is asked to stop, or until the process
 * that started it is gone. Throws `SettingsError`, also when it cannot listen on its port.
 */
export async function serveSimulated(
  argv: readonly string[],
  { env, out, signal }: ServePorts,
  repertoire = SHIPPED,
): Promise<void> {
  const options = toSimulatorOptions(resolveFlags(defineSimulatorSettings(repertoire), argv, env))
  const simulator = await startSimulator(options, { repertoire }).catch((error: NodeJS.ErrnoException) => {
    throw error.syscall === 'listen' ? explainPort(options.port, error.code) : error
  })
  out(`simulated endpoint on ${simulator.url} (model ${options.model}); Ctrl-C stops it\n`)
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
    process.on('disconnect', resolve)
  })
  await simulator.close()
  // An open channel to the process that started it would keep it alive.
  if (process.connected) process.disconnect()
}

function explainPort(port: number, code: string | undefined): SettingsError {
  const why = code === 'EADDRINUSE' ? 'is in use on 127.0.0.1' : `cannot be listened on (${code})`
  const message = `${why}; choose another, or 0 for a free one`
  return new SettingsError([{ setting: 'port', given: String(port), message }])
}
