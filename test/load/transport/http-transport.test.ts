import { pbkdf2 } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import { constants, createBrotliCompress, createGzip, createZstdCompress } from 'node:zlib'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { createHttpTransport } from '../../../src/load/transport/http-transport.ts'
import type { HttpTransportOptions } from '../../../src/load/transport/http-transport.ts'
import type { Exchange, Transport } from '../../../src/load/ports.ts'
import { ALL_APIS, findApi } from '../../../src/vendors/apis.ts'
import type { Dialect, RequestSpec } from '../../../src/protocol/api.ts'
import type { ApiName } from '../../../src/vocabulary/endpoint-names.ts'
import { startSimulator } from '../../../src/simulator/server.ts'
import type { SimulatorOptions } from '../../../src/simulator/settings/options.ts'
import { DONE, FINISH, chatAnswer, chunk, refuse, sendStream, words } from '../../support/answers.ts'
import { selfSigned } from '../../support/certificate.ts'
import { LOOP_CLOCK } from '../../support/loop-clock.ts'
import { createManualClock, WALL_START } from '../../support/manual-clock.ts'
import type { ManualClock } from '../../support/manual-clock.ts'
import { NO_AUTH } from '../../../src/load/auth/authorizers.ts'
import { UNKNOWN_HOST, freePort, serve, serveRaw } from '../../support/http-server.ts'
import { startProxy } from '../../support/proxy.ts'
import { readByClient } from '../../support/read-by-client.ts'

const SPEC: RequestSpec = { prompts: ['count to four'], outputTokens: 4, nonce: '0123456789abcdef' }
const NEVER = new AbortController().signal
const CERTIFICATE = selfSigned()

type Options = Partial<Omit<HttpTransportOptions, 'api' | 'url' | 'connection'>> & {
  api?: ApiName
  path?: string
  caCert?: string
  proxy?: string
}

/** A transport to the chat path of `origin`; it is closed with the test. */
function transportTo(
  origin: string,
  { api = 'openai-chat', path = '/v1/chat/completions', caCert, proxy, ...options }: Options = {},
): Transport {
  const dialect: Dialect = {
    task: 'chat',
    model: null,
    fields: new Set(['stream_options']),
    lengthField: 'max_tokens',
    extraBody: {},
  }
  const transport = createHttpTransport({
    connection: { origin, caCert: caCert ?? null, proxy: proxy ?? null, connectTimeoutMs: 10_000 },
    api: findApi(api),
    dialect,
    url: new URL(path, origin),
    headers: {},
    auth: NO_AUTH,
    requestTimeoutMs: 600_000,
    ...options,
  })
  onTestFinished(() => transport.close())
  return transport
}

/** Sends one request as worker 0. */
async function send(transport: Transport, signal: AbortSignal = NEVER): Promise<Exchange> {
  return transport.send(0, SPEC, signal)
}

async function simulate(options: Partial<SimulatorOptions> = {}): Promise<string> {
  const engine = { overheadMs: 0, prefillMsPerToken: 0, decodeMs: 2, decodeMsPerSequence: 0 }
  const simulator = await startSimulator({ engine, ...options }, { clock: LOOP_CLOCK })
  onTestFinished(() => simulator.close())
  return simulator.url
}

/** Sends each part after a pause, in virtual time: the next pause begins when the client has read the part before. */
async function sendPaced(
  response: ServerResponse,
  clock: ManualClock,
  parts: readonly (readonly [pauseMs: number, part: string | Buffer])[],
): Promise<void> {
  for (const [pauseMs, part] of parts) {
    clock.pass(pauseMs)
    response.write(part)
    await readByClient()
  }
}

/** Sends the headers of a stream, and lets them arrive. */
async function sendHead(response: ServerResponse): Promise<void> {
  response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders()
  await readByClient()
}

/** Whether a promise is still open when everything that is under way has happened. */
async function isOpen(promise: Promise<unknown>): Promise<boolean> {
  await readByClient()
  return Promise.race([promise.then(() => false), setImmediate(true)])
}

const RAW_HEAD = 'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n'

/** A raw answer in one piece. */
function rawAnswer(text: string): string {
  return `${RAW_HEAD}${rawChunk(text)}0\r\n\r\n`
}

function rawChunk(text: string): string {
  return `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`
}

/** Calls `onRequest` for each request that comes over a raw socket. */
function onRequests(socket: Socket, onRequest: () => void): void {
  let text = ''
  socket.on('data', (bytes) => {
    text += bytes.toString()
    const length = Number(/content-length: (\d+)/i.exec(text)?.[1] ?? NaN)
    const start = text.indexOf('\r\n\r\n') + 4
    if (start < 4 || text.length < start + length) return
    text = ''
    onRequest()
  })
}

