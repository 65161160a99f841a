import { formatChange } from '../../words/format.ts'
import { nameOf } from '../../words/metric-words.ts'
import { looksWorse } from '../../report/verdict.ts'
import type { Comparison, Verdict } from '../../report/verdict.ts'
import { findMetricsNamed } from '../../settings/values/acceptance.ts'
import type { Acceptance } from '../../settings/values/acceptance.ts'
import type { GatedMetric } from '../../vocabulary/metrics.ts'
import type { SourceRun } from '../../baseline/artifact-rules.ts'
import { pickOwnRuns } from '../api/repository.ts'
import { describeRefusal, explainAbsence, firstLineOf } from '../api/client.ts'
import type { GithubClient } from '../api/client.ts'
import { readLegResults, pickNewestResults } from '../artifacts/run-artifacts.ts'
import { findMeasuredSha } from '../context.ts'
import type { ActionContext, PullRequestRef } from '../context.ts'
import { findComment, readRedFigures, mergeFigures } from './comment.ts'
import type { WorseFigures } from './comment.ts'
import { readLabelsOf, findMergedPullRequests, findQueuedBefore, findQueuedPullRequest } from './pull-request.ts'
import type { Label } from './pull-request.ts'

/** Pull requests whose labels count for a run. */
interface LabelSource {
  readonly pulls: readonly LabelledPull[]
  /** Why they could not all be found; else null. */
  readonly note: string | null
}

/** A pull request whose labels count. */
interface LabelledPull {
  readonly number: number
  /** True for the pull request being measured, alone or in a merge group: then a label without a figure counts, too. */
  readonly isMeasured: boolean
  /** Whether to look for figures that no comment shows in the artifacts of earlier runs. */
  readonly looksBack: boolean
  /** The commit with which a merge queue tried it, if known before the merge. */
  readonly groupSha: string | null
}

/** The pull request that a run is about; else those that a push merged, or those of a merge group. */
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
    return { pulls: [], note: `the merged pull request could not be found: ${firstLineOf(error)}` }
  }
}

/** For a pull request that is merged or measured with others: only figures that somebody saw count. */
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

/** What to read labels for. */
interface LabelQuery {
  readonly context: ActionContext
  /** Names of the histories that the labels may be about. */
  readonly names: readonly string[]
  readonly acceptLabel: string
  /** Markers of our comments. */
  readonly markers: readonly string[]
}

/** The accept labels of these pull requests, with the figures at which people last saw them red. */
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
      const shown = await readFiguresOfComment(client, number, query.markers)
      const before = looksBack
        ? await readFiguresOfLastRuns(client, number, [groupSha ?? mergedSha ?? headSha, headSha], shown, query)
        : { figures: {}, note: null }
      if (before.note !== null) notes.push(before.note)
      pulls.push({ number, labels, figures: { ...before.figures, ...shown }, isMeasured })
    } catch (error) {
      notes.push(`the labels of #${number} could not be read: ${describeRefusal(error, 'pull-requests: read')}`)
    }
  }
  return { pulls, notes }
}

async function readFiguresOfComment(
  client: GithubClient,
  pullNumber: number,
  markers: readonly string[],
): Promise<WorseFigures> {
  const comment = await findComment(client, { pullNumber, markers })
  return mergeFigures(markers.map((marker) => readRedFigures(marker, comment?.body ?? '')))
}

/** Figures that the comment lacks, from the last runs of these commits; the first that has one counts. */
async function readFiguresOfLastRuns(
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
    const why = explainAbsence(error, 'actions: read')
    return { figures: {}, note: `the last run of #${number} could not be read: ${why}` }
  }
}

/** Events whose runs measure the newest commit of a pull request, or its commit in a merge queue. */
const EVENTS: ReadonlySet<string> = new Set(['pull_request', 'merge_group', 'deployment', 'deployment_status'])

/**
 * How much worse a commit of a pull request was in its last run, by that run's artifacts.
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
  const isWanted = ({ headSha, event }: SourceRun): boolean => headSha === sha && EVENTS.has(event)
  const found: WorseFigures[] = []
  for (const { id } of pickOwnRuns(data.workflow_runs, context, isWanted)) {
    const { results } = await readLegResults(client, id, names)
    for (const { leg, verdict } of pickNewestResults(results).newest) {
      // A newer run in which nothing was red overrides older ones.
      found.push({ [leg.name]: {}, ...listWorseFigures(verdict, {}, []) })
    }
  }
  return mergeFigures(found)
}

/** The accept labels of a pull request, and how much worse it was last known to be. */
interface PullLabels {
  readonly number: number
  readonly labels: readonly Label[]
  readonly figures: WorseFigures
  /** True for the pull request being measured: without a figure its label accepts what is measured now. */
  readonly isMeasured: boolean
}

