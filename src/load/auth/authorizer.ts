import type { KeyPlace } from '../../protocol/api.ts'
import type { Clock } from '../ports.ts'

/** One request as far as proving who asks depends on it. */
export interface SignedRequest {
  readonly method: 'GET' | 'POST'
  readonly url: URL
  /** '' for a GET. */
  readonly body: string
}

/** Headers that prove who asks; names are lower case. */
export type Credentials = Readonly<Record<string, string>>

/** Proves who asks. One a run, shared by readiness, preflight and all levels, so that a fetched token is fetched once. */
export interface Authorizer {
  /** The headers of one request, in lower case; computed before t0, never waits. `place` is where the API wants a bare key. */
  headers(request: SignedRequest, place: KeyPlace): Credentials
  /** True when a token is missing or about to expire: call `prepare` before the next request. Cheap. */
  readonly stale: boolean
  /**
   * Fetches a token where one is needed. Called between the requests of a worker, never inside a timed one; concurrent calls share
   * one fetch. Returns without a token when `signal` aborts. Throws EndpointError.
   */
  prepare(signal: AbortSignal): Promise<void>
  /** A request with these headers was let in. Cheap. */
  accepted(sent: Credentials): void
  /** When a request was last let in; null: none was. */
  acceptedUntil(): Date | null
  /**
   * A request with these headers was refused with 401: makes sure that the next one goes with another token. One that was let
   * in before is renewed, once until its successor is let in too; concurrent calls share one fetch. False when there is
   * nothing to renew, and then the refusal is final. Throws EndpointError.
   */
  renew(sent: Credentials, signal: AbortSignal): Promise<boolean>
}

/** What an authorizer needs from outside. */
export interface AuthPorts {
  readonly clock: Clock
  /** For dates in signatures and messages. */
  readonly wallClock: () => Date
  /** From now on this text is shown nowhere. */
  readonly hide: (secret: string) => void
}
