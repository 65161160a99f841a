import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readRefusal, readRetryAfter } from '../../src/protocol/refusal.ts'
import { CODE_POINT } from '../support/text-units.ts'

describe('the body of a refusal', () => {
  it.each([
    ['{"error":{"message":"model not found","type":"invalid_request_error"}}', 'model not found'],
    ['{"error":"queue is full"}', 'queue is full'],
    ['{"error":"Bad Request","message":"json: unknown field \\"seed\\""}', 'json: unknown field "seed"'],
    ['{"error_code":"BAD_REQUEST","message":"json: unknown field"}', 'BAD_REQUEST: json: unknown field'],
    ['{"error_code":"RESOURCE_EXHAUSTED"}', 'RESOURCE_EXHAUSTED'],
    ['{"message":"slow down"}', 'slow down'],
    ['{"detail":"Not Found"}', 'Not Found'],
    ['{"detail":[{"loc":["body","messages"],"msg":"field required"}]}', 'body.messages: field required'],
    ['{"errors":[{"message":"one"},{"message":"two"}]}', 'one; two'],
    ['{"code":7}', '{"code":7}'],
    ['REQUEST_LIMIT_EXCEEDED: too many\n\trequests', 'REQUEST_LIMIT_EXCEEDED: too many requests'],
    ['<html><head><title>502 Bad Gateway</title></head><body>…</body></html>', '502 Bad Gateway'],
    ['<HTML><TITLE>Error</TITLE><pre>upstream &lt;x&gt; <b>died</b></pre></HTML>', 'Error: upstream <x> died'],
    ['<p>no</p>', 'an HTML page'],
    ['\u001F\uFFFD\b', 'a compressed body without Content-Encoding'],
    ['', null],
    [' \n', null],
    ['\u0000\u0001', 'nothing but control characters'],
  ])('%j says %j', (body, message) => {
    expect(readRefusal(body)).toBe(message)
  })

  it('is one line of at most 300 characters whatever it holds', () => {
    const json = fc.json().map((text) => (text.length % 2 === 0 ? `{"error":${text}}` : text))
    fc.assert(
      fc.property(
        fc.oneof(
          json,
          fc.string({ unit: CODE_POINT }),
          fc.string({ minLength: 400 }).map((s) => `<title>${s}`),
        ),
        (body) => {
          const message = readRefusal(body)
          if (message === null) return
          expect(message.length).toBeLessThanOrEqual(300)
          expect(message).not.toMatch(/[\n\r\p{Cc}]/u)
        },
      ),
    )
  })

  it.each([
    ['an object', `${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`, null],
    ['a message', `{"message":${'['.repeat(20_000)}${']'.repeat(20_000)}}`, null],
    ['a place', `{"detail":[{"msg":"no","loc":["body",${'['.repeat(20_000)}${']'.repeat(20_000)}]}]}`, 'body: no'],
    ['a place that is no text', '{"detail":[{"msg":"no","loc":[{"toString":1},0]}]}', '0: no'],
  ])('that nests %s without end is read, too', (_, body, message) => {
    expect(readRefusal(body)).toBe(message)
  })

  it('does not end in half a character', () => {
    expect(readRefusal('😀'.repeat(400))!.isWellFormed()).toBe(true)
    expect(readRefusal(`a${'😀'.repeat(400)}`)!.isWellFormed()).toBe(true)
  })
})

it.each([
  ['POST https://h.example/v1?key=SECRET failed', 'POST https://h.example/v1?… failed'],
  ['see "http://u:SECRET@h.example:80/a?b=SECRET", then', 'see "http://h.example:80/a?…", then'],
  ['http://SECRET@h.example', 'http://h.example'],
  ['Is it up? See https://h.example/docs', 'Is it up? See https://h.example/docs'],
])('of a URL in the words of a server only host and path are shown: %s', (said, shown) => {
  expect(readRefusal(said)).toBe(shown)
})

describe('Retry-After', () => {
  const now = Date.UTC(2026, 0, 1, 12, 0, 0)

  it.each([
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
