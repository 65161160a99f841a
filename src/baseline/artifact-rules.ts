import { sha256 } from '../sha256.ts'
import { escapeForTerminal } from '../text.ts'
import { decodeHistory, HistoryError } from '../report/history-codec.ts'
import type { History } from '../report/history.ts'
import type { Unreadable } from '../report/verdict.ts'
import { openOnlyEntry, ZipRefusal } from './zip.ts'

/**
 * GitHub as the search for a history needs it. Every method that asks may reject. Nothing that comes through here is trusted: it is checked again where it is used.
 */
export interface ArtifactSource {
  /** The newest 100 runs of one workflow file on a branch, for one event or all. */
  runs(query: RunQuery): Promise<readonly SourceRun[]>
  /** One run of this repository; null when there is none with this id. */
  run(id: number): Promise<SourceRun | null>
  /** Artifacts of exactly this name, of one run or of all runs of the repository. */
  artifacts(query: { readonly name: string; readonly runId: number | null }): Promise<ArtifactList>
  /** The zip of an artifact. Rejects as soon as it is longer than `maximumBytes`. */
  download(artifactId: number, maximumBytes: number): Promise<Uint8Array>
  /** The commit that a SHA, `heads/<branch>`, `tags/<tag>` or a bare name stands for; null when there is none. */
  commitOf(ref: string): Promise<string | null>
  /** The text of a file at a commit; null when it is not there. */
  fileAt(path: string, sha: string): Promise<string | null>
  /** Whether commit `sha` is `of` or an ancestor of it; null when one of them is not there. */
  isAncestor(sha: string, of: string): Promise<boolean | null>
  /** The newest tag on an ancestor of the measured commit; null when there is none. */
  newestTag(): Promise<string | null>
  /** Uploads an artifact that holds exactly `history.json` with this text. */
  upload(artifactName: string, history: string): Promise<void>
  /** The HTTP status of what one of these rejected with; null when GitHub could not be reached. */
  statusOf(error: unknown): number | null
  /** Why GitHub gave nothing, and what helps; `permission` is what the token needs. */
  explainRefusal(error: unknown, permission: string): Unreadable
  /** The same as half a sentence. */
  describeRefusal(error: unknown, permission: string): string
}

interface RunQuery {
  /** File of `.github/workflows`, for example `nightly.yml`. */
  readonly workflow: string
  readonly branch: string
  /** Null: all events. */
  readonly event: string | null
}

/** One run of a workflow. */
export interface SourceRun {
  readonly id: number
  /** Number of the newest attempt, from 1. */
  readonly attempt: number
  /** The workflow file, for example `.github/workflows/nightly.yml`, perhaps with `@` and a ref. */
  readonly path: string
  readonly event: string
  /** As GitHub shows it: `run-name` of the workflow, else a title made from the event. */
  readonly title: string
  readonly headBranch: string | null
  readonly headSha: string
  readonly repositoryId: number
  /** Null when that repository is gone. */
  readonly headRepositoryId: number | null
}

export interface ArtifactList {
  /** In any order. */
  readonly artifacts: readonly SourceArtifact[]
  /** False when there are more than are listed. */
  readonly complete: boolean
}

/** One artifact of a workflow run. */
export interface SourceArtifact {
  readonly id: number
  readonly name: string
  readonly sizeBytes: number
  readonly expired: boolean
  /** `sha256:` and 64 hex digits of the zip; null when GitHub states none. */
  readonly digest: string | null
  /** The run that uploaded it, as the artifact states it; null when it states none. */
  readonly run: {
    readonly id: number | null
    readonly repositoryId: number | null
    readonly headRepositoryId: number | null
    readonly headBranch: string | null
    readonly headSha: string | null
  } | null
}

/** Where an artifact must come from to be trusted. */
export interface ArtifactRules {
  readonly repositoryId: number
  readonly defaultBranch: string
  /** Files of `.github/workflows` whose runs share the history. */
  readonly workflows: readonly string[]
  /** The run that asks: its own artifacts are no baseline. */
  readonly runId: number
}

/** Why an artifact is passed over. The message continues a sentence that begins with the artifact. */
export class ArtifactRefusal extends Error {
  override readonly name = 'ArtifactRefusal'
}

