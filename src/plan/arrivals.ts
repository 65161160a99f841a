import { drawNormal, seedRandom } from '../random.ts'
import type { Random } from '../random.ts'
import type { Arrivals } from '../settings/values/distributions.ts'

/** When the requests of one level in one pass are due: drawn, without end, or those of a trace. */
type Schedule = DrawnSchedule | ListedSchedule

/** Moments that are drawn. */
export interface DrawnSchedule {
  /** Requests, or conversations, of which only the first turn is in the schedule. */
  readonly ratePerSecond: number
  readonly arrivals: Arrivals
  /** The same seed gives the same moments. */
  readonly seed: string
}

/** Moments of a trace. */
export interface ListedSchedule {
  /** Milliseconds after the beginning of the load, at least one, never falling. */
  readonly dueMs: readonly number[]
}

/** What a level of an open loop is told. */
export type OpenLoad = Schedule & OpenBounds

/** How many requests of an open loop are under way. */
export interface OpenBounds {
  /** How many requests may be under way; those that come due beyond that wait. */
  readonly maxInFlight: number
  /** How many would be under way if each took as long as a lone request, without regard to the ceiling. */
  readonly usuallyInFlight: number
  /**
   * Where conversations arrive: how many would be under way if each took as long as a lone one. The load is steady when this many have ended. Absent: each
   * request stands alone.
   */
  readonly conversationsUnderWay?: number
}

/** Which requests of an open loop somebody sends: every `of`-th one, beginning with the `first`, from 0. */
export interface ArrivalShare {
  readonly first: number
  readonly of: number
}

/** How many requests are usually under way at once. */
export function countUsual({ maxInFlight, usuallyInFlight }: OpenBounds): number {
  return Math.min(maxInFlight, usuallyInFlight)
}

/** One request that is due. */
export interface Arrival {
  /** From 0, over all threads. */
  readonly number: number
  /** Milliseconds after the beginning of the load. */
  readonly atMs: number
}

/** The moment from which the level only waits for what is under way: that of the last request of a trace; null where there is none. */
export function findLastMs(schedule: Schedule): number | null {
  return 'dueMs' in schedule ? schedule.dueMs.at(-1)! : null
}

/**
 * The moments at which requests are due; with `share` only those that one of several threads
 * sends. No moment depends on an answer, nor on whether the requests before it were sent in time. Drawn ones have no end.
 */
export function* listArrivals(schedule: Schedule, share: ArrivalShare = { first: 0, of: 1 }): Generator<Arrival, void> {
  if ('dueMs' in schedule) {
    for (let number = share.first; number < schedule.dueMs.length; number += share.of)
      yield { number, atMs: schedule.dueMs[number]! }
    return
  }
  const { ratePerSecond, arrivals, seed } = schedule
  const drawGap = createGapSource(arrivals, 1000 / ratePerSecond, seedRandom(`${seed}/arrivals`))
  let atMs = 0
  for (let number = 0; ; number++) {
    atMs += drawGap()
    if (number % share.of === share.first) yield { number, atMs }
  }
}

/** A source of gaps in milliseconds whose mean is `meanMs`. */
export function createGapSource(arrivals: Arrivals, meanMs: number, random: Random): () => number {
  switch (arrivals.kind) {
    case 'constant':
      return () => meanMs
    case 'poisson':
      return () => -meanMs * Math.log(1 - random())
    case 'gamma': {
      const shape = 1 / arrivals.cv ** 2
      return () => (meanMs / shape) * drawGamma(shape, random)
    }
  }
}

/**
 * A gamma deviate of scale 1. Below a shape of 1 it is that of the next shape, taken down by a power of a uniform one.
 *
 * Source: G. Marsaglia and W. W. Tsang, A simple method for generating gamma variables, ACM Transactions on Mathematical Software 26 (2000).
 */
function drawGamma(shape: number, random: Random): number {
  if (shape < 1) return drawGamma(shape + 1, random) * (1 - random()) ** (1 / shape)
  const d = shape - 1 / 3
  for (;;) {
    const x = drawNormal(random)
    const v = (1 + x / Math.sqrt(9 * d)) ** 3
    if (v > 0 && Math.log(1 - random()) < x ** 2 / 2 + d * (1 - v + Math.log(v))) return d * v
  }
}

/** What the open load of a level depends on. */
export interface OpenLoadOptions {
  readonly ladder: { readonly seed: string }
  /** One request at concurrency 1. */
  readonly lone: { readonly latencyMs: number }
  /** What a conversation is on average. Absent: requests stand alone. */
  readonly conversation?: MeanConversation
  /** The levels are requests a second, which come so, or speeds of a trace with requests at these moments; absent or null: they are workers. */
  readonly open?:
    ({ readonly maxInFlight: number } & ({ readonly arrivals: Arrivals } | { readonly atMs: readonly number[] })) | null
}

/** A conversation on average, and of a mix what begins on average: a request that stands alone is one turn. */
export interface MeanConversation {
  readonly turns: number
  /** From its first request to its last token, by a lone worker. */
  readonly spanMs: number
}

/** Windows are never cut below this, or below the time of one request. */
export const SHORTEST_WINDOW_MS = 1_000

/** What the levels of an open loop are told; at a rate each pass has another schedule. Null where levels are workers. */
export function chooseOpenLoad(
  { open = null, lone, ladder, conversation }: OpenLoadOptions,
  { mostMs, minRequests }: { readonly mostMs: number; readonly minRequests: (level: number) => number },
): ((level: number, pass: number) => OpenLoad) | null {
  if (open === null) return null
  const { maxInFlight } = open
  if ('atMs' in open) {
    return (speed) => {
      const dueMs = listReplayed(open.atMs, speed, { mostMs, least: minRequests(speed) })
      const perMs = dueMs.length / Math.max(SHORTEST_WINDOW_MS, dueMs.at(-1)!)
      const usuallyInFlight = Math.min(dueMs.length, Math.max(1, Math.ceil(perMs * lone.latencyMs)))
      return { dueMs, maxInFlight, usuallyInFlight }
    }
  }
  const { arrivals } = open
  return (ratePerSecond, pass) => {
    const countUnderWay = (ms: number): number => Math.max(1, Math.ceil((ratePerSecond * ms) / 1000))
    const usuallyInFlight = countUnderWay((conversation?.turns ?? 1) * lone.latencyMs)
    const seed = `${ladder.seed}/${ratePerSecond}/s/${pass}`
    const load = { ratePerSecond, arrivals, seed, maxInFlight, usuallyInFlight }
    return conversation === undefined ? load : { ...load, conversationsUnderWay: countUnderWay(conversation.spanMs) }
  }
}

/** A window that ends before there are as many requests as a level needs is at most this many times as long: a trace may have a gap of days. */
const LONGEST_STRETCH = 4

/** When the requests of a trace are due at this speed: those of the first `mostMs` milliseconds, and as many more as a level needs where they come soon after. */
function listReplayed(
  atMs: readonly number[],
  speed: number,
  { mostMs, least }: { readonly mostMs: number; readonly least: number },
): number[] {
  const due = atMs.map((ms) => ms / speed)
  const countBefore = (end: number): number => due.filter((ms) => ms < end).length
  return due.slice(0, Math.max(countBefore(mostMs), Math.min(least, countBefore(LONGEST_STRETCH * mostMs))))
}
