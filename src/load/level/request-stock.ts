import { listArrivals } from '../../plan/arrivals.ts'
import { shareArrivals } from '../../plan/shares.ts'
import type { ArrivalShare } from '../../plan/arrivals.ts'
import type { Workload } from '../../plan/workload.ts'
import type { RequestSpec } from '../../protocol/api.ts'
import type { Transport } from '../ports.ts'
import type { Board, LevelSpec } from './board.ts'

/** The most that the requests of a level keep before they are sent, over all threads: 8,000 of 32 tokens, 350 of 4,096. */
const MOST_BYTES = 8 * 1024 * 1024

/** What a request keeps beside its bytes: its objects, as counted over 20,000. */
const BYTES_OF_OBJECTS = 500

/** The requests of a share of a level, made before it begins, so that none is made while it measures. */
export interface RequestStock {
  /**
   * The next request of a worker or, in an open loop, the request of this number, ready to be sent; it is made now where none is left. `spread` as in
   * `Workload.next`; a worker's first request was made with its own, and is left out where 1 is asked for. Those of a conversation are made as they are asked for.
   */
  take(key: number, spread: number | null): RequestSpec
}

/**
 * Makes as many requests as the level will take, as far as memory allows, for these workers or these arrivals. The board counts those that are
 * made only when they are taken, without those that depend on an answer, which are turns of conversations.
 */
export function stockRequests(
  { spec, board }: { readonly spec: LevelSpec; readonly board: Board },
  { workers, arrivals }: { readonly workers: readonly number[]; readonly arrivals: ArrivalShare },
  { workload, transport }: { readonly workload: Workload; readonly transport: Transport },
): RequestStock {
  const { concurrency, expectedRequests = 0, warmupRequests, open, shard } = spec
  const isAnswered = workload.hear !== undefined
  const share = shareArrivals(shard ?? null, arrivals)
  const part = open == null ? workers.length / concurrency : 1 / share.of
  const kept = new Map<number, RequestSpec[]>()

  const make = (key: number, spread: number | null): { readonly request: RequestSpec; readonly bytes: number } => {
    const request = workload.next(key, spread)
    const prepared = transport.prepare?.(request)
    return { request: prepared ?? request, bytes: (prepared?.size ?? 0) + BYTES_OF_OBJECTS }
  }
  const fill = (keys: Iterable<readonly [key: number, spread: number | null]>): void => {
    let [left, bytesLeft] = [Math.ceil(expectedRequests * part), MOST_BYTES * part]
    for (const [key, spread] of keys) {
      if (left <= 0 || bytesLeft <= 0) return
      const { request, bytes } = make(key, spread)
      left--
      bytesLeft -= bytes
      const queue = kept.get(key)
      if (queue === undefined) kept.set(key, [request])
      else queue.push(request)
    }
  }
  /** One request of each worker after another, because that is how they take them. */
  function* listTurns(): Generator<readonly [number, number | null]> {
    // A shard beyond the workers of the level has none.
    for (let k = 0; workers.length > 0; k++) {
      for (const worker of workers) yield [worker, k === 0 && warmupRequests > 0 ? workload.spread[worker]! : null]
    }
  }
  function* listNumbers(): Generator<readonly [number, null]> {
    if (open != null) for (const { number } of listArrivals(open, share)) yield [number, null]
  }

  if (!isAnswered) fill(open == null ? listTurns() : listNumbers())
  return {
    take(key, spread) {
      const queue = kept.get(key)
      if (spread === 1 && !isAnswered && queue?.shift() === undefined) workload.next(key, spread)
      const next = queue?.shift()
      if (queue?.length === 0) kept.delete(key)
      if (next !== undefined) return next
      if (!isAnswered) board.hold(() => board.values.madeInLevel++)
      return make(key, spread).request
    },
  }
}
