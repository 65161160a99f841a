import { expect, test } from 'vitest'
import { listWorkers, countWorkers, shareOut } from '../../src/plan/shard.ts'

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
