import { execFile } from 'node:child_process'
import { BaselineError } from '../../errors.ts'
import type { GateResult } from '../../gate.ts'
import { buildEntries } from '../../report/history-row.ts'
import { isSha } from '../../report/history.ts'
import type { RunSource } from '../../report/history.ts'
import { LEFT_OUT_ITSELF } from '../../report/attempts.ts'
import type { CommandPorts } from '../ports.ts'
import { createFileStore } from '../../baseline/file-store.ts'
import type { BaselineStore } from '../../baseline/store.ts'
import type { Settings } from '../../settings.ts'

/** The history of a run of the command. */
export interface CommandHistory {
  /** Null for `baseline: none`. */
  readonly store: BaselineStore | null
  /** Whether this run joins it. */
  readonly joinsHistory: boolean
  /** The file that it writes then, so that a run refuses before it begins what cannot be written; null: none. */
  readonly writes: string | null
}

/** The history file that the settings name, and whether this run joins it. */
export function historyPlaceOf({
  baseline,
  baselineRef,
  record,
  append,
  historyKeep,
}: Pick<Settings, 'baseline' | 'baselineRef' | 'record' | 'append' | 'historyKeep'>): CommandHistory {
  const willSave = append || record === 'always'
  switch (baseline.kind) {
    case 'none':
    // Only the action has these; for the command the settings refuse them.
    case 'artifact':
    case 'release-asset':
      return { store: null, joinsHistory: false, writes: null }
    case 'file': {
      const store = createFileStore({ path: baseline.path, keep: historyKeep, upTo: baselineRef, willSave })
      return { store, joinsHistory: willSave, writes: willSave ? baseline.path : null }
    }
  }
}

/** The parts of a result that decide what joins a history. */
export type RecordedResult = Pick<GateResult, 'verdict' | 'rows' | 'looks' | 'reports' | 'error' | 'cancelled'>

/**
 * Adds what was measured to the history. True when it was added or nothing had to be; when it could not be written,
 * says why and returns false.
 */
export async function recordRun(
  { store, joinsHistory }: CommandHistory,
  result: RecordedResult,
  { env, output }: Pick<CommandPorts, 'env' | 'output'>,
): Promise<boolean> {
  if (store === null) return true
  if (!joinsHistory) {
    if (result.verdict.verdict === 'no-baseline') output.log(adviseRecording(result.verdict))
    return true
  }
  const unfit = rejectResult(result)
  if (unfit !== null) {
    output.log(`not added to the history: ${unfit}`)
    return true
  }
  const source = await findRunSource(env, new Date(result.rows[0]!.startedAt))
  const entries = buildEntries(result.verdict, result.rows, source, result.looks.controls)
  let known: number
  try {
    known = await store.save(entries)
  } catch (error) {
    if (!(error instanceof BaselineError)) throw error
    output.log(error.message)
    return false
  }
  output.log(
    known === entries.length
      ? `the history of ${result.verdict.name} has this run already, as ${source.runId}: it counts once`
      : `added to the history of ${result.verdict.name} as ${source.runId}`,
  )
  return true
}

/** What to do where there is nothing to compare with. A result that is read again may be recorded already. */
export function adviseRecording({ baseline }: RecordedResult['verdict']): string {
  return baseline.skipped.includes(LEFT_OUT_ITSELF)
    ? 'the history has this run already; the next one is compared with it'
    : 'this run is not recorded; --append makes it the first'
}

/** Why a result is not recorded; null when it is. The verdict does not matter, but half a run is not recorded. */
function rejectResult({ cancelled, error, reports }: RecordedResult): string | null {
  if (cancelled) return 'the run was interrupted'
  if (error !== null) return 'the endpoint ended the run'
  return reports.every(({ validity }) => validity.ok) ? null : 'the run is not valid'
}

/** The workflow run around a command, and its attempt; null outside of one. */
export function readWorkflowRun(env: NodeJS.ProcessEnv): { readonly id: string; readonly attempt: number } | null {
  const { GITHUB_RUN_ID: id, GITHUB_RUN_ATTEMPT: attempt } = env
  return id === undefined || id === '' ? null : { id, attempt: readPositive(attempt) }
}

/** A number from 1 that the runner states; 1 where it states none. */
function readPositive(text: string | undefined): number {
  return text !== undefined && /^[1-9]\d{0,5}$/.test(text) ? Number(text) : 1
}

/** Runs git with these arguments in the current folder; null without git, a repository or an answer in time. */
export type AskGit = (args: readonly string[]) => Promise<string | null>

/** Git on a slow disk must not hold up a measurement. */
const GIT_TIMEOUT_MS = 5000

/** Where a run of the command comes from: the workflow run around it, else the current repository. */
export async function findRunSource(env: NodeJS.ProcessEnv, startedAt: Date, git: AskGit = askGit): Promise<RunSource> {
  const sha = env['GITHUB_SHA'] ?? (await git(['rev-parse', 'HEAD']))
  const ref = env['GITHUB_REF_NAME'] ?? (await git(['rev-parse', '--abbrev-ref', 'HEAD']))
  return {
    sha: sha !== null && isSha(sha) ? sha : null,
    // For a checkout of a commit, which has no branch, git answers HEAD.
    ref: ref === '' || ref === 'HEAD' ? null : ref,
    runId: env['GITHUB_RUN_ID'] ?? nameLocalRun(startedAt),
    attempt: readPositive(env['GITHUB_RUN_ATTEMPT']),
    event: 'command',
    url: makeRunUrl(env),
  }
}

/** Local runs of one hour count as one point of a history, because they share machine, deployment and disturbances. */
export function nameLocalRun(startedAt: Date): string {
  return `local-${startedAt.toISOString().slice(0, 13)}`
}

function makeRunUrl(env: NodeJS.ProcessEnv): string | null {
  const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: repository, GITHUB_RUN_ID: id } = env
  if (server === undefined || repository === undefined || id === undefined) return null
  return `${server}/${repository}/actions/runs/${id}`
}

/** Git itself. */
export async function askGit(args: readonly string[]): Promise<string | null> {
  return new Promise((resolve) => {
    execFile('git', args, { timeout: GIT_TIMEOUT_MS, maxBuffer: 64 * 1024, windowsHide: true }, (error, stdout) =>
      resolve(error === null ? stdout.trim() : null),
    )
  })
}