/** Events that record when they happen on the default branch. */
export const RECORDING_EVENTS: readonly string[] = ['push', 'schedule', 'workflow_dispatch', 'repository_dispatch']
/** Events whose runs may hold a history: also `workflow_run`, when a push to the default branch triggered it. */
export const HISTORY_EVENTS: readonly string[] = [...RECORDING_EVENTS, 'workflow_run']

/** The largest zip that is downloaded. */
export const LARGEST_ZIP_BYTES = 4 * 1024 * 1024
/** The largest history, unpacked. */
export const LARGEST_HISTORY_BYTES = 32 * 1024 * 1024
const LARGEST_RATIO = 50
/** The only entry of a history artifact. */
export const HISTORY_FILE = 'history.json'

export const ZIP_BOUNDS = { inflatedBytes: LARGEST_HISTORY_BYTES, ratio: LARGEST_RATIO }

/** `plateau-<name>-history`, with `-attempt-n` from the second attempt on. */
export function nameHistoryArtifact(name: string, attempt: number): string {
  return `plateau-${name}-history${attempt > 1 ? `-attempt-${attempt}` : ''}`
}

/** Why the history of a run does not count; null when it does. */
export function rejectRun(run: SourceRun, rules: ArtifactRules): string | null {
  if (run.id === rules.runId) return 'it is the run that asks'
  if (run.headRepositoryId === null) return 'the repository of its commit is gone'
  const elsewhere = rejectOrigin(run, rules)
  if (elsewhere !== null) return elsewhere
  if (!HISTORY_EVENTS.includes(run.event)) return `its event is ${escapeForTerminal(run.event)}, which does not record`
  const path = workflowFileOf(run)
  if (!rules.workflows.some((file) => path === `.github/workflows/${file}`)) {
    return `it is of ${escapeForTerminal(path)}, not of ${rules.workflows.join(' or ')}`
  }
  return null
}

/** Why an artifact, by what it states itself, cannot come from such a run; null when it can. */
export function rejectArtifactRun({ run }: SourceArtifact, rules: ArtifactRules): string | null {
  if (run === null || run.id === null) return 'it does not say which run it is of'
  return rejectOrigin(run, rules)
}

function rejectOrigin(
  run: Pick<NonNullable<SourceArtifact['run']>, 'repositoryId' | 'headRepositoryId' | 'headBranch'>,
  rules: ArtifactRules,
): string | null {
  if (run.repositoryId !== rules.repositoryId || run.headRepositoryId !== rules.repositoryId) {
    return 'its commit is of another repository (a fork)'
  }
  if (run.headBranch !== rules.defaultBranch)
    return `${describeBranch(run.headBranch)}, not of ${escapeForTerminal(rules.defaultBranch)}`
  return null
}

/** Why an artifact of a run that counts is not downloaded; null when it may be. */
export function rejectArtifact(artifact: SourceArtifact, run: SourceRun, rules: ArtifactRules): string | null {
  const stated = rejectArtifactRun(artifact, rules)
  if (stated !== null) return stated
  if (artifact.run?.id !== run.id || artifact.run.headSha !== run.headSha) return 'it states another run or commit'
  if (artifact.expired) {
    return 'it has expired; record at least once within the time that artifacts are kept, on a schedule for example'
  }
  if (artifact.sizeBytes > LARGEST_ZIP_BYTES) return `it is ${artifact.sizeBytes} bytes, more than ${LARGEST_ZIP_BYTES}`
  if (artifact.digest === null) return 'GitHub states no digest for it'
  return null
}

/**
 * The history in a downloaded zip, without the entries of other names.
 *
 * @throws ArtifactRefusal
 */
export function openHistory(zip: Uint8Array, { digest }: Pick<SourceArtifact, 'digest'>, name: string): History {
  if (zip.length > LARGEST_ZIP_BYTES)
    throw new ArtifactRefusal(`it is ${zip.length} bytes, more than ${LARGEST_ZIP_BYTES}`)
  const actual = `sha256:${sha256(zip)}`
  if (actual !== digest)
    throw new ArtifactRefusal(`its digest is ${actual}, not ${escapeForTerminal(digest ?? 'stated')}`)
  try {
    const content = openOnlyEntry(zip, HISTORY_FILE, ZIP_BOUNDS)
    const history = decodeUploaded(decodeUtf8(content))
    const entries = history.entries.filter(({ row }) => row.series.name === name)
    if (history.entries.length === 0) throw new ArtifactRefusal('no run is recorded in it')
    if (entries.length === 0) throw new ArtifactRefusal('all of its runs are of other names')
    return { ...history, entries }
  } catch (error) {
    if (error instanceof ZipRefusal) throw new ArtifactRefusal(`it ${error.message}`, { cause: error })
    throw error
  }
}

