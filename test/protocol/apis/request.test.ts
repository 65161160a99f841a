import { expect, test } from 'vitest'
import { findApi } from '../../../src/vendors/apis.ts'

test('a chat request brings the tools of its messages, and none where there are none', () => {
  const dialect = {
    task: 'chat',
    model: 'm',
    fields: new Set<never>(),
    lengthField: 'max_tokens',
    extraBody: {},
  } as const
  const spec = { prompts: [''], messages: [{ role: 'user', content: 'a' }], outputTokens: 8, nonce: 'n' }
  const tools = [{ type: 'function', function: { name: 'w' } }]
  const { body } = findApi('openai-chat')
  expect(body(dialect, { ...spec, tools })).toMatchObject({ messages: spec.messages, tools })
  expect(body(dialect, spec)).not.toHaveProperty('tools')
})
