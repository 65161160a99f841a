import { describe, expect, test } from 'vitest'
import { annotationsOf, bodiesOf, fakeGithub } from '../support/action.ts'
import { runActionHere } from '../support/action-here.ts'
import type { ActionStep } from '../support/action.ts'
import { refuse } from '../support/answers.ts'
import type { FakeGithub } from '../support/fake-github/server.ts'
import { NO_PERMISSION } from '../support/fake-github/trouble.ts'
import {
  deploymentStatusEvent,
  dispatchEvent,
  pullRequestEvent,
  pullRequestTargetEvent,
  pushEvent,
  workflowRunEvent,
} from '../support/github-payloads.ts'
import { serve } from '../support/http-server.ts'
import { SHORT_INPUTS, endpoint } from '../support/recorded-runs.ts'

/** Runs a step against an endpoint that must not be asked, and says so when it was. */
async function unasked(step: ActionStep) {
  const server = await serve((response) => refuse(response, 500, 'nobody should ask'))
  const ended = await runActionHere({ ...step, inputs: { ...SHORT_INPUTS, endpoint: server.url, ...step.inputs } })
  expect(server.connections, ended.log).toBe(0)
  return ended
}

const WITHOUT_KEY = { 'api-key': '' }

/** What a pull request of a fork has: no secrets, and a token that reads. */
const READ_ONLY = { contents: 'read', actions: 'read', 'pull-requests': 'read' } as const

describe('nothing is sent, and it is said why,', () => {
  test('for a pull request of a fork', async () => {
    const github = await fakeGithub({ private: false })
    const pull = github.addPull({ headRepository: github.fork('outsider'), headRef: 'main' })
    const token = github.token(READ_ONLY)
    const ended = await unasked({ github, event: pullRequestEvent(github, pull), inputs: WITHOUT_KEY, token })
    expect(ended.code, ended.log).toBe(0)
    expect(ended.outputs).toMatchObject({
      verdict: 'skipped',
      reasons: 'fork',
      'baseline-runs': '0',
      regressions: '[]',
    })
    expect(ended.summary).toMatch(/skipped, nothing was sent: a pull request of a fork has no key/)
    expect(annotationsOf(ended)).toMatchObject([{ level: 'notice', title: expect.stringContaining('skipped') }])
    expect(ended.summary).not.toMatch(/no change seen|✅/)
  })

  test('for a fork that is deleted, even if a key is there', async () => {
    const github = await fakeGithub()
    const pull = github.addPull({ headRepository: github.fork('gone') })
    const event = pullRequestEvent(github, pull)
    const payload = JSON.parse(JSON.stringify(event.payload)) as { pull_request: { head: { repo: unknown } } }
    payload.pull_request.head.repo = null
    const ended = await unasked({ github, event: { ...event, payload } })
    expect(ended.outputs).toMatchObject({ verdict: 'skipped', reasons: 'fork' })
  })

  test('for Dependabot', async () => {
    const github = await fakeGithub()
    const pull = github.addPull({ user: 'dependabot[bot]' })
    const event = pullRequestEvent(github, pull, { actor: 'dependabot[bot]' })
    const ended = await unasked({ github, event, inputs: WITHOUT_KEY, token: github.token(READ_ONLY) })
    expect(ended.code, ended.log).toBe(0)
    expect(ended.outputs).toMatchObject({ verdict: 'skipped', reasons: 'dependabot' })
    expect(ended.summary).toMatch(/Dependabot/)
  })

  test('without a key on an event that anybody can cause', async () => {
    const github = await fakeGithub()
    const event = { ...dispatchEvent(github), name: 'issue_comment' }
    const ended = await unasked({ github, event, inputs: WITHOUT_KEY })
    expect(ended.code, ended.log).toBe(0)
    expect(ended.outputs).toMatchObject({ verdict: 'skipped', reasons: 'no-key' })
  })

  test('and fails where on-skip says so, whatever else is wrong with the settings', async () => {
    const github = await fakeGithub()
    const pull = github.addPull({ headRepository: github.fork('outsider') })
    const inputs = { ...WITHOUT_KEY, 'on-skip': 'fail' }
    const ended = await unasked({ github, event: pullRequestEvent(github, pull), inputs })
    expect(ended.code, ended.log).toBe(1)
    expect(ended.outputs['verdict']).toBe('skipped')
  })

  test('for a workflow_run that a fork caused', async () => {
    const github = await fakeGithub()
    const cause = github.addRun({ event: 'pull_request', branch: 'main', headRepository: github.fork('outsider') })
    const ended = await unasked({ github, event: workflowRunEvent(github, cause) })
    expect(ended.outputs).toMatchObject({ verdict: 'skipped', reasons: 'fork' })
  })
})