test('a request that was prepared is sent as it would have been, with every API', async () => {
  const server = await serve((response) => refuse(response, 503, 'busy'))
  for (const api of ALL_APIS) {
    const dialect = {
      task: api.tasks[0]!,
      model: 'm',
      fields: new Set<never>(),
      lengthField: 'max_tokens',
      extraBody: {},
    } as const
    const transport = transportTo(server.url, { api: api.name, dialect, headers: { 'x-team': 'é' } })
    await transport.send(0, SPEC, NEVER)
    await transport.send(0, transport.prepare!({ ...SPEC, prompts: ['count to four'] }), NEVER)
    const [now, before] = server.requests.slice(-2).map(({ path, headers, body }) => ({ path, headers, body }))
    expect(before, api.name).toEqual(now)
    expect(JSON.stringify(JSON.parse(before!.body)), api.name).toContain('count to four')
  }
})

describe('connections', () => {
  test('connecting is measured apart, on the first request only, and is no part of the request', async () => {
    const server = await serve((response) => sendStream(response, chatAnswer(4)), { certificate: CERTIFICATE })
    const clock = createManualClock()
    // The handshake takes a while.
    const slow = await serveRaw((socket) => {
      clock.pass(150)
      const onward = connect(server.port, '127.0.0.1')
      onward.on('error', () => socket.destroy())
      socket.pipe(onward).pipe(socket)
    })
    clock.pass(7)
    const transport = transportTo(slow.url.replace('http:', 'https:'), { caCert: CERTIFICATE.cert, clock })
    expect(await send(transport)).toMatchObject({
      failure: null,
      outputTokens: 4,
      readyAt: 7,
      connectMs: 150,
      startAt: 157,
      headersAt: 157,
    })
    clock.pass(3)
    expect(await send(transport)).toMatchObject({
      failure: null,
      readyAt: 160,
      connectMs: null,
      startAt: 160,
      reconnected: false,
    })
  })

  test.each([
    ['is about to close an idle connection is connected to anew', 2, 2],
    ['keeps an idle connection for long is not', 60, 1],
  ])('a server that %s', async (_, seconds, connections) => {
    const server = await serve((response) => {
      response.setHeader('keep-alive', `timeout=${seconds}`)
      sendStream(response, chatAnswer(1))
    })
    const transport = transportTo(server.url)
    for (let i = 0; i < 2; i++) expect(await send(transport)).toMatchObject({ failure: null, reconnected: false })
    expect(server.connections).toBe(connections)
  })

  test('a worker keeps its own connection', async () => {
    const server = await serve((response) => sendStream(response, chatAnswer(4)))
    const transport = transportTo(server.url)
    for (let i = 0; i < 3; i++) await Promise.all([0, 1].map((worker) => transport.send(worker, SPEC, NEVER)))
    expect(server.requests).toHaveLength(6)
    expect(server.connections).toBe(2)
  })

  test('HTTP/1.1 is spoken although the server offers HTTP/2', async () => {
    const server = await serve((response) => sendStream(response, chatAnswer(4)), { certificate: CERTIFICATE })
    expect(await send(transportTo(server.url, { caCert: CERTIFICATE.cert }))).toMatchObject({
      failure: null,
      status: 200,
    })
    expect(server.requests.map(({ httpVersion }) => httpVersion)).toEqual(['1.1'])
  })

  test('a certificate that nobody vouches for is a TLS failure, and nothing is sent', async () => {
    const server = await serve((response) => sendStream(response, chatAnswer(4)), { certificate: CERTIFICATE })
    expect(await send(transportTo(server.url))).toMatchObject({
      failure: 'tls',
      trouble: { name: 'self-signed' },
      status: null,
    })
    expect(server.requests).toEqual([])
  })

  test('TLS to a server that speaks none is a TLS failure', async () => {
    const server = await serve((response) => sendStream(response, chatAnswer(4)))
    expect(await send(transportTo(server.url.replace('http:', 'https:')))).toMatchObject({ failure: 'tls' })
  })

  test.each([
    ['nobody listens', async () => `http://127.0.0.1:${await freePort()}`, 'refused'],
    ['an unknown host', async () => UNKNOWN_HOST, 'unknown-host'],
  ])('%s: no connection', async (_, origin, name) => {
    const exchange = await send(transportTo(await origin()))
    expect(exchange).toMatchObject({
      failure: 'connect',
      trouble: { name },
      status: null,
      connectMs: null,
      reconnected: false,
    })
    expect(exchange.startAt).toBe(exchange.endAt)
  })
})

