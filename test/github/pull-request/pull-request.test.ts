import { describe, expect, test } from 'vitest'
import { findLabelSource, readLabels } from '../../../src/github/pull-request/labels.ts'
import type { ActionContext } from '../../../src/github/context.ts'
import { encodeLeg } from '../../../src/github/artifacts/report-files.ts'
import { markerOf, addMarker } from '../../../src/github/pull-request/comment.ts'
import {
  findSubject,
  findMergedPullRequests,
  findQueuedPullRequest,
  mayWrite,
} from '../../../src/github/pull-request/pull-request.ts'
import { encodeVerdict } from '../../../src/report/verdict-codec.ts'
import type { FakeGithub } from '../../support/fake-github/server.ts'
import { NO_PERMISSION } from '../../support/fake-github/trouble.ts'
import { mergeGroupEvent } from '../../support/github-payloads.ts'
import { aRegression, aVerdict } from '../../support/verdict-builders.ts'
import { aContext, pullPayload, workflowRunPayload } from '../contexts.ts'
import { anEdition } from '../editions.ts'
import { aGithub, clientOf } from '../fake.ts'

/** Of this run. */
async function pullOf(github: FakeGithub, context: ActionContext) {
  return (await findSubject(clientOf(github), context)).pull
}

describe('the pull request of a run', () => {
  test('is that of its event, without asking', async () => {
    const github = await aGithub()
    expect(await pullOf(github, aContext('pull_request', pullPayload()))).toMatchObject({
      number: 7,
    })
    expect(github.requests).toEqual([])
  })

  test('is the one whose head was deployed', async () => {
    const github = await aGithub()
    const pull = github.addPull()
    const context = aContext('deployment_status', { deployment: { sha: pull.headSha } })
    expect(await pullOf(github, context)).toEqual({
      number: 1,
      headSha: pull.headSha,
      headRepositoryId: 4711,
      baseSha: pull.baseSha,
      baseRef: 'main',
    })
  })

  test('is none that has gone on since the commit that was deployed', async () => {
    const github = await aGithub()
    const pull = github.addPull()
    const before = pull.headSha
    pull.headSha = github.commit(pull.headRef)
    const found = async (sha: string) => pullOf(github, aContext('deployment_status', { deployment: { sha } }))
    expect(await found(before)).toBeNull()
    expect(await found(pull.headSha)).toMatchObject({ number: 1 })
  })

  test('is that of the fork that alone has the commit that was deployed, known as one of a fork', async () => {
    const github = await aGithub()
    const fork = github.fork('stranger')
    const { headSha } = github.addPull({ headRepository: fork })
    const context = aContext('deployment_status', { deployment: { sha: headSha } })
    const found = await pullOf(github, context)
    expect(found).toMatchObject({ headSha, headRepositoryId: fork.id })
  })

  test('is none where a stranger opened one from a fork for a commit of a branch of ours', async () => {
    const github = await aGithub()
    const sha = github.commit('release')
    github.addPull({ headRepository: github.fork('stranger') }).headSha = sha
    const context = aContext('deployment_status', { deployment: { sha } })
    expect(await pullOf(github, context)).toBeNull()
  })

  test('is none that is closed', async () => {
    const github = await aGithub()
    const merged = github.addPull()
    github.merge(merged)
    const context = aContext('deployment_status', { deployment: { sha: merged.headSha } })
    expect(await pullOf(github, context)).toBeNull()
  })

  test('is the one of the run that triggered this one, and none for a push', async () => {
    const github = await aGithub()
    const { headSha } = github.addPull()
    const triggered = (event: string) => aContext('workflow_run', workflowRunPayload({ event, head_sha: headSha }))
    expect(await pullOf(github, triggered('pull_request'))).toMatchObject({ number: 1 })
    expect(await pullOf(github, triggered('push'))).toBeNull()
  })

  test('is the open one that a comment is on', async () => {
    const github = await aGithub()
    const [open, closed] = [github.addPull(), github.addPull()]
    closed.state = 'closed'
    const on = (number: number) => aContext('issue_comment', { issue: { number, pull_request: { url: 'x' } } })
    expect(await pullOf(github, on(open.number))).toMatchObject({ headSha: open.headSha, baseSha: open.baseSha })
    expect(await pullOf(github, on(closed.number))).toBeNull()
    expect(await pullOf(github, aContext('issue_comment', { issue: { number: open.number } }))).toBeNull()
    const { number } = github.addPull({ headRepository: github.fork('stranger') })
    expect(await findSubject(clientOf(github), on(number))).toMatchObject({ isForeign: true })
  })

  test('of a merge group is the one that its branch is named after', () => {
    const ref = `refs/heads/gh-readonly-queue/main/pr-12-${'a'.repeat(40)}`
    expect(findQueuedPullRequest({ event: 'merge_group', ref })).toBe(12)
    expect(findQueuedPullRequest({ event: 'push', ref })).toBeNull()
    expect(findQueuedPullRequest({ event: 'merge_group', ref: 'refs/heads/main' })).toBeNull()
  })
})

