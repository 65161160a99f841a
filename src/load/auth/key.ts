import type { KeyPlace } from '../../protocol/api.ts'
import { basicPair } from '../../settings/auth.ts'
import type { Settings } from '../../settings.ts'
import { createAcceptance } from './acceptance.ts'
import type { Authorizer, AuthPorts, Credentials } from './authorizer.ts'

/** Sends the key as it is, or nothing where there is none. */
export function createKeyAuthorizer(settings: Pick<Settings, 'apiKey' | 'auth'>, ports: AuthPorts): Authorizer {
  return {
    ...createAcceptance(ports),
    stale: false,
    headers: (_, place) => keyHeaders(settings, place),
    prepare: async () => {},
    renew: async () => false,
  }
}

function keyHeaders({ apiKey, auth }: Pick<Settings, 'apiKey' | 'auth'>, place: KeyPlace): Credentials {
  if (apiKey === null || auth.kind === 'none') return {}
  if (auth.kind === 'header') return { [auth.name]: apiKey }
  if (auth.kind === 'basic') return { authorization: `Basic ${Buffer.from(basicPair(apiKey)).toString('base64')}` }
  if (auth.kind === 'auto' && place !== 'bearer') return { [place.header]: apiKey }
  return { authorization: `Bearer ${apiKey}` }
}
