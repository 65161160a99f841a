import { spawnSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { decodeHistory } from '../../src/report/history-codec.ts'
import type { Verdict } from '../../src/report/verdict.ts'
import { decodeVerdict } from '../../src/report/verdict-codec.ts'
import { runActionHere } from '../support/action-here.ts'
import { annotationsOf, artifactOf, bodiesOf, entriesOf, fakeGithub } from '../support/action.ts'
import { callHere } from '../support/call-here.ts'
import { pullRequestEvent, pushEvent } from '../support/github-payloads.ts'
import { addHistory, endpoint, NO_SECOND_LOOK, recordedRuns, SHORT_INPUTS } from '../support/recorded-runs.ts'

/** Runs the command that the comment of a slower pull request shows, which a label accepts, and expects its verdict. */
async function compareAgain(more: Readonly<Record<string, string>>): Promise<void> {
  const url = endpoint('--slowdown', '1.8')
  const github = await fakeGithub({ private: false })
  addHistory(github, recordedRuns())
  const pull = github.addPull()
  github.label(pull, 'plateau-accept', 'anna')
  const inputs = { ...SHORT_INPUTS, ...more, endpoint: url }
  const ended = await runActionHere({ github, event: pullRequestEvent(github, pull), inputs })
  expect(ended.outputs['verdict'], ended.log).toBe('accepted')
  const [body] = bodiesOf(github.comments(pull))
  const [, line] = /Reproduce:\*\* (?:`|<code>)plateau (.+?)(?:`|<\/code>)$/m.exec(body!)!
  const files = artifactOf(github, ended, 'plateau-llama-8b')
  expect(decodeHistory(files['baseline.json']!).entries.map(({ source }) => source.runId)).toHaveLength(8)
  // In a public repository anybody can read it.
  for (const file of ['baseline.json', 'looks.json']) expect(files[file]).not.toContain('"host"')
  const shell = spawnSync('bash', ['-c', `printf '%s\\0' ${line!.replaceAll('&lt;', '<')}`], { encoding: 'utf8' })
  const again = await callHere([...shell.stdout.split('\0').slice(0, -1), '--format', 'json'], {
    env: { GITHUB_TOKEN: github.token(), GITHUB_API_URL: github.apiUrl },
  })
  expect(again.code, `${line} ${again.stderr}`).toBe(ended.code)
  const [first, second] = [files['verdict.json']!, again.stdout].map(decodeVerdict)
  expect(first!.confirmation?.passes).toBe(1)
  expect(first!.decidedBy).toContainEqual({ setting: 'tolerance', value: '30%' })
  const { verdict, reasons, check, confirmation, limits, decidedBy } = first!
  expect(second).toMatchObject({ verdict, reasons, check, confirmation, limits })
  const judged = ({ comparisons }: Verdict) => comparisons.map(({ accepted: _accepted, ...rest }) => rest)
  expect(judged(second!)).toEqual(judged(first!))
  expect(second!.decidedBy).toEqual(decidedBy)
}

test.concurrent(
  'a re-run of all jobs of a push to the default branch leaves a second history, and both attempts are one point',
  async () => {
    const url = endpoint()
    const github = await fakeGithub()
    addHistory(github, recordedRuns({ runs: 3 }))
    const inputs = { ...SHORT_INPUTS, endpoint: url }
    const event = pushEvent(github)
    const first = await runActionHere({ github, event, inputs })
    const second = await runActionHere({ github, event, inputs, run: github.rerun(first.run) })
    github.commit()
    const third = await runActionHere({ github, event: pushEvent(github), inputs })
    for (const ended of [first, second, third]) expect(ended.code, ended.log).toBe(0)
    expect(
      github
        .artifactsOf(second.run)
        .map(({ name }) => name)
        .toSorted(),
    ).toEqual([
      'plateau-llama-8b',
      'plateau-llama-8b-attempt-2',
      'plateau-llama-8b-history',
      'plateau-llama-8b-history-attempt-2',
    ])
    const entries = entriesOf(github, third)
    expect(entries.map(({ source }) => [source.runId, source.attempt]).slice(3)).toEqual([
      [String(first.run.id), 1],
      [String(first.run.id), 2],
      [String(third.run.id), 1],
    ])
    const { comparisons } = decodeVerdict(artifactOf(github, third, 'plateau-llama-8b')['verdict.json']!)
    // A metric that a busy machine kept from being measured has a group less.
    expect(Math.max(...comparisons.map(({ groups }) => groups))).toBe(4)
  },
)

describe.concurrent('a pull request', () => {
  test('that regresses fails, comments once, and is green when somebody accepts it', async () => {
    const url = endpoint('--slowdown', '1.8')
    const quoted = '<!-- plateau:llama-8b -->\nLook what it says'
    const github = await fakeGithub()
    addHistory(github, recordedRuns({ shas: Array.from({ length: 8 }, () => github.commit()) }))
    const pull = github.addPull()
    github.addComment({ issue: pull.number, user: 'reviewer', body: quoted })
    github.addComment({ issue: pull.number, user: 'other-app[bot]', body: quoted })
    for (let i = 0; i < 100; i++) github.addComment({ issue: pull.number, user: 'reviewer', body: `more ${i}` })
    const step = { github, event: pullRequestEvent(github, pull), inputs: { ...SHORT_INPUTS, endpoint: url } }
    const first = await runActionHere(step)
    const again = await runActionHere(step)
    github.label(pull, 'plateau-accept', 'anna')
    const accepted = await runActionHere({
      ...step,
      run: github.rerun(again.run),
      inputs: { ...step.inputs, ...NO_SECOND_LOOK },
    })
    expect(first.code, first.log).toBe(1)
    expect(first.outputs['verdict']).toBe('regressed')
    expect(first.outputs['reasons']!.split(',')).toEqual(expect.arrayContaining(['ttft-p50', 'tpot-p50']))
    const regressions = JSON.parse(first.outputs['regressions']!) as { metric: string; change: number }[]
    expect(regressions.find(({ metric }) => metric === 'tpot-p50')!.change).toBeGreaterThan(0.6)
    expect(first.outputs['baseline-runs']).toBe('8')
    const annotations = annotationsOf(first)
    expect(annotations).toHaveLength(1)
    expect(annotations[0]).toMatchObject({ level: 'error', title: expect.stringMatching(/llama-8b: .*\+\d\d/) })
    expect(first.summary).toMatch(/❌ llama-8b: /)
    expect(first.log).toMatch(/looks? worse; measuring again/)

    expect(again.code, again.log).toBe(1)
    const ours = github.state.comments.filter(({ user }) => user === 'github-actions[bot]')
    expect(ours).toHaveLength(1)
    expect(first.outputs['comment-url']).toBe(again.outputs['comment-url'])
    expect(first.outputs['comment-url']).toContain(`#issuecomment-${ours[0]!.id}`)
    const others = bodiesOf(github.state.comments.filter(({ user }) => user !== 'github-actions[bot]'))
    expect(others.slice(0, 2)).toEqual([quoted, quoted])
    expect(
      github.requests.filter(({ method, host }) => method === 'POST' && host === 'api').map(({ path }) => path),
    ).toEqual(expect.not.arrayContaining([expect.stringMatching(/merge|git/)]))

    expect(accepted.code, accepted.log).toBe(0)
    expect(accepted.outputs['verdict']).toBe('accepted')
    expect(ours[0]!.body).toMatch(/accepted by .*anna/i)
  })

  test('can be compared again from its artifact by the line of its comment, second look and settings included', async () => {
    const limits = 'tpot-p50@1 <= 500ms\nerror-rate <= 1%'
    await compareAgain({ limits, 'false-alarm-rate': '2%', 'on-not-comparable': 'fail' })
  })
})
