import type { Baseline, HistoryEntry, HistoryRow, Release, SegmentMark } from '../../report/history.ts'
import type { Series } from '../../report/series.ts'
import type { SlowDrift, StepOfMain } from '../../report/verdict.ts'
import type { Settings } from '../../settings.ts'
import { isOpenLoop, loadOf } from '../../vocabulary/load.ts'
import type { GatedMetric } from '../../vocabulary/metrics.ts'
import {
  averageOver,
  averagePasses,
  changeOfY,
  chooseMetrics,
  explainDifference,
  findHistoryKnee,
  chooseLevelSet,
  narrowTo,
  observeBeside,
  observeRun,
  selectComparableEntries,
  signOf,
} from './observe.ts'
import type { LevelSet, RunY } from './observe.ts'
import { averageY, findInflation, isTrimmed, poolSquares, trimSegment } from './spread.ts'
import type { RepeatedPoint, SquaresOf, TimedPoint } from './spread.ts'
import { mean, median } from 'simple-statistics'

/** The recorded runs that a run is compared with. */
export interface Past {
  /** Oldest first, at least one. */
  readonly groups: readonly RunGroup[]
  /** Their runs. */
  readonly entries: readonly HistoryEntry[]
  /** The knee of the mean throughput curve; null when it still grows. */
  readonly knee: number | null
}

/** Recorded runs of one workflow run, which share the hour and the machine: one point of the history. */
export interface RunGroup {
  /** At least one, oldest first. */
  readonly entries: readonly HistoryEntry[]
}

/** Older groups add nothing. Counted over all segments together. */
const MOST_GROUPS = 50

/** The runs that can be compared with a series, of the newest groups unless all are wanted; null when there are none. */
export function pickPast(recorded: readonly HistoryEntry[], series: Series, most = MOST_GROUPS): Past | null {
  const groups = groupEntries(selectComparableEntries(recorded, series)).slice(-most)
  const entries = groups.flatMap((group) => group.entries)
  const newest = entries.at(-1)
  if (newest === undefined) return null
  // What comes through at a rate is what is sent: where it grows no more the server does not keep up.
  if (isOpenLoop(loadOf(series))) return { groups, entries, knee: null }
  const same = entries.filter(({ row }) => row.throughputMetric === newest.row.throughputMetric)
  return { groups, entries, knee: findHistoryKnee(same.map(({ row }) => observeRun(row, 'plateau-throughput'))) }
}

/** Keeps the comparable runs, which together with the report give the same comparison again. */
export function narrowBaseline(baseline: Baseline | null, { series }: HistoryRow): Baseline | null {
  const past = baseline === null ? null : pickPast(baseline.entries, series)
  return baseline === null || past === null ? null : { ...baseline, entries: past.entries }
}

/** The groups, oldest first, placed by their first run. */
function groupEntries(entries: readonly HistoryEntry[]): RunGroup[] {
  return [...Map.groupBy(entries, ({ source }) => source.runId).values()].map((entries) => ({ entries }))
}

/** The recorded runs of one group in one metric, without those whose figures mean something else. */
export interface SeenGroup {
  readonly entries: readonly HistoryEntry[]
  readonly runs: readonly RunY[]
  /** The control of each run, which then has no level that its control lacks; empty without a control. */
  readonly controls: readonly RunY[]
}

/** A group over the levels of a comparison. */
export interface GroupPoint extends TimedPoint, RepeatedPoint {
  readonly mark: SegmentMark | null
  readonly entries: readonly HistoryEntry[]
  readonly runs: readonly RunY[]
}

/**
 * Reads the groups in one metric; `difference` says why some run's figures mean something else, as half a sentence.
 *
 * @param control of `now`; then every entry has one, too.
 */
export function seeGroups(
  metric: GatedMetric,
  groups: readonly RunGroup[],
  now: HistoryRow,
  control: HistoryRow | null = null,
): { readonly seen: readonly SeenGroup[]; readonly difference: string | null } {
  let difference: string | null = null
  const seen = groups.map(({ entries }): SeenGroup => {
    const same = entries.filter((entry) => {
      const besideOther = control === null ? null : explainDifference(metric, entry.control!, control)
      const why = explainDifference(metric, entry.row, now) ?? besideOther
      difference ??= why
      return why === null
    })
    const runs = same.map(({ row }) => observeBeside(row, metric, now))
    if (control === null) return { entries, runs, controls: [] }
    const controls = same.map((entry) => observeBeside(entry.control!, metric, now))
    return { entries, runs: runs.map((run, i) => narrowTo(controls[i]!, run)), controls }
  })
  return { seen, difference }
}

