import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { decodeHistory } from '../../src/report/history-codec.ts'
import { decodeRunReport } from '../../src/report/run-report-codec.ts'
import type { Verdict } from '../../src/report/verdict.ts'
import { decodeVerdict } from '../../src/report/verdict-codec.ts'
import { annotationsOf, bodiesOf, fakeGithub, runAction } from '../support/action.ts'
import type { StepEnded } from '../support/action.ts'
import type { FakeGithub } from '../support/fake-github/server.ts'
import { plateau } from '../support/cli.ts'
import { pullRequestEvent, pushEvent } from '../support/github-payloads.ts'
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

/** Runs the command that the comment of a slower pull request shows, which a label accepts, and expects its verdict. */
async function compareAgain(more: Readonly<Record<string, string>>): Promise<void> {
  const url = endpoint('--slowdown', '1.8')
  const github = await fakeGithub({ private: false })
  addHistory(github, recordedRuns())
  const pull = github.addPull()
  github.label(pull, 'plateau-accept', 'anna')
  const inputs = { ...SHORT_INPUTS, ...more, endpoint: url }
  const ended = await runAction({ github, event: pullRequestEvent(github, pull), inputs })
  expect(ended.outputs['verdict'], ended.log).toBe('accepted')
  const [body] = bodiesOf(github.comments(pull))
  const [, line] = /Reproduce:\*\* (?:`|<code>)plateau (.+?)(?:`|<\/code>)$/m.exec(body!)!
  const files = artifact(github, ended, 'plateau-llama-8b')
  expect(decodeHistory(files['baseline.json']!).entries.map(({ source }) => source.runId)).toHaveLength(8)
  // In a public repository anybody can read it.
  for (const file of ['baseline.json', 'looks.json']) expect(files[file]).not.toContain('"host"')
  const shell = spawnSync('bash', ['-c', `printf '%s\\0' ${line!.replaceAll('&lt;', '<')}`], { encoding: 'utf8' })
  const again = await plateau([...shell.stdout.split('\0').slice(0, -1), '--format', 'json'], {
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

test.concurrent('the first push of a repository measures, records and is green', async () => {
  const url = endpoint()
  const github = await fakeGithub()
  const inputs = { ...SHORT_INPUTS, concurrency: '1, 2', endpoint: url }
  const ended = await runAction({ github, event: pushEvent(github), inputs })
  expect(ended.code, ended.log).toBe(0)
  expect(ended.outputs).toMatchObject({ verdict: 'no-baseline', 'baseline-runs': '0', regressions: '[]' })
  expect(Number(ended.outputs['tpot-p50-ms'])).toBeGreaterThan(9)
  expect(ended.log).toMatch(/^2 levels × 2 passes, about \d+ s, .* \(without preflight: assumes answers of 1 s\)$/m)
  expect(ended.log.match(/^\d of 4, level \d: /gm)).toHaveLength(4)
  expect(ended.summary).toContain('**Nothing to compare yet.**')
  expect(github.state.comments).toEqual([])
  expect(recorded(github, ended)).toMatchObject([
    {
      row: { series: { name: 'llama-8b' }, levels: [{ concurrency: 1 }, { concurrency: 2 }] },
      source: {
        sha: ended.run.headSha,
        ref: 'main',
        runId: String(ended.run.id),
        attempt: 1,
        event: 'push',
      },
      verdict: 'no-baseline',
    },
  ])
  const files = artifact(github, ended, 'plateau-llama-8b')
  const report = decodeRunReport(files['report.json']!)
  expect(report.levels.map(({ concurrency }) => concurrency)).toEqual([1, 2])
  expect(decodeVerdict(files['verdict.json']!).verdict).toBe('no-baseline')
  expect(files['report.html']).toContain('<html')
  expect(decodeRunReport(readFileSync(ended.outputs['report-json']!, 'utf8'))).toEqual(report)
  expect(ended.outputs['artifact-url']).toMatch(/\/actions\/runs\/\d+\/artifacts\/\d+$/)
})

test.concurrent(
  'a re-run of all jobs of a push to the default branch leaves a second history, and both attempts are one point',
  async () => {
    const url = endpoint()
    const github = await fakeGithub()
    addHistory(github, recordedRuns({ runs: 3 }))
    const inputs = { ...SHORT_INPUTS, endpoint: url }
    const event = pushEvent(github)
    const first = await runAction({ github, event, inputs })
    const second = await runAction({ github, event, inputs, run: github.rerun(first.run) })
    github.commit()
    const third = await runAction({ github, event: pushEvent(github), inputs })
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
    const entries = recorded(github, third)
    expect(entries.map(({ source }) => [source.runId, source.attempt]).slice(3)).toEqual([
      [String(first.run.id), 1],
      [String(first.run.id), 2],
      [String(third.run.id), 1],
    ])
    const { comparisons } = decodeVerdict(artifact(github, third, 'plateau-llama-8b')['verdict.json']!)
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
    const first = await runAction(step)
    const again = await runAction(step)
    github.label(pull, 'plateau-accept', 'anna')
    const accepted = await runAction({
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
