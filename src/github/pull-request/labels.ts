import { runOf } from '../api/artifact-source.ts'
import { describeRefusal } from '../../baseline/artifact-source.ts'
import { isRefusal, messageOf } from '../api/client.ts'
import type { GithubClient } from '../api/client.ts'
import { readLegResults, pickNewestOfEachName } from '../artifacts/run-artifacts.ts'
import { findMeasuredSha } from '../context.ts'
import type { ActionContext, PullRequestRef } from '../context.ts'
import { findComment } from './comment.ts'
import { figuresOf } from './label-acceptances.ts'
import type { PullLabels } from './label-acceptances.ts'
import { readRedFigures, mergeFigures } from './marker.ts'
import type { WorseFigures } from './marker.ts'
import { readLabelsOf, findMergedPullRequests, findQueuedPullRequest } from './pull-request.ts'

/** Pull requests whose labels count for a run. */
export interface LabelSource {
  readonly numbers: readonly number[]
  /** True when it is the pull request itself that is measured. */
  readonly isMeasured: boolean
  /** Why they could not be found; else null. */
  readonly note: string | null
}

/**
 * The pull request that a run is about; without one those that a push merged, or the one at the head of a merge group.
 */
export async function findLabelSource(
  client: GithubClient,
  context: ActionContext,
  pull: PullRequestRef | null,
): Promise<LabelSource> {
  if (pull !== null) return { numbers: [pull.number], isMeasured: true, note: null }
  const queued = findQueuedPullRequest(context)
  if (queued !== null) return { numbers: [queued], isMeasured: false, note: null }
  const isPush = context.event === 'push' || context.workflowRun?.event === 'push'
  if (!isPush) return { numbers: [], isMeasured: false, note: null }
  try {
    const numbers = await findMergedPullRequests(client, { ...context, sha: findMeasuredSha(context) })
    return { numbers, isMeasured: false, note: null }
  } catch (error) {
    return { numbers: [], isMeasured: false, note: `the merged pull request could not be found: ${messageOf(error)}` }
  }
}

/** What reading labels needs beside the client. */
export interface LabelQuery {
  readonly context: ActionContext
  /** Names of the histories that they may be about. */
  readonly names: readonly string[]
  readonly acceptLabel: string
  /** Of our comments. */
  readonly markers: readonly string[]
}

/** The labels of these pull requests that accept something, with the figures at which people last saw them red. */
export async function readLabels(
  client: GithubClient,
  { numbers, isMeasured, note }: LabelSource,
  query: LabelQuery,
): Promise<{ readonly pulls: readonly PullLabels[]; readonly notes: readonly string[] }> {
  const pulls: PullLabels[] = []
  const notes = note === null ? [] : [note]
  for (const number of numbers) {
    try {
      const { labels, headSha } = await readLabelsOf(client, number, query.acceptLabel)
      if (labels.length === 0) continue
      const shown = await figuresOfComment(client, number, query.markers)
      const before = isMeasured
        ? { figures: {}, note: null }
        : await figuresOfLastRun(client, number, headSha, shown, query)
      if (before.note !== null) notes.push(before.note)
      pulls.push({ number, labels, figures: { ...before.figures, ...shown }, isMeasured })
    } catch (error) {
      notes.push(`the labels of #${number} could not be read: ${describeRefusal(error, 'pull-requests: read')}`)
    }
  }
  return { pulls, notes }
}

async function figuresOfComment(
  client: GithubClient,
  pullNumber: number,
  markers: readonly string[],
): Promise<WorseFigures> {
  const comment = await findComment(client, { pullNumber, markers })
  return mergeFigures(markers.map((marker) => readRedFigures(marker, comment?.body ?? '')))
}

/** What the comment does not say is looked for in the last run. */
async function figuresOfLastRun(
  client: GithubClient,
  number: number,
  headSha: string,
  shown: WorseFigures,
  query: LabelQuery,
): Promise<{ readonly figures: WorseFigures; readonly note: string | null }> {
  const unknown = query.names.filter((name) => shown[name] === undefined)
  if (unknown.length === 0) return { figures: {}, note: null }
  try {
    return { figures: await readLastFigures(client, headSha, unknown, query.context), note: null }
  } catch (error) {
    const why = isRefusal(error) ? describeRefusal(error, 'actions: read') : messageOf(error)
    return { figures: {}, note: `the last run of #${number} could not be read: ${why}` }
  }
}

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
export async function readLastFigures(
  client: GithubClient,
  headSha: string,
  names: readonly string[],
  context: ActionContext,
): Promise<WorseFigures> {
  const { octokit, repo } = client
  const { data } = await octokit.rest.actions.listWorkflowRunsForRepo({ ...repo, head_sha: headSha, per_page: 100 })
  const { id } = context.repository
  const runs = data.workflow_runs
    .map(runOf)
    .filter((run) => run.repositoryId === id && run.headRepositoryId === id)
    .filter((run) => run.headSha === headSha && EVENTS.has(run.event) && run.id !== context.run.id)
    .slice(0, MOST_RUNS)
  const found: WorseFigures[] = []
  for (const run of runs) {
    const isWanted = (name: string): boolean => names.includes(name)
    const { results } = await readLegResults(client, { run: { ...context.run, id: run.id } }, { isWanted })
    for (const { leg, verdict } of pickNewestOfEachName(results).newest) {
      // One in which nothing was red hides what older ones say.
      found.push({ [leg.name]: {}, ...figuresOf(verdict, {}, []) })
    }
  }
  return mergeFigures(found)
}
