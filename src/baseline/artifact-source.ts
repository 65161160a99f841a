import type { Unreadable } from '../report/verdict.ts'
import { escapeForTerminal } from '../text.ts'

/**
 * GitHub as the search for a history needs it. Every method may reject; `statusOf` gives the HTTP status of the
 * error. Nothing that comes through here is trusted: it is checked again where it is used.
 */
export interface ArtifactSource {
  /** The newest 100 runs of one workflow file on a branch, for one event or all. */
  runs(query: RunQuery): Promise<readonly SourceRun[]>
  /** One run of this repository; null when there is none with this id. */
  run(id: number): Promise<SourceRun | null>
  /** Artifacts of exactly this name, of one run or of all runs of the repository. */
  artifacts(query: { readonly name: string; readonly runId: number | null }): Promise<ArtifactList>
  /** The zip of an artifact. Rejects as soon as it is longer than `maximumBytes`. */
  download(artifactId: number, maximumBytes: number): Promise<Uint8Array>
  /** The commit that a SHA, `heads/<branch>`, `tags/<tag>` or a bare name stands for; null when there is none. */
  commitOf(ref: string): Promise<string | null>
  /** The text of a file at a commit; null when it is not there. */
  fileAt(path: string, sha: string): Promise<string | null>
  /** Whether commit `sha` is `of` or an ancestor of it; null when one of them is not there. */
  isAncestor(sha: string, of: string): Promise<boolean | null>
  /** The newest tag on an ancestor of the measured commit; null when there is none. */
  newestTag(): Promise<string | null>
  /** Uploads an artifact that holds exactly `history.json` with this text. */
  upload(artifactName: string, history: string): Promise<void>
}

interface RunQuery {
  /** File of `.github/workflows`, for example `nightly.yml`. */
  readonly workflow: string
  readonly branch: string
  /** Null: all events. */
  readonly event: string | null
}

/** One run of a workflow. */
export interface SourceRun {
  readonly id: number
  /** Number of the newest attempt, from 1. */
  readonly attempt: number
  /** The workflow file, for example `.github/workflows/nightly.yml`, perhaps with `@` and a ref. */
  readonly path: string
  readonly event: string
  /** As GitHub shows it: `run-name` of the workflow, else a title made from the event. */
  readonly title: string
  readonly headBranch: string | null
  readonly headSha: string
  readonly repositoryId: number
  /** Null when that repository is gone. */
  readonly headRepositoryId: number | null
}

export interface ArtifactList {
  /** In any order. */
  readonly artifacts: readonly SourceArtifact[]
  /** False when there are more than are listed. */
  readonly complete: boolean
}

/** One artifact of a workflow run. */
export interface SourceArtifact {
  readonly id: number
  readonly name: string
  readonly sizeBytes: number
  readonly expired: boolean
  /** `sha256:` and 64 hex digits of the zip; null when GitHub states none. */
  readonly digest: string | null
  /** The run that uploaded it, as the artifact states it; null when it states none. */
  readonly run: {
    readonly id: number | null
    readonly repositoryId: number | null
    readonly headRepositoryId: number | null
    readonly headBranch: string | null
    readonly headSha: string | null
  } | null
}

/** The HTTP status of a refusal; null when GitHub could not be reached. */
export function statusOf(error: unknown): number | null {
  const { status, response } = (error ?? {}) as { readonly status?: unknown; readonly response?: unknown }
  // GitHub's client reports a lost network as a 500 without a response.
  return typeof status !== 'number' || (status === 500 && response === undefined) ? null : status
}

/**
 * Why GitHub gave nothing, with its status and words, and what helps. A missing permission is refused again, so
 * running the job again is no remedy for it.
 *
 * @param permission what the token needs, as `permissions:` of a workflow names it.
 */
export function explainGithubRefusal(error: unknown, permission: string): Unreadable {
  const status = statusOf(error)
  const words = wordsOf(error)
  const said = `${status}${words === '' ? '' : `, ${words}`}`
  const grant = `add \`${permission}\` to the permissions of the job`
  if (status === null) return { why: `GitHub could not be reached (${words})`, remedy: AGAIN }
  if (status === 401)
    return {
      why: `GitHub does not take the token (${said})`,
      remedy: 'check github-token: its default is that of the job',
    }
  if (status === 429 || (status === 403 && /rate limit/i.test(words)))
    return { why: `GitHub limits the rate of requests (${said})`, remedy: 'run the job again later' }
  // GitHub answers 404 for what a token may not see.
  if (status === 404 || (status === 403 && /not accessible by/i.test(words)))
    return { why: `\`${permission}\` is missing (GitHub answered ${said})`, remedy: grant }
  if (status === 403)
    return { why: `GitHub refuses it (${said})`, remedy: `do what it says, and where a permission is meant ${grant}` }
  if (status === 410)
    return { why: `it has expired (GitHub answered ${said})`, remedy: 'run the job that made it again' }
  return { why: `GitHub answered ${said}`, remedy: AGAIN }
}

const AGAIN = 'run the job again'

/** What `explainGithubRefusal` says, as half a sentence. */
export function describeRefusal(error: unknown, permission = 'actions: read'): string {
  const { why, remedy } = explainGithubRefusal(error, permission)
  return `${why}: ${remedy}`
}

/** The first line of an error's message, without the link to the manual that GitHub's client adds. */
function wordsOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  return escapeForTerminal(message.split('\n', 1)[0]!.replace(/ - https?:\/\/\S+$/, ''), 200)
}
