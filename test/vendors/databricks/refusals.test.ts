import { expect, test } from 'vitest'
import { explainRefusal } from '../../../src/vendors/databricks/refusals.ts'

const URL = 'https://workspace/serving-endpoints/llama/invocations'

function refusal(status: number, failureMessage: string | null, { headers = {}, url = URL } = {}) {
  return explainRefusal({ status, headers, failureMessage }, url)
}

test.each([
  [
    403,
    'PERMISSION_DENIED: temporarily disabled due to a Databricks-set rate limit of 0.',
    'switched the serving endpoint llama off',
  ],
  [403, 'Invalid access token.', 'does not accept the token'],
  [403, 'PERMISSION_DENIED: You do not have permission', 'may not query the serving endpoint llama'],
  [403, 'input guardrail triggered', 'guardrail'],
  [404, 'RESOURCE_DOES_NOT_EXIST: The given endpoint does not exist', 'no serving endpoint llama in this workspace'],
  [404, 'ENDPOINT_NOT_FOUND', 'no serving endpoint llama'],
  [400, 'BAD_REQUEST: Bad request: json: unknown field "seed"', 'does not take a field'],
  [400, 'BAD_REQUEST: Bad request: json: unknown field "messages"', 'made for another task'],
  [413, null, '16 MB; 4 MB'],
  [429, 'REQUEST_LIMIT_EXCEEDED: Exceeded workspace output tokens per minute rate limit', 'tokens a minute'],
  [429, 'RESOURCE_EXHAUSTED: too many requests', 'of the endpoint, of the AI Gateway or of the workspace'],
  [504, 'upstream request timeout', 'took longer than it may'],
  [408, null, 'took longer than it may'],
])('%i with "%s" is explained', (status, message, what) => {
  const known = refusal(status, message)
  expect(known?.what).toContain(what)
  expect(known?.remedy.length).toBeGreaterThan(20)
})

test.each([
  [400, 'prompt is too long'],
  [401, 'Unauthorized'],
  [404, 'no such route'],
  [404, 'ENDPOINT_NOT_FOUND: No API found for POST /serving-endpoints/llama/v1'],
  [500, 'INTERNAL_ERROR'],
])('%i with "%s" means what it means everywhere', (status, message) => {
  expect(refusal(status, message)).toBeNull()
})

test('other servers are left alone, and Databricks is known by its headers', () => {
  const url = 'https://host/v1/chat/completions'
  expect(refusal(413, null, { url })).toBeNull()
  expect(refusal(413, null, { url, headers: { server: 'databricks' } })).not.toBeNull()
  expect(refusal(403, null, { url, headers: { 'x-databricks-org-id': '1' } })?.what).toBe(
    'not authorised: this key may not query the serving endpoint',
  )
})

test('a request that had no answer is not explained', () => {
  expect(explainRefusal({ status: null, headers: null, failureMessage: null }, URL)).toBeNull()
})
