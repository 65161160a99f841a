import type { Schema } from './fake-github/schema.ts'
import type { FakeGithub } from './fake-github/server.ts'
import { resolveRef } from './fake-github/state.ts'
import type { Pull, Repository, Run } from './fake-github/state.ts'

/** Events as a runner passes them on: what the environment says of them, and the payload's file. */
export interface GithubEvent {
  readonly name: string
  readonly payload: object
  /** `GITHUB_REF`, `GITHUB_SHA`: of a pull request they are those of the merge that it is tried as. */
  readonly ref: string
  readonly sha: string
  readonly headRef: string
  readonly baseRef: string
  readonly actor: string
  /** What the API says of the workflow run. */
  readonly run: { readonly branch: string | null; readonly sha: string; readonly headRepository: Repository }
}

/** The part of a payload that matters here: every field is one that GitHub documents. */
type Part<T> = T extends readonly (infer Item)[]
  ? readonly Part<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]?: Part<T[Key]> }
    : T

/** A push to a branch, by default the tip of the default branch. */
export function pushEvent(github: FakeGithub, { branch = 'main', actor = 'developer' } = {}): GithubEvent {
  const sha = tipOf(github, branch)
  const payload: Part<Schema<'webhook-push'>> = {
    ref: `refs/heads/${branch}`,
    after: sha,
    deleted: false,
    forced: false,
    repository: repositoryOf(github.state.repository),
    commits: [{ id: sha, message: 'Change' }],
    head_commit: { id: sha, message: 'Change' },
  }
  return onBranch(github, 'push', payload, branch, actor)
}

/** A run by the clock. */
export function scheduleEvent(github: FakeGithub): GithubEvent {
  const payload = { schedule: '0 3 * * *', workflow: '.github/workflows/nightly.yml' }
  return onBranch(github, 'schedule', payload, github.state.repository.defaultBranch, 'developer')
}

/** A run that somebody started. */
export function dispatchEvent(github: FakeGithub, { branch = 'main' } = {}): GithubEvent {
  const payload: Part<Schema<'webhook-workflow-dispatch'>> = {
    ref: `refs/heads/${branch}`,
    inputs: {},
    workflow: '.github/workflows/plateau.yml',
    repository: repositoryOf(github.state.repository),
  }
  return onBranch(github, 'workflow_dispatch', payload, branch, 'developer')
}

/** New commits of a pull request. */
export function pullRequestEvent(github: FakeGithub, pull: Pull, { actor = pull.user } = {}): GithubEvent {
  return { ...ofPull(github, pull, actor), name: 'pull_request' }
}

/** The same with the rights and the code of the base. */
export function pullRequestTargetEvent(github: FakeGithub, pull: Pull): GithubEvent {
  const base = { branch: pull.baseRef, sha: pull.baseSha, headRepository: github.state.repository }
  return {
    ...ofPull(github, pull, pull.user),
    name: 'pull_request_target',
    ref: `refs/heads/${pull.baseRef}`,
    sha: pull.baseSha,
    run: base,
  }
}

/** The merge queue tries a pull request on top of its base, or of the group before it. */
export function mergeGroupEvent(
  github: FakeGithub,
  { number, baseRef, baseSha: base }: Pull,
  { baseSha = base } = {},
): GithubEvent {
  const branch = `gh-readonly-queue/${baseRef}/pr-${number}-${baseSha}`
  const sha = github.commit(branch, {}, baseSha)
  const payload: Part<Schema<'webhook-merge-group-checks-requested'>> = {
    action: 'checks_requested',
    merge_group: {
      head_sha: sha,
      head_ref: `refs/heads/${branch}`,
      base_sha: baseSha,
      base_ref: `refs/heads/${baseRef}`,
    },
    repository: repositoryOf(github.state.repository),
  }
  return onBranch(github, 'merge_group', payload, branch, 'github-merge-queue[bot]')
}

/** Somebody says something on a pull request; it runs as the default branch has it. */
export function issueCommentEvent(github: FakeGithub, { number }: Pull, actor: string): GithubEvent {
  const payload: Part<Schema<'webhook-issue-comment-created'>> = {
    action: 'created',
    issue: { number, pull_request: { url: `https://api.github.com/repos/acme/serving/pulls/${number}` } },
    comment: { body: '/benchmark', user: { login: actor } },
    repository: repositoryOf(github.state.repository),
  }
  return onBranch(github, 'issue_comment', payload, github.state.repository.defaultBranch, actor)
}

/** A deployment of a commit became ready. */
export function deploymentStatusEvent(github: FakeGithub, sha: string): GithubEvent {
  const payload: Part<Schema<'webhook-deployment-status-created'>> = {
    action: 'created',
    deployment: { sha, ref: sha, environment: 'staging' },
    deployment_status: { state: 'success', environment: 'staging' },
    repository: repositoryOf(github.state.repository),
  }
  const run = { branch: null, sha, headRepository: github.state.repository }
  return { name: 'deployment_status', payload, ref: '', sha, headRef: '', baseRef: '', actor: 'deployer', run }
}

/** Another workflow run has ended. */
export function workflowRunEvent(
  github: FakeGithub,
  { id, event, headBranch, headSha, headRepository }: Run,
): GithubEvent {
  const payload: Part<Schema<'webhook-workflow-run-completed'>> = {
    action: 'completed',
    workflow_run: {
      id,
      event,
      head_branch: headBranch,
      head_sha: headSha,
      conclusion: 'success',
      ...(headRepository === null ? {} : { head_repository: repositoryOf(headRepository) }),
      repository: repositoryOf(github.state.repository),
    },
    repository: repositoryOf(github.state.repository),
  }
  return onBranch(github, 'workflow_run', payload, github.state.repository.defaultBranch, 'developer')
}

function onBranch(github: FakeGithub, name: string, payload: object, branch: string, actor: string): GithubEvent {
  const sha = tipOf(github, branch)
  const run = { branch, sha, headRepository: github.state.repository }
  return { name, payload, ref: `refs/heads/${branch}`, sha, headRef: '', baseRef: '', actor, run }
}

function ofPull(github: FakeGithub, pull: Pull, actor: string): Omit<GithubEvent, 'name'> {
  const { number, headRef, headSha, headRepository, baseRef, baseSha } = pull
  const payload: Part<Schema<'webhook-pull-request-synchronize'>> = {
    action: 'synchronize',
    number,
    after: headSha,
    pull_request: {
      number,
      state: 'open',
      user: { login: pull.user },
      head: { ref: headRef, sha: headSha, repo: repositoryOf(headRepository) },
      base: { ref: baseRef, sha: baseSha, repo: repositoryOf(github.state.repository) },
      labels: [...pull.labels].map((name) => ({ name })),
    },
    repository: repositoryOf(github.state.repository),
  }
  return {
    payload,
    ref: `refs/pull/${number}/merge`,
    sha: headSha.replace(/^.{4}/, 'abcd'),
    headRef,
    baseRef,
    actor,
    run: { branch: headRef, sha: headSha, headRepository },
  }
}

function tipOf({ state }: FakeGithub, branch: string): string {
  return resolveRef(state, branch)!
}

function repositoryOf({ id, fullName, private: isPrivate, fork, defaultBranch }: Repository) {
  const name = fullName.split('/')[1]!
  return { id, name, full_name: fullName, private: isPrivate, fork, default_branch: defaultBranch }
}
