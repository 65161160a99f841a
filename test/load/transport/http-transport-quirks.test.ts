import {
  createGzip,
  constants,
  gzipSync,
  zstdCompressSync,
  createDeflate,
  createBrotliCompress,
  createZstdCompress,
} from 'node:zlib'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createHttpTransport } from '../../../src/load/transport/http-transport.ts'
import type { Exchange, Transport } from '../../../src/load/ports.ts'
import { findApi } from '../../../src/vendors/apis.ts'
import { DONE, FINISH, chatAnswer, refuse, sendStream, words } from '../../support/answers.ts'
import { serve, serveRaw } from '../../support/http-server.ts'
import { NO_AUTH } from '../../../src/load/auth/authorizers.ts'
import { readByClient } from '../../support/read-by-client.ts'

const NEVER = new AbortController().signal

function transportTo(origin: string): Transport {
  const transport = createHttpTransport({
    connection: { origin, caCert: null, proxy: null, connectTimeoutMs: 10_000 },
    api: findApi('openai-chat'),
    dialect: { task: 'chat', model: null, fields: new Set(), lengthField: 'max_tokens', extraBody: {} },
    url: new URL('/v1/chat/completions', origin),
    headers: {},
    auth: NO_AUTH,
    requestTimeoutMs: 600_000,
  })
  onTestFinished(() => transport.close())
  return transport
}

async function send(transport: Transport): Promise<Exchange> {
  return transport.send(0, { prompts: ['a'], outputTokens: 4, nonce: '0123456789abcdef' }, NEVER)
}

/** Answers each request of a raw connection with these bytes; the connection stays open. */
async function rawServer(answer: string): Promise<string> {
  const { url } = await serveRaw((socket) => socket.on('data', () => socket.write(answer)))
  return url
}

const HEAD = 'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n'

describe('a server that does not stop', () => {
  /** Writes `piece` as fast as it is read, until the connection is gone; tells how many bytes it got rid of. */
  async function flooding(head: string, piece: string) {
    let bytes = 0
    let gone: () => void
    const closed = new Promise<void>((resolve) => (gone = resolve))
    const { url } = await serveRaw((socket) => {
      socket.on('close', () => gone())
      socket.once('data', () => {
        const flood = (): void => {
          while (!socket.destroyed && socket.write(piece)) bytes += piece.length
        }
        socket.on('drain', flood)
        socket.write(head)
        flood()
      })
    })
    return { url, closed, bytes: () => bytes }
  }
  const chunked = `${HEAD}transfer-encoding: chunked\r\n\r\n`
  const piece = (text: string): string => `${text.length.toString(16)}\r\n${text}\r\n`

  test('a line without end is a failed sample, its memory is bounded, and its connection is dropped', async () => {
    const server = await flooding(`${chunked}${piece('data: ')}`, piece('x'.repeat(60_000)))
    const transport = transportTo(server.url)
    const before = process.memoryUsage().arrayBuffers + process.memoryUsage().heapUsed
    const exchange = await send(transport)
    expect(exchange).toMatchObject({
      failure: 'parse',
      failureMessage: 'an event of more than 16 MiB; at most 1 MiB is read',
    })
    await server.closed
    // It is given up after 16 mebibytes and what was under way by then.
    expect(exchange.bodyBytes).toBeLessThan(19 * 1_048_576)
    expect(process.memoryUsage().arrayBuffers + process.memoryUsage().heapUsed - before).toBeLessThan(64 * 1_048_576)
  })

  test('a refusal without end is read as far as 64 KiB and dropped', async () => {
    const head = 'HTTP/1.1 503 Busy\r\ncontent-type: text/plain\r\ntransfer-encoding: chunked\r\n\r\n'
    const server = await flooding(head, piece('busy '.repeat(1_000)))
    const exchange = await send(transportTo(server.url))
    expect(exchange).toMatchObject({
      failure: 'http_503',
      status: 503,
      failureMessage: expect.stringMatching(/^busy busy/),
    })
    expect(exchange.answerHead).toHaveLength(2_048)
    await server.closed
    expect(exchange.bodyBytes).toBeLessThan(262_144)
  })

  test('what follows a complete answer without end spoils neither it nor the next one', async () => {
    const server = await flooding(`${chunked}${piece(chatAnswer(4))}`, piece(`: ${'x'.repeat(9_000)}\n\n`))
    const exchange = await send(transportTo(server.url))
    expect(exchange).toMatchObject({ failure: null, outputTokens: 4, answerHead: null })
    await server.closed
  })
})

