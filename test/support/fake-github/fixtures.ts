import { createHash } from 'node:crypto'
import { strFromU8, strToU8, unzipSync, zipSync } from 'fflate'
import type { ArtifactService, RuntimeScope } from './artifact-service.ts'
import { ACTIONS_BOT, addCommit, resolveRef } from './state.ts'
import type { Artifact, Comment, Job, Permissions, Pull, Release, Repository, Run, State } from './state.ts'

/** What `permissions:` of the documented workflow gives. */
export const DOCUMENTED_PERMISSIONS: Permissions = { contents: 'read', actions: 'read', 'pull-requests': 'write' }

export interface RunFixture {
  /** File in .github/workflows. */
  readonly workflow?: string
  readonly event?: string
  /** What `run-name` makes of it; by default the message of the commit. */
  readonly title?: string
  readonly branch?: string | null
  /** Default: the tip of the branch. */
  readonly sha?: string
  /** Default: the repository itself; null: one that is gone. */
  readonly headRepository?: Repository | null
  readonly attempt?: number
  readonly status?: Run['status']
  readonly conclusion?: Run['conclusion']
  readonly actor?: string
  readonly jobs?: readonly string[]
  /** Ends of `path`, for example `@refs/heads/main`. */
  readonly path?: string
}

export interface ArtifactFixture {
  readonly run: Run
  readonly name: string
  /** Texts by their names in the zip; or the zip itself. */
  readonly files?: Readonly<Record<string, string>>
  readonly zip?: Uint8Array
  readonly digest?: string | null
  readonly expired?: boolean
}

export interface PullFixture {
  readonly headRef?: string
  readonly baseRef?: string
  readonly headRepository?: Repository
  readonly user?: string
  /** Files that the pull request changes, by path. */
  readonly files?: Readonly<Record<string, string>>
}

/** Puts things into the fake, and looks at what was written there. */
export interface Fixtures {
  /** Adds a commit on top of a branch and returns its SHA. */
  commit(branch?: string, files?: Readonly<Record<string, string | Uint8Array>>, from?: string): string
  /** A fork of the repository. */
  fork(owner: string): Repository
  addRun(run?: RunFixture): Run
  /** How a job of a run ended, by its name. */
  endJob(run: Run, name: string, conclusion: Job['conclusion']): void
  /** A later attempt of a run. */
  rerun(run: Run): Run
  addArtifact(artifact: ArtifactFixture): Artifact
  /** A pull request with a commit of its own on top of the default branch. */
  addPull(pull?: PullFixture): Pull
  merge(pull: Pull, sha?: string): string
  /** An empty commit on its branch, which becomes its head. */
  pushNothing(pull: Pull): void
  addComment(comment: { issue: number; user: string; body: string }): Comment
  label(pull: Pull, label: string, actor: string): void
  unlabel(pull: Pull, label: string, actor: string): void
  tag(name: string, sha?: string): void
  addRelease(release: { tag: string; assets: Readonly<Record<string, string>>; prerelease?: boolean }): Release
  /** A new token; by default what the documented workflow has. */
  token(permissions?: Permissions, login?: string): string
  /** The token with which a job uploads artifacts. */
  runtimeToken(scope: RuntimeScope): string
  /** The artifacts of a run, with the texts in their zips. */
  artifactsOf(run: Run): readonly StoredArtifact[]
  comments(pull: Pull): readonly Comment[]
}

export interface StoredArtifact {
  readonly name: string
  readonly files: Readonly<Record<string, string>>
}

