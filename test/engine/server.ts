/**
 * A real serving engine in a process of its own: llama.cpp with continuous batching, behind the streaming API of OpenAI.
 *
 *     node server.ts --engine FOLDER --gguf FILE --model NAME --slots N [--port N]
 *
 * Prints `{"port":…}` when it listens on 127.0.0.1 and stops on SIGTERM. It keeps its own count of what it generated,
 * which `GET /engine/count` gives, so that a client can be checked against it.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { parseArgs } from 'node:util'
import { loadEngine, type LlamaModel, type LlamaSequence } from './engine.ts'
import { vocabulary } from './gguf.ts'

/** What the engine says about itself; times are milliseconds since 1970. */
export interface EngineCount {
  readonly slots: number
  /** Tokens generated in each `bucketMs` after `originMs`; requests that were aborted are in it. */
  readonly originMs: number
  readonly bucketMs: number
  readonly tokens: readonly number[]
  readonly requests: readonly EngineRequest[]
}

/** One request in the order of arrival. */
export interface EngineRequest {
  readonly id: string
  /** `x-request-id` as the client sent it. */
  readonly clientId: string | null
  readonly arrivedMs: number
  /** When the last token was generated; null before. */
  endedMs: number | null
  promptTokens: number
  generatedTokens: number
  outcome: 'running' | 'completed' | 'aborted' | 'failed'
}

/** Tokens a sequence can hold: prompt and answer. */
const CONTEXT_SIZE = 2048
const BUCKET_MS = 20
/** What an answer is limited to when the client does not say. */
const DEFAULT_OUTPUT_TOKENS = 128
/** Tokens of each slot before the server listens. */
const WARM_UP_TOKENS = 400
const MAX_BODY_BYTES = 1 << 20

const { values: settings } = parseArgs({
  options: {
    engine: { type: 'string', default: '' },
    gguf: { type: 'string', default: '' },
    model: { type: 'string', default: 'tiny' },
    slots: { type: 'string', default: '8' },
    port: { type: 'string', default: '0' },
  },
})
const slots = Number(settings.slots)
const { texts } = vocabulary()

/** Wall-clock time that does not jump: the client on the same machine can lay its own clock over it. */
const now = (): number => performance.timeOrigin + performance.now()

const originMs = now()
const bucketTokens: number[] = []
const requests: EngineRequest[] = []

function countToken(request: EngineRequest): void {
  request.generatedTokens++
  request.endedMs = now()
  const bucket = Math.floor((request.endedMs - originMs) / BUCKET_MS)
  while (bucketTokens.length <= bucket) bucketTokens.push(0)
  bucketTokens[bucket]! += 1
}

/** Sequences of the one context, handed out in the order of arrival: what waits here is the queue of a full server. */
class Slots {
  readonly #free: LlamaSequence[]
  readonly #waiting: ((sequence: LlamaSequence) => void)[] = []

  constructor(sequences: readonly LlamaSequence[]) {
    this.#free = [...sequences]
  }

  take(): Promise<LlamaSequence> {
    const sequence = this.#free.shift()
    if (sequence !== undefined) return Promise.resolve(sequence)
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  give(sequence: LlamaSequence): void {
    const next = this.#waiting.shift()
    if (next === undefined) this.#free.push(sequence)
    else next(sequence)
  }
}

/**
 * Lets all running sequences take each step together, so that one decode serves them all; newcomers join at the next
 * step. Left alone, node-llama-cpp starts the next decode with the sequences that were sampled first: the batch falls
 * into parts that take turns, and it does not clear the sequence of a newcomer as long as any part is busy.
 */
class Steps {
  #running = 0
  #waiting: (() => void)[] = []

  /** A sequence starts: it takes part in every step until it leaves. */
  join(): void {
    this.#running++
  }

  leave(): void {
    this.#running--
    this.#release()
  }

  /** Resolves when every running sequence waits for its next step. */
  next(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve)
      this.#release()
    })
  }

  #release(): void {
    if (this.#waiting.length === 0 || this.#waiting.length < this.#running) return
    const waiting = this.#waiting
    this.#waiting = []
    for (const resolve of waiting) resolve()
  }
}

/** What is asked for, checked. */
interface Order {
  readonly chat: boolean
  readonly prompt: number[]
  readonly maxTokens: number
  readonly stream: boolean
  readonly includeUsage: boolean
  readonly seed: number
}

class BadRequest extends Error {}