/** What labels accept in one verdict. */
interface LabelAcceptances {
  readonly acceptances: readonly Acceptance[]
  /**
   * Sentences about labels that accept nothing, and why, and about those that accept without a figure that somebody
   * saw.
   */
  readonly notes: readonly string[]
}

/**
 * `plateau-accept` accepts every metric, `plateau-accept:ttft` a family, `plateau-accept:tpot-p50` one, each up to
 * the figure that people saw: that of our comment or, after a merge, of the pull request's last run. Without either,
 * a merged label accepts nothing. In the pull request itself, a label without a figure (no comment, or a deleted one)
 * accepts what this run measures; refusing it would make labels useless with `comment: never`.
 */
export function gatherAcceptances(
  pulls: readonly PullLabels[],
  acceptLabel: string,
  { name, comparisons }: Pick<Verdict, 'name' | 'comparisons'>,
): LabelAcceptances {
  const acceptances: Acceptance[] = []
  const notes: string[] = []
  for (const { number, labels, figures, isMeasured } of pulls) {
    for (const label of labels) {
      const what = subjectOf(label.name, acceptLabel)
      if (what === null) continue
      const meant = comparisons.filter(({ metric }) => what === '' || findMetricsNamed(what).includes(metric))
      if (meant.length === 0 && what !== '') notes.push(`the label "${label.name}" names no metric that was compared`)
      const unseen = meant.filter(
        (comparison) => looksWorse(comparison.verdict) && figures[name]?.[comparison.metric] === undefined,
      )
      if (unseen.length > 0) notes.push(noteUnseen(label, number, unseen, isMeasured))
      for (const { metric } of meant) {
        const at = figures[name]?.[metric] ?? null
        if (at === null && !isMeasured) continue
        // Null would mean a reviewed line of the config file.
        acceptances.push({ metric, at, since: null, why: null, by: label.by ?? 'somebody', form: 'label' })
      }
    }
  }
  return { acceptances, notes }
}

function noteUnseen({ name }: Label, number: number, unseen: readonly Comparison[], isMeasured: boolean): string {
  if (isMeasured) {
    const changes = unseen.map((comparison) => `${nameOf(comparison)} ${formatChange(comparison.change)}`)
    return `the label "${name}" accepts up to ${changes.join(', ')} (as measured now)`
  }
  const what = unseen.map((comparison) => nameOf(comparison)).join(', ')
  return (
    `the label "${name}" of #${number} accepts nothing for ${what}: neither a comment there nor an artifact of its last ` +
    'run says how much worse it was; a line under accept in the config file does'
  )
}

/**
 * The figures of what is red, for the comment to carry. A metric that a label accepts keeps the figure at which it
 * was accepted, so that the label does not accept a later, slower commit.
 */
export function listWorseFigures(
  { name, comparisons }: Pick<Verdict, 'name' | 'comparisons'>,
  before: WorseFigures,
  labelled: readonly Acceptance[],
): WorseFigures {
  const figures = comparisons.flatMap(({ metric, verdict, worsening }): [GatedMetric, number][] => {
    const frozen = labelled.some((acceptance) => acceptance.metric === metric) ? before[name]?.[metric] : undefined
    if (frozen !== undefined) return [[metric, frozen]]
    return (looksWorse(verdict) || verdict === 'accepted') && worsening !== null && worsening > 0
      ? [[metric, roundFigure(worsening)]]
      : []
  })
  return figures.length === 0 ? {} : { [name]: Object.fromEntries(figures) }
}

/** The text after the colon; empty for the label itself, null for another label. */
function subjectOf(label: string, acceptLabel: string): string | null {
  const rest = label.slice(acceptLabel.length).trim()
  if (label.slice(0, acceptLabel.length).toLowerCase() !== acceptLabel.toLowerCase()) return null
  if (rest === '') return ''
  return rest.startsWith(':') ? rest.slice(1).trim().toLowerCase() : null
}

/** 0.01 % is finer than any tolerance; more digits would only lengthen the comment. */
function roundFigure(worsening: number): number {
  return Math.max(0.0001, Number(worsening.toFixed(4)))
}
