import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { decodeHistory } from '../../src/report/history-codec.ts'
import { decodeRunReport } from '../../src/report/run-report-codec.ts'
import { bodiesOf, fakeGithub, runAction } from '../support/action.ts'
import type { StepEnded } from '../support/action.ts'
import { simulated } from '../support/cli.ts'
import { pullRequestEvent, pushEvent } from '../support/github-payloads.ts'
import { NO_SECOND_LOOK, SERVER, SHORT_INPUTS, addHistory, recordedRuns } from '../support/recorded-runs.ts'

/** The built action against a server in a process of its own, in real time: what is said here holds on any machine. */

/** Whether a level had no figures that count because this machine was too busy; it is said then. */
function wasTooBusy(ended: StepEnded): boolean {
  const { levels } = decodeRunReport(readFileSync(ended.outputs['report-json']!, 'utf8'))
  const busy = levels.some(({ state }) => state === 'client-saturated' || state === 'invalid')
  if (busy) expect(ended.summary).toMatch(/saturated|invalid|busy/)
  return busy
}

test('a first push is measured after a preflight, and recorded', async () => {
  const github = await fakeGithub()
  const inputs = { ...SHORT_INPUTS, preflight: 'true', soak: 'off', concurrency: '1, 2' }
  const ended = await runAction({
    github,
    event: pushEvent(github),
    inputs: { ...inputs, endpoint: await simulated(SERVER) },
  })
  expect(ended.log).toMatch(/^model: simulated-model$/m)
  expect(ended.log.match(/^level \d, pass \d\/2: /gm)).toHaveLength(4)
  const report = decodeRunReport(readFileSync(ended.outputs['report-json']!, 'utf8'))
  expect(report.levels.map(({ concurrency, requests }) => [concurrency, requests.failed])).toEqual([
    [1, 0],
    [2, 0],
  ])
  if (wasTooBusy(ended)) return
  expect(ended.code, ended.log).toBe(0)
  expect(ended.outputs['verdict']).toBe('no-baseline')
  const history = github.artifactsOf(ended.run).find(({ name }) => name === 'plateau-llama-8b-history')
  expect(decodeHistory(history!.files['history.json']!).entries).toMatchObject([
    { row: { levels: [{ concurrency: 1 }, { concurrency: 2 }] }, source: { runId: String(ended.run.id) } },
  ])
})

test('a pull request that takes three times as long is red, or the machine was too busy to tell', async () => {
  const github = await fakeGithub()
  addHistory(github, recordedRuns())
  const endpoint = await simulated([...SERVER, '--slowdown', '3'])
  const event = pullRequestEvent(github, github.addPull())
  const ended = await runAction({ github, event, inputs: { ...SHORT_INPUTS, ...NO_SECOND_LOOK, endpoint } })
  expect(ended.code, ended.log).toBe(1)
  expect(ended.outputs['verdict']).toBe(wasTooBusy(ended) ? 'not-measured' : 'regressed')
  expect(bodiesOf(github.comments(github.state.pulls[0]!))[0]).toContain('llama-8b')
})
