import { expect, test } from 'vitest'
import { refuse } from '../support/answers.ts'
import { plateau } from '../support/cli.ts'
import { ENV, FORMS, HEADER, KEY, everythingWritten, expectNoKey } from '../support/echoed-key.ts'
import { serve } from '../support/http-server.ts'

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
