import { Socket } from 'node:net'
import { Client, ProxyAgent, buildConnector } from 'undici'
import type { Dispatcher } from 'undici'
import { systemClock } from '../clock.ts'
import type { Clock } from '../ports.ts'
import type { FailureClass } from '../../vocabulary/failure-classes.ts'

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
  /** Proxy URL; nothing is proxied unless asked. */
  readonly proxy: string | null
  readonly connectTimeoutMs: number
}

/**
 * One HTTP/1.1 connection, opened by the first request and kept warm. HTTP/2 is never negotiated: it would carry all
 * workers over one TCP connection and cap them in silence. The client's own timers are off, the deadlines are ours.
 * `clock` tells how long connecting takes.
 */
export function openConnection(options: ConnectionOptions, clock: Pick<Clock, 'now'> = systemClock): Connection {
  const tls = options.caCert === null ? {} : { ca: options.caCert }
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
  const common = { allowH2: false, pipelining: 1, headersTimeout: 0, bodyTimeout: 0, keepAliveTimeout: 600_000 }
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
          proxyTls: { ...tls, allowH2: false },
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

/** Errors that name a limit of the machine that measures: no server can cause them. */
const CLIENT_CODES: Readonly<Record<string, FailureClass>> = {
  EMFILE: 'client_files',
  ENFILE: 'client_files',
  EADDRNOTAVAIL: 'client_ports',
  EADDRINUSE: 'client_ports',
  ENOBUFS: 'client_memory',
  ENOMEM: 'client_memory',
  EAI_MEMORY: 'client_memory',
  ERR_MEMORY_ALLOCATION_FAILED: 'client_memory',
}

/** What an error of a connection says: its code, and whose failure it is. `headersSeen`: the answer had begun. */
export function readConnectionError(error: Error, headersSeen: boolean): { code: string; failure: FailureClass } {
  const codes = listCodes(error)
  const ours = codes.find((code) => code in CLIENT_CODES)
  if (ours !== undefined) return { code: ours, failure: CLIENT_CODES[ours]! }
  return { code: codes[0]!, failure: classifyCode(codes[0]!, headersSeen) }
}

/**
 * The code of an error, or its name where it has none (messages change, codes and names do not), and those behind it: a host of
 * several addresses that cannot be reached fails with the error of each, and what wraps an error names it as its cause.
 */
function listCodes(error: Error): string[] {
  const { code, name, errors, cause } = error as Error & { code?: unknown; errors?: unknown }
  const behind = [...(Array.isArray(errors) ? (errors as unknown[]) : []), cause].filter((one) => one instanceof Error)
  return [typeof code === 'string' ? code : name, ...behind.flatMap(listCodes)]
}

function classifyCode(code: string, headersSeen: boolean): FailureClass {
  if (/^(ERR_TLS|ERR_SSL|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|EPROTO|HOSTNAME_MISMATCH|UND_ERR_PRX_TLS)/.test(code))
    return 'tls'
  if (code.startsWith('HPE_') || code === 'HTTPParserError') return 'parse'
  return headersSeen ? 'incomplete' : 'connect'
}
