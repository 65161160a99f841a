import { expect, test } from 'vitest'
import { findUnusedProxy } from '../../../src/settings/reading/environment.ts'
import { settingsFor } from '../../support/run-settings.ts'

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
