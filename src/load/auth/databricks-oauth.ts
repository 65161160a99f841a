import type { Settings } from '../../settings.ts'
import type { AuthPorts } from './authorizer.ts'
import { databricksToken } from '../../vendors/databricks/tokens.ts'
import type { FetchToken } from './token.ts'

/** Tokens of a service principal for its id and secret (OAuth machine-to-machine). */
export function oauthToken(settings: Settings, ports: AuthPorts): FetchToken {
  const { clientId, clientSecret } = settings
  const basic = Buffer.from(`${clientId}:${clientSecret}`).toString('base64')
  const grant = {
    form: { grant_type: 'client_credentials' },
    headers: { authorization: `Basic ${basic}` },
    refused:
      'check `client-id` and `client-secret`: the secret may have expired; the service principal must be in this workspace ' +
      'and may query the endpoint (CAN_QUERY)',
  }
  return async (signal) => databricksToken(settings, grant, ports, signal)
}
