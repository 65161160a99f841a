import { MOST_SEARCHED, isOpenLoop, isTooMuch } from '../../vocabulary/load.ts'
import type { SearchEnd } from '../../vocabulary/load.ts'
import type { SearchBounds } from '../../plan/ladder.ts'
import { locateCapacity, selectDeciding } from './capacity.ts'
import type { StrainPoint } from './capacity.ts'
import { chooseThroughput } from '../level/level-metrics.ts'
import type { LevelMetrics } from '../level/level-metrics.ts'
import { findCurveShape } from './plateau.ts'

/** A level that a search has measured, in one pass. */
export interface SearchedLevel {
  /** Workers, requests a second, or the speed of a trace. */
  readonly level: number
  /** What came through, in any unit; null where it cannot be used. */
  readonly throughput: number | null
  /** Null where nobody counts them. */
  readonly outputTokensPerSecond: number | null
  readonly latencyMs: number | null
  /** As in `Attained`: at most 1 where it keeps the objectives; +∞ where too many failed. Null where there are none. */
  readonly strain: number | null
  /** Why no higher level may be tried; null: one may. `client` ends a search only when it shows twice. */
  readonly failing: 'too-much' | 'limited' | 'client' | 'ceiling' | null
  /** The share of the budgets that it used. */
  readonly used: number
  /** How long it took. */
  readonly seconds: number
}

/** A level of one pass as a search sees it; `held` is false where it failed on any side. */
export function readSearchedLevel(level: LevelMetrics, held: boolean): Omit<SearchedLevel, 'used' | 'seconds'> {
  return {
    level: level.concurrency,
    throughput: level.valid ? level[chooseThroughput([level])] : null,
    outputTokensPerSecond: level.outputTokensPerSecond,
    latencyMs: level.latencyMs?.p50 ?? null,
    strain: level.attained === undefined ? null : (level.attained.strain ?? Infinity),
    failing: findFailing(level) ?? (held ? null : 'too-much'),
  }
}

function findFailing({ state, invalidReasons }: LevelMetrics): SearchedLevel['failing'] {
  if (isTooMuch(state)) return 'too-much'
  if (state === 'limited') return 'limited'
  if (invalidReasons.includes('ceiling')) return 'ceiling'
  const isOfClient = state === 'client-saturated' || invalidReasons.some((code) => CLIENT_REASONS.has(code))
  return isOfClient ? 'client' : null
}

const CLIENT_REASONS: ReadonlySet<string> = new Set(['client-limit', 'late'])

/** The next level, or why there is none. */
type Climb = { readonly next: number } | { readonly ended: SearchEnd }

/** The next level, or why there is none, and the levels that decide where the capacity lies: two, one that it is next to, or none. */
export type SearchStep =
  { readonly next: number } | { readonly ended: SearchEnd; readonly atCapacity: readonly number[] }

/** Up to this many workers a step may be eightfold: what lies beyond the knee costs little there. */
const SMALL = 8
/** From more workers than this each step is a doubling, because a level beyond the knee costs most there. */
const LARGE = 128
/** The factor of a wide step. Beyond what a server carries, a rate costs no more than its window; workers and a trace cost a whole queue. */
const WIDE = { concurrency: 4, rate: 8, speed: 4 }
const WIDEST = 8
/** Where throughput grows by at least this power of the load, the next step is a wide one. */
const STEEP = 0.7
/** Below this share of what the levels before let expect, slots or the batch were full before the last one. */
const AS_EXPECTED = 0.95
/** At the knee throughput is this share of the most that there is. */
const KNEE_SHARE = 0.95
/** One level may take this share of the time that all are to take. */
const MOST_OF_TIME = 2 / 3
/** The same for a rate: the latency is still about that of the lowest level, and its strain far from 1. */
const CALM = { latency: 1.25, strain: 0.5 }
/** A strain that grows by a smaller factor has not changed: more load will not reach the objectives' limit. */
const STILL = 1.05
const MOST_UNUSABLE = 3
/** One level may fail because of what else this machine does; a limit of its own fails the next one as well. */
const MOST_OF_CLIENT = 2
/** A gap between two levels is at most a doubling where a knee lies in it, and at most this where a capacity does. */
const CAPACITY_GAP = 1.25
/** A strain this near to 1 tells the capacity as well as 1 does. */
const NEAR = 1.03
/** Interpolated levels stay this far, as a share of a gap's logarithm, from its ends. */
const INSIDE = 0.15

