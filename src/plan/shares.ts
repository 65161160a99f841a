import type { Shard } from '../settings/lists/shard-settings.ts'
import type { ArrivalShare, OpenLoad } from './arrivals.ts'
import { SettingsError } from '../errors.ts'
import { pluralise } from '../text.ts'

/** How the load of a level is dealt out: to the shards of a run, and in each of them to threads. */

/** Some workers of a level: those of one shard, or all. */
export interface SharedConcurrency {
  readonly concurrency: number
  /** Absent or null: this process has all workers. */
  readonly shard?: Shard | null
  /** An open loop, whose workers are connections that wait for a request; absent or null: a closed one. */
  readonly open?: {
    readonly maxInFlight: number
    /** Where it replays a trace, its moments. */
    readonly dueMs?: readonly number[]
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

/** In how many threads the client carries load. */
export interface ThreadPlan {
  /** For all sides loaded at the same time. */
  readonly threads: number
  /** The most that are used where fewer cannot keep up. */
  readonly most: number
  /** A thread gets at least this many workers. */
  readonly leastShare: number
  /** The reason for the number, as half a sentence. */
  readonly why: string
}

/** Two are left for the server and whatever else runs here. */
const CORES_FOR_OTHERS = 2
/** Fewer streams do not keep a thread busy: more threads would only wake up more often. */
const LEAST_SHARE = 32

/**
 * One thread a core from the third on, or as many as were asked for.
 *
 * @throws SettingsError when there are fewer cores than that.
 */
export function planThreads(asked: 'auto' | number, cores: number): ThreadPlan {
  if (asked === 'auto') {
    const threads = Math.max(1, cores - CORES_FOR_OTHERS)
    const why = threads === 1 ? `of ${pluralise(cores, 'core')}` : `one a core from the third on, of ${cores}`
    return { threads, most: Math.max(1, cores), leastShare: LEAST_SHARE, why }
  }
  if (asked > cores) {
    const message = `this machine has ${pluralise(cores, 'core')}, and threads that share one measure each other; give at most ${cores}, or auto`
    throw new SettingsError([{ setting: 'client-threads', given: String(asked), message }])
  }
  return { threads: asked, most: asked, leastShare: 1, why: 'as asked for' }
}

/**
 * The plan with more threads, for a level that this one could not keep up with; null where there are no more, or too
 * few workers for them.
 */
export function planMoreThreads(plan: ThreadPlan, concurrency: number, sidesAtOnce: 1 | 2): ThreadPlan | null {
  const threads = Math.min(plan.most, plan.threads * 2)
  if (threads === plan.threads) return null
  const more = { ...plan, threads, leastShare: 1, why: 'because fewer could not keep up' }
  const isCarriedByMore = countThreads(more, concurrency, sidesAtOnce) > countThreads(plan, concurrency, sidesAtOnce)
  return isCarriedByMore ? more : planMoreThreads(more, concurrency, sidesAtOnce)
}

/**
 * How many threads carry the load of one side of a level; 0: the main thread does. Two sides loaded at once each have
 * threads of their own, where there are cores for them.
 */
export function countThreads(plan: ThreadPlan, concurrency: number, sidesAtOnce: 1 | 2): number {
  const isShared = sidesAtOnce === 2 && plan.most > 1
  const threads = Math.floor(plan.threads / sidesAtOnce)
  const count = Math.max(1, Math.min(threads, Math.floor(concurrency / plan.leastShare)))
  return count === 1 && !isShared ? 0 : count
}

/** How many threads carry each level of a sweep: those of the plan, and more from the first level on that kept this machine too busy. */
export class LevelThreads {
  readonly #planned: ThreadPlan | null
  /** How many sides are loaded at once. */
  readonly #countAtOnce: () => 1 | 2
  /** Lower levels keep the number that they have in other runs. */
  #more: { readonly from: number; readonly threads: ThreadPlan } | null = null

  constructor(planned: ThreadPlan | null, countAtOnce: () => 1 | 2) {
    this.#planned = planned
    this.#countAtOnce = countAtOnce
  }

  /** Threads beside this one that carry the level on each side; 0 when this one does. */
  count(concurrency: number): number {
    const threads = this.#planAt(concurrency)
    return threads === null ? 0 : countThreads(threads, concurrency, this.#countAtOnce())
  }

  /** Null where the level has as many as there can be. */
  findMore(concurrency: number): ThreadPlan | null {
    const threads = this.#planAt(concurrency)
    return threads === null ? null : planMoreThreads(threads, concurrency, this.#countAtOnce())
  }

  /** Gives more threads to this level, which can have more, and to all above; returns how many it may now have. */
  add(concurrency: number): number {
    const more = this.#more
    const threads = more !== null && concurrency < more.from ? more.threads : this.findMore(concurrency)!
    this.#more = { from: Math.min(concurrency, more?.from ?? Infinity), threads }
    return threads.threads
  }

  #planAt(concurrency: number): ThreadPlan | null {
    return this.#more !== null && concurrency >= this.#more.from ? this.#more.threads : this.#planned
  }
}

/** The plan in half a sentence: "2 client threads (one a core from the third on, of 4), up to 4 where they cannot keep up". */
export function describeThreads({ threads, most, why }: ThreadPlan): string {
  const more = most > threads ? `, up to ${most} where ${threads === 1 ? 'it' : 'they'} cannot keep up` : ''
  return `${pluralise(threads, 'client thread')} (${why})${more}`
}
