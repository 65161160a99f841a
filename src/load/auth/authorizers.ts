import type { KeyPlace } from '../../protocol/api.ts'
import { completeBasicPair } from '../../settings/auth.ts'
import type { Settings } from '../../settings.ts'
import type { Credentials } from '../../vendors/auth-way.ts'
import { wayOf } from '../../vendors/vendors.ts'
import { isWayWord } from '../../vocabulary/endpoint-names.ts'
import type { KeyWord } from '../../vocabulary/endpoint-names.ts'
import { askForToken } from './ask-for-token.ts'
import { createLastLetIn } from '../authorizer.ts'
import type { Authorizer, AuthPorts, ProofHeaders } from '../authorizer.ts'
import { createTokenAuthorizer } from './token.ts'

/** The settings with credentials. */
export type ProofSettings = Pick<Settings, 'auth' | 'apiKey' | keyof Credentials>

/** Creates the authorizer for these settings: by a vendor's way, or with a key. */
export function createAuthorizer(settings: Settings, ports: AuthPorts): Authorizer {
  const { fetchToken } = wayOf(settings.auth.kind) ?? {}
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
  ports: Pick<AuthPorts, 'clock' | 'wallClock'>,
  before: Date | null = null,
): Authorizer {
  const sign = wayOf(settings.auth.kind)?.createSigner?.(pickCredentials(settings))
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
