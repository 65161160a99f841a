import type { HistoryEntry, Release } from '../report/history.ts'
import type { Series } from '../report/series.ts'
import type { SlowDrift } from '../report/verdict.ts'
import { mean } from '../stats/mean.ts'
import { chooseMetrics, changeOfY } from './observe.ts'
import { levelSetOf, pastOf } from './past.ts'
import type { RunGroup } from './past.ts'
import type { DecisionPolicy } from './policy.ts'
import { averageGroups, seeGroups } from './segments.ts'

/** The mean of so many newest groups is compared, and fewer than these on a side say nothing. */
const NEWEST_GROUPS = 5
const LEAST = 3

/**
 * Where recorded runs of a series have gone since a release: changes too small for any single comparison add up. The mean
 * of the newest groups after it against the mean of those up to it, over the same levels. Null when there are no runs.
 */
export function findSlowDrift(
  entries: readonly HistoryEntry[],
  release: Release,
  series: Series,
  policy: Pick<DecisionPolicy, 'metrics'>,
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
    const change = changeOfY(metric, mean(since.map(({ y }) => y)) - mean(before.map(({ y }) => y)))
    return [{ metric, ofPlateau, change }]
  })
  return { since: release.name, released: released.length, newest: newest.length, metrics }
}
