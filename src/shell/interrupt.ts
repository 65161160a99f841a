import { EXIT } from '../vocabulary/exit-codes.ts'

/**
 * A signal that aborts on SIGINT or SIGTERM, so that what was measured can be written; asked twice, the process ends at once. Until the
 * caller first waits for something there is nothing to write, and a process that works on settings and files hears nothing: till then
 * the system ends it as any other.
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
