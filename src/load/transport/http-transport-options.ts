import type { Api, Dialect } from '../../protocol/api.ts'
import type { Authorizer } from '../authorizer.ts'
import type { TransportClock } from '../ports.ts'
import type { ConnectionOptions } from './connector.ts'

/** The endpoint for the transport, and how long to wait for it. */
export interface HttpTransportOptions {
  readonly connection: ConnectionOptions
  readonly api: Api
  readonly dialect: Dialect
  /** The full URL of the API. */
  readonly url: URL
  /** Sent with every request; the key comes from `auth`. */
  readonly headers: Readonly<Record<string, string>>
  readonly auth: Authorizer
  /** From t0 to the end of the answer. */
  readonly requestTimeoutMs: number
  /** Longest silence after the first token; comments of the stream do not count. */
  readonly idleTimeoutMs?: number
  /** True to parse every event of an answer. Default false. */
  readonly parsesAll?: boolean
  /** The clock of time stamps and deadlines. Default: the system's. */
  readonly clock?: TransportClock
}
