import type { HistoryEntry, HistoryRow, RunSource } from '../report/history.ts'
import { findSeriesDifferences } from '../report/series.ts'
import type { SeriesDifference } from '../report/series.ts'
import type { Comparison, FigureBound, StepOfMain, VerdictWord } from '../report/verdict.ts'
import { median } from 'simple-statistics'
import { GATED_METRICS, toleranceOf, unitOf } from '../vocabulary/metrics.ts'
import type { GatedMetric } from '../vocabulary/metrics.ts'
import { findStandingStep, listSteps, buildHistory, segmentPast, pickPast, markOfGroup } from './history/past.ts'
import type { MainStep, RecordedSegments, Past, RunGroup, GroupPoint } from './history/past.ts'
import {
  chooseMetrics,
  countFewestPasses,
  figureOfY,
  WHOLE_RUN,
  findFigureBound,
  changeOfY,
} from './history/observe.ts'
import { poolHistorySpread, averageY, DAY_MS } from './history/spread.ts'
import type { LevelSet } from './history/observe.ts'
import type { Settings } from '../settings.ts'
import { boundChange, compareMeans } from './compare/stand.ts'

/** The settings that say which metrics are shown, with which tolerance and spread. */
export type TimelinePolicy = Pick<Settings, 'gate' | 'metrics' | 'tolerance' | 'expectedSpread' | 'decision'>

/**
 * The recorded runs of a name over months, as each compared metric sees them: the levels, steps and spreads are those that the gate and
 * the audit find, over all runs and not only the newest. Nothing is decided here.
 */
export interface Timeline {
  readonly name: string
  /** Oldest first, at least one; each is a workflow run. */
  readonly points: readonly TimelinePoint[]
  /** Recorded runs in them. */
  readonly runs: number
  readonly metrics: readonly TimelineMetric[]
  /** Oldest first. */
  readonly steps: readonly TimelineStep[]
  readonly gaps: readonly TimelineGap[]
  readonly releases: readonly PlacedRelease[]
  /** Models and server versions, in the order in which they were first measured. */
  readonly versions: readonly VersionRow[]
  /** Runs of this name that cannot be compared with the newest, the day of the last of them, and why; null when there are none. */
  readonly otherwise: {
    readonly runs: number
    readonly last: string
    readonly differences: readonly SeriesDifference[]
  } | null
}

/** One workflow run. */
export interface TimelinePoint extends Pick<RunSource, 'sha' | 'ref' | 'runId' | 'attempt' | 'event' | 'url'> {
  readonly startedAt: string
  readonly runs: number
  /** What was said of it when it was recorded. */
  readonly verdict: VerdictWord
  /** Metrics in which somebody wanted its change. */
  readonly accepted: readonly GatedMetric[]
  readonly model: string | null
  readonly server: string | null
}

/** One metric. Figures are milliseconds, a share or a rate. */
export interface TimelineMetric {
  readonly metric: GatedMetric
  readonly unit: Comparison['unit']
  readonly levels: readonly number[]
  /** Whether throughput is that of a plateau; null for all else. */
  readonly ofPlateau: boolean | null
  /** Of each point; null where it has none that can be used. */
  readonly figures: readonly (number | null)[]
  /** Which of them are only bounds, as of a capacity that lies beyond all levels. */
  readonly bounds: readonly (FigureBound | null)[]
  /** Points that are no level of main. */
  readonly outliers: readonly number[]
  readonly stretches: readonly Stretch[]
  readonly tolerance: number
  /** Standard deviation of one run on the log scale, as the next comparison would use it. */
  readonly spread: number
  /** The last step for the worse, while it stands; else null. */
  readonly standing: StepOfMain | null
}

/** A stretch about one level, from a point to a point, with the band of the tolerance about it. */
interface Stretch {
  readonly from: number
  readonly to: number
  readonly level: number
  readonly low: number
  readonly high: number
  /** Whether it is still open that it stays. */
  readonly provisional: boolean
}

/** A step of main, the point that began it and the one before it; what else is known to be new with it. */
export interface TimelineStep extends MainStep {
  readonly at: number
  readonly last: number
  readonly model: Change | null
  readonly server: Change | null
}

interface Change {
  readonly before: string
  readonly now: string
}

/** No run for so long between two points. */
interface TimelineGap {
  readonly after: number
  readonly days: number
}

/** A tag, its time and its commit. */
export interface KnownRelease {
  readonly name: string
  /** ISO 8601. */
  readonly at: string
  readonly sha: string | null
}

/** A release before a point: the first that was measured with it or after it. */
interface PlacedRelease {
  readonly name: string
  readonly at: number
}

/**
 * Tells the runs of one name, oldest first; null when there are none.
 *
 * @param releases that are known from elsewhere; recorded runs of a release say so themselves.
 */
