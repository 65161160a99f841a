import type { Api, Dialect, RequestSpec } from '../../protocol/api.ts'
import type { Settings } from '../../settings.ts'
import { findKeyPlaceAt } from '../../vendors/vendors.ts'
import type { Authorizer, AuthPorts } from '../auth/authorizer.ts'
import { systemClock, systemTransportClock } from '../clock.ts'
import { getText } from './ask.ts'
import type { TextAnswer } from './ask.ts'
import type { ConnectionOptions } from './connector.ts'
import { createHttpTransport } from './http-transport.ts'
import type { Exchange, Transport } from '../ports.ts'

/** The endpoint as one dialect speaks to it. */
export interface Target {
  readonly api: Api
  readonly dialect: Dialect
  /** The full URL; its query may be secret. */
  readonly url: URL
  readonly auth: Authorizer
}

/** In whose time requests are stamped and their deadlines pass. */
export type TimePorts = Pick<AuthPorts, 'clock' | 'wallClock'>

const SYSTEM_TIME: TimePorts = { clock: systemClock, wallClock: () => new Date() }

/** What of the settings connections are made with. */
export type ConnectionSettings = Pick<
  Settings,
  'caCertPem' | 'clientPem' | 'insecureTls' | 'proxy' | 'requestTimeoutMs' | 'headers'
>

/** Opens fresh connections to the endpoint. */
export type OpenTransport = (settings: Settings, target: Target) => Transport

const CONNECT_TIMEOUT_MS = 10_000

/** Everything about connecting that does not depend on the host. */
export function buildConnectionOptions(
  settings: Omit<ConnectionSettings, 'headers'>,
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
    // When deadlines are looked at is the machine's business; whether they have passed is the clock's.
    clock: { ...systemTransportClock, now: () => clock.now(), wallNow: () => wallClock().getTime() },
  })
}

/**
 * Reads a page beside the endpoint (its models, its version, its metrics). The key goes to the endpoint's own host only. Null when
 * there is no answer.
 */
export async function getPage(
  settings: Settings,
  { api, auth }: Pick<Target, 'api' | 'auth'>,
  url: URL,
  signal: AbortSignal,
): Promise<TextAnswer | null> {
  const own = url.origin === settings.endpoint.origin
  // Who cannot be asked for a token is told by the next request that is to be measured.
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

/** Sends requests one after another over a connection of their own. One that was refused for its token is sent again with the new one. */
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
