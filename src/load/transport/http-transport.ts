import { createShapeMemory } from '../../protocol/answer/event-shape.ts'
import { createScratchSource } from '../../protocol/answer/reader.ts'
import type { ReaderMemory } from '../../protocol/answer/reader.ts'
import type { ProofHeaders, Exchange, Transport, TransportClock } from '../ports.ts'
import { keepLayouts, systemTransportClock } from '../runtime.ts'
import { createReadBuffer, openConnection } from './connection.ts'
import type { Connection } from './connection.ts'
import { findShortestDeadline, HttpRequest } from './http-request.ts'
import type { Watch, EndedRequest, RequestOptions } from './http-request.ts'
import { RequestWriter, WrittenRequest } from './request-writer.ts'
import type { WriterOptions } from './request-writer.ts'

/** The endpoint for the transport. */
export interface HttpTransportOptions extends Omit<RequestOptions & WriterOptions, 'clock'> {
  /** The clock of time stamps and deadlines. Default: the system's. */
  readonly clock?: TransportClock
}

/** How often deadlines are checked: one timer for all requests, not one per chunk. */
const DEADLINE_TICK_MS = 50

/** The connection of a worker, and the memory of its readers. */
interface Slot {
  readonly connection: Connection
  readonly memory: ReaderMemory
}

/** A request that has ended. */
interface Answered {
  readonly exchange: Exchange
  /** What it was sent with. */
  readonly credentials: ProofHeaders
}

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
      for (const request of running) if (request.signal === signal) request.cancel()
    }
    signal.addEventListener('abort', cancel, { once: true })
  }

  /** Sends a request that is ready to be written, which is t0. */
  function sendOnce(
    { connection, memory }: Slot,
    written: WrittenRequest,
    { signal, onFirstToken }: Watch,
  ): Promise<Answered> {
    const { credentials } = written
    const { promise, resolve, reject } = Promise.withResolvers<Answered>()
    const request = new HttpRequest(options, connection, memory, { written, signal, onFirstToken }, (end) => {
      running.delete(request)
      try {
        const answered = { exchange: joinExchange(end()), credentials }
        keepLayouts('exchange', [request, answered])
        resolve(answered)
      } catch (error) {
        // Thrown in a callback of the connection it would be lost, and the request would never end.
        reject(error)
      }
    })
    running.add(request)
    listenTo(signal)
    if (signal.aborted) request.cancel()
    else request.send(written.wire)
    return promise
  }

  /** Has a refused token replaced. The refused request is not sent again. */
  async function settleToken({ exchange, credentials }: Answered, signal: AbortSignal): Promise<Exchange> {
    if (exchange.status === 200) auth.noteAccepted(credentials)
    if (exchange.cancelled || !isTokenRefused(exchange)) return exchange
    if (await auth.renew(credentials, signal)) return { ...exchange, renewed: true }
    const acceptedUntil = auth.acceptedUntil()
    return acceptedUntil === null ? exchange : { ...exchange, acceptedUntil }
  }

  return {
    prepare: (spec) => writer.write(spec),
    async send(worker, spec, signal, onFirstToken) {
      if (auth.stale) await auth.refresh(signal)
      const slot = slots.get(worker) ?? (await connect(worker))
      const written = spec instanceof WrittenRequest ? writer.renew(spec) : writer.write(spec)
      const watch = { signal, onFirstToken }
      const first = await sendOnce(slot, written, watch)
      // A server may close an idle connection just as we write to it. That says nothing about the model, so this case
      // alone is repeated, on a new connection with a new t0.
      const { failure, headersAt } = first.exchange
      const stale = slot.connection.reused && failure === 'connect' && headersAt === null
      if (!stale || signal.aborted) return settleToken(first, signal)
      const second = await settleToken(await sendOnce(slot, writer.renew(written), watch), signal)
      return { ...second, reconnected: true }
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
