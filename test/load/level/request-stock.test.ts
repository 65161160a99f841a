import { expect, test } from 'vitest'
import { listArrivals } from '../../../src/plan/arrivals.ts'
import { createOpenWorkload, createWorkload } from '../../../src/plan/workload.ts'
import type { Workload } from '../../../src/plan/workload.ts'
import type { RequestSpec } from '../../../src/protocol/api.ts'
import type { PreparedRequest, Transport } from '../../../src/load/ports.ts'
import { createBoard } from '../../../src/load/level/board.ts'
import type { LevelSpec } from '../../../src/load/level/board.ts'
import { measureLevel } from '../../../src/load/level.ts'
import { stockRequests } from '../../../src/load/level/request-stock.ts'
import type { RequestStock } from '../../../src/load/level/request-stock.ts'
import { aLevelSpec, portsOf, scriptedEndpoint, SCRIPTED_WORKLOAD } from '../scripted-endpoint.ts'

const ALL = { first: 0, of: 1 }
const OPEN = {
  ratePerSecond: 50,
  arrivals: { kind: 'poisson' },
  seed: 'a seed',
  maxInFlight: 100,
  usuallyInFlight: 10,
} as const

function workloadOf(workers: number): Workload {
  return createWorkload(SCRIPTED_WORKLOAD, workers, 1)
}

/** A transport that says how much each request keeps. */
function transportWith(size: number): Transport & { readonly prepared: readonly RequestSpec[] } {
  const prepared: RequestSpec[] = []
  return {
    prepared,
    prepare(spec): PreparedRequest {
      prepared.push(spec)
      return { ...spec, size }
    },
    send: () => Promise.reject(new Error('nothing is sent')),
    close: async () => {},
  }
}

function stock(spec: Partial<LevelSpec>, workload: Workload, transport = transportWith(1), arrivals = ALL) {
  const whole = aLevelSpec(spec)
  const workers = Array.from({ length: whole.concurrency }, (_, worker) => worker)
  const board = createBoard(whole)
  const { take } = stockRequests({ spec: whole, board }, { workers, arrivals }, { workload, transport })
  return { take, board }
}

/** The next requests of a worker that enters in its phase. */
function takeAll(taken: RequestStock, { spread }: Workload, worker: number, count: number): RequestSpec[] {
  return Array.from({ length: count }, (_, k) => taken.take(worker, k === 0 ? spread[worker]! : null))
}

/** What a worker would send if each of its requests were made only then. */
function listAsked(workload: Workload, worker: number, count: number): readonly (readonly string[])[] {
  return Array.from(
    { length: count },
    (_, k) => workload.next(worker, k === 0 ? workload.spread[worker]! : null).prompts,
  )
}

test('each worker takes what it would have made, in its order, whatever the others take', () => {
  const transport = transportWith(1)
  const taken = stock({ concurrency: 3, expectedRequests: 12 }, workloadOf(3), transport)
  expect(transport.prepared).toHaveLength(12)
  for (const worker of [2, 0, 1])
    expect(takeAll(taken, workloadOf(3), worker, 4).map(({ prompts }) => prompts)).toEqual(
      listAsked(workloadOf(3), worker, 4),
    )
  expect(transport.prepared).toHaveLength(12)
  expect(taken.board.values.madeInLevel).toBe(0)
})

test('the first request of each worker is as long as its phase asks, and a whole one without a warm-up', () => {
  const lengths = (warmupRequests: number, spread: readonly number[] | null) => {
    const taken = stock({ concurrency: 4, expectedRequests: 8, warmupRequests }, workloadOf(4))
    const own = workloadOf(4)
    return [0, 1, 2, 3].map((worker) => ({
      taken: taken.take(worker, spread?.[worker] ?? null).outputTokens,
      own: own.next(worker, spread?.[worker] ?? null).outputTokens,
    }))
  }
  const { spread } = workloadOf(4)
  for (const { taken, own } of [...lengths(1, spread), ...lengths(0, null)]) expect(taken).toBe(own)
  expect(Math.min(...lengths(1, spread).map(({ taken }) => taken))).toBeLessThan(5)
})

