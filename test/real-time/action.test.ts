import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { decodeHistory } from '../../src/report/history-codec.ts'
import { decodeRunReport } from '../../src/report/run-report-codec.ts'
import { bodiesOf, fakeGithub, filesLeft, runAction } from '../support/action.ts'
import type { StepEnded } from '../support/action.ts'
import { chatAnswer, refuse, sendJson, sendStream } from '../support/answers.ts'
import { simulated } from '../support/cli.ts'
import { pullRequestEvent, pushEvent } from '../support/github-payloads.ts'
import { serve } from '../support/http-server.ts'
import { addHistory, NO_SECOND_LOOK, recordedRuns, SERVER, SHORT_INPUTS } from '../support/recorded-runs.ts'

/** The built action against a server in a process of its own, in real time: what is said here holds on any machine. */

/** In one thread: with more to take, a level for which a busy machine was too slow is measured again. */
const INPUTS = { ...SHORT_INPUTS, 'client-threads': '1' }

/** Whether a level had no figures that count because this machine was too busy; it is said then. */
function wasTooBusy(ended: StepEnded): boolean {
  const { levels } = decodeRunReport(readFileSync(ended.outputs['report-json']!, 'utf8'))
  const busy = levels.some(({ state }) => state === 'client-saturated' || state === 'invalid')
  if (busy) expect(ended.summary).toMatch(/invalid|busy/)
  return busy
}

test('a first push is measured after a preflight, and recorded', async () => {
  const github = await fakeGithub()
  const inputs = { ...INPUTS, preflight: 'true', soak: 'off', concurrency: '1, 2', passes: '1' }
  const ended = await runAction({
    github,
    event: pushEvent(github),
    inputs: { ...inputs, endpoint: await simulated(SERVER) },
  })
  expect(ended.log).toMatch(/^model: simulated-model$/m)
  expect(ended.log.match(/^\d of 2, level \d: /gm)).toHaveLength(2)
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

test('a pull request that takes twice as long is red, or the machine was too busy to tell', async () => {
  const github = await fakeGithub()
  addHistory(github, recordedRuns())
  const endpoint = await simulated([...SERVER, '--slowdown', '2'])
  const event = pullRequestEvent(github, github.addPull())
  const ended = await runAction({ github, event, inputs: { ...INPUTS, ...NO_SECOND_LOOK, endpoint } })
  expect(ended.code, ended.log).toBe(1)
  expect(ended.outputs['verdict']).toBe(wasTooBusy(ended) ? 'not-measured' : 'regressed')
  expect(bodiesOf(github.comments(github.state.pulls[0]!))[0]).toContain('llama-8b')
})

test('the key shows nowhere, in no form, whatever the endpoint echoes', async () => {
  const key = 'sk-live/9f8e7d6c+5b4a"39281706='
  const header = 'tok-5544332211-ffeeddccbb'
  const forms = [
    key,
    Buffer.from(key).toString('base64'),
    encodeURIComponent(key),
    JSON.stringify(key).slice(1, -1),
    Buffer.from(key).toString('hex'),
    key.slice(0, 14),
    header,
  ]
  const model = `model ${forms.slice(0, 5).join(' ')} ${header}`
  const server = await serve((response, { method }, index) => {
    response.setHeader('x-echo', key)
    if (method === 'GET') return sendJson(response, 200, { data: [{ id: model }] })
    if (index % 5 === 4) return refuse(response, 500, `bad key ${forms.join(' ')}`)
    return setTimeout(() => sendStream(response, chatAnswer(8, { model, inputTokens: 40 })), 15)
  })
  const inputs = { 'api-key': key, headers: `x-token: Bearer ${header}`, 'artifact-content': 'full' }
  const github = await fakeGithub()
  addHistory(github, recordedRuns())
  const pull = github.addPull()
  const endpoint = `${server.url}/v1?key=${encodeURIComponent(key)}`
  const event = pullRequestEvent(github, pull)
  const ended = await runAction({ github, event, inputs: { ...INPUTS, ...inputs, endpoint } })
  expect(server.requests.length, ended.log).toBeGreaterThan(5)
  const texts = {
    // A mask is how the runner is told; it shows them to nobody.
    log: ended.log.replaceAll(/^::add-mask::.*$/gm, ''),
    summary: ended.summary,
    comments: bodiesOf(github.comments(pull)).join(''),
    outputs: JSON.stringify(ended.outputs),
    ...filesLeft(ended),
    ...Object.fromEntries(github.artifactsOf(ended.run).flatMap(({ files }) => Object.entries(files))),
    github: github.requests.map(({ path, body }) => `${path}\n${body}`).join('\n'),
  }
  expect(Object.keys(texts)).toEqual(expect.arrayContaining(['report.json', 'verdict.json', 'report.html']))
  for (const [name, text] of Object.entries(texts)) for (const form of forms) expect(text, name).not.toContain(form)
  expect(ended.log).toContain(`::add-mask::${key}`)
  const firstShown = ended.log.indexOf('::add-mask::')
  expect(ended.log.slice(0, firstShown)).not.toContain(key)
})