/**
 * The next level of a search over a server of which nothing is known, from those that it measured before, in any order.
 *
 * It goes up from the first level by factors that the curve allows: wide while throughput grows with the load, else
 * twofold, and back into a step that may hold the knee. Where that ends, it halves the gaps around the knee and, with
 * objectives, around the capacity. It has at most `MOST_SEARCHED` levels, and `share` of the budgets.
 */
export function searchNextLevel(
  levels: readonly SearchedLevel[],
  bounds: SearchBounds,
  share: number = Infinity,
): SearchStep {
  if (levels.length === 0) return { next: bounds.first }
  const state = readState(levels, bounds, share)
  const up = climbLadder(state)
  if ('next' in up) return up
  const between = levels.length >= MOST_SEARCHED ? null : chooseBetween(state)
  return between === null ? { ...up, atCapacity: listAtCapacity(state) } : { next: between }
}

type UsableLevel = SearchedLevel & { readonly throughput: number }

/** What a search knows. */
type SearchState = Readonly<ReturnType<typeof readState>>

function readState(given: readonly SearchedLevel[], bounds: SearchBounds, share: number) {
  const levels = given.toSorted((a, b) => a.level - b.level)
  const usable = levels.filter(isUsable)
  return {
    bounds,
    /** Ascending. */
    levels,
    /** Those of them that can be used. */
    usable,
    shape: findCurveShape(usable.map(({ level, throughput }) => ({ concurrency: level, y: Math.log(throughput) }))),
    hasObjectives: usable.some(({ strain }) => strain !== null),
    /** The share of the budgets that is left. */
    left: share - levels.reduce((sum, { used }) => sum + used, 0),
    leftSeconds: (bounds.mostSeconds ?? Infinity) - levels.reduce((sum, { seconds }) => sum + seconds, 0),
  }
}

function isUsable(each: SearchedLevel): each is UsableLevel {
  return each.failing === null && each.throughput !== null && each.throughput > 0
}

/** The next level above all others, or inside the last step; else why there is none. */
function climbLadder(state: SearchState): Climb {
  const ended = findEnd(state)
  if (ended !== null) return { ended }
  const inside = lookBack(state)
  if (inside !== null) return { next: inside }
  const { bounds, levels } = state
  let why: SearchEnd = 'budget'
  for (const factor of chooseFactors(state)) {
    const next = roundLevel(bounds, factor * levels.at(-1)!.level)
    const beyond = findBeyond(state, next)
    if (beyond === null) return { next }
    why = beyond
  }
  return { ended: why }
}

/** Why no higher level is tried, by what was measured; null: one may be. */
function findEnd({ bounds, levels, usable, shape, ...state }: SearchState): SearchEnd | null {
  const failed = levels.find(({ failing }) => failing !== null && failing !== 'client')
  if (failed !== undefined) return failed.failing
  if (levels.filter(({ failing }) => failing === 'client').length >= MOST_OF_CLIENT) return 'client'
  if (levels.length - usable.length >= MOST_UNUSABLE) return 'unusable'
  const isMissed = usable.some(({ strain }) => strain !== null && strain > 1)
  if (isOpenLoop(bounds.load)) {
    if (isMissed) return 'objectives'
  } else if (shape !== null && (shape.reached || shape.falls)) {
    // Objectives may hold beyond the knee, where a queue grows.
    const [before, last] = usable.slice(-2)
    const isGrowing = (last?.strain ?? 0) > STILL * (before?.strain ?? 0)
    if (!state.hasObjectives || isMissed || !isGrowing) return 'plateau'
  }
  if (levels.at(-1)!.level >= bounds.most) return bounds.mostBy
  return levels.length >= MOST_SEARCHED ? 'levels' : null
}

