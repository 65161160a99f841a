import { compareAttempts } from '../report/attempts.ts'
import { decodeLooks, MOST_ATTEMPTS } from '../report/looks.ts'
import type { EarlierAttempt, Looks } from '../report/looks.ts'
import type { Verdict } from '../report/verdict.ts'
import { isUsable } from '../report/history-row.ts'
import { explainAbsence } from './api/client.ts'
import type { GithubClient } from './api/client.ts'
import { findMeasuredSha } from './context.ts'
import type { ActionContext, PullRequestRef } from './context.ts'
import type { Job, MeasureAssignment } from './job/assignment.ts'
import type { Settings } from '../settings.ts'
import { findComment, markerOf, readEdition, reportMarkerOf } from './pull-request/comment.ts'
import { readHiddenAttempts } from '../report/hidden-attempts.ts'
import { pickNewestResults, readLegResults } from './artifacts/run-artifacts.ts'
import type { LegResult } from './artifacts/run-artifacts.ts'
import { pickOwnRuns } from './api/repository.ts'
import { decodeUploaded } from '../baseline/artifact-rules.ts'
import type { SourceRun } from '../baseline/artifact-rules.ts'
import type { HistoryEntry } from '../report/history.ts'

/** What earlier attempts measured. */
interface FoundAttempts {
  /** Oldest first. */
  readonly earlier: readonly EarlierAttempt[]
  /** Sentences about those that could not be read. */
  readonly notes: readonly string[]
}

/** The attempts in these looks, their own last, as a later attempt counts them. Empty when nothing could be used. */
export function listAttempts(looks: Looks, verdict: Verdict, attempt: number): readonly EarlierAttempt[] {
  const { earlier = [], candidates, controls, sessions, secondLook, limits } = looks
  if (!isUsable(verdict)) return earlier
  const own = {
    attempt,
    verdict: verdict.verdict,
    candidates,
    ...(controls !== undefined && { controls }),
    ...(sessions !== undefined && { sessions }),
    secondLook,
    ...(limits.length > 0 && { limits }),
  }
  return [...earlier, own].slice(-MOST_ATTEMPTS)
}

/**
 * What was measured of the same commit before: by earlier attempts of this job and by other runs of its workflow (a
 * reopened pull request, a start by hand), unless the run joins the history, where each run is its own point. Reads
 * their artifacts, else what our own comment on the pull request hides, because GitHub drops artifacts when all jobs
 * are run again. Nothing else is trusted. Never fails: what cannot be read becomes a note.
 */
export async function findEarlierAttempts({
  job: { client, context, pull },
  settings: { name },
  joinsHistory,
  commentName,
}: Pick<MeasureAssignment, 'job' | 'joinsHistory' | 'commentName'> & {
  readonly settings: Pick<Settings, 'name'>
}): Promise<FoundAttempts> {
  const { id, attempt: own } = context.run
  const wanted = Array.from({ length: own - 1 }, (_, i) => i + 1)
  if (client === null) {
    return { earlier: [], notes: wanted.length === 0 ? [] : [noteMissing(wanted, 'there is no github-token')] }
  }
  const commit = joinsHistory ? null : (pull?.headSha ?? findMeasuredSha(context))
  const kept =
    own === 1
      ? UNASKED
      : await readOrSay(async () => readKept(client, context.run, name), NOTHING_KEPT, 'actions: read')
  const others =
    commit === null
      ? NO_OTHERS
      : await readOrSay(async () => readOtherRuns(client, context, { commit, name }), [], 'actions: read')
  const isMissing = wanted.some((attempt) => !kept.read.seen.has(attempt))
  const mayBeHidden = isMissing || (commit !== null && others.read.length === 0)
  const hidden =
    mayBeHidden && pull !== null
      ? await readOrSay(
          async () => readHidden(client, { context, pull, commit, commentName }, name),
          [],
          'pull-requests: read',
        )
      : NO_OTHERS
  const earlier = [...hidden.read, ...others.read, ...kept.read.attempts].map((one) => placeAttempt(one, id))
  const found = new Map(earlier.map((one) => [`${one.run ?? 'own'} ${one.attempt}`, one]))
  const missing = wanted.filter((attempt) => !kept.read.seen.has(attempt) && !found.has(`own ${attempt}`))
  const why = kept.why ?? hidden.why ?? 'neither an artifact nor our comment has its figures'
  const areOthersUnknown = others.why !== null && (pull === null || hidden.why !== null)
  return {
    earlier: [...found.values()]
      .filter(({ run, attempt }) => run !== undefined || attempt < own)
      .toSorted(compareAttempts)
      .slice(-MOST_ATTEMPTS),
    notes: [
      ...(missing.length === 0 ? [] : [noteMissing(missing, why)]),
      ...(areOthersUnknown
        ? [`other runs at this commit are not counted together with this one, because ${others.why}`]
        : []),
    ],
  }
}

