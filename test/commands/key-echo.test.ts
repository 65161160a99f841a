import { expect, test } from 'vitest'
import { callHere } from '../support/call-here.ts'
import { FORMS, HEADER, KEY, everythingWritten, expectNoKey } from '../support/echoed-key.ts'

/** A run that is refused at once, with this page. */
const refuseHere = async (page: string) =>
  everythingWritten(
    (response) => response.writeHead(401).end(page),
    [],
    async (args, options) => callHere(args, { ...options, system: 'real network' }),
  )

test.each([
  ['in a JSON error', (said: string) => JSON.stringify({ error: { message: said } })],
  ['in a page', (said: string) => `<html><title>${said.replaceAll('"', '&quot;')}</title></html>`],
  ['in plain text', (said: string) => said],
])('%s, whole, encoded or cut in the middle', async (_, page) => {
  for (let before = 270; before <= 300; before += 10) {
    const { code, stdout, stderr } = await refuseHere(page(`${'x'.repeat(before)}${KEY} and ${HEADER}`))
    expect(code).toBe(3)
    expectNoKey({ stdout, stderr })
    expect(stderr).toContain('the endpoint answered 401: xxx')
  }
  const { stdout, stderr } = await refuseHere(page(FORMS.join(' ')))
  expectNoKey({ stdout, stderr })
  expect(stderr).toContain('***')
})
