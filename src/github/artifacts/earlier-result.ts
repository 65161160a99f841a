import { decodeUploaded } from '../../baseline/artifact-rules.ts'
import type { HistoryEntry } from '../../report/history.ts'
import { runOf } from '../api/artifact-source.ts'
import type { GithubClient } from '../api/client.ts'
import type { ActionContext, PullRequestRef } from '../context.ts'
import { pickNewestOfEachName, readLegResults } from './run-artifacts.ts'
import type { LegResult } from './run-artifacts.ts'

/** What an earlier run has measured of the same commit. */
export interface EarlierResult {
  readonly result: LegResult
  readonly comparedWith: readonly HistoryEntry[]
  readonly runId: number
}

/** Events whose runs measure the head of a pull request, and nothing else. */
const EVENTS: ReadonlySet<string> = new Set(['pull_request', 'pull_request_target'])
/** Runs of one commit that are looked into. */
const MOST_RUNS = 5
/** Words of runs in which nothing was measured that could be judged again. */
const WITHOUT_FIGURES: ReadonlySet<string> = new Set(['cancelled', 'not-measured', 'skipped'])

/**
 * What the newest earlier run of this workflow file that measured this very commit of the pull request came to, before any label; null
 * when there is none that can be judged again. Only what the runs of this repository's own branches uploaded counts, not what the
 * comment says, and by the rules for artifacts.
 *
 * @throws when GitHub cannot be asked.
 */
export async function findEarlierResult(
  client: GithubClient,
  context: ActionContext,
  { headSha, headRepositoryId }: PullRequestRef,
  name: string,
): Promise<EarlierResult | null> {
  const { octokit, repo } = client
  const { repository, run: own, workflowFile } = context
  if (headRepositoryId !== repository.id || workflowFile === null) return null
  const { data } = await octokit.rest.actions.listWorkflowRunsForRepo({ ...repo, head_sha: headSha, per_page: 100 })
  const runs = data.workflow_runs
    .map(runOf)
    .filter((run) => run.repositoryId === repository.id && run.headRepositoryId === repository.id)
    .filter((run) => run.headSha === headSha && EVENTS.has(run.event) && run.id !== own.id)
    .filter(({ path }) => path.split('@', 1)[0] === `.github/workflows/${workflowFile}`)
    .toSorted((a, b) => b.id - a.id)
    .slice(0, MOST_RUNS)
  for (const { id } of runs) {
    const isWanted = (other: string): boolean => other === name
    const { results } = await readLegResults(client, { run: { ...own, id } }, { isWanted })
    const [result] = pickNewestOfEachName(results).newest
    if (result === undefined || WITHOUT_FIGURES.has(result.verdict.verdict)) continue
    // What a label made of it cannot be taken back: what it was before is not known.
    if (result.verdict.comparisons.some(({ accepted }) => accepted !== null && accepted.by !== null)) return null
    const { baselineJson } = result
    return { result, comparedWith: baselineJson == null ? [] : decodeUploaded(baselineJson).entries, runId: id }
  }
  return null
}
