import type { Settings } from '../settings.ts'
import { MINIMUM_SAMPLES } from '../stats/percentile.ts'
import { metricOf } from '../vocabulary/metrics.ts'

/**
 * Samples that the level of this concurrency needs, over all passes, so that every percentile with a limit there, or with
 * a budget, is measurable; at least 1.
 */
export function requiredSamples(
  { limits, throughputWithin }: Pick<Settings, 'limits' | 'throughputWithin'>,
  concurrency: number,
): number {
  const here = limits.filter((limit) => limit.concurrency === null || limit.concurrency === concurrency)
  const percentiles = [...here, ...(throughputWithin ?? [])].map(({ metric }) => metricOf(metric).percentile)
  return Math.max(1, ...percentiles.map((percentile) => (percentile === null ? 1 : MINIMUM_SAMPLES[percentile])))
}