describe('what is sent', () => {
  test('identity encoding, an id for the server log, the key and the query', async () => {
    const server = await serve((response) => sendStream(response, chatAnswer(4)))
    const path = '/v1/chat/completions?api-version=1'
    const { requestId } = await send(transportTo(server.url, { path, headers: { authorization: 'Bearer sk-1' } }))
    expect(server.requests).toHaveLength(1)
    expect(server.requests[0]).toMatchObject({
      method: 'POST',
      path,
      headers: {
        'accept-encoding': 'identity',
        accept: 'text/event-stream',
        'content-type': 'application/json',
        'x-request-id': requestId,
        authorization: 'Bearer sk-1',
      },
    })
    expect(JSON.parse(server.requests[0]!.body)).toMatchObject({ stream: true, max_tokens: 4 })
  })

  test('no id of ours where a header of the settings takes its place', async () => {
    const server = await serve((response) => sendStream(response, chatAnswer(4)))
    const exchange = await send(transportTo(server.url, { headers: { 'x-request-id': 'theirs' } }))
    expect(server.requests[0]!.headers['x-request-id']).toBe('theirs')
    expect(exchange.requestId).toBeNull()
  })

  test('no id of ours either where what proves who asks takes its place, nor is the proof taken for an id of the server', async () => {
    const server = await serve((response, { headers }) => {
      response.setHeader('x-request-id', headers['x-request-id']!)
      return sendStream(response, chatAnswer(4))
    })
    const auth = { ...NO_AUTH, headers: () => ({ 'x-request-id': 'a-key-of-theirs' }) }
    const exchange = await send(transportTo(server.url, { auth }))
    expect(server.requests[0]!.headers['x-request-id']).toBe('a-key-of-theirs')
    expect(exchange).toMatchObject({ requestId: null, serverRequestId: null })
  })

  test('an answer that states an id of its own has it beside ours, and one that only repeats ours has none', async () => {
    const ids = { ours: null, theirs: 'req_of/theirs', failed: 'req_of/failed', setting: null } as const
    const server = await serve((response, { headers, path }) => {
      const id = { '/ours': headers['x-request-id'], '/setting': headers['x-tenant'] }[path] ?? `req_of${path}`
      response.setHeader('x-request-id', id)
      if (path === '/failed') return response.writeHead(500).end()
      return sendStream(response, chatAnswer(4))
    })
    for (const [path, id] of Object.entries(ids)) {
      const transport = transportTo(server.url, { path: `/${path}`, headers: { 'x-tenant': 'one' } })
      expect(await send(transport), path).toMatchObject({ serverRequestId: id })
    }
  })

  test('a redirect is not followed', async () => {
    const other = await serve((response) => sendStream(response, chatAnswer(4)))
    const server = await serve((response) => response.writeHead(307, { location: `${other.url}/elsewhere` }).end())
    expect(await send(transportTo(server.url))).toMatchObject({
      failure: 'http_307',
      headers: { location: `${other.url}/elsewhere` },
    })
    expect(other.connections).toBe(0)
  })
})

describe('a proxy', () => {
  test('is not used unless asked for, whatever the environment says', async () => {
    const proxy = await startProxy()
    for (const name of ['HTTP_PROXY', 'http_proxy', 'ALL_PROXY', 'NODE_USE_ENV_PROXY']) {
      vi.stubEnv(name, name.startsWith('NODE') ? '1' : proxy.url)
    }
    onTestFinished(() => void vi.unstubAllEnvs())
    const server = await serve((response) => sendStream(response, chatAnswer(4)))
    expect(await send(transportTo(server.url))).toMatchObject({ failure: null })
    expect(proxy.asked).toEqual([])
  })

  test.each(['http', 'https'])('carries %s when asked for, and connecting is measured apart', async (scheme) => {
    const proxy = await startProxy()
    const secure = scheme === 'https'
    const server = await serve(
      (response) => sendStream(response, chatAnswer(4)),
      secure ? { certificate: CERTIFICATE } : {},
    )
    const withUser = proxy.url.replace('//', '//user:word@')
    const transport = transportTo(server.url, { proxy: withUser, ...(secure && { caCert: CERTIFICATE.cert }) })
    const [first, second] = [await send(transport), await send(transport)]
    expect(first).toMatchObject({ failure: null, outputTokens: 4, connectMs: expect.any(Number) })
    expect(second).toMatchObject({ failure: null, outputTokens: 4, connectMs: null })
    expect(server.requests).toHaveLength(2)
    expect(proxy.asked[0]).toBe(secure ? `CONNECT 127.0.0.1:${server.port}` : `POST ${server.url}/v1/chat/completions`)
    expect(proxy.credentials[0]).toBe(`Basic ${Buffer.from('user:word').toString('base64')}`)
  })
})

