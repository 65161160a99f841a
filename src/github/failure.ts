import { BaselineError, EndpointError, SettingsError } from '../errors.ts'
import { markdown } from '../text.ts'
import { GithubError } from './api/client.ts'
import type { DeliveryPorts } from './deliver.ts'
import type { ActionLog } from './step/log.ts'

/** Exit codes: any but 0 fails the step. */
const NOT_MEASURED = 1
const WRONG_SETTINGS = 2

/** Says why nothing could be measured: one annotation with all there is to say, and the summary. Returns the exit code. */
export function failure(error: unknown, { log, summary }: Pick<DeliveryPorts, 'log' | 'summary'>): number {
  const { title, text } = described(error)
  log.annotate('error', title, text)
  const lines = text.split('\n').map((line) => `- ${markdown(log.redact(line), 1000)}`)
  try {
    summary.write(`### ❌ ${title}\n\n${lines.join('\n')}\n`, `### ❌ ${title}\n`)
  } catch {
    // The log has it.
  }
  if (process.env['RUNNER_DEBUG'] === '1') debug(error, log)
  return error instanceof SettingsError ? WRONG_SETTINGS : NOT_MEASURED
}

function described(error: unknown): { readonly title: string; readonly text: string } {
  const text = error instanceof Error ? error.message : String(error)
  if (error instanceof SettingsError) return { title: 'Plateau: the settings cannot be used', text }
  if (error instanceof BaselineError) return { title: 'Plateau: the history cannot be used', text }
  if (error instanceof EndpointError) return { title: 'Plateau: the endpoint could not be measured', text }
  if (error instanceof GithubError) return { title: 'Plateau: GitHub did not give the results', text }
  return { title: 'Plateau: unexpected error', text: `${text} (debug logging shows where)` }
}

function debug(error: unknown, log: ActionLog): void {
  if (error instanceof Error) log.info(error.stack ?? '')
}
