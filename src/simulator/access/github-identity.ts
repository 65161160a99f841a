import { generateKeyPairSync, randomUUID, sign, verify, type KeyObject } from 'node:crypto'
import { jsonPage, type Page } from '../page.ts'

/** Plays GitHub's page that gives a job its identity, so that federation can be tried without GitHub. */
export interface GitHubIdentity {
  /** Answers `GET /github-oidc?audience=…`. */
  page(audience: string | null, authorization: string | undefined): Page
  /** Whether this token was given out here and still holds. */
  knows(token: string): boolean
}

const ISSUER = 'https://token.actions.githubusercontent.com'
const LIFETIME_SECONDS = 300

/** A signing key of its own; nothing else can make its tokens. */
export function createGitHubIdentity(nowMs: () => number = Date.now): GitHubIdentity {
  let keys: { readonly privateKey: KeyObject; readonly publicKey: KeyObject } | null = null
  const keyPair = () => (keys ??= generateKeyPairSync('ec', { namedCurve: 'P-256' }))

  return {
    page(audience, authorization) {
      if (!/^bearer \S+$/i.test(authorization ?? '')) return jsonPage({ message: 'Requires authentication' }, 401)
      if (audience === null || audience === '')
        return jsonPage({ message: "Can't issue a token without an audience" }, 400)
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
      return jsonPage({ count: value.length, value }, 200)
    },

    knows(token) {
      const [header = '', claims = '', signature = '', ...more] = token.split('.')
      if (keys === null || more.length > 0) return false
      const key = { key: keys.publicKey, dsaEncoding: 'ieee-p1363' } as const
      const genuine = verify('sha256', Buffer.from(`${header}.${claims}`), key, Buffer.from(signature, 'base64url'))
      return (
        genuine && (JSON.parse(Buffer.from(claims, 'base64url').toString()) as { exp: number }).exp * 1000 > nowMs()
      )
    },
  }
}

function base64url(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}
