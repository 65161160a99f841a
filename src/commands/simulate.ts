import { spawn } from 'node:child_process'
import type { CommandHelp } from './help.ts'
import { serveSimulated } from '../shell/serve-simulated.ts'
import { SIMULATOR_SETTINGS } from '../simulator/settings/settings.ts'
import type { Command, CommandPorts, SimulatedServer } from './ports.ts'

const HELP: CommandHelp = {
  summary: 'Serves a simulated LLM endpoint on 127.0.0.1, to try things without a GPU',
  examples: [
    'plateau simulate --port 8000',
    'plateau simulate --slots 8 --decode 20ms',
    'plateau simulate --fault 429@1%,stall@every-50',
    'plateau simulate --strict --check-model --reasoning 64',
  ],
}

export const COMMAND: Command = { help: HELP, settings: SIMULATOR_SETTINGS, run: simulateCommand }

/** `plateau simulate`: serves until it is asked to stop, or the process that started it is gone. */
async function simulateCommand(argv: readonly string[], { env, output, signal }: CommandPorts): Promise<number> {
  await serveSimulated(argv, { env, out: output.out, signal })
  return 0
}

/**
 * Starts the same program in another process, because client and server must not share an event loop. It ends with
 * this one.
 */
export async function startServer(flags: readonly string[]): Promise<SimulatedServer> {
  const program = process.argv[1]!
  const server = spawn(process.execPath, [...process.execArgv, program, 'simulate', ...flags], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  })
  let said = ''
  const url = await new Promise<string>((resolve, reject) => {
    server.stdout!.setEncoding('utf8').on('data', (text: string) => {
      said += text
      const address = /http:\/\/127\.0\.0\.1:\d+/.exec(said)?.[0]
      if (address !== undefined) resolve(address)
    })
    server.on('error', reject)
    server.on('exit', (code) => reject(new Error(`the simulated endpoint ended with ${code} before it listened`)))
  })
  const ended = new Promise<void>((resolve) => server.once('exit', () => resolve()))
  return {
    url,
    async stop() {
      server.kill()
      await ended
    },
  }
}
