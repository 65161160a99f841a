import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { seedRandom } from '../random.ts'
import { ValueError } from '../settings/define.ts'
import { admit } from './admission.ts'
import { startAnswer } from './answer.ts'
import { denialOf } from './access/denial.ts'
import { createGate } from './access/gate.ts'
import type { ReceivedRequest } from './access/sigv4.ts'
import { MACHINE_CLOCK, type SimulatorClock } from './clock.ts'
import { gatewayHeaders } from './disturbance.ts'
import { createEngine, ENGINE_DEFAULTS, type TokenEvent } from './engine.ts'
import { createFaultPicker, readFault, type Fault } from './faults.ts'
import { createForeignLoad } from './foreign-load.ts'
import { createMinuteCounts } from './metrics/minute-counts.ts'
import { createTally } from './metrics/tally.ts'
import { SIMULATOR_DEFAULTS, type SimulatorOptions } from './options.ts'
import { createAccess, createPages } from './pages.ts'
import { createPrefixCache } from './prefix-cache.ts'
import { countPromptTokens } from './prompt-tokens.ts'
import { createRateLimit } from './rate-limit.ts'
import { refusalOf, type Refusal } from './refusal.ts'
import { profileOf, speaks } from './servers/servers.ts'
import { createSendLog, type SentRequest } from './send-log.ts'
import { Refused, type ModelRequest, type Wire } from './wires/wire.ts'
import { findDestination, wireOfUnknownPath, type Destination } from './wires/wires.ts'

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

