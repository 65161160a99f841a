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
import { readLabelsOf, findMergedPullRequests, findQueuedBefore, findQueuedPullRequest } from './pull-request.ts'

/** Pull requests whose labels count for a run. */
export interface LabelSource {
  readonly pulls: readonly LabelledPull[]
  /** Why they could not all be found; else null. */
  readonly note: string | null
}

/** One of them. */
export interface LabelledPull {
  readonly number: number
  /** True when it is the pull request that is measured, alone or as a merge group: then a label without a figure counts, too. */
  readonly isMeasured: boolean
  /** Whether figures that no comment shows are looked for in what its earlier runs left. */
  readonly looksBack: boolean
  /** The commit that a merge queue tried it as, where that is known before the merge. */
  readonly groupSha: string | null
}

/**
 * The pull request that a run is about; without one those that a push merged, or those of a merge group.
 */
export async function findLabelSource(
  client: GithubClient,
  context: ActionContext,
  pull: PullRequestRef | null,
): Promise<LabelSource> {
  const own = { isMeasured: true, looksBack: false, groupSha: null }
  if (pull !== null) return { pulls: [{ ...own, number: pull.number }], note: null }
  const queued = findQueuedPullRequest(context)
  if (queued !== null) return findLabelSourceOfGroup(client, context, { ...own, number: queued, looksBack: true })
  const isPush = context.event === 'push' || context.workflowRun?.event === 'push'
  if (!isPush) return { pulls: [], note: null }
  try {
    const numbers = await findMergedPullRequests(client, { ...context, sha: findMeasuredSha(context) })
    return { pulls: numbers.map((number) => ({ ...PAST, number })), note: null }
  } catch (error) {
    return { pulls: [], note: `the merged pull request could not be found: ${messageOf(error)}` }
  }
}

/** A pull request that is measured with others, or was merged: only figures that somebody saw can be meant. */
const PAST = { isMeasured: false, looksBack: true, groupSha: null }

async function findLabelSourceOfGroup(
  client: GithubClient,
  context: ActionContext,
  own: LabelledPull,
): Promise<LabelSource> {
  try {
    const before = await findQueuedBefore(client, context)
    return { pulls: [own, ...before.map((queued) => ({ ...PAST, ...queued }))], note: null }
  } catch (error) {
    const why = describeRefusal(error, 'contents: read')
    return {
      pulls: [own],
      note: `the pull requests before #${own.number} in the merge queue could not be found: ${why}`,
    }
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
  { pulls: labelled, note }: LabelSource,
  query: LabelQuery,
): Promise<{ readonly pulls: readonly PullLabels[]; readonly notes: readonly string[] }> {
  const pulls: PullLabels[] = []
  const notes = note === null ? [] : [note]
  for (const { number, isMeasured, looksBack, groupSha } of labelled) {
    try {
      const { labels, headSha, mergedSha } = await readLabelsOf(client, number, query.acceptLabel)
      if (labels.length === 0) continue
      const shown = await figuresOfComment(client, number, query.markers)
      const before = looksBack
        ? await figuresOfLastRuns(client, number, [groupSha ?? mergedSha ?? headSha, headSha], shown, query)
        : { figures: {}, note: null }
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

/** What the comment does not say is looked for in the last runs of these commits, the first of which says it. */
async function figuresOfLastRuns(
  client: GithubClient,
  number: number,
  commits: readonly string[],
  shown: WorseFigures,
  query: LabelQuery,
): Promise<{ readonly figures: WorseFigures; readonly note: string | null }> {
  const unknown = query.names.filter((name) => !Object.hasOwn(shown, name))
  if (unknown.length === 0) return { figures: {}, note: null }
  try {
    const found: WorseFigures[] = []
    for (const sha of new Set(commits)) found.push(await readLastFigures(client, sha, unknown, query.context))
    return { figures: mergeFigures(found), note: null }
  } catch (error) {
    const why = isRefusal(error) ? describeRefusal(error, 'actions: read') : messageOf(error)
    return { figures: {}, note: `the last run of #${number} could not be read: ${why}` }
  }
}

/** Events whose runs measure the newest commit of a pull request, or what a merge queue made of it. */
const EVENTS: ReadonlySet<string> = new Set(['pull_request', 'merge_group', 'deployment', 'deployment_status'])
/** Runs of one commit that are looked into. */
const MOST_RUNS = 5

/**
 * How much worse a commit of a pull request was in its last run, as the artifacts of that run say. Only runs of
 * this repository's own branches count: what a fork uploads is its own.
 *
 * @throws when GitHub cannot be asked.
 */
async function readLastFigures(
  client: GithubClient,
  sha: string,
  names: readonly string[],
  context: ActionContext,
): Promise<WorseFigures> {
  const { octokit, repo } = client
  const { data } = await octokit.rest.actions.listWorkflowRunsForRepo({ ...repo, head_sha: sha, per_page: 100 })
  const { id } = context.repository
  const runs = data.workflow_runs
    .map(runOf)
    .filter((run) => run.repositoryId === id && run.headRepositoryId === id)
    .filter((run) => run.headSha === sha && EVENTS.has(run.event) && run.id !== context.run.id)
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
