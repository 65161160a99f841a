import type { KeyPlace } from '../../protocol/api.ts'
import type { SignedRequest } from '../../vendors/auth-way.ts'
import type { Clock } from '../ports.ts'

/** Headers that prove who asks; names are lower case. */
export type ProofHeaders = Readonly<Record<string, string>>

/** Proves who asks. One a run, shared by readiness, preflight and all levels, so that a fetched token is fetched once. */
export interface Authorizer {
  /** The headers of one request, in lower case; computed before t0, never waits. `place` is where the API wants a bare key. */
  headers(request: SignedRequest, place: KeyPlace): ProofHeaders
  /** True when a token is missing or about to expire: call `refresh` before the next request. Cheap. */
  readonly stale: boolean
  /**
   * Fetches a token where one is needed. Called between the requests of a worker, never inside a timed one; concurrent calls share
   * one fetch. Returns without a token when `signal` aborts. Throws EndpointError.
   */
  refresh(signal: AbortSignal): Promise<void>
  /** A request with these headers was let in. Cheap. */
  noteAccepted(sent: ProofHeaders): void
  /** When a request was last let in; null: none was. */
  acceptedUntil(): Date | null
  /**
   * A request with these headers was refused with 401: makes sure that the next one goes with another token. One that was let
   * in before is renewed, once until its successor is let in too; concurrent calls share one fetch. False when there is
   * nothing to renew, and then the refusal is final. Throws EndpointError.
   */
  renew(sent: ProofHeaders, signal: AbortSignal): Promise<boolean>
  /** What it proves with for now. Absent: it proves with what lasts as long as the run, and each thread has that of its own. */
  lend?(): LentProof
}

/** Nobody is asked who they are: no key, nothing to renew. */
export const NO_AUTH: Authorizer = {
  stale: false,
  headers: () => ({}),
  refresh: async () => {},
  noteAccepted: () => {},
  acceptedUntil: () => null,
  renew: async () => false,
}

/** A proof that others may use until they ask for another one, as data that goes from one thread to another. */
export interface LentProof {
  readonly headers: ProofHeaders
  /** When it is stale, in milliseconds on the clock; -Infinity while there is none. */
  readonly staleAt: number
}

/** What an authorizer needs from outside. */
export interface AuthPorts {
  readonly clock: Clock
  /** For dates in signatures and messages. */
  readonly wallClock: () => Date
  /** From now on this text is shown nowhere. */
  readonly hide: (secret: string) => void
}

/** Remembers when a request was last let in. */
export function createLastLetIn({
  clock,
  wallClock,
}: Pick<AuthPorts, 'clock' | 'wallClock'>): Pick<Authorizer, 'noteAccepted' | 'acceptedUntil'> {
  let at: number | null = null
  return {
    noteAccepted() {
      at = clock.now()
    },
    acceptedUntil: () => (at === null ? null : new Date(wallClock().getTime() - (clock.now() - at))),
  }
}
