import type { KeyPlace } from '../../protocol/api.ts'
import { completeBasicPair } from '../../settings/auth.ts'
import type { Settings } from '../../settings.ts'
import type { Credentials, Token } from '../../vendors/vendor.ts'
import { authWayOf } from '../../vendors/vendors.ts'
import { isWayWord } from '../../vocabulary/endpoint-names.ts'
import type { KeyWord } from '../../vocabulary/endpoint-names.ts'
import { askForToken } from './ask-for-token.ts'
import type { Authorizer, AuthPorts, ProofHeaders, TimePorts } from '../ports.ts'

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

/** The settings with credentials. */
export type ProofSettings = Pick<Settings, 'auth' | 'apiKey' | keyof Credentials>

/** Creates the authorizer for these settings: by a vendor's way, or with a key. */
export function createAuthorizer(settings: Settings, ports: AuthPorts): Authorizer {
  const { fetchToken } = authWayOf(settings.auth.kind) ?? {}
  if (fetchToken === undefined) return createLastingAuthorizer(settings, ports)
  const credentials = pickCredentials(settings)
  const fetch = async (signal: AbortSignal) =>
    fetchToken(credentials, {
      ask: async (question) => askForToken(question, settings, ports.clock, signal),
      hide: ports.hide,
    })
  return createTokenAuthorizer(fetch, settings, ports)
}

function pickCredentials(settings: Pick<Settings, keyof Credentials>): Credentials {
  const { endpoint, clientId, clientSecret, tokenUrl, oidcAudience, variables } = settings
  return { endpoint, clientId, clientSecret, tokenUrl, oidcAudience, variables }
}

/** How long a signature is sent after its date: AWS takes it for five minutes by a clock of its own, so that ours may be almost four behind. */
const SIGNATURE_HOLDS_MS = 60_000

/** Creates an authorizer whose credentials last for the whole run: nothing is fetched or renewed. They were last accepted at `before`. */
export function createLastingAuthorizer(
  settings: ProofSettings,
  ports: TimePorts,
  before: Date | null = null,
): Authorizer {
  const sign = authWayOf(settings.auth.kind)?.createSigner?.(pickCredentials(settings))
  return {
    ...createLastLetIn(ports, before),
    stale: false,
    headers: (request, place) =>
      sign === undefined ? buildKeyHeaders(settings, place) : sign(request, ports.wallClock()),
    holds: (_, madeAt) => sign === undefined || ports.clock.now() - madeAt < SIGNATURE_HOLDS_MS,
    refresh: async () => {},
    renew: async () => false,
  }
}

