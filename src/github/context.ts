import type { RunSource } from '../report/history.ts'
import { asArray, asNumber, asObject, asText, parseJson } from '../json.ts'
import type { Json } from '../json.ts'
import type { SettingList, Given, GivenValues } from '../settings/setting.ts'
import { toName } from '../settings/lists/history-settings.ts'
import type { Shard } from '../settings/lists/shard-settings.ts'

/** What a workflow run is; read once, only from the environment and the event. */
export interface ActionContext {
  readonly event: string
  readonly repository: Repository
  readonly run: { readonly id: number; readonly attempt: number; readonly url: string }
  /** Id of the job in the workflow file. */
  readonly job: string
  readonly sha: string
  /** For example `refs/heads/main`. */
  readonly ref: string
  readonly actor: string
  readonly serverUrl: string
  readonly apiUrl: string
  /** File name in .github/workflows; null when the runner does not say. */
  readonly workflowFile: string | null
  /** For `pull_request`, `pull_request_target` and the like. */
  readonly pullRequest: PullRequestRef | null
  readonly mergeGroup: { readonly baseSha: string; readonly baseRef: string | null } | null
  /** Commit of a deployment, and the branch, tag or commit that was asked for. */
  readonly deployment: { readonly sha: string; readonly ref: string | null } | null
  /** Number of the pull request that an `issue_comment` is on; null when it is on an issue. */
  readonly commented: number | null
  readonly workflowRun: WorkflowRunRef | null
  /** True when nothing but the labels of the pull request changed. */
  readonly isAboutLabel: boolean
  /** Commits of a push, newest first; the event names at most a few thousand. */
  readonly pushed: readonly string[]
}

interface Repository {
  readonly id: number
  readonly owner: string
  readonly name: string
  readonly isPrivate: boolean
  /** Null when the event does not say. */
  readonly defaultBranch: string | null
}

export interface PullRequestRef {
  readonly number: number
  readonly headSha: string
  /** Null when the repository of the fork is gone. */
  readonly headRepositoryId: number | null
  readonly baseSha: string
  /** The branch to merge into; null when not known. */
  readonly baseRef: string | null
}

/** The run that triggered a `workflow_run`. */
interface WorkflowRunRef {
  readonly id: number | null
  readonly event: string
  readonly headSha: string
  readonly headBranch: string | null
  readonly headRepositoryId: number | null
}

/** Reads the environment that a runner gives and the file of the event. */
export function readContext(env: NodeJS.ProcessEnv, readFile: (path: string) => string): ActionContext {
  const payload = readPayload(env['GITHUB_EVENT_PATH'], readFile)
  const [owner = '', name = ''] = (env['GITHUB_REPOSITORY'] ?? '').split('/')
  const repository = asObject(payload?.['repository'])
  const serverUrl = env['GITHUB_SERVER_URL'] || 'https://github.com'
  const id = Number(env['GITHUB_RUN_ID'] ?? 0)
  return {
    event: env['GITHUB_EVENT_NAME'] ?? '',
    repository: {
      // The runner's value first, because it decides whether a head belongs to a fork.
      id: Number(env['GITHUB_REPOSITORY_ID'] ?? 0) || (asNumber(repository?.['id']) ?? 0),
      owner,
      name,
      // If unknown, it counts as public, so that less is published.
      isPrivate: repository?.['private'] === true,
      defaultBranch: asText(repository?.['default_branch']) ?? readScheduledBranch(env),
    },
    run: {
      id,
      attempt: Number(env['GITHUB_RUN_ATTEMPT'] ?? 1),
      url: runUrlOf({ serverUrl, repository: { owner, name } }, id),
    },
    job: env['GITHUB_JOB'] ?? '',
    sha: env['GITHUB_SHA'] ?? '',
    ref: env['GITHUB_REF'] ?? '',
    actor: env['GITHUB_ACTOR'] ?? '',
    serverUrl,
    apiUrl: env['GITHUB_API_URL'] || 'https://api.github.com',
    workflowFile: workflowFileOf(env['GITHUB_WORKFLOW_REF'] ?? ''),
    pullRequest: pullRequestOf(asObject(payload?.['pull_request'])),
    mergeGroup: mergeGroupOf(asObject(payload?.['merge_group'])),
    deployment: deploymentOf(asObject(payload?.['deployment'])),
    commented: commentedOf(asObject(payload?.['issue'])),
    isAboutLabel: ['labeled', 'unlabeled'].includes(asText(payload?.['action']) ?? ''),
    workflowRun: workflowRunOf(asObject(payload?.['workflow_run'])),
    pushed: pushedOf(payload),
  }
}

