import { createSigner } from '../../vendors/bedrock/signature.ts'
import type { Settings } from '../../settings.ts'
import { createAcceptance } from './acceptance.ts'
import type { Authorizer, AuthPorts } from './authorizer.ts'

const SERVICE = 'bedrock'

/** Signs each request with the AWS credentials of the environment. */
export function createAwsAuthorizer({ aws }: Pick<Settings, 'aws'>, ports: AuthPorts): Authorizer {
  // Settings that ask for it have been found to have them.
  const sign = aws === null ? null : createSigner({ ...aws, service: SERVICE })
  return {
    ...createAcceptance(ports),
    stale: false,
    headers: ({ method, url, body }) =>
      sign?.({ method, host: url.host, path: url.pathname, query: url.search.slice(1), body }, ports.wallClock()) ?? {},
    prepare: async () => {},
    renew: async () => false,
  }
}
