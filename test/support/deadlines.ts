import type { Deadline } from '../../src/load/ports.ts'

/** Never comes: no answer is given up because the machine is slow. */
export const NO_DEADLINE: Deadline = () => new AbortController().signal

/** Deadlines that come when the test says so. */
export interface Deadlines {
  readonly deadline: Deadline
  /** What was granted, in milliseconds, in order. */
  readonly granted: readonly number[]
  /** All of them are over. */
  pass(): void
}

export function createDeadlines(): Deadlines {
  const granted: number[] = []
  const running: AbortController[] = []
  return {
    granted,
    deadline(ms) {
      granted.push(ms)
      const controller = new AbortController()
      running.push(controller)
      return controller.signal
    },
    pass: () => running.forEach((controller) => controller.abort()),
  }
}