/**
 * Decodes a history that somebody uploaded.
 *
 * @throws ArtifactRefusal
 */
export function decodeUploaded(text: string): History {
  try {
    return decodeHistory(text)
  } catch (error) {
    if (error instanceof HistoryError)
      throw new ArtifactRefusal(`it cannot be read: ${escapeForTerminal(error.message)}`, { cause: error })
    throw error
  }
}

/**
 * @throws ArtifactRefusal for bytes that are not UTF-8.
 */
export function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (error) {
    throw new ArtifactRefusal('it is not UTF-8 text', { cause: error })
  }
}

/**
 * Why the commit of a run does not count; null when it does. A run that carries the branch's name may be of a tag.
 *
 * @param isOnBranch whether the commit leads to the newest one of the default branch; null when it is gone.
 */
export function rejectCommit(isOnBranch: boolean | null, { defaultBranch }: ArtifactRules): string | null {
  if (isOnBranch === true) return null
  const branch = escapeForTerminal(defaultBranch)
  return isOnBranch === null
    ? 'its commit is gone'
    : `its commit is not on ${branch} (it was pushed as something else of that name, or ${branch} was pushed with force)`
}

/** The workflow file of a run. */
export function workflowFileOf({ path }: SourceRun): string {
  return path.split('@', 1)[0]!
}

/** Fixed words followed by the id of the triggering run: nobody else can write any part of such a title. */
const NAMES_TRIGGER = /^(?:[^$]*[^$\d])?\$\{\{\s*github\.event\.workflow_run\.id\s*\}\}$/

/**
 * The id of the run that triggered a `workflow_run`. GitHub shows it only in the run's title, and only if `run-name`
 * of the workflow file puts it there; the title is made before any job of the run can change it. Null unless the
 * file, at the run's commit, has a `run-name` of fixed words and this id: any other title could be the title of a
 * change, which anybody may write.
 *
 * @param workflow the text of the workflow file at the commit of the run; null when it is not there.
 */
export function findNamedTrigger({ title }: SourceRun, workflow: string | null): number | null {
  if (!NAMES_TRIGGER.test(readRunName(workflow ?? ''))) return null
  const id = Number(/(?:^|\D)(\d{1,15})$/.exec(title)?.[1] ?? NaN)
  return Number.isSafeInteger(id) ? id : null
}

/** The `run-name` of a workflow file; empty when there is none or it has several lines. */
function readRunName(workflow: string): string {
  const [stated = ''] = /(?<=^run-name:).*/m.exec(workflow) ?? []
  const name = stated.replace(/ #.*/, '').trim()
  return /^(".*"|'.*')$/.test(name) ? name.slice(1, -1) : name
}

/** Why a run may not trigger one that records; null when it may: a push to this repository's default branch. */
export function rejectTrigger(trigger: SourceRun | null, rules: ArtifactRules): string | null {
  if (trigger === null) {
    return (
      'which run triggered it is not known: give its workflow file a run-name of fixed words that ends with ' +
      '${{ github.event.workflow_run.id }}, which GitHub then states'
    )
  }
  const { repositoryId, headRepositoryId, event, headBranch } = trigger
  if (repositoryId !== rules.repositoryId || headRepositoryId !== rules.repositoryId) {
    return `it was triggered by run ${trigger.id} of another repository (a fork)`
  }
  return event === 'push' && headBranch === rules.defaultBranch
    ? null
    : `it was triggered by run ${trigger.id}, which is not a push to ${escapeForTerminal(rules.defaultBranch)}`
}

function describeBranch(branch: string | null): string {
  return branch === null ? 'it is of no branch' : `it is of branch ${escapeForTerminal(branch)}`
}
