import { expect, test, describe } from 'vitest'
import {
  createReleaseAssetStore,
  createGithubArtifactSource,
  findReleaseAsset,
} from '../../../src/github/artifacts/history-store.ts'
import { BaselineError } from '../../../src/errors.ts'
import { anEntry, historyOf, shaOf } from '../../report/history-builders.ts'
import { httpError } from '../../baseline/fake-source.ts'
import { findHistories } from '../../../src/baseline/artifact-search.ts'
import type { ArtifactSource } from '../../../src/baseline/artifact-rules.ts'
import type { FakeGithub } from '../../support/fake-github/server.ts'
import { textsIn } from '../../support/fake-github/fixtures.ts'
import { encodeHistory } from '../../../src/report/history-codec.ts'
import { aGithub, clientOf } from '../fake.ts'

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

function sourceOf(github: FakeGithub, sha = github.state.branches.get('main')!): ArtifactSource {
  return createGithubArtifactSource(clientOf(github), { sha, upload: async () => {} })
}

describe('runs', () => {
  test('are those of a workflow file, a branch and an event, as they are', async () => {
    const github = await aGithub()
    const run = github.addRun({
      workflow: 'gate.yml',
      event: 'push',
      attempt: 2,
      path: '.github/workflows/gate.yml@refs/heads/main',
    })
    github.addRun({ workflow: 'gate.yml', event: 'schedule' })
    github.addRun({ workflow: 'other.yml' })
    const source = sourceOf(github)
    const pushes = await source.runs({ workflow: 'gate.yml', branch: 'main', event: 'push' })
    expect(pushes).toEqual([
      {
        id: run.id,
        attempt: 2,
        path: '.github/workflows/gate.yml@refs/heads/main',
        event: 'push',
        title: 'Begin',
        headBranch: 'main',
        headSha: run.headSha,
        repositoryId: 4711,
        headRepositoryId: 4711,
      },
    ])
    expect(await source.runs({ workflow: 'gate.yml', branch: 'main', event: null })).toHaveLength(2)
    expect(await source.run(run.id)).toEqual(pushes[0])
    expect(await source.run(99)).toBeNull()
  })

  test('of a fork say so, even when the fork is gone', async () => {
    const github = await aGithub()
    const forked = github.addRun({ headRepository: github.fork('stranger') })
    const gone = github.addRun({ headRepository: null })
    const source = sourceOf(github)
    expect((await source.run(forked.id))!.headRepositoryId).not.toBe(4711)
    expect((await source.run(gone.id))!.headRepositoryId).toBeNull()
  })

  test('of a workflow that does not exist are refused with a status', async () => {
    const github = await aGithub()
    const query = { workflow: 'none.yml', branch: 'main', event: null }
    await expect(sourceOf(github).runs(query)).rejects.toMatchObject({ status: 404 })
  })
})

describe('artifacts', () => {
  test('are found by their exact name, in a run or in all of them', async () => {
    const github = await aGithub()
    const [one, other] = [github.addRun(), github.addRun()]
    const name = 'plateau-a-history'
    const artifact = github.addArtifact({ run: one, name, files: { 'history.json': '{}' } })
    github.addArtifact({ run: other, name, files: { 'history.json': '{}' } })
    github.addArtifact({ run: one, name: 'plateau-a', files: { 'x.json': '{}' } })
    const source = sourceOf(github)
    expect(await source.artifacts({ name, runId: one.id })).toEqual({
      complete: true,
      artifacts: [
        {
          id: artifact.id,
          name,
          sizeBytes: artifact.zip.length,
          expired: false,
          digest: artifact.digest,
          run: { id: one.id, repositoryId: 4711, headRepositoryId: 4711, headBranch: 'main', headSha: one.headSha },
        },
      ],
    })
    expect((await source.artifacts({ name, runId: null })).artifacts).toHaveLength(2)
  })

  test('are said not to be all when there are more', async () => {
    const github = await aGithub()
    const run = github.addRun()
    for (let i = 0; i < 101; i++) github.addArtifact({ run, name: 'a', files: { x: '1' } })
    const list = await sourceOf(github).artifacts({ name: 'a', runId: null })
    expect(list.complete).toBe(false)
    expect(list.artifacts).toHaveLength(100)
  })

  test('are downloaded from the signed address without the token', async () => {
    const github = await aGithub()
    const artifact = github.addArtifact({ run: github.addRun(), name: 'a', files: { 'history.json': '{"a":1}' } })
    const zip = await sourceOf(github).download(artifact.id, 1e6)
    expect(textsIn(zip)).toEqual({ 'history.json': '{"a":1}' })
    expect(github.requests.map(({ host, authorization }) => [host, authorization !== null])).toEqual([
      ['api', true],
      ['blob', false],
    ])
  })

  test('that are larger than allowed are not downloaded to their end', async () => {
    const github = await aGithub()
    const artifact = github.addArtifact({ run: github.addRun(), name: 'a', zip: new Uint8Array(200_000) })
    await expect(sourceOf(github).download(artifact.id, 100_000)).rejects.toThrow(/larger than 100000 bytes/)
  })

  test('that have expired are refused with a status', async () => {
    const github = await aGithub()
    const artifact = github.addArtifact({ run: github.addRun(), name: 'a', files: { x: '1' }, expired: true })
    await expect(sourceOf(github).download(artifact.id, 1e6)).rejects.toMatchObject({ status: 410 })
  })
})

