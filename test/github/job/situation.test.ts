import { describe, expect, test } from 'vitest'
import { SettingsError } from '../../../src/errors.ts'
import type { ActionContext } from '../../../src/github/context.ts'
import {
  isNamedByEvent,
  checkEvent,
  checkOnGithub,
  joinsHistory,
  judgeSituation,
} from '../../../src/github/job/situation.ts'
import type { Settings } from '../../../src/settings.ts'
import { settingsFor } from '../../support/run-settings.ts'
import { aContext, pullPayload, workflowRunPayload } from '../contexts.ts'

const WITH_KEY = { hasKey: true, needsNoKey: false, sendsNothing: false, allowFork: false, allowForkProblem: null }
const FACTS = { isForeign: false, isByWriter: false }
const WITHOUT_KEY = { ...WITH_KEY, hasKey: false }
const FORK = pullPayload(99)

describe('nothing is measured', () => {
  test.each<[string, ActionContext, string]>([
    ['in a pull request of a fork', aContext('pull_request', FORK), 'fork'],
    ['in one whose fork is gone', aContext('pull_request', pullPayload(null)), 'fork'],
    ['in a review of a fork', aContext('pull_request_review', FORK), 'fork'],
    [
      'after a run of a fork',
      aContext('workflow_run', workflowRunPayload({ event: 'pull_request', head_repository: { id: 99 } })),
      'fork',
    ],
    [
      'after a run of a fork that is gone',
      aContext('workflow_run', workflowRunPayload({ event: 'pull_request', head_repository: null })),
      'fork',
    ],
    ['for Dependabot', aContext('pull_request', pullPayload(), { GITHUB_ACTOR: 'dependabot[bot]' }), 'dependabot'],
    ['for a push of Dependabot', aContext('push', {}, { GITHUB_ACTOR: 'dependabot[bot]' }), 'dependabot'],
  ])('%s, even with a key', (_, context, reason) => {
    expect(judgeSituation(context, WITH_KEY, FACTS)).toEqual({ kind: 'skip', reason })
  })

  test('without a key, on an event that anybody can cause', () => {
    expect(judgeSituation(aContext('issue_comment'), WITHOUT_KEY, FACTS)).toEqual({ kind: 'skip', reason: 'no-key' })
  })

  test.each(['issue_comment', 'issues', 'discussion_comment', 'watch', 'pull_request_review', 'check_run', 'status'])(
    'on %s unless who caused it may write, with a key or without need of one',
    (event) => {
      for (const settings of [WITH_KEY, { ...WITHOUT_KEY, needsNoKey: true }]) {
        expect(judgeSituation(aContext(event), settings, FACTS)).toEqual({ kind: 'skip', reason: 'no-writer' })
        expect(judgeSituation(aContext(event), settings, { ...FACTS, isByWriter: true }).kind).toBe('measure')
      }
    },
  )

  test('of a fork, but for results that its own job measured: with those nothing is sent, and it never joins the history', () => {
    const context = aContext('pull_request', FORK)
    const results = { ...WITHOUT_KEY, sendsNothing: true }
    expect(judgeSituation(context, WITHOUT_KEY, FACTS).kind).toBe('skip')
    expect(judgeSituation(context, results, FACTS)).toEqual({ kind: 'measure', joinsHistory: false })
    const target = aContext('pull_request_target', FORK)
    expect(() => judgeSituation(target, results, FACTS)).toThrow(/let-forks-use-my-key/)
  })

  test('of a commit that nothing shows to be ours, unless forks may use the key', () => {
    const context = aContext('deployment_status', { deployment: { sha: 'e'.repeat(40) } })
    const foreign = { ...FACTS, isForeign: true }
    expect(judgeSituation(context, WITH_KEY, foreign)).toEqual({ kind: 'skip', reason: 'foreign-commit' })
    expect(judgeSituation(context, { ...WITH_KEY, allowFork: true }, foreign).kind).toBe('measure')
  })
})

