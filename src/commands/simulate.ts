import { SettingsError } from '../errors.ts'
import type { CommandHelp } from '../settings/help.ts'
import { resolveFlags } from '../settings/reading/flags.ts'
import { SIMULATOR_SETTINGS, toSimulatorOptions } from '../simulator/settings.ts'
import { startSimulator } from '../simulator/server.ts'
import type { CommandPorts } from './ports.ts'

export const SIMULATE_HELP: CommandHelp = {
  name: 'simulate',
  summary: 'Serves a simulated LLM endpoint on 127.0.0.1, to try things without a GPU',
  examples: [
    'plateau simulate --port 8000',
    'plateau simulate --slots 8 --decode 20ms',
    'plateau simulate --fault 429@1%,stall@every-50',
    'plateau simulate --strict --check-model --reasoning 64',
  ],
}

/** `plateau simulate`: serves until it is asked to stop, or until the process that started it is gone. */
export async function simulateCommand(argv: readonly string[], { env, output, signal }: CommandPorts): Promise<number> {
  const options = toSimulatorOptions(resolveFlags(SIMULATOR_SETTINGS, argv, env))
  const simulator = await startSimulator(options).catch((error: NodeJS.ErrnoException) => {
    throw error.syscall === 'listen' ? cannotListen(options.port, error.code) : error
  })
  output.out(`simulated endpoint on ${simulator.url} (model ${options.model}); Ctrl-C stops it\n`)
  await new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true })
    process.on('disconnect', resolve)
  })
  await simulator.close()
  // An open channel to the process that started it would keep it alive.
  if (process.connected) process.disconnect()
  return 0
}

function cannotListen(port: number, code: string | undefined): SettingsError {
  const why = code === 'EADDRINUSE' ? 'is in use on 127.0.0.1' : `cannot be listened on (${code})`
  const message = `${why}; choose another, or 0 for a free one`
  return new SettingsError([{ setting: 'port', given: String(port), message }])
}
