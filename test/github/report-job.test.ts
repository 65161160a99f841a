import { describe, expect, test } from 'vitest'
import { encodeLeg } from '../../src/github/artifacts/report-files.ts'
import { encodeVerdict } from '../../src/report/verdict-codec.ts'
import type { Verdict } from '../../src/report/verdict.ts'
import { concludeWithoutFigures, DEFAULT_POLICY } from '../../src/verdict/conclude.ts'
import { annotationsOf, bodiesOf, fakeGithub } from '../support/action.ts'
import type { StepEnded } from '../support/action.ts'
import { runActionHere } from '../support/action-here.ts'
import type { ArtifactFixture } from '../support/fake-github/fixtures.ts'
import type { FakeGithub } from '../support/fake-github/server.ts'
import { pullRequestEvent } from '../support/github-payloads.ts'
import { legOf, matrix, MODELS, needs, reportOf } from '../support/matrix.ts'
import type { Matrix } from '../support/matrix.ts'
import { addHistory, endpoint, NO_SECOND_LOOK, recordedRuns, SHORT_INPUTS } from '../support/recorded-runs.ts'
import { aRegression, aVerdict } from '../support/verdict-builders.ts'

async function leg(...of: Parameters<typeof legOf>): Promise<StepEnded> {
  return runActionHere(legOf(...of))
}

async function report(...of: Parameters<typeof reportOf>): Promise<StepEnded> {
  return runActionHere(reportOf(...of))
}

test.concurrent('a matrix of four names a leg that left nothing, and fails', async () => {
  const url = endpoint()
  const played = await matrix()
  const legs = await Promise.all(MODELS.slice(1).map(async (model) => leg(played, model, url)))
  const first = await report(played, 'failure')
  // "Re-run failed jobs": the leg that failed, then the report.
  const again = { ...played, step: { ...played.step, run: played.github.rerun(played.run) } }
  legs.push(await leg(again, MODELS[0], url))
  const second = await report(again, 'success')
  expect(first.code, first.log).toBe(1)
  expect(first.summary).toMatch(/measuring job left no result/i)
  expect(second.code, second.log).toBe(0)
  expect(second.outputs['verdict']).toMatch(/^(no-change-seen|proven)$/)
  expect(played.github.comments(played.pull)).toHaveLength(1)
  for (const model of MODELS) expect(second.summary).toContain(`measure-${model}`)
})

