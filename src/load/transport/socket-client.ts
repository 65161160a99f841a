import { connect as connectTcp, isIP } from 'node:net'
import type { OnReadOpts, Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { ConnectionOptions as TlsOptions } from 'node:tls'
import type { Dispatcher } from 'undici'
import type { ClientPem } from '../../settings/reading/files.ts'
import { addressOf } from '../../text.ts'
import type { Clock } from '../ports.ts'
import { createWireError } from './connection-error.ts'
import type { WireRequest } from './request-writer.ts'
import { HttpSyntaxError } from './response-head.ts'
import { ResponseParser } from './response-parser.ts'
import type { ResponseTarget } from './response-parser.ts'

/** How long before the server would close it an idle connection is closed, so that both do not coincide. */
const KEEP_ALIVE_MARGIN_MS = 2_000

/** Receives the events of a request: as in undici, but its answer as in `ResponseTarget`, with the times of reads and their bytes in place. */
export interface WireHandler extends Dispatcher.DispatchHandler, ResponseTarget {}

/** Takes this many bytes that a socket has read into a buffer. Returns true to read on. */
type TakeRead = (length: number, bytes: Buffer) => boolean

/** Takes the open socket, or the error. */
type TakeSocket = (opened: Socket | Error) => void

/** Opens a socket that hands every read to `takeRead`. */
type OpenSocket = (takeRead: TakeRead, callback: TakeSocket) => void

/** A request that is to be sent, with its handler. */
interface HandledRequest {
  readonly request: WireRequest
  readonly handler: WireHandler
}

/**
 * One HTTP/1.1 connection that carries one request at a time, over a socket that reuses one buffer for reads: nothing
 * comes between a read and its time stamp, and nothing is copied. It calls handlers like undici's `dispatch`, which
 * carries requests through a proxy.
 */
export class SocketClient extends ResponseParser {
  /** Who awaits an answer; what was asked for is not kept until then. */
  #current: WireHandler | null = null
  readonly #clock: Pick<Clock, 'now'>
  readonly #openSocket: OpenSocket
  #socket: Socket | null = null
  #isConnecting = false
  #waiting: HandledRequest[] = []
  #controller: Controller | null = null
  /** Until when the server keeps the idle connection. */
  #idleUntil = Infinity
  #isDestroyed = false

  constructor(openSocket: OpenSocket, clock: Pick<Clock, 'now'>) {
    super()
    this.#openSocket = openSocket
    this.#clock = clock
  }

  dispatch(request: WireRequest, handler: WireHandler): void {
    this.#waiting.push({ request, handler })
    this.#startNext()
  }

  /** Ends a request if it is the current one. */
  readonly #end: EndRequest = (handler, error) => {
    if (this.#current === handler) this.#fail(error)
  }

  readonly #takeRead: TakeRead = (length, bytes) => {
    if (this.#current === null) {
      // Nothing was requested.
      this.#drop()
      return true
    }
    try {
      this.push(bytes, this.#clock.now(), length)
    } catch (error) {
      if (!(error instanceof HttpSyntaxError)) throw error
      this.#fail(error)
    }
    // More has come than was requested.
    if (this.#current === null && !this.keepsAlive) this.#drop()
    return true
  }

  destroy(): void {
    this.#isDestroyed = true
    this.#waiting = []
    const error = createWireError('UND_ERR_DESTROYED', 'the client is destroyed')
    if (this.#current === null) this.#drop()
    else this.#fail(error)
  }

  onHead(status: number, headers: Record<string, string>, at: number): void {
    this.#current?.onHead(status, headers, at)
  }

  onBody(bytes: Buffer, from: number, to: number, at: number): void {
    // It may have been ended in the middle of a read.
    this.#current?.onBody(bytes, from, to, at)
  }

  onEnd(at: number): void {
    const handler = this.#current
    if (handler === null) return
    this.#current = null
    const { keepsAlive, keepAliveMs } = this
    this.#idleUntil = keepAliveMs === null ? Infinity : this.#clock.now() + keepAliveMs - KEEP_ALIVE_MARGIN_MS
    // Bytes of this request that the server has not read would precede the next one.
    const isUnread = this.#socket !== null && this.#socket.writableLength > 0
    if (!keepsAlive || isUnread) this.#drop()
    // Handling the answer at once would delay the stamps of reads that came together with its last one. And a server that closes its
    // connection without announcing it has closed it by then.
    setImmediate(() => {
      handler.onEnd(at)
      this.#startNext()
    })
  }

  #startNext(): void {
    if (this.#current !== null || this.#isConnecting || this.#waiting.length === 0 || this.#isDestroyed) return
    if (this.#socket !== null && this.#clock.now() > this.#idleUntil) this.#drop()
    if (this.#socket === null) this.#open()
    else this.#write(this.#waiting.shift()!)
  }

  #open(): void {
    this.#isConnecting = true
    this.#openSocket(this.#takeRead, (opened) => {
      this.#isConnecting = false
      if (opened instanceof Error) {
        const failed = this.#waiting
        this.#waiting = []
        for (const { handler } of failed) handler.onResponseError?.(new Controller(handler, this.#end), opened)
        return
      }
      if (this.#isDestroyed) return void opened.destroy()
      this.#take(opened)
      this.#startNext()
    })
  }

  #take(socket: Socket): void {
    this.#socket = socket
    this.#idleUntil = Infinity
    const isOurs = () => this.#socket === socket
    socket.on('error', (error) => isOurs() && this.#fail(error))
    const end = () => {
      if (!isOurs()) return
      if (this.#current !== null && this.finish(this.#clock.now()) && this.#current === null) return this.#drop()
      this.#fail(createWireError('UND_ERR_SOCKET', 'other side closed'))
    }
    socket.on('end', end).on('close', end)
  }

  #write({ request, handler }: HandledRequest): void {
    this.#current = handler
    this.begin()
    const controller = new Controller(handler, this.#end)
    this.#controller = controller
    if (request.problem !== null) {
      this.#current = null
      handler.onResponseError?.(controller, request.problem)
      return this.#startNext()
    }
    handler.onRequestStart?.(controller, {})
    // It may have been cancelled meanwhile.
    if (this.#current === handler) this.#socket!.write(request.bytes)
  }

  /** Gives up the connection and its request. */
  #fail(error: Error): void {
    this.#drop()
    const handler = this.#current
    this.#current = null
    handler?.onResponseError?.(this.#controller!, error)
    this.#startNext()
  }

  #drop(): void {
    const socket = this.#socket
    this.#socket = null
    socket?.destroy()
  }
}

type EndRequest = (handler: WireHandler, error: Error) => void

/** Ends one request. */
class Controller implements Dispatcher.DispatchController {
  readonly aborted = false
  readonly paused = false
  readonly reason = null
  readonly #handler: WireHandler
  readonly #end: EndRequest

  constructor(handler: WireHandler, end: EndRequest) {
    this.#handler = handler
    this.#end = end
  }

  abort(reason: Error): void {
    this.#end(this.#handler, reason)
  }

  pause(): void {}
  resume(): void {}
}

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
      let timer: NodeJS.Timeout | undefined = setTimeout(() => {
        // If this process stalled, the answer may be there unread.
        setImmediate(() => {
          if (!isSettled) socket.destroy(createWireError('UND_ERR_CONNECT_TIMEOUT', `no connection to ${host}:${port}`))
        })
      }, options.connectTimeoutMs)
      const settle = (opened: Socket | Error): void => {
        if (isSettled) return
        isSettled = true
        clearTimeout(timer)
        // The socket's listeners would keep it.
        timer = undefined
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
