/** What the number of a level counts: workers of a closed loop, or requests a second. */
export type LoadKind = 'concurrency' | 'rate'

/** A level beside others: `32`, `50/s`. */
export function nameLevel(load: LoadKind, level: number | string): string {
  return load === 'rate' ? `${level}/s` : String(level)
}

/** Levels in a sentence, by their names: `concurrency 8 and 32`, `50/s and 80/s`. */
export function spellLevels(load: LoadKind, names: string): string {
  return load === 'rate' ? names : `concurrency ${names}`
}