test.each([
  'push',
  'schedule',
  'workflow_dispatch',
  'repository_dispatch',
  'merge_group',
  'deployment',
  'deployment_status',
  'release',
  'create',
  'workflow_run',
  'pull_request',
  'pull_request_target',
])(
  'without a key %s is not skipped: only who may write causes it, so the missing key is a mistake to be told',
  (event) => {
    expect(judgeSituation(aContext(event), WITHOUT_KEY, FACTS).kind).toBe('measure')
  },
)

test.each(['issues', 'issue_comment', 'fork', 'watch', 'discussion', 'pull_request_review'])(
  'without a key %s is skipped: anybody may cause it',
  (event) => {
    expect(judgeSituation(aContext(event), WITHOUT_KEY, FACTS)).toEqual({ kind: 'skip', reason: 'no-key' })
  },
)

test('pull_request_target with the head of a fork is refused, and the message names the input', () => {
  const context = aContext('pull_request_target', FORK)
  expect(() => judgeSituation(context, WITH_KEY, FACTS)).toThrow(
    /let-forks-use-my-key.*pull_request_target.*on: pull_request/,
  )
  expect(judgeSituation(context, { ...WITH_KEY, allowFork: true }, FACTS)).toEqual({
    kind: 'measure',
    joinsHistory: false,
  })
})

test('an ugly input that cannot be read is told, and not that it is missing', () => {
  const problem = { setting: 'let-forks-use-my-key', given: 'TRUE', message: 'must be one of true, false' }
  const settings = { ...WITH_KEY, allowForkProblem: problem }
  expect(() => judgeSituation(aContext('pull_request_target', FORK), settings, FACTS)).toThrow(
    /got "TRUE"; must be one of true/,
  )
})

describe('an event that does not say whose code it is about', () => {
  const { pull_request: pull } = pullPayload() as { pull_request: Readonly<Record<string, unknown>> }

  test.each<[string, object]>([
    ['pull_request', {}],
    ['pull_request_target', { pull_request: null }],
    ['pull_request_target', { pull_request: { ...pull, number: '7' } }],
    ['pull_request_target', { pull_request: { ...pull, head: { repo: { id: 4711 } } } }],
    ['pull_request', { pull_request: { ...pull, base: {} } }],
    ['pull_request_review', {}],
    ['workflow_run', {}],
    ['workflow_run', workflowRunPayload({ head_sha: null })],
    ['merge_group', { merge_group: {} }],
    ['deployment_status', { deployment: { sha: 7 } }],
  ])('%s is refused: %j', (event, payload) => {
    expect(() => checkEvent(aContext(event, payload))).toThrow(/^GITHUB_EVENT_PATH: holds no usable event/)
  })

  test.each<[string, object]>([
    ['pull_request', pullPayload()],
    ['pull_request_target', FORK],
    ['workflow_run', workflowRunPayload()],
    ['merge_group', { merge_group: { base_sha: 'c'.repeat(40) } }],
    ['deployment_status', { deployment: { sha: 'e'.repeat(40) } }],
    ['push', {}],
    ['workflow_dispatch', {}],
  ])('and %s with all of it is not', (event, payload) => {
    expect(() => checkEvent(aContext(event, payload))).not.toThrow()
  })

  test('a payload that calls the repository of the fork ours does not make it ours', () => {
    const context = aContext('pull_request_target', { ...FORK, repository: { id: 99, default_branch: 'main' } })
    expect(() => judgeSituation(context, WITH_KEY, FACTS)).toThrow(/let-forks-use-my-key/)
  })
})

test('the ugly input gives a fork no key where there is none', () => {
  const allowed = { ...WITH_KEY, allowFork: true }
  expect(judgeSituation(aContext('pull_request', FORK), allowed, FACTS)).toEqual({ kind: 'skip', reason: 'fork' })
})

