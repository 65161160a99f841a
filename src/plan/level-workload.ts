import { createConversations } from './conversations.ts'
import { createOpenWorkload, createWorkload } from './workload.ts'
import type { Workload, WorkloadOptions } from './workload.ts'

/** The requests of one level in one pass: of a closed loop, of conversations, or of an open loop. */
export function createLevelWorkload(
  options: WorkloadOptions,
  { concurrency, pass, open }: { readonly concurrency: number; readonly pass: number; readonly open?: object | null },
): Workload {
  const { conversations = null } = options
  if (conversations !== null) return createConversations(options, conversations, concurrency, pass)
  return open == null ? createWorkload(options, concurrency, pass) : createOpenWorkload(options, concurrency, pass)
}
