import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { encodeLeg } from '../../src/github/artifacts/report-files.ts'
import { addMarker, markerOf } from '../../src/github/pull-request/comment.ts'
import { decodeLooks, encodeLooks } from '../../src/report/looks.ts'
import type { Looks } from '../../src/report/looks.ts'
import { encodeRunReport } from '../../src/report/run-report-codec.ts'
import type { Verdict } from '../../src/report/verdict.ts'
import { encodeVerdict } from '../../src/report/verdict-codec.ts'
import { applyAcceptances, concludeVerdict } from '../../src/verdict/conclude.ts'
import { aReport } from '../support/builders.ts'
import type { RunFixture } from '../support/fake-github/fixtures.ts'
import type { FakeGithub } from '../support/fake-github/server.ts'
import type { Pull } from '../support/fake-github/state.ts'
import { NO_PERMISSION } from '../support/fake-github/trouble.ts'
import { pullRequestEvent } from '../support/github-payloads.ts'
import { aComparison, aRow, aVerdict } from '../support/verdict-builders.ts'
import { measuredAs, runStep } from './action-step.ts'
import type { Step } from './action-step.ts'
import { aGithub } from './fake.ts'
import { anEdition } from './editions.ts'

const WORSE = aComparison({ candidate: 14, verdict: 'regressed', worsening: 0.12 })
const RED = concludeVerdict(aVerdict({ name: 'llama-8b', comparisons: [WORSE] }), null)
const GREEN = measuredAs(aVerdict({ name: 'llama-8b' }))
const LOOKS: Looks = { candidates: [aRow()], secondLook: 'none', limits: [] }
const LABEL = 'plateau-accept'

/** A run that measured a commit of the pull request and left this verdict, with our comment on it. */
function addMeasured(github: FakeGithub, pull: Pull, verdict: Verdict = RED, run: RunFixture = {}): number {
  // The run that asks has the first number.
  github.state.nextId()
  const made = github.addRun({
    workflow: 'gate.yml',
    event: 'pull_request',
    branch: pull.headRef,
    sha: pull.headSha,
    ...run,
  })
  const leg = { name: 'llama-8b', job: 'measure', attempt: 1, deferred: false, settingsNote: null, notes: [] }
  const files = {
    'verdict.json': encodeVerdict(verdict),
    'leg.json': encodeLeg({ runId: made.id, ...leg }),
    'report.json': encodeRunReport(aReport()),
    'looks.json': encodeLooks(LOOKS),
  }
  github.addArtifact({ run: made, name: 'plateau-llama-8b', files })
  const body = addMarker(markerOf('llama-8b'), { 'llama-8b': { 'tpot-p50': 0.12 } }, anEdition(), 'red')
  github.addComment({ issue: pull.number, user: 'github-actions[bot]', body })
  return made.id
}

/** The run that a label causes, and how often it measured. */
async function onLabel(github: FakeGithub, pull: Pull, more: Partial<Step> = {}, action = 'labeled') {
  let measured = 0
  const event = pullRequestEvent(github, pull)
  const ended = await runStep({
    github,
    event: { ...event, payload: { ...event.payload, action, label: { name: LABEL } } },
    measure: async () => {
      measured++
      return GREEN
    },
    ...more,
  })
  return { ended, measured, comment: github.comments(pull)[0]?.body ?? '' }
}

test.concurrent('a label turns the check green without measuring again, and its removal red', async () => {
  const github = await aGithub()
  const pull = github.addPull()
  const runId = addMeasured(github, pull)
  github.label(pull, LABEL, 'anna')
  const accepted = await onLabel(github, pull)
  expect(accepted).toMatchObject({ measured: 0, ended: { code: 0, warnings: [], uploads: [] } })
  expect(accepted.ended.outputs['verdict']).toBe('accepted')
  expect(accepted.comment).toContain('@anna'.slice(1))
  expect(accepted.comment).toContain(`Run ${runId} measured this commit`)
  github.unlabel(pull, LABEL, 'anna')
  const refused = await onLabel(github, pull, {}, 'unlabeled')
  expect(refused).toMatchObject({ measured: 0, ended: { code: 1, warnings: [] } })
  expect(refused.ended.outputs['verdict']).toBe('regressed')
  // Who compares again needs the run that holds the figures.
  expect(refused.comment).toContain(`--run ${runId}`)
})

test.concurrent('a leg that defers hands what was measured to its report job, before any label', async () => {
  const github = await aGithub()
  const pull = github.addPull()
  addMeasured(github, pull)
  github.label(pull, LABEL, 'anna')
  const { ended, measured } = await onLabel(github, pull, { inputs: { defer: 'true' } })
  expect(measured).toBe(0)
  expect(ended).toMatchObject({ code: 0, uploads: ['plateau-llama-8b'], outputs: { verdict: 'regressed' } })
  // Whoever compares the copy again comes to the same verdict.
  const copy = readFileSync(join(dirname(ended.outputs['report-json']!), 'looks.json'), 'utf8')
  expect(decodeLooks(copy)).toEqual(LOOKS)
})

test.concurrent('other events measure, whatever was measured before', async () => {
  const github = await aGithub()
  const pull = github.addPull()
  addMeasured(github, pull)
  for (const action of ['synchronize', 'opened', 'reopened'])
    expect((await onLabel(github, pull, {}, action)).measured).toBe(1)
})

test.concurrent.each<[string, (github: FakeGithub, pull: Pull) => void]>([
  ['nothing was measured of the commit', () => {}],
  [
    'only an older commit was measured',
    (github, pull) => {
      addMeasured(github, pull)
      pull.headSha = github.commit(pull.headRef)
    },
  ],
  ['a fork measured it', (github, pull) => void addMeasured(github, pull, RED, { headRepository: github.fork('x') })],
  ['another workflow file measured it', (github, pull) => void addMeasured(github, pull, RED, { workflow: 'x.yml' })],
  ['an event of somebody else measured it', (github, pull) => void addMeasured(github, pull, RED, { event: 'push' })],
  [
    'it could not be measured',
    (github, pull) =>
      void addMeasured(
        github,
        pull,
        concludeVerdict(aVerdict({ comparisons: [] }), { word: 'not-measured', reason: 'endpoint' }),
      ),
  ],
  [
    'a label stood when it was measured, so what it was without is not known',
    (github, pull) => {
      const by = { metric: 'tpot-p50', at: null, since: null, why: null, by: 'anna', form: 'label' } as const
      addMeasured(github, pull, applyAcceptances(RED, [by]))
    },
  ],
])('it is measured again where %s', async (_, prepare) => {
  const github = await aGithub()
  const pull = github.addPull()
  prepare(github, pull)
  github.label(pull, LABEL, 'anna')
  expect((await onLabel(github, pull)).measured).toBe(1)
})

test.concurrent('what cannot be read is said, and measured again', async () => {
  const github = await aGithub()
  const pull = github.addPull()
  addMeasured(github, pull)
  github.trouble({ on: /^GET .*\/actions\/runs\?/, times: 9, reply: NO_PERMISSION })
  const { ended, measured } = await onLabel(github, pull)
  expect(measured).toBe(1)
  expect(ended.warnings[0]).toMatch(/so it is measured again: .*actions: read/)
})
