import { ValueError } from './define.ts'
import { isHeaderName, OWN_HEADERS } from './values/headers.ts'

/**
 * How the client proves who it is. `auto`: the key where the API wants it; `bearer`: `authorization: Bearer <key>`; `header`:
 * the bare key in a header of this (lower-case) name; `basic`: `user:password`; `databricks-oauth`: a token for client id and secret;
 * `databricks-oidc`: a token for the job's GitHub identity; `aws-sigv4`: signed with AWS credentials; `none`: not at all.
 */
export type Auth = { readonly kind: (typeof AUTH_WORDS)[number] } | { readonly kind: 'header'; readonly name: string }

/** What `auth` can say in one word. */
export const AUTH_WORDS = [
  'auto',
  'bearer',
  'basic',
  'databricks-oauth',
  'databricks-oidc',
  'aws-sigv4',
  'none',
] as const

/** The settings that each way of `auth` uses; the others that hold credentials would do nothing beside it. */
export const CREDENTIALS_OF: Readonly<Record<Auth['kind'], readonly string[]>> = {
  auto: ['api-key'],
  bearer: ['api-key'],
  header: ['api-key'],
  basic: ['api-key'],
  'databricks-oauth': ['client-id', 'client-secret', 'token-url'],
  'databricks-oidc': ['client-id', 'oidc-audience', 'token-url'],
  'aws-sigv4': [],
  none: [],
}

/** Every setting that holds credentials, or says where they go. */
export const CREDENTIALS: readonly string[] = [...new Set(Object.values(CREDENTIALS_OF).flat())]

/** The way that a text of `auth` names, as far as it can be read; null when it cannot. */
export function authKindOf(text: string | undefined): Auth['kind'] | null {
  const word = text?.trim() ?? 'auto'
  if (word.startsWith('header:')) return 'header'
  return AUTH_WORDS.find((one) => one === word) ?? null
}

/** Reads a word of `AUTH_WORDS` or `header:<name>`. */
export function readAuth(text: string): Auth {
  const trimmed = text.trim()
  const word = AUTH_WORDS.find((one) => one === trimmed)
  if (word !== undefined) return { kind: word }
  const match = /^header:\s*(\S+)$/.exec(trimmed)
  if (match === null || !isHeaderName(match[1]!) || OWN_HEADERS.includes(match[1]!.toLowerCase())) {
    throw new ValueError(`must be ${AUTH_WORDS.join(', ')} or header:<name>, for example header:x-api-key`)
  }
  return { kind: 'header', name: match[1]!.toLowerCase() }
}

/** The user and password of `auth: basic`. A key that stands alone is a Databricks token, whose user is called so. */
export function basicPair(key: string): string {
  return key.includes(':') ? key : `token:${key}`
}
