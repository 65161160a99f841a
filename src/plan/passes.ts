/** What a level costs in one pass. */
export interface LevelTime {
  readonly level: number
  readonly seconds: number
}

interface OnceOptions {
  readonly passes: number
  /** How long all passes of all levels are to take. */
  readonly mostSeconds: number
  /** The levels that decide where the capacity lies; empty where there is none. */
  readonly atCapacity: readonly number[]
}

/**
 * The levels for which one pass must do, ascending: further passes go to the cheapest levels, because these count the fewest requests
 * in each, as long as all passes of all levels together take at most `mostSeconds`. The lowest level has all passes in any case, because
 * it tells whether the endpoint changed, and so have those that decide where the capacity lies: without their passes it has no interval.
 */
export function chooseOnce(levels: readonly LevelTime[], { passes, mostSeconds, atCapacity }: OnceOptions): number[] {
  if (passes === 1) return []
  const lowest = Math.min(...levels.map(({ level }) => level))
  const isFixed = ({ level }: LevelTime): boolean => level === lowest || atCapacity.includes(level)
  const fixed = levels.filter(isFixed)
  const sumSeconds = (of: readonly LevelTime[]): number => of.reduce((sum, { seconds }) => sum + seconds, 0)
  let left = mostSeconds - sumSeconds(levels) - (passes - 1) * sumSeconds(fixed)
  const once: number[] = []
  for (const { level, seconds } of levels.filter((each) => !isFixed(each)).sort((a, b) => a.seconds - b.seconds)) {
    left -= (passes - 1) * seconds
    if (left < 0) once.push(level)
  }
  return once.sort((a, b) => a - b)
}

/** What share of a budget a level used in its first pass. */
export interface LevelShare {
  readonly level: number
  readonly used: number
}

/** The share of a budget that so many passes need, by what the levels used of it in the first; those of `once` use nothing of it in further ones. */
export function countNeededShare(levels: readonly LevelShare[], once: readonly number[], passes: number): number {
  const further = levels.filter(({ level }) => !once.includes(level))
  return sumShares(levels) + (passes - 1) * sumShares(further)
}

/** How many passes a budget holds, by what the levels used of it in the first; those of `once` use nothing of it in further ones. May be below 1. */
export function countAffordablePasses(levels: readonly LevelShare[], once: readonly number[]): number {
  const further = sumShares(levels.filter(({ level }) => !once.includes(level)))
  return 1 + Math.floor((1 - sumShares(levels)) / further)
}

function sumShares(levels: readonly LevelShare[]): number {
  return levels.reduce((sum, { used }) => sum + used, 0)
}
