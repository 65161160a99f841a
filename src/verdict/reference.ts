import { mean, median } from '../stats/mean.ts'
import type { HistoryEntry, HistoryRow } from '../report/history.ts'
import type { GatedMetric } from '../vocabulary/metrics.ts'
import { whyIncomparable } from './metrics.ts'
import { meanOver, observe, passMeans } from './observe.ts'
import type { RunY } from './observe.ts'
import { markOf } from './past.ts'
import type { RunGroup } from './past.ts'
import type { DecisionPolicy } from './policy.ts'
import { replaySegments } from './segments.ts'
import type { Point } from './segments.ts'
import { isTrimmed, trimSegment } from './outliers.ts'
import type { SquaresOf } from './spread.ts'

/** Recorded runs of one group as one metric sees them, less those whose figures mean something else. */
export interface SeenGroup {
  readonly entries: readonly HistoryEntry[]
  readonly runs: readonly RunY[]
}

/** A group over the levels of a comparison. */
export interface GroupPoint extends Point {
  readonly entries: readonly HistoryEntry[]
  readonly runs: readonly RunY[]
}

/** A segment to compare with. */
export interface Reference {
  readonly points: readonly GroupPoint[]
  /** Its level: the mean, or for `decision: threshold` the median. */
  readonly centre: number
}

/** What the history says of a metric over some levels. */
export interface MetricHistory {
  readonly newest: Reference
  /** The segment before, while the newest is provisional. */
  readonly before: Reference | null
  /** All segments, less their outliers. */
  readonly segments: readonly (readonly GroupPoint[])[]
  /** Whether outliers were looked for. */
  readonly trimmed: boolean
  readonly within: SquaresOf
  /** Groups and runs of all segments. */
  readonly groups: number
  readonly runs: number
}

/** Sees the groups through a metric; `difference` says in half a sentence why some run means something else. */
export function seeGroups(
  metric: GatedMetric,
  groups: readonly RunGroup[],
  now: HistoryRow,
): { readonly seen: readonly SeenGroup[]; readonly difference: string | null } {
  let difference: string | null = null
  const seen = groups.map(({ entries }): SeenGroup => {
    const same = entries.filter(({ row }) => {
      const why = whyIncomparable(metric, row, now)
      difference ??= why
      return why === null
    })
    return { entries, runs: same.map(({ row }) => observe(row, metric)) }
  })
  return { seen, difference }
}

/** The segments of a metric over a set of levels, with everything that was recorded in them. */
export interface RecordedSegments {
  /** Oldest first; none is empty. */
  readonly all: readonly (readonly GroupPoint[])[]
  /** Whether it is not known yet if the last one stays. */
  readonly provisional: boolean
  readonly within: SquaresOf
}

/** What was recorded of a metric over a set of levels; null when no run has them all. */
export function segmentsOver(
  metric: GatedMetric,
  groups: readonly SeenGroup[],
  levels: readonly number[],
): RecordedSegments | null {
  const points = levels.length === 0 ? [] : pointsOver(metric, groups, levels)
  if (points.length === 0) return null
  const { definite, provisional } = replaySegments(points)
  return {
    all: provisional === null ? definite : [...definite, provisional],
    provisional: provisional !== null,
    within: withinRuns(points, levels),
  }
}

/** What the history says of the next run: its segments less their outliers. */
export function historyOf({ all, provisional, within }: RecordedSegments, { decision }: DecisionPolicy): MetricHistory {
  const segments = all.map(trimSegment)
  const reference = (points: readonly GroupPoint[]): Reference => {
    const ys = points.map((point) => point.y)
    return { points, centre: decision === 'threshold' ? median(ys) : mean(ys) }
  }
  const points = all.flat()
  return {
    newest: reference(segments.at(-1)!),
    before: provisional ? reference(segments.at(-2)!) : null,
    segments,
    trimmed: all.some(isTrimmed),
    within,
    groups: points.length,
    runs: points.reduce((sum, point) => sum + point.runs.length, 0),
  }
}

/** A group is the mean of its runs; one without a run that can be used hands its acceptance on to the next. */
export function pointsOver(metric: GatedMetric, groups: readonly SeenGroup[], levels: readonly number[]): GroupPoint[] {
  const points: GroupPoint[] = []
  const curve = meanCurve(
    groups.flatMap(({ runs }) => runs),
    levels,
  )
  let accepted = false
  for (const { entries, runs } of groups) {
    const mark = markOf(entries, metric)
    accepted ||= mark === 'accepted'
    const complete = runs.flatMap((run) => completed(run, curve) ?? [])
    if (complete.length === 0) continue
    const y = mean(complete.map((run) => meanOver(run, levels)))
    points.push({ y, mark: accepted ? 'accepted' : mark, entries, runs: complete })
    accepted = false
  }
  return points
}

/** The mean of the runs that have all levels, level by level; empty when there are none. */
function meanCurve(runs: readonly RunY[], levels: readonly number[]): ReadonlyMap<number, number> {
  const complete = runs.filter((run) => levels.every((level) => run.has(level)))
  if (complete.length === 0) return new Map()
  return new Map(levels.map((level) => [level, mean(complete.map((run) => run.get(level)!.y))]))
}

/**
 * A run with all levels of the mean curve: those that it lacks lie as far from the curve as its others do on average (an
 * additive model of run and level). Leaving it out instead would lose the first run of a step. Null when it lacks more
 * than half of them.
 */
function completed(run: RunY, curve: ReadonlyMap<number, number>): RunY | null {
  const shifts: number[] = []
  for (const [level, y] of curve) if (run.has(level)) shifts.push(run.get(level)!.y - y)
  if (shifts.length === 0 || 2 * shifts.length < curve.size) return null
  if (shifts.length === curve.size) return run
  const shift = mean(shifts)
  return new Map([...curve].map(([level, y]) => [level, run.get(level) ?? { y: y + shift, passes: [] }]))
}

/** The squares between the passes of a group, and between its runs, about their common mean. */
function withinRuns(points: readonly GroupPoint[], levels: readonly number[]): SquaresOf {
  let squares = 0
  let degrees = 0
  for (const { runs } of points) {
    const values = runs.flatMap((run) => passMeans(run, levels))
    const centre = mean(values)
    for (const value of values) squares += (value - centre) ** 2
    degrees += values.length - 1
  }
  return { squares, degrees }
}
