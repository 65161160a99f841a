import { readdirSync, readFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { encodeHiddenAttempts } from '../../src/report/hidden-attempts.ts'
import { addMarker, markerOf, reportMarkerOf } from '../../src/github/pull-request/comment.ts'
import type { EarlierAttempt } from '../../src/report/looks.ts'
import type { ReportLimit } from '../../src/report/run-report.ts'
import type { Verdict } from '../../src/report/verdict.ts'
import { concludeVerdict, concludeWithoutFigures, DEFAULT_POLICY } from '../../src/verdict/conclude.ts'
import { atEnd } from '../support/cleanup.ts'
import type { FakeGithub } from '../support/fake-github/server.ts'
import type { Pull, Run } from '../support/fake-github/state.ts'
import { NO_PERMISSION } from '../support/fake-github/trouble.ts'
import type { RunFixture } from '../support/fake-github/fixtures.ts'
import { dispatchEvent, pullRequestEvent } from '../support/github-payloads.ts'
import type { GithubEvent } from '../support/github-payloads.ts'
import { aComparison, aVerdict, looksAt } from '../support/verdict-builders.ts'
import { aRow } from '../verdict/recorded.ts'
import { measuredAs, runStep } from './action-step.ts'
import { aGithub } from './fake.ts'
import { anEdition } from './editions.ts'

const WORSE = aComparison({ candidate: 14, verdict: 'regressed' })
const RED = concludeVerdict(aVerdict({ comparisons: [WORSE] }), null)
/** What each attempt found of a limit. */
const LIMITS: readonly ReportLimit[] = [
  { limit: 'tpot-p50@2 <= 10ms', concurrency: 2, outcome: 'fail', value: 12, bound: 11, reason: null },
]
const CANCELLED = concludeWithoutFigures('llama-8b', 'cancelled', DEFAULT_POLICY)

interface Job {
  readonly github: FakeGithub
  readonly pull: Pull
  readonly run: Run
}

async function aJob(): Promise<Job> {
  const github = await aGithub()
  const pull = github.addPull()
  // Its number is the one that the runner states.
  const run = github.addRun({ event: 'pull_request', branch: pull.headRef, sha: pull.headSha, workflow: 'gate.yml' })
  return { github, pull, run: { ...run, id: 1001 } }
}

/** One attempt at the job, whose artifact is kept or not, and what it was told of those before. */
async function tryJob(
  { github, pull, run }: Job,
  attempt: number,
  {
    verdict = RED,
    keeps = true,
    inputs = {},
    event = pullRequestEvent(github, pull),
  }: { verdict?: Verdict; keeps?: boolean; inputs?: Record<string, string>; event?: GithubEvent } = {},
) {
  const temporary = mkdtempSync(join(tmpdir(), 'plateau-attempt-'))
  atEnd(() => rmSync(temporary, { recursive: true, force: true }))
  let told: readonly EarlierAttempt[] = []
  const ended = await runStep({
    github,
    event,
    runId: run.id,
    attempt,
    temporary,
    inputs,
    measure: async (_settings, { earlier = [], run: own }) => {
      told = earlier
      expect(own).toEqual({ id: String(run.id), attempt })
      const measured = measuredAs(verdict)
      return {
        ...measured,
        looks: { ...looksAt(measured.report), limits: LIMITS, ...(earlier.length > 0 && { earlier }) },
      }
    },
  })
  const folder = join(temporary, 'plateau-llama-8b')
  const files = Object.fromEntries(
    readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ name }) => [name, readFileSync(join(folder, name), 'utf8')]),
  )
  const name = attempt === 1 ? 'plateau-llama-8b' : `plateau-llama-8b-attempt-${attempt}`
  if (keeps) github.addArtifact({ run, name, files })
  return {
    ended,
    told: told.map(({ attempt, verdict, run }) => [attempt, verdict, ...(run === undefined ? [] : [run])]),
    limits: told.map(({ limits }) => limits),
    comment: github.comments(pull)[0]?.body ?? '',
  }
}

