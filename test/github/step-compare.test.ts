import { describe, expect, test } from 'vitest'
import { decodeHistory } from '../../src/report/history-codec.ts'
import { annotationsOf, bodiesOf, fakeGithub } from '../support/action.ts'
import { runActionHere } from '../support/action-here.ts'
import type { StepEnded } from '../support/action.ts'
import type { FakeGithub } from '../support/fake-github/server.ts'
import { pullRequestEvent, pushEvent, scheduleEvent } from '../support/github-payloads.ts'
import { addHistory, endpoint, NO_SECOND_LOOK, recordedRuns, SHORT_INPUTS } from '../support/recorded-runs.ts'

/** What a job leaves in the artifact of the run under this name. */
function artifact(github: FakeGithub, { run }: StepEnded, name: string): Readonly<Record<string, string>> {
  const found = github.artifactsOf(run).find((stored) => stored.name === name)
  expect(
    found,
    `artifacts: ${github
      .artifactsOf(run)
      .map(({ name }) => name)
      .join(', ')}`,
  ).toBeDefined()
  return found!.files
}

function recorded(github: FakeGithub, ended: StepEnded, name = 'plateau-llama-8b-history') {
  const files = artifact(github, ended, name)
  expect(Object.keys(files)).toEqual(['history.json'])
  return decodeHistory(files['history.json']!).entries
}

test.concurrent('the first pull request says what is missing, and records nothing', async () => {
  const url = endpoint()
  const github = await fakeGithub()
  const pull = github.addPull()
  const inputs = { ...SHORT_INPUTS, endpoint: url }
  const ended = await runActionHere({ github, event: pullRequestEvent(github, pull), inputs })
  expect(ended.code, ended.log).toBe(0)
  expect(ended.outputs['verdict']).toBe('no-baseline')
  const [body] = bodiesOf(github.comments(pull))
  expect(body).toContain('**Nothing to compare yet.**')
  expect(body).toContain('Worsening found in 4 of 5 runs, after')
  expect(body).not.toMatch(/no change seen/i)
  expect(github.artifactsOf(ended.run).map(({ name }) => name)).toEqual(['plateau-llama-8b'])
})

test.concurrent(
  'a push to the default branch is compared, and joins what the newest runs left, whoever ran at the same time',
  async () => {
    const url = endpoint()
    const github = await fakeGithub()
    const old = recordedRuns({ runs: 6, firstRunId: 100, newestDaysAgo: 3 })
    // Two pushes at once: each knows the old runs and itself.
    addHistory(github, [...old, ...recordedRuns({ runs: 1, firstRunId: 201, newestDaysAgo: 2 })])
    addHistory(github, [...old, ...recordedRuns({ runs: 1, firstRunId: 202, newestDaysAgo: 1 })])
    const ended = await runActionHere({ github, event: pushEvent(github), inputs: { ...SHORT_INPUTS, endpoint: url } })
    expect(ended.code, ended.log).toBe(0)
    expect(ended.outputs).toMatchObject({
      verdict: expect.stringMatching(/no-change-seen|proven|improved/),
      'baseline-runs': '8',
    })
    expect(recorded(github, ended).map(({ source }) => source.runId)).toEqual([
      '100',
      '101',
      '102',
      '103',
      '104',
      '105',
      '201',
      '202',
      String(ended.run.id),
    ])
  },
)

describe.concurrent('a label of a merged pull request without a comment', () => {
  /** A push that merges a labelled pull request; `wasMeasured`: whether it was, without a comment. */
  async function merged(url: string, { wasMeasured }: { readonly wasMeasured: boolean }) {
    const github = await fakeGithub()
    addHistory(github, recordedRuns())
    const pull = github.addPull()
    const inputs = { ...SHORT_INPUTS, ...NO_SECOND_LOOK, endpoint: url, comment: 'never' }
    const before = wasMeasured ? [await runActionHere({ github, event: pullRequestEvent(github, pull), inputs })] : []
    github.label(pull, 'plateau-accept', 'anna')
    github.merge(pull)
    return { before, pushed: await runActionHere({ github, event: pushEvent(github), inputs }) }
  }

  test('accepts what its last run measured', async () => {
    const url = endpoint('--slowdown', '1.8')
    const { before, pushed } = await merged(url, { wasMeasured: true })
    expect(before[0]!.code, before[0]!.log).toBe(1)
    expect(pushed.code, pushed.log).toBe(0)
    expect(pushed.outputs['verdict']).toBe('accepted')
  })

  test('accepts nothing when it was never measured, and says so', async () => {
    const url = endpoint('--slowdown', '1.8')
    const { pushed } = await merged(url, { wasMeasured: false })
    expect(pushed.code, pushed.log).toBe(1)
    expect(pushed.outputs['verdict']).toBe('regressed')
    expect(pushed.summary).toMatch(/label "plateau-accept" of .*1 accepts nothing for .*TPOT/)
  })
})

