import { join } from 'node:path'
import { expect, test } from 'vitest'
import { chatAnswer, refuse, sendStream } from '../support/answers.ts'
import { SHORT_RUN, plateau, reportIn, temporaryFolder } from '../support/cli.ts'
import { serveAlways } from '../support/http-server.ts'
import type { Answer, TestServer } from '../support/http-server.ts'

/** Endpoints that change while they are measured, by the number of requests. */

const KEY = 'sk-live-9f8e7d6c5b4a39281706'

/** Answers well for the first `good` requests, then as `bad` says. */
async function failingAfter(good: number, bad: Answer): Promise<TestServer> {
  let posts = 0
  return serveAlways((response, seen, index) => {
    if (++posts > good) return bad(response, seen, index)
    const answer = chatAnswer(8, { inputTokens: 40 })
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write(answer.slice(0, 300))
    return setTimeout(() => response.end(answer.slice(300)), 5)
  })
}

test('an endpoint that fails in the middle is not measured, and the report says so', async () => {
  const server = await failingAfter(12, (response) => refuse(response, 500, `engine dead, ${KEY}`))
  const report = join(temporaryFolder(), 'report.json')
  const flags = ['--concurrency', '8', '--passes', '1', '--report-json', report, ...SHORT_RUN]
  const { code, stdout, stderr } = await plateau(['run', '--endpoint', server.url, ...flags], {
    env: { PLATEAU_API_KEY: KEY },
  })
  expect(code, stderr).toBe(3)
  expect(stdout + stderr).not.toContain(KEY)
  expect(stdout).toContain('This run is not valid')
  const { validity, levels } = reportIn(report)
  expect(validity.ok).toBe(false)
  expect(levels).toMatchObject([{ concurrency: 8, valid: false, state: 'lost', requests: { ok: 0 } }])
})

test('a key that is revoked in the middle stops the run at once, and what was measured is kept', async () => {
  let refusals = 0
  const server = await failingAfter(60, (response) => {
    refusals++
    refuse(response, 401, `key ${KEY} was revoked`)
  })
  const report = join(temporaryFolder(), 'report.json')
  const flags = ['--concurrency', '1,2,4,8', '--passes', '3', '--report-json', report, ...SHORT_RUN]
  const { code, stderr } = await plateau(['run', '--endpoint', server.url, ...flags], { env: { PLATEAU_API_KEY: KEY } })
  expect(code).toBe(3)
  expect(stderr).toMatch(
    /the key was accepted until \d\d:\d\d:\d\d UTC and is refused now \(401\): key \*\*\* was revoked/,
  )
  expect(stderr).not.toContain(KEY)
  // One for each worker that was waiting for its answer.
  expect(refusals).toBeLessThanOrEqual(8)
  expect(reportIn(report).context.endpointLabel).toBe('endpoint')
})

test('a rate limit in the middle is a limit, not a slow server', async () => {
  let posts = 0
  const server = await serveAlways((response) => {
    if (++posts > 30 && posts % 3 === 0) return refuse(response, 429, 'slow down')
    return setTimeout(() => sendStream(response, chatAnswer(8, { inputTokens: 40 })), 10)
  })
  const report = join(temporaryFolder(), 'report.json')
  const flags = ['--concurrency', '4', '--passes', '1', '--report-json', report, ...SHORT_RUN]
  const { code, stdout } = await plateau(['run', '--endpoint', server.url, ...flags])
  expect(code).toBe(3)
  expect(stdout).toContain('limited')
  expect(reportIn(report).levels[0]).toMatchObject({ state: 'limited', valid: false })
})
