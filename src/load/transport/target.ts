import type { Api, Dialect, RequestSpec } from '../../protocol/api.ts'
import type { Settings } from '../../settings.ts'
import { findKeyPlaceAt } from '../../vendors/vendors.ts'
import type { Authorizer, TimePorts, Exchange, Transport } from '../ports.ts'
import { systemClock, systemTransportClock } from '../runtime.ts'
import { openDispatcher } from './connection.ts'
import type { ConnectionOptions } from './socket-client.ts'
import { createHttpTransport } from './http-transport.ts'
import { USER_AGENT } from '../../version.ts'

/** The endpoint in one dialect. */
export interface Target {
  readonly api: Api
  readonly dialect: Dialect
  /** The full URL; its query may be secret. */
  readonly url: URL
  readonly auth: Authorizer
}

const SYSTEM_TIME: TimePorts = { clock: systemClock, wallClock: () => new Date() }

/** The settings of connections, and of how answers are read. */
export type ConnectionSettings = Pick<
  Settings,
  'caCertPem' | 'clientPem' | 'insecureTls' | 'proxy' | 'requestTimeoutMs' | 'headers' | 'fullParse'
>

/** Opens fresh connections to the endpoint. */
export type OpenTransport = (settings: Settings, target: Target) => Transport

const CONNECT_TIMEOUT_MS = 10_000

/** The connection options that do not depend on the host. */
export function buildConnectionOptions(
  settings: Omit<ConnectionSettings, 'headers' | 'fullParse'>,
): Omit<ConnectionOptions, 'origin'> {
  return {
    caCert: settings.caCertPem,
    clientPem: settings.clientPem,
    insecure: settings.insecureTls,
    proxy: settings.proxy === null ? null : settings.proxy.href,
    connectTimeoutMs: Math.min(CONNECT_TIMEOUT_MS, settings.requestTimeoutMs),
  }
}

/** Opens fresh connections to the endpoint. */
export function openTransport(
  settings: ConnectionSettings,
  { api, dialect, url, auth }: Target,
  { clock, wallClock }: TimePorts = SYSTEM_TIME,
): Transport {
  return createHttpTransport({
    connection: { ...buildConnectionOptions(settings), origin: url.origin },
    api,
    dialect,
    url,
    headers: { ...api.headers, ...settings.headers },
    auth,
    requestTimeoutMs: settings.requestTimeoutMs,
    parsesAll: settings.fullParse,
    // The machine's timer decides when deadlines are checked, the clock whether they have passed.
    clock: { ...systemTransportClock, now: () => clock.now(), wallNow: () => wallClock().getTime() },
  })
}

/** The answer of a GET: status and at most 1 MiB of text. */
export type TextAnswer = Pick<WholeAnswer, 'status' | 'text'>

const MOST_PAGE_BYTES = 1_048_576
const PAGE_TIMEOUT_MS = 10_000
/** Pages are requested uncompressed, even if answers are not. */
const PAGE_HEADERS = { accept: 'application/json, text/plain', 'accept-encoding': 'identity' }

/**
 * Reads a page beside the endpoint (its models, its version, its metrics). The key is sent only to the endpoint's own
 * host. Null when there is no answer. Redirects are not followed.
 */
export async function getPage(
  settings: Settings,
  { api, auth }: Pick<Target, 'api' | 'auth'>,
  url: URL,
  signal: AbortSignal,
): Promise<TextAnswer | null> {
  const own = url.origin === settings.endpoint.origin
  // If the token service cannot be reached, the next measured request reports it.
  if (own && auth.stale && !(await isPrepared(auth, signal))) return null
  const key = own ? auth.headers({ method: 'GET', url, body: '' }, findKeyPlaceAt(settings.endpoint, api)) : {}
  const headers = { ...(own && { ...api.headers, ...key, ...settings.headers }), ...PAGE_HEADERS }
  const question = {
    method: 'GET',
    url,
    headers,
    body: null,
    mostBytes: MOST_PAGE_BYTES,
    timeoutMs: PAGE_TIMEOUT_MS,
  } as const
  return askServer(question, buildConnectionOptions(settings), signal).then(
    ({ status, text }) => ({ status, text }),
    () => null,
  )
}

async function isPrepared(auth: Authorizer, signal: AbortSignal): Promise<boolean> {
  return auth.refresh(signal).then(
    () => true,
    () => false,
  )
}

/** Sends requests one after another that nobody counts. */
export type SendSingles = (target: Target, specs: readonly RequestSpec[]) => Promise<Exchange[]>

/**
 * Sends requests one after another over a separate connection. Repeats one that was refused for its token with the
 * new token.
 */
export async function sendEach(
  settings: Settings,
  target: Target,
  specs: readonly RequestSpec[],
  ports: { readonly openTransport: OpenTransport; readonly signal: AbortSignal },
): Promise<Exchange[]> {
  const transport = ports.openTransport(settings, target)
  try {
    const exchanges: Exchange[] = []
    for (const spec of specs) {
      const exchange = await transport.send(0, spec, ports.signal)
      exchanges.push(exchange.renewed ? await transport.send(0, spec, ports.signal) : exchange)
    }
    return exchanges
  } finally {
    await transport.close()
  }
}

/** One request that is not measured. */
interface Question {
  readonly method: 'GET' | 'POST' | 'PUT'
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  /** Null for none. */
  readonly body: string | null
  /** Most bytes of the answer; the rest is not read. */
  readonly mostBytes: number
  /** From the first attempt to connect to the end of the answer. */
  readonly timeoutMs: number
}

/** Its whole answer, as text. */
export interface WholeAnswer {
  readonly status: number
  /** Where a redirect leads, as the server wrote it; it is not followed. */
  readonly location: string | null
  readonly text: string
}

/** Asks over a separate connection. Throws the connection's error when there is no answer. */
export async function askServer(
  { method, url, headers, body, mostBytes, timeoutMs }: Question,
  connection: Omit<ConnectionOptions, 'origin'>,
  signal: AbortSignal,
): Promise<WholeAnswer> {
  const dispatcher = await openDispatcher({ ...connection, origin: url.origin })
  const ended = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)])
  // A request that waits for its connection does not notice the signal until it is connected.
  ended.addEventListener('abort', () => void dispatcher.destroy(), { once: true })
  try {
    const answer = await dispatcher.request({
      origin: url.origin,
      path: url.pathname + url.search,
      method,
      headers: { 'user-agent': USER_AGENT, ...headers },
      body,
      signal: ended,
    })
    const parts: Buffer[] = []
    let bytes = 0
    for await (const part of answer.body as AsyncIterable<Buffer>) {
      bytes += part.length
      if (bytes > mostBytes) break
      parts.push(part)
    }
    const { location } = answer.headers
    return {
      status: answer.statusCode,
      location: typeof location === 'string' ? location : null,
      text: Buffer.concat(parts).toString('utf8'),
    }
  } finally {
    await dispatcher.destroy()
  }
}
