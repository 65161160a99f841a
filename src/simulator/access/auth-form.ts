import { ValueError } from '../../settings/define.ts'

/** How requests must prove who asks. */
export type AuthForm =
  { readonly kind: (typeof AUTH_FORMS)[number] } | { readonly kind: 'header'; readonly name: string }

/** What `--auth` can say in one word. */
export const AUTH_FORMS = ['bearer', 'basic', 'oauth', 'aws-sigv4'] as const

/** Reads a word of `AUTH_FORMS` or `header:<name>`; throws `ValueError`. */
export function readAuthForm(text: string): AuthForm {
  const word = AUTH_FORMS.find((one) => one === text.trim())
  if (word !== undefined) return { kind: word }
  const match = /^\s*header:\s*([A-Za-z0-9!#$%&'*+.^_`|~-]+)\s*$/.exec(text)
  if (match === null) throw new ValueError(`must be one of ${AUTH_FORMS.join(', ')} or header:<name>`)
  return { kind: 'header', name: match[1]!.toLowerCase() }
}
