import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { chatAnswer, sendJson } from '../support/answers.ts'
import { reportIn } from '../support/cli.ts'
import { FORMS, KEY, everythingWritten, expectNoKey } from '../support/echoed-key.ts'

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
