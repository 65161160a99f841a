import { connect as connectTcp, isIP } from 'node:net'
import type { OnReadOpts, Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { ConnectionOptions as TlsOptions } from 'node:tls'
import type { ClientPem } from '../../settings/reading/files.ts'
import { addressOf } from '../../text.ts'
import type { TakeSocket } from './socket-client.ts'
import { createWireError } from './wire-request.ts'

/** How an endpoint is reached. */
export interface ConnectionOptions {
  readonly origin: string
  /** PEM text of a private certificate authority. */
  readonly caCert: string | null
  /** The client certificate for servers that want one; never for the proxy. Default: none. */
  readonly clientPem?: ClientPem | null
  /** True to accept any certificate of the server; that of a proxy is still checked. */
  readonly insecure?: boolean
  /** Proxy URL; none by default. */
  readonly proxy: string | null
  readonly connectTimeoutMs: number
}

/** Opens the sockets of one connection, one after another. */
interface Connector {
  /** Opens a socket, with TLS if the origin needs it, that reads into `onread`. Reports its errors once, to `callback`. */
  connect(onread: OnReadOpts, callback: TakeSocket): void
  /** Ends the newest socket: one that is still connecting would keep the process alive for its whole timeout. */
  destroy(): void
}

const KEEP_ALIVE_PROBE_MS = 60_000

/** Opens sockets to `origin` directly; resumes a TLS session if the server allows it. */
export function createConnector(options: Omit<ConnectionOptions, 'proxy'>): Connector {
  const origin = new URL(options.origin)
  const isTls = origin.protocol === 'https:'
  const { host, port } = addressOf(origin)
  let session: Buffer | undefined
  let last: Socket | null = null

  function open(onread: OnReadOpts): Socket {
    if (!isTls) return connectTcp({ host, port, onread })
    // An address is not a server name: it is not sent, and the certificate is checked for the host.
    const servername = isIP(host) === 0 ? { servername: host } : {}
    const secured: TlsOptions & { readonly onread: OnReadOpts } = {
      host,
      port,
      onread,
      ALPNProtocols: ['http/1.1'],
      ...tlsOf(options).tls,
      ...servername,
      ...(session && { session }),
    }
    return connectTls(secured).on('session', (next: Buffer) => (session = next))
  }

  return {
    connect(onread, callback) {
      const socket = open(onread)
      last = socket
      let isSettled = false
      const timer = setTimeout(() => {
        // If this process stalled, the answer may be there unread.
        setImmediate(() => {
          if (!isSettled) socket.destroy(createWireError('UND_ERR_CONNECT_TIMEOUT', `no connection to ${host}:${port}`))
        })
      }, options.connectTimeoutMs)
      const settle = (opened: Socket | Error): void => {
        if (isSettled) return
        isSettled = true
        clearTimeout(timer)
        callback(opened)
      }
      socket
        .setKeepAlive(true, KEEP_ALIVE_PROBE_MS)
        .setNoDelay(true)
        .once(isTls ? 'secureConnect' : 'connect', () => settle(socket))
        .on('error', settle)
        .once('close', () => settle(createWireError('UND_ERR_SOCKET', 'the socket closed while it was connecting')))
    },
    destroy() {
      last?.destroy()
    },
  }
}

/** The options of TLS: the trusted authorities, also for a proxy, and the rest for the server. */
export function tlsOf({ caCert, clientPem, insecure }: Pick<ConnectionOptions, 'caCert' | 'clientPem' | 'insecure'>) {
  const ca = caCert === null ? {} : { ca: caCert }
  return { ca, tls: { ...ca, ...clientPem, ...(insecure === true && { rejectUnauthorized: false }) } }
}