/** Whether a segment may begin with one of these runs. Acceptance is somebody's word, and stronger than a measurement. */
export function markOfGroup(entries: readonly HistoryEntry[], metric: GatedMetric): SegmentMark | null {
  const marks = entries.map((entry) => entry.segments[metric])
  if (marks.includes('accepted')) return 'accepted'
  return marks.includes('opens') ? 'opens' : null
}

/** Averages each group over its runs; a group without a usable run passes its acceptance on to the next. */
export function averageGroups(
  metric: GatedMetric,
  groups: readonly SeenGroup[],
  levels: readonly number[],
): GroupPoint[] {
  const points: GroupPoint[] = []
  let curve: ReadonlyMap<number, number> | null = null
  const findCurve = () => (curve ??= meanCurve(groups, levels))
  let accepted = false
  for (const { entries, runs } of groups) {
    const mark = markOfGroup(entries, metric)
    accepted ||= mark === 'accepted'
    const complete = runs.flatMap((run) => (hasLevels(run, levels) ? run : (completeRun(run, findCurve()) ?? [])))
    if (complete.length === 0) continue
    const ys = complete.map((run) => averageOver(run, levels))
    points.push({
      y: mean(ys),
      ys,
      perPass: mean(complete.map((run) => 1 / averagePasses(run, levels).length)),
      mark: accepted ? 'accepted' : mark,
      at: Date.parse(entries[0]!.row.startedAt),
      entries,
      runs: complete,
    })
    accepted = false
  }
  return points
}

/** Completes a session that lacks levels in the same way as recorded runs; null when it lacks more than half of them. */
export function completeLike(groups: readonly SeenGroup[], levels: readonly number[], run: RunY): RunY | null {
  return completeRun(run, meanCurve(groups, levels))
}

function hasLevels(run: RunY, levels: readonly number[]): boolean {
  return levels.every((level) => run.has(level))
}

/** The mean of the runs that have all levels, level by level; empty when there are none. */
function meanCurve(groups: readonly SeenGroup[], levels: readonly number[]): ReadonlyMap<number, number> {
  const complete = groups.flatMap(({ runs }) => runs.filter((run) => hasLevels(run, levels)))
  if (complete.length === 0) return new Map()
  return new Map(levels.map((level) => [level, mean(complete.map((run) => run.get(level)!.y))]))
}

/**
 * Completes a run that lacks levels of the mean curve: they are set as far from it as the run's other levels are on
 * average (an additive model of run and level). Null when it lacks more than half of them.
 *
 * When one failure in fifty made a level invalid, nearly a quarter of all runs lacked one. Leaving those out lost the
 * first run of every fourth step of main, after which innocent pull requests were red (19 %, now 0.4 %).
 */
function completeRun(run: RunY, curve: ReadonlyMap<number, number>): RunY | null {
  const shifts: number[] = []
  for (const [level, y] of curve) if (run.has(level)) shifts.push(run.get(level)!.y - y)
  if (shifts.length === 0 || 2 * shifts.length < curve.size) return null
  const shift = mean(shifts)
  return new Map([...curve].map(([level, y]) => [level, run.get(level) ?? { y: y + shift, passes: [] }]))
}

/** A segment to compare with. */
export interface Reference {
  /** Without its outliers. */
  readonly points: readonly GroupPoint[]
  readonly recorded: readonly GroupPoint[]
  /** Its level: the mean, or for `decision: threshold` the median. */
  readonly centre: number
  /**
   * Variance that a control adds, as a share of one run's; 0 without a control. Null: the reference is the control
   * itself.
   */
  readonly ofControl: number | null
  /**
   * The weight of its own points: below 1 while there are few pairs, when the rest of the weight is on no difference
   * from the control.
   */
  readonly trust: number
}

/** The history of a metric over some levels. */
export interface MetricHistory {
  readonly newest: Reference
  /** The segment before the newest, while that is provisional. */
  readonly before: Reference | null
  /** All segments without their outliers. */
  readonly segments: readonly (readonly GroupPoint[])[]
  /** Whether outliers were looked for. */
  readonly trimmed: boolean
  /** The factor by which this widens the error of a comparison. */
  readonly wider: number
  readonly within: SquaresOf
  /** Groups and runs of all segments. */
  readonly groups: number
  readonly runs: number
}

/** The segments of a metric over a set of levels, with everything that was recorded in them. */
export interface RecordedSegments {
  /** Oldest first; none is empty. */
  readonly all: readonly (readonly GroupPoint[])[]
  /** Whether it is still open that the last one stays. */
  readonly provisional: boolean
  /** Points that opened a segment alone. */
  readonly outliers: ReadonlySet<GroupPoint>
  readonly within: SquaresOf
}

