/**
 * A truth server in the words of one API, plain or over TLS: each stream has a first token so long after its request, and then one each
 * interval. Started with what it is to play as JSON, it tells its port, and when it wrote what whenever it is asked.
 */
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { createPreciseTimer, readMonotonicMs } from '../../src/simulator/clock.ts'
import { SIMULATOR_DEFAULTS } from '../../src/simulator/settings/options.ts'
import type { TrueAnswer, TruthNews } from '../../src/simulator/truth.ts'
import type { AnswerWriter, Body } from '../../src/simulator/wires/wire.ts'
import { WIRES } from '../../test/servers/wires.ts'
import type { PlayedApi } from './api-rows.ts'

const { api, ttftMs, intervalMs, certificate } = JSON.parse(process.argv[2]!) as PlayedApi
const wire = WIRES[api]

interface Stream {
  readonly response: ServerResponse
  readonly requestId: string
  readonly writer: AnswerWriter
  readonly receivedAtMs: number
  readonly outputTokens: number
  firstTokenAtMs: number
  written: number
  dueAtMs: number
}

const streams = new Set<Stream>()
let answers: TrueAnswer[] = []
let answered = 0
const timer = await createPreciseTimer(sendDue)

function take(request: IncomingMessage, response: ServerResponse): void {
  const parts: Buffer[] = []
  request.on('data', (part: Buffer) => parts.push(part))
  request.on('end', () => begin(request, response, JSON.parse(Buffer.concat(parts).toString('utf8')) as Body))
}

function begin({ url, headers }: IncomingMessage, response: ServerResponse, body: Body): void {
  const receivedAtMs = readMonotonicMs()
  const route = wire.route(new URL(url!, 'http://127.0.0.1'))!
  const asked = wire.read(body, route, 'chat')
  const facts = { id: ++answered, created: 1_700_000_000, model: 'truth', inputTokens: 40, cachedTokens: null }
  const writer = asked.answer({ ...facts, reasoningTokens: 0, manners: SIMULATOR_DEFAULTS })
  response.writeHead(200, { 'content-type': writer.streamType, ...writer.headers })
  const requestId = headers['x-request-id'] as string
  const dueAtMs = receivedAtMs + ttftMs
  const begun = { response, requestId, writer, receivedAtMs, outputTokens: asked.maxTokens }
  streams.add({ ...begun, firstTokenAtMs: 0, written: 0, dueAtMs })
  awaitNext()
}

function sendDue(): void {
  const now = readMonotonicMs()
  for (const stream of streams) {
    if (stream.dueAtMs > now) continue
    if (stream.response.destroyed) streams.delete(stream)
    else writeToken(stream)
    stream.dueAtMs = Math.max(stream.dueAtMs + intervalMs, now + 0.001)
  }
  awaitNext()
}

function writeToken(stream: Stream): void {
  const { response, writer, receivedAtMs, requestId, outputTokens } = stream
  const total = ++stream.written
  const finish = total === outputTokens ? 'length' : null
  const token = writer.tokens('text', 1, total, finish)
  const before = total === 1 && writer.opening !== null ? [writer.opening] : []
  const times = { prefillMs: ttftMs, decodeMs: 1, totalMs: ttftMs + 1 }
  const after = finish === null ? [] : [writer.closing(finish, total, times)]
  const bytes = Buffer.concat([...before, token, ...after])
  const atMs = readMonotonicMs()
  if (total === 1) stream.firstTokenAtMs = atMs
  response.write(bytes)
  if (finish === null) return
  response.end()
  streams.delete(stream)
  answers.push({ requestId, receivedAtMs, outputTokens, firstTokenAtMs: stream.firstTokenAtMs, lastTokenAtMs: atMs })
}

function awaitNext(): void {
  let due: number | null = null
  for (const { dueAtMs } of streams) due = Math.min(due ?? Infinity, dueAtMs)
  timer.set(due)
}

const tell = (news: TruthNews): void => void process.send?.(news)
process.on('message', () => {
  tell({ kind: 'answers', answers })
  answers = []
})
process.on('disconnect', () => process.exit())
const server = certificate === null ? createServer(take) : createTlsServer(certificate, take)
server.on('connection', (socket) => socket.setNoDelay(true))
server.listen(0, '127.0.0.1', () => tell({ kind: 'listening', port: (server.address() as AddressInfo).port }))
