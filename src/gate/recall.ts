import type { HistoryEntry, HistoryRow } from '../report/history.ts'
import type { Series } from '../report/series.ts'
import type { KnownLevel } from '../vocabulary/load.ts'
import { listUsualLevels, NEWEST_RUNS, selectComparableEntries } from '../verdict/history/observe.ts'
import { mean } from 'simple-statistics'

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

/**
 * The levels that an automatic sweep measures, ascending, and what its runs showed of them: those that most of the newest comparable runs
 * measured, valid or not, so that a lost level is tried again. Measured once are those that most of the runs that have them did. Null when there
 * is no comparable run.
 */
export function recallLadder(entries: readonly HistoryEntry[], series: Series): readonly KnownLevel[] | null {
  const rows = selectComparableEntries(entries, series)
    .slice(-NEWEST_RUNS)
    .map(({ row }) => row)
  const ladder = listUsualLevels(rows)
  if (ladder.length === 0) return null
  return recallLevels(rows, ladder).map((each) => {
    const found = rows.flatMap((row) => row.levels.find(({ concurrency }) => concurrency === each.level) ?? [])
    return { ...each, once: 2 * found.filter(({ once }) => once === true).length > found.length }
  })
}
