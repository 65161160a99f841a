import type { ReceivedRequest, TokenState } from './guard.ts'
import type { MetricsState } from './metrics/pages.ts'
import type { Page } from './servers.ts'

/** The simulated platform of an owner of endpoints: everything besides their answers. */
export interface Platform {
  /** The state of a bearer token that it may have given out. */
  stateOf(token: string): TokenState
  /** Its token endpoint and the page that names it; they need no key. Null for another URL. */
  findOpenPage(url: URL, request: ReceivedRequest): Page | null
  /** The page of the endpoint and, unless `withMetrics` is false, its metrics; null for another path. */
  findPage(path: string, state: PlatformState, withMetrics: boolean): Page | null
  /** Counts an answer with this status. */
  noteAnswer(status: number, nowMs: number): void
}

/** What a platform knows about the endpoint. */
interface PlatformState extends MetricsState {
  readonly ready: boolean
  /** Since the start. */
  readonly upMs: number
  readonly nowMs: number
}

/** An identity provider that vouches for a client, so that it needs no secret. */
export interface Identity {
  /** Its grant type. */
  readonly grantType: string
  /** Why a request gets no token; null when it does. `clientId` is the known one, if any. */
  refuse(fields: URLSearchParams, clientId: string | null): Page | null
  /** Its own pages; null for other URLs. */
  page(url: URL, authorization: string | undefined): Page | null
}
