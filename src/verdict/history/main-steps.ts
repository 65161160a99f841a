import type { GatedMetric } from '../../vocabulary/metrics.ts'
import type { StepOfMain, SlowDrift } from '../../report/verdict.ts'
import { changeOfY, signOf, chooseMetrics } from './observe.ts'
import type { RecordedSegments } from './segments.ts'
import type { HistoryEntry, Release } from '../../report/history.ts'
import type { Series } from '../../report/series.ts'
import { levelSetOf, pastOf } from './past.ts'
import type { RunGroup } from './past.ts'
import type { Settings } from '../../settings.ts'
import { averageGroups, seeGroups } from './segments.ts'
import { averageY } from './spread.ts'

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

/** The mean of this many newest groups is compared; fewer than `LEAST` on a side say nothing. */
const NEWEST_GROUPS = 5
const LEAST = 3

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
  const past = pastOf(entries, series)
  if (past === null) return null
  const until = Date.parse(release.until)
  const isReleased = (group: RunGroup): boolean => Date.parse(group.entries.at(-1)!.row.startedAt) <= until
  const released = past.groups.filter(isReleased)
  const newest = past.groups.filter((group) => !isReleased(group)).slice(-NEWEST_GROUPS)
  const now = past.entries.at(-1)!.row
  const metrics = chooseMetrics(policy, [now]).flatMap(({ metric }): SlowDrift['metrics'] => {
    const { seen } = seeGroups(metric, [...released, ...newest], now)
    const { levels, ofPlateau } = levelSetOf(
      metric,
      seen.flatMap(({ runs }) => runs),
      past.knee,
    )
    const points = levels.length === 0 ? [] : averageGroups(metric, seen, levels)
    const [before, since] = [points.filter(isReleased), points.filter((point) => !isReleased(point))]
    if (before.length < LEAST || since.length < LEAST) return []
    const change = changeOfY(metric, averageY(since) - averageY(before))
    return [{ metric, ofPlateau, change }]
  })
  return { since: release.name, released: released.length, newest: newest.length, metrics }
}
