import type { LevelRun } from '../metrics/level/level-run.ts'

/**
 * A failing worker pauses this long, doubled with every failure in a row, so that a closed loop does not hammer a
 * dead server. `Retry-After` delays the next level, not the worker: one 429 in thousands must not reduce the load of
 * a level.
 */
const BACKOFF_MS = 50
const BACKOFF_MAX_MS = 2_000

/** The pause after this many failures in a row, at least one. */
export function chooseBackoffMs(failures: number): number {
  return Math.min(BACKOFF_MAX_MS, BACKOFF_MS * 2 ** (failures - 1))
}

/** Longer pauses, which a rate limit may ask for, are not waited for. */
const LONGEST_RETRY_AFTER_MS = 60_000

/** The pause before the next level: the longest that refusals of these asked for, 0 where none did. */
export function choosePauseMs(runs: readonly LevelRun[]): number {
  let longest = 0
  for (const { records } of runs) {
    for (const { failure, retryAfterMs } of records) {
      if (failure === 'http_429' || failure === 'http_503') longest = Math.max(longest, retryAfterMs ?? 0)
    }
  }
  return Math.min(LONGEST_RETRY_AFTER_MS, longest)
}
