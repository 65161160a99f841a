import { closeSync, openSync } from 'node:fs'
import { Socket } from 'node:net'
import { devNull } from 'node:os'
import { Client, ProxyAgent, buildConnector } from 'undici'
import type { Dispatcher } from 'undici'
import { systemClock } from '../clock.ts'
import type { ClientPem } from '../../settings/reading/files.ts'
import type { Clock } from '../ports.ts'
import { MOST_HEADER_BYTES } from './response-head.ts'
import { SocketClient } from './socket-client.ts'
import type { TakeRead, WireHandler, WireRequest } from './socket-client.ts'

/** One worker's own connection to the endpoint. */
export interface Connection {
  /** Sends a request of this worker; one waits for the other. */
  dispatch(request: WireRequest, handler: WireHandler): void
  /** Takes the cost of the last connect (DNS + TCP + TLS, milliseconds), or null when none happened since the last call. */
  takeConnectMs(): number | null
  /** Requests written to the socket that is open now. */
  requestsOnSocket: number
  /** Whether the last request was written to a socket that had carried another one before. */
  reused: boolean
  destroy(): Promise<void>
}

export interface ConnectionOptions {
  readonly origin: string
  /** PEM text of a private certificate authority. */
  readonly caCert: string | null
  /** What a server is shown that wants a client certificate; the proxy never. Default: nothing. */
  readonly clientPem?: ClientPem | null
  /** True to take any certificate of the server; that of a proxy is checked all the same. */
  readonly insecure?: boolean
  /** Proxy URL; nothing is proxied unless asked. */
  readonly proxy: string | null
  readonly connectTimeoutMs: number
}

/** Memory that the reads of many connections share: each is worked through before the next one is made. */
export type ReadBuffer = Buffer<ArrayBuffer>

const READ_BYTES = 65_536

/** Makes the memory for the reads of connections. */
export function createReadBuffer(): ReadBuffer {
  return Buffer.allocUnsafeSlow(READ_BYTES)
}

/**
 * One HTTP/1.1 connection, opened by the first request and kept warm. HTTP/2 is never negotiated: it would carry all
 * workers over one TCP connection and cap them in silence. What goes through a proxy is undici's.
 * `clock` tells how long connecting takes.
 */
export function openConnection(
  options: ConnectionOptions,
  clock: Pick<Clock, 'now'> = systemClock,
  buffer: ReadBuffer = createReadBuffer(),
): Connection {
  let connectMs: number | null = null
  let socket: unknown = null
  const connection = {
    requestsOnSocket: 0,
    reused: false,
    takeConnectMs() {
      const taken = connectMs
      connectMs = null
      return taken
    },
  }

  if (options.proxy === null) {
    const client = new SocketClient(options.origin, (takeRead) => timeConnect(createReadingConnector(takeRead)), clock)
    return Object.assign(connection, {
      dispatch: (request: WireRequest, handler: WireHandler) => client.dispatch(request, handler),
      // A socket that is still connecting would keep the process for its whole time-out.
      async destroy() {
        if (socket instanceof Socket) socket.destroy()
        client.destroy()
      },
    })
  }
  const dispatcher = openDispatcher(options, timeConnect)
  return Object.assign(connection, {
    dispatch(request: WireRequest, handler: WireHandler) {
      dispatcher.dispatch({ origin: options.origin, method: 'POST', ...request, ...NO_TIMERS }, handler)
    },
    destroy() {
      if (socket instanceof Socket) socket.destroy()
      return dispatcher.destroy()
    },
  })

  /** Every read goes into the same memory, and at once to whoever takes it. */
  function createReadingConnector(takeRead: TakeRead): buildConnector.connector {
    return buildConnector({ ...listDirectOptions(options), onread: { buffer, callback: takeRead } })
  }

  function timeConnect(connect: buildConnector.connector): buildConnector.connector {
    return (target, callback) => {
      const from = clock.now()
      // undici's connector returns the socket that it connects, which its types do not say.
      socket = connect(target, (error, connected) => {
        if (error !== null) return callback(error, null)
        connectMs = clock.now() - from
        connection.requestsOnSocket = 0
        return callback(null, connected)
      })
    }
  }
}

/** The client's own timers are off, the deadlines are ours; behind a proxy its settings do not reach this far. */
const NO_TIMERS = { headersTimeout: 0, bodyTimeout: 0 }

/** undici's client of one origin, for what is not timed and for what goes through a proxy; `wrap` sees each connect to the endpoint. */
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
    return new Client(options.origin, { ...common, connect: wrap(buildConnector(listDirectOptions(options))) })
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

function listDirectOptions(options: ConnectionOptions) {
  return { allowH2: false, timeout: options.connectTimeoutMs, ...tlsOf(options).tls }
}

function tlsOf({ caCert, clientPem, insecure }: ConnectionOptions) {
  const ca = caCert === null ? {} : { ca: caCert }
  return { ca, tls: { ...ca, ...clientPem, ...(insecure === true && { rejectUnauthorized: false }) } }
}

/** Whether this machine may open no more files at this moment. */
export function isOutOfFiles(): boolean {
  try {
    closeSync(openSync(devNull, 'r'))
    return false
  } catch (error) {
    return /^E[MN]FILE$/.test((error as NodeJS.ErrnoException).code ?? '')
  }
}

/** Headers as undici has them, those of one name joined as HTTP says. */
export function joinHeaders(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  const flat: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) flat[name] = Array.isArray(value) ? value.join(', ') : value
  }
  return flat
}