export function tellTimeline(
  entries: readonly HistoryEntry[],
  policy: TimelinePolicy,
  releases: readonly KnownRelease[] = [],
): Timeline | null {
  const newest = entries.at(-1)
  const past = newest === undefined ? null : pickPast(entries, newest.row.series, Infinity)
  if (newest === undefined || past === null) return null
  const points = past.groups.map(pointOf)
  const recalled = chooseMetrics(policy, [newest.row]).flatMap(({ metric }) => {
    const recorded = segmentPast(metric, past, newest.row)
    return recorded === null ? [] : [{ metric, recorded }]
  })
  return {
    name: newest.row.series.name,
    points,
    runs: past.entries.length,
    metrics: recalled.map(({ metric, recorded }) => tellMetric(metric, recorded, past, policy)),
    steps: recalled
      .flatMap(({ metric, recorded }) => tellSteps(metric, recorded, past, points))
      .sort((a, b) => a.at - b.at),
    gaps: findGaps(points),
    releases: placeReleases(releases, points),
    versions: listVersions(points, past.groups, recalled, policy),
    otherwise: describeOthers(entries, newest.row),
  }
}

function pointOf({ entries }: RunGroup): TimelinePoint {
  const [first] = entries
  const { row, source, verdict } = entries.at(-1)!
  const { sha, ref, runId, attempt, event, url } = source
  return {
    startedAt: first!.row.startedAt,
    sha,
    ref,
    runId,
    attempt,
    event,
    url,
    runs: entries.length,
    verdict,
    accepted: GATED_METRICS.filter((metric) => markOfGroup(entries, metric) === 'accepted'),
    model: row.context.model ?? row.context.servedModel,
    server: row.context.serverVersion ?? null,
  }
}

/** Which point of all a point of a metric is. */
function indexPoints({ groups }: Past): (point: Pick<RunGroup, 'entries'>) => number {
  const places = new Map(groups.map(({ entries }, i) => [entries, i]))
  return ({ entries }) => places.get(entries)!
}

function tellMetric(
  metric: GatedMetric,
  recorded: RecordedSegments & LevelSet,
  past: Past,
  policy: TimelinePolicy,
): TimelineMetric {
  const { all, levels, ofPlateau, provisional, outliers } = recorded
  const placeOf = indexPoints(past)
  const history = buildHistory(recorded, policy)
  const found = new Map(all.flat().map((point) => [placeOf(point), figureOfY(metric, point.y)]))
  const figures = past.groups.map((_, i) => found.get(i) ?? null)
  const tolerance = toleranceOf(policy, metric)
  const passes = countFewestPasses(all.flat(), levels)
  return {
    metric,
    unit: unitOf(metric, past.entries.at(-1)!.row),
    levels: levels.filter((level) => level !== WHOLE_RUN),
    ofPlateau,
    figures,
    bounds: past.groups.map(({ entries }, i) =>
      found.has(i) ? (entries.flatMap(({ row }) => findFigureBound(row, metric, row) ?? [])[0] ?? null) : null,
    ),
    outliers: [...outliers].map(placeOf),
    stretches: history.segments.map((points, i): Stretch => {
      const isNewest = i === history.segments.length - 1
      const y = isNewest ? history.newest.centre : averageY(points)
      const ends = [-1, 1].map((side) => figureOfY(metric, y + side * Math.log1p(tolerance)))
      return {
        from: placeOf(all[i]![0]!),
        to: placeOf(all[i]!.at(-1)!),
        level: figureOfY(metric, y),
        low: Math.min(...ends),
        high: Math.max(...ends),
        provisional: provisional && isNewest,
      }
    }),
    tolerance,
    spread: poolHistorySpread(metric, history, passes, policy).sd,
    standing: findStandingStep(metric, recorded),
  }
}

function tellSteps(
  metric: GatedMetric,
  recorded: RecordedSegments & LevelSet,
  past: Past,
  points: readonly TimelinePoint[],
): TimelineStep[] {
  const placeOf = indexPoints(past)
  return listSteps(metric, recorded, recorded.ofPlateau).map((step, i) => {
    const [last, at] = [placeOf(recorded.all[i]!.at(-1)!), placeOf(recorded.all[i + 1]![0]!)]
    const findChange = (field: 'model' | 'server'): Change | null => {
      const [before, now] = [points[last]![field], points[at]![field]]
      return before === null || now === null || before === now ? null : { before, now }
    }
    return { ...step, at, last, model: findChange('model'), server: findChange('server') }
  })
}

/** A pause is a gap when it lasts at least this many days, and this many times as long as is usual. */
const GAP_DAYS = 7

const GAP_TIMES = 4

function findGaps(points: readonly TimelinePoint[]): TimelineGap[] {
  const starts = points.map(({ startedAt }) => Date.parse(startedAt))
  const pauses = starts.slice(1).map((at, i) => at - starts[i]!)
  if (pauses.length === 0) return []
  const least = Math.max(GAP_DAYS * DAY_MS, GAP_TIMES * median([...pauses]))
  return pauses.flatMap((pause, after) => (pause < least ? [] : [{ after, days: Math.round(pause / DAY_MS) }]))
}

