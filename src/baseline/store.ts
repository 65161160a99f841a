import type { Baseline, HistoryEntry } from '../report/history.ts'

/** Where recorded runs are kept. */
export interface BaselineStore {
  /**
   * The recorded runs of this name; none when nothing was ever recorded.
   *
   * @throws BaselineError when there is a history and it cannot be read.
   */
  load(name: string): Promise<Baseline>
  /**
   * Adds runs to what is stored now, also when others have written meanwhile. One that is there already is not added again.
   *
   * @returns how many were there already.
   * @throws BaselineError when it cannot be written; nothing is lost then.
   */
  save(entries: readonly HistoryEntry[]): Promise<number>
}
