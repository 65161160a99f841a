import type { Authorizer } from '../../src/load/auth/authorizer.ts'

/** No key, nothing to renew. */
export const NO_AUTH: Authorizer = {
  stale: false,
  headers: () => ({}),
  refresh: async () => {},
  noteAccepted: () => {},
  acceptedUntil: () => null,
  renew: async () => false,
}