/** Each stands where its commit was measured, else at the first run after it; a release after all runs stands nowhere. */
function placeReleases(known: readonly KnownRelease[], points: readonly TimelinePoint[]): PlacedRelease[] {
  const own = points.flatMap(({ event, ref }, at) => (event === 'release' && ref !== null ? [{ name: ref, at }] : []))
  const first = points[0]!.startedAt
  const placed = known.flatMap(({ name, at, sha }) => {
    const exact = sha === null ? -1 : points.findIndex((point) => point.sha === sha)
    if (exact !== -1) return [{ name, at: exact }]
    if (Date.parse(at) < Date.parse(first)) return []
    const next = points.findIndex(({ startedAt }) => Date.parse(startedAt) >= Date.parse(at))
    return next === -1 ? [] : [{ name, at: next }]
  })
  const names = new Set(placed.map(({ name }) => name))
  return [...placed, ...own.filter(({ name }) => !names.has(name))].sort((a, b) => a.at - b.at)
}

function describeOthers(entries: readonly HistoryEntry[], { series }: HistoryRow): Timeline['otherwise'] {
  const others = entries.filter(({ row }) => row.series.key !== series.key)
  const last = others.at(-1)
  if (last === undefined) return null
  return {
    runs: others.length,
    last: last.row.startedAt,
    differences: findSeriesDifferences(last.row.series, series),
  }
}

/** The points of one model on one server version; what is not known of either is null. */
export interface VersionRow {
  readonly model: string | null
  readonly server: string | null
  readonly points: number
  readonly runs: number
  /** When its first and its last point were recorded. ISO 8601. */
  readonly first: string
  readonly last: string
  readonly metrics: readonly VersionFigure[]
}

/** One metric of a version. */
interface VersionFigure {
  readonly metric: GatedMetric
  /** Over its points; null where none has it. */
  readonly median: number | null
  /** Its mean against that of the version before it, a natural change with its 95 % interval; null for the first, and where one has none. */
  readonly difference: { readonly change: number; readonly low: number; readonly high: number } | null
}

/** A metric and what was recorded of it. */
interface RecalledMetric {
  readonly metric: GatedMetric
  readonly recorded: RecordedSegments & { readonly levels: readonly number[] }
}

/** The facts of a point that say which version it measured. */
interface VersionedPoint {
  readonly startedAt: string
  readonly model: string | null
  readonly server: string | null
}

/** The versions, in the order in which they were first measured. `points` and `groups` are the same ones. */
function listVersions(
  points: readonly VersionedPoint[],
  groups: readonly RunGroup[],
  recalled: readonly RecalledMetric[],
  policy: TimelinePolicy,
): VersionRow[] {
  const versions = [
    ...Map.groupBy(groups.keys(), (i) => JSON.stringify([points[i]!.model, points[i]!.server])).values(),
  ]
  return versions.map((own, v) => {
    const [first, last] = [points[own[0]!]!, points[own.at(-1)!]!]
    return {
      model: first.model,
      server: first.server,
      points: own.length,
      runs: own.reduce((sum, i) => sum + groups[i]!.entries.length, 0),
      first: first.startedAt,
      last: last.startedAt,
      metrics: recalled.map((each) => describeFigure(each, pickGroups(own), pickGroups(versions[v - 1] ?? []), policy)),
    }
  })

  function pickGroups(places: readonly number[]): ReadonlySet<RunGroup['entries']> {
    return new Set(places.map((i) => groups[i]!.entries))
  }
}

function describeFigure(
  { metric, recorded }: RecalledMetric,
  own: ReadonlySet<RunGroup['entries']>,
  before: ReadonlySet<RunGroup['entries']>,
  policy: TimelinePolicy,
): VersionFigure {
  const now = takePoints(recorded, own)
  if (now.length === 0) return { metric, median: null, difference: null }
  const others = takePoints(recorded, before)
  return {
    metric,
    median: figureOfY(metric, median(now.map(({ y }) => y))),
    difference: others.length === 0 ? null : compareVersions(metric, { now, before: others, recorded }, policy),
  }
}

/** The points of a version, without those that are no level of main unless it has no other. */
function takePoints(
  { all, outliers }: RecordedSegments,
  groups: ReadonlySet<RunGroup['entries']>,
): readonly GroupPoint[] {
  const own = all.flat().filter(({ entries }) => groups.has(entries))
  const kept = own.filter((point) => !outliers.has(point))
  return kept.length === 0 ? own : kept
}

/** Two stretches of a history, each about its own mean, however main moved inside them: then they spread, and the interval is wide. */
function compareVersions(
  metric: GatedMetric,
  {
    now,
    before,
    recorded,
  }: {
    readonly now: readonly GroupPoint[]
    readonly before: readonly GroupPoint[]
    readonly recorded: RecalledMetric['recorded']
  },
  policy: TimelinePolicy,
): NonNullable<VersionFigure['difference']> {
  const { levels, within } = recorded
  const history = buildHistory({ all: [before, now], provisional: false, outliers: new Set(), within }, policy)
  const passes = countFewestPasses(now, levels)
  const spread = poolHistorySpread(metric, history, passes, policy)
  const difference = compareMeans(history.segments[1]!, history.segments[0]!, { wider: history.wider, spread })
  return { change: changeOfY(metric, difference.d), ...boundChange(metric, difference, spread) }
}
