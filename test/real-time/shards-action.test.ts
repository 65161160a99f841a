import { join } from 'node:path'
import { expect, test } from 'vitest'
import { fakeGithub, runAction } from '../support/action.ts'
import type { ActionStep } from '../support/action.ts'
import { reportIn, simulated, temporaryFolder } from '../support/cli.ts'
import { pushEvent } from '../support/github-payloads.ts'
import { addHistory, recordedRuns, SERVER, SHORT_INPUTS } from '../support/recorded-runs.ts'

/** What a machine that is too busy to hear of a window in time is told; it may be tried again there. */
const TOO_LATE = /heard of a window \d+ ms after it had begun or ended/
const MOST_TRIES = 5

const LEVEL = { 'level-requests': '', 'level-duration': '300ms', concurrency: '2', passes: '1', 'client-threads': '1' }
const SHARDED = { ...SHORT_INPUTS, ...LEVEL, name: 'measure', defer: 'true' }

const NEEDS = JSON.stringify({ measure: { result: 'success', outputs: {} } })

/** Both jobs of a matrix, each a shard, in a workflow run of their own. */
async function measureInJobs(slowdown: string) {
  const github = await fakeGithub()
  addHistory(github, recordedRuns({ inputs: SHARDED }), { name: 'measure' })
  const event = pushEvent(github)
  const endpoint = await simulated([...SERVER, '--slowdown', slowdown])
  for (let tries = 1; ; tries++) {
    const run = github.addRun({ ...event.run, jobs: ['measure (1)', 'measure (2)', 'report'] })
    const step: ActionStep = { github, event, run, jobTotal: 2 }
    const meeting = { rendezvous: join(temporaryFolder(), 'meeting'), 'rendezvous-timeout': '60s' }
    const ended = await Promise.all(
      [1, 2].map(async (number) => {
        const inputs = { ...SHARDED, ...meeting, name: '', endpoint, shard: `${number}/2` }
        return runAction({ ...step, matrix: { shard: number }, inputs })
      }),
    )
    if (tries < MOST_TRIES && ended.some(({ log }) => TOO_LATE.test(log))) continue
    return { github, run, ended, step }
  }
}

test('jobs of a matrix measure one run with a second look, and the first decides once about what all left', async () => {
  const { github, run, ended, step } = await measureInJobs('2')
  expect(
    ended.map(({ code }) => code),
    ended.map(({ log }) => log).join('\n---\n'),
  ).toEqual([0, 0])
  const [first, second] = ended
  expect(second!.outputs['verdict']).toBe('not-measured')
  expect(second!.log).toContain('shard 1/2 decides about what all shards measure')
  const report = reportIn(first!.outputs['report-json']!)
  expect(report.shards).toMatchObject({ count: 2 })
  expect(report.levels).toMatchObject([{ concurrency: 2, requests: { failed: 0 } }])
  const parts = ['part-1-of-2-of-plateau-measure', 'part-2-of-2-of-plateau-measure']
  // A machine that was too busy to time anything has no figure that looks worse.
  const again = report.validity.ok ? parts.map((name) => name.replace('-of-p', '-second-look-of-p')) : []
  const left = github.artifactsOf(run).map(({ name }) => name)
  expect(left.filter((name) => name.startsWith('part-')).toSorted()).toEqual([...parts, ...again].toSorted())
  const decided = await runAction({ ...step, action: 'report', job: 'report', inputs: { needs: NEEDS } })
  expect(decided.outputs['verdict']).toBe(first!.outputs['verdict'])
  expect(decided.summary).toContain('2 shards measured it together')
  expect(decided.summary).not.toContain('left no result')
})