/** Remembers when a request was last accepted; `before`: when one was before that, null for never. */
export function createLastLetIn(
  { clock, wallClock }: TimePorts,
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

/** The header with the key; none where there is no key. */
function buildKeyHeaders({ apiKey, auth }: Pick<Settings, 'apiKey' | 'auth'>, place: KeyPlace): ProofHeaders {
  if (apiKey === null) return {}
  if ('name' in auth) return { [auth.name]: apiKey }
  return isWayWord(auth.kind) ? {} : KEY_HEADERS[auth.kind](apiKey, place)
}

const KEY_HEADERS: Readonly<Record<KeyWord, (key: string, place: KeyPlace) => ProofHeaders>> = {
  auto: (key, place) => (place === 'bearer' ? proveByBearer(key) : { [place.header]: key }),
  bearer: proveByBearer,
  basic: (key) => ({ authorization: `Basic ${Buffer.from(completeBasicPair(key)).toString('base64')}` }),
  none: () => ({}),
}

function proveByBearer(token: string): ProofHeaders {
  return { authorization: `Bearer ${token}` }
}

/** Fetches a new token. Throws EndpointError. */
type FetchToken = (signal: AbortSignal) => Promise<Token>

/** Bounds on how long before its end a token is replaced: long enough for a request, at most half of its life. */
const LONGEST_MARGIN_MS = 120_000
/** Some servers refuse a token that expires within half a minute. */
const SHORTEST_MARGIN_MS = 40_000
/** How long after a failed fetch no other one is tried. */
const FAILURE_STANDS_MS = 10_000
/** A token this young has not expired: a server that refuses it would refuse another one too. */
const YOUNG_MS = 1_000

/**
 * Creates an authorizer with a token that is fetched before the first request, and again between requests before it
 * expires. All workers share token and fetch. Tokens are hidden at once. While a fetch fails, the old token is used
 * to its end. A refused one is replaced once, until a request is accepted again; the refused requests are left out
 * and counted (`token-renewed`): they are neither failures of the server nor answers.
 */
export function createTokenAuthorizer(
  fetchToken: FetchToken,
  { requestTimeoutMs }: Pick<Settings, 'requestTimeoutMs'>,
  ports: AuthPorts,
): Authorizer {
  const { clock, hide } = ports
  const acceptance = createLastLetIn(ports)
  let held: Held | null = null
  let pending: Promise<void> | null = null
  let failure: { readonly at: number; readonly error: unknown } | null = null

  const hasFailedLately = (): boolean => failure !== null && clock.now() - failure.at < FAILURE_STANDS_MS
  const isUsable = (): boolean => held !== null && clock.now() < held.expiresAt
  // A token that will expire soon is good enough while no other can be fetched.
  const findStaleAt = (): number => {
    if (held === null) return -Infinity
    if (failure === null || !hasFailedLately()) return held.staleAt
    return Math.max(held.staleAt, Math.min(failure.at + FAILURE_STANDS_MS, held.expiresAt))
  }
  const isStale = (): boolean => clock.now() >= findStaleAt()

  const headersOf = () => (held === null ? {} : { authorization: held.authorization })

  async function fetchOne(signal: AbortSignal): Promise<void> {
    if (failure !== null && hasFailedLately()) throw failure.error
    try {
      const token = await fetchToken(signal)
      hide(token.value)
      held = holdToken(token, clock.now(), requestTimeoutMs)
      failure = null
    } catch (error) {
      // Others may still need it, and will ask again.
      if (signal.aborted) return
      failure = { at: clock.now(), error }
      throw error
    }
  }

  /** Waits for a shared fetch until there is another token, or `signal` aborts. */
  async function replace(before: Held | null, signal: AbortSignal): Promise<void> {
    while (held === before && !signal.aborted) {
      pending ??= fetchOne(signal).finally(() => (pending = null))
      await pending
    }
  }

  return {
    acceptedUntil: acceptance.acceptedUntil,
    get stale() {
      return isStale()
    },
    headers: headersOf,
    holds: (made) => made['authorization'] === held?.authorization,
    lend: () => ({ headers: headersOf(), staleAt: findStaleAt() }),
    async refresh(signal) {
      if (!isStale()) return
      try {
        await replace(held, signal)
      } catch (error) {
        if (!isUsable()) throw error
      }
    },
    noteAccepted(sent) {
      acceptance.noteAccepted(sent)
      // A request with an earlier token says nothing about this one.
      if (held !== null && sent['authorization'] === held.authorization) held.isProven = true
    },
    async renew(sent, signal) {
      if (held === null) return false
      // Another worker met it first.
      if (sent['authorization'] !== held.authorization) return true
      if (!held.isProven || clock.now() - held.fetchedAt < YOUNG_MS) return false
      await replace(held, signal)
      return true
    },
  }
}

interface Held {
  readonly authorization: string
  /** Milliseconds on the clock. */
  readonly fetchedAt: number
  readonly staleAt: number
  readonly expiresAt: number
  /** Whether a request with it was accepted. */
  isProven: boolean
}

function holdToken({ value, lifetimeMs }: Token, fetchedAt: number, requestTimeoutMs: number): Held {
  // Without a minimum, a token of no lifetime would be fetched for every request.
  const lifetime = Math.max(YOUNG_MS, lifetimeMs ?? Infinity)
  // At most half of a short life, else it would be stale from the start.
  const margin = Math.min(lifetime / 2, Math.max(SHORTEST_MARGIN_MS, Math.min(requestTimeoutMs, LONGEST_MARGIN_MS)))
  const expiresAt = fetchedAt + lifetime
  return { authorization: `Bearer ${value}`, fetchedAt, staleAt: expiresAt - margin, expiresAt, isProven: false }
}