describe('compression that nobody asked for', () => {
  test('zstd is read', async () => {
    const server = await serve((response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream', 'content-encoding': 'zstd' })
      response.end(zstdCompressSync(chatAnswer(200)))
    })
    expect(await send(transportTo(server.url))).toMatchObject({ failure: null, outputTokens: 200, tokenEvents: 200 })
  })

  test('what cannot be decompressed fails at once, and does not stand in the way of the next request', async () => {
    let requests = 0
    const server = await serve((response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream', 'content-encoding': 'gzip' })
      if (requests++ > 0) return void response.end(gzipSync(chatAnswer(4)))
      // It never ends.
      response.write('this is not gzip')
    })
    const transport = transportTo(server.url)
    expect(await send(transport)).toMatchObject({ failure: 'parse' })
    expect(await send(transport)).toMatchObject({ failure: null, outputTokens: 4 })
  })

  test('an error that is nested without end is a failed request', async () => {
    const server = await serve((response) => {
      response.writeHead(400, { 'content-type': 'application/json' })
      response.end(`${'{"a":'.repeat(9_000)}1${'}'.repeat(9_000)}`)
    })
    expect(await send(transportTo(server.url))).toMatchObject({ failure: 'http_400', failureMessage: null })
  })

  test('gzip that does not say that it is gzip is named', async () => {
    const server = await serve((response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.end(gzipSync(chatAnswer(4)))
    })
    expect(await send(transportTo(server.url))).toMatchObject({
      failure: 'parse',
      failureMessage: 'a gzip-compressed body without Content-Encoding',
    })
  })

  test.each([
    ['gzip', (text: string) => gzipSync(text)],
    ['zstd', (text: string) => zstdCompressSync(text)],
    ['br', () => Buffer.from('this is not brotli')],
  ])('a refusal that is compressed with %s is read as far as it can be', async (encoding, compress) => {
    const server = await serve((response) => {
      response.writeHead(400, { 'content-type': 'application/json', 'content-encoding': encoding })
      response.end(compress('{"error_code":"BAD_REQUEST","message":"json: unknown field"}'))
    })
    const said = encoding === 'br' ? 'this is not brotli' : 'BAD_REQUEST: json: unknown field'
    expect(await send(transportTo(server.url))).toMatchObject({ failure: 'http_400', failureMessage: said })
  })

  test.each([
    ['gzip', createGzip, constants.Z_SYNC_FLUSH],
    ['deflate', createDeflate, constants.Z_SYNC_FLUSH],
    ['br', createBrotliCompress, constants.BROTLI_OPERATION_FLUSH],
    ['zstd', createZstdCompress, constants.ZSTD_e_flush],
  ])('a refusal that is compressed with %s and was cut still says what it holds', async (encoding, create, flush) => {
    const server = await serve((response) => {
      response.writeHead(502, { 'content-encoding': encoding })
      const compressing = create()
      compressing.pipe(response)
      compressing.write('upstream died')
      compressing.flush(flush, () => void readByClient().then(() => response.destroy()))
    })
    expect(await send(transportTo(server.url))).toMatchObject({ failure: 'http_502', failureMessage: 'upstream died' })
  })
})

describe('what HTTP allows', () => {
  const body = chatAnswer(4)

  test.each([
    ['a stream with a Content-Length', `${HEAD}content-length: ${body.length}\r\n\r\n${body}`],
    [
      'chunked trailers',
      `${HEAD}transfer-encoding: chunked\r\ntrailer: x-sum\r\n\r\n${body.length.toString(16)}\r\n${body}\r\n0\r\nx-sum: 1\r\n\r\n`,
    ],
    [
      '100 Continue before the answer',
      `HTTP/1.1 102 Processing\r\n\r\n${HEAD}content-length: ${body.length}\r\n\r\n${body}`,
    ],
  ])('%s is read like any other, and the connection used again', async (_, answer) => {
    const transport = transportTo(await rawServer(answer))
    for (const connectMs of [expect.any(Number), null]) {
      expect(await send(transport)).toMatchObject({ failure: null, status: 200, outputTokens: 4, connectMs })
    }
  })

  test('a server that closes after each answer is connected to each time, outside the time of the request', async () => {
    const server = await serve((response) => {
      response.setHeader('connection', 'close')
      sendStream(response, body)
    })
    const transport = transportTo(server.url)
    for (let i = 1; i <= 3; i++) {
      const exchange = await send(transport)
      expect(exchange).toMatchObject({ failure: null, connectMs: expect.any(Number), reconnected: false })
      expect(exchange.startAt - exchange.readyAt).toBeGreaterThanOrEqual(exchange.connectMs!)
      expect(server.connections).toBe(i)
    }
  })

  test.each([
    ['cut before its last chunk', true],
    ['ended cleanly before its last event', false],
  ])('a stream that is %s is incomplete', async (_, cut) => {
    const server = await serve(async (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write(words(3).join(''))
      await readByClient()
      return cut ? response.destroy() : response.end()
    })
    expect(await send(transportTo(server.url))).toMatchObject({ failure: 'incomplete', tpotMs: null })
  })

  test('a stream that ends well and is cut afterwards has ended well', async () => {
    const server = await serve(async (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write(words(3).join('') + FINISH + DONE)
      await readByClient()
      response.destroy()
    })
    expect(await send(transportTo(server.url))).toMatchObject({ failure: null, tokenEvents: 3 })
  })
})

test('the beginning of an answer that failed is kept, and of no other', async () => {
  const server = await serve((response, _, index) => {
    if (index === 0) return sendStream(response, chatAnswer(4))
    if (index === 1) return response.writeHead(200).end('{"message":{"content":"a"},"done":false}\n')
    return refuse(response, 404, 'no')
  })
  const transport = transportTo(server.url)
  expect((await send(transport)).answerHead).toBeNull()
  expect((await send(transport)).answerHead).toContain('"done":false')
  expect((await send(transport)).answerHead).toBe('{"error":{"message":"no"}}')
})
