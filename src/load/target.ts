import type { Api, Dialect, RequestSpec } from '../protocol/api.ts'
import type { Settings } from '../settings.ts'
import type { ConnectionOptions } from './connection.ts'
import { createHttpTransport } from './http-transport.ts'
import type { Exchange, Transport } from './ports.ts'

/** The endpoint as one dialect speaks to it. */
export interface Target {
  readonly api: Api
  readonly dialect: Dialect
  /** The full URL; its query may be secret. */
  readonly url: URL
}

const CONNECT_TIMEOUT_MS = 10_000

/** Everything about connecting that does not depend on the host. */
export function connectionOptions(settings: Settings): Omit<ConnectionOptions, 'origin'> {
  return {
    caCert: settings.caCertPem,
    proxy: settings.proxy === null ? null : settings.proxy.href,
    connectTimeoutMs: Math.min(CONNECT_TIMEOUT_MS, settings.requestTimeoutMs),
  }
}

/** The headers of every request, the key among them. */
export function requestHeaders({ headers, apiKey, auth }: Settings): Record<string, string> {
  if (apiKey === null || auth.kind === 'none') return { ...headers }
  return auth.kind === 'bearer'
    ? { authorization: `Bearer ${apiKey}`, ...headers }
    : { [auth.name]: apiKey, ...headers }
}

/** Opens fresh connections to the endpoint. */
export function openTransport(settings: Settings, { api, dialect, url }: Target): Transport {
  return createHttpTransport({
    connection: { ...connectionOptions(settings), origin: url.origin },
    api,
    dialect,
    url,
    headers: requestHeaders(settings),
    requestTimeoutMs: settings.requestTimeoutMs,
  })
}

/** Sends requests one after another over a connection of their own. */
export async function sendEach(
  settings: Settings,
  target: Target,
  specs: readonly RequestSpec[],
  signal: AbortSignal,
): Promise<Exchange[]> {
  const transport = openTransport(settings, target)
  try {
    const exchanges: Exchange[] = []
    for (const spec of specs) exchanges.push(await transport.send(0, spec, signal))
    return exchanges
  } finally {
    await transport.close()
  }
}
