import { expect, test } from 'vitest'
import { readRendezvous, readShard, renderShard } from '../../../src/settings/lists/shard-settings.ts'

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

test('a rendezvous is a folder or a URL, and no URL with a user', () => {
  expect(readRendezvous('/mnt/shared')).toEqual({ kind: 'folder', folder: '/mnt/shared' })
  expect(readRendezvous('https://store.example/prefix?sig=1')).toMatchObject({ kind: 'url' })
  expect(() => readRendezvous('https://me:secret@store.example/')).toThrow('must not hold a user or password')
})
