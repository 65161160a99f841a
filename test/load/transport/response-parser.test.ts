import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { openDispatcher } from '../../../src/load/transport/connection.ts'
import { parseResponses } from '../../fuzz/responses.ts'
import { growsTooFast } from '../../support/growth.ts'
import { serveRaw } from '../../support/http-server.ts'

const bytesOf = (text: string) => Buffer.from(text, 'latin1')
const parse = (text: string) => parseResponses([bytesOf(text)])
const OK = 'HTTP/1.1 200 OK\r\n'

describe('where an answer ends', () => {
  test.each<[string, string, object]>([
    ['by its length', `${OK}content-length: 5\r\n\r\nhello`, { body: 'hello', ended: true }],
    [
      'with its last chunk',
      `${OK}transfer-encoding: chunked\r\n\r\n5\r\nhello\r\n00000000000000000A;ext="1"\r\n0123456789\r\n0\r\n\r\n`,
      { body: 'hello0123456789', ended: true },
    ],
    [
      'after its trailers',
      `${OK}transfer-encoding: gzip, chunked\r\n\r\n2 \r\nhi\r\n0\r\nx-a: 1\r\nx-b: 2\r\n\r\n`,
      { body: 'hi', ended: true },
    ],
    ['with its connection', `${OK}server: x\r\n\r\nhello`, { body: 'hello', ended: true }],
    ['at once where there is no body', 'HTTP/1.1 204 No Content\r\n\r\n', { body: '', ended: true, status: 204 }],
    ['at once where its length is 0', `${OK}content-length: 0\r\n\r\n`, { body: '', ended: true }],
  ])('%s', (_, text, expected) => {
    expect(parse(text)).toMatchObject({ heard: [expected], refusal: null })
  })

  test.each([
    ['its head', OK],
    ['its body', `${OK}content-length: 5\r\n\r\nhell`],
    ['a chunk', `${OK}transfer-encoding: chunked\r\n\r\n5\r\nhel`],
    ['its chunks', `${OK}transfer-encoding: chunked\r\n\r\n5\r\nhello\r\n`],
    ['its trailers', `${OK}transfer-encoding: chunked\r\n\r\n0\r\nx: 1\r\n`],
  ])('one that is cut in %s is not whole', (_, text) => {
    expect(parse(text).refusal).toBe('cut')
  })

  test('interim answers come before it', () => {
    const { heard } = parse(
      `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n${OK}content-length: 1\r\n\r\na`,
    )
    expect(heard.map(({ status, body }) => [status, body])).toEqual([
      [100, ''],
      [103, ''],
      [200, 'a'],
    ])
  })
})

describe('whether the connection is used again', () => {
  test.each<[string, string, boolean]>([
    ['by default', `${OK}content-length: 0\r\n\r\n`, true],
    ['not when the server closes it', `${OK}content-length: 0\r\nConnection: Close\r\n\r\n`, false],
    ['not of HTTP/1.0', 'HTTP/1.0 200 OK\r\ncontent-length: 0\r\n\r\n', false],
    ['of HTTP/1.0 where it says so', 'HTTP/1.0 200 OK\r\nconnection: keep-alive\r\ncontent-length: 0\r\n\r\n', true],
    ['not where its end was the end of the answer', `${OK}\r\nhello`, false],
    ['not where more comes than was said', `${OK}content-length: 1\r\n\r\nab`, false],
    ['not where a body came that must not be there', 'HTTP/1.1 204 No Content\r\ncontent-length: 3\r\n\r\nabc', false],
  ])('%s', (_, text, expected) => {
    expect(parse(text).keepsAlive).toBe(expected)
  })
})

test('a header has its value without the white space around it, and several of one name are joined', () => {
  const text = `${OK}A: \t x y \t\r\nset-cookie: a=1\r\nSet-Cookie: b=2\r\nempty:\r\nlatin: \xe9\r\n__proto__: z\r\ncontent-length: 0\r\n\r\n`
  expect(Object.entries(parse(text).heard[0]!.headers)).toEqual([
    ['a', 'x y'],
    ['set-cookie', 'a=1, b=2'],
    ['empty', ''],
    ['latin', '\xe9'],
    ['__proto__', 'z'],
    ['content-length', '0'],
  ])
})

