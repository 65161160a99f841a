import { connect as connectTcp, isIP } from 'node:net'
import type { OnReadOpts, Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { ConnectionOptions as TlsOptions } from 'node:tls'
import type { ClientPem } from '../../settings/reading/files.ts'
import { addressOf } from '../../text.ts'
import { wireError } from './socket-client.ts'
import type { TakeSocket } from './socket-client.ts'

/** How an endpoint is reached. */
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

/** Opens the sockets of one connection, one after another. */
export interface Connector {
  /** Opens a socket, of TLS where the origin asks for it, that reads as `onread` says. Its errors are told once, to `callback`. */
  connect(onread: OnReadOpts, callback: TakeSocket): void
  /** Ends the socket that was opened last: one that is still connecting would keep the process for its whole time-out. */
  destroy(): void
}

const KEEP_ALIVE_PROBE_MS = 60_000

/** What opens sockets to `origin` directly; a TLS session is resumed where the server lets it be. */
export function createConnector(options: Omit<ConnectionOptions, 'proxy'>): Connector {
  const origin = new URL(options.origin)
  const isTls = origin.protocol === 'https:'
  const { host, port } = addressOf(origin)
  let session: Buffer | undefined
  let last: Socket | null = null

  function open(onread: OnReadOpts): Socket {
    if (!isTls) return connectTcp({ host, port, onread })
    // An address is no server name: it is not sent, and the certificate is held against the host.
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
        // Where this process stood still meanwhile, the answer may lie there unread.
        setImmediate(() => {
          if (!isSettled) socket.destroy(wireError('UND_ERR_CONNECT_TIMEOUT', `no connection to ${host}:${port}`))
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
        .once('close', () => settle(wireError('UND_ERR_SOCKET', 'the socket closed while it was connecting')))
    },
    destroy() {
      last?.destroy()
    },
  }
}

/** How TLS is spoken: the authorities that are trusted, which a proxy's is checked by, too, and what else the server is told. */
export function tlsOf({ caCert, clientPem, insecure }: Pick<ConnectionOptions, 'caCert' | 'clientPem' | 'insecure'>) {
  const ca = caCert === null ? {} : { ca: caCert }
  return { ca, tls: { ...ca, ...clientPem, ...(insecure === true && { rejectUnauthorized: false }) } }
}
