import { createShapeMemory } from '../../protocol/answer/event-shape.ts'
import { createScratchSource } from '../../protocol/answer/reader.ts'
import type { RequestSpec } from '../../protocol/api.ts'
import type { Exchange, Transport, TransportClock } from '../ports.ts'
import { keepLayouts, systemTransportClock } from '../runtime.ts'
import { createReadBuffer, openConnection } from './connection.ts'
import { findShortestDeadline, HttpRequest } from './http-request.ts'
import type { EndedRequest, Order, RequestOptions, Slot, Watch } from './http-request.ts'
import { RequestWriter, WrittenRequest } from './request-writer.ts'
import type { WriterOptions } from './request-writer.ts'

/** The endpoint for the transport. */
export interface HttpTransportOptions extends Omit<RequestOptions & WriterOptions, 'clock'> {
  /** The clock of time stamps and deadlines. Default: the system's. */
  readonly clock?: TransportClock
}

/** How often deadlines are checked: one timer for all requests, not one per chunk. */
const DEADLINE_TICK_MS = 50

/**
 * The real transport: HTTP/1.1, one connection per worker. Takes the arrival time first thing in the callback of the
 * socket's data; all chunks of one socket read share it.
 */
export function createHttpTransport({ clock = systemTransportClock, ...rest }: HttpTransportOptions): Transport {
  const options = { ...rest, clock }
  const { auth } = options
  const writer = new RequestWriter(options)
  const buffer = createReadBuffer()
  const shapes = createShapeMemory()
  const createScratch = createScratchSource()
  const slots = new Map<number, Slot>()
  const running = new Set<HttpRequest>()
  const listening = new WeakSet<AbortSignal>()
  const shortestMs = findShortestDeadline(options)
  /** When the next deadline may pass: looking at each request at every tick would cost as much as reading some of their tokens. */
  let lookAt = -Infinity
  const stopLooking = clock.every(DEADLINE_TICK_MS, () => {
    const now = clock.now()
    if (now < lookAt) return
    lookAt = now + shortestMs
    for (const request of running) lookAt = Math.min(lookAt, request.checkDeadline(now))
  })

  async function connect(worker: number): Promise<Slot> {
    const connection = await openConnection(options.connection, clock, buffer)
    const slot = { connection, memory: { scratch: createScratch(), shapes } }
    slots.set(worker, slot)
    return slot
  }

  // One listener per signal, not per request: removed listeners stay referenced by later ones until a full
  // collection, with everything that their requests held.
  function listenTo(signal: AbortSignal): void {
    if (listening.has(signal)) return
    listening.add(signal)
    const cancel = (): void => {
      for (const request of running) if (request.order.signal === signal) request.cancel()
    }
    signal.addEventListener('abort', cancel, { once: true })
  }

  /** Sends a request that is ready to be written, which is t0. */
  function sendOnce(
    slot: Slot,
    written: WrittenRequest,
    { signal, onFirstToken }: Watch,
    isSecond: boolean,
  ): Promise<Exchange> {
    const { promise, resolve, reject } = Promise.withResolvers<Exchange>()
    const request = new HttpRequest(
      options,
      { slot, written, isSecond, signal, onFirstToken, resolve, reject },
      endRequest,
    )
    running.add(request)
    listenTo(signal)
    if (signal.aborted) request.cancel()
    else request.send()
    return promise
  }

  function endRequest(request: HttpRequest, describe: () => EndedRequest): void {
    const { order } = request
    running.delete(request)
    try {
      const exchange = joinExchange(describe())
      keepLayouts('exchange', [request, exchange])
      if (exchange.status === 200) auth.noteAccepted(order.written.credentials)
      order.resolve(exchange.failure === null ? exchange : settleFailure(order, exchange))
    } catch (error) {
      // Thrown in a callback of the connection it would be lost, and the request would never end.
      order.reject(error)
    }
  }

  /** Sends a request again that met a stale connection, and has a refused token replaced. The request with that is not sent again. */
  async function settleFailure(order: Order, exchange: Exchange): Promise<Exchange> {
    const { slot, written, isSecond, signal } = order
    // A server may close an idle connection just as we write to it. That says nothing about the model, so this case
    // alone is repeated, on a new connection with a new t0.
    const isStale = slot.connection.reused && exchange.failure === 'connect' && exchange.headersAt === null
    if (isStale && !isSecond && !signal.aborted) {
      const second = await sendOnce(slot, writer.renew(written), order, true)
      return { ...second, reconnected: true }
    }
    if (!isTokenRefused(exchange)) return exchange
    if (await auth.renew(written.credentials, signal)) return { ...exchange, renewed: true }
    const acceptedUntil = auth.acceptedUntil()
    return acceptedUntil === null ? exchange : { ...exchange, acceptedUntil }
  }

  async function sendLater(worker: number, spec: RequestSpec, watch: Watch): Promise<Exchange> {
    if (auth.stale) await auth.refresh(watch.signal)
    return sendNow(slots.get(worker) ?? (await connect(worker)), spec, watch)
  }

  function sendNow(slot: Slot, spec: RequestSpec, watch: Watch): Promise<Exchange> {
    const written = spec instanceof WrittenRequest ? writer.renew(spec) : writer.write(spec)
    return sendOnce(slot, written, watch, false)
  }

  return {
    prepare: (spec) => writer.write(spec),
    // Each function that waits for an answer keeps objects of its own until then, for each of a thousand streams: here none does.
    send(worker, spec, signal, onFirstToken) {
      const watch = { signal, onFirstToken }
      const slot = slots.get(worker)
      return slot === undefined || auth.stale ? sendLater(worker, spec, watch) : sendNow(slot, spec, watch)
    },
    async close() {
      stopLooking()
      await Promise.all(Array.from(slots.values(), async ({ connection }) => connection.destroy()))
    },
  }
}

/** Joins what the answer said with what the transport saw; whether the request failed is for the latter to say. */
function joinExchange({ answer, sending }: EndedRequest): Exchange {
  return { ...answer, ...sending, reconnected: false, renewed: false }
}

const TOKEN_REFUSED = /\b(invalid|expired)\b.{0,40}\btoken\b|\btoken\b.{0,40}\b(invalid|expired)\b/i

/** Some servers answer 403 for an expired token. */
function isTokenRefused({ status, failureMessage }: Exchange): boolean {
  return status === 401 || (status === 403 && TOKEN_REFUSED.test(failureMessage ?? ''))
}