/** `owner/name`. */
export function fullNameOf({ repository }: Pick<ActionContext, 'repository'>): string {
  return `${repository.owner}/${repository.name}`
}

/** Where a workflow run is shown. */
export function runUrlOf(
  {
    serverUrl,
    repository: { owner, name },
  }: { readonly serverUrl: string; readonly repository: Pick<Repository, 'owner' | 'name'> },
  id: number,
): string {
  return `${serverUrl}/${owner}/${name}/actions/runs/${id}`
}

/** Where this attempt at the run is shown. */
export function attemptUrlOf({ run }: Pick<ActionContext, 'run'>): string {
  return `${run.url}/attempts/${run.attempt}`
}

/** True for GitHub Enterprise Server, whose artifact API the client cannot use. */
export function isEnterpriseServer(serverUrl: string): boolean {
  const host = URL.canParse(serverUrl) ? new URL(serverUrl).hostname.toLowerCase() : 'github.com'
  return host !== 'github.com' && !host.endsWith('.ghe.com') && !host.endsWith('.localhost')
}

/** True on the default branch itself, not on a tag or another branch. */
export function isDefaultBranch({ ref, repository }: Pick<ActionContext, 'ref' | 'repository'>): boolean {
  return repository.defaultBranch !== null && ref === `refs/heads/${repository.defaultBranch}`
}

/** The commit that is measured: not the trial merge of a pull request, nor the branch that a `workflow_run` runs on. */
export function findMeasuredSha({ pullRequest, deployment, workflowRun, sha }: ActionContext): string {
  return pullRequest?.headSha ?? deployment?.sha ?? workflowRun?.headSha ?? sha
}

/** The measured commit, and the one that its change is based on. */
export function commitsOf(
  context: ActionContext,
  pull: PullRequestRef | null,
): { readonly head: string; readonly base: string | null } {
  return {
    head: pull?.headSha ?? findMeasuredSha(context),
    base: pull?.baseSha ?? context.mergeGroup?.baseSha ?? null,
  }
}

/** True for pull requests of forks and of Dependabot, whose tokens may only read whatever the job's permissions are. */
export function hasReadOnlyToken({ event, actor, repository }: ActionContext, pull: PullRequestRef | null): boolean {
  const isOfOutsider = pull?.headRepositoryId !== repository.id || actor === 'dependabot[bot]'
  return event === 'pull_request' && isOfOutsider
}

/**
 * The branches of a run, as reports name them: the one whose runs are recorded, and the one the change goes into if
 * that is another.
 */
export function branchesOf(
  { repository, mergeGroup }: Pick<ActionContext, 'repository' | 'mergeGroup'>,
  pull: PullRequestRef | null,
): { readonly defaultBranch: string; readonly intoBranch: string | null } {
  const defaultBranch = repository.defaultBranch ?? 'main'
  const base = pull?.baseRef ?? mergeGroup?.baseRef ?? null
  return { defaultBranch, intoBranch: base === defaultBranch ? null : base }
}

