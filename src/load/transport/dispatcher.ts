import { Socket } from 'node:net'
import { Client, ProxyAgent, buildConnector } from 'undici'
import type { Dispatcher } from 'undici'
import type { Clock } from '../ports.ts'
import { tlsOf } from './socket-client.ts'
import type { ConnectionOptions, WireHandler } from './socket-client.ts'
import { MOST_HEADER_BYTES } from './response-head.ts'
import type { WireRequest } from './request-writer.ts'

/** The client's own timers are off, because we have deadlines; behind a proxy these settings do not apply. */
const NO_TIMERS = { headersTimeout: 0, bodyTimeout: 0 }

/**
 * Sends a worker's requests through the proxy; `noteConnect` gets the duration of each connect to the endpoint, in
 * milliseconds.
 */
export function openProxied(
  options: ConnectionOptions,
  clock: Pick<Clock, 'now'>,
  noteConnect: (tookMs: number) => void,
): { dispatch(request: WireRequest, handler: WireHandler): void; destroy(): Promise<void> } {
  let socket: unknown = null
  const dispatcher = openDispatcher(options, (connect) => (target, callback) => {
    const from = clock.now()
    // undici's connector returns its socket, which its types do not state.
    socket = connect(target, (error, connected) => {
      if (error !== null) return callback(error, null)
      noteConnect(clock.now() - from)
      return callback(null, connected)
    })
  })
  return {
    dispatch({ head, headers, bytes, bodyAt }: WireRequest, handler: WireHandler) {
      const body = bytes.subarray(bodyAt)
      const request = { origin: options.origin, path: head.path, headers: { ...headers, ...head.headers }, body }
      dispatcher.dispatch({ method: 'POST', ...request, ...NO_TIMERS }, handler)
    },
    destroy() {
      if (socket instanceof Socket) socket.destroy()
      return dispatcher.destroy()
    },
  }
}

/**
 * undici's client for one origin, for requests that are not timed or go through a proxy; `wrap` sees each connect to
 * the endpoint.
 */
export function openDispatcher(
  options: ConnectionOptions,
  wrap: (connect: buildConnector.connector) => buildConnector.connector = (connect) => connect,
): Dispatcher {
  const { ca, tls } = tlsOf(options)
  const common = {
    allowH2: false,
    pipelining: 1,
    ...NO_TIMERS,
    keepAliveTimeout: 600_000,
    maxHeaderSize: MOST_HEADER_BYTES,
  }
  if (options.proxy === null) {
    const direct = { allowH2: false, timeout: options.connectTimeoutMs, ...tls }
    return new Client(options.origin, { ...common, connect: wrap(buildConnector(direct)) })
  }
  return new ProxyAgent({
    uri: options.proxy,
    ...common,
    connections: 1,
    factory: (origin, { connect }: { connect?: buildConnector.connector }) =>
      new Client(origin, { ...common, connect: wrap(connect!) }),
    requestTls: { ...tls, allowH2: false },
    proxyTls: { ...ca, allowH2: false },
  })
}
