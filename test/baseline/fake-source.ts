import { createHash } from 'node:crypto'
import { nameHistoryArtifact } from '../../src/baseline/artifact-rules.ts'
import type { ArtifactSource, SourceArtifact, SourceRun } from '../../src/baseline/artifact-rules.ts'
import type { ArtifactStoreOptions } from '../../src/baseline/artifact-store.ts'
import { describeRefusal, explainRefusal, statusOf } from '../../src/github/api/client.ts'
import { encodeHistory } from '../../src/report/history-codec.ts'
import type { HistoryEntry } from '../../src/report/history.ts'
import { historyOf, shaOf } from '../report/history-builders.ts'
import { zipOf } from '../support/zip.ts'

export const OURS = 42
export const FORK = 666
/** The newest commit of a default branch of which nothing else is said. */
const TIP = 'd'.repeat(40)
/** The run that asks. */
export const ASKING = 1000

export const OPTIONS: ArtifactStoreOptions = {
  repositoryId: OURS,
  defaultBranch: 'main',
  workflows: ['perf.yml'],
  runId: ASKING,
  attempt: 1,
  base: null,
  upTo: null,
  findRelease: false,
  keep: 400,
}

/** A run that records: a push to main of the day's commit. */
export function aRun(id: number, overrides: Partial<SourceRun> = {}): SourceRun {
  return {
    id,
    attempt: 1,
    path: '.github/workflows/perf.yml',
    event: 'push',
    title: `Change of day ${id}, the title of a commit`,
    headBranch: 'main',
    headSha: shaOf(id),
    repositoryId: OURS,
    headRepositoryId: OURS,
    ...overrides,
  }
}

/** A zip with nothing but these runs, as the action uploads it. */
export function historyZip(entries: readonly HistoryEntry[]): Uint8Array {
  return zipOf([{ name: 'history.json', content: encodeHistory(historyOf(entries)) }])
}

export function digestOf(zip: Uint8Array): string {
  return `sha256:${createHash('sha256').update(zip).digest('hex')}`
}

/** What stands on GitHub, and what was asked and uploaded. */
export interface FakeSource extends ArtifactSource {
  /** Adds a run with an artifact that holds `zip`. */
  add(run: SourceRun, zip: Uint8Array, overrides?: Partial<SourceArtifact>): void
  readonly runList: SourceRun[]
  readonly calls: string[]
  readonly uploads: Map<string, string>
  /** Commits of the default branch, oldest first; an earlier one is an ancestor of a later one. Empty: all that are not elsewhere. */
  commits: string[]
  /** The text of the workflow file at any commit; null: there is none. */
  workflow: string | null
  /** Commits that are on another branch or tag only; null: that are gone. */
  elsewhere: Map<string, 'there' | null>
  refs: Map<string, string>
  tag: string | null
  /** Artifacts that a list shows at a time. */
  page: number
  /** Throws for the calls that it wants to fail. */
  fail: (call: string) => void
}

export function fakeSource(): FakeSource {
  const artifacts: { artifact: SourceArtifact; zip: Uint8Array }[] = []
  const called = async (call: string) => {
    source.calls.push(call)
    source.fail(call)
  }
  const source: FakeSource = {
    runList: [],
    calls: [],
    uploads: new Map(),
    commits: [],
    workflow: 'run-name: Performance after run ${{ github.event.workflow_run.id }}',
    elsewhere: new Map(),
    refs: new Map(),
    tag: null,
    statusOf,
    explainRefusal,
    describeRefusal,
    page: 100,
    fail: () => {},
    add(run, zip, overrides = {}) {
      if (!source.runList.some(({ id }) => id === run.id)) source.runList.push(run)
      const artifact = {
        id: 10_000 + artifacts.length,
        name: nameHistoryArtifact('llama-8b', 1),
        sizeBytes: zip.length,
        expired: false,
        digest: digestOf(zip),
        run: {
          id: run.id,
          repositoryId: run.repositoryId,
          headRepositoryId: run.headRepositoryId,
          headBranch: run.headBranch,
          headSha: run.headSha,
        },
        ...overrides,
      }
      artifacts.push({ artifact, zip })
    },
    async runs({ branch, event, workflow }) {
      await called(`runs ${workflow} ${event ?? 'all'}`)
      return source.runList
        .filter((run) => run.headBranch === branch && (event === null || run.event === event))
        .filter((run) => run.path.includes(workflow) || run.path.includes('stray'))
        .toSorted((a, b) => b.id - a.id)
        .slice(0, 100)
    },
    async run(id) {
      await called(`run ${id}`)
      return source.runList.find((run) => run.id === id) ?? null
    },
    async artifacts({ name, runId }) {
      await called(`artifacts ${name} ${runId ?? 'all'}`)
      const matching = artifacts
        .map(({ artifact }) => artifact)
        .filter((artifact) => artifact.name === name && (runId === null || artifact.run?.id === runId))
        .toReversed()
      return { artifacts: matching.slice(0, source.page), complete: matching.length <= source.page }
    },
    async download(id) {
      await called(`download ${id}`)
      return artifacts.find(({ artifact }) => artifact.id === id)!.zip
    },
    async commitOf(ref) {
      await called(`commitOf ${ref}`)
      if (ref === 'heads/main') return source.commits.at(-1) ?? TIP
      return source.refs.get(ref) ?? (source.commits.includes(ref) ? ref : null)
    },
    async fileAt(path, sha) {
      await called(`fileAt ${path} ${sha}`)
      return source.workflow
    },
    async isAncestor(sha, of) {
      await called(`isAncestor ${sha} ${of}`)
      const isElsewhere = source.elsewhere.get(sha)
      if (isElsewhere !== undefined) return isElsewhere === null ? null : false
      if (of === TIP) return true
      const [at, end] = [source.commits.indexOf(sha), source.commits.indexOf(of)]
      return at === -1 || end === -1 ? null : at <= end
    },
    async newestTag() {
      await called('newestTag')
      return source.tag
    },
    async upload(name, history) {
      await called(`upload ${name}`)
      source.uploads.set(name, history)
    },
  }
  return source
}

/** An error as GitHub's client throws it. */
export function httpError(status: number): Error {
  return Object.assign(new Error(`HTTP ${status}`), { status, response: {} })
}
