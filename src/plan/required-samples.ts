import type { Settings } from '../settings.ts'
import { MINIMUM_SAMPLES } from '../stats/percentile.ts'

/**
 * Samples that the level of this concurrency needs, over all passes, so that every percentile with a limit there, or with
 * a budget, is measurable; at least 1.
 */
export function requiredSamples(
  { limits, throughputWithin }: Pick<Settings, 'limits' | 'throughputWithin'>,
  concurrency: number,
): number {
  const here = limits.filter((limit) => limit.concurrency === null || limit.concurrency === concurrency)
  const named = [...here, ...(throughputWithin ?? [])].map(({ metric }) => /-(p50|p90|p95|p99)$/.exec(metric)?.[1])
  return Math.max(
    1,
    ...named.map((name) => (name === undefined ? 1 : MINIMUM_SAMPLES[name as keyof typeof MINIMUM_SAMPLES])),
  )
}
