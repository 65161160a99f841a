import { mean } from '../stats/mean.ts'
import type { GatedMetric } from '../vocabulary/metrics.ts'
import { changeOfY } from './observe.ts'
import type { RecordedSegments } from './segments.ts'

/** Where main moved in a metric. */
export interface MainStep {
  readonly metric: GatedMetric
  /** When the first run of the new level started. ISO 8601. */
  readonly startedAt: string
  /** The commits between which it happened: of the last run before it, and of the first with it; null where unknown. */
  readonly after: string | null
  readonly sha: string | null
  /** New level against the old one, a natural change. */
  readonly change: number
  /** Points recorded since, up to the next step. */
  readonly points: number
  /** Whether somebody wanted it, and whether it is still open if it stays. */
  readonly accepted: boolean
  readonly provisional: boolean
}

/** The steps of main in a metric, oldest first: where one segment ends and the next begins. */
export function listSteps(metric: GatedMetric, { all, provisional, outliers }: RecordedSegments): MainStep[] {
  const levelOf = (segment: (typeof all)[number]): number => {
    const kept = segment.filter((point) => !outliers.has(point))
    return mean((kept.length === 0 ? segment : kept).map(({ y }) => y))
  }
  return all.slice(1).map((segment, i) => {
    const before = all[i]!
    const first = segment[0]!.entries[0]!
    return {
      metric,
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
