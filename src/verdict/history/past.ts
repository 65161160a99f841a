import type { Baseline, HistoryEntry, HistoryRow, RowLevel, SegmentMark } from '../../report/history.ts'
import { findCurveShape } from '../../metrics/plateau/plateau.ts'
import { isOpenLoop, loadOf } from '../../vocabulary/load.ts'
import { metricOf } from '../../vocabulary/metrics.ts'
import type { GatedMetric } from '../../vocabulary/metrics.ts'
import {
  observeRun,
  WHOLE_RUN,
  averageOver,
  averagePasses,
  explainDifference,
  narrowTo,
  observeBeside,
} from './observe.ts'
import type { RunY } from './observe.ts'
import { mean } from 'simple-statistics'
import type { Series } from '../../report/series.ts'
import type { EarlierAttempt } from '../../report/looks.ts'
import type { KnownLevel } from '../../vocabulary/load.ts'
import type { TimedPoint, RepeatedPoint } from './spread.ts'

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

/** A run with what it is compared with: the recorded runs, its control, or both. */
export interface Trial {
  readonly candidates: readonly HistoryRow[]
  /** All recorded runs that can be compared with it. */
  readonly past: Past | null
  readonly control: ControlSide | null
  /** Earlier attempts that count together with this one. */
  readonly earlier: readonly EarlierAttempt[]
}

/** The candidates with a control, and the recorded runs measured beside the same one; without any, the control itself. */
interface ControlSide {
  readonly candidates: readonly HistoryRow[]
  readonly past: Past
  readonly beside: Beside
}

/** The controls of a run. */
export interface Beside {
  /** One for each candidate, in order. */
  readonly controls: readonly HistoryRow[]
  /** Whether both sides were deployed anew for each candidate, so that these are independent. */
  readonly isFresh: boolean
  /** No recorded run was measured beside this control, so the control itself is the baseline. */
  readonly alone: boolean
}

/** Older groups add nothing. Counted over all segments together. */
const MOST_GROUPS = 50

/** The recorded runs that can be compared with a series, oldest first. */
function selectComparableEntries(entries: readonly HistoryEntry[], series: Series): HistoryEntry[] {
  return entries.filter(({ row }) => row.series.key === series.key)
}

/** The runs that can be compared with a series, of the newest groups unless all are wanted; null when there are none. */
export function pastOf(recorded: readonly HistoryEntry[], series: Series, most = MOST_GROUPS): Past | null {
  const groups = groupEntries(selectComparableEntries(recorded, series)).slice(-most)
  const entries = groups.flatMap((group) => group.entries)
  const newest = entries.at(-1)
  if (newest === undefined) return null
  // What comes through at a rate is what is sent: where it grows no more the server does not keep up.
  if (isOpenLoop(loadOf(series))) return { groups, entries, knee: null }
  const same = entries.filter(({ row }) => row.throughputMetric === newest.row.throughputMetric)
  return { groups, entries, knee: findHistoryKnee(same.map(({ row }) => observeRun(row, 'plateau-throughput'))) }
}

/** The groups, oldest first, placed by their first run. */
function groupEntries(entries: readonly HistoryEntry[]): RunGroup[] {
  const groups = new Map<string, HistoryEntry[]>()
  for (const entry of entries) {
    const group = groups.get(entry.source.runId)
    if (group === undefined) groups.set(entry.source.runId, [entry])
    else group.push(entry)
  }
  return [...groups.values()].map((entries) => ({ entries }))
}

/** The levels over which a metric is averaged. */
export interface LevelSet {
  readonly levels: readonly number[]
  /** Whether they form a plateau; null for metrics that have nothing to do with it. */
  readonly ofPlateau: boolean | null
}

/**
 * The knee of the mean throughput curve of recorded runs only, so that no candidate can move it. Null when the curve
 * still grows at its end.
 */
