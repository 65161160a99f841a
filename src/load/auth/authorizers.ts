import type { Settings } from '../../settings.ts'
import type { Authorizer, AuthPorts } from './authorizer.ts'
import { createAwsAuthorizer } from './aws-sigv4.ts'
import { oauthToken } from './databricks-oauth.ts'
import { oidcToken } from './databricks-oidc.ts'
import { createKeyAuthorizer } from './key.ts'
import { createTokenAuthorizer } from './token.ts'

/** The authorizer for these settings. */
export function createAuthorizer(settings: Settings, ports: AuthPorts): Authorizer {
  switch (settings.auth.kind) {
    case 'databricks-oauth':
      return createTokenAuthorizer(oauthToken(settings, ports), settings, ports)
    case 'databricks-oidc':
      return createTokenAuthorizer(oidcToken(settings, ports), settings, ports)
    case 'aws-sigv4':
      return createAwsAuthorizer(settings, ports)
    default:
      return createKeyAuthorizer(settings, ports)
  }
}