/** Reads the body of either endpoint. Fields that this engine has no use for (ignore_eos: it never ends early) are ignored. */
function readOrder(body: unknown, chat: boolean, model: LlamaModel): Order {
  if (!isObject(body)) throw new BadRequest('the body must be a JSON object')
  if (body['model'] !== settings.model) {
    throw new BadRequest(`model must be "${settings.model}", not ${JSON.stringify(body['model'])}`)
  }
  const text = chat ? chatText(body['messages']) : body['prompt']
  if (typeof text !== 'string' || text === '') throw new BadRequest(`${chat ? 'messages' : 'prompt'} must hold text`)
  const prompt = model.tokenize(text)
  const limit = body['max_completion_tokens'] ?? body['max_tokens'] ?? DEFAULT_OUTPUT_TOKENS
  if (!Number.isInteger(limit) || (limit as number) < 1) throw new BadRequest('max_tokens must be a positive integer')
  const maxTokens = limit as number
  if (prompt.length + maxTokens > CONTEXT_SIZE) {
    throw new BadRequest(
      `This model's maximum context length is ${CONTEXT_SIZE} tokens, but ${prompt.length} tokens of prompt and ` +
        `${maxTokens} tokens of answer were asked for`,
    )
  }
  const streamOptions = body['stream_options']
  return {
    chat,
    prompt,
    maxTokens,
    stream: body['stream'] === true,
    includeUsage: isObject(streamOptions) && streamOptions['include_usage'] === true,
    seed: Number.isInteger(body['seed']) ? (body['seed'] as number) : requests.length,
  }
}

function chatText(messages: unknown): string | null {
  if (!Array.isArray(messages)) return null
  return messages
    .map((message: unknown) => {
      if (!isObject(message) || typeof message['content'] !== 'string') {
        throw new BadRequest('every message must have a content of text')
      }
      return message['content']
    })
    .join('\n')
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Generates one answer token by token; the caller is told of each. Ends early only when `signal` aborts. */
async function generate(
  order: Order,
  request: EngineRequest,
  pool: Slots,
  signal: AbortSignal,
  onToken: (text: string) => void,
): Promise<void> {
  const sequence = await pool.take()
  try {
    if (signal.aborted) return
    // Nothing of the request before may be left: every prompt is evaluated whole.
    await sequence.clearHistory()
    steps.join()
    try {
      await steps.next()
      const options = { temperature: 0.8, topK: 40, seed: order.seed, yieldEogToken: true }
      for await (const token of sequence.evaluate(order.prompt, options)) {
        countToken(request)
        if (signal.aborted) return
        onToken(texts[token] ?? '')
        if (request.generatedTokens >= order.maxTokens) return
        await steps.next()
      }
    } finally {
      steps.leave()
    }
  } finally {
    pool.give(sequence)
  }
}

/**
 * Answers nobody, uncounted, on all slots: for its first seconds the JavaScript around the engine is interpreted and
 * slow, which would be measured as a drift.
 */
async function warmUp(): Promise<void> {
  const sequences = await Promise.all(Array.from({ length: slots }, () => pool.take()))
  const prompt = model.tokenize('warm up '.repeat(20))
  await Promise.all(
    sequences.map(async (sequence, seed) => {
      let left = WARM_UP_TOKENS
      for await (const _ of sequence.evaluate(prompt, { temperature: 0.8, topK: 40, seed, yieldEogToken: true })) {
        if (--left === 0) break
      }
      pool.give(sequence)
    }),
  )
}

async function complete(
  incoming: IncomingMessage,
  response: ServerResponse,
  chat: boolean,
  model: LlamaModel,
  pool: Slots,
): Promise<void> {
  const arrivedMs = now()
  const order = readOrder(await readJson(incoming), chat, model)
  const clientId = incoming.headers['x-request-id']
  const request: EngineRequest = {
    id: `${chat ? 'chatcmpl' : 'cmpl'}-${requests.length}`,
    clientId: typeof clientId === 'string' ? clientId : null,
    arrivedMs,
    endedMs: null,
    promptTokens: order.prompt.length,
    generatedTokens: 0,
    outcome: 'running',
  }
  requests.push(request)
  const gone = new AbortController()
  response.once('close', () => gone.abort())
  try {
    if (order.stream) await answerInStream(order, request, response, pool, gone.signal)
    else await answerAtOnce(order, request, response, pool, gone.signal)
    // Every token was generated, whether or not the client stayed to read the last.
    request.outcome = request.generatedTokens === order.maxTokens ? 'completed' : 'aborted'
  } catch (error) {
    request.outcome = 'failed'
    throw error
  }
}

async function answerInStream(
  order: Order,
  request: EngineRequest,
  response: ServerResponse,
  pool: Slots,
  signal: AbortSignal,
): Promise<void> {
  const send = (fields: object): void => {
    response.write(`data: ${JSON.stringify({ ...envelope(order, request, true), ...fields })}\n\n`)
  }
  const choice = (text: string, finishReason: string | null): object => ({
    choices: [{ index: 0, ...(order.chat ? { delta: { content: text } } : { text }), finish_reason: finishReason }],
  })
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' })
  if (order.chat) send({ choices: [{ index: 0, delta: { role: 'assistant', content: '' }, finish_reason: null }] })
  else response.flushHeaders()
  await generate(order, request, pool, signal, (text) => send(choice(text, null)))
  if (signal.aborted) return
  send(order.chat ? { choices: [{ index: 0, delta: {}, finish_reason: 'length' }] } : choice('', 'length'))
  if (order.includeUsage) send({ choices: [], usage: usageOf(request) })
  response.end('data: [DONE]\n\n')
}

async function answerAtOnce(
  order: Order,
  request: EngineRequest,
  response: ServerResponse,
  pool: Slots,
  signal: AbortSignal,
): Promise<void> {
  let answer = ''
  await generate(order, request, pool, signal, (text) => (answer += text))
  if (signal.aborted) return
  const content = order.chat ? { message: { role: 'assistant', content: answer } } : { text: answer }
  sendJson(response, 200, {
    ...envelope(order, request, false),
    choices: [{ index: 0, ...content, finish_reason: 'length' }],
    usage: usageOf(request),
  })
}

function envelope(order: Order, request: EngineRequest, streamed: boolean): object {
  const chatObject = streamed ? 'chat.completion.chunk' : 'chat.completion'
  return {
    id: request.id,
    object: order.chat ? chatObject : 'text_completion',
    created: Math.floor(request.arrivedMs / 1000),
    model: settings.model,
  }
}

function usageOf({ promptTokens, generatedTokens }: EngineRequest): object {
  return {
    prompt_tokens: promptTokens,
    completion_tokens: generatedTokens,
    total_tokens: promptTokens + generatedTokens,
  }
}

async function readJson(incoming: IncomingMessage): Promise<unknown> {
  let size = 0
  const parts: Buffer[] = []
  for await (const part of incoming as AsyncIterable<Buffer>) {
    size += part.byteLength
    if (size > MAX_BODY_BYTES) throw new BadRequest(`the body is longer than ${MAX_BODY_BYTES} bytes`)
    parts.push(part)
  }
  try {
    return JSON.parse(Buffer.concat(parts).toString()) as unknown
  } catch {
    throw new BadRequest('the body is not JSON')
  }
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  const text = JSON.stringify(body)
  response
    .writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) })
    .end(text)
}

