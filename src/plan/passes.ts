/** What a level costs in one pass. */
export interface LevelTime {
  readonly level: number
  readonly seconds: number
}

/**
 * The levels for which one pass must do, ascending: further passes go to the cheapest levels, because these count the fewest requests
 * in each, as long as all passes of all levels together take at most `mostSeconds`. The lowest level has all passes in any case: it tells
 * whether the endpoint changed.
 */
export function chooseOnce(levels: readonly LevelTime[], passes: number, mostSeconds: number): number[] {
  let left = mostSeconds - levels.reduce((sum, { seconds }) => sum + seconds, 0)
  if (passes === 1) return []
  const lowest = Math.min(...levels.map(({ level }) => level))
  const once: number[] = []
  for (const { level, seconds } of levels.toSorted((a, b) => a.seconds - b.seconds)) {
    left -= (passes - 1) * seconds
    if (left < 0 && level !== lowest) once.push(level)
  }
  return once.sort((a, b) => a - b)
}