describe('commits', () => {
  test('are found by branch, tag and SHA', async () => {
    const github = await aGithub()
    const sha = github.state.branches.get('main')!
    github.tag('v1')
    const source = sourceOf(github)
    expect([await source.commitOf('main'), await source.commitOf('v1'), await source.commitOf(sha)]).toEqual([
      sha,
      sha,
      sha,
    ])
    expect(await source.commitOf('nothing')).toBeNull()
  })

  test('of a branch are not those of a tag of the same name, nor the other way round', async () => {
    const github = await aGithub()
    const [tip, tagged] = [github.state.branches.get('main')!, github.commit('change')]
    github.tag('main', tagged)
    const source = sourceOf(github)
    expect([await source.commitOf('heads/main'), await source.commitOf('tags/main')]).toEqual([tip, tagged])
    expect(await source.commitOf('tags/change')).toBeNull()
  })

  test('of a tag that is called like the branch make no baseline, whatever the API calls its run', async () => {
    const github = await aGithub()
    const evil = github.commit('change')
    github.tag('main', evil)
    for (const sha of [evil, github.state.branches.get('main')!]) {
      const run = github.addRun({ branch: 'main', sha })
      github.addArtifact({
        run,
        name: 'plateau-llama-8b-history',
        files: { 'history.json': encodeHistory(historyOf([anEntry(1)])) },
      })
    }
    const { found, passedOver } = await findHistories(
      sourceOf(github),
      { repositoryId: 4711, defaultBranch: 'main', workflows: ['plateau.yml'], runId: 1 },
      'llama-8b',
    )
    expect(found.map(({ run }) => run.headSha)).toEqual([github.state.branches.get('main')])
    expect(passedOver).toEqual([expect.stringContaining('its commit is not on main')])
  })

  test('lead to each other or not', async () => {
    const github = await aGithub()
    const old = github.state.branches.get('main')!
    const pull = github.addPull()
    const tip = github.commit('main')
    const source = sourceOf(github)
    expect(await source.isAncestor(old, tip)).toBe(true)
    expect(await source.isAncestor(tip, tip)).toBe(true)
    expect(await source.isAncestor(tip, old)).toBe(false)
    expect(await source.isAncestor(pull.headSha, tip)).toBe(false)
    expect(await source.isAncestor('f'.repeat(40), tip)).toBeNull()
  })

  test('the newest tag is the nearest one behind the commit, not on it', async () => {
    const github = await aGithub()
    github.tag('v1')
    github.commit('main')
    github.tag('v2')
    github.commit('main')
    const tip = github.commit('main')
    github.tag('v3', tip)
    expect(await sourceOf(github, tip).newestTag()).toBe('v2')
  })

  test('without tags there is none, and no commit is asked for', async () => {
    const github = await aGithub()
    expect(await sourceOf(github).newestTag()).toBeNull()
    expect(github.requests).toHaveLength(1)
  })
})

describe('a file of the newest release', () => {
  test('is read without the token', async () => {
    const github = await aGithub()
    github.addRelease({ tag: 'v1', assets: { 'history.json': 'old' } })
    github.addRelease({ tag: 'v2', assets: { 'history.json': 'new', other: 'x' } })
    github.addRelease({ tag: 'v3-rc', assets: { 'history.json': 'candidate' }, prerelease: true })
    const found = await findReleaseAsset(clientOf(github), 'history.json', 1000)
    expect(found?.tag).toBe('v2')
    expect(new TextDecoder().decode(found?.content)).toBe('new')
    expect(github.requests.at(-1)).toMatchObject({ host: 'blob', authorization: null })
  })

  test('is none where there is no release, or no such file', async () => {
    const github = await aGithub()
    const client = clientOf(github)
    expect(await findReleaseAsset(client, 'history.json', 1000)).toBeNull()
    github.addRelease({ tag: 'v1', assets: { other: 'x' } })
    expect(await findReleaseAsset(client, 'history.json', 1000)).toBeNull()
  })
})
