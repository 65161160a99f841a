import { expect, test } from 'vitest'
import { readGateway } from '../../../src/protocol/servers/gateway.ts'

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
