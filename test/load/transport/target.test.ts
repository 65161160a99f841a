import { expect, onTestFinished, test } from 'vitest'
import { NO_AUTH } from '../../../src/load/auth/authorizers.ts'
import { orderEndpoint } from '../../../src/load/threads/order.ts'
import { openTransport } from '../../../src/load/transport/target.ts'
import type { Target } from '../../../src/load/transport/target.ts'
import { findApi } from '../../../src/vendors/apis.ts'
import { chatAnswer } from '../../support/answers.ts'
import { serve } from '../../support/http-server.ts'
import { settingsFor } from '../../support/run-settings.ts'

const TOKENS = 40
const SPEC = { prompts: ['count'], outputTokens: TOKENS, nonce: '0123456789abcdef' }

/** Reads three answers of one endpoint, and counts the events that were parsed in the last of them. */
async function readThree(flags: readonly string[]) {
  const { url } = await serve((response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.end(chatAnswer(TOKENS))
  })
  const settings = settingsFor(url, flags)
  const api = findApi('openai-chat')
  let parsed = 0
  const target: Target = {
    api: { ...api, read: (...event) => (parsed++, api.read(...event)) },
    dialect: { task: 'chat', model: 'm', fields: new Set(), lengthField: 'max_tokens', extraBody: {} },
    url: api.url(settings.endpoint, 'chat', null),
    auth: NO_AUTH,
  }
  const transport = openTransport(settings, target)
  onTestFinished(() => transport.close())
  const answers = []
  for (let i = 0; i < 3; i++) {
    parsed = 0
    answers.push(await transport.send(0, SPEC, new AbortController().signal))
  }
  const { outputTokens, tokenEvents, characters, finishReason, tokenSource } = answers.at(-1)!
  return {
    parsed,
    facts: { outputTokens, tokenEvents, characters, finishReason, tokenSource },
    ordered: orderEndpoint(settings, target),
  }
}

test('with full-parse every event of an answer is parsed, in all threads, to the same figures', async () => {
  const [usual, full] = [await readThree([]), await readThree(['--full-parse'])]
  expect(usual.parsed).toBeLessThan(TOKENS / 2)
  expect(full.parsed).toBeGreaterThanOrEqual(TOKENS)
  expect(full.facts).toEqual(usual.facts)
  expect([usual, full].map(({ ordered }) => ordered.settings.fullParse)).toEqual([false, true])
})
