import type { LevelMetrics } from '../metrics/level-metrics.ts'
import type { RunReport } from '../report/run-report.ts'
import { metricOf } from '../vocabulary/metrics.ts'
import type { Comparison, Verdict } from '../report/verdict.ts'

/** A figure over concurrency as charts draw it. */
export interface LevelSeries {
  readonly points: readonly LevelPoint[]
  /** The baseline at the levels where it is known, by rising concurrency. */
  readonly baseline: readonly { readonly concurrency: number; readonly value: number }[]
}

export interface LevelPoint {
  readonly concurrency: number
  readonly value: number
  /** The same figure of each pass. */
  readonly passes: readonly number[]
}

/** The throughput of each valid level, in the unit of the plateau. */
export function throughputSeries({ levels, plateau }: RunReport, verdict: Verdict | null): LevelSeries {
  return {
    points: pointsOf(levels, (figures) => figures[plateau.metric]),
    baseline: baselineOf(verdict, (metric) => metricOf(metric).field === 'plateau'),
  }
}

/** The median of a time at each valid level, in milliseconds. */
export function timeSeries(
  { levels }: RunReport,
  verdict: Verdict | null,
  family: 'ttft' | 'tpot' | 'latency',
): LevelSeries {
  const median = metricOf(`${family}-p50`)
  return {
    points: pointsOf(levels, (figures) => figures[median.field]?.p50 ?? null),
    baseline: baselineOf(verdict, (metric) => metric === median.name),
  }
}

function pointsOf(
  levels: readonly LevelMetrics[],
  figure: (figures: LevelMetrics | LevelMetrics['passes'][number]) => number | null,
): LevelPoint[] {
  return levels
    .flatMap((level) => {
      const value = level.valid ? figure(level) : null
      if (value === null || value <= 0) return []
      const passes = level.passes.flatMap((pass) => figure(pass) ?? []).filter((value) => value > 0)
      return [{ concurrency: level.concurrency, value, passes }]
    })
    .sort((a, b) => a.concurrency - b.concurrency)
}

function baselineOf(verdict: Verdict | null, isIt: (metric: Comparison['metric']) => boolean): LevelSeries['baseline'] {
  const comparison = verdict?.comparisons.find(({ metric }) => isIt(metric))
  return (comparison?.byLevel ?? [])
    .map(({ concurrency, baseline }) => ({ concurrency, value: baseline }))
    .filter(({ value }) => value > 0)
    .sort((a, b) => a.concurrency - b.concurrency)
}
