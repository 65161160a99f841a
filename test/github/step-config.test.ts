import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { decodeRunReport } from '../../src/report/run-report-codec.ts'
import { annotationsOf, bodiesOf, fakeGithub } from '../support/action.ts'
import { runActionHere } from '../support/action-here.ts'
import type { ActionStep } from '../support/action.ts'
import { deploymentStatusEvent, pullRequestEvent, pushEvent, workflowRunEvent } from '../support/github-payloads.ts'
import { addHistory, endpoint, NO_SECOND_LOOK, recordedRuns, SHORT_INPUTS } from '../support/recorded-runs.ts'

const CONFIG = '.github/plateau.yml'

/** What inputs say and a config file says as well. */
const { tolerance: _, ...WITHOUT_TOLERANCE } = SHORT_INPUTS

describe.concurrent('the config file of a pull request', () => {
  test('is that of its base: a looser gate counts after the merge', async () => {
    const url = endpoint('--slowdown', '1.8')
    const github = await fakeGithub()
    github.commit('main', { [CONFIG]: 'tolerance: 30%\n' })
    addHistory(github, recordedRuns())
    const files = { [CONFIG]: 'tolerance: 100%\ngate: observe\n' }
    const pull = github.addPull({ files })
    const inputs = { ...WITHOUT_TOLERANCE, endpoint: url, config: CONFIG, ...NO_SECOND_LOOK }
    const ended = await runActionHere({ github, event: pullRequestEvent(github, pull), inputs, files })
    const body = bodiesOf(github.comments(pull)).join('')
    expect(ended.code, ended.log).toBe(1)
    expect(ended.outputs['verdict']).toBe('regressed')
    expect(body).toMatch(/Settings are those of the base; the changes to .*plateau\.yml.* here count after the merge/)
  })

  test('is its own when main has none yet, and that is said', async () => {
    const url = endpoint()
    const github = await fakeGithub()
    addHistory(github, recordedRuns())
    const files = { [CONFIG]: 'tolerance: 35%\n' }
    const pull = github.addPull({ files })
    const inputs = { ...WITHOUT_TOLERANCE, endpoint: url, config: CONFIG }
    const ended = await runActionHere({ github, event: pullRequestEvent(github, pull), inputs, files })
    const body = bodiesOf(github.comments(pull)).join('')
    expect(ended.code, ended.log).toBe(0)
    expect(ended.outputs['baseline-runs']).toBe('8')
    expect(body).toMatch(/Settings are those of this pull request: its base has no .*plateau\.yml.* yet/)
  })
})

test.concurrent('on GitHub Enterprise Server a file holds the history, and nothing is uploaded', async () => {
  const url = endpoint()
  const github = await fakeGithub()
  const inputs = { ...SHORT_INPUTS, endpoint: url, baseline: 'file:perf/history.json' }
  const step: ActionStep = {
    github,
    event: pushEvent(github),
    inputs,
    env: { GITHUB_SERVER_URL: 'https://github.example.com' },
  }
  const first = await runActionHere(step)
  const second = await runActionHere({ ...step, workspace: first.workspace })
  expect(first.code, first.log).toBe(0)
  expect(second.code, second.log).toBe(0)
  expect([first, second].map(({ outputs }) => outputs['baseline-runs'])).toEqual(['0', '1'])
  expect(github.state.artifacts).toEqual([])
  expect(github.requests.filter(({ host }) => host !== 'api')).toEqual([])
})

test.concurrent('limits decide from the first run, with one annotation', async () => {
  const url = endpoint()
  const github = await fakeGithub()
  const compared = { tolerance: '', ...NO_SECOND_LOOK, confirm: '' }
  const inputs = {
    ...SHORT_INPUTS,
    ...compared,
    endpoint: url,
    limits: 'tpot-p50 <= 5ms\nerror-rate <= 1%',
    baseline: 'none',
  }
  const ended = await runActionHere({ github, event: pushEvent(github), inputs })
  expect(ended.code, ended.log).toBe(1)
  expect(ended.outputs).toMatchObject({ verdict: 'regressed', reasons: 'limit' })
  expect(annotationsOf(ended)).toMatchObject([{ level: 'error', title: expect.stringContaining('limit') }])
  expect(decodeRunReport(readFileSync(ended.outputs['report-json']!, 'utf8')).limits).toHaveLength(2)
})

test.concurrent('a deployment and a workflow_run comment on the pull request of their commit', async () => {
  const url = endpoint()
  const github = await fakeGithub()
  addHistory(github, recordedRuns())
  const [one, other] = [github.addPull(), github.addPull()]
  const cause = github.addRun({
    event: 'pull_request',
    branch: other.headRef,
    sha: other.headSha,
    workflow: 'deploy.yml',
  })
  const step = { github, inputs: { ...SHORT_INPUTS, endpoint: url } }
  const [deployed, after] = await Promise.all([
    runActionHere({ ...step, event: deploymentStatusEvent(github, one.headSha) }),
    runActionHere({ ...step, event: workflowRunEvent(github, cause), job: 'after' }),
  ])
  for (const ended of [deployed, after]) {
    expect(ended.code, ended.log).toBe(0)
    expect(ended.outputs['baseline-runs']).toBe('8')
    // Neither is a run of the default branch's own code.
    expect(github.artifactsOf(ended.run).map(({ name }) => name)).toEqual(['plateau-llama-8b'])
  }
  expect(new Set(github.state.comments.map(({ issue }) => issue))).toEqual(new Set([1, 2]))
  expect(github.state.comments).toHaveLength(2)
})

test.concurrent(
  'all scenarios of a config file are measured in one job, which writes one comment about them',
  async () => {
    const github = await fakeGithub()
    const scenarios = 'scenarios:\n  short: { output-tokens: 8 }\n  long: { limits: "tpot-p50@1 <= 1ms" }\n'
    const files = { [CONFIG]: scenarios }
    github.commit('main', files)
    const pull = github.addPull({ files })
    const inputs = { ...WITHOUT_TOLERANCE, endpoint: endpoint(), config: CONFIG, scenario: 'all', name: 'llama' }
    const ended = await runActionHere({ github, event: pullRequestEvent(github, pull), inputs, files })
    expect(ended.code, ended.log).toBe(1)
    expect(Object.keys(JSON.parse(ended.outputs['scenarios']!) as object)).toEqual(['llama-short', 'llama-long'])
    const comments = bodiesOf(github.comments(pull))
    expect(comments).toHaveLength(1)
    expect(comments[0]).toContain('1 of 2 failed')
    expect(github.state.artifacts.map(({ name }) => name)).toEqual(['plateau-llama-short', 'plateau-llama-long'])
  },
)
