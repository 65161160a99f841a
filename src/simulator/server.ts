import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { ValueError } from '../errors.ts'
import { generatesTokens } from '../vocabulary/load.ts'
import { admitRequest, findDestination, findWire, refuseUnread } from './admission.ts'
import type { Destination } from './admission.ts'
import { startAnswer } from './answer.ts'
import { MACHINE_CLOCK } from './clock.ts'
import type { SimulatorClock } from './clock.ts'
import { chooseLength, countCached, countInput, keepAnswer } from './cost.ts'
import { awaitEngine, createEndpoint } from './endpoint.ts'
import type { Endpoint } from './endpoint.ts'
import { listGatewayHeaders, readFault, refuseByFault } from './faults.ts'
import type { Fault, Refusal } from './faults.ts'
import { findDoor } from './guard.ts'
import type { ReceivedRequest } from './guard.ts'
import { SHIPPED } from './repertoire.ts'
import type { Repertoire } from './repertoire.ts'
import type { SentRequest } from './answer.ts'
import { servesApi } from './servers.ts'
import { SIMULATOR_DEFAULTS } from './settings/options.ts'
import type { SimulatorOptions } from './settings/options.ts'
import { Refused } from './wires/wire.ts'
import type { ModelRequest, Wire } from './wires/wire.ts'

/** A running endpoint. */
export interface Simulator {
  /** Without a path: `http://127.0.0.1:<port>`. */
  readonly url: string
  readonly port: number
  /** Cuts all connections and frees the port. */
  close(): Promise<void>
  /** What was really sent, in the order in which requests ended. */
  log(): readonly SentRequest[]
}

/** The clock and the repertoire of an endpoint. */
export interface Stage {
  readonly clock?: SimulatorClock
  readonly repertoire?: Repertoire
}

/**
 * Starts an endpoint on 127.0.0.1 that answers at the times of the engine's model, on `clock`. Rejects when it cannot
 * listen.
 */
export async function startSimulator(
  given: Partial<SimulatorOptions> = {},
  { clock = MACHINE_CLOCK, repertoire = SHIPPED }: Stage = {},
): Promise<Simulator> {
  const endpoint = await createEndpoint({ ...SIMULATOR_DEFAULTS, ...given }, clock, repertoire)
  const server = createServer({ noDelay: true, keepAliveTimeout: 120_000 }, (message, response) => {
    handleRequest(endpoint, message, response).catch(() => response.destroy())
  })
  await listenOnPort(server, endpoint.options.port).catch(async (error: unknown) => {
    await endpoint.timer.close()
    throw error
  })
  endpoint.foreignLoad.begin(clock.now())
  awaitEngine(endpoint)
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    log: () => endpoint.log.all(),
    async close() {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
      await endpoint.timer.close()
    },
  }
}

/** A request on its way through the server. */
interface Call {
  readonly id: number
  readonly message: IncomingMessage
  readonly response: ServerResponse
  readonly path: string
  readonly receivedAtMs: number
  /** The API that answers. */
  readonly wire: Wire
  readonly fault: Fault | null
}

/** The URL that a request is for: a path, which may begin with two slashes, or all of it, as proxies are sent. */
function readTarget(target: string): URL {
  return new URL(target.startsWith('/') ? `http://127.0.0.1${target}` : target, 'http://127.0.0.1')
}

