import { generateKeyPairSync, randomUUID, sign, verify, type KeyObject } from 'node:crypto'
import { refuseToken } from '../../src/simulator/databricks/databricks.ts'
import { writeJsonPage, type Identity, type Page } from '../../src/simulator/servers.ts'

/** A job of GitHub Actions, which fetches a token of its identity at `GET /github-oidc?audience=…` and exchanges it. */
const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange'
const JWT = 'urn:ietf:params:oauth:token-type:jwt'
const ISSUER = 'https://token.actions.githubusercontent.com'
const LIFETIME_SECONDS = 300

/** Plays GitHub, so that federation can be tried without it. It has a signing key of its own; nothing else can make its tokens. */
export function createGitHubIdentity(nowMs: () => number = Date.now): Identity {
  let keys: { readonly privateKey: KeyObject; readonly publicKey: KeyObject } | null = null
  const keyPair = () => (keys ??= generateKeyPairSync('ec', { namedCurve: 'P-256' }))

  /** Whether this token was given out here and still holds. */
  function knows(token: string): boolean {
    const [header = '', claims = '', signature = '', ...more] = token.split('.')
    if (keys === null || more.length > 0) return false
    const key = { key: keys.publicKey, dsaEncoding: 'ieee-p1363' } as const
    const genuine = verify('sha256', Buffer.from(`${header}.${claims}`), key, Buffer.from(signature, 'base64url'))
    return genuine && (JSON.parse(Buffer.from(claims, 'base64url').toString()) as { exp: number }).exp * 1000 > nowMs()
  }
  function giveToken(audience: string | null, authorization: string | undefined): Page {
    if (!/^bearer \S+$/i.test(authorization ?? '')) return writeJsonPage({ message: 'Requires authentication' }, 401)
    if (audience === null || audience === '')
      return writeJsonPage({ message: "Can't issue a token without an audience" }, 400)
    const now = Math.floor(nowMs() / 1000)
    const claims = {
      iss: ISSUER,
      sub: 'repo:octo-org/octo-repo:ref:refs/heads/main',
      aud: audience,
      jti: randomUUID(),
      iat: now,
      nbf: now,
      exp: now + LIFETIME_SECONDS,
    }
    const signed = `${base64url({ alg: 'ES256', typ: 'JWT' })}.${base64url(claims)}`
    const key = { key: keyPair().privateKey, dsaEncoding: 'ieee-p1363' } as const
    const value = `${signed}.${sign('sha256', Buffer.from(signed), key).toString('base64url')}`
    return writeJsonPage({ count: value.length, value }, 200)
  }

  return {
    grantType: TOKEN_EXCHANGE,
    refuse(fields, clientId) {
      if (fields.get('subject_token_type') !== JWT) {
        return refuseToken(400, 'invalid_request', `subject_token_type must be ${JWT}`)
      }
      // Without a client id a policy of the whole account decides; with one, that of the service principal.
      const id = fields.get('client_id')
      if (id !== null && clientId !== null && id !== clientId) {
        return refuseToken(401, 'invalid_client', 'No federation policy of this client matches the token')
      }
      return knows(fields.get('subject_token') ?? '')
        ? null
        : refuseToken(400, 'invalid_grant', 'The subject token is invalid or has expired')
    },
    page: ({ pathname, searchParams }, authorization) =>
      pathname === '/github-oidc' ? giveToken(searchParams.get('audience'), authorization) : null,
  }
}

function base64url(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}
