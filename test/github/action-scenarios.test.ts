import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { BaselineError, EndpointError } from '../../src/errors.ts'
import { readHiddenAttempts } from '../../src/report/hidden-attempts.ts'
import type { GateResult } from '../../src/gate.ts'
import type { ActionPorts } from '../../src/github/outcome.ts'
import type { Settings } from '../../src/settings.ts'
import { concludeVerdict } from '../../src/verdict/conclude.ts'
import { atEnd } from '../support/cleanup.ts'
import { SERIES_FIELDS } from '../support/builders.ts'
import { addSeriesKey } from '../../src/report/series.ts'
import { DOCUMENTED_PERMISSIONS } from '../support/fake-github/fixtures.ts'
import { pullRequestEvent, pushEvent } from '../support/github-payloads.ts'
import { aComparison, aVerdict } from '../support/verdict-builders.ts'
import { measuredAs, runStep } from './action-step.ts'
import { aGithub } from './fake.ts'

const CONFIG = 'output-tokens: 16\nscenarios:\n  chat: { passes: 4 }\n  rag: { tolerance: 7% }\n  sum: {}\n'
const ALL = { config: 'plateau.yml', scenario: 'all' }

/** What a measurement comes to under this name; `red` where TPOT regressed. */
function measuredFor({ name, falseAlarmRate }: Settings, red = false): GateResult {
  const comparisons = red ? [aComparison({ candidate: 14, verdict: 'regressed' })] : aVerdict().comparisons
  const measured = measuredAs(concludeVerdict({ ...aVerdict(), name, falseAlarmRate, comparisons }, null))
  return {
    ...measured,
    rows: measured.rows.map((row) => ({ ...row, series: addSeriesKey({ ...SERIES_FIELDS, name }) })),
  }
}

/** A pull request whose job measures all scenarios of `CONFIG`, of which these are red. */
async function ofPullRequest(
  measure: (settings: Settings) => GateResult | Promise<GateResult>,
  inputs: Readonly<Record<string, string>> = {},
  { fork = false, mayCheck = false } = {},
) {
  const github = await aGithub()
  const files = { 'plateau.yml': CONFIG }
  const pull = github.addPull({ files, ...(fork && { headRepository: github.fork('mallory'), user: 'mallory' }) })
  github.state.files.set(`${pull.baseSha}:plateau.yml`, CONFIG)
  const told: Settings[] = []
  const play: ActionPorts['measure'] = async (settings) => {
    told.push(settings)
    return measure(settings)
  }
  const token = mayCheck ? { 'github-token': github.token({ ...DOCUMENTED_PERMISSIONS, checks: 'write' }) } : {}
  const event = pullRequestEvent(github, pull)
  const ended = await runStep({ github, event, measure: play, inputs: { ...ALL, ...inputs, ...token }, files })
  return { github, pull, ended, told }
}

test.concurrent(
  'all scenarios of a job have one comment, whose headline tells the worst, and an artifact each',
  async () => {
    const { github, pull, ended, told } = await ofPullRequest((settings) =>
      measuredFor(settings, settings.name === 'llama-8b-rag'),
    )
    expect(told.map(({ name, passes, falseAlarmRate }) => [name, passes, falseAlarmRate])).toEqual([
      ['llama-8b-chat', 4, 0.01 / 3],
      ['llama-8b-rag', 3, 0.01 / 3],
      ['llama-8b-sum', 3, 0.01 / 3],
    ])
    expect(ended).toMatchObject({
      code: 1,
      warnings: [],
      uploads: ['plateau-llama-8b-chat', 'plateau-llama-8b-rag', 'plateau-llama-8b-sum'],
    })
    expect(ended.annotations).toHaveLength(1)
    expect(ended.annotations[0]).toMatch(/^error: ❌ 1 of 3 failed, first llama-8b-rag: /)
    expect(ended.lines.find((line) => line.startsWith('3 scenarios, one after the other: about'))).toBeDefined()
    const [comment, ...others] = github.comments(pull)
    expect(others).toEqual([])
    expect(comment!.body).toMatch(/^<!-- plateau:llama-8b -->/)
    expect(comment!.body).toContain('### ❌ 1 of 3 failed, first llama')
    expect(comment!.body.match(/<summary>\S+ llama-8b-(chat|rag|sum)<\/summary>/g)).toHaveLength(3)
    expect(comment!.body).toContain('at most 1 in 100 for the 3 scenarios of this run together')
    expect(ended.outputs).toMatchObject({ verdict: 'regressed', reasons: 'tpot-p50' })
    const scenarios = JSON.parse(ended.outputs['scenarios']!) as Record<
      string,
      { verdict: string; 'report-json': string }
    >
    expect(Object.values(scenarios).map(({ verdict }) => verdict)).toEqual([
      'no-change-seen',
      'regressed',
      'no-change-seen',
    ])
    expect(ended.outputs['report-json']).toBe(scenarios['llama-8b-rag']!['report-json'])
    expect(Object.keys(readHiddenAttempts(comment!.body))).toEqual(Object.keys(scenarios))
  },
)