describe('it is an error that says what to do, and nothing is sent,', () => {
  test('for an empty key in a trusted run', async () => {
    const github = await fakeGithub()
    const ended = await unasked({ github, event: pushEvent(github), inputs: WITHOUT_KEY })
    expect(ended.code, ended.log).toBe(2)
    expect(ended.outputs['verdict']).toBe('not-measured')
    const [annotation, ...others] = annotationsOf(ended)
    expect(others).toEqual([])
    expect(annotation).toMatchObject({ level: 'error', message: expect.stringMatching(/api-key.*look at the secret/) })
    expect(ended.summary).toMatch(/api-key/)
  })

  test('for pull_request_target with the head of a fork', async () => {
    const github = await fakeGithub()
    const pull = github.addPull({ headRepository: github.fork('outsider') })
    const ended = await unasked({ github, event: pullRequestTargetEvent(github, pull) })
    expect(ended.code, ended.log).toBe(2)
    expect(ended.log).toMatch(/let-forks-use-my-key.*whoever opened the pull request/)
    expect(bodiesOf(github.comments(pull))).toEqual([])
  })

  test.each([
    ['pull_request', {}],
    ['pull_request_target', { pull_request: null }],
    ['workflow_run', {}],
  ])('for an event %s that does not say whose code it is about', async (name, payload) => {
    const github = await fakeGithub()
    const event = pullRequestEvent(github, github.addPull())
    const ended = await unasked({ github, event: { ...event, name, payload } })
    expect(ended.code, ended.log).toBe(2)
    expect(annotationsOf(ended)[0]!.message).toMatch(/no usable event.*nothing is sent/)
    expect(github.artifactsOf(ended.run)).toEqual([])
  })

  test('for a permission for forks that cannot be read', async () => {
    const github = await fakeGithub()
    const pull = github.addPull({ headRepository: github.fork('outsider') })
    const inputs = { 'let-forks-use-my-key': 'yes', 'allowed-hosts': '127.0.0.1' }
    const ended = await unasked({ github, event: pullRequestTargetEvent(github, pull), inputs })
    expect(ended.code, ended.log).toBe(2)
    expect(annotationsOf(ended)[0]!.message).toMatch(/let-forks-use-my-key: got "yes"; must be one of true, false/)
  })

  test.each<[string, Parameters<FakeGithub['trouble']>[0]['reply'] | 'no token', RegExp]>([
    ['is refused', NO_PERMISSION, /contents: read is missing/],
    ['cannot be reached', 'drop', /GitHub could not be reached/],
    ['is asked for without a token', 'no token', /no github-token/],
  ])('for a config file whose base %s', async (_, reply, why) => {
    const github = await fakeGithub()
    const path = '.github/plateau.yml'
    github.commit('main', { [path]: 'limits: ttft-p50@1 <= 1ms\n' })
    const files = { [path]: 'limits: ttft-p50@1 <= 100s\n' }
    const event = pullRequestEvent(github, github.addPull({ files }))
    if (reply !== 'no token') github.trouble({ on: /contents/, times: 9, reply })
    // Where GitHub is tried again and again the action has a virtual server, and waits less.
    const inputs = { config: path, ...(reply === 'drop' ? { endpoint: endpoint() } : {}) }
    const step = { github, event, files, inputs }
    const ended = await unasked(reply === 'no token' ? { ...step, token: '' } : step)
    expect(ended.code, ended.log).toBe(2)
    expect(ended.log).not.toMatch(/^\d+ of \d+, level /m)
    expect(annotationsOf(ended)[0]!.message).toMatch(/^config: got .*counts in a pull request as its base has it/)
    expect(annotationsOf(ended)[0]!.message).toMatch(why)
  })

  test('for a deployment whose pull request cannot be looked for, when a config file is given', async () => {
    const github = await fakeGithub()
    const files = { 'plateau.yml': 'gate: observe\n' }
    const event = deploymentStatusEvent(github, github.addPull({ files }).headSha)
    const token = github.token({ contents: 'read', actions: 'read' })
    const ended = await unasked({ github, event, files, inputs: { config: 'plateau.yml' }, token })
    expect(ended.code, ended.log).toBe(2)
    expect(annotationsOf(ended).at(-1)!.message).toMatch(/config: .*pull-requests: read is missing/)
  })

  test('for everything that is wrong with the inputs, at once', async () => {
    const github = await fakeGithub()
    const files = { '.github/plateau.yml': 'api-key: sk-in-file-12345678\npasses: 2\nlevel-durations: 8s\n' }
    const inputs = {
      limits: 'ttft-p90@8 <= 800, tfft-p50 <= 1s',
      tolerance: '140%',
      gate: 'release',
      baseline: 'none',
      metrics: 'tpot-p50, thruput',
      config: '.github/plateau.yml',
    }
    const ended = await unasked({ github, event: pushEvent(github), inputs, files })
    expect(ended.code, ended.log).toBe(2)
    const { message } = annotationsOf(ended)[0]!
    for (const setting of ['limits', 'tolerance', 'metrics', 'api-key', 'level-durations'])
      expect(message).toContain(setting)
    for (const text of [ended.log, ended.summary]) {
      expect(text).not.toContain('sk-in-file-12345678')
      expect(text).not.toMatch(/^ +at /m)
    }
  })

  test('for a config file that is not YAML, with line and column', async () => {
    const github = await fakeGithub()
    const files = { 'plateau.yml': 'passes: 2\nlimits: [ttft\n' }
    const ended = await unasked({ github, event: pushEvent(github), inputs: { config: 'plateau.yml' }, files })
    expect(ended.code, ended.log).toBe(2)
    expect(annotationsOf(ended)[0]!.message).toMatch(/plateau\.yml.*(line 3|:3:\d+)/)
  })

  test('for artifacts as baseline on GitHub Enterprise Server', async () => {
    const github = await fakeGithub()
    const env = { GITHUB_SERVER_URL: 'https://github.example.com' }
    const ended = await unasked({ github, event: pushEvent(github), env })
    expect(ended.code, ended.log).toBe(2)
    expect(annotationsOf(ended)[0]!.message).toMatch(/Enterprise Server.*baseline: file:/)
  })
})