/** Starts an endpoint on 127.0.0.1 that answers when the engine's model says, in the time of `clock`. */
export async function startSimulator(
  given: Partial<SimulatorOptions> = {},
  clock: SimulatorClock = MACHINE_CLOCK,
): Promise<Simulator> {
  const options = { ...SIMULATOR_DEFAULTS, ...given }
  const tally = createTally()
  const engine = createEngine(options.engine, tally)
  const foreign = createForeignLoad(options.foreignLoad, engine, tally)
  const profile = profileOf(options.server)
  const minutes = createMinuteCounts()
  const access = createAccess(options, clock.date)
  const gate = createGate(options, access.tokens, clock.date)
  const slots = options.engine.slots ?? ENGINE_DEFAULTS.slots
  const pages = createPages({ options, profile, slots, totals: tally.totals, minutes, gate, access })
  const log = createSendLog(options.logLimit)
  const answers = new Map<number, (event: TokenEvent) => void>()
  const timer = await clock.createTimer(pump)
  const pickFault = createFaultPicker(options.faults, seedRandom(`${options.seed}/faults`))
  const earlyStop = seedRandom(`${options.seed}/early-stop`)
  const prefixCache = options.prefixCache ? createPrefixCache() : null
  const rateLimit = options.requestsPerMinute === null ? null : createRateLimit(options.requestsPerMinute)
  const startedAt = clock.now()
  const readyAt = startedAt + options.coldStartMs
  const { strict, model } = options
  const rules = { strict, model, onlyModel: options.checkModel ? model : null, onlyTask: options.task }
  let requests = 0

  /** Hands out what the model has produced by now. Model time is that of the clock, so a late timer delays and never drifts. */
  function pump(): void {
    const now = clock.now()
    for (const event of engine.advanceTo(now)) {
      tally.took(event, clock.now())
      if (!foreign.took(event, now)) answers.get(event.id)?.(event)
    }
    timer.set(engine.nextEventAt())
  }

  async function handle(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(message, options.bodyLimitBytes)
    const receivedAtMs = clock.now()
    const url = new URL(message.url ?? '/', 'http://127.0.0.1')
    const ready = receivedAtMs >= readyAt
    if (message.method === 'GET' && url.pathname === '/simulator/log') {
      return sendLog(response, url.searchParams.get('reset') === 'true')
    }
    const request = receivedRequest(message, body)
    const upMs = receivedAtMs - startedAt
    const { running, waiting } = engine
    for (const [name, value] of Object.entries(profile.headers)) response.setHeader(name, value)
    const page = pages(url, request, { ready, upMs, nowMs: receivedAtMs, running, waiting })
    if (page !== null) return send(response, page)
    const destination = findDestination(url)
    const wire = destination?.wire ?? wireOfUnknownPath(url)
    const call: Call = { id: ++requests, message, path: url.pathname, receivedAtMs, wire, fault: null }
    if (destination === null || !speaks(options.server, wire.api, url.pathname)) {
      const said = options.server === null ? {} : profile.notFound
      return refuse(response, call, { status: 404, message: `${url.pathname} does not exist`, ...said })
    }
    if (message.method !== 'POST') return refuse(response, call, { status: 405, message: 'Method Not Allowed' })
    if (!ready) {
      const seconds = Math.ceil((readyAt - receivedAtMs) / 1000)
      return refuse(response, call, {
        status: 503,
        message: 'the model is loading',
        headers: { 'retry-after': seconds },
      })
    }
    const denial = gate(request)
    if (denial !== null) return refuse(response, call, denial)
    if (body === null) {
      const headers = { connection: 'close' }
      return refuse(response, call, { status: 413, message: 'Request body too large', headers })
    }
    for (const [name, value] of rateLimit?.take(receivedAtMs) ?? []) response.setHeader(name, value)
    if (response.hasHeader('retry-after')) return refuse(response, call, { status: 429, message: 'Rate limit reached' })
    answer(response, call, destination, body)
  }

  function answer(response: ServerResponse, call: Call, destination: Destination, body: string): void {
    const { id, message, receivedAtMs } = call
    const picked = pickFault()
    let fault: Fault | null
    let request: ModelRequest
    try {
      const asked = message.headers['x-simulate-fault']
      fault = typeof asked === 'string' ? readFault(asked) : picked
      call = { ...call, fault: fault?.kind ?? null }
      if (fault?.kind === 'expired') return refuse(response, call, denialOf(call.path, 'expired')!)
      const refusal = fault === null ? null : refusalOf(fault, call.wire, body)
      if (refusal !== null) return refuse(response, call, refusal)
      request = admit(destination, message.headers, body, rules)
    } catch (error) {
      if (error instanceof Refused) return refuse(response, call, error)
      if (error instanceof ValueError) {
        return refuse(response, call, { status: 400, message: `x-simulate-fault ${error.message}` })
      }
      throw error
    }
    const { texts, task, ignoreEos, minTokens, maxTokens, stream } = request
    const template = task === 'chat' ? options.templateTokens : 0
    const count = (text: string): number => countPromptTokens(text, options.tokensPerWord, template)
    const inputTokens = texts.reduce((sum, text) => sum + count(text), 0)
    const contextTokens = fault?.kind === 'context' ? Number(fault.argument) : options.contextTokens
    if (inputTokens + maxTokens > contextTokens) {
      const message = call.wire.words.tooLong(contextTokens, inputTokens, maxTokens)
      return refuse(response, call, { status: call.wire.words.badBody, message })
    }
    // At least one input token is always computed, or there would be nothing to continue from.
    const known =
      prefixCache === null || !request.usesCache
        ? 0
        : texts.reduce((sum, text) => sum + prefixCache.take(text, request.cacheSalt), 0)
    const cachedTokens = Math.min(inputTokens - 1, Math.floor(known * options.tokensPerWord))
    const stops = task !== 'embeddings' && earlyStop() < options.earlyStop && !ignoreEos
    const early = stops ? Math.max(minTokens, Math.ceil(earlyStop() * maxTokens)) : maxTokens
    const outputTokens = fault?.kind === 'empty' ? 1 : early
    if (fault?.kind === 'connection-close') response.setHeader('connection', 'close')
    for (const [name, value] of gatewayHeaders(fault)) response.setHeader(name, value)

    const finishReason = early < maxTokens ? 'stop' : 'length'
    const reasoningTokens = request.reasons ? Math.min(options.reasoning, outputTokens) : 0
    const writer = request.answer({
      id,
      created: Math.floor(clock.date() / 1000),
      model: options.model,
      inputTokens,
      cachedTokens: prefixCache === null ? null : cachedTokens,
      reasoningTokens,
      manners: options,
    })
    const take = startAnswer(response, {
      clock,
      writer,
      stream,
      receivedAtMs,
      outputTokens,
      reasoning: { tokens: reasoningTokens, hidden: options.reasoningField === 'hidden' },
      finishReason,
      fault,
      error: (message) => call.wire.error(500, message),
      keepStamps: options.logStamps,
      onEnd(sent) {
        answers.delete(id)
        if (engine.cancel(id)) timer.set(engine.nextEventAt())
        tally.left(id)
        minutes.answered(200, sent.endedAtMs)
        const prompt = texts[0]!.slice(0, 32)
        log.add({ ...describe(call), prompt, stream, status: 200, inputTokens, cachedTokens, ...sent })
      },
    })
    answers.set(id, take)
    tally.received(id, {
      atMs: receivedAtMs,
      inputTokens,
      cachedTokens,
      generates: task !== 'embeddings',
      finishReason,
    })
    engine.submit(id, { inputTokens: inputTokens - cachedTokens, outputTokens, at: receivedAtMs })
    timer.set(engine.nextEventAt())
  }

  function refuse(response: ServerResponse, call: Call, refusal: Refusal): void {
    const said = call.wire.error(refusal.status, refusal.message)
    send(response, {
      status: said.status,
      type: refusal.type ?? said.type,
      body: refusal.body ?? said.body,
      headers: { ...said.headers, ...refusal.headers },
    })
    const nothing = { firstTokenAtMs: null, lastTokenAtMs: null, tokenAtMs: null, outputTokens: 0, tokenEvents: 0 }
    const none = { ...nothing, prompt: '', stream: false, inputTokens: 0, cachedTokens: 0 }
    const endedAtMs = clock.now()
    minutes.answered(said.status, endedAtMs)
    log.add({ ...describe(call), ...none, status: said.status, outcome: 'refused', endedAtMs })
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
  foreign.begin(clock.now())
  timer.set(engine.nextEventAt())
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
  /** The API that answers. */
  readonly wire: Wire
  readonly fault: string | null
}

function describe({ id, message, path, receivedAtMs, fault }: Call) {
  const requestId = message.headers['x-request-id']
  return { id, requestId: typeof requestId === 'string' ? requestId : null, path, receivedAtMs, fault }
}

/** What a signature covers. */
function receivedRequest(
  { method = 'GET', url = '/', headersDistinct }: IncomingMessage,
  body: string | null,
): ReceivedRequest {
  return { method, target: url, headers: headersDistinct, body: body ?? '' }
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
