import { Socket } from 'node:net'
import type { Clock } from '../ports.ts'
import { createConnector, SocketClient, tlsOf } from './socket-client.ts'
import type { ConnectionOptions, WireHandler } from './socket-client.ts'
import type { WireRequest } from './request-writer.ts'
import type { buildConnector, Dispatcher } from 'undici'
import { MOST_HEADER_BYTES } from './response-head.ts'

/** One worker's own connection to the endpoint. */
export interface Connection {
  /** Sends a request of this worker, one at a time. */
  dispatch(request: WireRequest, handler: WireHandler): void
  /** Takes the cost of the last connect (DNS + TCP + TLS, milliseconds), or null when none happened since the last call. */
  takeConnectMs(): number | null
  /** Number of requests written to the current socket. */
  requestsOnSocket: number
  /** Whether the last request was written to a reused socket. */
  reused: boolean
  destroy(): Promise<void>
}

/** Memory that many connections share for reads: each read is processed before the next. */
type ReadBuffer = Buffer<ArrayBuffer>

const READ_BYTES = 65_536

/** Creates the memory for the reads of connections. */
export function createReadBuffer(): ReadBuffer {
  return Buffer.allocUnsafeSlow(READ_BYTES)
}

/**
 * One HTTP/1.1 connection, opened by the first request and kept warm. HTTP/2 is never negotiated: it would carry all
 * workers over one TCP connection and silently limit them. Connections through a proxy are undici's. `clock` measures
 * how long connecting takes.
 */
export async function openConnection(
  options: ConnectionOptions,
  clock: Pick<Clock, 'now'>,
  buffer: ReadBuffer,
): Promise<Connection> {
  let connectMs: number | null = null
  const connection = {
    requestsOnSocket: 0,
    reused: false,
    takeConnectMs() {
      const taken = connectMs
      connectMs = null
      return taken
    },
  }
  const noteConnect = (tookMs: number): void => {
    connectMs = tookMs
    connection.requestsOnSocket = 0
  }

  if (options.proxy !== null) return Object.assign(connection, await openProxied(options, clock, noteConnect))
  const connector = createConnector(options)
  const client = new SocketClient((takeRead, callback) => {
    const from = clock.now()
    // Every read goes into the same memory, and is delivered at once.
    connector.connect({ buffer, callback: takeRead }, (opened) => {
      if (!(opened instanceof Error)) noteConnect(clock.now() - from)
      callback(opened)
    })
  }, clock)
  return Object.assign(connection, {
    dispatch: (request: WireRequest, handler: WireHandler) => client.dispatch(request, handler),
    async destroy() {
      connector.destroy()
      client.destroy()
    },
  })
}

/** The client's own timers are off, because we have deadlines; behind a proxy these settings do not apply. */
const NO_TIMERS = { headersTimeout: 0, bodyTimeout: 0 }

/**
 * Sends a worker's requests through the proxy; `noteConnect` gets the duration of each connect to the endpoint, in
 * milliseconds.
 */
async function openProxied(
  options: ConnectionOptions,
  clock: Pick<Clock, 'now'>,
  noteConnect: (tookMs: number) => void,
): Promise<Pick<Connection, 'dispatch' | 'destroy'>> {
  let socket: unknown = null
  const dispatcher = await openDispatcher(options, (connect) => (target, callback) => {
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
 * undici's client for one origin, for requests that are not timed or go through a proxy. It is loaded only then: that takes
 * a quarter of a command's start. `wrap` sees each connect to the endpoint.
 */
export async function openDispatcher(
  options: ConnectionOptions,
  wrap: (connect: buildConnector.connector) => buildConnector.connector = (connect) => connect,
): Promise<Dispatcher> {
  const { Client, ProxyAgent, buildConnector } = await import('undici')
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