/** A comment that hides an attempt of this run, as we write it. */
function hiding(runId = 1001, marker = markerOf('llama-8b')): string {
  const attempts: EarlierAttempt[] = [{ attempt: 1, verdict: 'suspect', candidates: [aRow()], secondLook: 'none' }]
  return addMarker(marker, {}, anEdition(), 'x', encodeHiddenAttempts({ 'llama-8b': { runId, attempts } }))
}

const BOT = 'github-actions[bot]'

test.concurrent('a re-run counts together with what the attempts before it left as artifacts', async () => {
  const job = await aJob()
  expect((await tryJob(job, 1)).told).toEqual([])
  expect((await tryJob(job, 2, { verdict: aVerdict() })).told).toEqual([[1, 'regressed']])
  const third = await tryJob(job, 3)
  expect(third.limits).toEqual([LIMITS, LIMITS])
  expect(third.told).toEqual([
    [1, 'regressed'],
    [2, 'no-change-seen'],
  ])
  expect(third.ended.lines).toContain('counted together with attempt 1, 2')
  expect(third.ended.warnings).toEqual([])
})

test.concurrent('where GitHub has dropped the artifacts, with what our comment hides', async () => {
  const job = await aJob()
  const first = await tryJob(job, 1, { keeps: false })
  expect(first.comment).toContain('<!-- plateau-attempts ')
  const second = await tryJob(job, 2, { verdict: aVerdict(), keeps: false })
  expect(second.told).toEqual([[1, 'regressed']])
  expect(second.limits).toEqual([LIMITS])
  // The newest comment holds all.
  expect((await tryJob(job, 3)).told).toEqual([
    [1, 'regressed'],
    [2, 'no-change-seen'],
  ])
})

test.concurrent('a leg counts with what the comment of its report job hides', async () => {
  const job = await aJob()
  const body = hiding(1001, reportMarkerOf('gate.yml'))
  job.github.addComment({ issue: job.pull.number, user: BOT, body })
  expect((await tryJob(job, 2, { inputs: { defer: 'true' } })).told).toEqual([[1, 'suspect']])
})

test.concurrent.each<[string, (job: Job) => void]>([
  ['nothing is left', () => {}],
  [
    'somebody else wrote the comment',
    ({ github, pull }) => void github.addComment({ issue: pull.number, user: 'eve', body: hiding() }),
  ],
  [
    'the comment quotes one',
    ({ github, pull }) => void github.addComment({ issue: pull.number, user: BOT, body: `> ${hiding()}` }),
  ],
  [
    'the comment is of another run',
    ({ github, pull }) => void github.addComment({ issue: pull.number, user: BOT, body: hiding(7) }),
  ],
])('where %s the attempt before does not count, and that is said', async (_, prepare) => {
  const job = await aJob()
  prepare(job)
  const { told, ended } = await tryJob(job, 2, { verdict: aVerdict() })
  expect(told).toEqual([])
  const note =
    'attempt 1 is not counted together with this one, because neither an artifact nor our comment has its figures'
  expect(ended.lines).toContain(note)
  expect(ended.summary).toContain(note)
})

test.concurrent('an attempt that measured nothing is no loss', async () => {
  const job = await aJob()
  await tryJob(job, 1, { verdict: CANCELLED })
  const { told, ended } = await tryJob(job, 2)
  expect(told).toEqual([])
  expect(ended.summary).not.toContain('not counted together')
})

test.concurrent(
  'what may not be read does not count, with the permission that is missing, and the run goes on',
  async () => {
    const job = await aJob()
    job.github.trouble({ on: /^GET .*\/runs\/1001\/artifacts/, times: 9, reply: NO_PERMISSION })
    const { told, ended } = await tryJob(job, 2)
    expect(told).toEqual([])
    expect(ended.code).toBe(1)
    expect(ended.summary).toMatch(/attempt 1 is not counted together with this one, because .*actions: read/)
  },
)

test.concurrent('where artifacts may not be read, what our comment hides still counts', async () => {
  const job = await aJob()
  job.github.addComment({ issue: job.pull.number, user: BOT, body: hiding() })
  job.github.trouble({ on: /^GET .*\/runs\/1001\/artifacts/, times: 9, reply: NO_PERMISSION })
  const { told, ended } = await tryJob(job, 2)
  expect(told).toEqual([[1, 'suspect']])
  expect(ended.summary).not.toContain('not counted together')
})

