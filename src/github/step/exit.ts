import { STEP_EXIT } from '../../vocabulary/exit-codes.ts'
import type { ActionLog } from './log.ts'

/** How long open connections may keep a finished process alive. */
const GRACE_MS = 5000

/**
 * Ends the process with the exit code of the work: on its own when nothing is left open, else after a short while. An
 * unhandled error ends it at once, because what still runs can no longer be trusted.
 */
export function setExitCode(work: Promise<number>, log: ActionLog): void {
  const fail = (error: unknown): never => {
    log.annotate('error', 'Plateau: unexpected error', error instanceof Error ? error.message : String(error))
    return process.exit(STEP_EXIT.failed)
  }
  // Until the result is known: a process that runs out of work before that must not pass.
  process.exitCode = STEP_EXIT.failed
  process.on('uncaughtException', fail)
  process.on('unhandledRejection', fail)
  void work.then((code) => {
    process.exitCode = code
    setTimeout(() => process.exit(), GRACE_MS).unref()
  })
}
