import type { HistoryEntry, SegmentMark } from '../report/history.ts'
import type { Series } from '../report/series.ts'
import type { GatedMetric } from '../vocabulary/metrics.ts'
import { historyKnee } from './level-set.ts'
import { observe } from './observe.ts'

/** The recorded runs that a run is compared with. */
export interface Past {
  /** Oldest first, at least one. */
  readonly groups: readonly RunGroup[]
  /** Their runs. */
  readonly entries: readonly HistoryEntry[]
  /** Where the mean throughput curve goes flat; null when it does not. */
  readonly knee: number | null
}

/** Recorded runs of one workflow run, which share the hour and the machine: one point of the history. */
export interface RunGroup {
  /** At least one, oldest first. */
  readonly entries: readonly HistoryEntry[]
}

/** More groups say no more, and are of another time. */
const MOST_GROUPS = 50

/** The recorded runs that can be compared with a series, oldest first. */
export function comparableEntries(entries: readonly HistoryEntry[], series: Series): HistoryEntry[] {
  return entries.filter(({ row }) => row.series.key === series.key)
}

/** The newest runs that can be compared with a series; null when there are none. */
export function pastOf(recorded: readonly HistoryEntry[], series: Series): Past | null {
  const groups = groupEntries(comparableEntries(recorded, series))
  const entries = groups.flatMap((group) => group.entries)
  const newest = entries.at(-1)
  if (newest === undefined) return null
  const same = entries.filter(({ row }) => row.throughputMetric === newest.row.throughputMetric)
  return { groups, entries, knee: historyKnee(same.map(({ row }) => observe(row, 'plateau-throughput'))) }
}

/** The newest groups, oldest first; a group stands where its first run does. */
function groupEntries(entries: readonly HistoryEntry[]): RunGroup[] {
  const groups = new Map<string, HistoryEntry[]>()
  for (const entry of entries) {
    const group = groups.get(entry.source.runId)
    if (group === undefined) groups.set(entry.source.runId, [entry])
    else group.push(entry)
  }
  return [...groups.values()].slice(-MOST_GROUPS).map((entries) => ({ entries }))
}

/** What began with one of these runs. Acceptance is somebody's word and stronger than a measurement. */
export function markOf(entries: readonly HistoryEntry[], metric: GatedMetric): SegmentMark | null {
  const marks = entries.map((entry) => entry.segments[metric])
  if (marks.includes('accepted')) return 'accepted'
  return marks.includes('opens') ? 'opens' : null
}