describe('a commit that was deployed', () => {
  const isForeign = async (github: FakeGithub, sha: string, more: object = {}) =>
    (await findSubject(clientOf(github), aContext('deployment_status', { deployment: { sha, ...more } }))).isForeign

  test('is foreign when only a pull request of a fork has it, or had it before it was pushed over or closed', async () => {
    const github = await aGithub()
    const pull = github.addPull({ headRepository: github.fork('stranger') })
    const before = pull.headSha
    expect(await isForeign(github, before)).toBe(true)
    pull.headSha = github.commit('elsewhere')
    github.state.branches.delete('elsewhere')
    expect(await isForeign(github, before)).toBe(true)
    pull.state = 'closed'
    expect(await isForeign(github, before)).toBe(true)
  })

  test('is ours on the default branch, at the head of a branch, in a pull request of ours and at the tag that is deployed', async () => {
    const github = await aGithub()
    const old = github.state.branches.get('main')!
    github.commit('main')
    const pull = github.addPull()
    const before = pull.headSha
    pull.headSha = github.commit(pull.headRef)
    const branch = github.commit('staging')
    for (const sha of [old, branch, before, pull.headSha]) expect(await isForeign(github, sha)).toBe(false)
    github.commit('staging')
    expect(await isForeign(github, branch)).toBe(true)
    github.tag('v1', branch)
    expect(await isForeign(github, branch, { ref: 'v1' })).toBe(false)
    expect(await isForeign(github, branch, { ref: 'v2' })).toBe(true)
  })

  test('is ours when the pull request of the fork that had it was merged', async () => {
    const github = await aGithub()
    const pull = github.addPull({ headRepository: github.fork('stranger') })
    github.merge(pull)
    expect(await isForeign(github, pull.headSha)).toBe(false)
  })

  test('is judged so too where another run was triggered by the deployment', async () => {
    const github = await aGithub()
    const { headSha } = github.addPull({ headRepository: github.fork('stranger') })
    const after = (event: string) => aContext('workflow_run', workflowRunPayload({ event, head_sha: headSha }))
    expect(await findSubject(clientOf(github), after('deployment_status'))).toMatchObject({ isForeign: true })
    expect(await findSubject(clientOf(github), after('schedule'))).toMatchObject({ isForeign: false })
  })
})

test('who may write is asked of GitHub, and whom it does not know may not', async () => {
  const github = await aGithub()
  for (const [login, permission] of Object.entries({ anna: 'admin', ben: 'write', cara: 'read' } as const))
    github.state.collaborators.set(login, permission)
  const client = clientOf(github)
  const may = await Promise.all(
    ['anna', 'ben', 'cara', 'stranger', 'some-app[bot]'].map((login) => mayWrite(client, login)),
  )
  expect(may).toEqual([true, true, false, false, false])
})

test('a push knows the pull requests that it merged', async () => {
  const github = await aGithub()
  const pull = github.addPull()
  const sha = github.merge(pull)
  github.addPull()
  const context = aContext('push', { commits: [{ id: sha }] }, { GITHUB_SHA: sha })
  expect(await findMergedPullRequests(clientOf(github), context)).toEqual([1])
  expect(await findLabelSource(clientOf(github), context, null)).toEqual({
    pulls: [{ number: 1, isMeasured: false, looksBack: true, groupSha: null }],
    note: null,
  })
})