test.concurrent(
  'legs that measure all scenarios of a config file end in one comment, which shares the rate of false alarms among all',
  async () => {
    const github = await fakeGithub()
    const config = 'output-tokens: 8\nscenarios:\n  chat: {}\n  long: { output-tokens: 16 }\n'
    const models = MODELS.slice(0, 2)
    for (const model of models) {
      for (const [scenario, more] of [['chat', {}] as const, ['long', { 'output-tokens': '16' }] as const]) {
        const name = `measure-${model}-${scenario}`
        addHistory(github, recordedRuns({ inputs: { name, ...more } }), { name })
      }
    }
    const pull = github.addPull({ files: { 'plateau.yml': config } })
    github.state.files.set(`${pull.baseSha}:plateau.yml`, config)
    const event = pullRequestEvent(github, pull)
    const { branch, sha } = event.run
    const jobs = [...models.map((model) => `measure (${model})`), 'report']
    const run = github.addRun({ event: 'pull_request', branch, sha, status: 'in_progress', jobs })
    const played: Matrix = { github, pull, run, step: { github, event, run } }
    const { name: _, 'output-tokens': __, ...rest } = SHORT_INPUTS
    const slow = endpoint('--slowdown', '1.8')
    const legs = await Promise.all(
      models.map(async (model, i) => {
        const url = i === 0 ? endpoint() : slow
        const inputs = {
          ...rest,
          ...NO_SECOND_LOOK,
          endpoint: url,
          defer: 'true',
          config: 'plateau.yml',
          scenario: 'all',
        }
        return leg(played, model, url, { inputs, files: { 'plateau.yml': config } })
      }),
    )
    const reported = await report(played, 'success')
    for (const ended of legs) expect(ended.code, ended.log).toBe(0)
    expect(reported.code, reported.log).toBe(1)
    const [body, ...others] = bodiesOf(github.comments(pull))
    expect(others).toEqual([])
    expect(body).toMatch(/^### ❌ 2 of 4 failed, first measure-llama-70b-/m)
    const names = [...body!.matchAll(/^\| (\S+) \*\*(measure-\S+)\*\* \|/gm)].map(([, icon, name]) => [icon, name])
    expect(names.slice(0, 2).map(([icon]) => icon)).toEqual(['❌', '❌'])
    expect(new Set(names.map(([, name]) => name))).toEqual(
      new Set(models.flatMap((model) => ['chat', 'long'].map((scenario) => `measure-${model}-${scenario}`))),
    )
    // Each was measured with the whole rate, which only the report job shares.
    expect(body!.match(/Unchanged code is red in about 1 of 100 runs/g)).toHaveLength(4)
    expect(legs[0]!.log).toMatch(/Scenario 2 of 2: measure-llama-8b-long/)
  },
)

test.concurrent(
  'a report job whose legs were all skipped has nothing to measure: on-skip decides, and a green one is no news',
  async () => {
    const played = await matrix()
    const [passed, failed] = await Promise.all([
      report(played, 'skipped'),
      report(played, 'skipped', { inputs: { needs: needs('skipped'), 'on-skip': 'fail' } }),
    ])
    expect(passed.code, passed.log).toBe(0)
    expect(passed.outputs['verdict']).toBe('skipped')
    expect(passed.summary).toContain('nothing to measure')
    expect(annotationsOf(passed).map(({ level }) => level)).toEqual(['notice'])
    expect(failed.code, failed.log).toBe(1)
    // Red is told.
    expect(bodiesOf(played.github.comments(played.pull))).toEqual([expect.stringMatching(/❌.*nothing to measure/)])
  },
)

test.concurrent('a report job of a fork says that its token may only read, and asks for no permission', async () => {
  const github = await fakeGithub()
  const pull = github.addPull({ headRepository: github.fork('stranger') })
  const event = pullRequestEvent(github, pull)
  const { branch, sha, headRepository } = event.run
  const run = github.addRun({ event: 'pull_request', branch, sha, headRepository, status: 'in_progress', jobs: [] })
  const leg = {
    name: 'llama-8b',
    job: 'measure',
    runId: run.id,
    attempt: 1,
    deferred: true,
    settingsNote: null,
    notes: [],
  }
  const verdict = concludeWithoutFigures('llama-8b', 'fork', DEFAULT_POLICY)
  const files = { 'verdict.json': encodeVerdict(verdict), 'leg.json': encodeLeg(leg) }
  github.addArtifact({ run, name: 'plateau-llama-8b', files })
  const token = github.token({ contents: 'read', actions: 'read', 'pull-requests': 'read' })
  const inputs = { needs: needs('success') }
  const ended = await runActionHere({ github, event, run, action: 'report', job: 'report', inputs, token })
  expect(ended.code, ended.log).toBe(0)
  expect(ended.outputs['verdict']).toBe('skipped')
  expect(ended.summary).toContain('in a pull request of a fork or of Dependabot the token may only read')
  expect(ended.summary + ended.log).not.toMatch(/pull-requests: write|permissions of the job/)
})

test.concurrent('a report job without results says so, and fails', async () => {
  const played = await matrix()
  played.github.endJob(played.run, `measure (${MODELS[0]})`, 'failure')
  const ended = await report(played, 'skipped')
  expect(ended.code, ended.log).toBe(1)
  expect(ended.summary).toMatch(/No measuring job left a result|left no result/)
})

describe.concurrent('a report job', () => {
  const [GREEN, RED] = [
    aVerdict(),
    aVerdict({ comparisons: [aRegression(), ...aVerdict().comparisons.slice(1)], verdict: 'regressed', check: 'fail' }),
  ]

  /** What a leg of this model leaves. */
  function left(model: string, verdict: Verdict): Readonly<Record<string, string>> {
    const name = `measure-${model}`
    const leg = {
      name,
      job: `measure (${model})`,
      runId: 1001,
      attempt: 1,
      deferred: true,
      settingsNote: null,
      notes: [],
    }
    return { 'verdict.json': encodeVerdict({ ...verdict, name }), 'leg.json': encodeLeg(leg) }
  }

  /** A run of two green jobs, of which the first left a green result. */
  async function reported(
    prepare: (github: FakeGithub, second: Omit<ArtifactFixture, 'files'>) => void,
    token?: (github: FakeGithub) => string,
  ) {
    const github = await fakeGithub()
    const pull = github.addPull()
    const event = pullRequestEvent(github, pull)
    const { branch, sha } = event.run
    const jobs = ['measure (a)', 'measure (b)', 'report']
    const run = github.addRun({ event: 'pull_request', branch, sha, status: 'in_progress', jobs })
    for (const job of jobs.slice(0, 2)) github.endJob(run, job, 'success')
    github.addArtifact({ run, name: 'plateau-measure-a', files: left('a', GREEN) })
    prepare(github, { run, name: 'plateau-measure-b' })
    const inputs = { needs: needs('success') }
    const ended = await runActionHere({
      github,
      event,
      run,
      action: 'report',
      job: 'report',
      inputs,
      ...(token === undefined ? {} : { token: token(github) }),
    })
    return { github, pull, ended, body: bodiesOf(github.comments(pull)).join('') }
  }

  test('of results that can all be read says what they say', async () => {
    const { ended, body } = await reported((github, second) => {
      github.addArtifact({ ...second, files: left('b', GREEN) })
    })
    expect(ended.code, ended.log).toBe(0)
    expect(body).toContain('measure-b')
  })

  test.each<[string, Partial<ArtifactFixture>, RegExp]>([
    ['has another digest', { digest: `sha256:${'0'.repeat(64)}` }, /digest/],
    ['has expired', { expired: true }, /expired/],
    ['is cut', { zip: new Uint8Array([80, 75, 3, 4, 1, 2, 3]) }, /not a zip/],
    ['is of no leg', { files: { 'verdict.json': encodeVerdict(GREEN) } }, /no leg\.json/],
    [
      'is of a newer version',
      { files: { ...left('b', GREEN), 'verdict.json': '{"schema":"plateau/verdict@2"}' } },
      /newer version/,
    ],
    ['holds no report', { files: { ...left('b', GREEN), 'report.json': '{"x":NaN}' } }, /not JSON/],
  ])('fails for an artifact that %s, and names it', async (_, artifact, why) => {
    const { ended, body } = await reported((github, second) => {
      github.addArtifact({ ...second, files: left('b', RED), ...artifact })
    })
    expect(ended.code, ended.log).toBe(1)
    expect(ended.outputs['verdict']).toBe('not-measured')
    expect(annotationsOf(ended)[0]).toMatchObject({ level: 'error', title: expect.stringContaining('measure-b') })
    for (const text of [ended.summary, body]) expect(text).toMatch(why)
  })

  test('fails for an artifact that GitHub does not give, and says which permission it takes', async () => {
    const { ended, body } = await reported((github, second) => {
      const { id } = github.addArtifact({ ...second, files: left('b', RED) })
      // Not tried again, so that nobody waits.
      github.trouble({
        on: new RegExp(`/artifacts/${id}/zip`),
        times: 9,
        reply: { status: 403, message: 'Resource not accessible by integration' },
      })
    })
    expect(ended.code, ended.log).toBe(1)
    expect(body).toMatch(/plateau-measure-b cannot be used: .*`?actions: read`?/)
  })

  test('fails for a job that ended green and left nothing, by its name', async () => {
    const { ended, body } = await reported(() => {})
    expect(ended.code, ended.log).toBe(1)
    expect(body).toMatch(/measure \(b\)/)
    expect(body).toMatch(/ended green and left no result/)
  })

  test('believes no check that does not follow from the figures', async () => {
    const { ended } = await reported((github, second) => {
      github.addArtifact({ ...second, files: left('b', { ...RED, verdict: 'proven', reasons: [], check: 'pass' }) })
    })
    expect(ended.code, ended.log).toBe(1)
    expect(ended.outputs['verdict']).toBe('regressed')
  })

  test('that may not read the artifacts says which permission it takes', async () => {
    const { ended } = await reported(
      () => {},
      (github) => github.token({ contents: 'read', 'pull-requests': 'write' }),
    )
    expect(ended.code, ended.log).toBe(1)
    expect(annotationsOf(ended)).toMatchObject([
      {
        level: 'error',
        title: 'Plateau: GitHub did not give the results',
        message: expect.stringMatching(/actions: read is missing/),
      },
    ])
  })
})

test.concurrent('a leg whose matrix value ends as histories do is seen', async () => {
  const url = endpoint()
  const played = await matrix()
  const { name: _, ...rest } = SHORT_INPUTS
  const inputs = { ...rest, ...NO_SECOND_LOOK, endpoint: url, defer: 'true', limits: 'ttft-p50@1 <= 1ms' }
  const legs = [await leg(played, 'chat-history', url, { inputs }), await leg(played, 'chat', url)]
  const reported = await report(played, 'success')
  for (const ended of legs) expect(ended.code, ended.log).toBe(0)
  expect(reported.code, reported.log).toBe(1)
  expect(reported.outputs['verdict']).toBe('regressed')
  expect(reported.summary).toContain('measure-chat-history-run')
})
