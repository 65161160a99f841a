import { countFewestPasses, figureOfY, changeOfY } from './history/observe.ts'
import type { GatedMetric } from '../vocabulary/metrics.ts'
import { median } from '../stats/mean.ts'
import type { RunGroup, GroupPoint } from './history/past.ts'
import { spreadOfHistory } from './history/spread.ts'
import { historyOf } from './history/segments.ts'
import type { RecordedSegments } from './history/segments.ts'
import type { TimelinePolicy } from './trial.ts'
import { compareMeans, boundChange } from './compare/stand.ts'

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
export function listVersions(
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
  const history = historyOf({ all: [before, now], provisional: false, outliers: new Set(), within }, policy)
  const passes = countFewestPasses(now, levels)
  const spread = spreadOfHistory(metric, history, passes, policy)
  const difference = compareMeans(history.segments[1]!, history.segments[0]!, { wider: history.wider, spread })
  return { change: changeOfY(metric, difference.d), ...boundChange(metric, difference, spread) }
}
