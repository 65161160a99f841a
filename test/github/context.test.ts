import { expect, test } from 'vitest'
import {
  branchesOf,
  isDefaultBranch,
  isEnterpriseServer,
  findMeasuredSha,
  readContext,
  runSourceOf,
  nameJob,
  inputOf,
  legOf,
  readInputs,
  readJobTotal,
} from '../../src/github/context.ts'
import { aContext, pullPayload, RUNNER_ENV, workflowRunPayload } from './contexts.ts'
import { HISTORY_SETTINGS } from '../../src/settings/lists/history-settings.ts'
import { findSecrets, findSecretsInEnvironment } from '../../src/settings/secrets.ts'
import { ACTION_SETTINGS } from '../../src/settings/lists/run-settings.ts'

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

const ENV = {
  'INPUT_API-KEY': ' sk-test-0123456789 \n',
  INPUT_ENDPOINT: 'https://user:pass-word-1@host/v1?sig=signature-77&v=1',
  INPUT_HEADERS: 'X-Token: Bearer tok-5544332211\nx-env: eu',
  INPUT_PASSES: '',
  'INPUT_GITHUB-TOKEN': 'ghs_0123456789',
  INPUT_FORMAT: 'json',
  INPUT_UNKNOWN: 'x',
}

test('an input is what stands under its name in capitals, without the spaces around it', () => {
  expect(inputOf(ENV, 'api-key')).toBe('sk-test-0123456789')
  expect(inputOf(ENV, 'level-duration')).toBe('')
})

test('an empty input is one that was not given; settings of the command and strangers are none', () => {
  const inputs = readInputs(ACTION_SETTINGS, ENV)
  expect([...inputs.keys()].sort()).toEqual(['api-key', 'endpoint', 'github-token', 'headers'])
  expect(inputs.get('endpoint')).toMatchObject({ source: 'input', where: null })
})

test('what may be secret is found before it is known whether it can be used', () => {
  const env = {
    ...ENV,
    PLATEAU_API_KEY: 'sk-env-0123',
    'INPUT_CLIENT-SECRET': 'client-secret-1',
    DATABRICKS_CLIENT_SECRET: 'databricks-secret',
    AWS_SECRET_ACCESS_KEY: 'aws-secret-1',
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'request-token',
  }
  const inputs = findSecrets(ACTION_SETTINGS, readInputs(ACTION_SETTINGS, env))
  const hidden = [...inputs, ...findSecretsInEnvironment(ACTION_SETTINGS, env)]
  expect(hidden).toEqual(
    expect.arrayContaining([
      'sk-test-0123456789',
      'sk-env-0123',
      'ghs_0123456789',
      'Bearer tok-5544332211',
      'tok-5544332211',
      'pass-word-1',
      'signature-77',
      'client-secret-1',
      'databricks-secret',
      'aws-secret-1',
      'request-token',
    ]),
  )
  expect(hidden).not.toContain('eu')
})

test.each([
  ['null', 'measure', 'measure'],
  ['', 'measure', 'measure'],
  ['not JSON', 'measure', 'measure'],
  ['{"model":"meta-llama/Llama-3","gpus":2}', 'measure-meta-llama-llama-3-2', 'measure (meta-llama/Llama-3, 2)'],
  ['{"include":{"model":"a","tags":["x",true]}}', 'measure-a-x-true', 'measure (a, x, true)'],
])('the matrix %s makes the name %s of the job %s', (matrix, name, leg) => {
  expect(nameJob('measure', matrix, null)).toBe(name)
  expect(legOf('measure', matrix)).toBe(leg)
})

test('a job always has a name', () => {
  expect(nameJob('___', 'null', null)).toBe('job')
})

test.each([
  ['measure', '{"model":"chat-history"}', 'measure-chat-history-run'],
  ['x-history', 'null', 'x-history-run'],
  ['measure', '{"try":"attempt-2"}', 'measure-attempt-2-run'],
  ['history', 'null', 'history'],
  [`${'x'.repeat(56)}-history`, 'null', `${'x'.repeat(56)}-his-run`],
])('the job %s with the matrix %s has the name %s, which no other artifact has', (job, matrix, name) => {
  expect(nameJob(job, matrix, null)).toBe(name)
  expect(HISTORY_SETTINGS.name.read(name)).toBe(name)
})

test('how many jobs a matrix makes is what the runner says, and one where it says nothing that could be', () => {
  expect(['8', '1', '', '0', '-3', 'x', '2.5', '99999'].map(readJobTotal)).toEqual([8, 1, 1, 1, 1, 1, 1, 1])
})