describe('record: auto', () => {
  test.each<[string, ActionContext, boolean]>([
    ['a push to the default branch', aContext('push'), true],
    ['a push to another branch', aContext('push', {}, { GITHUB_REF: 'refs/heads/topic' }), false],
    ['a tag', aContext('push', {}, { GITHUB_REF: 'refs/tags/v1' }), false],
    ['a schedule', aContext('schedule'), true],
    ['a run that somebody started', aContext('workflow_dispatch'), true],
    ['one that somebody started on a branch', aContext('workflow_dispatch', {}, { GITHUB_REF: 'refs/heads/x' }), false],
    ['a dispatch', aContext('repository_dispatch'), true],
    ['a pull request', aContext('pull_request', pullPayload(), { GITHUB_REF: 'refs/pull/7/merge' }), false],
    ['a merge group', aContext('merge_group', {}, { GITHUB_REF: 'refs/heads/gh-readonly-queue/main/pr-7-a' }), false],
    ['a deployment', aContext('deployment_status', { deployment: { sha: 'e'.repeat(40) } }), false],
    ['what a push to the default branch triggered', aContext('workflow_run', workflowRunPayload()), true],
    [
      'what a push to another branch triggered',
      aContext('workflow_run', workflowRunPayload({ head_branch: 'topic' })),
      false,
    ],
    ['what a schedule triggered on it', aContext('workflow_run', workflowRunPayload({ event: 'schedule' })), false],
    [
      'what a pull request triggered',
      aContext('workflow_run', workflowRunPayload({ event: 'pull_request', head_branch: 'topic' })),
      false,
    ],
  ])('%s: %#', (_, context, records) => {
    expect(judgeSituation(context, WITH_KEY, FACTS)).toEqual({ kind: 'measure', joinsHistory: records })
  })

  test.each<[Settings['record'], Settings['baseline'], boolean, boolean]>([
    ['auto', { kind: 'artifact' }, true, true],
    ['auto', { kind: 'artifact' }, false, false],
    ['auto', { kind: 'file', path: 'h.json' }, true, true],
    ['auto', { kind: 'release-asset', asset: 'h.json' }, true, false],
    ['always', { kind: 'release-asset', asset: 'h.json' }, false, true],
    ['always', { kind: 'artifact' }, false, true],
    ['always', { kind: 'none' }, true, false],
    ['never', { kind: 'artifact' }, true, false],
  ])('record: %s with baseline %j, where auto would be %s, is %s', (record, baseline, records, expected) => {
    expect(joinsHistory({ record, baseline }, { kind: 'measure', joinsHistory: records })).toBe(expected)
  })
})

