import { randomBytes } from 'node:crypto'
import { readBasicCredentials, type TokenState } from '../guard.ts'
import type { Identity } from '../platform.ts'
import { writeJsonPage, type Page } from '../servers.ts'

/** The token endpoint of a Databricks workspace (`POST /oidc/v1/token`), and the state of the tokens that it gave out. */
interface TokenOffice {
  /** Answers a request for a token; `form` is the raw body. */
  grant(form: string, authorization: string | undefined): Page
  /** The current state of a bearer token. */
  stateOf(token: string): TokenState
}

export interface TokenOfficeOptions {
  /** Credentials of client_credentials; null accepts any. */
  readonly clientId: string | null
  readonly clientSecret: string | null
  readonly tokenLifetimeMs: number
}

/** The most tokens that are remembered; a run asks for a few. */
const MOST_TOKENS = 1000

/** Gives out tokens for client credentials, and to clients that `identity` vouches for. */
export function createTokenOffice(
  { clientId, clientSecret, tokenLifetimeMs }: TokenOfficeOptions,
  identity: Identity | null,
  nowMs: () => number,
): TokenOffice {
  const expiresAt = new Map<string, number>()

  function issue(): Page {
    const token = `simulated-${randomBytes(24).toString('base64url')}`
    expiresAt.set(token, nowMs() + tokenLifetimeMs)
    if (expiresAt.size > MOST_TOKENS) expiresAt.delete(expiresAt.keys().next().value!)
    const expires_in = Math.floor(tokenLifetimeMs / 1000)
    return writeJsonPage({ access_token: token, scope: 'all-apis', token_type: 'Bearer', expires_in })
  }
  function refuseClient(fields: URLSearchParams, authorization: string | undefined): Page | null {
    const given = readBasicCredentials(authorization) ?? [fields.get('client_id'), fields.get('client_secret')]
    const [id, secret] = given
    if (!id || !secret) return refuseToken(401, 'invalid_client', 'Client authentication is missing')
    const isKnown = (clientId === null || id === clientId) && (clientSecret === null || secret === clientSecret)
    return isKnown ? null : refuseToken(401, 'invalid_client', 'Client authentication failed')
  }
  function refuse(fields: URLSearchParams, authorization: string | undefined): Page | null {
    if (!(fields.get('scope') ?? '').split(' ').includes('all-apis')) {
      return refuseToken(400, 'invalid_scope', 'The scope must be all-apis')
    }
    const grantType = fields.get('grant_type')
    if (grantType === 'client_credentials') return refuseClient(fields, authorization)
    if (grantType === identity?.grantType) return identity.refuse(fields, clientId)
    return refuseToken(400, 'unsupported_grant_type', 'The grant type is not supported')
  }

  return {
    grant: (form, authorization) => refuse(new URLSearchParams(form), authorization) ?? issue(),
    stateOf(token) {
      const until = expiresAt.get(token)
      return until === undefined ? 'unknown' : nowMs() < until ? 'good' : 'expired'
    },
  }
}

/** A refusal in the form of RFC 6749, section 5.2. */
export function refuseToken(status: number, error: string, description: string): Page {
  return writeJsonPage({ error, error_description: description }, status)
}
