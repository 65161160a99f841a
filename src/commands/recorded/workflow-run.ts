import type { Environment } from '../../settings/reading/environment.ts'

/** The workflow run around a command, and its attempt; null outside of one. */
export function readWorkflowRun(env: Environment): { readonly id: string; readonly attempt: number } | null {
  const { GITHUB_RUN_ID: id, GITHUB_RUN_ATTEMPT: attempt } = env
  return id === undefined || id === '' ? null : { id, attempt: readPositive(attempt) }
}

/** A number from 1 that the runner states; 1 where it states none. */
export function readPositive(text: string | undefined): number {
  return text !== undefined && /^[1-9]\d{0,5}$/.test(text) ? Number(text) : 1
}
