import { ValueError } from './define.ts'
import { OWN_HEADERS } from './headers.ts'

/** How the key is sent: `authorization: Bearer <key>`, the bare key in a header of this (lower-case) name, or not at all. */
export type Auth =
  { readonly kind: 'bearer' } | { readonly kind: 'header'; readonly name: string } | { readonly kind: 'none' }

/** Reads `bearer`, `header:<name>` or `none`. */
export function readAuth(text: string): Auth {
  const trimmed = text.trim()
  if (trimmed === 'bearer' || trimmed === 'none') return { kind: trimmed }
  const match = /^header:\s*(\S+)$/.exec(trimmed)
  if (match === null || !isHeaderName(match[1]!) || OWN_HEADERS.includes(match[1]!.toLowerCase())) {
    throw new ValueError('must be bearer, none or header:<name>, for example header:x-api-key')
  }
  return { kind: 'header', name: match[1]!.toLowerCase() }
}

/** True for a token of RFC 9110: what a header may be called. */
export function isHeaderName(text: string): boolean {
  return /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(text)
}