function findHistoryKnee(throughput: readonly RunY[]): number | null {
  const runs = throughput.filter((run) => run.size > 0)
  const levels = pickHeldLevels(runs, listLevels(runs))
  const complete = runs.filter((run) => levels.every((level) => run.has(level)))
  const points = levels.map((concurrency) => {
    // Throughput has s = −1.
    const sum = complete.reduce((sum, run) => sum - run.get(concurrency)!.y, 0)
    return { concurrency, y: sum / complete.length }
  })
  const shape = findCurveShape(points)
  return shape !== null && (shape.reached || shape.falls) ? shape.knee : null
}

/**
 * The levels of a metric. TTFT: up to the knee, above which it is queueing, which throughput shows. Throughput: from
 * the knee on, including collapsed levels, because they matter, too; without a knee, the highest level. All others:
 * all levels.
 */
export function levelSetOf(metric: GatedMetric, runs: readonly RunY[], knee: number | null): LevelSet {
  const { comparedOver, stopsAtKnee } = metricOf(metric)
  if (comparedOver === 'run') return { levels: [WHOLE_RUN], ofPlateau: null }
  const all = listLevels(runs)
  if (comparedOver === 'plateau') {
    const flat =
      knee === null
        ? []
        : pickHeldLevels(
            runs,
            all.filter((level) => level >= knee),
          )
    if (flat.length > 0) return { levels: flat, ofPlateau: true }
    return { levels: pickHeldLevels(runs, all).slice(-1), ofPlateau: false }
  }
  const beforeQueueing = knee !== null && stopsAtKnee ? all.filter((level) => level <= knee) : all
  return { levels: pickHeldLevels(runs, beforeQueueing), ofPlateau: null }
}

/**
 * Runs that lack a level of the set are left out; where too few would remain, the level that most runs lack is
 * dropped instead. Runs that have none of those that are left say nothing of them: else two runs that have no level in
 * common would leave no level at all.
 */
function pickHeldLevels(all: readonly RunY[], wanted: readonly number[]): number[] {
  const levels = [...wanted]
  const selectSeen = (): RunY[] => all.filter((run) => levels.some((level) => run.has(level)))
  const enough = Math.max(3, selectSeen().length / 2)
  while (levels.length > 0) {
    const runs = selectSeen()
    const complete = runs.filter((run) => levels.every((level) => run.has(level))).length
    if (complete === runs.length || complete >= enough) break
    const lacking = levels.map((level) => runs.filter((run) => !run.has(level)).length)
    levels.splice(lacking.lastIndexOf(Math.max(...lacking)), 1)
  }
  return levels
}

function listLevels(runs: readonly RunY[]): number[] {
  return [...new Set(runs.flatMap((run) => [...run.keys()]))].sort((a, b) => a - b)
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
  const isComplete = (run: RunY): boolean => levels.every((level) => run.has(level))
  let curve: ReadonlyMap<number, number> | null = null
  const findCurve = () =>
    (curve ??= meanCurve(
      groups.flatMap(({ runs }) => runs.filter(isComplete)),
      levels,
    ))
  let accepted = false
  for (const { entries, runs } of groups) {
    const mark = markOfGroup(entries, metric)
    accepted ||= mark === 'accepted'
    const complete = runs.flatMap((run) => (isComplete(run) ? run : (completeRun(run, findCurve()) ?? [])))
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
  const complete = groups.flatMap(({ runs }) => runs).filter((each) => levels.every((level) => each.has(level)))
  return completeRun(run, meanCurve(complete, levels))
}

/** The mean of runs that have all levels, level by level; empty when there are none. */
function meanCurve(complete: readonly RunY[], levels: readonly number[]): ReadonlyMap<number, number> {
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

/** Controls as if they were a recorded run of main, for comparing before there are pairs. */
export function recordControls(controls: readonly HistoryRow[]): HistoryEntry[] {
  const source = { sha: null, ref: null, runId: 'control', attempt: 1, event: 'control', url: null }
  return controls.map((row) => ({ row, control: row, source, verdict: 'no-change-seen', segments: {} }))
}

/** Keeps the comparable runs, which together with the report give the same comparison again. */
export function narrowBaseline(baseline: Baseline | null, { series }: HistoryRow): Baseline | null {
  const past = baseline === null ? null : pastOf(baseline.entries, series)
  return baseline === null || past === null ? null : { ...baseline, entries: past.entries }
}

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
