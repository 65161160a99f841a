import type { Socket } from 'node:net'
import type { Dispatcher } from 'undici'
import type { Clock } from '../ports.ts'
import { ResponseParser } from './response-parser.ts'
import { HttpSyntaxError } from './response-head.ts'
import type { ResponseTarget } from './response-parser.ts'
import { createWireError } from './wire-request.ts'
import type { WireRequest } from './wire-request.ts'

/** How long before the server would close it an idle connection is closed, so that both do not coincide. */
const KEEP_ALIVE_MARGIN_MS = 2_000

/** Receives the events of a request: as in undici, but its answer as in `ResponseTarget`, with the times of reads and their bytes in place. */
export interface WireHandler extends Dispatcher.DispatchHandler, ResponseTarget {}

/** Takes this many bytes that a socket has read into a buffer. Returns true to read on. */
type TakeRead = (length: number, bytes: Buffer) => boolean

/** Takes the open socket, or the error. */
export type TakeSocket = (opened: Socket | Error) => void

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
export class SocketClient implements ResponseTarget {
  readonly #openSocket: OpenSocket
  readonly #clock: Pick<Clock, 'now'>
  readonly #parser = new ResponseParser(this)
  #socket: Socket | null = null
  #isConnecting = false
  #waiting: HandledRequest[] = []
  /** Who awaits an answer; what was asked for is not kept until then. */
  #current: WireHandler | null = null
  #controller: Controller | null = null
  /** Until when the server keeps the idle connection. */
  #idleUntil = Infinity
  #isDestroyed = false

  constructor(openSocket: OpenSocket, clock: Pick<Clock, 'now'>) {
    this.#openSocket = openSocket
    this.#clock = clock
  }

  dispatch(request: WireRequest, handler: WireHandler): void {
    this.#waiting.push({ request, handler })
    this.#startNext()
  }

  readonly #takeRead: TakeRead = (length, bytes) => {
    if (this.#current === null) {
      // Nothing was requested.
      this.#drop()
      return true
    }
    try {
      this.#parser.push(bytes, this.#clock.now(), length)
    } catch (error) {
      if (!(error instanceof HttpSyntaxError)) throw error
      this.#fail(error)
    }
    // More has come than was requested.
    if (this.#current === null && !this.#parser.keepsAlive) this.#drop()
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
    const { keepsAlive, keepAliveMs } = this.#parser
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
        for (const { handler } of failed) handler.onResponseError?.(new Controller(() => {}), opened)
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
      if (this.#current !== null && this.#parser.finish(this.#clock.now()) && this.#current === null)
        return this.#drop()
      this.#fail(createWireError('UND_ERR_SOCKET', 'other side closed'))
    }
    socket.on('end', end).on('close', end)
  }

  #write({ request, handler }: HandledRequest): void {
    this.#current = handler
    this.#parser.begin()
    const controller = new Controller((error) => {
      if (this.#controller === controller && this.#current === handler) this.#fail(error)
    })
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

/** Ends the current request. */
class Controller implements Dispatcher.DispatchController {
  readonly aborted = false
  readonly paused = false
  readonly reason = null
  readonly abort: (reason: Error) => void

  constructor(abort: (reason: Error) => void) {
    this.abort = abort
  }

  pause(): void {}
  resume(): void {}
}
