import { expect, test } from 'vitest'
import { createReleaseAssetStore } from '../../../src/github/artifacts/history-store.ts'
import { BaselineError } from '../../../src/errors.ts'
import { encodeHistory } from '../../../src/report/history-codec.ts'
import { anEntry, historyOf, shaOf } from '../../report/history-builders.ts'
import { httpError } from '../../baseline/fake-source.ts'

const TEXT = encodeHistory(historyOf([anEntry(1), anEntry(2, { name: 'other' }), anEntry(3)]))

function storeOf(content: string | Uint8Array | null, upTo: string | null = null) {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content
  const findAsset = async () => (bytes === null ? null : { tag: 'v1.2', content: bytes })
  return createReleaseAssetStore(findAsset, { asset: 'history.json', keep: 400, upTo })
}

test('the runs of the name in the file of the newest release are the baseline', async () => {
  const baseline = await storeOf(TEXT).load('llama-8b')
  expect(baseline.entries).toEqual([anEntry(1), anEntry(3)])
  expect(baseline.origin).toBe('file history.json of release v1.2')
})

test('baseline-ref cuts it', async () => {
  expect((await storeOf(TEXT, shaOf(1)).load('llama-8b')).entries).toEqual([anEntry(1)])
  await expect(storeOf(TEXT, 'v9').load('llama-8b')).rejects.toThrow('No run in the file history.json of release v1.2')
})

test('no release, no file, or no run of the name is no baseline, and the missing file is named', async () => {
  expect(await storeOf(null).load('llama-8b')).toMatchObject({
    entries: [],
    unreadable: null,
    passedOver: ['the newest release has no file history.json'],
  })
  expect(await storeOf(TEXT).load('new')).toMatchObject({ entries: [], unreadable: null, passedOver: [] })
})

test.each([
  ['no JSON', '{', 'not JSON'],
  ['a negative figure', TEXT.replace(/"tpot-p50":[\d.]+/, '"tpot-p50":-1'), 'tpot-p50'],
  ['no UTF-8', new Uint8Array([0xff]), 'not UTF-8'],
  ['too long', new Uint8Array(32 * 1024 * 1024 + 1), 'is longer than'],
])('a file that is %s is refused with its release', async (_, content, message) => {
  const load = storeOf(content).load('llama-8b')
  await expect(load).rejects.toThrow(BaselineError)
  await expect(load).rejects.toThrow('file history.json of release v1.2 is not used')
  await expect(load).rejects.toThrow(message)
})

test('a release that cannot be reached makes the baseline unreadable', async () => {
  const findAsset = async () => {
    throw httpError(404)
  }
  const { unreadable } = await createReleaseAssetStore(findAsset, { asset: 'a.json', keep: 9 }).load('llama-8b')
  expect(unreadable?.why).toContain('`contents: read`')
})

test('saving says that nothing was recorded', async () => {
  await expect(storeOf(TEXT).save([anEntry(4)])).rejects.toThrow('was not recorded')
})

test('the newest runs count, oldest first, in whatever order they stand in the file', async () => {
  const findAsset = async () => ({
    tag: 'v1.2',
    content: new TextEncoder().encode(encodeHistory(historyOf([anEntry(3), anEntry(1), anEntry(2)]))),
  })
  const load = async (keep: number) =>
    (await createReleaseAssetStore(findAsset, { asset: 'a.json', keep }).load('llama-8b')).entries
  expect(await load(9)).toEqual([anEntry(1), anEntry(2), anEntry(3)])
  expect(await load(2)).toEqual([anEntry(2), anEntry(3)])
})