/** Attempts of this very run carry no run id. */
function placeAttempt({ run, ...rest }: EarlierAttempt, own: number): EarlierAttempt {
  return run === undefined || run === own ? rest : { ...rest, run }
}

/** Adds the id of the run that kept them, as other runs need it. */
function tellRun(attempts: readonly EarlierAttempt[], run: number): readonly EarlierAttempt[] {
  return attempts.map((one) => ({ run, ...one }))
}

/** What `read` gives, or `nothing` and the reason: each source may be refused on its own. */
async function readOrSay<T>(
  read: () => Promise<T>,
  nothing: T,
  permission: string,
): Promise<{ readonly read: T; readonly why: string | null }> {
  try {
    return { read: await read(), why: null }
  } catch (error) {
    return { read: nothing, why: explainAbsence(error, permission) }
  }
}

function noteMissing(attempts: readonly number[], why: string): string {
  const which = attempts.length === 1 ? `attempt ${attempts[0]!} is` : `attempts ${attempts.join(', ')} are`
  return `${which} not counted together with this one, because ${why}`
}

/** What the artifacts of a run say about its attempts. */
interface KeptAttempts {
  /** Attempts that left an artifact, used or not: one that measured nothing is not missing. */
  readonly seen: ReadonlySet<number>
  readonly attempts: readonly EarlierAttempt[]
}

const NOTHING_KEPT: KeptAttempts = { seen: new Set(), attempts: [] }
const UNASKED = { read: NOTHING_KEPT, why: null }
const NO_OTHERS: { readonly read: readonly EarlierAttempt[]; readonly why: null } = { read: [], why: null }

async function readKept(client: GithubClient, run: Job['context']['run'], name: string): Promise<KeptAttempts> {
  const { results } = await readLegResults(client, run.id, [name])
  const older = results.filter(({ leg }) => leg.attempt < run.attempt).toSorted((a, b) => a.leg.attempt - b.leg.attempt)
  return {
    seen: new Set(older.map(({ leg }) => leg.attempt)),
    attempts: older.flatMap(({ leg, verdict, looksJson }) =>
      looksJson == null ? [] : listAttempts(decodeLooks(looksJson), verdict, leg.attempt),
    ),
  }
}

/**
 * Attempts of other runs of this workflow at the same commit, or at one with the same files; those of main are points
 * of the history.
 */
async function readOtherRuns(
  client: GithubClient,
  context: Job['context'],
  { commit, name }: { readonly commit: string; readonly name: string },
): Promise<readonly EarlierAttempt[]> {
  const { defaultBranch } = context.repository
  const runs = await listRunsOfCommit(client, context, {
    headSha: commit,
    withSameFiles: true,
    isWanted: ({ headBranch }) => headBranch !== defaultBranch,
  })
  const found: EarlierAttempt[] = []
  for (const { id } of runs) {
    const { results } = await readLegResults(client, id, [name])
    for (const { leg, verdict, looksJson } of results)
      if (looksJson != null) found.push(...tellRun(listAttempts(decodeLooks(looksJson), verdict, leg.attempt), id))
  }
  return found
}

