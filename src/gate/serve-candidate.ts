import { serve } from '../serving/served-command.ts'
import { serverOf } from '../sessions/command-sessions.ts'
import type { Settings } from '../settings.ts'
import type { GatePorts } from './ports.ts'

/** Starts the server of `candidate-command` for as long as `use` takes; `ended` aborts when the command has ended. */
export async function serveCandidate<Result>(
  settings: Settings,
  ports: GatePorts,
  use: (ended: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const server = serverOf('candidate', settings, ports.serverLogs)
  ports.log(`what the server writes is kept in ${server.log}`)
  const { result } = await serve(server, ports, use)
  return result
}
