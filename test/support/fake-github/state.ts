import { createHash } from 'node:crypto'

/** A repository of the fake; a fork is another one. */
export interface Repository {
  readonly id: number
  readonly fullName: string
  readonly private: boolean
  readonly fork: boolean
  readonly defaultBranch: string
}

export interface Commit {
  readonly sha: string
  readonly parents: readonly string[]
  /** The same as that of another commit: both have the same files. */
  readonly tree: string
  readonly message: string
  readonly at: string
}

/** One workflow run. */
export interface Run {
  readonly id: number
  readonly attempt: number
  readonly number: number
  /** `.github/workflows/plateau.yml` */
  readonly path: string
  readonly event: string
  /** `display_title`: what `run-name` makes of it, else the message of the commit. */
  readonly title: string
  readonly headBranch: string | null
  readonly headSha: string
  /** Null when the repository is gone. */
  readonly headRepository: Repository | null
  readonly status: 'in_progress' | 'completed'
  readonly conclusion: 'success' | 'failure' | 'cancelled' | null
  readonly actor: string
  readonly createdAt: string
}

export interface Artifact {
  readonly id: number
  readonly run: Run
  readonly name: string
  readonly zip: Uint8Array
  /** `sha256:` and hex; that of the zip, unless a test says otherwise. Null: the server states none. */
  readonly digest: string | null
  readonly expired: boolean
  readonly createdAt: string
}

export interface CheckRun {
  readonly id: number
  readonly name: string
  readonly headSha: string
  readonly conclusion: 'success' | 'neutral' | 'failure' | 'skipped'
  readonly title: string
  readonly summary: string
  readonly detailsUrl: string
}

export interface Comment {
  readonly id: number
  readonly issue: number
  readonly user: string
  body: string
  readonly createdAt: string
  updatedAt: string
}

export interface LabelEvent {
  readonly id: number
  readonly event: 'labeled' | 'unlabeled'
  readonly label: string
  readonly actor: string
  readonly at: string
}

export interface Pull {
  readonly number: number
  readonly title: string
  readonly user: string
  readonly headRef: string
  headSha: string
  readonly headRepository: Repository
  readonly baseRef: string
  baseSha: string
  state: 'open' | 'closed'
  mergedAt: string | null
  mergeCommitSha: string | null
  readonly labels: Set<string>
  readonly labelEvents: LabelEvent[]
}

export interface Tag {
  readonly name: string
  readonly sha: string
}

export interface Release {
  readonly id: number
  readonly tag: string
  readonly draft: boolean
  readonly prerelease: boolean
  readonly createdAt: string
  readonly assets: readonly ReleaseAsset[]
}

export interface ReleaseAsset {
  readonly id: number
  readonly name: string
  readonly bytes: Uint8Array
  readonly createdAt: string
}

/** A job of a run; a conclusion of null: it runs. */
export interface Job {
  readonly name: string
  conclusion: 'success' | 'failure' | 'cancelled' | 'skipped' | null
}

/** What a token may do, as `permissions:` of a workflow says it. */
export type Permissions = Readonly<
  Partial<Record<'actions' | 'checks' | 'contents' | 'pull-requests' | 'issues', 'read' | 'write'>>
>

export interface Token {
  readonly login: string
  readonly permissions: Permissions
}

/** Everything that the fake knows. */
export interface State {
  /** Where the API is. */
  readonly apiUrl: string
  readonly repository: Repository
  readonly commits: Map<string, Commit>
  readonly branches: Map<string, string>
  /** Text of a file at a commit, by `sha:path`. */
  readonly files: Map<string, string | Uint8Array>
  readonly runs: Run[]
  readonly artifacts: Artifact[]
  readonly comments: Comment[]
  readonly checkRuns: CheckRun[]
  readonly pulls: Pull[]
  readonly tags: Tag[]
  readonly releases: Release[]
  readonly tokens: Map<string, Token>
  /** Permissions of people by their login; who is not there may read what is public. */
  readonly collaborators: Map<string, 'admin' | 'write' | 'read'>
  /** Jobs of runs whose names the API knows. */
  readonly jobs: Map<number, Job[]>
  nextId(): number
  /** An hour later each time it is asked, and never in the future. */
  nextTime(): string
}

/** Bots and people by their login; a bot's ends in `[bot]`. */
export const ACTIONS_BOT = 'github-actions[bot]'

const HOUR_MS = 3_600_000

/** A repository with one commit on its default branch and nothing else. */
export function createState(repository: Repository, apiUrl: string): State {
  let ids = 1000
  let time = Date.now() - 2000 * HOUR_MS
  const state: State = {
    apiUrl,
    repository,
    commits: new Map(),
    branches: new Map(),
    files: new Map(),
    runs: [],
    artifacts: [],
    comments: [],
    checkRuns: [],
    pulls: [],
    tags: [],
    releases: [],
    tokens: new Map(),
    collaborators: new Map(),
    jobs: new Map(),
    nextId: () => ++ids,
    nextTime: () => new Date((time += HOUR_MS)).toISOString().replace(/\.\d+Z$/, 'Z'),
  }
  addCommit(state, { branch: repository.defaultBranch, message: 'Begin' })
  return state
}

/** Adds a commit on top of a branch, which is made from `from` when there is none. */
export function addCommit(
  state: State,
  {
    branch,
    from = state.repository.defaultBranch,
    message = 'Change',
    tree,
  }: { branch: string; from?: string; message?: string; tree?: string },
): string {
  const parent = state.branches.get(branch) ?? resolveRef(state, `heads/${from}`) ?? resolveRef(state, from)
  const sha = createHash('sha1').update(`${state.commits.size}`).digest('hex')
  state.commits.set(sha, {
    sha,
    tree: tree ?? sha,
    parents: parent === null ? [] : [parent],
    message,
    at: state.nextTime(),
  })
  state.branches.set(branch, sha)
  // A commit has the files of its parent.
  for (const [key, text] of state.files) {
    if (parent !== null && key.startsWith(`${parent}:`)) state.files.set(`${sha}:${key.slice(parent.length + 1)}`, text)
  }
  return sha
}

/** The commit that a SHA, a ref or the name of a tag or branch is of, a tag before a branch; null when there is none. */
export function resolveRef(state: State, ref: string): string | null {
  const [, kind, name] = /^(?:refs\/)?(?:(heads|tags)\/)?(.*)$/.exec(ref)!
  if (state.commits.has(ref)) return ref
  const tag = kind === 'heads' ? undefined : state.tags.find((tag) => tag.name === name)
  return tag?.sha ?? (kind === 'tags' ? null : (state.branches.get(name!) ?? null))
}

/** The commit and all that lead to it, newest first. */
export function ancestry(state: State, sha: string): readonly Commit[] {
  const seen = new Map<string, Commit>()
  const waiting = [sha]
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const commit = state.commits.get(next)
    if (commit === undefined || seen.has(next)) continue
    seen.set(next, commit)
    waiting.push(...commit.parents)
  }
  return [...seen.values()]
}
