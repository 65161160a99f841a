import type { Framing, RequestSpec } from '../../protocol/api.ts'
import { createScratch } from '../../protocol/answer/reader.ts'
import type { ReaderMemory } from '../../protocol/answer/reader.ts'
import { findKeyPlaceAt } from '../../vendors/vendors.ts'
import { USER_AGENT } from '../../version.ts'
import type { ProofHeaders } from '../authorizer.ts'
import { systemTransportClock } from '../clock.ts'
import { keepLayouts } from '../client-health.ts'
import type { Exchange, Transport } from '../ports.ts'
import { createReadBuffer, openConnection } from './connection.ts'
import type { Connection } from './connection.ts'
import { HttpRequest } from './http-request.ts'
import type { HttpTransportOptions } from './http-request.ts'
import { addressModel } from './model-address.ts'
import type { ModelAddress } from './model-address.ts'
import { prepareHead } from './wire-request.ts'
import type { WireHead } from './wire-request.ts'

/** How often deadlines are checked: one timer for all requests, not one per chunk. */
const DEADLINE_TICK_MS = 50

/** The media type of each framing. */
const ACCEPT: Readonly<Record<Framing, string>> = {
  sse: 'text/event-stream',
  ndjson: 'application/x-ndjson, application/json',
  'event-stream': 'application/vnd.amazon.eventstream',
  json: 'application/json',
}

/** The connection of a worker, and the memory of its readers. */
interface Slot {
  readonly connection: Connection
  readonly memory: ReaderMemory
}

/** Where requests for one model go, and what those that stream and those that do not begin with. */
interface Place extends ModelAddress {
  readonly streamed: WireHead
  readonly whole: WireHead
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
  const { api, dialect, url, auth } = options
  const keyPlace = findKeyPlaceAt(url, api)
  const places = new Map<string | undefined, Place>()
  const buffer = createReadBuffer()
  const shapes = { shape: null }
  const slots = new Map<number, Slot>()
  const running = new Set<HttpRequest>()
  const listening = new WeakSet<AbortSignal>()
  const stopLooking = clock.every(DEADLINE_TICK_MS, () => {
    const now = clock.now()
    for (const request of running) request.checkDeadline(now)
  })

  /** For requests that ask for this model; absent: for that of the run. */
  function placeFor(model: string | undefined): Place {
    const known = places.get(model)
    if (known !== undefined) return known
    const address = addressModel(options, model)
    const place = {
      ...address,
      streamed: headFor(address.url, api.framing(dialect.task)),
      whole: headFor(address.url, 'json'),
    }
    places.set(model, place)
    return place
  }

  function headFor(at: URL, framing: Framing): WireHead {
    return prepareHead(at, {
      'content-type': 'application/json',
      accept: ACCEPT[framing],
      // A compressor would hold tokens back. Users can still ask for one in `headers`.
      'accept-encoding': 'identity',
      'user-agent': USER_AGENT,
      ...options.headers,
    })
  }

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

  /**
   * Prepares everything before t0, including signatures, and sends it. No function that waits for the answer refers to what was sent, or a
   * prompt would stay in memory until then.
   */
  function sendOnce({ connection, memory }: Slot, spec: RequestSpec, signal: AbortSignal): Promise<Answered> {
    const place = placeFor(spec.model)
    const body = JSON.stringify(api.body(place.dialect, spec))
    const credentials = auth.headers({ method: 'POST', url: place.url, body }, keyPlace)
    const head = spec.stream === false ? place.whole : place.streamed
    const headers = { 'x-request-id': spec.nonce, ...credentials }
    const { promise, resolve, reject } = Promise.withResolvers<Answered>()
    const request = new HttpRequest(options, connection, memory, { spec, signal, headers }, (end) => {
      running.delete(request)
      try {
        const answered = { exchange: end(), credentials }
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
    else request.send({ head, headers, body })
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
    async send(worker, spec, signal) {
      if (auth.stale) await auth.refresh(signal)
      const slot = slots.get(worker) ?? (await connect(worker))
      const first = await sendOnce(slot, spec, signal)
      // A server may close an idle connection just as we write to it. That says nothing about the model, so this case
      // alone is repeated, on a new connection with a new t0.
      const { failure, headersAt } = first.exchange
      const stale = slot.connection.reused && failure === 'connect' && headersAt === null
      if (!stale || signal.aborted) return settleToken(first, signal)
      const second = await settleToken(await sendOnce(slot, spec, signal), signal)
      return { ...second, reconnected: true }
    },
    async close() {
      stopLooking()
      await Promise.all(Array.from(slots.values(), async ({ connection }) => connection.destroy()))
    },
  }
}

const TOKEN_REFUSED = /\b(invalid|expired)\b.{0,40}\btoken\b|\btoken\b.{0,40}\b(invalid|expired)\b/i

/** Some servers answer 403 for an expired token. */
function isTokenRefused({ status, failureMessage }: Exchange): boolean {
  return status === 401 || (status === 403 && TOKEN_REFUSED.test(failureMessage ?? ''))
}