/** Each part as the bytes that a compressor gives out for it. */
async function compressedParts(
  compressor: ReturnType<typeof createGzip>,
  parts: readonly string[],
  flush: number,
): Promise<Buffer[]> {
  let bytes: Buffer[] = []
  compressor.on('data', (more: Buffer) => bytes.push(more))
  const compressed: Buffer[] = []
  for (const part of parts) {
    compressor.write(part)
    await new Promise<void>((resolve) => compressor.flush(flush, resolve))
    compressed.push(Buffer.concat(bytes))
    bytes = []
  }
  await new Promise<void>((resolve) => compressor.on('end', resolve).end())
  return [...compressed, Buffer.concat(bytes)]
}

describe('stamps', () => {
  test('all chunks of one read share one stamp, and reads are counted', async () => {
    const clock = createManualClock()
    const server = await serveRaw((socket) =>
      onRequests(socket, () => {
        const batch = words(3).map(rawChunk).join('')
        void (async () => {
          for (const more of [RAW_HEAD, batch, batch, `${rawChunk(FINISH + DONE)}0\r\n\r\n`]) {
            clock.pass(10)
            socket.write(more)
            await readByClient()
          }
        })()
      }),
    )
    const { failure, reads, tokenEvents, tokenAt } = await send(transportTo(server.url, { clock }))
    expect({ failure, reads, tokenEvents }).toEqual({ failure: null, reads: 3, tokenEvents: 6 })
    expect([...tokenAt]).toEqual([20, 20, 20, 30, 30, 30])
  })

  test('each time is that of the read which brought what it is the time of', async () => {
    const clock = createManualClock()
    const server = await serve(async (response) => {
      clock.pass(60)
      await sendHead(response)
      await sendPaced(response, clock, [
        [61, chunk({ role: 'assistant', content: '' })],
        [62, chunk({ reasoning_content: 'a' })],
        [63, chunk({ content: 'b' })],
        [64, chunk({ content: 'c' })],
        [65, FINISH],
      ])
      clock.pass(66)
      response.end(DONE)
    })
    clock.pass(1_000)
    const exchange = await send(transportTo(server.url, { clock }))
    expect(exchange).toMatchObject({
      failure: null,
      readyAt: 1_000,
      connectMs: 0,
      startAt: 1_000,
      headersAt: 1_060,
      firstEventAt: 1_121,
      firstTokenAt: 1_183,
      firstTextAt: 1_246,
      lastTokenAt: 1_310,
      endAt: 1_441,
      reads: 6,
    })
    expect([...exchange.tokenAt]).toEqual([1_183, 1_246, 1_310])
  })

  test('an event has the time of its last byte, wherever it was cut', async () => {
    const clock = createManualClock()
    const [first, last] = words(2) as [string, string]
    const server = await serve(async (response) => {
      await sendPaced(response, clock, [
        [10, first.slice(0, 9)],
        [10, first.slice(9, -1)],
        [10, first.slice(-1) + last.slice(0, -1)],
        [10, last.slice(-1)],
      ])
      response.end(FINISH + DONE)
    })
    const { failure, tokenAt } = await send(transportTo(server.url, { clock }))
    expect({ failure, tokenAt: [...tokenAt] }).toEqual({ failure: null, tokenAt: [30, 40] })
  })

  test('an early hint is not the answer', async () => {
    const clock = createManualClock()
    const server = await serve(async (response) => {
      response.writeEarlyHints({ link: '</style.css>; rel=preload' })
      await readByClient()
      clock.pass(100)
      sendStream(response, chatAnswer(4))
    })
    expect(await send(transportTo(server.url, { clock }))).toMatchObject({
      failure: null,
      status: 200,
      startAt: 0,
      headersAt: 100,
    })
  })

  test('a date in Retry-After is read by the wall clock', async () => {
    const clock = createManualClock()
    const server = await serve((response) => {
      clock.pass(4_000)
      response.writeHead(429, { 'retry-after': new Date(WALL_START + 10_000).toUTCString() }).end()
    })
    expect(await send(transportTo(server.url, { clock }))).toMatchObject({ failure: 'http_429', retryAfterMs: 6_000 })
  })

  test.each([
    ['gzip', () => createGzip()],
    ['br', () => createBrotliCompress({ params: { [constants.BROTLI_PARAM_QUALITY]: 4 } })],
  ])('an answer compressed with %s in one piece is read to its end', async (name, create) => {
    const server = await serve((response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream', 'content-encoding': name })
      const compressor = create()
      compressor.pipe(response)
      compressor.end(chatAnswer(2000))
    })
    const transport = transportTo(server.url)
    for (let i = 0; i < 3; i++) {
      const exchange = await send(transport)
      expect(exchange).toMatchObject({ failure: null, outputTokens: 2000, tokenEvents: 2000 })
      expect(exchange.endAt).toBeGreaterThanOrEqual(exchange.lastTokenAt!)
    }
  })

  test('a compressed answer that cannot be decompressed is one that cannot be read', async () => {
    const server = await serve((response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream', 'content-encoding': 'gzip' })
      response.end('this is not gzip')
    })
    expect(await send(transportTo(server.url))).toMatchObject({
      failure: 'parse',
      failureMessage: 'a body that is not as its Content-Encoding says: incorrect header check',
    })
  })

  test.each([
    ['gzip', () => createGzip(), constants.Z_SYNC_FLUSH],
    ['br', () => createBrotliCompress(), constants.BROTLI_OPERATION_FLUSH],
    ['zstd', () => createZstdCompress(), constants.ZSTD_e_flush],
  ])(
    'a stream compressed with %s although nobody asked is read, each flush in its own time',
    async (name, create, flush) => {
      const clock = createManualClock()
      const parts = await compressedParts(create(), [...words(4), FINISH + DONE], flush)
      const server = await serve(async (response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream', 'content-encoding': name })
        // Nothing is decompressed before all of it has been read.
        for (let i = 0; i < 4; i++) pbkdf2('a', 'b', 40_000, 64, 'sha512', () => {})
        await sendPaced(
          response,
          clock,
          parts.map((part) => [50, part]),
        )
        response.end()
      })
      const exchange = await send(transportTo(server.url, { clock }))
      expect(exchange).toMatchObject({ failure: null, headers: { 'content-encoding': name }, endAt: 250 })
      expect([...exchange.tokenAt]).toEqual([50, 100, 150, 200])
    },
  )
})

