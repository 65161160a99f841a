import type { Settings } from '../settings.ts'
import { MINIMUM_SAMPLES } from '../stats/percentile.ts'

/** Samples that a level needs, over all passes, so that every percentile with a limit or a budget is measurable; at least 1. */
export function requiredSamples({ limits, throughputWithin }: Pick<Settings, 'limits' | 'throughputWithin'>): number {
  const named = [...limits, ...(throughputWithin ?? [])].map(({ metric }) => /-(p50|p90|p95|p99)$/.exec(metric)?.[1])
  return Math.max(
    1,
    ...named.map((name) => (name === undefined ? 1 : MINIMUM_SAMPLES[name as keyof typeof MINIMUM_SAMPLES])),
  )
}
