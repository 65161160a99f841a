import { SettingsError } from '../errors.ts'
import { formatShare } from '../words/format.ts'
import { resolveFlags } from '../settings/reading/flags.ts'
import { FAULT_KINDS } from '../simulator/faults.ts'
import type { FaultRule } from '../simulator/faults.ts'
import { SHIPPED } from '../simulator/repertoire.ts'
import { defineSimulatorSettings, toSimulatorOptions } from '../simulator/settings/settings.ts'
import { startSimulator } from '../simulator/server.ts'
import { escapeForTerminal } from '../text.ts'

/** What a simulated endpoint needs from its process. */
interface ServePorts {
  readonly env: NodeJS.ProcessEnv
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
  if (options.faults.length > 0) out(`faults: ${describeFaultRules(options.faults)}\n`)
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
    process.on('disconnect', resolve)
  })
  await simulator.close()
  // An open channel to the process that started it would keep it alive.
  if (process.connected) process.disconnect()
}

/** Each fault and what it happens to: `429 on every request, stall=5s on one request in 50`. */
export function describeFaultRules(rules: readonly FaultRule[]): string {
  return rules
    .map(({ fault: { kind, argument }, share, every }) => {
      const isUsual = argument === (FAULT_KINDS[kind].default ?? '')
      const name = isUsual ? kind : `${kind}=${escapeForTerminal(argument)}`
      if (share === 1 || every === 1) return `${name} on every request`
      return every === null ? `${name} on ${formatShare(share)} of requests` : `${name} on one request in ${every}`
    })
    .join(', ')
}

function explainPort(port: number, code: string | undefined): SettingsError {
  const why = code === 'EADDRINUSE' ? 'is in use on 127.0.0.1' : `cannot be listened on (${code})`
  const message = `${why}; choose another, or 0 for a free one`
  return new SettingsError([{ setting: 'port', given: String(port), message }])
}