/** Where a run that joins the history comes from. */
export function runSourceOf(context: ActionContext): RunSource {
  const { event, run, ref, workflowRun } = context
  const sha = findMeasuredSha(context)
  return {
    sha: sha === '' ? null : sha,
    ref: workflowRun?.headBranch ?? (ref === '' ? null : ref.replace(/^refs\/(?:heads|tags)\//, '')),
    runId: String(run.id),
    attempt: run.attempt,
    event,
    url: run.url,
    ...(workflowRun?.id == null ? {} : { triggeredBy: String(workflowRun.id) }),
  }
}

/** A schedule always runs on the default branch, even if its event does not name it. */
function readScheduledBranch(env: NodeJS.ProcessEnv): string | null {
  return env['GITHUB_EVENT_NAME'] === 'schedule'
    ? (/^refs\/heads\/(.+)$/.exec(env['GITHUB_REF'] ?? '')?.[1] ?? null)
    : null
}

/** The event; null when it cannot be read. */
export function readPayload(path: string | undefined, readFile: (path: string) => string): Json | null {
  if (path === undefined || path === '') return null
  try {
    return asObject(JSON.parse(readFile(path)))
  } catch {
    return null
  }
}

/** `owner/name/.github/workflows/gate.yml@refs/heads/main` */
function workflowFileOf(ref: string): string | null {
  return /\/\.github\/workflows\/([^/@]+)@/.exec(ref)?.[1] ?? null
}

function pullRequestOf(pull: Json | null): PullRequestRef | null {
  const head = asObject(pull?.['head'])
  const number_ = asNumber(pull?.['number'])
  const headSha = asText(head?.['sha'])
  const baseSha = asText(asObject(pull?.['base'])?.['sha'])
  if (number_ === null || headSha === null || baseSha === null) return null
  return {
    number: number_,
    headSha,
    headRepositoryId: asNumber(asObject(head?.['repo'])?.['id']),
    baseSha,
    baseRef: asText(asObject(pull?.['base'])?.['ref']),
  }
}

function mergeGroupOf(group: Json | null): ActionContext['mergeGroup'] {
  const baseSha = asText(group?.['base_sha'])
  const baseRef = asText(group?.['base_ref'])?.replace(/^refs\/heads\//, '') ?? null
  return baseSha === null ? null : { baseSha, baseRef }
}

function deploymentOf(deployment: Json | null): ActionContext['deployment'] {
  const sha = asText(deployment?.['sha'])
  return sha === null ? null : { sha, ref: asText(deployment?.['ref']) }
}

function commentedOf(issue: Json | null): number | null {
  return asObject(issue?.['pull_request']) === null ? null : asNumber(issue?.['number'])
}

function workflowRunOf(run: Json | null): WorkflowRunRef | null {
  const event = asText(run?.['event'])
  const headSha = asText(run?.['head_sha'])
  if (event === null || headSha === null) return null
  return {
    id: asNumber(run?.['id']),
    event,
    headSha,
    headBranch: asText(run?.['head_branch']),
    headRepositoryId: asNumber(asObject(run?.['head_repository'])?.['id']),
  }
}

function pushedOf(payload: Json | null): readonly string[] {
  const commits = asArray(payload?.['commits']) ?? []
  return commits.flatMap((commit) => asText(asObject(commit)?.['id']) ?? []).reverse()
}

/** The inputs that were given. An empty input counts as not given, because a runner cannot tell them apart. */
export function readInputs(list: SettingList, env: NodeJS.ProcessEnv): GivenValues {
  const given = new Map<string, Given>()
  for (const { name } of Object.values(list)) {
    const text = inputOf(env, name)
    if (text !== '') given.set(name, { text, source: 'input', where: null })
  }
  return given
}

/** One input as the runner passes it; empty when it was not given. */
export function inputOf(env: NodeJS.ProcessEnv, name: string): string {
  return (env[`INPUT_${name.replaceAll(' ', '_').toUpperCase()}`] ?? '').trim()
}

/** The name of one measuring job: `measure`, or `measure (llama-8b, 2)` in a matrix. */
export function legOf(job: string, matrixJson: string): string {
  const values = readMatrixValues(matrixJson)
  return values.length === 0 ? job : `${job} (${values.join(', ')})`
}

/** The default name of the history of such a job; always a valid name. All shards of a run have the name of the job alone. */
export function nameJob(job: string, matrixJson: string, shard: Shard | null): string {
  return toName([job, ...(shard === null ? readMatrixValues(matrixJson) : [])].join('-')) || 'job'
}

/** More jobs than GitHub lets a matrix have. */
const MOST_JOBS = 1000

/** How many jobs the matrix has, including this one; 1 when the runner does not say. */
export function readJobTotal(text: string): number {
  return /^[1-9]\d{0,3}$/.test(text) ? Math.min(MOST_JOBS, Number(text)) : 1
}

/** The values of the matrix in order; objects and lists give the values in them. */
function readMatrixValues(json: string): readonly string[] {
  return Object.values(asObject(parseJson(json)) ?? {}).flatMap(leaves)
}

function leaves(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(leaves)
  if (typeof value === 'object' && value !== null) return Object.values(value).flatMap(leaves)
  return value === null ? [] : [typeof value === 'string' ? value : JSON.stringify(value)]
}
