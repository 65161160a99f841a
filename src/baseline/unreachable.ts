import { plain } from '../text.ts'

/** The HTTP status of an error; null when it has none. */
export function statusOf(error: unknown): number | null {
  return error instanceof Error && 'status' in error && typeof error.status === 'number' ? error.status : null
}

/**
 * Why GitHub could not be asked, with the remedy where there is one: half a sentence or more. `permission` is what the
 * token needs for it.
 */
export function whyUnreachable(error: unknown, permission = 'actions: read'): string {
  const status = statusOf(error)
  if (status === 403 || status === 404) {
    return (
      `GitHub answered ${status}: the token may not do this; add \`${permission}\` to the permissions of the job ` +
      `(a spent rate limit looks the same)`
    )
  }
  if (status === 410) return 'GitHub answered 410: it has expired'
  const message = error instanceof Error ? error.message : String(error)
  return `GitHub could not be asked: ${plain(message)}`
}
