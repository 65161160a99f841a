import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readGateway, readRetryAfter, readServerRequestId } from '../../src/protocol/answer-headers.ts'

const NOTHING = { retried: false, cached: false, fellBack: false }

test.each([
  ['LiteLLM', { 'x-litellm-call-id': '1', 'x-litellm-attempted-retries': '2' }, { retried: true }],
  ['LiteLLM', { 'x-litellm-call-id': '1', 'x-litellm-cache-key': 'f3f3c1bf' }, { cached: true }],
  ['LiteLLM', { 'x-litellm-attempted-retries': '2' }, { retried: true }],
  ['LiteLLM', { 'x-litellm-call-id': '1', 'x-litellm-attempted-fallbacks': '1' }, { fellBack: true }],
  [
    'LiteLLM',
    {
      'x-litellm-call-id': '1',
      'x-litellm-attempted-retries': '0',
      'x-litellm-attempted-fallbacks': '0',
      'x-litellm-cache-key': 'None',
    },
    {},
  ],
  ['Portkey', { 'x-portkey-trace-id': '1', 'x-portkey-retry-attempt-count': '3' }, { retried: true }],
  ['Portkey', { 'x-portkey-cache-status': 'SEMANTIC HIT' }, { cached: true }],
  [
    'Portkey',
    { 'x-portkey-cache-status': 'SEMANTIC MISS', 'x-portkey-last-used-option-index': 'config.targets[1]' },
    {},
  ],
  ['Cloudflare AI Gateway', { 'cf-aig-cache-status': 'HIT', 'cf-aig-step': '0' }, { cached: true }],
  ['Cloudflare AI Gateway', { 'cf-aig-cache-status': 'MISS', 'cf-aig-step': '1' }, { fellBack: true }],
  ['Helicone', { 'helicone-id': '1', 'helicone-cache': 'HIT' }, { cached: true }],
  ['Bifrost', { 'x-bifrost-provider': 'a', 'x-bifrost-fallback-index': '1' }, { fellBack: true }],
  ['Bifrost', { 'x-bifrost-request-id': '1', 'x-bifrost-routing-info-is-fallback': 'true' }, { fellBack: true }],
  ['ngrok AI Gateway', { 'ngrok-aig-attempts': '3' }, { retried: true }],
  ['ngrok AI Gateway', { 'ngrok-aig-attempts': '1' }, {}],
  ['Kong', { 'x-kong-upstream-latency': '3', 'x-cache-status': 'Hit' }, { cached: true }],
  ['Kong', { 'x-kong-upstream-latency': '3', 'x-cache-status': 'Bypass' }, {}],
  ['Envoy', { 'x-envoy-upstream-service-time': '8', 'x-envoy-attempt-count': '2' }, { retried: true }],
  ['Envoy', { 'x-envoy-upstream-service-time': '8', 'x-envoy-attempt-count': '1' }, {}],
  [null, { 'x-cache': 'Hit from cloudfront' }, { cached: true }],
  [null, { age: '12' }, { cached: true }],
])('%s: %o', (name, headers, traits) => {
  expect(readGateway(headers)).toEqual({ name, ...NOTHING, ...traits })
})

test('the gateway that knows most gives its name, and what any of them did counts', () => {
  const headers = { 'x-envoy-attempt-count': '2', 'x-litellm-model-id': 'm', 'x-litellm-cache-key': 'k' }
  expect(readGateway(headers)).toEqual({ name: 'LiteLLM', retried: true, cached: true, fellBack: false })
})

test('a server that stands alone has none, whatever else its headers say', () => {
  for (const headers of [
    {},
    { 'content-type': 'text/event-stream', server: 'uvicorn', 'x-request-id': '1' },
    { 'x-cache': 'RefreshHit from cloudfront', age: '0' },
    { 'x-cache': 'MISS', age: 'old', 'x-cache-status': 'architect' },
  ] as Record<string, string>[]) {
    expect(readGateway(headers)).toBeNull()
  }
})

const OURS = '0123456789abcdef'

test.each([
  ['x-request-id', 'req_0a1b2c'],
  ['request-id', 'req_011CSHoEeqs5C35K2UUqR7Fy'],
  ['apim-request-id', 'eb2486b2-bf72-4bac-bb4f-f30df0a0540c'],
  ['x-amzn-requestid', '79b9da39-b7ae-508a-a6bc-864b2829c622'],
  ['x-ms-request-id', '4d7a1f8e-6f0a-4f43-8f0f-0a8f9c9f2c11'],
  ['x-litellm-call-id', 'b980db26-9512-45cc-b1da-c511a363b83f'],
  ['cf-aig-log-id', '01JADMCQQQBWH3NXZ5GCRN98DP'],
])('%s is the id of the server', (name, id) => {
  expect(readServerRequestId({ date: 'today', [name]: id }, () => [OURS])).toBe(id)
})

