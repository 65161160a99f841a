import { figuresOf } from './label-acceptances.ts'
import { runOf } from '../api/artifact-source.ts'
import type { GithubClient } from '../api/client.ts'
import type { ActionContext } from '../job/context.ts'
import { newestOfEachName } from '../report-job/legs.ts'
import { mergedFigures } from './marker.ts'
import type { RedFigures } from './marker.ts'
import { legResults } from '../artifacts/run-artifacts.ts'

/** Events whose runs measure the newest commit of a pull request. */
const EVENTS: ReadonlySet<string> = new Set(['pull_request', 'deployment', 'deployment_status'])
/** Runs of one commit that are looked into. */
const MOST_RUNS = 5

/**
 * How much worse the newest commit of a pull request was in its last run, as the artifacts of that run say. Only runs of
 * this repository's own branches count: what a fork uploads is its own.
 *
 * @throws when GitHub cannot be asked.
 */
export async function lastFigures(
  client: GithubClient,
  headSha: string,
  names: readonly string[],
  context: ActionContext,
): Promise<RedFigures> {
  const { octokit, repo } = client
  const { data } = await octokit.rest.actions.listWorkflowRunsForRepo({ ...repo, head_sha: headSha, per_page: 100 })
  const { id } = context.repository
  const runs = data.workflow_runs
    .map(runOf)
    .filter((run) => run.repositoryId === id && run.headRepositoryId === id)
    .filter((run) => run.headSha === headSha && EVENTS.has(run.event) && run.id !== context.run.id)
    .slice(0, MOST_RUNS)
  const found: RedFigures[] = []
  for (const run of runs) {
    const isWanted = (name: string): boolean => names.includes(name)
    const { results } = await legResults(client, { run: { ...context.run, id: run.id } }, { isWanted })
    for (const { leg, verdict } of newestOfEachName(results).newest) {
      // One in which nothing was red hides what older ones say.
      found.push({ [leg.name]: {}, ...figuresOf(verdict, {}, []) })
    }
  }
  return mergedFigures(found)
}
