import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { decodeRunReport } from '../../src/report/run-report-codec.ts'
import { annotationsOf, bodiesOf, fakeGithub, runAction, startAction } from '../support/action.ts'
import type { ActionStep, StepEnded } from '../support/action.ts'
import { refuse } from '../support/answers.ts'
import type { FakeGithub } from '../support/fake-github/server.ts'
import { pullRequestEvent } from '../support/github-payloads.ts'
import { serve } from '../support/http-server.ts'
import { addHistory, endpoint, recordedRuns, SHORT_INPUTS, troubledEndpoint } from '../support/recorded-runs.ts'

/** Without a place in the queue: what waits for GitHub disturbs nobody. */
const atOnce = async (step: ActionStep): Promise<StepEnded> => startAction(step).ended

/** A pull request with a history of eight runs behind it. */
async function pullRequest(
  url: string,
  prepare: (github: FakeGithub) => Partial<ActionStep> | void = () => {},
  run: (step: ActionStep) => Promise<StepEnded> = runAction,
) {
  const github = await fakeGithub()
  addHistory(github, recordedRuns())
  const pull = github.addPull()
  const { inputs, ...step } = prepare(github) ?? {}
  const event = pullRequestEvent(github, pull)
  const ended = await run({ github, event, inputs: { ...SHORT_INPUTS, endpoint: url, ...inputs }, ...step })
  return { github, pull, ended, body: bodiesOf(github.comments(pull)).join('') }
}

describe.concurrent('a verdict stands whatever cannot be delivered:', () => {
  test('without GitHub the report is written, the summary says what is missing, and it does not hang', async () => {
    const url = endpoint()
    const { ended } = await pullRequest(url, (github) => void (github.offline = true), atOnce)
    expect(ended.code, ended.log).toBe(1)
    expect(ended.outputs).toMatchObject({ verdict: 'not-measured', reasons: 'baseline' })
    const report = decodeRunReport(readFileSync(ended.outputs['report-json']!, 'utf8'))
    expect(report.levels.map(({ concurrency }) => concurrency)).toEqual([1])
    expect(ended.summary).toMatch(/the history cannot be read: GitHub could not be reached/)
    expect(ended.summary).toMatch(/no comment was written: GitHub could not be reached/)
    expect(ended.summary).toMatch(/artifact .* was not uploaded/)
  })

  test('GitHub that is lost after the load loses nothing either', async () => {
    const url = endpoint()
    const { ended } = await pullRequest(url, (github) => {
      for (const on of [/^(POST|PATCH) .*\/comments/, /^POST \/twirp/, /^PUT /])
        github.trouble({ on, times: 99, reply: 'drop' })
    })
    expect(ended.code, ended.log).toBe(0)
    expect(ended.outputs['verdict']).toMatch(/^(no-change-seen|proven)$/)
    expect(ended.summary).toMatch(/no comment was written/)
    expect(existsSync(ended.outputs['report-json']!)).toBe(true)
  })
})

test('an endpoint that is not there is not measured, and the comment says so', async () => {
  const server = await serve((response) => refuse(response, 401, 'who are you'))
  const { ended, body } = await pullRequest(server.url)
  expect(ended.code, ended.log).toBe(1)
  expect(ended.outputs).toMatchObject({ verdict: 'not-measured', reasons: 'endpoint' })
  expect(annotationsOf(ended)).toMatchObject([{ level: 'error' }])
  expect(body).toMatch(/could not be measured/)
})

test('a job that is cancelled stops sending and leaves what it has', async () => {
  const url = troubledEndpoint({ hangsAtMs: 10_000 })
  const github = await fakeGithub()
  addHistory(github, recordedRuns({ inputs: { passes: '20' } }))
  const pull = github.addPull()
  const inputs = { ...SHORT_INPUTS, endpoint: url, passes: '20' }
  const running = startAction({ github, event: pullRequestEvent(github, pull), inputs })
  await running.wrote(/^3 of \d+, level \d: /m)
  running.child.kill('SIGINT')
  const ended = await running.ended
  expect(ended.code, ended.log).toBe(130)
  expect(ended.outputs['verdict']).toBe('cancelled')
  expect(ended.summary).toMatch(/cancelled/)
  const report = decodeRunReport(readFileSync(join(ended.temporary, 'plateau-llama-8b', 'report.json'), 'utf8'))
  expect(report.levels.length).toBeGreaterThan(0)
  expect(github.artifactsOf(ended.run)).toEqual([])
  expect(bodiesOf(github.comments(pull)).join('')).not.toMatch(/no change seen|regressed/i)
})
