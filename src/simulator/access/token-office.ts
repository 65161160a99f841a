import { randomBytes } from 'node:crypto'
import { jsonPage, type Page } from '../page.ts'
import type { GitHubIdentity } from './github-identity.ts'

/** The token endpoint of a Databricks workspace (`POST /oidc/v1/token`), and what became of the tokens it gave out. */
export interface TokenOffice {
  /** Answers a request for a token; `form` is the body as it came. */
  grant(form: string, authorization: string | undefined): Page
  /** What a bearer token is worth here now. */
  stateOf(token: string): 'good' | 'expired' | 'unknown'
}

export interface TokenOfficeOptions {
  /** Credentials of client_credentials; null accepts any. */
  readonly clientId: string | null
  readonly clientSecret: string | null
  readonly tokenLifetimeMs: number
}

const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange'
const JWT = 'urn:ietf:params:oauth:token-type:jwt'
/** Tokens that are remembered: a run asks for a few. */
const MOST_TOKENS = 1000

/** Gives out tokens for client credentials, and for identities that `github` gave out. */
export function createTokenOffice(
  { clientId, clientSecret, tokenLifetimeMs }: TokenOfficeOptions,
  github: Pick<GitHubIdentity, 'knows'>,
  nowMs: () => number = Date.now,
): TokenOffice {
  const expiresAt = new Map<string, number>()

  function issue(): Page {
    const token = `simulated-${randomBytes(24).toString('base64url')}`
    expiresAt.set(token, nowMs() + tokenLifetimeMs)
    if (expiresAt.size > MOST_TOKENS) expiresAt.delete(expiresAt.keys().next().value!)
    const expires_in = Math.floor(tokenLifetimeMs / 1000)
    return jsonPage({ access_token: token, scope: 'all-apis', token_type: 'Bearer', expires_in })
  }
  function credentials(fields: URLSearchParams, authorization: string | undefined): Page {
    const given = basicCredentials(authorization) ?? [fields.get('client_id'), fields.get('client_secret')]
    const [id, secret] = given
    if (!id || !secret) return refusal(401, 'invalid_client', 'Client authentication is missing')
    const known = (clientId === null || id === clientId) && (clientSecret === null || secret === clientSecret)
    return known ? issue() : refusal(401, 'invalid_client', 'Client authentication failed')
  }
  function exchange(fields: URLSearchParams): Page {
    if (fields.get('subject_token_type') !== JWT) {
      return refusal(400, 'invalid_request', `subject_token_type must be ${JWT}`)
    }
    // Without a client id a policy of the whole account decides; with one, that of the service principal.
    const id = fields.get('client_id')
    if (id !== null && clientId !== null && id !== clientId) {
      return refusal(401, 'invalid_client', 'No federation policy of this client matches the token')
    }
    return github.knows(fields.get('subject_token') ?? '')
      ? issue()
      : refusal(400, 'invalid_grant', 'The subject token is invalid or has expired')
  }

  return {
    grant(form, authorization) {
      const fields = new URLSearchParams(form)
      if (!(fields.get('scope') ?? '').split(' ').includes('all-apis')) {
        return refusal(400, 'invalid_scope', 'The scope must be all-apis')
      }
      switch (fields.get('grant_type')) {
        case 'client_credentials':
          return credentials(fields, authorization)
        case TOKEN_EXCHANGE:
          return exchange(fields)
        default:
          return refusal(400, 'unsupported_grant_type', 'The grant type is not supported')
      }
    },
    stateOf(token) {
      const until = expiresAt.get(token)
      return until === undefined ? 'unknown' : nowMs() < until ? 'good' : 'expired'
    },
  }
}

/** User and password of a Basic header, or null when it is none. */
export function basicCredentials(authorization: string | undefined): readonly [user: string, password: string] | null {
  const match = /^basic ([A-Za-z0-9+/]+=*)$/i.exec(authorization ?? '')
  if (match === null) return null
  const text = Buffer.from(match[1]!, 'base64').toString()
  const colon = text.indexOf(':')
  return colon < 0 ? null : [text.slice(0, colon), text.slice(colon + 1)]
}

/** The form of RFC 6749, section 5.2. */
function refusal(status: number, error: string, description: string): Page {
  return jsonPage({ error, error_description: description }, status)
}