/** Answers with a page, a refusal or the model. */
async function handleRequest(endpoint: Endpoint, message: IncomingMessage, response: ServerResponse): Promise<void> {
  const { options, clock, repertoire, profile, engine, startedAtMs } = endpoint
  const body = await readBody(message, options.bodyLimitBytes)
  const receivedAtMs = clock.now()
  const url = readTarget(message.url ?? '/')
  if (message.method === 'GET' && url.pathname === '/simulator/log') {
    return sendLog(endpoint, response, url.searchParams.get('reset') === 'true')
  }
  const request = toReceivedRequest(message, body)
  const upMs = receivedAtMs - startedAtMs
  const { running, waiting } = engine
  for (const [name, value] of Object.entries(profile.headers)) response.setHeader(name, value)
  const moment = { ready: upMs >= options.coldStartMs, upMs, nowMs: receivedAtMs, running, waiting }
  const page = endpoint.pages(url, request, moment)
  if (page !== null) return sendPage(response, page)

  const destination = findDestination(repertoire.wires, url)
  const wire = destination?.wire ?? findWire(repertoire.wires, findDoor(repertoire.doors, url.pathname).api)
  const id = ++endpoint.requests
  const call: Call = { id, message, response, path: url.pathname, receivedAtMs, wire, fault: null }
  if (destination === null || !servesApi(profile, wire.api, url.pathname)) {
    return refuseCall(endpoint, call, { status: 404, message: `${url.pathname} does not exist`, ...profile.notFound })
  }
  const refusal = refuseUnread(request, body, moment, endpoint)
  if (refusal !== null) return refuseCall(endpoint, call, refusal)
  for (const [name, value] of endpoint.rateLimit?.take(receivedAtMs) ?? []) response.setHeader(name, value)
  if (response.hasHeader('retry-after'))
    return refuseCall(endpoint, call, { status: 429, message: 'Rate limit reached' })
  answerByModel(endpoint, call, destination, body!)
}

/** Lets the model answer, or refuses what it cannot answer or a fault refuses. */
function answerByModel(endpoint: Endpoint, call: Call, destination: Destination, body: string): void {
  const { options, rules, repertoire } = endpoint
  const { headers } = call.message
  const picked = endpoint.pickFault()
  let request: ModelRequest
  try {
    const asked = headers['x-simulate-fault']
    const fault = typeof asked === 'string' ? readFault(asked) : picked
    call = { ...call, fault }
    if (fault?.kind === 'expired')
      return refuseCall(endpoint, call, findDoor(repertoire.doors, call.path).denials.expired)
    const refusal = fault === null ? null : refuseByFault(fault, call.wire, body)
    if (refusal !== null) return refuseCall(endpoint, call, refusal)
    request = admitRequest(destination, headers, body, rules)
  } catch (error) {
    if (error instanceof Refused) return refuseCall(endpoint, call, error)
    if (!(error instanceof ValueError)) throw error
    return refuseCall(endpoint, call, { status: 400, message: `x-simulate-fault ${error.message}` })
  }
  const { words } = call.wire
  const inputTokens = countInput(request, options)
  const contextTokens = call.fault?.kind === 'context' ? Number(call.fault.argument) : options.contextTokens
  if (inputTokens + request.maxTokens > contextTokens) {
    const message = words.tooLong(contextTokens, inputTokens, request.maxTokens)
    return refuseCall(endpoint, call, { status: words.badBody, message })
  }
  generateAnswer(endpoint, call, request, inputTokens)
}

