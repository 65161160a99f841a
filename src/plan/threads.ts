import { SettingsError } from '../errors.ts'
import { pluralise } from '../text.ts'

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

/** The plan in half a sentence: "2 client threads (one a core from the third on, of 4), up to 4 where they cannot keep up". */
export function describeThreads({ threads, most, why }: ThreadPlan): string {
  const more = most > threads ? `, up to ${most} where ${threads === 1 ? 'it' : 'they'} cannot keep up` : ''
  return `${pluralise(threads, 'client thread')} (${why})${more}`
}