/** Another run of the same workflow, which the runner gives this number. */
function startAnew({ github, pull, run }: Job, id: number, fixture: RunFixture = {}): Job {
  const { branch, sha } = { branch: run.headBranch!, sha: run.headSha }
  const made = github.addRun({ event: 'pull_request', branch, sha, workflow: 'gate.yml', ...fixture })
  return { github, pull, run: { ...made, id } }
}

/** The run of a job as the API lists it: with the number that the runner states. */
function list({ github, run }: Job): void {
  const { runs } = github.state
  runs.splice(runs.length - 1, 1, run)
}

/** A job whose run is in the list of runs. */
async function aListedJob(): Promise<Job> {
  const job = await aJob()
  list(job)
  return job
}

test.concurrent(
  'a pull request that is closed and opened again counts together with what was measured of its commit',
  async () => {
    const job = await aListedJob()
    await tryJob(job, 1)
    await tryJob(job, 2)
    const next = startAnew(job, 2002)
    const third = await tryJob(next, 1, { verdict: aVerdict() })
    expect(third.told).toEqual([
      [1, 'regressed', 1001],
      [2, 'regressed', 1001],
    ])
    expect(third.limits).toEqual([LIMITS, LIMITS])
    expect(third.ended.lines).toContain('counted together with attempt 1 of run 1001, 2 of run 1001')
    list(next)
    // A later attempt at the older run knows of the newer one, and of its own as its own.
    expect((await tryJob(job, 3)).told).toEqual([
      [1, 'no-change-seen', 2002],
      [1, 'regressed'],
      [2, 'regressed'],
    ])
  },
)

test.concurrent('so does a workflow that is started by hand on its branch', async () => {
  const job = await aListedJob()
  await tryJob(job, 1)
  const { github, pull } = job
  const event = dispatchEvent(github, { branch: pull.headRef })
  const next = startAnew(job, 2002, { event: 'workflow_dispatch' })
  expect((await tryJob(next, 1, { event })).told).toEqual([[1, 'regressed', 1001]])
})

test.concurrent(
  'an empty commit is the same code: what was measured of it before counts, another change does not',
  async () => {
    const job = await aListedJob()
    await tryJob(job, 1, { inputs: { comment: 'never' } })
    const { github, pull } = job
    const push = (id: number): Job => {
      const run = {
        ...github.addRun({ event: 'pull_request', branch: pull.headRef, sha: pull.headSha, workflow: 'gate.yml' }),
        id,
      }
      list({ github, pull, run })
      return { github, pull, run }
    }
    github.pushNothing(pull)
    expect((await tryJob(push(2002), 1, { inputs: { comment: 'never' } })).told).toEqual([[1, 'regressed', 1001]])
    pull.headSha = github.commit(pull.headRef)
    expect((await tryJob(push(3003), 1)).told).toEqual([])
  },
)

test.concurrent('without artifacts another run of the commit counts by what our comment hides', async () => {
  const job = await aListedJob()
  await tryJob(job, 1, { keeps: false })
  const second = await tryJob(startAnew(job, 2002), 1, { verdict: aVerdict(), keeps: false })
  expect(second.told).toEqual([[1, 'regressed', 1001]])
  expect((await tryJob(startAnew(job, 3003), 1)).told).toEqual([
    [1, 'regressed', 1001],
    [1, 'no-change-seen', 2002],
  ])
})

test.concurrent.each<[string, RunFixture]>([
  ['of another commit', { sha: 'e'.repeat(40) }],
  ['of another workflow', { workflow: 'other.yml' }],
  ['on the default branch', { branch: 'main' }],
])('a run %s does not count, and nothing is said of it', async (_, fixture) => {
  const job = await aJob()
  const other = startAnew(job, 2002, fixture)
  list(other)
  await tryJob(other, 1, { inputs: { comment: 'never' } })
  const { told, ended } = await tryJob(job, 1)
  expect(told).toEqual([])
  expect(ended.warnings).toEqual([])
  expect(ended.summary).not.toContain('counted together')
})
