/**
 * The truth server: `node truth.js`, with an IPC channel to the process that tests a client with it. It streams
 * tokens by a schedule that the request names, and records when it wrote them. It does as little as possible, so that
 * any delay is the client's. It ends when the channel closes, which happens however the other process ends.
 *
 * `POST /step/20/10` asks for a first token after 20 ms and then one every 10 ms, at beats that all streams share, as
 * with engines; `/free/20/10` asks for the same in a phase of its own, so that the first token comes up to 10 ms later.
 */
import { createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { createPreciseTimer, readMonotonicMs } from './clock.ts'
import type { PreciseTimer } from './clock.ts'
import type { SentRequest } from './answer.ts'

/** When an answer was really written. Answers that were cut off are not kept. */
export type TrueAnswer = Pick<SentRequest, 'receivedAtMs' | 'outputTokens'> & {
  readonly requestId: string
  readonly firstTokenAtMs: number
  readonly lastTokenAtMs: number
}

/** The message to it: to send what it has recorded, and to forget that. */
export type TruthOrder = { readonly kind: 'hand over' }

/** The messages from it. */
export type TruthNews =
  | { readonly kind: 'listening'; readonly port: number }
  | { readonly kind: 'failed'; readonly how: string }
  | { readonly kind: 'answers'; readonly answers: readonly TrueAnswer[] }

const HEAD = 'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n'
const NOT_FOUND = 'HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n'
const TOKEN = chunkOf('"choices":[{"index":0,"delta":{"content":" true"},"logprobs":null,"finish_reason":null}]')
const FIRST = Buffer.concat([Buffer.from(HEAD), TOKEN])

/** Tokens that are written before requests are read: a twelfth of a millisecond. */
const WRITES_AT_ONCE = 16

/** One answer that is being sent. */
interface Stream {
  readonly socket: Socket
  readonly requestId: string
  readonly receivedAtMs: number
  readonly outputTokens: number
  readonly intervalMs: number
  firstTokenAtMs: number
  written: number
  dueAtMs: number
}

/** Streams in the order in which they are due, which is nearly the order in which they are added. */
class Queue {
  #streams: Stream[] = []
  #head = 0

  get first(): Stream | undefined {
    return this.#streams[this.#head]
  }

  add(stream: Stream): void {
    const streams = this.#streams
    let at = streams.length
    streams.push(stream)
    for (; at > this.#head && streams[at - 1]!.dueAtMs > stream.dueAtMs; at--) streams[at] = streams[at - 1]!
    streams[at] = stream
  }

  take(): void {
    if (++this.#head < 4096) return
    this.#streams = this.#streams.slice(this.#head)
    this.#head = 0
  }
}

/** Of the last stream that shares no beat. */
let phase = 0
let answers: TrueAnswer[] = []
const beginning = new Queue()
const going = new Queue()
let timer: PreciseTimer | null = null
/** Writes the rest of the tokens that are due, when requests have been read. */
let rest: NodeJS.Immediate | undefined

process.on('message', () => {
  sendNews({ kind: 'answers', answers })
  answers = []
})
process.on('disconnect', () => process.exit())
if (process.connected) void listenForStreams()
else process.exit()

async function listenForStreams(): Promise<void> {
  timer = await createPreciseTimer(sendDue)
  const server = createServer({ noDelay: true }, (socket) => {
    let asked = ''
    socket.setEncoding('latin1').on('data', (text: string) => {
      const receivedAtMs = readMonotonicMs()
      asked += text
      const request = readRequest(asked)
      if (request === null) return
      asked = ''
      if (request === 'unknown') socket.write(NOT_FOUND)
      else beginStream(socket, request, receivedAtMs)
    })
    socket.on('error', () => {})
  })
  server.on('error', ({ message }) => sendNews({ kind: 'failed', how: `cannot listen on 127.0.0.1: ${message}` }))
  server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => {
    sendNews({ kind: 'listening', port: (server.address() as AddressInfo).port })
  })
}

interface Request {
  readonly requestId: string
  readonly outputTokens: number
  readonly inStep: boolean
  readonly ttftMs: number
  readonly intervalMs: number
}

/** What our client asks for; null while it is incomplete, `unknown` for other clients. */
function readRequest(text: string): Request | 'unknown' | null {
  const headEnd = text.indexOf('\r\n\r\n')
  if (headEnd === -1) return null
  const length = Number(/^content-length: (\d+)/im.exec(text)?.[1] ?? 0)
  if (text.length < headEnd + 4 + length) return null
  const [, beat, ttft, interval] = /^POST \/(step|free)\/([\d.]+)\/([\d.]+)/.exec(text) ?? []
  if (beat === undefined) return 'unknown'
  return {
    requestId: /^x-request-id: (\S+)/im.exec(text)?.[1] ?? '',
    outputTokens: Number(/"max_(?:completion_)?tokens":\s*(\d+)/.exec(text)?.[1] ?? 1),
    inStep: beat === 'step',
    ttftMs: Number(ttft),
    intervalMs: Number(interval),
  }
}

function beginStream(socket: Socket, request: Request, receivedAtMs: number): void {
  const { requestId, outputTokens, inStep, ttftMs, intervalMs } = request
  const from = receivedAtMs + ttftMs
  const dueAtMs = inStep ? Math.ceil(from / intervalMs) * intervalMs : from + takePhase() * intervalMs
  beginning.add({ socket, requestId, receivedAtMs, outputTokens, intervalMs, firstTokenAtMs: 0, written: 0, dueAtMs })
  awaitNext()
}

/**
 * The part of an interval by which a stream comes later, so that phases are as those of streams that know nothing of each other: the steps of the
 * golden ratio, on top of when the request came. Without it streams keep the phases in which their client began them, one after another's
 * end; they gather in bunches that differ from client to client, and of a bunch one wake-up reads many tokens.
 */
function takePhase(): number {
  phase = (phase + (Math.sqrt(5) - 1) / 2) % 1
  return phase
}

/**
 * Writes the tokens that are due, at most one per stream: catching up after a delay would send tokens in bunches. After some of them the
 * requests that have come are read: with a thousand streams in step they would else be stamped as late as all tokens take to write.
 */
function sendDue(): void {
  // A request that came meanwhile has set the timer: two of them would write twice as many tokens before the next one is read.
  clearImmediate(rest)
  const now = readMonotonicMs()
  let left = WRITES_AT_ONCE
  for (;;) {
    const queue = findNext()
    const stream = queue.first
    if (stream === undefined || stream.dueAtMs > now) break
    if (left-- === 0) {
      rest = setImmediate(sendDue)
      return
    }
    queue.take()
    if (stream.socket.destroyed) continue
    writeToken(stream)
    if (stream.written === stream.outputTokens) continue
    stream.dueAtMs = Math.max(stream.dueAtMs + stream.intervalMs, now + 0.001)
    going.add(stream)
  }
  awaitNext()
}

function writeToken(stream: Stream): void {
  const { socket, requestId, receivedAtMs, outputTokens } = stream
  const isLast = ++stream.written === outputTokens
  const token = stream.written === 1 ? FIRST : TOKEN
  const bytes = isLast ? Buffer.concat([token, endOf(outputTokens)]) : token
  const atMs = readMonotonicMs()
  socket.write(bytes)
  if (stream.written === 1) stream.firstTokenAtMs = atMs
  if (!isLast) return
  answers.push({
    requestId,
    receivedAtMs,
    outputTokens,
    firstTokenAtMs: stream.firstTokenAtMs,
    lastTokenAtMs: atMs,
  })
}

function findNext(): Queue {
  return (beginning.first?.dueAtMs ?? Infinity) < (going.first?.dueAtMs ?? Infinity) ? beginning : going
}

function awaitNext(): void {
  timer!.set(findNext().first?.dueAtMs ?? null)
}

/** What follows the last token. */
function endOf(outputTokens: number): Buffer {
  const usage = { prompt_tokens: 1, completion_tokens: outputTokens, total_tokens: 1 + outputTokens }
  return Buffer.concat([
    chunkOf('"choices":[{"index":0,"delta":{},"logprobs":null,"finish_reason":"length"}]'),
    chunkOf(`"choices":[],"usage":${JSON.stringify(usage)}`),
    Buffer.from('e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n'),
  ])
}

/** An event of the stream with these members, in its own chunk. */
function chunkOf(members: string): Buffer {
  const event = `data: {"id":"chatcmpl-truth","object":"chat.completion.chunk","created":1700000000,"model":"truth",${members}}\n\n`
  return Buffer.from(`${event.length.toString(16)}\r\n${event}\r\n`)
}

function sendNews(news: TruthNews): void {
  process.send?.(news)
}
