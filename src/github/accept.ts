import type { PullLabels } from './accept-labels.ts'
import { messageOf, whyNot } from './client.ts'
import type { GithubClient } from './client.ts'
import { findComment } from './comment.ts'
import { measuredSha } from './context.ts'
import type { ActionContext, PullRequestRef } from './context.ts'
import { figuresIn, mergedFigures } from './marker.ts'
import { labelsOf, mergedPullRequests, queuedPullRequest } from './pull-request.ts'

/** Pull requests whose labels count for a run. */
export interface LabelSource {
  readonly numbers: readonly number[]
  /** Why they could not be found; else null. */
  readonly note: string | null
}

/**
 * The pull request that a run is about; without one those that a push merged, or the one at the head of a merge group.
 */
export async function labelSource(
  client: GithubClient,
  context: ActionContext,
  pull: PullRequestRef | null,
): Promise<LabelSource> {
  const own = pull?.number ?? queuedPullRequest(context)
  if (own !== null) return { numbers: [own], note: null }
  const isPush = context.event === 'push' || context.workflowRun?.event === 'push'
  if (!isPush) return { numbers: [], note: null }
  try {
    return { numbers: await mergedPullRequests(client, { ...context, sha: measuredSha(context) }), note: null }
  } catch (error) {
    return { numbers: [], note: `the merged pull request could not be found: ${messageOf(error)}` }
  }
}

/** The labels of these pull requests that accept something, with the figures that our comment there showed. */
export async function readLabels(
  client: GithubClient,
  { numbers, note }: LabelSource,
  { acceptLabel, markers }: { readonly acceptLabel: string; readonly markers: readonly string[] },
): Promise<{ readonly pulls: readonly PullLabels[]; readonly notes: readonly string[] }> {
  const pulls: PullLabels[] = []
  const notes = note === null ? [] : [note]
  for (const pullNumber of numbers) {
    try {
      const labels = await labelsOf(client, pullNumber, acceptLabel)
      if (labels.length === 0) continue
      const comment = await findComment(client, { pullNumber, markers })
      const figures = markers.map((marker) => figuresIn(marker, comment?.body ?? ''))
      pulls.push({ labels, figures: mergedFigures(figures) })
    } catch (error) {
      notes.push(`the labels of #${pullNumber} could not be read: ${whyNot(error, 'pull-requests: read')}`)
    }
  }
  return { pulls, notes }
}
