import { seedRandom, shuffle } from '../random.ts'

/** Which levels a run measures, in which order. */
export interface Ladder {
  /** Levels in ascending order; `auto`: doubling from 1 until the plateau is reached. */
  readonly levels: readonly number[] | 'auto'
  readonly maxConcurrency: number
  /** Levels that a limit names: always measured, besides what `auto` finds. */
  readonly named: readonly number[]
  /** At most this many. */
  readonly passes: number
  /** After this many passes, each further one is measured only if needed; absent: all are measured. */
  readonly leastPasses?: number
  readonly seed: string
}

/** A level that was measured, and how it went. */
export interface DoneLevel {
  readonly concurrency: number
  readonly pass: number
  /** False when it failed or was rate-limited: no higher level is tried. */
  readonly held: boolean
}

/**
 * An automatic ladder has at most this many levels besides those that a limit names: the lowest after the first are
 * dropped.
 */
const MOST_LEVELS = 7

/**
 * The level to measure next, or null when the run is complete. Pure: everything follows from what is done. Levels
 * come in a new, seeded order in every pass, so that time and concurrency are not confounded; but the first pass
 * begins with the lowest and the last ends with it, where it tells whether the endpoint changed, and the first pass
 * of a ladder that is still to be found ascends. When a level does not hold, no higher one is tried.
 *
 * @param isPlateauReached whether the levels so far show a plateau; slow, so it is called only while a ladder
 * ascends.
 */
export function chooseNextLevel(
  ladder: Ladder,
  done: readonly DoneLevel[],
  isPlateauReached: () => boolean,
): { concurrency: number; pass: number } | null {
  const broken = Math.min(Infinity, ...done.filter(({ held }) => !held).map(({ concurrency }) => concurrency))
  const climbed = climbOf(ladder, done)
  if (climbed !== null) {
    const top = climbed.at(-1) ?? 0
    const canClimb = done.length === climbed.length && top < ladder.maxConcurrency && broken === Infinity
    if (canClimb && !isPlateauReached())
      return { concurrency: Math.min(ladder.maxConcurrency, top === 0 ? 1 : 2 * top), pass: 1 }
  }
  const levels = listLadderLevels(ladder, done)
  for (let pass = 1; pass <= ladder.passes; pass++) {
    const open = orderPass(ladder, levels, pass).find(
      (concurrency) =>
        concurrency <= broken && !done.some((level) => level.pass === pass && level.concurrency === concurrency),
    )
    if (open !== undefined) return { concurrency: open, pass }
  }
  return null
}

/** The levels of one pass in their order. */
function orderPass({ seed, passes, leastPasses = passes }: Ladder, levels: readonly number[], pass: number): number[] {
  const order = shuffle(levels, seedRandom(`${seed}/pass/${pass}`))
  const [lowest, ...higher] = [levels[0]!, ...order.filter((concurrency) => concurrency !== levels[0])]
  if (pass === 1) return [lowest, ...higher]
  return pass < leastPasses ? order : [...higher, lowest]
}

/** The levels that an automatic ladder has climbed, in order; null when the levels were given. */
function climbOf(ladder: Ladder, done: readonly DoneLevel[]): number[] | null {
  if (ladder.levels !== 'auto') return null
  const steps = listPossibleLevels({ ...ladder, named: [] })
  const first = done.filter(({ pass }) => pass === 1).map(({ concurrency }) => concurrency)
  return first.filter((concurrency) => steps.includes(concurrency))
}

/** The levels that count, ascending: those given, or up to seven that the first pass found, and those that limits name. */
export function listLadderLevels(ladder: Ladder, done: readonly DoneLevel[]): number[] {
  const found = climbOf(ladder, done)
  if (found === null) return [...(ladder.levels as readonly number[])]
  const kept = found.length <= MOST_LEVELS ? found : [found[0]!, ...found.slice(1 - MOST_LEVELS)]
  return sortAscending([...kept, ...ladder.named])
}

/** The level runs still to be measured, as far as is known; `isMost`: an ascent may end earlier. */
export function listLevelRunsLeft(
  ladder: Ladder,
  done: readonly DoneLevel[],
): { readonly left: readonly number[]; readonly isMost: boolean } {
  const broken = Math.min(Infinity, ...done.filter(({ held }) => !held).map(({ concurrency }) => concurrency))
  const isMost = ladder.levels === 'auto' && broken === Infinity && !done.some(({ pass }) => pass > 1)
  const levels = isMost ? listPossibleLevels(ladder) : listLadderLevels(ladder, done)
  const left = Array.from({ length: ladder.passes }, (_, i) => {
    const measured = new Set(done.filter(({ pass }) => pass === i + 1).map(({ concurrency }) => concurrency))
    return levels.filter((concurrency) => concurrency <= broken && !measured.has(concurrency))
  })
  return { left: left.flat(), isMost }
}

/** All levels that a run could measure, ascending. */
export function listPossibleLevels(ladder: Ladder): number[] {
  if (ladder.levels !== 'auto') return [...ladder.levels]
  const levels = [ladder.maxConcurrency, ...ladder.named]
  for (let c = 1; c < ladder.maxConcurrency; c *= 2) levels.push(c)
  return sortAscending(levels)
}

/** Levels in ascending order, each once. */
export function sortAscending(levels: readonly number[]): number[] {
  return [...new Set(levels)].sort((a, b) => a - b)
}
