import { EndpointError } from '../errors.ts'
import { tellLog } from './served-command.ts'
import type { ServedCommand, ServingPorts } from './served-command.ts'

/** A command that does something and ends. */
export interface EndingCommand extends Omit<ServedCommand, 'url'> {
  /** How long it may take. */
  readonly timeoutMs: number
}

/**
 * Runs a command to its end; what it started stays.
 *
 * @throws EndpointError with the last lines of its log when it fails, takes too long, or is interrupted; everything
 * that it started is then ended.
 */
export async function runToEnd(
  command: EndingCommand,
  ports: ServingPorts & { readonly signal: AbortSignal },
): Promise<void> {
  const { clock, processes, signal } = ports
  const started = await processes.start(command.command, command.log)
  const over = new AbortController()
  const how = await Promise.race([
    started.ended,
    clock.sleep(command.timeoutMs, AbortSignal.any([signal, over.signal])).then(() => null),
  ])
  over.abort()
  if (how === 'ended with code 0') return started.release()
  const log = tellLog(started, command, ports)
  await started.end()
  const took = signal.aborted
    ? 'was interrupted'
    : `took longer than ready-timeout (${Math.round(command.timeoutMs / 1000)} s)`
  throw new EndpointError(`${command.setting} ${how ?? took}${log}`, {
    tried: 'to deploy both sides anew',
    remedy: `run it by hand to see why; its whole log is ${command.log}`,
  })
}