/** The segments of a metric over a set of levels; null when no run has them all. */
export function findSegments(
  metric: GatedMetric,
  groups: readonly SeenGroup[],
  levels: readonly number[],
): RecordedSegments | null {
  const points = levels.length === 0 ? [] : averageGroups(metric, groups, levels)
  if (points.length === 0) return null
  const { definite, provisional, outliers } = replaySegments(points)
  return {
    all: provisional === null ? definite : [...definite, provisional],
    provisional: provisional !== null,
    outliers,
    within: squareWithinRuns(points, levels),
  }
}

/**
 * The segments of a metric in the past of `now`, over the metric's levels unless others are given. Null when no run
 * has them all.
 */
export function segmentPast(
  metric: GatedMetric,
  { groups, knee }: Past,
  now: HistoryRow,
  given: readonly number[] | null = null,
): (RecordedSegments & LevelSet) | null {
  const { seen } = seeGroups(metric, groups, now)
  const runs = seen.flatMap((group) => group.runs)
  const set = chooseLevelSet(metric, runs, knee)
  const levels = given ?? set.levels
  const recorded = findSegments(metric, seen, levels)
  return recorded === null ? null : { ...recorded, levels, ofPlateau: set.ofPlateau }
}

/** The history that the next run is compared with: segments without their outliers. */
export function buildHistory(
  { all, provisional, outliers, within }: RecordedSegments,
  { decision }: Pick<Settings, 'decision'>,
): MetricHistory {
  const segments = all.map((segment) => trimSegment(segment, outliers))
  const buildReference = (points: readonly GroupPoint[], recorded: readonly GroupPoint[]): Reference => {
    const ys = points.map((point) => point.y)
    return { points, recorded, centre: decision === 'threshold' ? median(ys) : mean(ys), ofControl: 0, trust: 1 }
  }
  const points = all.flat()
  return {
    newest: buildReference(segments.at(-1)!, all.at(-1)!),
    before: provisional ? buildReference(segments.at(-2)!, all.at(-2)!) : null,
    segments,
    trimmed: all.some(isTrimmed),
    wider: findInflation(all.some(isTrimmed), segments.flat().length < points.length),
    within,
    groups: points.length,
    runs: points.reduce((sum, point) => sum + point.runs.length, 0),
  }
}

/** The squares between the passes of a group, and between its runs, about their common mean. */
function squareWithinRuns(points: readonly GroupPoint[], levels: readonly number[]): SquaresOf {
  return poolSquares(points.map(({ runs }) => runs.flatMap((run) => averagePasses(run, levels))))
}

/** A group in one metric. */
interface SegmentPoint {
  readonly y: number
  readonly mark: SegmentMark | null
}

/** Stretches of a history, each with a mean of its own; oldest first, none of them empty. */
interface Segments<P extends SegmentPoint> {
  readonly definite: readonly (readonly P[])[]
  /** A step that may not stay; null when there is none. */
  readonly provisional: readonly P[] | null
  /** Points that are not a level of main. */
  readonly outliers: ReadonlySet<P>
}

/** How many groups after the first must agree before a step counts. */
const AGREEING_GROUPS = 2

/**
 * Replays the verdicts of recorded runs. A run judged regressed or improved opens a provisional segment. The next two
 * groups must each be closer to it than to the segment before; the first that is not returns all of it to that one,
 * and may show a single point to be an outlier. An accepted change counts at once.
 */
export function replaySegments<P extends SegmentPoint>(points: readonly P[]): Segments<P> {
  const definite: P[][] = []
  let current: P[] = []
  let provisional: P[] | null = null
  const outliers = new Set<P>()
  const begin = (segment: P[]) => {
    if (current.length > 0) definite.push(current)
    current = segment
    provisional = null
  }
  for (const point of points) {
    const open: P[] | null = provisional
    const agrees = open !== null && isCloser(point, open, current)
    if (point.mark === 'accepted') {
      // What was accepted may be the step that is already open.
      if (open !== null && !agrees) current.push(...open)
      begin(agrees ? [...open, point] : [point])
    } else if (open !== null) {
      if (agrees) open.push(point)
      else {
        if (isLoneOutlier(open, current)) outliers.add(open[0]!)
        current.push(...open, point)
        provisional = null
      }
      if (agrees && open.length > AGREEING_GROUPS) begin(open)
    } else if (point.mark === 'opens' && current.length > 0) {
      provisional = [point]
    } else {
      current.push(point)
    }
  }
  if (current.length > 0) definite.push(current)
  return { definite, provisional, outliers }
}

/**
 * With this many groups before it, a group that opened a segment alone is left out: their spread makes the like of it
 * all but impossible.
 */
const GROUPS_TO_BE_LONELY = 5