/** The attempts hidden in our comment, if they are of this run or about the same commit. */
async function readHidden(
  client: GithubClient,
  {
    context,
    pull,
    commit,
    commentName,
  }: {
    readonly context: Job['context']
    readonly pull: NonNullable<Job['pull']>
    readonly commit: string | null
    readonly commentName: string
  },
  name: string,
): Promise<readonly EarlierAttempt[]> {
  for (const marker of [markerOf(commentName), reportMarkerOf(context.workflowFile)]) {
    const comment = await findComment(client, { pullNumber: pull.number, markers: [marker] })
    const hidden = comment === null ? undefined : readHiddenAttempts(comment.body)[name]
    if (comment === null || hidden === undefined) continue
    const isOfCommit = commit !== null && readEdition(comment.body)?.headSha === commit
    if (hidden.runId === context.run.id || isOfCommit) return tellRun(hidden.attempts, hidden.runId)
  }
  return []
}

/**
 * Other runs of this workflow file at a commit of one of this repository's own branches, newest first. With
 * `withSameFiles` also those at other commits of this run's branch that have exactly the same files (an empty commit,
 * another message).
 */
async function listRunsOfCommit(
  { octokit, repo }: GithubClient,
  context: Pick<ActionContext, 'repository' | 'run' | 'workflowFile'>,
  {
    headSha,
    withSameFiles = false,
    isWanted,
  }: { readonly headSha: string; readonly withSameFiles?: boolean; readonly isWanted: (run: SourceRun) => boolean },
): Promise<readonly SourceRun[]> {
  const { run: own, workflowFile } = context
  if (workflowFile === null) return []
  const list = async (about: { readonly head_sha: string } | { readonly branch: string }) => {
    const { data } = await octokit.rest.actions.listWorkflowRunsForRepo({ ...repo, ...about, per_page: 100 })
    return data.workflow_runs
  }
  const atCommit = await list({ head_sha: headSha })
  const here = withSameFiles ? atCommit.find(({ id }) => id === own.id) : undefined
  const tree = here?.head_commit?.tree_id
  const onBranch = tree === undefined || here?.head_branch == null ? [] : await list({ branch: here.head_branch })
  const alike = onBranch.filter((run) => run.head_commit?.tree_id === tree)
  return pickOwnRuns(
    [...atCommit.filter((run) => run.head_sha === headSha), ...alike.filter((run) => run.head_sha !== headSha)],
    context,
    (run) => run.path.split('@', 1)[0] === `.github/workflows/${workflowFile}` && isWanted(run),
  )
}

/** What an earlier run measured of the same commit. */
interface EarlierResult {
  readonly result: LegResult
  readonly comparedWith: readonly HistoryEntry[]
  readonly runId: number
}

/** Events whose runs measure the head of a pull request, and nothing else. */
const EVENTS: ReadonlySet<string> = new Set(['pull_request', 'pull_request_target'])
/** Words of runs that measured nothing to judge again. */
const WITHOUT_FIGURES: ReadonlySet<string> = new Set(['cancelled', 'not-measured', 'skipped'])

/**
 * The result, before any label, of the newest earlier run of this workflow file that measured this very commit of the
 * pull request; null when there is none that can be judged again. Only artifacts of this repository's own branches
 * count, not what the comment says.
 *
 * @throws when GitHub cannot be asked.
 */
export async function findEarlierResult(
  client: GithubClient,
  context: ActionContext,
  { headSha, headRepositoryId }: PullRequestRef,
  name: string,
): Promise<EarlierResult | null> {
  if (headRepositoryId !== context.repository.id) return null
  const runs = await listRunsOfCommit(client, context, { headSha, isWanted: ({ event }) => EVENTS.has(event) })
  for (const { id } of runs) {
    const { results } = await readLegResults(client, id, [name])
    const [result] = pickNewestResults(results).newest
    if (result === undefined || WITHOUT_FIGURES.has(result.verdict.verdict)) continue
    // A label has changed the verdict, and what it was before is not known.
    if (result.verdict.comparisons.some(({ accepted }) => accepted !== null && accepted.by !== null)) return null
    const { baselineJson } = result
    return { result, comparedWith: baselineJson == null ? [] : decodeUploaded(baselineJson).entries, runId: id }
  }
  return null
}