test('what came back of the request is no id of the server, in whichever header', () => {
  expect(readServerRequestId({ 'x-request-id': OURS }, () => [OURS])).toBeNull()
  expect(readServerRequestId({ 'x-request-id': 'of a setting' }, () => [OURS, 'of a setting'])).toBeNull()
  expect(readServerRequestId({ 'x-request-id': OURS, 'x-ms-request-id': 'theirs' }, () => [OURS])).toBe('theirs')
  expect(readServerRequestId({}, () => [OURS])).toBeNull()
})

test('a header of one product, whose log has it, goes before the one that all have', () => {
  const headers = { 'x-request-id': '982ef905', 'apim-request-id': 'eb2486b2' }
  expect(readServerRequestId(headers, () => [OURS])).toBe('eb2486b2')
})

test('of the ids of a proxy and of the server behind it the first that is not ours is told', () => {
  expect(readServerRequestId({ 'x-request-id': `${OURS}, theirs` }, () => [OURS])).toBe('theirs')
})

test.each(['', 'two words', 'naïve', '\u009B2J', 'a\tb', 'x'.repeat(129)])('%j is no id', (id) => {
  expect(readServerRequestId({ 'x-request-id': id }, () => [OURS])).toBeNull()
})

test('whatever the headers are, an id is short, visible and not one that was sent', () => {
  const value = fc.oneof(fc.string({ maxLength: 20 }), fc.constantFrom(OURS, 'x'.repeat(129), 'é', `${OURS}, é`))
  const names = fc.constantFrom('x-request-id', 'request-id', 'x-amzn-requestid', 'date')
  fc.assert(
    fc.property(fc.dictionary(names, value), (headers) => {
      const id = readServerRequestId(headers, () => [OURS])
      if (id === null) return
      expect(id).toMatch(/^[\x21-\x7E]{1,128}$/)
      expect(id).not.toBe(OURS)
    }),
  )
})

describe('Retry-After', () => {
  const now = Date.UTC(2026, 0, 1, 12, 0, 0)

  test.each([
    [{ 'retry-after': '7' }, 7000],
    [{ 'retry-after': '0.5' }, 500],
    [{ 'retry-after': '7', 'retry-after-ms': '250' }, 250],
    [{ 'retry-after': 'Thu, 01 Jan 2026 12:00:30 GMT' }, 30_000],
    [{ 'retry-after': 'Thu, 01 Jan 2026 11:00:00 GMT' }, 0],
    [{ 'retry-after': '-5' }, null],
    [{ 'retry-after': 'soon' }, null],
    [{ 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': '6m0s' }, 360_000],
    [{ 'x-ratelimit-remaining-tokens': '0', 'x-ratelimit-reset-tokens': '1h2m3.5s' }, 3_723_500],
    [{ 'x-ratelimit-remaining-tokens': '0', 'x-ratelimit-reset-tokens': '20ms' }, 20],
    [{ 'x-ratelimit-remaining-tokens': '0', 'x-ratelimit-reset-tokens': '12' }, 12_000],
    [{ 'x-ratelimit-remaining-tokens': '0', 'x-ratelimit-reset-tokens': 'later' }, null],
    [{ 'x-ratelimit-remaining-tokens': '9', 'x-ratelimit-reset-tokens': '12' }, null],
    [{ 'retry-after': '1', 'x-ratelimit-remaining-tokens': '0', 'x-ratelimit-reset-tokens': '12' }, 1000],
    [
      {
        'anthropic-ratelimit-requests-remaining': '0',
        'anthropic-ratelimit-requests-reset': '2026-01-01T12:00:09Z',
        'anthropic-ratelimit-output-tokens-remaining': '0',
        'anthropic-ratelimit-output-tokens-reset': '2026-01-01T12:00:40Z',
      },
      40_000,
    ],
    [
      {
        'x-ratelimit-remaining-requests': '0',
        'x-ratelimit-reset-requests': '40s',
        'x-ratelimit-remaining-tokens': '0',
        'x-ratelimit-reset-tokens': '9s',
      },
      40_000,
    ],
    [{}, null],
  ])('%j means %j ms', (headers, expected) => {
    expect(readRetryAfter(headers as Record<string, string>, now)).toBe(expected)
  })
})
