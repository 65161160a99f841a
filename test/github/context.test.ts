import { expect, test } from 'vitest'
import {
  branchesOf,
  isDefaultBranch,
  isEnterpriseServer,
  findMeasuredSha,
  readContext,
  runSourceOf,
} from '../../src/github/context.ts'
import { aContext, pullPayload, RUNNER_ENV, workflowRunPayload } from './contexts.ts'

test('a push is read from the environment and its event', () => {
  const commits = [{ id: '1'.repeat(40) }, { id: '2'.repeat(40) }]
  expect(aContext('push', { commits })).toMatchObject({
    event: 'push',
    repository: { id: 4711, owner: 'acme', name: 'serving', isPrivate: true, defaultBranch: 'main' },
    run: { id: 1001, attempt: 1, url: 'https://github.com/acme/serving/actions/runs/1001' },
    job: 'measure',
    workflowFile: 'gate.yml',
    pullRequest: null,
    pushed: ['2'.repeat(40), '1'.repeat(40)],
  })
})

test('what is measured in a pull request is its head, not the merge that it is tried as', () => {
  const context = aContext('pull_request', pullPayload(), { GITHUB_REF: 'refs/pull/7/merge' })
  expect(context.pullRequest).toEqual({
    number: 7,
    headSha: 'b'.repeat(40),
    headRepositoryId: 4711,
    baseSha: 'c'.repeat(40),
    baseRef: 'main',
  })
  expect(findMeasuredSha(context)).toBe('b'.repeat(40))
})

test('what is measured after a deployment is the commit that was deployed, of a triggered run that of the other run', () => {
  const deployed = aContext('deployment_status', { deployment: { sha: 'e'.repeat(40) } })
  expect(findMeasuredSha(deployed)).toBe('e'.repeat(40))
  expect(runSourceOf(deployed).sha).toBe('e'.repeat(40))
  expect(findMeasuredSha(aContext('workflow_run', workflowRunPayload()))).toBe('d'.repeat(40))
  expect(findMeasuredSha(aContext('push'))).toBe('a'.repeat(40))
})

test('a fork whose repository is gone has none', () => {
  expect(aContext('pull_request', pullPayload(null)).pullRequest?.headRepositoryId).toBeNull()
})

test('what another run triggered is recorded as the commit of that run, and says which run it was', () => {
  expect(runSourceOf(aContext('workflow_run', workflowRunPayload()))).toEqual({
    sha: 'd'.repeat(40),
    ref: 'main',
    runId: '1001',
    attempt: 1,
    event: 'workflow_run',
    url: 'https://github.com/acme/serving/actions/runs/1001',
    triggeredBy: '900',
  })
})

test.each([
  ['refs/heads/main', true],
  ['refs/heads/other', false],
  ['refs/tags/main', false],
  ['main', false],
])('%s is the default branch: %s', (ref, expected) => {
  expect(isDefaultBranch(aContext('push', {}, { GITHUB_REF: ref }))).toBe(expected)
})

test('a schedule runs on the default branch, whether or not its event names it', () => {
  const context = readContext({ ...RUNNER_ENV, GITHUB_EVENT_NAME: 'schedule' }, () => '{"schedule":"0 3 * * *"}')
  expect(isDefaultBranch(context)).toBe(true)
  expect(context.repository.id).toBe(4711)
})

test.each(['', 'not JSON', '[]', '{"pull_request":7,"repository":"x","commits":{}}'])(
  'an event of %j is one of which nothing is known',
  (text) => {
    const context = readContext(RUNNER_ENV, () => text)
    expect(context).toMatchObject({ event: 'push', pullRequest: null, workflowRun: null, pushed: [] })
    // Unknown counts as public: less is published then.
    expect(context.repository.isPrivate).toBe(false)
  },
)

test.each([
  ['https://github.com', false],
  ['https://acme.ghe.com', false],
  ['http://api.localhost:3000', false],
  ['https://github.example.com', true],
  ['https://notgithub.com', true],
])('%s is GitHub Enterprise Server: %s', (url, expected) => {
  expect(isEnterpriseServer(url)).toBe(expected)
})

test.each<[string, object, string, string | null]>([
  ['pull_request', pullPayload(), 'main', null],
  ['pull_request', { ...pullPayload(), repository: { id: 4711, default_branch: 'master' } }, 'master', 'main'],
  ['merge_group', { merge_group: { base_sha: 'c'.repeat(40), base_ref: 'refs/heads/release/1' } }, 'main', 'release/1'],
  ['merge_group', { merge_group: { base_sha: 'c'.repeat(40), base_ref: 'refs/heads/main' } }, 'main', null],
  ['push', {}, 'main', null],
])('of %s the branches are known by their names', (event, payload, defaultBranch, intoBranch) => {
  const context = aContext(event, payload)
  expect(branchesOf(context, context.pullRequest)).toEqual({ defaultBranch, intoBranch })
})
