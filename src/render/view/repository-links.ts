import { parseWebUrl } from '../sentences.ts'

/** Addresses in a repository, from the address of a run in it: that of GitHub or GitLab, wherever they are installed. */

/** The page of a run; null where it is no address of the web. Without user info, query and fragment, which may hold secrets. */
export function cleanRunUrl(url: string | null): string | null {
  const parsed = parseWebUrl(url)
  return parsed === null ? null : parsed.origin + parsed.pathname
}

/** The page of a commit; null where the run's address or the commit is not of a form that is known. */
export function commitUrlOf(runUrl: string | null, sha: string | null): string | null {
  const repository = findRepository(runUrl)
  return repository === null || !isSha(sha) ? null : `${repository}/commit/${sha}`
}

/** The page of all commits after one, up to another. */
export function rangeUrlOf(runUrl: string | null, after: string | null, sha: string | null): string | null {
  const repository = findRepository(runUrl)
  return repository === null || !isSha(after) || !isSha(sha) ? null : `${repository}/compare/${after}...${sha}`
}

const isSha = (sha: string | null): sha is string => sha !== null && /^[0-9a-f]{7,64}$/i.test(sha)

/** `/owner/name` before `/actions/runs/1` of GitHub, `/group/name/-` before `/jobs/1` or `/pipelines/1` of GitLab. */
const RUN_PATH = /^(?:((?:\/[^/]+){2})\/actions\/runs\/\d+|((?:\/[^/]+){2,}?\/-)\/(?:jobs|pipelines)\/\d+)/

function findRepository(runUrl: string | null): string | null {
  const url = parseWebUrl(runUrl)
  const path = url === null ? null : RUN_PATH.exec(url.pathname)
  return url === null || path === null ? null : url.origin + (path[1] ?? path[2]!)
}