/** A level inside the last step where the knee may lie in it; null where it does not, or was looked for. */
function lookBack({ bounds, levels, usable }: SearchState): number | null {
  const [before, last] = usable.slice(-2)
  if (isOpenLoop(bounds.load) || before === undefined || last === undefined || last !== levels.at(-1)) return null
  if (last.level <= 2 * before.level || findPower(before, last) >= STEEP) return null
  // Half of the last level shows a plateau, where there is one; a lower one may show the knee as well.
  return usable.length < 3 || hasFallenBehind(usable)
    ? Math.min(halveGap(bounds, before.level, last.level), roundLevel(bounds, last.level / 2))
    : null
}

/** Whether the last level brought less than the two before let expect. */
function hasFallenBehind(usable: readonly UsableLevel[]): boolean {
  const [earlier, before, last] = usable.slice(-3)
  if (last === undefined) return false
  return last.throughput < AS_EXPECTED * expectThroughput(fitTime(earlier!, before!), last.level)
}

/** The factors of the next step that the curve allows, the widest first. */
function chooseFactors({ bounds, levels, usable }: SearchState): readonly number[] {
  const last = usable.at(-1)
  if (last === undefined || last !== levels.at(-1)) return [2]
  const wide = [WIDE[bounds.load], 2]
  if (isOpenLoop(bounds.load)) {
    const isCalm = (last.latencyMs ?? Infinity) <= CALM.latency * (usable[0]!.latencyMs ?? 0)
    return isCalm && (last.strain ?? 0) < CALM.strain ? wide : [2]
  }
  const before = usable.at(-2)
  if (before === undefined) return wide
  if (last.level > LARGE || hasFallenBehind(usable)) return [2]
  const isSteep = findPower(before, last) >= STEEP
  if (isSteep && last.level <= SMALL) return [WIDEST, ...wide]
  return isSteep || expectKnee(fitTime(before, last)) >= wide[0]! * last.level ? wide : [2]
}

/** How long a request takes with so many workers, on a straight line: `alone + slope × level`, in workers for each unit of throughput. */
interface TimeLine {
  readonly alone: number
  readonly slope: number
}

/** The line through two levels, by Little's law. A server follows it while no slot is waited for and no batch is full. */
function fitTime(before: UsableLevel, last: UsableLevel): TimeLine {
  const [from, to] = [before.level / before.throughput, last.level / last.throughput]
  const slope = (to - from) / (last.level - before.level)
  return { alone: to - slope * last.level, slope }
}

function expectThroughput({ alone, slope }: TimeLine, level: number): number {
  return level / (alone + slope * level)
}

function expectKnee({ alone, slope }: TimeLine): number {
  return slope <= 0 ? Infinity : ((KNEE_SHARE / (1 - KNEE_SHARE)) * alone) / slope
}

/** The power of the load by which throughput grew: 1 where it grew as the load did. */
function findPower(before: UsableLevel, last: UsableLevel): number {
  return Math.log(last.throughput / before.throughput) / Math.log(last.level / before.level)
}

/** Which bound the next level would exceed, if the last step says how it will grow; null: none. */
function findBeyond({ bounds, levels, usable, left }: SearchState, next: number): SearchEnd | null {
  const top = levels.at(-1)!
  const [before, last] = usable.slice(-2)
  const power = before === undefined || last === undefined || last !== top ? 1 : findPower(before, last)
  const factor = next / top.level
  const tokens = (top.outputTokensPerSecond ?? 0) * factor ** Math.min(1, Math.max(0, power))
  if (tokens > (bounds.mostTokensPerSecond ?? Infinity)) return 'proof'
  if (factor * top.used > left) return 'budget'
  return factor * top.seconds > MOST_OF_TIME * (bounds.mostSeconds ?? Infinity) ? 'time' : null
}

/** A level inside a gap that is too wide to say where capacity or knee is; null where all are known. Objectives are worth more time: they were asked for. */
function chooseBetween(state: SearchState): number | null {
  for (const choose of [chooseForCapacity, chooseForKnee, chooseBelowFailing]) {
    const level = choose(state)
    if (level === null || state.levels.some((each) => each.level === level)) continue
    const above = state.levels.find((each) => each.level > level)!
    const isInTime = above.seconds <= state.leftSeconds || choose === chooseForCapacity
    if (above.used <= state.left && isInTime) return level
  }
  return null
}

