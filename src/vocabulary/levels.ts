/** What the number of a level counts: workers of a closed loop, or requests a second. */
export type LoadKind = 'concurrency' | 'rate'

/** A level that was measured before, and the usual latency there; null where it has none. */
export interface KnownLevel {
  readonly level: number
  readonly latencyMs: number | null
}

/** A level beside others: `32`, `50/s`. */
export function nameLevel(load: LoadKind, level: number | string): string {
  return load === 'rate' ? `${level}/s` : String(level)
}

/** Levels in a sentence, by their names: `concurrency 8 and 32`, `50/s and 80/s`. */
export function spellLevels(load: LoadKind, names: string): string {
  return load === 'rate' ? names : `concurrency ${names}`
}

/** What the levels of a run are. */
export function loadOf({ rates }: { readonly rates?: unknown }): LoadKind {
  return rates === undefined ? 'concurrency' : 'rate'
}

/**
 * `ok`: usable. `buffered`: usable for latency and throughput, but without TTFT and TPOT, because answers came in one
 * piece. `limited`: rate-limited, not slow. `lost`: the server did not hold this concurrency. `client-saturated`: the
 * client, not the server, was the bottleneck. `overloaded`: at this rate more requests came than the server ended, so that
 * its queue grew without end. `invalid`: unusable for the reasons named.
 */
export type LevelState = 'ok' | 'buffered' | 'limited' | 'lost' | 'overloaded' | 'client-saturated' | 'invalid'

/** Whether the load was too much for the server: it failed it, or did not keep up with it. */
export function isTooMuch(state: LevelState): boolean {
  return state === 'lost' || state === 'overloaded'
}