/** Passes a request to the model, and its tokens to the client as they come. */
function generateAnswer(endpoint: Endpoint, call: Call, request: ModelRequest, inputTokens: number): void {
  const { options, clock, engine, tally, platform, log, answers, prefixCache, earlyStop } = endpoint
  const { id, response, receivedAtMs, wire, fault } = call
  const { texts, task, stream } = request
  const cachedTokens = prefixCache === null ? 0 : countCached(request, inputTokens, prefixCache, options)
  const { outputTokens, finishReason } = chooseLength(request, fault, earlyStop, options)
  const reasoningTokens = request.reasons ? Math.min(options.reasoning, outputTokens) : 0
  const isAdapter = options.adapters.includes(request.model ?? '')
  const writer = request.answer({
    id,
    created: Math.floor(clock.date() / 1000),
    model: isAdapter ? request.model! : options.model,
    inputTokens,
    cachedTokens: prefixCache === null ? null : cachedTokens,
    reasoningTokens,
    manners: options,
  })
  if (fault?.kind === 'connection-close') response.setHeader('connection', 'close')
  for (const [name, value] of listGatewayHeaders(fault)) response.setHeader(name, value)
  const takeTokens = startAnswer(response, {
    clock,
    writer,
    stream,
    receivedAtMs,
    outputTokens,
    reasoning: { tokens: reasoningTokens, hidden: options.reasoningField === 'hidden' },
    finishReason,
    fault,
    error: (message) => wire.error(500, message),
    keepStamps: options.logStamps,
    onEnd(sent) {
      answers.delete(id)
      if (engine.cancel(id)) awaitEngine(endpoint)
      tally.noteDeparture(id)
      platform.noteAnswer(200, sent.endedAtMs)
      if (prefixCache !== null) keepAnswer(request, { outputTokens: sent.outputTokens, reasoningTokens }, prefixCache)
      const prompt = texts[0]!.slice(0, 32)
      log.add({ ...describeCall(call), prompt, stream, status: 200, inputTokens, cachedTokens, ...sent })
    },
  })
  answers.set(id, takeTokens)
  const generates = generatesTokens(task)
  tally.noteArrival(id, { atMs: receivedAtMs, inputTokens, cachedTokens, generates, finishReason })
  const submit = (at: number): void => {
    // A client may have left while an adapter was loading.
    if (answers.has(id)) engine.submit(id, { inputTokens: inputTokens - cachedTokens, outputTokens, at })
    awaitEngine(endpoint)
  }
  const waitMs = endpoint.adapterLoads.wait(request.model, receivedAtMs)
  if (waitMs === 0) submit(receivedAtMs)
  else clock.after(waitMs, () => submit(clock.now()))
}

function refuseCall({ clock, platform, log }: Endpoint, call: Call, refusal: Refusal): void {
  const said = call.wire.error(refusal.status, refusal.message)
  sendPage(call.response, {
    status: said.status,
    type: refusal.type ?? said.type,
    body: refusal.body ?? said.body,
    headers: { ...said.headers, ...refusal.headers },
  })
  const nothing = { firstTokenAtMs: null, lastTokenAtMs: null, tokenAtMs: null, outputTokens: 0, tokenEvents: 0 }
  const none = { ...nothing, prompt: '', stream: false, inputTokens: 0, cachedTokens: 0 }
  const endedAtMs = clock.now()
  platform.noteAnswer(said.status, endedAtMs)
  log.add({ ...describeCall(call), ...none, status: said.status, outcome: 'refused', endedAtMs })
}

/** What the log holds of every request. */
function describeCall({ id, message, path, receivedAtMs, fault }: Call) {
  const requestId = message.headers['x-request-id']
  return {
    id,
    requestId: typeof requestId === 'string' ? requestId : null,
    path,
    receivedAtMs,
    fault: fault?.kind ?? null,
  }
}

function sendLog({ log }: Endpoint, response: ServerResponse, reset: boolean): void {
  const body = log.all().map((request) => `${JSON.stringify(request)}\n`)
  if (reset) log.clear()
  sendPage(response, { status: 200, type: 'application/x-ndjson', body: body.join('') })
}

/** Waits until the server listens on 127.0.0.1; rejects when it cannot. */
async function listenOnPort(server: Server, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
}

/** The parts of a request for authentication. */
function toReceivedRequest(
  { method = 'GET', url = '/', headersDistinct }: IncomingMessage,
  body: string | null,
): ReceivedRequest {
  return { method, target: url, headers: headersDistinct, body: body ?? '' }
}

/** The whole body, or null when it is longer than `limit`; then the rest is read and dropped. */
async function readBody(message: IncomingMessage, limit: number): Promise<string | null> {
  const parts: Buffer[] = []
  let size = 0
  for await (const part of message as AsyncIterable<Buffer>) {
    size += part.length
    if (size <= limit) parts.push(part)
  }
  return size <= limit ? Buffer.concat(parts).toString() : null
}

/** Answers at once. */
function sendPage(
  response: ServerResponse,
  { status, type, body, headers = {} }: { status: number; type: string; body: string; headers?: Refusal['headers'] },
): void {
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body), ...headers })
  response.end(body)
}
