import { expect, test } from 'vitest'
import { readRendezvous, readShard, renderShard } from '../../../src/settings/values/shard.ts'
import { listWorkers, countWorkers, shareOut } from '../../../src/plan/shard.ts'

test.each([
  ['2/8', { number: 2, count: 8 }],
  [' 256 / 256 ', { number: 256, count: 256 }],
])('%s is a shard', (text, shard) => {
  expect(readShard(text)).toEqual(shard)
  expect(readShard(renderShard(shard))).toEqual(shard)
})

test.each([
  ['0/8', 'must be a shard from 1/8 to 8/8'],
  ['9/8', 'must be a shard from 1/8 to 8/8'],
  ['2/0', 'must be one of 2 to 256 shards'],
  ['1/1', 'must be one of 2 to 256 shards'],
  ['1/257', 'must be one of 2 to 256 shards'],
  ['two of eight', 'for example 2/8'],
  ['-1/8', 'for example 2/8'],
  ['1.5/8', 'for example 2/8'],
  ['', 'for example 2/8'],
])('%s is none', (text, message) => {
  expect(() => readShard(text)).toThrow(message)
})

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

test('a rendezvous is a folder or a URL, and no URL with a user', () => {
  expect(readRendezvous('/mnt/shared')).toEqual({ kind: 'folder', folder: '/mnt/shared' })
  expect(readRendezvous('https://store.example/prefix?sig=1')).toMatchObject({ kind: 'url' })
  expect(() => readRendezvous('https://me:secret@store.example/')).toThrow('must not hold a user or password')
})