describe('failures', () => {
  const faults: readonly (readonly [string, Partial<Exchange>])[] = [
    ['429=2s', { failure: 'http_429', status: 429, retryAfterMs: 2000, failureMessage: 'simulated rate limit' }],
    ['503=3s', { failure: 'http_503', status: 503, retryAfterMs: 3000, failureMessage: 'simulated overload' }],
    ['500', { failure: 'http_500', status: 500, retryAfterMs: null, failureMessage: 'simulated failure' }],
    ['refuse=stream', { failure: 'http_400', failureMessage: 'Unrecognized request argument supplied: stream' }],
    ['html=502', { failure: 'http_502', failureMessage: 'Simulated page: proxy' }],
    ['html', { failure: 'parse', status: 200 }],
    ['json', { failure: 'parse', status: 200 }],
    ['empty', { failure: 'empty', status: 200 }],
    ['error-event', { failure: 'error_event', status: 200 }],
    ['close', { failure: 'incomplete', status: 200, reconnected: false }],
  ]

  test.each(faults)('%s: %o', async (fault, expected) => {
    const transport = transportTo(await simulate(), { headers: { 'x-simulate-fault': fault } })
    const exchange = await send(transport)
    expect(exchange).toMatchObject({ cancelled: false, tpotMs: null, ...expected })
    expect(exchange.endAt).toBeGreaterThan(exchange.startAt)
  })

  test('a worker goes on after each of them', async () => {
    const origin = await simulate()
    let own: Record<string, string> = {}
    const transport = transportTo(origin, { auth: { ...NO_AUTH, headers: () => own } })
    for (const [fault] of faults) {
      own = { 'x-simulate-fault': fault }
      expect((await send(transport)).failure, fault).not.toBeNull()
      own = {}
      expect(await send(transport), fault).toMatchObject({ failure: null, outputTokens: 4 })
    }
  })

  test('a connection that is reset before the answer is a failed connection, and nothing is sent twice', async () => {
    let requests = 0
    const server = await serveRaw((socket) =>
      onRequests(socket, () => {
        requests++
        socket.resetAndDestroy()
      }),
    )
    expect(await send(transportTo(server.url))).toMatchObject({ failure: 'connect', status: null, reconnected: false })
    expect(requests).toBe(1)
  })

  test('what is not HTTP is an answer that cannot be read', async () => {
    const server = await serveRaw((socket) => onRequests(socket, () => socket.end('SSH-2.0-OpenSSH_9.6\r\n')))
    expect(await send(transportTo(server.url))).toMatchObject({ failure: 'parse' })
  })
})

