import type { Shard } from '../settings/lists/shard-settings.ts'
import type { ArrivalShare, OpenLoad } from './arrivals.ts'

/** Some workers of a level: those of one shard, or all. */
export interface SharedConcurrency {
  readonly concurrency: number
  /** Absent or null: this process has all workers. */
  readonly shard?: Shard | null
  /** An open loop, whose workers are connections that wait for a request; absent or null: a closed one. */
  readonly open?: {
    readonly maxInFlight: number
    /** Where it replays a trace, its moments. */ readonly dueMs?: readonly number[]
  } | null
}

/**
 * The workers of a level that this process has, dealt out evenly. Their lengths and prompts are the same as in a run
 * by one process.
 */
export function listWorkers({ concurrency, shard, open }: SharedConcurrency): number[] {
  if (open != null) return [...Array(open.maxInFlight).keys()]
  const workers: number[] = []
  const { number, count } = shard ?? { number: 1, count: 1 }
  for (let worker = number - 1; worker < concurrency; worker += count) workers.push(worker)
  return workers
}

/** How many those are. */
export function countWorkers({ concurrency, shard }: SharedConcurrency): number {
  return shard == null ? concurrency : shareOut(concurrency, shard)
}

/** One shard's share of `total`; those of all shards add up to it. Null, for no limit, stays null. */
export function shareOut<Total extends number | null>(total: Total, { number, count }: Shard): Total {
  return (total === null ? null : Math.floor((total + count - number) / count)) as Total
}

/** The part of a shard's requests that one of its threads sends. */
export function shareArrivals(shard: Shard | null, { first, of }: ArrivalShare): ArrivalShare {
  const { number, count } = shard ?? { number: 1, count: 1 }
  return { first: number - 1 + count * first, of: count * of }
}

/** What one shard is told of a level: the schedule of all, and its share of what is under way. */
export function shareOpenLoad(open: OpenLoad, shard: Shard | null): OpenLoad {
  if (shard === null) return open
  const { maxInFlight, usuallyInFlight, conversationsUnderWay } = open
  const share = (all: number): number => Math.ceil(all / shard.count)
  return {
    ...open,
    maxInFlight: shareOut(maxInFlight, shard),
    usuallyInFlight: share(usuallyInFlight),
    ...(conversationsUnderWay !== undefined && { conversationsUnderWay: share(conversationsUnderWay) }),
  }
}