/**
 * Whether what opened a segment was an outlier: a single group that the next did not agree with. Kept in the segment,
 * it would hide changes of its own size: +10 % at a spread of 2 % would not be found for seven runs.
 */
function isLoneOutlier(open: readonly SegmentPoint[], before: readonly SegmentPoint[]): boolean {
  return open.length === 1 && before.length >= GROUPS_TO_BE_LONELY
}

/** Closer on the log scale to the mean of one segment than to that of the other. */
function isCloser(point: SegmentPoint, to: readonly SegmentPoint[], than: readonly SegmentPoint[]): boolean {
  return Math.abs(point.y - averageY(to)) < Math.abs(point.y - averageY(than))
}

/** Where main moved in a metric. */
export interface MainStep {
  readonly metric: GatedMetric
  /** Whether throughput is that of a plateau; null for all else. */
  readonly ofPlateau: boolean | null
  /** When the first run of the new level started. ISO 8601. */
  readonly startedAt: string
  /** The commits between which it happened: of the last run before it, and of the first with it; null where unknown. */
  readonly after: string | null
  readonly sha: string | null
  /** New level against the old one, a natural change. */
  readonly change: number
  /** Points recorded up to the next step. */
  readonly points: number
  /** Whether it was accepted, and whether it is still open that it stays. */
  readonly accepted: boolean
  readonly provisional: boolean
}

/** After this many points, a step is no longer mentioned. */
const NAMED_FOR_POINTS = 20

/** The last step of main, if it was for the worse, is definite, was not accepted, and is not old; else null. */
export function findStandingStep(metric: GatedMetric, recorded: RecordedSegments): StepOfMain | null {
  const last = listSteps(metric, recorded, null).at(-1)
  if (last === undefined || last.provisional || last.accepted || last.points > NAMED_FOR_POINTS) return null
  const { after, sha, startedAt, points, change } = last
  return signOf(metric) * change > 0 ? { after, sha, startedAt, points, mainChange: change } : null
}

/** The steps of main in a metric, oldest first: where one segment ends and the next begins. */
export function listSteps(
  metric: GatedMetric,
  { all, provisional, outliers }: RecordedSegments,
  ofPlateau: boolean | null,
): MainStep[] {
  const levelOf = (segment: (typeof all)[number]): number => {
    const kept = segment.filter((point) => !outliers.has(point))
    return averageY(kept.length === 0 ? segment : kept)
  }
  return all.slice(1).map((segment, i) => {
    const before = all[i]!
    const first = segment[0]!.entries[0]!
    return {
      metric,
      ofPlateau,
      startedAt: first.row.startedAt,
      after: before.at(-1)!.entries.at(-1)!.source.sha,
      sha: first.source.sha,
      change: changeOfY(metric, levelOf(segment) - levelOf(before)),
      points: segment.length,
      accepted: segment.some(({ mark }) => mark === 'accepted'),
      provisional: provisional && segment === all.at(-1),
    }
  })
}

/** The mean of this many newest groups is compared; fewer than `FEWEST_GROUPS` on a side say nothing. */
const NEWEST_GROUPS = 5
const FEWEST_GROUPS = 3

/**
 * How far a series has drifted since a release, by changes too small for any single comparison: the mean of the
 * newest groups after it against the mean of those up to it, over the same levels. Null when there are no runs.
 */
export function findSlowDrift(
  entries: readonly HistoryEntry[],
  release: Release,
  series: Series,
  policy: Pick<Settings, 'metrics'>,
): SlowDrift | null {
  const past = pickPast(entries, series)
  if (past === null) return null
  const until = Date.parse(release.until)
  const isReleased = (group: RunGroup): boolean => Date.parse(group.entries.at(-1)!.row.startedAt) <= until
  const released = past.groups.filter(isReleased)
  const newest = past.groups.filter((group) => !isReleased(group)).slice(-NEWEST_GROUPS)
  const now = past.entries.at(-1)!.row
  const metrics = chooseMetrics(policy, [now]).flatMap(({ metric }): SlowDrift['metrics'] => {
    const { seen } = seeGroups(metric, [...released, ...newest], now)
    const { levels, ofPlateau } = chooseLevelSet(
      metric,
      seen.flatMap(({ runs }) => runs),
      past.knee,
    )
    const points = levels.length === 0 ? [] : averageGroups(metric, seen, levels)
    const [before, since] = [points.filter(isReleased), points.filter((point) => !isReleased(point))]
    if (before.length < FEWEST_GROUPS || since.length < FEWEST_GROUPS) return []
    const change = changeOfY(metric, averageY(since) - averageY(before))
    return [{ metric, ofPlateau, change }]
  })
  return { since: release.name, released: released.length, newest: newest.length, metrics }
}
