import type { HistoryEntry } from '../report/history.ts'
import type { Series } from '../report/series.ts'
import { comparableEntries } from './past.ts'

/** The newest recorded runs, of which a majority says what the ladder is. */
const NEWEST = 5
const MAJORITY = 3

/**
 * The levels that an automatic sweep measures, ascending: those that most of the newest comparable runs measured, valid or
 * not, so that a level which was lost is tried again. Null when there is no comparable run.
 */
export function ladderOf(entries: readonly HistoryEntry[], series: Series): readonly number[] | null {
  const newest = comparableEntries(entries, series).slice(-NEWEST)
  const counts = new Map<number, number>()
  for (const { row } of newest) {
    for (const { concurrency } of row.levels) counts.set(concurrency, (counts.get(concurrency) ?? 0) + 1)
  }
  const enough = Math.min(MAJORITY, newest.length)
  const levels = [...counts].flatMap(([concurrency, count]) => (count >= enough ? concurrency : []))
  return levels.length === 0 ? null : levels.sort((a, b) => a - b)
}
