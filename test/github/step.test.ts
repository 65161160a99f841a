import { expect, test } from 'vitest'
import { createHostHider, listHostsIn } from '../../src/github/step.ts'

/** The text as it is shown when these are the hosts. */
function shown(text: string, hosts: readonly string[], label: string | null = null): string {
  const hider = createHostHider(['github.com'])
  hider.hide(hosts, label)
  return hider.redact(text)
}

const HOST = 'llm.corp.example'

test.each([
  [`POST https://${HOST}/v1/chat/completions answered 404`, 'POST https://[host]/v1/chat/completions answered 404'],
  [`connect ECONNREFUSED ${HOST}:8443`, 'connect ECONNREFUSED [host]'],
  ['tried: POST HTTPS://LLM.Corp.Example:443/v1', 'tried: POST HTTPS://[host]/v1'],
  [`getaddrinfo ENOTFOUND ${HOST}.`, 'getaddrinfo ENOTFOUND [host]'],
  [`the certificate is for other.example, not ${HOST}.`, 'the certificate is for other.example, not [host]'],
])('%s is shown without its host', (text, expected) => {
  expect(shown(text, [HOST])).toBe(expected)
})

test('what only has the host in it, or is called like it, stays', () => {
  for (const text of [`my-${HOST}`, `${HOST}.evil.example`, 'Server: vllm 0.9.2', 'vllm:num_requests_running']) {
    expect(shown(text, [HOST, 'vllm'])).toBe(text)
  }
  expect(shown('POST http://vllm:8000/v1, connect to vllm:8000, ENOTFOUND vllm', ['vllm'])).toBe(
    'POST http://[host]/v1, connect to [host], ENOTFOUND [host]',
  )
})

test('hosts that a server names are hidden, too, and those of GitHub are not', () => {
  expect(shown('redirects to https://inner.corp.example:444; see https://github.com/acme/serving', [HOST])).toBe(
    'redirects to https://[host]; see https://github.com/acme/serving',
  )
})

test('a label stands in its place, and one that names the host lets it be seen', () => {
  expect(shown(`POST https://${HOST}/v1`, [HOST], 'staging')).toBe('POST https://staging/v1')
  expect(shown(`POST https://${HOST}/v1`, [HOST], `the one at ${HOST}`)).toBe(`POST https://${HOST}/v1`)
})

test('a field that is the host and nothing else is kept: it says whether the host is another one', () => {
  expect(shown(`${HOST}:8000`, [HOST])).toBe(`${HOST}:8000`)
})

test('addresses and names in another alphabet are hosts, too', () => {
  expect(shown('http://10.0.0.7:8000/v1 and [::1]:8000', ['10.0.0.7', '[::1]'])).toBe('http://[host]/v1 and [host]')
  expect(shown('http://bücher.example/v1', listHostsIn('http://bücher.example'))).toBe('http://[host]/v1')
})

test('hosts are found in settings as people give them, right or wrong', () => {
  expect(listHostsIn('https://a.example:8/v1?x=1')).toEqual(['a.example'])
  expect(listHostsIn('a.example:8000, http://b.example')).toEqual(['a.example', 'b.example'])
  expect(listHostsIn('auto')).toEqual(['auto'])
  expect(listHostsIn('')).toEqual([])
})
