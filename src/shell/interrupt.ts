import { EXIT } from '../vocabulary/exit-codes.ts'

/**
 * A signal that aborts on SIGINT or SIGTERM, so that what was measured can be written; a second one ends the process
 * at once. It listens only once the caller first awaits something: before that there is nothing to write, and a busy
 * process could not react, so the system ends it as usual.
 */
export function createInterruptSignal(): AbortSignal {
  const controller = new AbortController()
  const stop = (): void => {
    if (controller.signal.aborted) process.exit(EXIT.interrupted)
    controller.abort()
  }
  setImmediate(() => {
    process.on('SIGINT', stop)
    process.on('SIGTERM', stop)
  })
  return controller.signal
}
