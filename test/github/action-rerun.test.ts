import { describe, expect, test } from 'vitest'
import { runActionHere } from '../support/action-here.ts'
import { bodiesOf, fakeGithub } from '../support/action.ts'
import type { FakeGithub } from '../support/fake-github/server.ts'
import type { Pull, Run } from '../support/fake-github/state.ts'
import { pullRequestEvent } from '../support/github-payloads.ts'
import { addHistory, endpoint, recordedRuns, SHORT_INPUTS } from '../support/recorded-runs.ts'

interface Job {
  readonly github: FakeGithub
  readonly pull: Pull
  readonly run: Run
}

/** A pull request whose job compares with twelve recorded runs. */
async function aJob(): Promise<Job> {
  const github = await fakeGithub()
  addHistory(github, recordedRuns({ runs: 12 }))
  const pull = github.addPull()
  const { branch, sha } = pullRequestEvent(github, pull).run
  const run = github.addRun({ event: 'pull_request', branch, sha, status: 'in_progress' })
  return { github, pull, run }
}

/** One attempt at it, with an endpoint that is slower by so much for as long as it lasts. */
async function tryJob({ github, pull, run }: Job, slowdown: string) {
  const event = pullRequestEvent(github, pull)
  const inputs = { ...SHORT_INPUTS, endpoint: endpoint('--slowdown', slowdown) }
  const ended = await runActionHere({ github, event, run, inputs })
  return { ended, body: bodiesOf(github.comments(pull)).join('') }
}

/** "Re-run all jobs", with or without the artifacts of the attempts before. */
function rerun({ github, run, ...job }: Job, { drops }: { readonly drops: boolean }): Job {
  const { artifacts } = github.state
  if (drops) artifacts.splice(0, artifacts.length, ...artifacts.filter((artifact) => artifact.run.id !== run.id))
  return { ...job, github, run: github.rerun(run) }
}

describe.concurrent('a re-run after red', () => {
  test('of unchanged code is not red for what the attempt before it met, and says both', async () => {
    const job = await aJob()
    const red = await tryJob(job, '2')
    expect(red.ended.code, red.ended.log).toBe(1)
    const again = await tryJob(rerun(job, { drops: false }), '1')
    expect(again.ended.code, again.ended.log).toBe(0)
    expect(again.ended.log).toContain('counted together with attempt 1')
    expect(again.body).toContain('Counted together with the attempt before (regressed)')
    expect(again.body).toMatch(/did not come again/)
  })

  test('of a slowdown stays red, also where GitHub has dropped the artifacts', async () => {
    const job = await aJob()
    expect((await tryJob(job, '2')).ended.code).toBe(1)
    const again = await tryJob(rerun(job, { drops: true }), '1.7')
    expect(again.ended.code, again.ended.log).toBe(1)
    expect(again.body).toContain('Counted together with the attempt before (regressed)')
  })
})
