import { expect, test } from 'vitest'
import { findUnusedProxy, redactUrls } from '../../../src/settings/values/urls.ts'
import { settingsFor } from '../../support/run-settings.ts'

test.each([
  ['http://127.0.0.1:1/v1?code=abc SECRET', 'http://127.0.0.1:1/v1?…'],
  ['http://host/v1?code=abc\nSECRET', 'http://host/v1?…'],
  ['http://host/v1?mail=a@SECRET', 'http://host/v1?…'],
  ['http://host/v1?a=1?SECRET', 'http://host/v1?…'],
  ['http://host/a b?SECRET', 'http://host/a b?…'],
  ['http://host?SECRET', 'http://host?…'],
  ['http://host/v1#SECRET', 'http://host/v1?…'],
  ['localhost:8000/v1?key=SECRET word', 'localhost:8000/v1?…'],
  ['why? see http://host/?SECRET', 'why? see http://host/?…'],
  ['http://user:SECRET@host/v1', 'http://…@host/v1'],
  ['http://user:SEC RET@host/v1', 'http://…@host/v1'],
  ['http://user:SEC,RET@host/v1', 'http://…@host/v1'],
  ['http://user:SEC/RET@host/v1', 'http://…@host/v1'],
  ['http://user:SEC?RET@host/v1', 'http://…?…'],
  ['http://user:SECRET@host/v1?mail=a@SECRET', 'http://…?…'],
  ['user:SECRET@host/v1', '…@host/v1'],
  ['http:/user:SECRET@host', '…@host'],
  ['v1?key=SECRET', 'v1?…'],
  ['v1?key=a.b-SECRET', 'v1?…'],
  ['http://http://user:SECRET@host/v1', 'http://…@host/v1'],
  ['http://m/user:SECRET@host', 'http://…@host'],
  ['user:SECRET@http://host', '…@http://host'],
])('user info and whatever follows a ? of a URL are not shown: %j', (text, shown) => {
  expect(redactUrls(text)).toBe(shown)
})

test.each([
  'http://127.0.0.1:8000/v1',
  'https://host/models/claude@20260101:predict',
  'ttft-p90@8 <= 800ms, error-rate <= 1%',
  'what is it?',
])('all else is shown as it is: %j', (text) => {
  expect(redactUrls(text)).toBe(text)
})

const HTTPS = 'https://llm.example.com/v1'
const PROXY = 'http://user:secret@proxy.example:3128'

test.each([
  [HTTPS, { HTTPS_PROXY: PROXY }, 'HTTPS_PROXY'],
  [HTTPS, { https_proxy: PROXY }, 'https_proxy'],
  [HTTPS, { ALL_PROXY: PROXY }, 'ALL_PROXY'],
  [HTTPS, { HTTP_PROXY: PROXY }, null],
  [HTTPS, { HTTPS_PROXY: ' ' }, null],
  ['http://llm.example.com', { HTTP_PROXY: PROXY, HTTPS_PROXY: PROXY }, 'HTTP_PROXY'],
  [HTTPS, { HTTPS_PROXY: PROXY, NO_PROXY: 'localhost, .example.com' }, null],
  [HTTPS, { HTTPS_PROXY: PROXY, no_proxy: 'llm.example.com:443' }, null],
  [HTTPS, { HTTPS_PROXY: PROXY, NO_PROXY: '*' }, null],
  [HTTPS, { HTTPS_PROXY: PROXY, NO_PROXY: 'other.com,ample.com' }, 'HTTPS_PROXY'],
  ['http://127.0.0.1:8000', { HTTP_PROXY: PROXY }, null],
])('the proxy that the environment names for %s among %j: %s', (endpoint, env, name) => {
  expect(findUnusedProxy(env, new URL(endpoint))).toBe(name)
})

test('a run is told of it, unless it is given a proxy itself', () => {
  const env = { HTTPS_PROXY: PROXY }
  expect(settingsFor(HTTPS, [], {}, env).unusedProxy).toBe('HTTPS_PROXY')
  expect(settingsFor(HTTPS, ['--proxy', PROXY], {}, env).unusedProxy).toBeNull()
})
