import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { chatAnswer, refuse, sendJson } from '../support/answers.ts'
import { SHORT_RUN, plateau, reportIn, temporaryFolder } from '../support/cli.ts'
import { serve } from '../support/http-server.ts'
import type { Answer } from '../support/http-server.ts'

const KEY = 'sk-live/9f8e7d6c+5b4a"39281706='
const HEADER = 'tok-5544332211-ffeeddccbb'
const MEMBER = 'mem-1122334455-aabbccddee'
const ENV = { PLATEAU_API_KEY: KEY }
const FORMS = [
  KEY,
  Buffer.from(KEY).toString('base64'),
  encodeURIComponent(KEY),
  JSON.stringify(KEY).slice(1, -1),
  HEADER,
  MEMBER,
]

/** Runs against a server and returns all that was written: both streams, report and records. */
async function everythingWritten(answer: Answer, flags: readonly string[] = []) {
  const server = await serve(answer)
  const folder = temporaryFolder()
  const [report, records] = [join(folder, 'report.json'), join(folder, 'records.jsonl')]
  const extraBody = JSON.stringify({ auth: { api_key: MEMBER }, top_p: 1 })
  const secrets = ['--headers', `x-token: Bearer ${HEADER}\nx-mode: true`, '--extra-body', extraBody]
  const load = ['--concurrency', '1,2', '--passes', '1', ...SHORT_RUN]
  const args = ['run', '--endpoint', server.url, ...secrets, ...load, ...flags]
  const { code, stdout, stderr } = await plateau([...args, '--report-json', report, '--records', records], { env: ENV })
  return { code, stdout, stderr, report, records }
}

function expectNoKey(texts: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(texts)) {
    for (const form of FORMS) expect(text, name).not.toContain(form)
    // Nor a good part of it.
    expect(text, name).not.toContain(KEY.slice(0, 14))
    expect(text, name).not.toContain(HEADER.slice(0, 14))
  }
}

test('a server that echoes the key wherever it can, in every form', async () => {
  const model = `model ${FORMS.join(' ')}`
  const answer = chatAnswer(8, { model, inputTokens: 40 })
  const { code, stdout, stderr, report, records } = await everythingWritten(
    (response, { method }) => {
      response.setHeader('x-echo', KEY).setHeader('x-ratelimit-limit-requests', `1; ${KEY}`)
      if (method === 'GET') return sendJson(response, 200, { data: [{ id: model }] })
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write(answer.slice(0, 600))
      return setTimeout(() => response.end(answer.slice(600)), 10)
    },
    ['--format', 'json'],
  )
  const written = { stdout, stderr, report: readFileSync(report, 'utf8'), records: readFileSync(records, 'utf8') }
  expect(code, stderr).not.toBe(2)
  expectNoKey(written)
  expect(stderr).toContain('model: model ***')
  // What is left is still what it was: JSON, with all its figures.
  expect(reportIn(report).context.servedModel).toMatch(/^model \*\*\*/)
  expect(JSON.parse(stdout)).toEqual(JSON.parse(written.report))
  const lines = written.records.trimEnd().split('\n')
  for (const line of lines) expect((JSON.parse(line) as { servedModel: string }).servedModel).toMatch(/^model \*\*\*/)
})

test.each([
  ['in a JSON error', (said: string) => JSON.stringify({ error: { message: said } })],
  ['in a page', (said: string) => `<html><title>${said.replaceAll('"', '&quot;')}</title></html>`],
  ['in plain text', (said: string) => said],
])('%s, whole, encoded or cut in the middle', async (_, page) => {
  for (let before = 270; before <= 300; before += 10) {
    const { code, stdout, stderr } = await everythingWritten((response) =>
      response.writeHead(401).end(page(`${'x'.repeat(before)}${KEY} and ${HEADER}`)),
    )
    expect(code).toBe(3)
    expectNoKey({ stdout, stderr })
    expect(stderr).toContain('the endpoint answered 401: xxx')
  }
  const { stdout, stderr } = await everythingWritten((response) => response.writeHead(401).end(page(FORMS.join(' '))))
  expectNoKey({ stdout, stderr })
  expect(stderr).toContain('***')
})

test('in the stack that PLATEAU_DEBUG shows', async () => {
  const server = await serve((response) => refuse(response, 401, `bad key ${KEY}`))
  const { stderr } = await plateau(['run', '--endpoint', server.url], { env: { ...ENV, PLATEAU_DEBUG: '1' } })
  expect(stderr).toContain('    at ')
  expect(stderr).toContain('bad key ***')
  expectNoKey({ stderr })
})
