import { Worker } from 'node:worker_threads'
import { expect, test } from 'vitest'
import { defineCells, readTime } from '../../src/load/shared-cells.ts'

const COUNTER = new URL('counting-thread.ts', import.meta.url)

test('cells begin with the values that they were made with', () => {
  const { values } = defineCells({ startAt: NaN, started: 0, left: 3 })()
  expect(values).toMatchObject({ startAt: NaN, started: 0, left: 3 })
  expect([readTime(values.startAt), readTime(0)]).toEqual([null, 0])
})

test('whoever joins has the same cells, as they are by then', () => {
  const share = defineCells({ at: NaN, count: 0 })
  const mine = share()
  mine.values.count = 7
  const others = share(mine.memory)
  expect(others.values).toMatchObject({ at: NaN, count: 7 })
  others.values.at = 0.1 + 0.2
  expect(mine.values.at).toBe(0.1 + 0.2)
})

test('cells of a kind that do not join each other share nothing', () => {
  const share = defineCells({ count: 0 })
  const [one, other] = [share(), share()]
  one.values.count = 5
  expect([one.values.count, other.values.count, share().values.count]).toEqual([5, 0, 0])
})

test('a turn may hold again, and ends with what it throws', () => {
  const share = defineCells({ count: 0 })
  const cells = share()
  expect(cells.hold(() => cells.hold(() => 'done'))).toBe('done')
  expect(() => cells.hold(() => JSON.parse('{'))).toThrow(SyntaxError)
  expect(share(cells.memory).hold(() => 'free')).toBe('free')
})

test('no count is lost where several threads count at once', async () => {
  const cells = defineCells({ one: 0, other: 0 })()
  const counts = 50_000
  // All begin at one moment, or the first would be done before the last is there.
  const gate = new Int32Array(new SharedArrayBuffer(4))
  const workerData = { memory: cells.memory, gate: gate.buffer, counts }
  const workers = [1, 2].map(() => new Worker(COUNTER, { workerData, execArgv: [] }))
  const threads = workers.map(async (thread) => new Promise((resolve) => thread.once('exit', resolve)))
  await Promise.all(workers.map(async (thread) => new Promise((resolve) => thread.once('message', resolve))))
  Atomics.store(gate, 0, 1)
  Atomics.notify(gate, 0)
  for (let i = 0; i < counts; i++) cells.hold(() => (cells.values.other = ++cells.values.one))
  expect(await Promise.all(threads)).toEqual([0, 0])
  expect(cells.values).toMatchObject({ one: 3 * counts, other: 3 * counts })
})
