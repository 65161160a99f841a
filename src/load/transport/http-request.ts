import { findBursts } from '../../protocol/answer/token-times.ts'
import type { Dispatcher } from 'undici'
import type { Trouble } from '../../vocabulary/connection-troubles.ts'
import type { FailureClass } from '../../vocabulary/failure-classes.ts'
import { forcesLength } from '../../protocol/apis/request.ts'
import { createResponseReader } from '../../protocol/answer/stream-reader.ts'
import { ByteStore } from '../../protocol/answer/answer-so-far.ts'
import type { ReaderMemory, ResponseReader } from '../../protocol/answer/reader.ts'
import { readRefusal } from '../../protocol/refusal.ts'
import { readRetryAfter, readServerRequestId } from '../../protocol/answer-headers.ts'
import type { Exchange } from '../ports.ts'
import { isOutOfFiles } from '../runtime.ts'
import type { Connection } from './connection.ts'
import type { ConnectionOptions, WireHandler } from './socket-client.ts'
import { joinHeaders } from './response-head.ts'
import type { WriterOptions, WrittenRequest } from './request-writer.ts'
import { readConnectionError, readRefusedConnection, stateTrouble } from './connection-error.ts'
import type { ConnectionFailure } from './connection-error.ts'
import { createDecoder, readRefusalText } from './decoder.ts'
import type { BodyDecoder, DecodedBody } from './decoder.ts'

/** The endpoint that is asked, and how long to wait for it. */
export interface RequestOptions extends Pick<WriterOptions, 'api' | 'dialect' | 'headers' | 'clock'> {
  readonly connection: ConnectionOptions
  /** From t0 to the end of the answer. */
  readonly requestTimeoutMs: number
  /** True to parse every event of an answer. Default false. */
  readonly parsesAll?: boolean
}

/** Longest silence after the first token; comments of the stream do not count. */
const IDLE_TIMEOUT_MS = 60_000
/** How long an answer may stay open after its last event before its connection is closed. */
const DRAIN_MS = 1_000
/** The most bytes after the last event; a server that sends more is not waited for. */
const DRAIN_BYTES = 65_536
/** The shortest time in which a deadline of a request can come near that was not when it began, or when its deadlines were checked last. */
export function findShortestDeadline({ requestTimeoutMs }: RequestOptions): number {
  return Math.min(DRAIN_MS, requestTimeoutMs)
}

/** How much of a body's beginning is kept, to say what it is when it cannot be read. */
const SHOWN_HEAD_BYTES = 2_048
/** The most of a refusal's body that is read. */
const REFUSAL_BYTES = 65_536

/** Who watches a request under way. */
export interface Watch {
  /** Cancels it. */
  readonly signal: AbortSignal
  /** Called when its first token has come; undefined where nobody asks. */
  readonly onFirstToken: (() => void) | undefined
}

/** The connection of a worker, and the memory of its readers. */
export interface Slot {
  readonly connection: Connection
  readonly memory: ReaderMemory
}

/** A request that is to be sent, and who awaits its end. */
export interface Order extends Watch {
  readonly slot: Slot
  readonly written: WrittenRequest
  /** It was sent before, on a connection that was stale. */
  readonly isSecond: boolean
  readonly resolve: (exchange: Exchange | Promise<Exchange>) => void
  readonly reject: (error: unknown) => void
}

/** Called when a request has ended; what came of it is worked out by `describe`, before anything is done about a refused token or a stale connection. */
type TakeEnd = (request: HttpRequest, describe: () => Exchange) => void

/** One request on one connection. */
export class HttpRequest implements WireHandler, DecodedBody {
  // First what every read needs, side by side: what lies elsewhere in memory costs a read more than what is done with it.
  readonly #reader: ResponseReader
  #status: number | null = null
  /** Null for a body that is not compressed. */
  #decoder: BodyDecoder | null = null
  #endAt: number | null = null
  #settled = false
  #bodyBytes = 0
  /** The beginning of the body, one character per byte. */
  #head: string | null = null
  readonly order: Order
  readonly #options: RequestOptions
  readonly #onEnded: TakeEnd
  readonly #readyAt: number
  /** Undefined where nobody asks for it, and once it has come. */
  #onFirstToken: (() => void) | undefined
  #controller: Dispatcher.DispatchController | null = null
  #startAt: number | null = null
  #connectMs: number | null = null
  #headersAt: number | null = null
  /** When the data came that undici hands over in this turn, which count as one read; else 0. */
  #turnAt = 0
  #headers: Readonly<Record<string, string>> | null = null
  #refusal: ByteStore | null = null
  #drainedBytes = 0
  #trouble: Trouble | null = null
  #cancelled = false
  /** Our own reason to end it, which takes precedence over the connection's error. */
  #ownFailure: FailureClass | null = null

