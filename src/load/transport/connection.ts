import { closeSync, openSync } from 'node:fs'
import { Socket } from 'node:net'
import { devNull } from 'node:os'
import { Client, ProxyAgent, buildConnector } from 'undici'
import type { Dispatcher } from 'undici'
import { systemClock } from '../clock.ts'
import type { ClientPem } from '../../settings/reading/files.ts'
import type { Clock } from '../ports.ts'

/** One worker's own connection to the endpoint. */
export interface Connection {
  readonly dispatcher: Dispatcher
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

/** Of an answer: gateways add cookies, policies and traces to it. */
const MOST_HEADER_BYTES = 65_536

/**
 * One HTTP/1.1 connection, opened by the first request and kept warm. HTTP/2 is never negotiated: it would carry all
 * workers over one TCP connection and cap them in silence. The client's own timers are off, the deadlines are ours.
 * `clock` tells how long connecting takes.
 */
export function openConnection(options: ConnectionOptions, clock: Pick<Clock, 'now'> = systemClock): Connection {
  const ca = options.caCert === null ? {} : { ca: options.caCert }
  const tls = { ...ca, ...options.clientPem, ...(options.insecure === true && { rejectUnauthorized: false }) }
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
    // A socket that is still connecting would keep the process for its whole time-out.
    destroy() {
      if (socket instanceof Socket) socket.destroy()
      return dispatcher.destroy()
    },
  }
  const common = {
    allowH2: false,
    pipelining: 1,
    headersTimeout: 0,
    bodyTimeout: 0,
    keepAliveTimeout: 600_000,
    maxHeaderSize: MOST_HEADER_BYTES,
  }
  const dispatcher: Dispatcher =
    options.proxy === null
      ? new Client(options.origin, { ...common, connect: timeConnect(createDirectConnector()) })
      : new ProxyAgent({
          uri: options.proxy,
          ...common,
          connections: 1,
          factory: (origin, { connect }: { connect?: buildConnector.connector }) =>
            new Client(origin, { ...common, connect: timeConnect(connect!) }),
          requestTls: { ...tls, allowH2: false },
          proxyTls: { ...ca, allowH2: false },
        })
  return Object.assign(connection, { dispatcher })

  function createDirectConnector(): buildConnector.connector {
    return buildConnector({ allowH2: false, timeout: options.connectTimeoutMs, ...tls })
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

/** Whether this machine may open no more files at this moment. */
export function isOutOfFiles(): boolean {
  try {
    closeSync(openSync(devNull, 'r'))
    return false
  } catch (error) {
    return /^E[MN]FILE$/.test((error as NodeJS.ErrnoException).code ?? '')
  }
}
