import { statusOf, describeRefusal } from '../../baseline/artifact-source.ts'
import { messageOf } from '../api/client.ts'
import type { GithubClient } from '../api/client.ts'
import { hasMarker } from './marker.ts'

/** A comment of ours on a pull request. */
export interface StickyComment {
  readonly id: number
  readonly body: string
  readonly url: string
}

/** Pages of 100 comments that are searched. */
const MOST_PAGES = 50

/** Our first comment with one of the markers: it begins with it, and this token's own login wrote it. Anybody can quote one. */
export async function findComment(
  { octokit, repo, login: ownLogin }: GithubClient,
  { pullNumber, markers }: { pullNumber: number; markers: readonly string[] },
): Promise<StickyComment | null> {
  const pages = octokit.paginate.iterator(octokit.rest.issues.listComments, {
    ...repo,
    issue_number: pullNumber,
    per_page: 100,
  })
  const login = await ownLogin()
  let seen = 0
  for await (const { data } of pages) {
    const found = data.find(
      ({ user, body }) => isOurs(user, login) && markers.some((marker) => hasMarker(marker, body ?? '')),
    )
    if (found !== undefined) return { id: found.id, body: found.body ?? '', url: found.html_url }
    if (++seen === MOST_PAGES) break
  }
  return null
}

/** Writes the comment, in place when there is one, and not at all when it says the same already. Returns its URL. */
export async function writeComment(
  { octokit, repo }: GithubClient,
  { pullNumber, existing, body }: { pullNumber: number; existing: StickyComment | null; body: string },
): Promise<string> {
  if (existing !== null) {
    if (normalise(existing.body) === normalise(body)) return existing.url
    const { data } = await octokit.rest.issues.updateComment({ ...repo, comment_id: existing.id, body })
    return data.html_url
  }
  // A server's error may come after the comment was made: a second attempt would double it.
  const { data } = await octokit.rest.issues.createComment({
    ...repo,
    issue_number: pullNumber,
    body,
    request: { retries: 0 },
  })
  return data.html_url
}

/** Why a comment was not written, and what to do. */
export function describeCommentFailure(error: unknown): string {
  const status = statusOf(error)
  if (status === 403 && /locked/i.test(messageOf(error))) return 'no comment was written: the conversation is locked'
  if (status === 422) return `no comment was written: GitHub refused it (${messageOf(error)}); the summary has it all`
  return `no comment was written: ${describeRefusal(error, 'pull-requests: write')}; the summary has it all`
}

function isOurs(user: { readonly login: string; readonly type: string } | null | undefined, login: string): boolean {
  if (user?.login !== login) return false
  return !login.endsWith('[bot]') || user.type === 'Bot'
}

/** GitHub may keep line ends of its own. */
function normalise(body: string): string {
  return body.replaceAll('\r\n', '\n').trim()
}
