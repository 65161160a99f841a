import { createFileStore } from '../baseline/file-store.ts'
import type { BaselineStore } from '../baseline/store.ts'
import { BaselineError } from '../errors.ts'
import type { GateResult } from '../gate.ts'
import type { Environment } from '../settings/reading/environment.ts'
import type { Settings } from '../settings.ts'
import { entriesOf } from '../verdict/past.ts'
import type { Output } from './output.ts'
import { findRunSource } from './run-source.ts'
import type { AskGit } from './run-source.ts'

/** The history of a run of the command. */
export interface CommandHistory {
  /** Null for `baseline: none`. */
  readonly store: BaselineStore | null
  /** Whether this run joins it. */
  readonly joinsHistory: boolean
}

/** The history file that the settings name, and whether this run joins it. */
export function historyOf({
  baseline,
  baselineRef,
  record,
  append,
  historyKeep,
}: Pick<Settings, 'baseline' | 'baselineRef' | 'record' | 'append' | 'historyKeep'>): CommandHistory {
  const willSave = append || record === 'always'
  switch (baseline.kind) {
    case 'none':
    // Only the action can reach these: they were refused with the settings.
    case 'artifact':
    case 'release-asset':
      return { store: null, joinsHistory: false }
    case 'file': {
      const store = createFileStore({ path: baseline.path, keep: historyKeep, upTo: baselineRef, willSave })
      return { store, joinsHistory: willSave }
    }
  }
}

/**
 * Adds what was measured to the history. True when it was, or when nothing was to be added; false when it could not be
 * written, after saying why.
 */
export async function recordRun(
  { store, joinsHistory }: CommandHistory,
  result: GateResult,
  { env, output, git }: { readonly env: Environment; readonly output: Output; readonly git?: AskGit },
): Promise<boolean> {
  if (store === null) return true
  if (!joinsHistory) {
    if (result.verdict.verdict === 'no-baseline') output.log('this run is not recorded; --append makes it the first')
    return true
  }
  const unfit = rejectResult(result)
  if (unfit !== null) {
    output.log(`not added to the history: ${unfit}`)
    return true
  }
  const source = await findRunSource(env, new Date(result.rows[0]!.startedAt), git)
  try {
    await store.save(entriesOf(result.verdict, result.rows, source))
  } catch (error) {
    if (!(error instanceof BaselineError)) throw error
    output.log(error.message)
    return false
  }
  output.log(`added to the history as ${source.runId}`)
  return true
}

/** A run is recorded whatever its verdict, but half a run is none. */
function rejectResult({ cancelled, error, reports }: GateResult): string | null {
  if (cancelled) return 'the run was interrupted'
  if (error !== null) return 'the endpoint ended the run'
  return reports.every(({ validity }) => validity.ok) ? null : 'the run is not valid'
}
