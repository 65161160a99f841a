import { findCommit, isAncestor } from '../api/repository.ts'
import { statusOf } from '../api/client.ts'
import type { GithubClient } from '../api/client.ts'
import type { ActionContext, PullRequestRef } from '../context.ts'

/** The most commits of one push whose pull requests are looked up: a merge queue lands several at once. */
const MOST_COMMITS = 10
/** The most pages of events of a pull request that are searched for who added a label. */
const MOST_EVENT_PAGES = 10
/** The most pull requests of one merge queue that are looked up. */
const MOST_QUEUED = 10

/** A label as it stands now. */
export interface Label {
  readonly name: string
  /** Login of the person who added it last; null when GitHub does not say. */
  readonly by: string | null
}

/** What a run is about. */
export interface Subject {
  /** The open pull request; null when there is none. */
  readonly pull: PullRequestRef | null
  /** True when nothing shows that somebody with write access put this commit here. */
  readonly isForeign: boolean
}

/**
 * Finds the open pull request that this run is about, if any: that of the event or its comment, else by the commit
 * that was deployed or that the triggering run was about. The commit must be its head, and in the repository that the
 * event names; names of branches prove nothing.
 */
export async function findSubject(client: GithubClient, context: ActionContext): Promise<Subject> {
  const { repository, pullRequest, commented } = context
  const subjectOf = (pull: PullRequestRef | null): Subject => ({
    pull,
    isForeign: pull !== null && pull.headRepositoryId !== repository.id,
  })
  if (pullRequest !== null) return subjectOf(pullRequest)
  if (commented !== null) return subjectOf(await findCommented(client, commented))
  const sought = findSoughtHead(context)
  if (sought === null) return subjectOf(null)
  const pulls = await listPulls(client, sought.sha)
  const heads = pulls.filter(({ state, head }) => state === 'open' && head.sha === sought.sha)
  const named = heads.find(({ head }) => head.repo?.id === sought.repositoryId)
  if (named !== undefined) return subjectOf(refOf(named))
  // The event does not say whose commit was deployed. Anybody can open a pull request from a fork for a commit of
  // ours, and remove a commit of theirs from one again, so a commit is foreign unless something here shows that it is
  // ours.
  const isOurs =
    !isOfDeployment(context) ||
    pulls.some(({ head, merged_at }) => head.repo?.id === repository.id || merged_at !== null) ||
    (await isCommitHere(client, sought.sha, context))
  if (isOurs) return subjectOf(null)
  return { pull: heads[0] === undefined ? null : refOf(heads[0]), isForeign: true }
}

/** Whether this person may write to the repository. */
export async function mayWrite({ octokit, repo }: GithubClient, login: string): Promise<boolean> {
  try {
    const { data } = await octokit.rest.repos.getCollaboratorPermissionLevel({ ...repo, username: login })
    return data.permission === 'admin' || data.permission === 'write'
  } catch (error) {
    // Not a collaborator, for example an app.
    if (statusOf(error) === 404) return false
    throw error
  }
}

/** Numbers of the pull requests that a push to the default branch merged, newest first. */
export async function findMergedPullRequests(client: GithubClient, context: ActionContext): Promise<readonly number[]> {
  const commits = [...new Set([context.sha, ...context.pushed])].slice(0, MOST_COMMITS)
  const found = new Set<number>()
  for (const sha of commits) {
    for (const { number, merged_at, base } of await listPulls(client, sha)) {
      const intoHere = base.repo.id === context.repository.id && base.ref === context.repository.defaultBranch
      if (merged_at !== null && intoHere) found.add(number)
    }
  }
  return [...found]
}

/** The pull request at the head of a merge group; the queue names its branch after it. */
export function findQueuedPullRequest({ event, ref }: Pick<ActionContext, 'event' | 'ref'>): number | null {
  return event === 'merge_group' ? (readQueueBranch(ref)?.number ?? null) : null
}

/** A pull request in a merge queue, and the commit with which it was tried. */
interface QueuedPullRequest {
  readonly number: number
  readonly groupSha: string
}

/**
 * The pull requests before this group's own in the queue, nearest first: each group contains the commits of its
 * parent, too.
 */
export async function findQueuedBefore(
  { octokit, repo }: GithubClient,
  { ref, mergeGroup }: Pick<ActionContext, 'ref' | 'mergeGroup'>,
): Promise<readonly QueuedPullRequest[]> {
  const own = readQueueBranch(ref)
  if (own === null || mergeGroup === null) return []
  const { data } = await octokit.rest.git.listMatchingRefs({ ...repo, ref: `${own.queue.slice('refs/'.length)}/` })
  const before: QueuedPullRequest[] = []
  for (let sha = mergeGroup.baseSha; before.length < MOST_QUEUED;) {
    const parent = data.find(({ object }) => object.sha === sha)
    const branch = parent === undefined ? null : readQueueBranch(parent.ref)
    if (branch === null) break
    before.push({ number: branch.number, groupSha: sha })
    sha = branch.baseSha
  }
  return before
}

