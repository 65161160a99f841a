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
