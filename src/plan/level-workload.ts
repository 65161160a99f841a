import { createTraceWorkload } from './trace-workload.ts'
import { createOpenWorkload, createWorkload } from './workload.ts'
import type { Workload, WorkloadOptions } from './workload.ts'

interface LevelOfWorkload {
  readonly concurrency: number
  readonly pass: number
  readonly open?: object | null
  /** Of a level that replays a trace. */
  readonly nonce?: string
}

/** The requests of one level in one pass: of a closed loop, of an open loop, or of a trace. */
export function createLevelWorkload(
  options: WorkloadOptions,
  { concurrency, pass, open, nonce }: LevelOfWorkload,
): Workload {
  const { trace = null } = options
  if (trace !== null && nonce !== undefined) return createTraceWorkload(options, trace, nonce)
  return open == null ? createWorkload(options, concurrency, pass) : createOpenWorkload(options, concurrency, pass)
}
