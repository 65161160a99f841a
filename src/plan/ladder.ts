import { seedRandom, shuffle } from '../random.ts'
import type { LoadKind, SearchEnd } from '../vocabulary/load.ts'
import { MOST_SEARCHED } from '../vocabulary/load.ts'

/** Which levels a run measures, in which order. */
export interface Ladder {
  /** In ascending order. Of a search those that the plan expects. */
  readonly levels: readonly number[]
  /** How levels are found; absent or null: they are known. */
  readonly search?: SearchBounds | null
  /** Levels that are measured in the first pass only, because further passes over them would take too long; absent: none. */
  readonly once?: readonly number[]
  /** Levels that a limit names: always measured, besides what a search finds. */
  readonly named: readonly number[]
  /** At most this many are measured. */
  readonly mostPasses: number
  /** After this many, each further one is measured only if needed; absent: all are measured. */
  readonly leastPasses?: number
  readonly seed: string
}

/** What a search for levels may not exceed, whatever the curve is. */
export interface SearchBounds {
  readonly load: LoadKind
  readonly first: number
  readonly least: number
  readonly most: number
  /** What says so. */
  readonly mostBy: SearchEnd
  /** Output tokens a second that this machine was proven to read in time; null where that is not known. */
  readonly mostTokensPerSecond: number | null
  /** How long all of its passes are to take; null: as long as it takes. */
  readonly mostSeconds: number | null
}

/** A level that was measured, and how it went. */
export interface DoneLevel {
  readonly concurrency: number
  readonly pass: number
  /** False when it failed or was rate-limited: no higher level is tried. */
  readonly held: boolean
}

/**
 * The level to measure next, or null when the run is complete. Pure: everything follows from what is done. Levels
 * come in a new, seeded order in every pass, so that time and concurrency are not confounded; but the first pass
 * begins with the lowest and the last ends with it, where it tells whether the endpoint changed. When a level does not
 * hold, no higher one is tried. Levels that are to be found come first, in the order of the search.
 */
export function chooseNextLevel(
  ladder: Ladder,
  done: readonly DoneLevel[],
): { concurrency: number; pass: number } | null {
  const broken = Math.min(Infinity, ...done.filter(({ held }) => !held).map(({ concurrency }) => concurrency))
  for (let pass = 1; pass <= ladder.mostPasses; pass++) {
    const open = orderPass(ladder, pass).find(
      (concurrency) =>
        concurrency <= broken && !done.some((level) => level.pass === pass && level.concurrency === concurrency),
    )
    if (open !== undefined) return { concurrency: open, pass }
  }
  return null
}

/** The ladder of a search that has ended: what it measured, some of it once, and what limits name, in as many passes as there is room for. */
export function fixLadder(
  ladder: Ladder,
  done: readonly DoneLevel[],
  { room = Infinity, once = [] }: { readonly room?: number; readonly once?: readonly number[] } = {},
): Ladder {
  const fit = (passes: number): number => Math.max(1, Math.min(passes, room))
  return {
    ...ladder,
    mostPasses: fit(ladder.mostPasses),
    ...(ladder.leastPasses !== undefined && { leastPasses: fit(ladder.leastPasses) }),
    search: null,
    once,
    levels: sortAscending([...done.map(({ concurrency }) => concurrency), ...ladder.named]),
  }
}

/** The levels of one pass in their order. */
function orderPass(ladder: Ladder, pass: number): number[] {
  const { seed, mostPasses, leastPasses = mostPasses } = ladder
  const levels = listPassLevels(ladder, ladder.levels, pass)
  const order = shuffle(levels, seedRandom(`${seed}/pass/${pass}`))
  const lowest = levels.slice(0, 1)
  const higher = order.filter((concurrency) => concurrency !== levels[0])
  if (pass === 1) return [...lowest, ...higher]
  return pass < leastPasses ? order : [...higher, ...lowest]
}

/** Those of these levels that a pass has. */
function listPassLevels({ once = [] }: Ladder, levels: readonly number[], pass: number): readonly number[] {
  return pass === 1 ? levels : levels.filter((concurrency) => !once.includes(concurrency))
}

/** The levels of a run in ascending order; of a search those that it has measured, and before that those it may. */
export function listLadderLevels(
  ladder: Ladder,
  measured: readonly { readonly concurrency: number }[],
): readonly number[] {
  if (ladder.search == null || measured.length === 0) return ladder.levels
  return sortAscending(measured.map(({ concurrency }) => concurrency))
}

/** The level runs still to be measured, as far as is known; `isMost`: a search may end earlier. */
export function listLevelRunsLeft(
  ladder: Ladder,
  done: readonly DoneLevel[],
): { readonly left: readonly number[]; readonly isMost: boolean } {
  const isMost = ladder.search != null && !done.some(({ pass }) => pass > 1)
  if (isMost) {
    const most = ladder.mostPasses * (MOST_SEARCHED + new Set(ladder.named).size)
    return { left: Array<number>(Math.max(0, most - done.length)).fill(ladder.levels.at(-1)!), isMost }
  }
  const broken = Math.min(Infinity, ...done.filter(({ held }) => !held).map(({ concurrency }) => concurrency))
  const levels = listLadderLevels(ladder, done)
  const left = Array.from({ length: ladder.mostPasses }, (_, i) => {
    const measured = new Set(done.filter(({ pass }) => pass === i + 1).map(({ concurrency }) => concurrency))
    return listPassLevels(ladder, levels, i + 1).filter(
      (concurrency) => concurrency <= broken && !measured.has(concurrency),
    )
  })
  return { left: left.flat(), isMost }
}

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

/** What part of a budget a level used in its first pass. */
export interface UsedBudget {
  readonly level: number
  readonly used: number
}

/** The part of a budget that so many passes need, by what the levels used of it in the first; those of `once` use nothing of it in further ones. */
export function countNeededBudget(levels: readonly UsedBudget[], once: readonly number[], passes: number): number {
  const further = levels.filter(({ level }) => !once.includes(level))
  return sumUsed(levels) + (passes - 1) * sumUsed(further)
}

/** How many passes a budget holds, by what the levels used of it in the first; those of `once` use nothing of it in further ones. May be below 1. */
export function countAffordablePasses(levels: readonly UsedBudget[], once: readonly number[]): number {
  const further = sumUsed(levels.filter(({ level }) => !once.includes(level)))
  return 1 + Math.floor((1 - sumUsed(levels)) / further)
}

function sumUsed(levels: readonly UsedBudget[]): number {
  return levels.reduce((sum, { used }) => sum + used, 0)
}

/** Levels in ascending order, each once. */
export function sortAscending(levels: readonly number[]): number[] {
  return [...new Set(levels)].sort((a, b) => a - b)
}
