import type { Environment } from '../settings/resolve.ts'
import type { Output } from './output.ts'

/** What a command needs from the process it runs in. */
export interface CommandPorts {
  readonly env: Environment
  readonly output: Output
  /** Aborts when the process is asked to stop. */
  readonly signal: AbortSignal
}
