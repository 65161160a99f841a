import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Task } from '../protocol/api.ts'
import { seededRandom } from '../random.ts'
import { ValueError } from '../settings/define.ts'
import { startAnswer } from './answer.ts'
import { createEngine, type TokenEvent } from './engine.ts'
import { createFaultPicker, readFault, type Fault } from './faults.ts'
import { describeServer } from './info.ts'
import { monotonicMs } from './monotonic.ts'
import { SIMULATOR_DEFAULTS, type SimulatorOptions } from './options.ts'
import { createPreciseTimer } from './precise-timer.ts'
import { createPrefixCache } from './prefix-cache.ts'
import { countPromptTokens } from './prompt-tokens.ts'
import { createRateLimit } from './rate-limit.ts'
import { refusalOf, type Refusal } from './refusal.ts'
import { BadRequest, readModelRequest, type ModelRequest, type Style } from './request.ts'
import { createSendLog, type SentRequest } from './send-log.ts'
import { errorBody } from './wire.ts'

/** A running endpoint. */
export interface Simulator {
  /** Without a path: `http://127.0.0.1:<port>`. */
  readonly url: string
  readonly port: number
  /** Cuts all connections and frees the port. */
  close(): Promise<void>
  /** What was truly sent, in the order in which requests ended. */
  log(): readonly SentRequest[]
}

/** Where a POST goes; `task` is null where the body decides. */
interface Route {
  readonly style: Style
  readonly task: Task | null
}

const OPENAI_ROUTES: Readonly<Record<string, Task>> = {
  '/chat/completions': 'chat',
  '/completions': 'completions',
  '/embeddings': 'embeddings',
}

