import type { EarlierAttempt } from './looks.ts'

/** Orders attempts, oldest first: those of other workflow runs come before those of this one. */
export function compareAttempts(a: EarlierAttempt, b: EarlierAttempt): number {
  const { run = Infinity } = a
  const { run: other = Infinity } = b
  return run === other ? a.attempt - b.attempt : run - other
}
