import { mean } from '../../stats/mean.ts'
import { selectComparableEntries, NEWEST_RUNS, MAJORITY } from './past.ts'
import type { HistoryEntry, HistoryRow } from '../../report/history.ts'
import type { Series } from '../../report/series.ts'
import type { KnownLevel } from '../../vocabulary/load.ts'

/**
 * The levels that an automatic sweep measures, ascending: those that most of the newest comparable runs measured,
 * valid or not, so that a lost level is tried again. Null when there is no comparable run.
 */
export function ladderOf(entries: readonly HistoryEntry[], series: Series): readonly number[] | null {
  const newest = selectComparableEntries(entries, series).slice(-NEWEST_RUNS)
  const counts = new Map<number, number>()
  for (const { row } of newest) {
    for (const { concurrency } of row.levels) counts.set(concurrency, (counts.get(concurrency) ?? 0) + 1)
  }
  const enough = Math.min(MAJORITY, newest.length)
  const levels = [...counts].flatMap(([concurrency, count]) => (count >= enough ? concurrency : []))
  return levels.length === 0 ? null : levels.sort((a, b) => a - b)
}

/** What these runs showed of each of these levels: the mean over all passes. */
export function recallLevels(rows: readonly HistoryRow[], levels: readonly number[]): KnownLevel[] {
  return levels.map((level) => {
    const passes = rows
      .flatMap((row) => row.levels.filter(({ concurrency }) => concurrency === level))
      .flatMap((each) => each.passes)
    const latencies = passes.flatMap(({ figures }) => figures['latency-p50'] ?? [])
    return { level, latencyMs: latencies.length === 0 ? null : Math.exp(mean(latencies.map(Math.log))) }
  })
}

/** The levels of `ladderOf`, and what its runs showed of them; measured once are those that most of the runs that have them did. */
export function recallLadder(entries: readonly HistoryEntry[], series: Series): readonly KnownLevel[] | null {
  const levels = ladderOf(entries, series)
  if (levels === null) return null
  const newest = selectComparableEntries(entries, series).slice(-NEWEST_RUNS)
  const rows = newest.map(({ row }) => row)
  return recallLevels(rows, levels).map((known) => {
    const found = rows.flatMap((row) => row.levels.find(({ concurrency }) => concurrency === known.level) ?? [])
    return { ...known, once: 2 * found.filter(({ once }) => once === true).length > found.length }
  })
}