test.concurrent('a scenario that cannot be measured, or whose history cannot be used, costs only itself', async () => {
  const { ended, github, pull } = await ofPullRequest((settings) => {
    if (settings.name.endsWith('chat'))
      throw new EndpointError('it is gone', { tried: 'POST http://h', remedy: 'start it' })
    if (settings.name.endsWith('rag')) throw new BaselineError('It is broken.', { remedy: 'Remove it.' })
    return measuredFor(settings)
  })
  expect(ended.code).toBe(1)
  const scenarios = JSON.parse(ended.outputs['scenarios']!) as Record<string, unknown>
  expect(scenarios).toMatchObject({
    'llama-8b-chat': { verdict: 'not-measured', reasons: ['endpoint'], 'report-json': '' },
    'llama-8b-rag': { verdict: 'not-measured', reasons: ['baseline'] },
    'llama-8b-sum': { verdict: 'no-change-seen' },
  })
  const [comment] = github.comments(pull)
  expect(comment!.body).toContain('2 of 3 failed')
  expect(comment!.body).toMatch(/It is broken.*Remove it/)
})

test.concurrent('each scenario has a check run of its own, and with defer the report job shares the rate', async () => {
  const { github } = await ofPullRequest(
    (settings) => measuredFor(settings),
    { 'check-run': 'true' },
    { mayCheck: true },
  )
  expect(github.state.checkRuns.map(({ name }) => name)).toEqual(
    ['chat', 'rag', 'sum'].map((name) => `Plateau: llama-8b-${name}`),
  )
  const deferred = await ofPullRequest((settings) => measuredFor(settings, true), { defer: 'true' })
  expect(deferred.told.map(({ falseAlarmRate }) => falseAlarmRate)).toEqual([0.01, 0.01, 0.01])
  expect(deferred.ended.code).toBe(0)
  expect(deferred.github.comments(deferred.pull)).toEqual([])
})

test.concurrent('a fork is skipped in each of them, so that a rule that requires their check runs knows', async () => {
  const { ended, told } = await ofPullRequest((settings) => measuredFor(settings), { defer: 'true' }, { fork: true })
  expect(told).toEqual([])
  expect(ended.uploads).toEqual(['plateau-llama-8b-chat', 'plateau-llama-8b-rag', 'plateau-llama-8b-sum'])
  expect(ended.outputs).toMatchObject({ verdict: 'skipped', reasons: 'fork' })
})

test.concurrent('on main each scenario joins the history of its own name', async () => {
  const github = await aGithub()
  const temporary = mkdtempSync(join(tmpdir(), 'plateau-scenarios-'))
  atEnd(() => rmSync(temporary, { recursive: true, force: true }))
  const ended = await runStep({
    github,
    event: pushEvent(github),
    measure: async (settings) => measuredFor(settings),
    inputs: ALL,
    files: { 'plateau.yml': CONFIG },
    temporary,
  })
  expect(ended).toMatchObject({ code: 0, warnings: [] })
  expect(ended.uploads.filter((name) => name.endsWith('-history'))).toEqual(
    ['chat', 'rag', 'sum'].map((name) => `plateau-llama-8b-${name}-history`),
  )
})
