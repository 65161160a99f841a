import type { CommandHelp } from '../settings/help.ts'
import { serveSimulated } from '../shell/serve-simulated.ts'
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

/** `plateau simulate`: serves until it is asked to stop, or the process that started it is gone. */
export async function simulateCommand(argv: readonly string[], { env, output, signal }: CommandPorts): Promise<number> {
  await serveSimulated(argv, { env, out: output.out, signal })
  return 0
}