  /** Calls `onEnded` once, in whatever way it ends. */
  constructor(options: RequestOptions, order: Order, onEnded: TakeEnd) {
    const { written, slot } = order
    this.order = order
    this.#onFirstToken = order.onFirstToken
    this.#options = options
    this.#readyAt = options.clock.now()
    this.#onEnded = onEnded
    const { api, dialect } = options
    this.#reader = createResponseReader({
      api,
      task: dialect.task,
      ...slot.memory,
      parsesAll: options.parsesAll ?? false,
      stream: written.stream ?? true,
      asked: { tokens: written.outputTokens, forced: forcesLength(dialect.fields) },
      askedResults: written.askedResults,
      keepsText: written.turn !== undefined,
    })
  }

  send(): void {
    const { slot, written } = this.order
    // Until it is written, its socket is not known.
    slot.connection.reused = false
    slot.connection.dispatch(written.wire, this)
  }

  /** Cancels it because the level is over or the run was cancelled: neither ok nor failed. */
  cancel(): void {
    if (this.#settled) return
    this.#cancelled = true
    this.#abort()
  }

  /** Ends it when its time is up. Returns when that will be if nothing more comes; Infinity where nothing bounds it yet, or it has ended. */
  checkDeadline(now: number): number {
    if (this.#settled) return Infinity
    const { requestTimeoutMs } = this.#options
    if (this.#endAt !== null) {
      const drainedAt = this.#endAt + DRAIN_MS
      if (now > drainedAt) this.#abort()
      return drainedAt
    }
    const timeoutAt = (this.#startAt ?? this.#readyAt) + requestTimeoutMs
    const idleAt = this.#reader.tokenEvents > 0 ? this.#reader.lastEventAt + IDLE_TIMEOUT_MS : Infinity
    if (now > timeoutAt) {
      this.#ownFailure =
        this.#startAt === null ? 'connect' : this.#headersAt === null ? 'timeout_first_byte' : 'timeout_total'
    } else if (now > idleAt) this.#ownFailure = 'timeout_idle'
    if (this.#ownFailure !== null) this.#abort()
    return Math.min(timeoutAt, idleAt)
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    const { connection } = this.order.slot
    this.#startAt = this.#options.clock.now()
    this.#controller = controller
    this.#connectMs = connection.takeConnectMs()
    connection.reused = connection.requestsOnSocket++ > 0
    if (this.#cancelled || this.#ownFailure !== null) controller.abort(new Error('cancelled'))
  }

  onHead(status: number, headers: Readonly<Record<string, string>>, at: number): void {
    // 103 and other interim responses come before the answer.
    if (status < 200) return
    this.#headersAt = at
    this.#status = status
    this.#headers = headers
    const encoding = headers['content-encoding']
    if (status === 200 && encoding !== undefined) this.#decoder = createDecoder(encoding, this)
  }

  onBody(bytes: Buffer, from: number, to: number, at: number): void {
    this.#bodyBytes += to - from
    if (this.#endAt !== null && (this.#drainedBytes += to - from) > DRAIN_BYTES) return this.#abort()
    if (this.#status !== 200) this.#keepRefusal(bytes.subarray(from, to), at)
    else if (this.#decoder !== null) this.#decoder.push(bytes.subarray(from, to), at)
    else this.#feed(bytes, from, to, at)
  }

  onEnd(at: number): void {
    // What the decoder still holds is part of the answer.
    if (this.#decoder !== null) return this.#decoder.end()
    this.#endAt ??= at
    this.#settle(null)
  }

  // The same from undici, which does not tell when it reads.

  onResponseStart(
    _: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    this.onHead(status, joinHeaders(headers), this.#stampTurn())
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Buffer): void {
    this.onBody(chunk, 0, chunk.length, this.#stampTurn())
  }

  onResponseEnd(): void {
    this.onEnd(this.#stampTurn())
  }

  /** The time of the first data of this turn, the same for all of them. */
  #stampTurn(): number {
    if (this.#turnAt === 0) {
      this.#turnAt = this.#options.clock.now()
      queueMicrotask(() => (this.#turnAt = 0))
    }
    return this.#turnAt
  }

  onDecoded(bytes: Buffer, at: number): void {
    this.#feed(bytes, 0, bytes.length, at)
  }

  onDecodedEnd(at: number): void {
    this.#endAt ??= at
    this.#settle(null)
  }

  onUndecodable(error: Error): void {
    this.#settle('parse', `a body that is not as its Content-Encoding says: ${error.message}`)
    // The rest, which may be endless, would block the next request.
    this.#abort()
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    if (this.#ownFailure !== null) return this.#failOurselves(this.#ownFailure)
    // An answer that ended before its connection has ended well.
    if (this.#endAt !== null) return this.#settle(null)
    return this.#fail(
      readConnectionError(error, {
        headersSeen: this.#headersAt !== null,
        proxied: this.#options.connection.proxy !== null,
        certified: this.#isCertified,
        outOfFiles: isOutOfFiles,
      }),
    )
  }

  #feed(bytes: Buffer, from: number, to: number, at: number): void {
    // A decoder may deliver late, when the worker's scratch memory already belongs to its next request.
    if (this.#settled) return
    // The memory of a read is reused.
    this.#head ??= bytes.toString('latin1', from, Math.min(to, from + SHOWN_HEAD_BYTES))
    // A token count or an error may still follow the end.
    if (this.#reader.push(bytes, at, from, to)) this.#endAt ??= at
    if (this.#onFirstToken !== undefined && this.#reader.tokenEvents > 0) {
      this.#onFirstToken()
      this.#onFirstToken = undefined
    }
  }

  #keepRefusal(chunk: Buffer, at: number): void {
    if ((this.#refusal ??= new ByteStore(REFUSAL_BYTES)).add(chunk)) return
    // Too much followed the end.
    this.#endAt = at
    this.#abort()
  }

  #abort(): void {
    if (this.#controller === null) this.#failOurselves(this.#ownFailure ?? 'connect')
    else this.#controller.abort(new Error('ended by the client'))
  }

  get #isCertified(): boolean {
    return this.#options.connection.clientPem != null
  }

  #failOurselves(failure: FailureClass): void {
    if (failure === 'connect') this.#fail(stateTrouble({ name: 'no-connection', detail: null }))
    else this.#settle(failure)
  }

  #fail({ failure, trouble, message }: ConnectionFailure): void {
    this.#trouble = trouble
    this.#settle(failure, message)
  }

  #settle(failure: FailureClass | null, message: string | null = null): void {
    if (this.#settled) return
    this.#settled = true
    this.#decoder?.destroy()
    const endAt = this.#endAt ?? this.#options.clock.now()
    this.#onEnded(this, () => this.#describeEnd(endAt, failure, message))
  }

  #describeEnd(endAt: number, failure: FailureClass | null, message: string | null): Exchange {
    const answer = this.#reader.end(endAt)
    const { headers } = this.#options
    const { slot, written } = this.order
    const { nonce } = written
    const ownHeaders = written.wire.headers
    const status = this.#status
    const refused = status !== null && status !== 200
    const final: FailureClass | null = refused ? `http_${status}` : (failure ?? answer.failure)
    const { 'content-encoding': encoding, upgrade } = this.#headers ?? {}
    const body = refused ? readRefusalText(Buffer.from(this.#refusal?.bytes() ?? []), encoding) : ''
    const refusal = { body, upgrade, certified: this.#isCertified }
    const tokenAt = slot.memory.scratch.listTimes(answer.tokenEvents)
    const isOurs = headers['x-request-id'] === undefined && ownHeaders['x-request-id'] === nonce
    const sending = {
      requestId: isOurs ? nonce : null,
      serverRequestId: readServerRequestId(this.#headers ?? {}, () => [
        nonce,
        ...Object.values({ ...ownHeaders, ...headers }),
      ]),
      readyAt: this.#readyAt,
      startAt: this.#startAt ?? endAt,
      connectMs: this.#connectMs,
      headersAt: this.#headersAt,
      endAt,
      failure: this.#cancelled ? null : final,
      failureMessage: refused ? readRefusal(body) : failure === null ? answer.failureMessage : message,
      trouble: this.#cancelled ? null : refused ? readRefusedConnection(status, refusal) : this.#trouble,
      retryAfterMs: refused ? readRetryAfter(this.#headers!, this.#options.clock.wallNow()) : null,
      headers: this.#headers,
      status,
      answerHead:
        final === null
          ? null
          : refused
            ? body.slice(0, SHOWN_HEAD_BYTES)
            : this.#head && Buffer.from(this.#head, 'latin1').toString('utf8'),
      bodyBytes: this.#bodyBytes,
      heldBack: findBursts(tokenAt, this.#bodyBytes)?.by ?? null,
      cancelled: this.#cancelled,
      tokenAt,
      tokenCountAt: slot.memory.scratch.listCounts(answer.tokenEvents),
    }
    // What the answer said; whether the request failed is for what the transport saw to say.
    return { ...answer, ...sending, reconnected: false, renewed: false }
  }
}
