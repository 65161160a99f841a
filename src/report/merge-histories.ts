import { HISTORY_SCHEMA } from './history.ts'
import type { History, HistoryEntry } from './history.ts'
import { encodeCanonically } from './series.ts'

/** The history of no runs. */
export const EMPTY_HISTORY: History = { schema: HISTORY_SCHEMA, entries: [] }

/**
 * Merges histories, oldest entry first. Duplicates are dropped, and the `keep` newest of each name are kept. The
 * order of the histories does not matter.
 */
export function mergeHistories(histories: readonly History[], keep: number): History {
  const byRun = new Map<string, HistoryEntry>()
  for (const entry of histories.flatMap(({ entries }) => entries)) {
    const key = keyOfRun(entry)
    const known = byRun.get(key)
    // Two versions of one run should not exist; the choice must not depend on the order.
    if (known === undefined || encodeCanonically(known) < encodeCanonically(entry)) byRun.set(key, entry)
  }
  const sorted = [...byRun]
    .map(([key, entry]) => ({ key, entry, startedAt: Date.parse(entry.row.startedAt) }))
    .sort((a, b) => a.startedAt - b.startedAt || (a.key < b.key ? -1 : 1))
  return {
    schema: HISTORY_SCHEMA,
    entries: pickNewestOfEachName(
      sorted.map(({ entry }) => entry),
      keep,
    ),
  }
}

/** How many of these runs a history has. */
export function countKnown({ entries }: Pick<History, 'entries'>, runs: readonly HistoryEntry[]): number {
  const known = new Set(entries.map(keyOfRun))
  return runs.filter((run) => known.has(keyOfRun(run))).length
}

function keyOfRun({ row, source }: HistoryEntry): string {
  return JSON.stringify([source.runId, source.attempt, Date.parse(row.startedAt), row.series.name])
}

function pickNewestOfEachName(entries: readonly HistoryEntry[], keep: number): HistoryEntry[] {
  const kept = new Map<string, number>()
  return entries
    .toReversed()
    .filter(({ row: { series } }) => {
      const n = (kept.get(series.name) ?? 0) + 1
      kept.set(series.name, n)
      return n <= keep
    })
    .reverse()
}
