import { createShapeMemory } from '../../protocol/answer/event-shape.ts'
import { createScratchSource } from '../../protocol/answer/token-times.ts'
import type { RequestSpec } from '../../protocol/api.ts'
import type { Exchange, Transport, TransportClock } from '../ports.ts'
import { keepLayouts, systemTransportClock } from '../runtime.ts'
import { createReadBuffer, openConnection } from './connection.ts'
import { findShortestDeadline, HttpRequest } from './http-request.ts'
import type { Order, RequestOptions, Slot, Watch } from './http-request.ts'
import { RequestWriter, WrittenRequest } from './request-writer.ts'
import type { WriterOptions } from './request-writer.ts'

/** The endpoint for the transport. */
export interface HttpTransportOptions extends Omit<RequestOptions & WriterOptions, 'clock'> {
  /** The clock of time stamps and deadlines. Default: the system's. */
  readonly clock?: TransportClock
}

/** How soon deadlines are looked at again at the earliest: one timer for all requests, whose deadlines may follow each other closely. */
const SOONEST_LOOK_MS = 50

/** Creates the real transport. */
export function createHttpTransport({ clock = systemTransportClock, ...rest }: HttpTransportOptions): Transport {
  return new HttpTransport({ ...rest, clock })
}

/**
 * HTTP/1.1, one connection per worker. Takes the arrival time first thing in the callback of the socket's data; all
 * chunks of one socket read share it.
 */
class HttpTransport implements Transport {
  readonly #options: RequestOptions & WriterOptions
  readonly #writer: RequestWriter
  readonly #buffer = createReadBuffer()
  readonly #shapes = createShapeMemory()
  readonly #createScratch = createScratchSource()
  readonly #slots = new Map<number, Slot>()
  readonly #running = new Set<HttpRequest>()
  readonly #listening = new WeakSet<AbortSignal>()
  readonly #stopLooking: () => void

  constructor(options: RequestOptions & WriterOptions) {
    this.#options = options
    this.#writer = new RequestWriter(options)
    this.#stopLooking = options.clock.lookAfter(passBy(findShortestDeadline(options)), () => this.#lookAtDeadlines())
  }

  prepare(spec: RequestSpec): WrittenRequest {
    return this.#writer.write(spec)
  }

  // Each function that waits for an answer keeps objects of its own until then, for each of a thousand streams: here none does.
  send(worker: number, spec: RequestSpec, signal: AbortSignal, onFirstToken?: () => void): Promise<Exchange> {
    const watch = { signal, onFirstToken }
    const slot = this.#slots.get(worker)
    if (slot === undefined || this.#options.auth.stale) return this.#sendLater(worker, spec, watch)
    return this.#sendNow(slot, spec, watch)
  }

  async close(): Promise<void> {
    this.#stopLooking()
    await Promise.all(Array.from(this.#slots.values(), async ({ connection }) => connection.destroy()))
  }

  /** Sends a request when its worker has a connection, and its credentials hold. */
  async #sendLater(worker: number, spec: RequestSpec, watch: Watch): Promise<Exchange> {
    const { auth } = this.#options
    if (auth.stale) await auth.refresh(watch.signal)
    return this.#sendNow(this.#slots.get(worker) ?? (await this.#connect(worker)), spec, watch)
  }

  #sendNow(slot: Slot, spec: RequestSpec, watch: Watch): Promise<Exchange> {
    const written = spec instanceof WrittenRequest ? this.#writer.renew(spec) : this.#writer.write(spec)
    return this.#sendOnce(slot, written, watch, false)
  }

  /** Sends a request that is ready to be written, which is t0. */
  #sendOnce(
    slot: Slot,
    written: WrittenRequest,
    { signal, onFirstToken }: Watch,
    isSecond: boolean,
  ): Promise<Exchange> {
    const { promise, resolve, reject } = Promise.withResolvers<Exchange>()
    const order = { slot, written, isSecond, signal, onFirstToken, resolve, reject }
    const request = new HttpRequest(this.#options, order, this.#end)
    this.#running.add(request)
    this.#listenTo(signal)
    if (signal.aborted) request.cancel()
    else request.send()
    return promise
  }

  readonly #end = (request: HttpRequest, describe: () => Exchange): void => {
    const { order } = request
    this.#running.delete(request)
    try {
      const exchange = describe()
      keepLayouts('exchange', [request, exchange])
      if (exchange.status === 200) this.#options.auth.noteAccepted(order.written.credentials)
      order.resolve(exchange.failure === null ? exchange : this.#settleFailure(order, exchange))
    } catch (error) {
      // Thrown in a callback of the connection it would be lost, and the request would never end.
      order.reject(error)
    }
  }

  /** Sends a request once more that met a stale connection. Has a refused token replaced; the request that was refused is not sent again. */
  async #settleFailure(order: Order, exchange: Exchange): Promise<Exchange> {
    const { auth } = this.#options
    const { slot, written, isSecond, signal } = order
    // A server may close an idle connection just as we write to it. That says nothing about the model, so this case
    // alone is repeated, on a new connection with a new t0.
    const isStale = slot.connection.reused && exchange.failure === 'connect' && exchange.headersAt === null
    if (isStale && !isSecond && !signal.aborted) {
      const second = await this.#sendOnce(slot, this.#writer.renew(written), order, true)
      return { ...second, reconnected: true }
    }
    if (!isTokenRefused(exchange)) return exchange
    if (await auth.renew(written.credentials, signal)) return { ...exchange, renewed: true }
    const acceptedUntil = auth.acceptedUntil()
    return acceptedUntil === null ? exchange : { ...exchange, acceptedUntil }
  }

  async #connect(worker: number): Promise<Slot> {
    const { connection: options, clock } = this.#options
    const connection = await openConnection(options, clock, this.#buffer)
    const slot = { connection, memory: { scratch: this.#createScratch(), shapes: this.#shapes } }
    this.#slots.set(worker, slot)
    return slot
  }

  // One listener per signal, not per request: removed listeners stay referenced by later ones until a full
  // collection, with everything that their requests held.
  #listenTo(signal: AbortSignal): void {
    if (this.#listening.has(signal)) return
    this.#listening.add(signal)
    const cancel = (): void => {
      for (const request of this.#running) if (request.order.signal === signal) request.cancel()
    }
    signal.addEventListener('abort', cancel, { once: true })
  }

  /** Ends the requests whose time is up. Returns in how many milliseconds the next deadline may pass: a thread that is woken up for nothing loses what its caches hold. */
  #lookAtDeadlines(): number {
    const now = this.#options.clock.now()
    let nextMs = findShortestDeadline(this.#options)
    for (const request of this.#running) nextMs = Math.min(nextMs, request.checkDeadline(now) - now)
    return Math.max(SOONEST_LOOK_MS, passBy(nextMs))
  }
}

/** The first whole number of milliseconds after which so many have passed. */
function passBy(ms: number): number {
  return Math.floor(ms) + 1
}

const TOKEN_REFUSED = /\b(invalid|expired)\b.{0,40}\btoken\b|\btoken\b.{0,40}\b(invalid|expired)\b/i

/** Some servers answer 403 for an expired token. */
function isTokenRefused({ status, failureMessage }: Exchange): boolean {
  return status === 401 || (status === 403 && TOKEN_REFUSED.test(failureMessage ?? ''))
}
