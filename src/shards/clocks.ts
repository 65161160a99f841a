import { MARKS } from './marks.ts'
import type { Meeting } from './meeting.ts'
import type { ShardClock } from './part.ts'

/** Of several looks, the quickest is the most exact. */
const ROUNDS = 6
/** A moment is agreed on at least this long before it comes, so that all shards know of it by then. */
const LEAST_LEAD_MS = 200

/** What the shards know of each other's clocks. */
export interface SharedClocks {
  /** The clock of this shard, relative to the first. */
  readonly own: ShardClock
  /** All clocks, by the numbers of the shards. */
  readonly all: readonly ShardClock[]
  /** How long before it comes a moment must be agreed on. The same in all shards. */
  readonly leadMs: number
}

/**
 * How far the clock of a shard is ahead of the first one's, from the times that marks took to the first shard and
 * back, each by the clocks of its two ends. No mark arrives before it was left, so the quickest in each direction are
 * bounds, however different the directions are.
 */
export function boundOffset(toFirstMs: readonly number[], fromFirstMs: readonly number[]): ShardClock {
  const least = -Math.min(...toFirstMs)
  const most = Math.min(...fromFirstMs)
  return { offsetMs: (least + most) / 2, withinMs: Math.max(0, (most - least) / 2) }
}

/** Exchanges marks until the clocks are known, and sets the meeting to the time of the first shard. */
export async function compareClocks(meeting: Meeting): Promise<SharedClocks> {
  const { number } = meeting.shard
  const toFirst: number[] = []
  const fromFirst: number[] = []
  let seenAt: number[] | null = null
  let leftAt = NaN
  let slowestMs = 0
  for (let round = 0; round < ROUNDS; round++) {
    const startedAt = meeting.now()
    const { marks } = await meeting.holdRound(MARKS.seenAt, () => seenAt)
    // In the first round the others may have been late for other reasons.
    if (round > 0) slowestMs = Math.max(slowestMs, meeting.now() - startedAt)
    if (marks === null) continue
    const [first] = marks
    fromFirst.push(first!.seenAt - first!.at)
    const arrivedAt = first!.value?.[number - 1]
    if (arrivedAt !== undefined && !Number.isNaN(leftAt)) toFirst.push(arrivedAt - leftAt)
    leftAt = marks[number - 1]!.at
    seenAt = marks.map((mark) => mark.seenAt)
  }
  const own = number === 1 ? { offsetMs: 0, withinMs: 0 } : boundOffset(toFirst, fromFirst)
  const { marks } = await meeting.holdRound(MARKS.clockFinding, () => ({ clock: own, slowestMs }))
  const all = marks!.map(({ value }) => value.clock)
  meeting.setOffset(own.offsetMs)
  const slowest = Math.max(...marks!.map(({ value }) => value.slowestMs))
  const withinMs = Math.max(...all.map((clock) => clock.withinMs))
  return { own, all, leadMs: LEAST_LEAD_MS + 2 * slowest + 2 * withinMs }
}