/** Fixtures of this state. */
export function createFixtures(state: State, service: ArtifactService): Fixtures {
  const { repository } = state
  const commit = (
    branch = repository.defaultBranch,
    files: Readonly<Record<string, string | Uint8Array>> = {},
    from?: string,
  ): string => {
    const sha = addCommit(state, { branch, ...(from === undefined ? {} : { from }) })
    for (const [path, text] of Object.entries(files)) state.files.set(`${sha}:${path}`, text)
    return sha
  }
  const setLabel = (pull: Pull, event: 'labeled' | 'unlabeled', label: string, actor: string): void => {
    if (event === 'labeled') pull.labels.add(label)
    else pull.labels.delete(label)
    pull.labelEvents.push({ id: state.nextId(), event, label, actor, at: state.nextTime() })
  }
  return {
    commit,
    fork(owner) {
      const name = repository.fullName.split('/')[1]!
      return { id: state.nextId(), fullName: `${owner}/${name}`, private: false, fork: true, defaultBranch: 'main' }
    },
    pushNothing(pull) {
      const { tree } = state.commits.get(pull.headSha)!
      pull.headSha = addCommit(state, { branch: pull.headRef, tree })
    },
    addRun(fixture = {}) {
      const run = runOf(fixture, state)
      state.runs.push(run)
      const jobs = (fixture.jobs ?? []).map((name): Job => ({ name, conclusion: null }))
      state.jobs.set(run.id, jobs)
      return run
    },
    endJob(run, name, conclusion) {
      const job = state.jobs.get(run.id)?.find((job) => job.name === name)
      if (job === undefined) throw new Error(`the run has no job "${name}"`)
      job.conclusion = conclusion
    },
    rerun(run) {
      const again: Run = { ...run, attempt: run.attempt + 1 }
      state.runs[state.runs.indexOf(run)] = again
      return again
    },
    addArtifact(fixture) {
      const zip = fixture.zip ?? zipOf(fixture.files ?? {})
      const artifact: Artifact = {
        id: state.nextId(),
        run: fixture.run,
        name: fixture.name,
        zip,
        digest: fixture.digest === undefined ? sha256(zip) : fixture.digest,
        expired: fixture.expired ?? false,
        createdAt: state.nextTime(),
      }
      state.artifacts.push(artifact)
      return artifact
    },
    addPull(fixture = {}) {
      const number = state.pulls.length + 1
      const headRef = fixture.headRef ?? `change-${number}`
      const baseRef = fixture.baseRef ?? repository.defaultBranch
      const baseSha = resolveRef(state, baseRef)!
      const pull: Pull = {
        number,
        title: `Change ${number}`,
        user: fixture.user ?? 'developer',
        headRef,
        // A branch of a fork may have any name, that of our default branch too.
        headSha: commit(fixture.headRepository === undefined ? headRef : `fork-${number}`, fixture.files, baseRef),
        headRepository: fixture.headRepository ?? repository,
        baseRef,
        baseSha,
        state: 'open',
        mergedAt: null,
        mergeCommitSha: null,
        labels: new Set(),
        labelEvents: [],
      }
      // The commit is here, as that of every fork is; the branch is not.
      state.branches.delete(`fork-${number}`)
      state.pulls.push(pull)
      return pull
    },
    merge(pull, sha) {
      pull.state = 'closed'
      pull.mergedAt = state.nextTime()
      pull.mergeCommitSha = sha ?? commit(pull.baseRef)
      if (sha !== undefined) state.branches.set(pull.baseRef, sha)
      return pull.mergeCommitSha
    },
    addComment({ issue, user, body }) {
      const at = state.nextTime()
      const comment: Comment = { id: state.nextId(), issue, user, body, createdAt: at, updatedAt: at }
      state.comments.push(comment)
      return comment
    },
    label: (pull, label, actor) => setLabel(pull, 'labeled', label, actor),
    unlabel: (pull, label, actor) => setLabel(pull, 'unlabeled', label, actor),
    tag: (name, sha) => void state.tags.push({ name, sha: sha ?? resolveRef(state, repository.defaultBranch)! }),
    addRelease({ tag, assets, prerelease = false }) {
      const createdAt = state.nextTime()
      const stored = Object.entries(assets).map(([name, text]) => ({
        id: state.nextId(),
        name,
        bytes: strToU8(text),
        createdAt,
      }))
      const release: Release = { id: state.nextId(), tag, draft: false, prerelease, createdAt, assets: stored }
      state.releases.push(release)
      return release
    },
    token(permissions = DOCUMENTED_PERMISSIONS, login = ACTIONS_BOT) {
      const token = `ghs_${createHash('sha256').update(`token ${state.tokens.size}`).digest('hex').slice(0, 36)}`
      state.tokens.set(token, { login, permissions })
      return token
    },
    runtimeToken: (scope) => service.tokenFor(scope),
    artifactsOf: (run) =>
      state.artifacts
        .filter((artifact) => artifact.run.id === run.id)
        .map(({ name, zip }) => ({ name, files: textsIn(zip) })),
    comments: (pull) => state.comments.filter(({ issue }) => issue === pull.number),
  }
}

/** A zip of these texts. */
export function zipOf(files: Readonly<Record<string, string>>): Uint8Array {
  // The fastest of deflate: nobody asks how small it is, and it takes a third of the time.
  return zipSync(Object.fromEntries(Object.entries(files).map(([name, text]) => [name, strToU8(text)])), { level: 1 })
}

/** The texts in a zip, by name. */
export function textsIn(zip: Uint8Array): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(unzipSync(zip)).map(([name, bytes]) => [name, strFromU8(bytes)]))
}

function sha256(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`
}

function runOf(fixture: RunFixture, state: State): Run {
  const branch = fixture.branch === undefined ? state.repository.defaultBranch : fixture.branch
  const status = fixture.status ?? 'completed'
  const defaultTip = state.branches.get(state.repository.defaultBranch)!
  const headSha = fixture.sha ?? state.branches.get(branch ?? '') ?? defaultTip
  return {
    id: state.nextId(),
    attempt: fixture.attempt ?? 1,
    number: state.runs.length + 1,
    path: fixture.path ?? `.github/workflows/${fixture.workflow ?? 'plateau.yml'}`,
    event: fixture.event ?? 'push',
    title: fixture.title ?? state.commits.get(headSha)?.message ?? 'Change',
    headBranch: branch,
    headSha,
    headRepository: fixture.headRepository === undefined ? state.repository : fixture.headRepository,
    status,
    conclusion: status === 'completed' ? (fixture.conclusion ?? 'success') : null,
    actor: fixture.actor ?? 'developer',
    createdAt: state.nextTime(),
  }
}