describe.concurrent('a pull request', () => {
  test('that changes nothing is green in one line, wherever its staging endpoint is', async () => {
    const url = endpoint()
    const github = await fakeGithub()
    addHistory(github, recordedRuns({ servedModel: 'older-model' }))
    const pull = github.addPull()
    const event = pullRequestEvent(github, pull)
    const ended = await runActionHere({ github, event, inputs: { ...SHORT_INPUTS, endpoint: `${url}/v1?pr=1` } })
    expect(ended.code, ended.log).toBe(0)
    expect(ended.outputs['verdict']).toMatch(/^(no-change-seen|proven)$/)
    const [body] = bodiesOf(github.comments(github.state.pulls[0]!))
    const [, shown] = body!.split('\n')
    expect(shown).toMatch(/^✅ llama-8b: (no change seen|proven)/)
    expect(body).toContain('<details>')
    // The model is another one: it is compared all the same, and said.
    expect(body).toMatch(/older-model.* → .*simulated-model/)
    expect(annotationsOf(ended)).toMatchObject([{ level: 'notice' }])
  })

  test('is compared with what a nightly workflow recorded', async () => {
    const url = endpoint()
    const github = await fakeGithub()
    addHistory(github, recordedRuns({ runs: 3 }), {
      run: github.addRun({ workflow: 'nightly.yml', event: 'schedule' }),
    })
    const inputs = { ...SHORT_INPUTS, endpoint: url, 'baseline-workflow': 'nightly.yml' }
    const nightly = await runActionHere({ github, event: scheduleEvent(github), workflow: 'nightly.yml', inputs })
    const event = pullRequestEvent(github, github.addPull())
    const ended = await runActionHere({ github, event, workflow: 'pull-request.yml', inputs })
    expect(nightly.code, nightly.log).toBe(0)
    expect(recorded(github, nightly)).toHaveLength(4)
    expect(ended.code, ended.log).toBe(0)
    expect(ended.outputs['baseline-runs']).toBe('4')
  })

  test('by the clock tells how far main has gone since the newest release', async () => {
    const url = endpoint()
    const github = await fakeGithub()
    const shas = Array.from({ length: 8 }, () => github.commit())
    github.tag('v1.4', shas[3])
    addHistory(github, [
      ...recordedRuns({ runs: 4, shas: shas.slice(0, 4), newestDaysAgo: 5, spread: 0 }),
      ...recordedRuns({ runs: 4, shas: shas.slice(4), firstRunId: 200, spread: 0, slowdown: 1.07 }),
    ])
    const inputs = { ...SHORT_INPUTS, endpoint: url }
    const nightly = await runActionHere({ github, event: scheduleEvent(github), inputs })
    const pushed = await runActionHere({ github, event: pushEvent(github), inputs })
    expect(nightly.code, nightly.log).toBe(0)
    const drift =
      /Slow drift since v1\.4 \(4 newest runs against 4\): TTFT \+7\.0 %, TPOT \+7\.0 %, highest throughput −6\.5 %\./
    expect(nightly.summary.replaceAll('\u00a0', ' ')).toMatch(drift)
    expect(pushed.summary).not.toContain('Slow drift')
  })

  test('that changes output-tokens is not compared, which nobody can take for green', async () => {
    const url = endpoint()
    const github = await fakeGithub()
    addHistory(github, recordedRuns())
    const event = pullRequestEvent(github, github.addPull())
    const ended = await runActionHere({
      github,
      event,
      inputs: { ...SHORT_INPUTS, endpoint: url, 'output-tokens': '16' },
    })
    expect(ended.code, ended.log).toBe(0)
    expect(ended.outputs['verdict']).toBe('not-comparable')
    const [body] = bodiesOf(github.comments(github.state.pulls[0]!))
    expect(body).toContain('**Not compared.** 8 baseline runs of **llama-8b** exist, but this pull request changes')
    expect(body).toMatch(/`output-tokens` \(`8` → `16`\)/)
    expect(body).not.toMatch(/no change seen|✅/i)
    expect(annotationsOf(ended)).toMatchObject([{ level: 'warning', title: expect.stringContaining('not compared') }])
  })

  test('is not blamed for a step that main made before it', async () => {
    const url = endpoint('--slowdown', '1.3')
    const github = await fakeGithub()
    const before = recordedRuns({ runs: 10, spread: 0.02, newestDaysAgo: 2 })
    const sha = github.commit()
    const segments = { 'ttft-p50': 'opens', 'tpot-p50': 'opens', 'plateau-throughput': 'opens' } as const
    const step = recordedRuns({
      runs: 1,
      slowdown: 1.3,
      spread: 0.001,
      firstRunId: 300,
      shas: [sha],
      verdict: 'regressed',
      segments,
    })
    addHistory(github, [...before, ...step])
    const event = pullRequestEvent(github, github.addPull())
    const inputs = { ...SHORT_INPUTS, endpoint: url, tolerance: '20%', ...NO_SECOND_LOOK }
    const ended = await runActionHere({ github, event, inputs })
    expect(ended.code, ended.log).toBe(0)
    expect(ended.outputs['verdict']).not.toBe('regressed')
    const body = bodiesOf(github.comments(github.state.pulls[0]!))[0]!.replaceAll('\u00a0', ' ')
    expect(body.match(/in TPOT since/g)).toHaveLength(1)
    expect(body).toMatch(
      new RegExp(
        `Main has been \\d+ % slower in TPOT since ${sha.slice(0, 7)} \\(1 run, not accepted\\); this PR adds nothing`,
      ),
    )
  })
})