describe('deadlines', () => {
  const [word] = words(1) as [string]

  /** What a server does until it falls silent, the options, and what becomes of the request when time goes on. */
  const silences: readonly (readonly [
    when: string,
    fallSilent: (response: ServerResponse, clock: ManualClock) => unknown,
    options: Options,
    expected: Partial<Exchange>,
  ])[] = [
    [
      'before the headers',
      () => {},
      { requestTimeoutMs: 300 },
      { failure: 'timeout_first_byte', status: null, endAt: 301 },
    ],
    [
      'before the first token',
      async (response) => sendHead(response),
      { requestTimeoutMs: 70_000 },
      { failure: 'timeout_total', status: 200, tokenEvents: 0, endAt: 70_001 },
    ],
    [
      'in the middle, at the end of the time of a request',
      async (response, clock) => sendPaced(response, clock, [[90, word]]),
      { requestTimeoutMs: 60_000 },
      { failure: 'timeout_total', status: 200, tokenEvents: 1, endAt: 60_001 },
    ],
    [
      'in the middle, for too long',
      async (response, clock) => sendPaced(response, clock, [[90, word]]),
      { requestTimeoutMs: 300_000 },
      { failure: 'timeout_idle', status: 200, tokenEvents: 1, endAt: 60_110 },
    ],
    [
      'in the middle, but for comments',
      async (response, clock) =>
        sendPaced(response, clock, [[90, word], ...Array.from({ length: 7 }, () => [20, ': keep-alive\n\n'] as const)]),
      { requestTimeoutMs: 300_000 },
      { failure: 'timeout_idle', status: 200, tokenEvents: 1, comments: 7, endAt: 60_110 },
    ],
  ]

  test.each(silences)('silence %s', async (_, fallSilent, options, expected) => {
    const clock = createManualClock()
    let silent: () => void
    const isSilent = new Promise<void>((resolve) => (silent = resolve))
    const server = await serve(async (response, _seen, index) => {
      if (index > 0) return sendStream(response, chatAnswer(4))
      await fallSilent(response, clock)
      return silent()
    })
    const transport = transportTo(server.url, { ...options, clock })
    const sent = send(transport)
    await isSilent
    // Up to here nothing is too late.
    clock.pass(expected.endAt! - 1 - clock.now())
    expect(await isOpen(sent)).toBe(true)
    clock.pass(1)
    expect(await isOpen(sent)).toBe(false)
    expect(await sent).toMatchObject({ cancelled: false, tpotMs: null, startAt: 0, ...expected })
    expect(await send(transport), 'the next one').toMatchObject({ failure: null, outputTokens: 4 })
  })

  test('a request is ended in time although none was under way for long before it', async () => {
    const clock = createManualClock()
    let asked: () => void
    const isAsked = new Promise<void>((resolve) => (asked = resolve))
    const server = await serve(async () => asked())
    const transport = transportTo(server.url, { requestTimeoutMs: 300, clock })
    clock.pass(1_000)
    const sent = send(transport)
    await isAsked
    clock.pass(300)
    expect(await isOpen(sent)).toBe(true)
    clock.pass(1)
    expect(await isOpen(sent)).toBe(false)
    expect(await sent).toMatchObject({ failure: 'timeout_first_byte', startAt: 1_000, endAt: 1_301 })
  })

  test('silence before the first token is no idle stream, and payload keeps a stream alive', async () => {
    const clock = createManualClock()
    const server = await serve(async (response) => {
      await sendHead(response)
      clock.pass(80_000)
      await sendPaced(
        response,
        clock,
        words(6).map((word) => [60_000, word]),
      )
      response.end(FINISH + DONE)
    })
    expect(await send(transportTo(server.url, { requestTimeoutMs: 600_000, clock }))).toMatchObject({
      failure: null,
      tokenEvents: 6,
      firstTokenAt: 140_000,
      lastTokenAt: 440_000,
    })
  })

  test('a handshake that never ends is no connection, after the time of a request', async () => {
    const clock = createManualClock()
    let connected: () => void
    const isConnected = new Promise<void>((resolve) => (connected = resolve))
    const server = await serveRaw(() => connected())
    const transport = transportTo(server.url.replace('http:', 'https:'), { requestTimeoutMs: 300, clock })
    const sent = send(transport)
    await isConnected
    clock.pass(300)
    expect(await isOpen(sent)).toBe(true)
    clock.pass(1)
    expect(await isOpen(sent)).toBe(false)
    expect(await sent).toMatchObject({ failure: 'connect', status: null, readyAt: 0, startAt: 301, endAt: 301 })
  })

  test('[DONE] ends the answer although the connection stays open; it lingers for a second, which is no part of the answer', async () => {
    const clock = createManualClock()
    let answered: () => void
    const isAnswered = new Promise<void>((resolve) => (answered = resolve))
    const server = await serve(async (response, _, index) => {
      if (index > 0) return sendStream(response, chatAnswer(4))
      await sendHead(response)
      await sendPaced(response, clock, [[75, chatAnswer(4)]])
      return answered()
    })
    const transport = transportTo(server.url, { clock })
    const sent = send(transport)
    await isAnswered
    clock.pass(1_000)
    expect(await isOpen(sent)).toBe(true)
    clock.pass(1)
    expect(await isOpen(sent)).toBe(false)
    expect(await sent).toMatchObject({ failure: null, outputTokens: 4, cancelled: false, endAt: 75 })
    expect(await send(transport)).toMatchObject({
      failure: null,
      reconnected: false,
      connectMs: expect.any(Number),
      readyAt: 1_076,
    })
    expect(server.requests).toHaveLength(2)
  })
})