describe('what only the action can know to be wrong', () => {
  const problemsOf = (settings: Settings, context: ActionContext): readonly string[] => {
    try {
      checkOnGithub(settings, context)
      return []
    } catch (error) {
      if (!(error instanceof SettingsError)) throw error
      return error.problems.map(({ setting, message }) => `${setting} ${message}`)
    }
  }
  const fine: Settings = {
    ...settingsFor('http://127.0.0.1:1'),
    baseline: { kind: 'artifact' },
    apiKey: 'sk-1',
    upload: true,
  }
  const enterprise = aContext('push', {}, { GITHUB_SERVER_URL: 'https://github.example.com' })

  test('a command that runs what a fork changed', () => {
    const settings = { ...fine, candidateCommand: 'bash serve.sh', controlCommand: 'bash main/serve.sh' }
    const context = aContext('pull_request_target', FORK)
    const said = problemsOf(settings, context)
    expect(said.map((line) => line.split(' ')[0])).toEqual(['candidate-command', 'control-command'])
    expect(said[0]).toContain('runs nothing for a pull request of a fork')
    expect(problemsOf({ ...fine, redeployCommand: 'kubectl' }, context).join()).toContain('redeploy-command')
    expect(problemsOf(settings, aContext('pull_request', pullPayload()))).toEqual([])
    expect(problemsOf(fine, context)).toEqual([])
  })

  test('an empty key names the event, the secret and auth: none', () => {
    for (const kind of ['auto', 'bearer'] as const) {
      const [problem] = problemsOf({ ...fine, apiKey: null, auth: { kind } }, aContext('push'))
      expect(problem).toMatch(/^api-key is empty in this run \(push\): look at the secret.*auth: none/)
    }
  })

  test('a header that only has the word key inside another does not carry it', () => {
    expect(problemsOf({ ...fine, apiKey: null, headers: { 'x-keyboard': 'abc' } }, aContext('push'))).toHaveLength(1)
  })

  test.each<[string, Partial<Settings>]>([
    ['a key', {}],
    ['auth: none', { apiKey: null, auth: { kind: 'none' } }],
    ['a header that carries it', { apiKey: null, headers: { 'x-api-key': 'abc' } }],
    ['a header whose name says that it is secret', { apiKey: null, headers: { 'x-client-secret': 'abc' } }],
    ['a client secret', { apiKey: null, auth: { kind: 'databricks-oauth' } }],
    ['the identity of the job', { apiKey: null, auth: { kind: 'databricks-oidc' } }],
    ['AWS credentials', { apiKey: null, auth: { kind: 'aws-sigv4' } }],
  ])('%s is enough', (_, overrides) => {
    expect(problemsOf({ ...fine, ...overrides }, aContext('push'))).toEqual([])
  })

  test('on GitHub Enterprise Server artifacts cannot be the baseline, nor reach a report job', () => {
    const problems = problemsOf({ ...fine, defer: true }, enterprise)
    expect(problems).toMatchObject([
      expect.stringMatching(/^baseline GitHub Enterprise Server.*file:<path>.*none/),
      expect.stringMatching(/^defer hands the result over as an artifact/),
    ])
    expect(problemsOf({ ...fine, baseline: { kind: 'file', path: 'h.json' } }, enterprise)).toEqual([])
  })

  test('defer without upload hands nothing over', () => {
    expect(problemsOf({ ...fine, defer: true, upload: false }, aContext('push'))).toMatchObject([
      expect.stringMatching(/upload is false/),
    ])
  })
})

const endpoint = new URL('https://pr-7.staging.example.com/v1')

test.each<readonly [string, unknown]>([
  ['a deployment status', { deployment_status: { environment_url: 'https://PR-7.staging.example.com' } }],
  ['the inputs of a dispatch', { inputs: { url: 'https://pr-7.staging.example.com/v1' } }],
  ['the text of a pull request', { pull_request: { body: 'see pr-7.staging.example.com', labels: [] } }],
  ['its name with a dot', { inputs: { url: 'https://pr-7.staging.example.com./v1' } }],
  ['escapes', { inputs: { url: 'https://pr-7.st%61ging.example.com/v1' } }],
  ['wide letters', { inputs: { url: 'https://pr-7．staging。example.com/v1' } }],
  ['a list', { client_payload: { hosts: ['a', 'pr-7.staging.example.com'] } }],
])('an endpoint may come from %s', (_, event) => {
  expect(isNamedByEvent(endpoint, event)).toBe(true)
})

test.each([
  ['https://bücher.example/v1', 'https://xn--bcher-kva.example'],
  ['https://xn--bcher-kva.example/v1', 'see Bücher.example'],
  ['http://10.0.0.1:8000/v1', 'http://167772161:8000'],
  ['http://10.0.0.1:8000/v1', 'at 10.1 say'],
  ['https://host.example./v1', 'https://host.example'],
])('the endpoint %s comes from an event that says %j', (url, text) => {
  expect(isNamedByEvent(new URL(url), { inputs: { url: text } })).toBe(true)
})

test.each<readonly [string, unknown]>([
  ['nothing', null],
  ['a number', { pull_request: { number: 7 } }],
  ['another host', { inputs: { url: 'https://staging.example.com' } }],
  ['the home page of the repository', { repository: { homepage: 'https://pr-7.staging.example.com' } }],
])('an endpoint does not come from %s', (_, event) => {
  expect(isNamedByEvent(endpoint, event)).toBe(false)
})
