import type { ArtifactList, SourceArtifact, SourceRun } from '../../baseline/artifact-rules.ts'
import { download, statusOf } from './client.ts'
import type { GithubClient } from './client.ts'
import type { ActionContext } from '../context.ts'

type Schema<R extends keyof GithubClient['octokit']['rest']['actions']> = Awaited<
  ReturnType<GithubClient['octokit']['rest']['actions'][R]>
>['data']
type ApiRun = Schema<'getWorkflowRun'>
type ApiArtifact = Schema<'getArtifact'>

type Commits = Pick<GithubClient, 'octokit' | 'repo'>

/** The commit that a SHA, `heads/<branch>`, `tags/<tag>` or a bare name stands for; null when there is none. */
export async function findCommit({ octokit, repo }: Commits, ref: string): Promise<string | null> {
  return askOrNull(async () => (await octokit.rest.repos.getCommit({ ...repo, ref, per_page: 1 })).data.sha)
}

/** A file at a commit; null when there is none. Throws when that cannot be found out. */
export async function fetchBytes({ octokit, repo }: Commits, path: string, sha: string): Promise<Buffer | null> {
  try {
    const { data, headers } = await octokit.rest.repos.getContent({
      ...repo,
      path,
      ref: sha,
      mediaType: { format: 'raw' },
      // GitHub calls every file text, and what is not would be read as if it were.
      request: { parseSuccessResponseBody: false },
    })
    // A folder is a list, whatever was asked for. The types know nothing of the raw form.
    if (!headers['content-type']?.includes('raw')) return null
    return Buffer.from(await new Response(data as unknown as ReadableStream).arrayBuffer())
  } catch (error) {
    if (statusOf(error) !== 404) throw error
    // A missing file and a missing permission give the same answer; asking for the commit tells them apart.
    await octokit.rest.repos.getCommit({ ...repo, ref: sha, per_page: 1 })
    return null
  }
}

/** Whether a commit is `of` or an ancestor of it; null when one of them does not exist. */
export async function isAncestor({ octokit, repo }: Commits, ancestor: string, of: string): Promise<boolean | null> {
  return askOrNull(async () => {
    const basehead = `${ancestor}...${of}`
    const { data } = await octokit.rest.repos.compareCommitsWithBasehead({ ...repo, basehead, per_page: 1 })
    return data.status === 'ahead' || data.status === 'identical'
  })
}

/** The artifact of this name in a run; null when there is none. */
export async function findArtifact(
  { octokit, repo }: Commits,
  runId: number,
  name: string,
): Promise<SourceArtifact | null> {
  const { data } = await octokit.rest.actions.listWorkflowRunArtifacts({ ...repo, run_id: runId, name })
  return toArtifacts(data).artifacts.find((artifact) => artifact.name === name) ?? null
}

/** The zip of an artifact. Rejects as soon as it is longer than `maximumBytes`. */
export async function downloadArtifact(client: GithubClient, id: number, maximumBytes: number): Promise<Uint8Array> {
  return download(client, `/actions/artifacts/${id}/zip`, { maximumBytes })
}

/** Artifacts as the store reads them. */
export function toArtifacts(data: {
  readonly total_count: number
  readonly artifacts: readonly ApiArtifact[]
}): ArtifactList {
  return { artifacts: data.artifacts.map(artifactOf), complete: data.total_count <= data.artifacts.length }
}

function artifactOf({ id, name, size_in_bytes, expired, digest, workflow_run: run }: ApiArtifact): SourceArtifact {
  return {
    id,
    name,
    sizeBytes: size_in_bytes,
    expired,
    digest: digest ?? null,
    run:
      run == null
        ? null
        : {
            id: run.id ?? null,
            repositoryId: run.repository_id ?? null,
            headRepositoryId: run.head_repository_id ?? null,
            headBranch: run.head_branch ?? null,
            headSha: run.head_sha ?? null,
          },
  }
}

/** A run as the store reads it. */
export function runOf(run: ApiRun): SourceRun {
  return {
    id: run.id,
    attempt: run.run_attempt ?? 1,
    path: run.path,
    event: run.event,
    title: run.display_title,
    headBranch: run.head_branch,
    headSha: run.head_sha,
    repositoryId: run.repository.id,
    // The types do not know that the repository of a fork can be gone.
    headRepositoryId: (run.head_repository as { readonly id: number } | null)?.id ?? null,
  }
}

/** The most runs about one commit that are looked at. */
const MOST_RUNS = 5

/** The newest of these runs that measured code of this repository, because a fork can upload anything; without the run that asks. */
export function pickOwnRuns(
  runs: readonly ApiRun[],
  { repository: { id }, run: own }: Pick<ActionContext, 'repository' | 'run'>,
  isWanted: (run: SourceRun) => boolean,
): readonly SourceRun[] {
  return runs
    .map(runOf)
    .filter((run) => run.repositoryId === id && run.headRepositoryId === id && run.id !== own.id && isWanted(run))
    .toSorted((a, b) => b.id - a.id)
    .slice(0, MOST_RUNS)
}

/** Null when GitHub answers that there is no such thing. */
export async function askOrNull<T>(ask: () => Promise<T>, absent: readonly number[] = [404, 422]): Promise<T | null> {
  try {
    return await ask()
  } catch (error) {
    if (absent.includes(statusOf(error) ?? 0)) return null
    throw error
  }
}