/** Leaves room for what further passes show; see `selectDeciding`. */
const FAR = 0.85

function listAtCapacity({ bounds, levels }: SearchState): readonly number[] {
  const points = listStrains(levels)
  const capacity = locateCapacity(points, bounds.load)
  if (capacity?.state !== 'found') return []
  return selectDeciding(points, capacity.concurrency, FAR).map(({ concurrency }) => concurrency)
}

/** The levels that tell how the objectives are kept; one that was too much does so, too. */
function listStrains(levels: readonly SearchedLevel[]): StrainPoint[] {
  return levels.flatMap(({ level: concurrency, strain, failing }) => {
    if (failing === 'too-much') return [{ concurrency, strain: Infinity }]
    return failing !== null || strain === null ? [] : [{ concurrency, strain }]
  })
}

/** Where the strain is about 1, on a line between the last level that keeps the objectives and the first that does not. */
function chooseForCapacity({ bounds, levels, hasObjectives }: SearchState): number | null {
  const told = listStrains(levels)
  const at = told.findIndex(({ strain }) => strain > 1)
  if (!hasObjectives || at === -1) return null
  if (at === 0) return goBelow(bounds, told[0]!.concurrency)
  const [left, right] = [told[at - 1]!, told[at]!]
  const gap = right.concurrency - left.concurrency
  const width = Math.log(right.concurrency / left.concurrency)
  const isNear = left.strain > 1 / NEAR || right.strain < NEAR
  if (isNear || width <= Math.log(CAPACITY_GAP)) return null
  if (right.strain === Infinity) return halveGap(bounds, left.concurrency, right.concurrency)
  // Near its end the time that requests of a rate take grows as 1 / (1 - load) does.
  const scale = isOpenLoop(bounds.load) ? (strain: number) => -1 / Math.max(strain, 1e-6) : (strain: number) => strain
  const part = (scale(1) - scale(left.strain)) / (scale(right.strain) - scale(left.strain))
  const share = Math.log((left.concurrency + part * gap) / left.concurrency) / width
  return roundLevel(bounds, left.concurrency * Math.exp(width * Math.min(1 - INSIDE, Math.max(INSIDE, share))))
}

/** The middle of the gap that the knee lies in. */
function chooseForKnee({ bounds, usable, shape }: SearchState): number | null {
  if (isOpenLoop(bounds.load) || shape === null || !(shape.reached || shape.falls)) return null
  const at = usable.findIndex(({ level }) => level >= shape.knee)
  if (at <= 0) return null
  const [left, right] = [usable[at - 1]!.level, usable[at]!.level]
  return right > 2 * left ? halveGap(bounds, left, right) : null
}

/** The middle of the gap below a level that was too much or refused by a rate limit. */
function chooseBelowFailing({ bounds, levels, hasObjectives }: SearchState): number | null {
  const failed = levels.find(({ failing }) => failing === 'too-much' || failing === 'limited')
  const isLimited = failed?.failing === 'limited'
  // The objectives tell where the server ends, not where a rate limit does.
  if (failed === undefined || (hasObjectives && !isLimited)) return null
  // One that cannot be used for other reasons was not too much.
  const held = levels.findLast(({ level, failing }) => level < failed.level && failing === null)
  if (held === undefined) return isLimited ? null : goBelow(bounds, failed.level)
  return failed.level > (isOpenLoop(bounds.load) && !isLimited ? CAPACITY_GAP : 2) * held.level
    ? halveGap(bounds, held.level, failed.level)
    : null
}

/** A lower rate or speed, where the lowest is too much already; there is none below one worker. */
function goBelow(bounds: SearchBounds, lowest: number): number | null {
  return lowest >= 4 * bounds.least ? roundLevel(bounds, lowest / 4) : null
}

function halveGap(bounds: SearchBounds, left: number, right: number): number {
  return roundLevel(bounds, Math.sqrt(left * right))
}

/** Whole workers; rates and speeds in two digits. */
function roundLevel({ load, most }: SearchBounds, level: number): number {
  return Math.min(most, isOpenLoop(load) ? Number(level.toPrecision(2)) : Math.round(level))
}