test('a dry run shows the plan and the settings with their sources, and sends nothing', async () => {
  const github = await fakeGithub()
  const files = { 'plateau.yml': 'max-duration: 5m\n' }
  const inputs = { 'dry-run': 'true', config: 'plateau.yml' }
  const ended = await unasked({ github, event: pushEvent(github), inputs, files })
  expect(ended.code, ended.log).toBe(0)
  expect(ended.log).toMatch(/1 level × 2 passes/)
  expect(ended.log).toMatch(/max-duration +5m {2}\(file\)/)
  expect(ended.log).toMatch(/passes +2 {2}\(input\)/)
  expect(ended.log.replaceAll(/^::add-mask::.*$/gm, '')).not.toContain('sk-test-0123456789')
  expect(github.artifactsOf(ended.run)).toEqual([])
})

test('an endpoint that the event names is warned of, unless allowed-hosts says where the key may go', async () => {
  const github = await fakeGithub()
  const ready = deploymentStatusEvent(github, github.addPull().headSha)
  const status = { state: 'success', environment: 'staging', environment_url: 'http://127.0.0.1:1/preview' }
  const event = { ...ready, payload: { ...ready.payload, deployment_status: status } }
  const dryRun = async (inputs: Record<string, string>, of: typeof ready = event) =>
    (await unasked({ github, event: of, inputs: { 'dry-run': 'true', ...inputs } })).log
  expect(await dryRun({})).toContain('::warning::the host of the endpoint comes from the event')
  expect(await dryRun({ 'allowed-hosts': '127.0.0.1' })).not.toContain('comes from the event')
  const control = { control: 'http://127.0.0.1:2/', 'control-api-key': 'sk-control-0123456789' }
  const named = { ...event, payload: { ...ready.payload, inputs: { control: control.control } } }
  const log = await dryRun(control, named)
  expect(log).toContain('comes from the event')
  expect(log.replaceAll(/^::add-mask::.*$/gm, '')).not.toContain('sk-control')
  expect(await dryRun({}, ready)).not.toContain('comes from the event')
})