/** `refs/heads/gh-readonly-queue/main/pr-12-<commit that it stands on>` */
function readQueueBranch(
  ref: string,
): { readonly queue: string; readonly number: number; readonly baseSha: string } | null {
  const [, queue, number, baseSha] = /^(refs\/heads\/gh-readonly-queue\/.+)\/pr-(\d+)-([0-9a-f]+)$/.exec(ref) ?? []
  return queue === undefined ? null : { queue, number: Number(number), baseSha: baseSha! }
}

/**
 * The current labels that begin with `prefix` (the event of a re-run is stale), the newest commit of the pull
 * request, and the commit that merged it.
 */
export async function readLabelsOf(
  client: GithubClient,
  pullNumber: number,
  prefix: string,
): Promise<{ readonly labels: readonly Label[]; readonly headSha: string; readonly mergedSha: string | null }> {
  const { data } = await client.octokit.rest.pulls.get({ ...client.repo, pull_number: pullNumber })
  const names = data.labels.map(({ name }) => name).filter((name) => startsWith(name, prefix))
  const commits = { headSha: data.head.sha, mergedSha: data.merged ? data.merge_commit_sha : null }
  if (names.length === 0) return { labels: [], ...commits }
  const authors = await findLabelAuthors(client, pullNumber)
  return { labels: names.map((name) => ({ name, by: authors.get(name) ?? null })), ...commits }
}

/** GitHub ignores case in labels. */
function startsWith(name: string, prefix: string): boolean {
  return name.toLowerCase().startsWith(prefix.toLowerCase())
}

/** Who added each label last; empty when the token may not read it. */
async function findLabelAuthors({ octokit, repo }: GithubClient, number: number): Promise<ReadonlyMap<string, string>> {
  const authors = new Map<string, string>()
  try {
    let pages = 0
    const events = octokit.paginate.iterator(octokit.rest.issues.listEvents, {
      ...repo,
      issue_number: number,
      per_page: 100,
    })
    for await (const { data } of events) {
      for (const event of data) {
        if (event.event === 'labeled' && 'label' in event && event.actor != null && event.label?.name != null) {
          authors.set(event.label.name, event.actor.login)
        }
      }
      if (++pages === MOST_EVENT_PAGES) break
    }
  } catch {
    // The label counts anyway; only the name of the person is missing.
  }
  return authors
}

/** The head commit by which to look for the pull request of a run that has none itself; null when there is none. */
export function findSoughtHead(
  context: ActionContext,
): { readonly sha: string; readonly repositoryId: number | null } | null {
  const { deployment, workflowRun, repository, commented } = context
  if (commented !== null) return null
  if (deployment !== null) return { sha: deployment.sha, repositoryId: repository.id }
  if (workflowRun === null || workflowRun.event === 'push') return null
  return { sha: workflowRun.headSha, repositoryId: workflowRun.headRepositoryId }
}

/** True for a deployment, or a run triggered by one: GitHub makes these for commits of forks, too. */
function isOfDeployment({ deployment, workflowRun }: ActionContext): boolean {
  return deployment !== null || workflowRun?.event.startsWith('deployment') === true
}

/** Whether a commit is the newest of a branch, that of the deployed tag, or on the default branch. */
async function isCommitHere(
  { octokit, repo }: GithubClient,
  sha: string,
  { deployment, repository }: ActionContext,
): Promise<boolean> {
  const { data: branches } = await octokit.rest.repos.listBranchesForHeadCommit({ ...repo, commit_sha: sha })
  if (branches.length > 0) return true
  const tip = await findCommit({ octokit, repo }, `heads/${repository.defaultBranch ?? ''}`)
  if (tip !== null && (await isAncestor({ octokit, repo }, sha, tip)) === true) return true
  const ref = deployment?.ref?.replace(/^refs\/tags\//, '') ?? ''
  return ref !== '' && ref !== sha && (await findCommit({ octokit, repo }, `tags/${ref}`)) === sha
}

/** The pull request of this number, if it is open. */
async function findCommented({ octokit, repo }: GithubClient, number: number): Promise<PullRequestRef | null> {
  const { data } = await octokit.rest.pulls.get({ ...repo, pull_number: number })
  return data.state === 'open' ? refOf(data) : null
}

async function listPulls({ octokit, repo }: GithubClient, sha: string) {
  const { data } = await octokit.rest.repos.listPullRequestsAssociatedWithCommit({
    ...repo,
    commit_sha: sha,
    per_page: 100,
  })
  return data
}

function refOf({
  number,
  head,
  base,
}: Pick<Awaited<ReturnType<typeof listPulls>>[number], 'number' | 'head' | 'base'>): PullRequestRef {
  return { number, headSha: head.sha, headRepositoryId: head.repo?.id ?? null, baseSha: base.sha, baseRef: base.ref }
}