test('a merge group is about its pull request and those that stand before it in the queue', async () => {
  const github = await aGithub()
  const pulls = [github.addPull(), github.addPull(), github.addPull()]
  const shas: string[] = []
  for (const pull of pulls) shas.push(mergeGroupEvent(github, pull, { baseSha: shas.at(-1) }).sha)
  // Another queue, and a group that this one does not stand on.
  mergeGroupEvent(github, { ...pulls[0]!, number: 9, baseRef: 'other' })
  const ref = `refs/heads/gh-readonly-queue/main/pr-3-${shas[1]!}`
  const context = aContext('merge_group', { merge_group: { base_sha: shas[1] } }, { GITHUB_REF: ref })
  expect(await findLabelSource(clientOf(github), context, null)).toEqual({
    pulls: [
      { number: 3, isMeasured: true, looksBack: true, groupSha: null },
      { number: 2, isMeasured: false, looksBack: true, groupSha: shas[1] },
      { number: 1, isMeasured: false, looksBack: true, groupSha: shas[0] },
    ],
    note: null,
  })
  github.trouble({ on: /matching-refs/, times: 9, reply: NO_PERMISSION })
  expect(await findLabelSource(clientOf(github), context, null)).toMatchObject({
    pulls: [{ number: 3 }],
    note: expect.stringMatching(/^the pull requests before #3 in the merge queue .*`contents: read`/),
  })
})

test('a push of a commit that an open pull request also has merged nothing', async () => {
  const github = await aGithub()
  const { headSha } = github.addPull()
  const context = aContext('push', { commits: [{ id: headSha }] }, { GITHUB_SHA: headSha })
  expect(await findMergedPullRequests(clientOf(github), context)).toEqual([])
})

test('a schedule has no pull request, and nobody is asked', async () => {
  const github = await aGithub()
  expect(await findLabelSource(clientOf(github), aContext('schedule'), null)).toEqual({
    pulls: [],
    note: null,
  })
  expect(github.requests).toEqual([])
})

describe('labels', () => {
  const ACCEPT = {
    context: aContext('pull_request'),
    names: ['llama-8b'],
    acceptLabel: 'plateau-accept',
    markers: [markerOf('llama-8b')],
  }
  const PULL = { number: 1, isMeasured: true, looksBack: false, groupSha: null }
  const SOURCE = { pulls: [PULL], note: null }

  test('are those of now, with who added them last and the figures that our comment shows', async () => {
    const github = await aGithub()
    const pull = github.addPull()
    github.label(pull, 'bug', 'developer')
    github.label(pull, 'plateau-accept:tpot', 'developer')
    github.unlabel(pull, 'plateau-accept:tpot', 'developer')
    github.label(pull, 'plateau-accept:tpot', 'maintainer')
    const figures = { 'llama-8b': { 'tpot-p50': 0.18 } } as const
    github.addComment({
      issue: 1,
      user: 'stranger',
      body: addMarker(ACCEPT.markers[0]!, { 'llama-8b': {} }, anEdition(), 'x'),
    })
    github.addComment({
      issue: 1,
      user: 'github-actions[bot]',
      body: addMarker(ACCEPT.markers[0]!, figures, anEdition(), 'x'),
    })
    expect(await readLabels(clientOf(github), SOURCE, ACCEPT)).toEqual({
      pulls: [{ number: 1, labels: [{ name: 'plateau-accept:tpot', by: 'maintainer' }], figures, isMeasured: true }],
      notes: [],
    })
  })

  test('that are other labels cost one request', async () => {
    const github = await aGithub()
    github.label(github.addPull(), 'bug', 'developer')
    expect(await readLabels(clientOf(github), SOURCE, ACCEPT)).toEqual({ pulls: [], notes: [] })
    expect(github.requests).toHaveLength(1)
  })

  test('count although nobody tells who added them', async () => {
    const github = await aGithub()
    github.label(github.addPull(), 'plateau-accept', 'maintainer')
    github.trouble({ on: /events/, times: 9, reply: { status: 404, message: 'Not Found' } })
    const { pulls } = await readLabels(clientOf(github), SOURCE, ACCEPT)
    expect(pulls).toMatchObject([{ labels: [{ name: 'plateau-accept', by: null }], figures: {} }])
  })

  test('that cannot be read are a note that names the permission', async () => {
    const github = await aGithub()
    github.addPull()
    const client = clientOf(github, { permissions: { contents: 'read' } })
    const { pulls, notes } = await readLabels(client, SOURCE, ACCEPT)
    expect(pulls).toEqual([])
    expect(notes).toEqual([expect.stringMatching(/labels of #1 could not be read: `pull-requests: read` is missing/)])
  })

  describe('of a pull request that is merged', () => {
    const MERGED = { pulls: [{ ...PULL, isMeasured: false, looksBack: true }], note: null }

    /** A labelled pull request whose last run left this in its artifact. */
    async function merged(
      run: Partial<Parameters<FakeGithub['addRun']>[0]>,
      { worsening = 0.2, name = 'llama-8b' }: { readonly worsening?: number; readonly name?: string } = {},
    ) {
      const github = await aGithub()
      const pull = github.addPull()
      github.label(pull, 'plateau-accept', 'maintainer')
      const { headSha: sha, headRef: branch } = pull
      const comparison = aRegression({ candidate: 10.5 * (1 + worsening) })
      const verdict = aVerdict({ name, comparisons: [comparison, ...aVerdict().comparisons.slice(1)] })
      const leg = {
        name,
        job: 'measure',
        runId: 1001,
        attempt: 1,
        deferred: false,
        settingsNote: null,
        notes: [],
      }
      github.addArtifact({
        run: github.addRun({ event: 'pull_request', branch, sha, ...run }),
        name: `plateau-${name}`,
        files: { 'verdict.json': encodeVerdict(verdict), 'leg.json': encodeLeg(leg) },
      })
      return { github, pull }
    }

    test('have the figures of its last run where no comment says them', async () => {
      const { github } = await merged({})
      const { pulls, notes } = await readLabels(clientOf(github), MERGED, ACCEPT)
      expect(notes).toEqual([])
      expect(pulls[0]!.figures['llama-8b']).toEqual({ 'tpot-p50': expect.closeTo(0.2, 3) as number })
    })

    test('also where the name is that of something which every object has', async () => {
      const { github } = await merged({}, { name: 'constructor' })
      const query = { ...ACCEPT, names: ['constructor'], markers: [markerOf('constructor')] }
      const { pulls } = await readLabels(clientOf(github), MERGED, query)
      expect(Object.entries(pulls[0]!.figures)).toEqual([['constructor', { 'tpot-p50': expect.closeTo(0.2, 3) }]])
    })

    test('but those of a comment first', async () => {
      const { github, pull } = await merged({})
      const body = addMarker(ACCEPT.markers[0]!, { 'llama-8b': { 'tpot-p50': 0.1 } }, anEdition(), 'x')
      github.addComment({ issue: pull.number, user: 'github-actions[bot]', body })
      const { pulls } = await readLabels(clientOf(github), MERGED, ACCEPT)
      expect(pulls[0]!.figures).toEqual({ 'llama-8b': { 'tpot-p50': 0.1 } })
    })

    test('and those of the run of its merge group, where it was measured only there', async () => {
      const { github, pull } = await merged({ event: 'merge_group', sha: 'a'.repeat(40) })
      const queued = { pulls: [{ ...MERGED.pulls[0]!, groupSha: 'a'.repeat(40) }], note: null }
      const expected = { 'llama-8b': { 'tpot-p50': expect.closeTo(0.2, 3) as number } }
      expect((await readLabels(clientOf(github), queued, ACCEPT)).pulls[0]!.figures).toEqual(expected)
      expect((await readLabels(clientOf(github), MERGED, ACCEPT)).pulls[0]!.figures).toEqual({})
      github.merge(pull, 'a'.repeat(40))
      expect((await readLabels(clientOf(github), MERGED, ACCEPT)).pulls[0]!.figures).toEqual(expected)
    })

    test.each<[string, Partial<Parameters<FakeGithub['addRun']>[0]>]>([
      [
        'of a fork',
        { headRepository: { id: 99, fullName: 'x/serving', private: false, fork: true, defaultBranch: 'main' } },
      ],
      ['whose repository is gone', { headRepository: null }],
      ['of another commit', { sha: 'f'.repeat(40) }],
      ['of another event', { event: 'workflow_dispatch' }],
    ])('and none from a run %s', async (_, run) => {
      const { github } = await merged(run)
      const { pulls } = await readLabels(clientOf(github), MERGED, ACCEPT)
      expect(pulls[0]!.figures).toEqual({})
    })

    test('and say it when that run cannot be read', async () => {
      const { github } = await merged({})
      github.trouble({ on: /head_sha/, times: 9, reply: NO_PERMISSION })
      const { pulls, notes } = await readLabels(clientOf(github), MERGED, ACCEPT)
      expect(pulls[0]!.figures).toEqual({})
      expect(notes).toEqual([expect.stringMatching(/last run of #1 could not be read: `actions: read` is missing/)])
    })
  })
})
