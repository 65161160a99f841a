import { BaselineError } from '../../errors.ts'
import type { GateResult } from '../../gate.ts'
import { entriesOf } from '../../report/history-row.ts'
import { LEFT_OUT_ITSELF } from '../../report/attempts.ts'
import type { Output } from '../output.ts'
import { findRunSource } from './run-source.ts'
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
type RecordedResult = Pick<GateResult, 'verdict' | 'rows' | 'looks' | 'reports' | 'error' | 'cancelled'>

/**
 * Adds what was measured to the history. True when it was added or nothing had to be; when it could not be written,
 * says why and returns false.
 */
export async function recordRun(
  { store, joinsHistory }: CommandHistory,
  result: RecordedResult,
  { env, output }: { readonly env: NodeJS.ProcessEnv; readonly output: Output },
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
  const entries = entriesOf(result.verdict, result.rows, source, result.looks.controls)
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
