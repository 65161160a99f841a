import type { KeyPlace } from '../protocol/api.ts'
import type { SignedRequest } from '../vendors/auth-way.ts'
import type { Clock } from './ports.ts'

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

/** No authentication. */
export const NO_AUTH: Authorizer = {
  stale: false,
  headers: () => ({}),
  holds: () => true,
  refresh: async () => {},
  noteAccepted: () => {},
  acceptedUntil: () => null,
  renew: async () => false,
}

/** Credentials that threads may use until they ask for new ones, as data that can pass between threads. */
export interface LentProof {
  readonly headers: ProofHeaders
  /** When they become stale, in milliseconds on the clock; -Infinity while there are none. */
  readonly staleAt: number
}

/** What an authorizer needs from outside. */
export interface AuthPorts {
  readonly clock: Clock
  /** For dates in signatures and messages. */
  readonly wallClock: () => Date
  /** Hides this text in all further output. */
  readonly hide: (secret: string) => void
}

/** Remembers when a request was last accepted; `before`: when one was before that, null for never. */
export function createLastLetIn(
  { clock, wallClock }: Pick<AuthPorts, 'clock' | 'wallClock'>,
  before: Date | null = null,
): Pick<Authorizer, 'noteAccepted' | 'acceptedUntil'> {
  let at: number | null = null
  return {
    noteAccepted() {
      at = clock.now()
    },
    acceptedUntil: () => (at === null ? before : new Date(wallClock().getTime() - (clock.now() - at))),
  }
}