describe('an idle connection that has died', () => {
  /** A server that answers the first request of its first connection; `onNext` gets every other one. */
  async function dying(onNext: (socket: Socket, connection: number) => void) {
    const seen: number[] = []
    const { url } = await serveRaw((socket, connection) =>
      onRequests(socket, () => {
        seen.push(connection)
        if (seen.length === 1) socket.write(rawAnswer(chatAnswer(4)))
        else onNext(socket, connection)
      }),
    )
    return { transport: transportTo(url), seen }
  }

  test.each([
    ['closed', (socket: Socket) => socket.end()],
    ['reset', (socket: Socket) => socket.resetAndDestroy()],
  ])('is replaced once: %s', async (_, die) => {
    const { transport, seen } = await dying((socket, connection) => {
      if (connection === 0) die(socket)
      else socket.write(rawAnswer(chatAnswer(4)))
    })
    expect(await send(transport)).toMatchObject({ failure: null, reconnected: false })
    const replayed = await send(transport)
    expect(replayed).toMatchObject({ failure: null, reconnected: true, connectMs: expect.any(Number) })
    expect(seen).toEqual([0, 0, 1])
    expect(await send(transport)).toMatchObject({ failure: null, reconnected: false, connectMs: null })
  })

  test('is replaced once only', async () => {
    const { transport, seen } = await dying((socket) => socket.resetAndDestroy())
    await send(transport)
    expect(await send(transport)).toMatchObject({ failure: 'connect', reconnected: true })
    expect(seen).toEqual([0, 0, 1])
  })

  test('is not replaced when it had begun to answer', async () => {
    const { transport, seen } = await dying((socket) => {
      socket.write(RAW_HEAD)
      void readByClient().then(() => socket.resetAndDestroy())
    })
    await send(transport)
    expect(await send(transport)).toMatchObject({ failure: 'incomplete', reconnected: false })
    expect(seen).toEqual([0, 0])
  })

  test.each([
    ['more than it said', '\r\nHTTP/1.1 500 No\r\n'],
    ['a whole answer to nobody', 'HTTP/1.1 500 No\r\ncontent-length: 2\r\n\r\nno'],
  ])('where %s came with an answer, the next request has a connection of its own', async (_, more) => {
    let opened = 0
    const { url } = await serveRaw((socket) => {
      opened++
      onRequests(socket, () => socket.write(rawAnswer(chatAnswer(4)) + more))
    })
    const transport = transportTo(url)
    for (let i = 1; i <= 2; i++) {
      expect(await send(transport)).toMatchObject({ failure: null, reconnected: false })
      expect(opened).toBe(i)
    }
  })

  test('an answer that comes before its request was read leaves nothing of that before the next one', async () => {
    const { url } = await serveRaw((socket, index) => {
      onTestFinished(() => void socket.destroy())
      if (index > 0) return onRequests(socket, () => socket.write(rawAnswer(chatAnswer(4))))
      socket.once('data', () => socket.pause().write('HTTP/1.1 413 Too Large\r\ncontent-length: 2\r\n\r\nno'))
    })
    const transport = transportTo(url, { requestTimeoutMs: 20_000 })
    const long = { ...SPEC, prompts: ['a'.repeat(12_000_000)] }
    expect(await transport.send(0, long, NEVER)).toMatchObject({ failure: 'http_413' })
    expect(await send(transport)).toMatchObject({ failure: null, reconnected: false })
  })

  test('a new connection that dies is not replaced, although the worker had another one before', async () => {
    const seen: number[] = []
    const { url } = await serveRaw((socket, connection) =>
      onRequests(socket, () => {
        seen.push(connection)
        if (connection > 0) return socket.resetAndDestroy()
        return socket.end(rawAnswer(chatAnswer(4)).replace('\r\n\r\n', '\r\nconnection: close\r\n\r\n'))
      }),
    )
    const transport = transportTo(url)
    expect(await send(transport)).toMatchObject({ failure: null })
    expect(await send(transport)).toMatchObject({ failure: 'connect', reconnected: false })
    expect(seen).toEqual([0, 1])
  })
})

