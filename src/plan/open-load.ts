import type { Arrivals } from '../settings/values/distributions.ts'
import type { OpenLoad } from './arrivals.ts'
import type { LoneRequest } from './cost.ts'
import type { Ladder } from './ladder.ts'

/** What the load of a level depends on. */
export interface OpenLoadOptions {
  readonly ladder: Ladder
  readonly lone: LoneRequest
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