test('a worker that enters with a whole answer leaves out the request that was to be shortened, whether it was made before or not', () => {
  for (const expectedRequests of [6, 0]) {
    const taken = stock({ concurrency: 2, expectedRequests }, workloadOf(2))
    const [, ...further] = listAsked(workloadOf(2), 1, 3)
    expect([1, null].map((spread) => taken.take(1, spread).prompts)).toEqual(further)
    expect(taken.board.values.madeInLevel).toBe(expectedRequests === 0 ? 2 : 0)
  }
})

test('what is taken beyond that is made then, and counted', () => {
  const taken = stock({ concurrency: 2, expectedRequests: 3 }, workloadOf(2))
  const prompts = takeAll(taken, workloadOf(2), 1, 4).map((request) => request.prompts)
  expect(prompts).toEqual(listAsked(workloadOf(2), 1, 4))
  expect(taken.board.values.madeInLevel).toBe(3)
})

test('no more is made than fits into 8 MB, over all threads, whether it is bytes or objects', () => {
  const transport = transportWith(1024 * 1024)
  stock({ concurrency: 4, expectedRequests: 1_000 }, workloadOf(4), transport)
  expect(transport.prepared).toHaveLength(8)
  const half = transportWith(1024 * 1024)
  const spec = aLevelSpec({ concurrency: 4, expectedRequests: 1_000 })
  stockRequests(
    { spec, board: createBoard(spec) },
    { workers: [1, 3], arrivals: ALL },
    { workload: workloadOf(4), transport: half },
  )
  expect(half.prepared).toHaveLength(4)
  const small = transportWith(500)
  stock({ concurrency: 4, expectedRequests: 10_000 }, workloadOf(4), small)
  expect(small.prepared).toHaveLength(Math.ceil((8 * 1024 * 1024) / 1_000))
})

test('requests of a rate are kept by their numbers, in each thread those that it sends', () => {
  const arrivals = { first: 1, of: 2 }
  const workload = createOpenWorkload(SCRIPTED_WORKLOAD, 50, 1)
  const taken = stock({ concurrency: 50, expectedRequests: 10, open: OPEN }, workload, transportWith(1), arrivals)
  const numbers = Array.from({ length: 5 }, () => 0)
  const due = listArrivals(OPEN, arrivals)
  for (const i of numbers.keys()) numbers[i] = due.next().value!.number
  for (const number of numbers.toReversed())
    expect(taken.take(number, null).prompts).toEqual(
      createOpenWorkload(SCRIPTED_WORKLOAD, 50, 1).next(number, null).prompts,
    )
  expect(taken.board.values.madeInLevel).toBe(0)
  taken.take(0, null)
  expect(taken.board.values.madeInLevel).toBe(1)
})

test('a share without workers, as a shard beyond those of a level has, needs nothing made', () => {
  const spec = aLevelSpec({ concurrency: 1, expectedRequests: 10, shard: { number: 2, count: 2 } })
  const transport = transportWith(1)
  const board = createBoard(spec)
  stockRequests({ spec, board }, { workers: [], arrivals: ALL }, { workload: workloadOf(1), transport })
  expect(board.values.madeInLevel).toBe(0)
  expect(transport.prepared).toEqual([])
})

test('a turn of a conversation waits for the answer before it, and does not count', () => {
  const transport = transportWith(1)
  const taken = stock({ concurrency: 2, expectedRequests: 10 }, { ...workloadOf(2), hear: () => 'over' }, transport)
  expect(transport.prepared).toEqual([])
  taken.take(0, null)
  expect(taken.board.values.madeInLevel).toBe(0)
})

test('while a level measures nothing is made, until it takes more than was expected', async () => {
  const endpoint = scriptedEndpoint(({ spec }) => ({ latencyMs: 10 * spec.outputTokens }))
  const madeAt: number[] = []
  const measure = async (expectedRequests: number) => {
    const own = workloadOf(4)
    const next: Workload['next'] = (worker, spread) => {
      madeAt.push(endpoint.clock.now())
      return own.next(worker, spread)
    }
    const spec = aLevelSpec({ concurrency: 4, expectedRequests })
    return endpoint.run(measureLevel(spec, portsOf(endpoint, spec, { workload: { ...own, next } })))
  }
  const { madeInLevel, connections } = await measure(300)
  expect(madeAt).toHaveLength(300)
  expect(new Set(madeAt)).toEqual(new Set([0]))
  expect(madeInLevel).toBe(0)
  const short = await measure(10)
  expect(short.madeInLevel).toBe(short.connections.requests - 10)
  expect(short.connections.requests).toBe(connections.requests)
})
