import type { KeyPlace, RequestSpec } from '../protocol/api.ts'
import type { AnswerFacts } from '../protocol/answer/reader.ts'
import type { SignedRequest } from '../vendors/vendor.ts'
import type { Trouble } from '../vocabulary/connection-troubles.ts'
import type { FactsFrom, StampsFrom } from '../vocabulary/request-facts.ts'

/** Monotonic time and waiting; real or virtual. */
export interface Clock {
  /** Milliseconds, monotonic. */
  now(): number
  /** Resolves after `ms`, or at once when `signal` aborts (it never rejects). */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

/** Makes a signal that aborts after `ms`, for requests that are not measured and must not delay the run. */
export type Deadline = (ms: number) => AbortSignal

/** The time of a transport: real, or moved by hand. */
export interface TransportClock extends Pick<Clock, 'now'> {
  /** The wall clock, in milliseconds since 1970: `Retry-After` may be a date. */
  wallNow(): number
  /**
   * Calls `look` after `ms`, and again after as many as it returns, until the function that is returned is called. It does not keep the process
   * alive.
   */
  lookAfter(ms: number, look: () => number): () => void
}

/**
 * One finished request: what its answer said, and what the transport saw of it. Times are absolute on the transport's clock, in milliseconds;
 * a time that does not exist is null.
 */
export interface Exchange extends AnswerFacts, FactsFrom<'transport'>, StampsFrom<'transport'> {
  /** When it was ready to be sent on its connection. */
  readonly readyAt: number
  /** t0, when it was written to an open, idle connection; equal to `endAt` when it never was. */
  readonly startAt: number
  /** In an open loop: the moment at which it was to be sent, from which its times count; absent: they count from t0. */
  readonly dueAt?: number
  /** It was refused for its token, which has been renewed: the next request may succeed. */
  readonly renewed: boolean
  /** For a refused key or token: when it was last accepted; absent when it never was. */
  readonly acceptedUntil?: Date
  /** What was wrong with the connection or its HTTP, put into words in `failureMessage`; null when nothing was. */
  readonly trouble: Trouble | null
  /** Response headers that preflight reads (rate limits, redirects, encodings); null when none came. */
  readonly headers: Readonly<Record<string, string>> | null
  readonly status: number | null
  /** The beginning of the body of an answer that failed, at most 2,048 characters; null for a good one. */
  readonly answerHead: string | null
  /** Bytes of the body on the wire. */
  readonly bodyBytes: number
  /** True when `signal` ended it: neither ok nor failed. */
  readonly cancelled: boolean
  /**
   * Arrival time of each token-bearing event, and the cumulative token count it stated (NaN when it stated none).
   * Scratch memory of the worker: valid until its next request, so a long run never keeps a chunk.
   */
  readonly tokenAt: Float64Array
  readonly tokenCountAt: Float64Array
}

/** A request of which all that is sent is made already. It stands for that request, without its texts. */
export interface PreparedRequest extends RequestSpec {
  /** How many bytes it keeps until it is sent. */
  readonly size: number
}

/** Sends requests, one at a time a worker, each worker on a connection of its own. */
export interface Transport {
  /** Makes all that is sent of a request before its time, so that `send` only writes it. Absent: nothing can be made before. */
  prepare?(spec: RequestSpec): PreparedRequest
  /**
   * Sends one request and resolves when it has ended in any way. Rejects, with an EndpointError, only when there are
   * no credentials to send: then no request can be sent. Calls `onFirstToken` when its first token comes; never where the answer shows none before its end.
   */
  send(worker: number, spec: RequestSpec, signal: AbortSignal, onFirstToken?: () => void): Promise<Exchange>
  /** Closes every connection. */
  close(): Promise<void>
}

/** Headers with credentials; names are lower case. */
export type ProofHeaders = Readonly<Record<string, string>>

/**
 * Authenticates requests. One for each run, shared by readiness, preflight and all levels, so that a token is fetched
 * only once.
 */
export interface Authorizer {
  /** The headers of one request, in lower case; computed before t0, never waits. `place` is where the API wants a bare key. */
  headers(request: SignedRequest, place: KeyPlace): ProofHeaders
  /** Whether these headers, which it made at `madeAt` of the clock, may still be sent. Cheap. */
  holds(made: ProofHeaders, madeAt: number): boolean
  /** True when a token is missing or about to expire: call `refresh` before the next request. Cheap. */
  readonly stale: boolean
  /**
   * Fetches a token where one is needed. Called between the requests of a worker, never inside a timed one; concurrent calls share
   * one fetch. Returns without a token when `signal` aborts. Throws EndpointError.
   */
  refresh(signal: AbortSignal): Promise<void>
  /** A request with these headers was accepted. Cheap. */
  noteAccepted(sent: ProofHeaders): void
  /** When a request was last accepted; null: never. */
  acceptedUntil(): Date | null
  /**
   * Called when a request with these headers was refused with 401, to renew the token. A token that was accepted
   * before is renewed, once until its successor is accepted too; concurrent calls share one fetch. False when there
   * is nothing to renew: then the refusal is final. Throws EndpointError.
   */
  renew(sent: ProofHeaders, signal: AbortSignal): Promise<boolean>
  /**
   * The current credentials, to lend to threads. Absent: the credentials last for the whole run, and threads have
   * their own.
   */
  lend?(): LentProof
}

/** Credentials that threads may use until they ask for new ones, as data that can pass between threads. */
export interface LentProof {
  readonly headers: ProofHeaders
  /** When they become stale, in milliseconds on the clock; -Infinity while there are none. */
  readonly staleAt: number
}

/** The clock of time stamps and deadlines, and the time of day. */
export interface TimePorts {
  readonly clock: Clock
  /** For dates in signatures, messages and reports. */
  readonly wallClock: () => Date
}

/** What an authorizer needs from outside. */
export interface AuthPorts extends TimePorts {
  /** Hides this text in all further output. */
  readonly hide: (secret: string) => void
}
