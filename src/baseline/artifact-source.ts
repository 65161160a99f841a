import { escapeForTerminal } from '../text.ts'

/**
 * What choosing a history among the artifacts of workflow runs needs from GitHub. Every method may reject; a `status` member
 * of the error is the HTTP status. Nothing that comes through here is trusted: it is checked again where it is used.
 */
export interface ArtifactSource {
  /** The newest 100 runs of one workflow file on a branch, of one event or of all. */
  runs(query: RunQuery): Promise<readonly SourceRun[]>
  /** One run of this repository; null when there is none of this id. */
  run(id: number): Promise<SourceRun | null>
  /** Artifacts of exactly this name, of one run or of all runs of the repository. */
  artifacts(query: { readonly name: string; readonly runId: number | null }): Promise<ArtifactList>
  /** The zip of an artifact. Rejects as soon as it is longer than `maximumBytes`. */
  download(artifactId: number, maximumBytes: number): Promise<Uint8Array>
  /** The commit of a branch, tag or SHA; null when there is none of this name. */
  commitOf(ref: string): Promise<string | null>
  /** Whether commit `sha` is `of` or an ancestor of it; null when one of them is not there. */
  isAncestor(sha: string, of: string): Promise<boolean | null>
  /** The newest tag on a commit before the measured one in its own history; null when there is none. */
  newestTag(): Promise<string | null>
  /** Uploads an artifact that holds exactly `history.json` with this text. */
  upload(artifactName: string, history: string): Promise<void>
}

export interface RunQuery {
  /** File of `.github/workflows`, for example `nightly.yml`. */
  readonly workflow: string
  readonly branch: string
  /** Null: of all events. */
  readonly event: string | null
}

/** One run of a workflow. */
export interface SourceRun {
  readonly id: number
  /** Of the newest attempt, from 1. */
  readonly attempt: number
  /** The workflow file, for example `.github/workflows/nightly.yml`, perhaps with `@` and a ref. */
  readonly path: string
  readonly event: string
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

/** What a `release-asset` store needs. */
export interface ReleaseAssetSource {
  /**
   * The file of this name of the newest release (neither draft nor prerelease), and the release's tag; null when there is
   * no release or no such file. Rejects as soon as the file is longer than `maximumBytes`.
   */
  releaseAsset(
    name: string,
    maximumBytes: number,
  ): Promise<{ readonly tag: string; readonly content: Uint8Array } | null>
}

/** The HTTP status of an error; null when it has none. */
export function statusOf(error: unknown): number | null {
  return error instanceof Error && 'status' in error && typeof error.status === 'number' ? error.status : null
}

/**
 * Why GitHub could not be asked, with the remedy where there is one: half a sentence or more. `permission` is what the
 * token needs for it.
 */
export function describeUnreachable(error: unknown, permission = 'actions: read'): string {
  const status = statusOf(error)
  if (status === 403 || status === 404) {
    return (
      `GitHub answered ${status}: the token may not do this; add \`${permission}\` to the permissions of the job ` +
      `(a spent rate limit looks the same)`
    )
  }
  if (status === 410) return 'GitHub answered 410: it has expired'
  const message = error instanceof Error ? error.message : String(error)
  return `GitHub could not be asked: ${escapeForTerminal(message)}`
}
