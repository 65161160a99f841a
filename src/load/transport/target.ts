import type { Api, Dialect, RequestSpec } from '../../protocol/api.ts'
import type { Settings } from '../../settings.ts'
import { findKeyPlaceAt } from '../../vendors/vendors.ts'
import type { Authorizer, TimePorts, Exchange, Transport } from '../ports.ts'
import { systemClock, systemTransportClock } from '../runtime.ts'
import { getText } from './ask.ts'
import type { TextAnswer } from './ask.ts'
import type { ConnectionOptions } from './socket-client.ts'
import { createHttpTransport } from './http-transport.ts'

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

/**
 * Reads a page beside the endpoint (its models, its version, its metrics). The key is sent only to the endpoint's own
 * host. Null when there is no answer.
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
  return getText(
    url,
    own ? { ...api.headers, ...key, ...settings.headers } : {},
    buildConnectionOptions(settings),
    signal,
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
