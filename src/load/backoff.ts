/**
 * A failing worker pauses this long, doubled with every failure in a row, so that a closed loop does not hammer a
 * dead server. `Retry-After` delays the next level, not the worker: one 429 in thousands must not reduce the load of
 * a level.
 */
const BACKOFF_MS = 50
const BACKOFF_MAX_MS = 2_000

/** The pause after so many failures in a row, at least one. */
export function chooseBackoffMs(failures: number): number {
  return Math.min(BACKOFF_MAX_MS, BACKOFF_MS * 2 ** (failures - 1))
}