describe('the end', () => {
  test('a cancelled request is neither ok nor failed, and its connection is closed', async () => {
    const controller = new AbortController()
    let closed: Promise<unknown> = Promise.resolve()
    const server = await serve((response, _, index) => {
      if (index > 0) return sendStream(response, chatAnswer(4))
      closed = new Promise((resolve) => response.on('close', resolve))
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write(words(2).join(''))
      return readByClient().then(() => controller.abort())
    })
    const transport = transportTo(server.url)
    const exchange = await send(transport, controller.signal)
    expect(exchange).toMatchObject({ cancelled: true, failure: null, tokenEvents: 2, reconnected: false })
    await closed
    expect(await send(transport)).toMatchObject({ cancelled: false, failure: null, outputTokens: 4 })
    expect(server.requests).toHaveLength(2)
  })

  test('a cancelled compressed answer leaves no tokens in the next one', async () => {
    const controller = new AbortController()
    const server = await serve((response, _, index) => {
      if (index > 0) return sendStream(response, chatAnswer(4))
      response.writeHead(200, { 'content-type': 'text/event-stream', 'content-encoding': 'gzip' })
      const gzip = createGzip()
      gzip.pipe(response)
      gzip.write(words(500).join(''))
      gzip.flush(constants.Z_SYNC_FLUSH, () => void readByClient().then(() => controller.abort()))
      return undefined
    })
    const transport = transportTo(server.url)
    expect(await send(transport, controller.signal)).toMatchObject({ cancelled: true, failure: null })
    const next = await send(transport)
    expect(next).toMatchObject({ failure: null, tokenEvents: 4 })
    expect([...next.tokenAt].every((at) => at >= next.startAt && at <= next.endAt)).toBe(true)
  })

  test('nothing is sent when it is cancelled before', async () => {
    const server = await serve((response) => sendStream(response, chatAnswer(4)))
    const transport = transportTo(server.url)
    expect(await send(transport, AbortSignal.abort())).toMatchObject({ cancelled: true, failure: null })
    // What had been sent would come before this.
    const { requestId } = await transport.send(0, { ...SPEC, nonce: 'the next one' }, NEVER)
    expect(server.requests.map(({ headers }) => headers['x-request-id'])).toEqual([requestId])
  })

  test('cancelling while connecting ends at once', async () => {
    // Accepts no TLS: the handshake never ends.
    const controller = new AbortController()
    const { url } = await serveRaw(() => controller.abort())
    const transport = transportTo(url.replace('http:', 'https:'))
    expect(await send(transport, controller.signal)).toMatchObject({ cancelled: true, failure: null, status: null })
  })
})

test('a request that is of a part with a model of its own asks for that one, and the next one for its own again', async () => {
  const origin = await simulate({ model: 'base', adapters: ['law'], checkModel: true })
  const dialect: Dialect = { task: 'chat', model: 'base', fields: new Set(), lengthField: 'max_tokens', extraBody: {} }
  const transport = transportTo(origin, { dialect })
  const served = []
  for (const model of ['law', undefined, 'nobody'])
    served.push(await transport.send(0, { ...SPEC, ...(model !== undefined && { model }) }, NEVER))
  expect(served.map(({ servedModel, status }) => [servedModel, status])).toEqual([
    ['law', 200],
    ['base', 200],
    [null, 404],
  ])
})

test.each<[ApiName, string, string]>([
  ['bedrock', '/model/base/converse-stream', '/model/law/converse-stream'],
  ['databricks', '/serving-endpoints/base/invocations', '/serving-endpoints/law/invocations'],
])(
  'where the URL of %s names the model, that of a part stands in its place, in what is signed, too, and not in the body',
  async (api, path, other) => {
    const server = await serve((response) => response.writeHead(404).end('{}'))
    const signed: string[] = []
    const auth = {
      ...NO_AUTH,
      headers: ({ url }: { readonly url: URL }) => {
        signed.push(url.pathname)
        return {}
      },
    }
    const transport = transportTo(server.url, { api, path, auth })
    for (const model of ['law', undefined])
      await transport.send(0, { ...SPEC, ...(model !== undefined && { model }) }, NEVER)
    expect(signed).toEqual([other, path])
    expect(server.requests.map((seen) => seen.path)).toEqual(signed)
    for (const { body } of server.requests) expect(JSON.parse(body)).not.toHaveProperty('model')
  },
)