function sendError(response: ServerResponse, error: unknown): void {
  const bad = error instanceof BadRequest
  if (!bad) console.error(error)
  if (response.headersSent) {
    // The status is gone: an event is the only way left to say it.
    response.end(`data: ${JSON.stringify({ error: { message: 'the engine failed', type: 'server_error' } })}\n\n`)
    return
  }
  const message = bad ? error.message : 'the engine failed'
  sendJson(response, bad ? 400 : 500, { error: { message, type: bad ? 'invalid_request_error' : 'server_error' } })
}

const engine = await loadEngine(settings.engine)
// One thread: the JavaScript beside it needs the other core, and an engine with as many threads as cores spins.
const llama = await engine.getLlama({
  gpu: false,
  build: 'never',
  skipDownload: true,
  maxThreads: 1,
  logLevel: 'error',
})
const model = await llama.loadModel({ modelPath: settings.gguf })
const context = await model.createContext({
  sequences: slots,
  contextSize: CONTEXT_SIZE,
  batchSize: 512,
  threads: 1,
  flashAttention: true,
})
const steps = new Steps()
const pool = new Slots(Array.from({ length: slots }, () => context.getSequence()))

await warmUp()

const server = createServer((incoming, response) => {
  const route = `${incoming.method} ${incoming.url}`
  if (route === 'POST /v1/chat/completions' || route === 'POST /v1/completions') {
    complete(incoming, response, route.includes('chat'), model, pool).catch((error: unknown) =>
      sendError(response, error),
    )
  } else if (route === 'GET /v1/models') {
    sendJson(response, 200, { object: 'list', data: [{ id: settings.model, object: 'model', owned_by: 'plateau' }] })
  } else if (route === 'GET /health') {
    sendJson(response, 200, { status: 'ok' })
  } else if (route === 'GET /engine/count') {
    const count: EngineCount = { slots, originMs, bucketMs: BUCKET_MS, tokens: bucketTokens, requests }
    sendJson(response, 200, count)
  } else {
    sendJson(response, 404, { error: { message: `no route ${route}`, type: 'invalid_request_error' } })
  }
})
// A client keeps a connection for a whole level; closing it in between would look like a failure of the server.
server.keepAliveTimeout = 120_000
server.listen(Number(settings.port), '127.0.0.1', () => {
  console.log(JSON.stringify({ port: (server.address() as AddressInfo).port }))
})
process.once('SIGTERM', () => process.exit(0))