/** Starts an endpoint on 127.0.0.1 that answers in real time as the engine's model says. */
export async function startSimulator(given: Partial<SimulatorOptions> = {}): Promise<Simulator> {
  const options = { ...SIMULATOR_DEFAULTS, ...given }
  const engine = createEngine(options.engine)
  const log = createSendLog(options.logLimit)
  const answers = new Map<number, (event: TokenEvent) => void>()
  const timer = await createPreciseTimer(pump)
  const pickFault = createFaultPicker(options.faults, seededRandom(`${options.seed}/faults`))
  const earlyStop = seededRandom(`${options.seed}/early-stop`)
  const prefixCache = options.prefixCache ? createPrefixCache() : null
  const rateLimit = options.requestsPerMinute === null ? null : createRateLimit(options.requestsPerMinute)
  const readyAt = monotonicMs() + options.coldStartMs
  let requests = 0

  /** Hands out what the model has produced by now. Model time is real time, so a late timer delays and never drifts. */
  function pump(): void {
    for (const event of engine.advanceTo(monotonicMs())) answers.get(event.id)?.(event)
    timer.set(engine.nextEventAt())
  }

  async function handle(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(message, options.bodyLimitBytes)
    const receivedAtMs = monotonicMs()
    const url = new URL(message.url ?? '/', 'http://127.0.0.1')
    const ready = receivedAtMs >= readyAt
    if (message.method === 'GET') {
      if (url.pathname === '/simulator/log') return sendLog(response, url.searchParams.get('reset') === 'true')
      const info = describeServer(url.pathname, { model: options.model, ready, engine })
      if (info !== null) return send(response, info)
    }
    const style: Style = url.pathname.startsWith('/serving-endpoints/') ? 'databricks' : 'openai'
    const call: Call = { id: ++requests, message, path: url.pathname, receivedAtMs, style, fault: null }
    const route = routeOf(url.pathname)
    if (route === null) return refuse(response, call, { status: 404, message: `${url.pathname} does not exist` })
    if (message.method !== 'POST') return refuse(response, call, { status: 405, message: 'Method Not Allowed' })
    if (!ready) {
      const seconds = Math.ceil((readyAt - receivedAtMs) / 1000)
      return refuse(response, call, {
        status: 503,
        message: 'the model is loading',
        headers: { 'retry-after': seconds },
      })
    }
    if (!isAuthorized(message)) return refuse(response, call, { status: 401, message: 'Invalid API key' })
    if (body === null) {
      const headers = { connection: 'close' }
      return refuse(response, call, { status: 413, message: 'Request body too large', headers })
    }
    for (const [name, value] of rateLimit?.take(receivedAtMs) ?? []) response.setHeader(name, value)
    if (response.hasHeader('retry-after')) return refuse(response, call, { status: 429, message: 'Rate limit reached' })
    answer(response, call, route, body)
  }

  function answer(response: ServerResponse, call: Call, route: Route, body: string): void {
    const { id, message, receivedAtMs } = call
    const picked = pickFault()
    let fault: Fault | null
    let request: ModelRequest
    try {
      const asked = message.headers['x-simulate-fault']
      fault = typeof asked === 'string' ? readFault(asked) : picked
      call = { ...call, fault: fault?.kind ?? null }
      const refusal = fault === null ? null : refusalOf(fault, route.style, body)
      if (refusal !== null) return refuse(response, call, refusal)
      request = readModelRequest(body, route.style, route.task)
    } catch (error) {
      if (error instanceof BadRequest) return refuse(response, call, { status: 400, message: error.message })
      if (error instanceof ValueError) {
        return refuse(response, call, { status: 400, message: `x-simulate-fault ${error.message}` })
      }
      throw error
    }
    const { texts, task, ignoreEos, minTokens, maxTokens } = request
    const template = task === 'chat' ? options.templateTokens : 0
    const count = (text: string): number => countPromptTokens(text, options.tokensPerWord, template)
    const inputTokens = texts.reduce((sum, text) => sum + count(text), 0)
    if (inputTokens + maxTokens > options.contextTokens) {
      const limit = `This model's maximum context length is ${options.contextTokens} tokens`
      return refuse(response, call, { status: 400, message: `${limit}; asked for ${inputTokens + maxTokens}` })
    }
    // At least one input token is always computed, or there would be nothing to continue from.
    const known = prefixCache === null ? 0 : texts.reduce((sum, text) => sum + prefixCache.take(text), 0)
    const cachedTokens = Math.min(inputTokens - 1, Math.floor(known * options.tokensPerWord))
    const stops = task !== 'embeddings' && earlyStop() < options.earlyStop && !ignoreEos
    const early = stops ? Math.max(minTokens, Math.ceil(earlyStop() * maxTokens)) : maxTokens
    const outputTokens = fault?.kind === 'empty' ? 1 : early
    if (fault?.kind === 'connection-close') response.setHeader('connection', 'close')

    const facts = {
      id,
      created: Math.floor(Date.now() / 1000),
      model: options.model,
      request,
      inputTokens,
      cachedTokens: prefixCache === null ? null : cachedTokens,
    }
    const take = startAnswer(response, {
      facts,
      outputTokens,
      finishReason: early < maxTokens ? 'stop' : 'length',
      usage: options.usage,
      embeddingDimensions: options.embeddingDimensions,
      fault,
      keepStamps: options.logStamps,
      onEnd(sent) {
        answers.delete(id)
        if (engine.cancel(id)) timer.set(engine.nextEventAt())
        const prompt = texts[0]!.slice(0, 32)
        log.add({ ...describe(call), prompt, stream: request.stream, status: 200, inputTokens, cachedTokens, ...sent })
      },
    })
    answers.set(id, take)
    engine.submit(id, { inputTokens: inputTokens - cachedTokens, outputTokens, at: receivedAtMs })
    timer.set(engine.nextEventAt())
  }

  function refuse(response: ServerResponse, call: Call, refusal: Refusal): void {
    send(response, {
      body: errorBody(call.style, refusal.status, refusal.message),
      type: 'application/json',
      ...refusal,
    })
    const nothing = { firstTokenAtMs: null, lastTokenAtMs: null, tokenAtMs: null, outputTokens: 0, tokenEvents: 0 }
    const none = { ...nothing, prompt: '', stream: false, inputTokens: 0, cachedTokens: 0 }
    log.add({ ...describe(call), ...none, status: refusal.status, outcome: 'refused', endedAtMs: monotonicMs() })
  }

  function isAuthorized({ headers }: IncomingMessage): boolean {
    return options.apiKey === null || headers.authorization === `Bearer ${options.apiKey}`
  }

  function sendLog(response: ServerResponse, reset: boolean): void {
    const body = log.all().map((request) => `${JSON.stringify(request)}\n`)
    if (reset) log.clear()
    send(response, { status: 200, type: 'application/x-ndjson', body: body.join('') })
  }

  const server = createServer({ noDelay: true, keepAliveTimeout: 120_000 }, (message, response) => {
    handle(message, response).catch(() => response.destroy())
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port, '127.0.0.1', resolve)
  }).catch(async (error: unknown) => {
    await timer.close()
    throw error
  })
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    log: () => log.all(),
    async close() {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
      await timer.close()
    },
  }
}

/** A request on its way through the server. */
interface Call {
  readonly id: number
  readonly message: IncomingMessage
  readonly path: string
  readonly receivedAtMs: number
  readonly style: Style
  readonly fault: string | null
}

function describe({ id, message, path, receivedAtMs, fault }: Call) {
  const requestId = message.headers['x-request-id']
  return { id, requestId: typeof requestId === 'string' ? requestId : null, path, receivedAtMs, fault }
}

function routeOf(path: string): Route | null {
  if (/^\/serving-endpoints\/[^/]+(\/served-models\/[^/]+)?\/invocations$/.test(path)) {
    return { style: 'databricks', task: null }
  }
  const match = /^(\/v1|\/serving-endpoints)(\/.+)$/.exec(path)
  const task = match === null ? undefined : OPENAI_ROUTES[match[2]!]
  return task === undefined ? null : { style: match![1] === '/v1' ? 'openai' : 'databricks', task }
}

/** The whole body, or null when it is longer than `limit`: then the rest is read and forgotten. */
async function readBody(message: IncomingMessage, limit: number): Promise<string | null> {
  const parts: Buffer[] = []
  let size = 0
  for await (const part of message as AsyncIterable<Buffer>) {
    size += part.length
    if (size <= limit) parts.push(part)
  }
  return size <= limit ? Buffer.concat(parts).toString() : null
}

function send(
  response: ServerResponse,
  { status, type, body, headers = {} }: { status: number; type: string; body: string; headers?: Refusal['headers'] },
): void {
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body), ...headers })
  response.end(body)
}
