import type { ReceivedRequest, TokenState } from './guard.ts'
import type { MetricsState } from './metrics/pages.ts'
import type { Page } from './servers.ts'

/** The platform of an owner of endpoints, as it is played: all that it has beside their answers. */
export interface Platform {
  /** What a bearer token is worth that it may have given out. */
  stateOf(token: string): TokenState
  /** Where it gives out tokens, and where it says so: these pages ask for no key. Null for another URL. */
  findOpenPage(url: URL, request: ReceivedRequest): Page | null
  /** What it says of the endpoint, as a page and, unless `withMetrics` is false, as metrics; null for another path. */
  findPage(path: string, state: PlatformState, withMetrics: boolean): Page | null
  /** An answer of this status was given. */
  noteAnswer(status: number, nowMs: number): void
}

/** What a platform knows of the endpoint. */
export interface PlatformState extends MetricsState {
  readonly ready: boolean
  /** Since the start. */
  readonly upMs: number
  readonly nowMs: number
}

/** Somebody else who vouches for a client, so that it needs no secret. */
export interface Identity {
  /** The grant type that this one is for. */
  readonly grantType: string
  /** Why the fields of a request earn no token; null when they do. `clientId`: the one that is known, if any. */
  refuse(fields: URLSearchParams, clientId: string | null): Page | null
  /** Its own pages; null for a URL that is none of them. */
  page(url: URL, authorization: string | undefined): Page | null
}