test.each<[string, string, RegExp]>([
  ['what is no HTTP', 'SSH-2.0-OpenSSH_9.6\r\n', /^syntax no HTTP/],
  ['HTTP/2', 'HTTP/2 200\r\n\r\n', /^syntax no HTTP/],
  ['a status of two digits', 'HTTP/1.1 20 OK\r\n\r\n', /no status/],
  ['a status below 100', 'HTTP/1.1 099 OK\r\n\r\n', /no status/],
  ['a switch of protocols', 'HTTP/1.1 101 Switching\r\nupgrade: h2c\r\n\r\n', /switch of protocols/],
  ['lines that end in LF', 'HTTP/1.1 200 OK\ncontent-length: 0\n\n\r\n\r\n', /no status|CR LF/],
  ['lines that end in LF, which no blank line would follow', 'HTTP/1.1 200 OK\ncontent-length: 1\n\na', /CR LF/],
  ['lines that end in CR', 'HTTP/1.1 200 OK\rcontent-length: 1\r\ra', /CR LF/],
  ['a blank line of LF alone', `${OK}content-length: 1\r\n\na`, /CR LF/],
  ['trailers that end in LF', `${OK}transfer-encoding: chunked\r\n\r\n0\r\na: b\n\n`, /CR LF/],
  [
    'a trailer that ends in CR before its blank line',
    `${OK}transfer-encoding: chunked\r\n\r\n0\r\na: b\rc\r\n\r\n`,
    /CR LF/,
  ],
  [
    'trailers that are too large',
    `${OK}transfer-encoding: chunked\r\n\r\n0\r\na: ${'x'.repeat(66_000)}\r\n\r\n`,
    /^large-headers/,
  ],
  ['a header without a colon', `${OK}nonsense\r\n\r\n`, /headers/],
  ['a space before the colon', `${OK}content-length : 1\r\n\r\na`, /headers/],
  ['a header over two lines', `${OK}a: b\r\n c\r\n\r\n`, /headers/],
  ['a control character', `${OK}a: b\x00\r\n\r\n`, /headers/],
  ['a length that is no number', `${OK}content-length: 1x\r\n\r\na`, /Content-Length is no number/],
  ['a negative length', `${OK}content-length: -1\r\n\r\na`, /Content-Length is no number/],
  ['two lengths', `${OK}content-length: 1\r\ncontent-length: 1\r\n\r\na`, /^two-lengths/],
  ['a length and chunks', `${OK}content-length: 1\r\ntransfer-encoding: chunked\r\n\r\na`, /^two-lengths/],
  ['a chunk without a size', `${OK}transfer-encoding: chunked\r\n\r\nxyz\r\n`, /size of a chunk/],
  [
    'a chunk of a size beyond all numbers',
    `${OK}transfer-encoding: chunked\r\n\r\n${'f'.repeat(13)}\r\n`,
    /size of a chunk/,
  ],
  ['a chunk that is longer than it says', `${OK}transfer-encoding: chunked\r\n\r\n1\r\nab\r\n`, /longer than it says/],
  ['a chunk line without end', `${OK}transfer-encoding: chunked\r\n\r\n1;${'x'.repeat(2_000)}`, /too long/],
  ['headers without end', `${OK}a: ${'x'.repeat(70_000)}`, /^large-headers/],
  ['headers that are too large', `${OK}a: ${'x'.repeat(66_000)}\r\n\r\n`, /^large-headers/],
  ['trailers without end', `${OK}transfer-encoding: chunked\r\n\r\n0\r\na: ${'x'.repeat(70_000)}`, /^large-headers/],
])('%s: refused, however it is cut', (_, text, refusal) => {
  expect(parse(text).refusal).toMatch(refusal)
  expect(
    parseResponses([...bytesOf(text.slice(0, 300))].map((byte) => Buffer.of(byte)).concat(bytesOf(text.slice(300))))
      .refusal,
  ).toMatch(refusal)
})

test('white space before what is no header takes no more than its share of time', () => {
  expect(growsTooFast((length) => () => parse(`${OK}a:${' '.repeat(length)}\0\r\n\r\n`))).toBe(false)
})

describe('of what is well formed, it says what undici says', () => {
  const token = fc
    .string({ unit: fc.constantFrom(...Array.from('abcXYZ-_09')), minLength: 1, maxLength: 10 })
    .map((name) => `x-${name}`)
  // undici keeps white space at the end of a value, which is no part of it.
  const value = fc
    .string({ unit: fc.constantFrom(...Array.from('abc ,;="/é')), maxLength: 20 })
    .map((text) => text.trim())
  const piece = fc.string({ unit: fc.constantFrom(...Array.from('{}":\n\r ab'), 'é'), minLength: 1, maxLength: 40 })
  const answer = fc
    .record({
      status: fc.constantFrom(200, 201, 404, 429, 503),
      headers: fc.uniqueArray(fc.tuple(token, value), { maxLength: 6, selector: ([name]) => name.toLowerCase() }),
      pieces: fc.array(piece, { maxLength: 6 }),
      framing: fc.constantFrom('length', 'chunks', 'close'),
      interim: fc.boolean(),
    })
    .map(({ status, headers, pieces, framing, interim }) => {
      const body = pieces.join('')
      const framed = {
        length: `content-length: ${body.length}`,
        chunks: 'Transfer-Encoding: chunked',
        close: 'connection: close',
      }[framing]
      const lines = [`HTTP/1.1 ${status} Some words`, ...headers.map(([name, value]) => `${name}: ${value}`), framed]
      const written =
        framing === 'chunks'
          ? [...pieces, ''].map((each) => `${each.length.toString(16)}\r\n${each}\r\n`).join('')
          : body
      return `${interim ? 'HTTP/1.1 102 Processing\r\n\r\n' : ''}${lines.join('\r\n')}\r\n\r\n${written}`
    })

  test('status, headers and body, sent in any cut', async () => {
    let next = Buffer.alloc(0)
    const { url } = await serveRaw((socket) => socket.once('data', () => socket.end(next)))
    await fc.assert(
      fc.asyncProperty(answer, fc.integer({ min: 1, max: 80 }), async (text, size) => {
        next = bytesOf(text)
        const client = await openDispatcher({ origin: url, caCert: null, proxy: null, connectTimeoutMs: 5_000 })
        const { statusCode, headers, body } = await client.request({ path: '/', method: 'GET' })
        const theirs = {
          status: statusCode,
          headers: { ...headers },
          body: Buffer.from(await body.arrayBuffer()).toString('latin1'),
        }
        await client.destroy()
        const pieces = Array.from({ length: Math.ceil(next.length / size) }, (_, i) =>
          next.subarray(i * size, (i + 1) * size),
        )
        const ours = parseResponses(pieces)
        expect(ours.refusal).toBeNull()
        expect(ours.heard.at(-1)).toEqual({ ...theirs, ended: true })
      }),
      { numRuns: 60 },
    )
  })
})
