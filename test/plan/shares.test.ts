import { expect, test, describe } from 'vitest'
import {
  listWorkers,
  countWorkers,
  shareOut,
  countThreads,
  describeThreads,
  planMoreThreads,
  planThreads,
} from '../../src/plan/shares.ts'
import { SettingsError } from '../../src/errors.ts'

test('the workers of a level are dealt out evenly, each to one shard, and so is what may be spent', () => {
  for (const count of [2, 3, 8]) {
    const shards = Array.from({ length: count }, (_, i) => ({ number: i + 1, count }))
    for (const concurrency of [1, 2, 7, 8, 64]) {
      const dealt = shards.map((shard) => listWorkers({ concurrency, shard }))
      expect(dealt.flat().toSorted((a, b) => a - b)).toEqual(Array.from({ length: concurrency }, (_, i) => i))
      const counts = shards.map((shard) => countWorkers({ concurrency, shard }))
      expect(counts).toEqual(dealt.map(({ length }) => length))
      expect(Math.max(...counts) - Math.min(...counts)).toBeLessThan(2)
      expect(shards.map((shard) => shareOut(concurrency, shard))).toEqual(counts)
    }
    expect(shards.map((shard) => shareOut(null, shard))).toEqual(shards.map(() => null))
  }
})

describe('client-threads: auto', () => {
  test.each([
    [1, 1, 1],
    [2, 1, 2],
    [3, 1, 3],
    [4, 2, 4],
    [16, 14, 16],
  ])('with %i cores is %i, and at most %i', (cores, threads, most) => {
    expect(planThreads('auto', cores)).toMatchObject({ threads, most })
  })

  test('gives a thread to each 32 workers: fewer keep none busy', () => {
    const plan = planThreads('auto', 8)
    expect([1, 32, 63, 64, 100, 192, 1_000].map((level) => countThreads(plan, level, 1))).toEqual([0, 0, 0, 2, 3, 6, 6])
  })

  test('is carried by this thread where one is enough', () => {
    expect(countThreads(planThreads('auto', 2), 1_000, 1)).toBe(0)
  })

  test('gives each of two sides that are loaded at once threads of its own, where there is a core for each', () => {
    expect(countThreads(planThreads('auto', 1), 8, 2)).toBe(0)
    expect(countThreads(planThreads('auto', 2), 8, 2)).toBe(1)
    expect(countThreads(planThreads('auto', 8), 500, 2)).toBe(3)
  })

  test('grows to all cores where so many cannot keep up, for any number of workers', () => {
    const more = planMoreThreads(planThreads('auto', 6), 40, 1)!
    expect(more).toMatchObject({ threads: 6, most: 6 })
    expect(countThreads(more, 40, 1)).toBe(6)
    expect(countThreads(more, 3, 1)).toBe(3)
    expect(planMoreThreads(more, 40, 1)).toBeNull()
    expect(planMoreThreads(planThreads('auto', 2), 40, 1)).toMatchObject({ threads: 2 })
    expect(planMoreThreads(planThreads('auto', 1), 40, 1)).toBeNull()
  })

  test('does not grow for a level whose workers are too few for another thread', () => {
    expect(planMoreThreads(planThreads('auto', 2), 1, 1)).toBeNull()
    expect(planMoreThreads(planThreads('auto', 6), 1, 1)).toBeNull()
    expect(planMoreThreads(planThreads('auto', 2), 2, 1)).toMatchObject({ threads: 2 })
    const three = { ...planThreads(3, 8), most: 8 }
    expect(planMoreThreads(three, 3, 1)).toBeNull()
    expect(planMoreThreads(three, 4, 1)).toMatchObject({ threads: 6 })
  })

  test('grows by as much as gives each of two sides another one', () => {
    expect(planMoreThreads(planThreads('auto', 2), 8, 2)).toBeNull()
    expect(planMoreThreads({ ...planThreads(1, 4), most: 4 }, 8, 2)).toMatchObject({ threads: 4 })
  })
})

describe('a number of client-threads', () => {
  test('is what is used, whatever the level, as far as it has workers', () => {
    const plan = planThreads(3, 4)
    expect([1, 2, 3, 500].map((level) => countThreads(plan, level, 1))).toEqual([0, 2, 3, 3])
    expect(countThreads(planThreads(1, 4), 500, 1)).toBe(0)
    expect(planMoreThreads(plan, 500, 1)).toBeNull()
  })

  test('of 1 has no thread beside this one, not even for a control', () => {
    expect(countThreads(planThreads(1, 4), 500, 2)).toBe(0)
  })

  test('above that of the cores is refused with the cores there are', () => {
    expect(planThreads(2, 2).threads).toBe(2)
    expect(() => planThreads(3, 2)).toThrow(SettingsError)
    expect(() => planThreads(3, 2)).toThrow(
      'client-threads: got "3"; this machine has 2 cores, and threads that share one measure each other; give at most 2, or auto',
    )
    expect(() => planThreads(2, 1)).toThrow('this machine has 1 core, ')
  })
})

test.each([
  [planThreads('auto', 1), '1 client thread (of 1 core)'],
  [planThreads('auto', 2), '1 client thread (of 2 cores), up to 2 where it cannot keep up'],
  [planThreads('auto', 8), '6 client threads (one a core from the third on, of 8), up to 8 where they cannot keep up'],
  [planThreads(2, 8), '2 client threads (as asked for)'],
])('the plan says how many, and why', (plan, words) => {
  expect(describeThreads(plan)).toBe(words)
})
