import { isSha } from '../report/history.ts'
import type { Verdict } from '../report/verdict.ts'
import { formatSha } from './format.ts'
import { linkTo, parseWebUrl, quote, quoteCode, say } from './sentences.ts'
import type { Sentence } from './sentences.ts'

/**
 * The commits of runs, in words and as links. Addresses come from that of a run in the same repository: of GitHub or GitLab, wherever they
 * are installed.
 */

/** A measured commit and its base, where that is known. */
export interface Commits {
  readonly head: string
  readonly base: string | null
}

/** The commits it is about, because a comment may outlive them. Null where unknown. */
export function describeCommits(commits: Commits | null): Sentence | null {
  if (commits === null || commits.head === '') return null
  const head = quoteCode(formatSha(commits.head), 20)
  return commits.base === null
    ? say`Commit ${head}.`
    : say`Commit ${head} on ${quoteCode(formatSha(commits.base), 20)}.`
}

/** The commits that the newest recorded run lacks, as a link; none where a commit or its repository is not known. */
export function linkCommits(
  { newest }: Pick<Verdict['baseline'], 'newest'>,
  commits: Commits | null,
  run: string | null,
): readonly Sentence[] {
  if (newest === null || newest.sha === null || commits === null || newest.sha === commits.head) return []
  const url = rangeUrlOf(run, newest.sha, commits.head)
  // Of two repositories, neither need have the commits of the other.
  if (url === null || (newest.url !== null && rangeUrlOf(newest.url, newest.sha, commits.head) !== url)) return []
  const range = `${formatSha(newest.sha)}…${formatSha(commits.head)}`
  return [say`Commits that the newest recorded run lacks: ${linkTo(quote(range, 40), url)}.`]
}

/** The page of a run; null where it is no address of the web. Without user info, query and fragment, which may hold secrets. */
export function cleanRunUrl(url: string | null): string | null {
  const parsed = parseWebUrl(url)
  return parsed === null ? null : parsed.origin + parsed.pathname
}

/** The page of a commit; null where the run's address or the commit is not of a form that is known. */
export function commitUrlOf(runUrl: string | null, sha: string | null): string | null {
  const repository = findRepository(runUrl)
  return repository === null || sha === null || !isSha(sha) ? null : `${repository}/commit/${sha}`
}

/** The page of all commits after one, up to another. */
export function rangeUrlOf(runUrl: string | null, after: string | null, sha: string | null): string | null {
  const repository = findRepository(runUrl)
  const isKnown = after !== null && sha !== null && isSha(after) && isSha(sha)
  return repository === null || !isKnown ? null : `${repository}/compare/${after}...${sha}`
}

/** `/owner/name` before `/actions/runs/1` of GitHub, `/group/name/-` before `/jobs/1` or `/pipelines/1` of GitLab. */
const RUN_PATH = /^(?:((?:\/[^/]+){2})\/actions\/runs\/\d+|((?:\/[^/]+){2,}?\/-)\/(?:jobs|pipelines)\/\d+)/

function findRepository(runUrl: string | null): string | null {
  const url = parseWebUrl(runUrl)
  const path = url === null ? null : RUN_PATH.exec(url.pathname)
  return url === null || path === null ? null : url.origin + (path[1] ?? path[2]!)
}

/** A URL from an artifact is linked only if it has the origin of this run. */
export function pickSameOrigin(url: string | null, run: string | null): string | null {
  if (url === null || run === null || !URL.canParse(url) || !URL.canParse(run)) return null
  return new URL(url).origin === new URL(run).origin ? url : null
}
