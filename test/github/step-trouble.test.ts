import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { decodeRunReport } from '../../src/report/run-report-codec.ts'
import { bodiesOf, fakeGithub } from '../support/action.ts'
import { runActionHere } from '../support/action-here.ts'
import type { ActionStep } from '../support/action.ts'
import type { FakeGithub } from '../support/fake-github/server.ts'
import { primaryRateLimit, secondaryRateLimit } from '../support/fake-github/trouble.ts'
import { pullRequestEvent, pushEvent } from '../support/github-payloads.ts'
import {
  addHistory,
  endpoint,
  NO_SECOND_LOOK,
  recordedRuns,
  SHORT_INPUTS,
  troubledEndpoint,
} from '../support/recorded-runs.ts'

/** A pull request with a history of eight runs behind it. */
async function pullRequest(url: string, prepare: (github: FakeGithub) => Partial<ActionStep> | void = () => {}) {
  const github = await fakeGithub()
  addHistory(github, recordedRuns())
  const pull = github.addPull()
  const { inputs, ...step } = prepare(github) ?? {}
  const event = pullRequestEvent(github, pull)
  const ended = await runActionHere({ github, event, inputs: { ...SHORT_INPUTS, endpoint: url, ...inputs }, ...step })
  return { github, pull, ended, body: bodiesOf(github.comments(pull)).join('') }
}

const READ_ONLY = { contents: 'read', actions: 'read', 'pull-requests': 'read' } as const

describe.concurrent('a verdict stands whatever cannot be delivered:', () => {
  test('a token that may not comment is a warning, and red stays red', async () => {
    const url = endpoint('--slowdown', '1.8')
    const { ended, github } = await pullRequest(url, (github) => ({
      token: github.token(READ_ONLY),
      inputs: NO_SECOND_LOOK,
    }))
    expect(ended.code, ended.log).toBe(1)
    expect(ended.outputs).toMatchObject({ verdict: 'regressed', 'comment-url': '' })
    expect(ended.log).toMatch(/^::warning.*no comment was written.*pull-requests: write/m)
    expect(ended.summary).toMatch(/no comment was written/)
    expect(github.state.comments).toEqual([])
  })

  test('a token that may not read the history is told before the load, with the permission that is missing', async () => {
    const url = endpoint()
    const { ended, body } = await pullRequest(url, (github) => ({
      token: github.token({ contents: 'read', 'pull-requests': 'write' }),
    }))
    expect(ended.code, ended.log).toBe(1)
    expect(ended.outputs).toMatchObject({ verdict: 'not-measured', reasons: 'baseline' })
    const missing = /the history cannot be read[:,].* `?actions: read`? is missing \(GitHub answered 403, Resource not/
    const [beforeLoad = ''] = ended.log.split('::group::Preflight')
    expect(beforeLoad).toMatch(missing)
    for (const told of [ended.summary, body]) {
      expect(told).toMatch(missing)
      expect(told).toContain('add `actions: read` to the permissions of the job')
      expect(told).not.toMatch(/run the job again/i)
    }
  })

  test('rate limits are waited for when that is short, and said when it is not', async () => {
    const url = endpoint()
    const [short, long] = await Promise.all([
      pullRequest(url, (github) => {
        github.trouble({ on: /\/runs\?/, times: 1, reply: secondaryRateLimit(1) })
        github.trouble({ on: /^POST .*\/comments/, times: 1, reply: primaryRateLimit(1) })
      }),
      pullRequest(url, (github) =>
        github.trouble({ on: /^POST .*\/comments/, times: 99, reply: primaryRateLimit(3600) }),
      ),
    ])
    expect(short.ended.log).toMatch(/secondary rate limit at GET .*waiting 1 s/)
    expect(short.ended.outputs['baseline-runs'], short.ended.log).toBe('8')
    expect(short.github.comments(short.pull)).toHaveLength(1)
    expect(long.ended.log).toMatch(/^::warning.*no comment was written.*rate/m)
    expect(long.github.comments(long.pull)).toEqual([])
  })
})

describe.concurrent('refusals of the endpoint', () => {
  test('one 429 among many requests is no regression', async () => {
    const url = troubledEndpoint({ refusesEvery: 150 })
    const inputs = { 'level-requests': '300', concurrency: '4', limits: 'error-rate <= 1%' }
    const github = await fakeGithub()
    addHistory(github, recordedRuns({ inputs }))
    const event = pullRequestEvent(github, github.addPull())
    const ended = await runActionHere({ github, event, inputs: { ...SHORT_INPUTS, ...inputs, endpoint: url } })
    expect(ended.code, ended.log).toBe(0)
    const { levels } = decodeRunReport(readFileSync(ended.outputs['report-json']!, 'utf8'))
    expect(levels[0]!.requests.failed).toBe(3)
  })

  test('a level full of 429 is not measured, which is neither green nor a regression', async () => {
    const { ended, body } = await pullRequest(troubledEndpoint({ refusesFrom: 7 }))
    expect(ended.code, ended.log).toBe(1)
    expect(ended.outputs['verdict']).toBe('not-measured')
    expect(ended.outputs['regressions']).toBe('[]')
    expect(body).toMatch(/rate.limit|429/i)
    expect(body).not.toMatch(/no change seen|regressed/i)
  })
})

test.concurrent('a push that records is not stopped by a history that it cannot read', async () => {
  const url = endpoint()
  const github = await fakeGithub()
  addHistory(github, recordedRuns())
  github.trouble({ on: /\/actions\/workflows\//, times: 99, reply: 'drop' })
  const inputs = { ...SHORT_INPUTS, endpoint: url }
  const ended = await runActionHere({ github, event: pushEvent(github), inputs })
  expect(ended.outputs).toMatchObject({ verdict: 'not-measured', reasons: 'baseline' })
  // What is recorded without the old runs would be the whole history from then on.
  expect(github.artifactsOf(ended.run).map(({ name }) => name)).not.toContain('plateau-llama-8b-history')
})
