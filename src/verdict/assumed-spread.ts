import { median } from '../stats/mean.ts'
import { metricOf } from '../vocabulary/metrics.ts'
import type { GatedMetric } from '../vocabulary/metrics.ts'
import { findSteepness } from './observe-capacity.ts'
import type { DecisionPolicy } from './policy.ts'
import type { GroupPoint, MetricHistory } from './segments.ts'
import { spreadOf } from './spread.ts'
import type { Spread } from './spread.ts'

/** What is assumed of the times that decide a capacity. */
const SPREAD_OF_TIMES = 0.05

/**
 * By how much runs of a metric, and differences from a control, are assumed to spread until the recorded ones tell; standard deviations on the
 * log scale. A capacity spreads by what the times do, times how much load a little more time costs, which the recorded curves show.
 */
export function assumeSpread(
  metric: GatedMetric,
  segments: readonly (readonly GroupPoint[])[],
): { readonly ofRuns: number; readonly ofPairs: number } {
  const { field, defaultSpread, defaultPairSpread } = metricOf(metric)
  if (field !== 'capacity') return { ofRuns: defaultSpread, ofPairs: defaultPairSpread }
  const steepness = segments.flatMap((segment) =>
    segment.flatMap(({ entries }) => entries.flatMap(({ row }) => findSteepness(row) ?? [])),
  )
  const wider = steepness.length === 0 ? 1 : Math.max(1, (SPREAD_OF_TIMES * median(steepness)) / defaultSpread)
  return { ofRuns: wider * defaultSpread, ofPairs: wider * defaultPairSpread }
}

/** The spread of a metric by its recorded runs alone, for a run of this many passes. */
export function spreadOfHistory(
  metric: GatedMetric,
  { segments, within }: Pick<MetricHistory, 'segments' | 'within'>,
  passes: number,
  { expectedSpread }: Pick<DecisionPolicy, 'expectedSpread'>,
): Spread {
  return spreadOf(segments, {
    within,
    passes,
    defaultSd: assumeSpread(metric, segments).ofRuns,
    expected: expectedSpread,
  })
}
