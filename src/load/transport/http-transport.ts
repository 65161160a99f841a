import type { RequestSpec } from '../../protocol/api.ts'
import { createScratch } from '../../protocol/answer/reader.ts'
import type { ReaderMemory } from '../../protocol/answer/reader.ts'
import { findKeyPlaceAt } from '../../vendors/vendors.ts'
import { systemTransportClock } from '../clock.ts'
import type { Exchange, Transport } from '../ports.ts'
import { createReadBuffer, openConnection } from './connection.ts'
import type { Connection } from './connection.ts'
import { HttpRequest } from './http-request.ts'
import type { Composed, HttpTransportOptions } from './http-request.ts'

/** How often deadlines are checked: one timer for all requests, not one per chunk. */
const DEADLINE_TICK_MS = 50

/**
 * The real transport: HTTP/1.1, one connection per worker. Takes the arrival time first thing in the callback of the
 * socket's data; all chunks of one socket read share it.
 */
export function createHttpTransport({ clock = systemTransportClock, ...rest }: HttpTransportOptions): Transport {
  const options = { ...rest, clock }
  const buffer = createReadBuffer()
  const shapes = { shape: null }
  const connections = new Map<number, { connection: Connection; memory: ReaderMemory }>()
  const running = new Set<HttpRequest>()
  const bySignal = new WeakMap<AbortSignal, Set<HttpRequest>>()
  const stopLooking = clock.every(DEADLINE_TICK_MS, () => {
    const now = clock.now()
    for (const request of running) request.checkDeadline(now)
  })

  async function connect(worker: number): Promise<{ connection: Connection; memory: ReaderMemory }> {
    const connection = await openConnection(options.connection, clock, buffer)
    const made = { connection, memory: { scratch: createScratch(), shapes } }
    connections.set(worker, made)
    return made
  }

  // One listener per signal, not per request: removed listeners stay referenced by later ones until a full
  // collection, with everything that their requests held.
  function requestsOf(signal: AbortSignal): Set<HttpRequest> {
    let requests = bySignal.get(signal)
    if (requests === undefined) {
      const created = new Set<HttpRequest>()
      requests = created
      bySignal.set(signal, created)
      signal.addEventListener('abort', () => created.forEach((one) => one.cancel()), { once: true })
    }
    return requests
  }

  async function sendOnce(
    worker: number,
    request: Composed,
    spec: RequestSpec,
    signal: AbortSignal,
  ): Promise<Exchange> {
    const { connection, memory } = connections.get(worker) ?? (await connect(worker))
    const mine = requestsOf(signal)
    return new Promise((resolve, reject) => {
      const one = new HttpRequest(options, connection, memory, spec, (end) => {
        running.delete(one)
        mine.delete(one)
        try {
          resolve(end())
        } catch (error) {
          // Thrown in a callback of the connection it would be lost, and the request would never end.
          reject(error)
        }
      })
      running.add(one)
      mine.add(one)
      if (signal.aborted) one.cancel()
      else one.send(request)
    })
  }

  /** Prepares everything before t0, including signatures. */
  async function compose(spec: RequestSpec, signal: AbortSignal): Promise<Composed> {
    const { api, dialect, url, auth } = options
    const spoken = spec.model === undefined ? dialect : { ...dialect, model: spec.model }
    const body = JSON.stringify(api.body(spoken, spec))
    if (auth.stale) await auth.refresh(signal)
    return { body, credentials: auth.headers({ method: 'POST', url, body }, findKeyPlaceAt(url, api)) }
  }

  /** Has a refused token replaced. The refused request is not sent again. */
  async function settleToken(exchange: Exchange, { credentials }: Composed, signal: AbortSignal): Promise<Exchange> {
    const { auth } = options
    if (exchange.status === 200) auth.noteAccepted(credentials)
    if (exchange.cancelled || !isTokenRefused(exchange)) return exchange
    if (await auth.renew(credentials, signal)) return { ...exchange, renewed: true }
    const acceptedUntil = auth.acceptedUntil()
    return acceptedUntil === null ? exchange : { ...exchange, acceptedUntil }
  }

  return {
    async send(worker, spec, signal) {
      const request = await compose(spec, signal)
      const first = await sendOnce(worker, request, spec, signal)
      // A server may close an idle connection just as we write to it. That says nothing about the model, so this case
      // alone is repeated, on a new connection with a new t0.
      const stale =
        connections.get(worker)?.connection.reused === true && first.failure === 'connect' && first.headersAt === null
      if (!stale || signal.aborted) return settleToken(first, request, signal)
      const second = await settleToken(await sendOnce(worker, request, spec, signal), request, signal)
      return { ...second, reconnected: true }
    },
    async close() {
      stopLooking()
      await Promise.all([...connections.values()].map(({ connection }) => connection.destroy()))
    },
  }
}

const TOKEN_REFUSED = /\b(invalid|expired)\b.{0,40}\btoken\b|\btoken\b.{0,40}\b(invalid|expired)\b/i

/** Some servers answer 403 for an expired token. */
function isTokenRefused({ status, failureMessage }: Exchange): boolean {
  return status === 401 || (status === 403 && TOKEN_REFUSED.test(failureMessage ?? ''))
}
