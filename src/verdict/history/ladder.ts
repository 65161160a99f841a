import type { HistoryEntry, HistoryRow, RowLevel } from '../../report/history.ts'
import { mean } from '../../stats/mean.ts'
import type { Series } from '../../report/series.ts'
import type { KnownLevel } from '../../vocabulary/load.ts'
import { selectComparableEntries } from './trial.ts'

/** Which levels there are, and which the endpoint holds, is decided by the majority of this many newest runs. */
const NEWEST_RUNS = 5
const MAJORITY = 3

/** The levels that most of the newest of these runs have, ascending; where told, only of those that count. */
export function listUsualLevels(
  rows: readonly HistoryRow[],
  isCounted: (level: RowLevel) => boolean = () => true,
): number[] {
  const newest = rows.slice(-NEWEST_RUNS)
  const counts = new Map<number, number>()
  for (const { concurrency } of newest.flatMap(({ levels }) => levels.filter(isCounted)))
    counts.set(concurrency, (counts.get(concurrency) ?? 0) + 1)
  const enough = Math.min(MAJORITY, newest.length)
  return [...counts].flatMap(([concurrency, count]) => (count >= enough ? concurrency : [])).sort((a, b) => a - b)
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
