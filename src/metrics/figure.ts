import { familyOf, isTimeMetric } from '../settings/metric-names.ts'
import type { MetricName, TimeFamily, TimeMetricName } from '../settings/metric-names.ts'
import { MINIMUM_SAMPLES, samplesMissing } from '../stats/percentile.ts'
import type { Percentile } from '../stats/percentile.ts'
import type { LevelFigures, Summary, TimeMetric } from './level-metrics.ts'

/** The throughputs of a level, by their field names in the report. */
export const THROUGHPUT_METRICS = ['outputTokensPerSecond', 'inputTokensPerSecond', 'requestsPerSecond'] as const
export type ThroughputMetric = (typeof THROUGHPUT_METRICS)[number]

const TIME_FIELDS: Readonly<Record<TimeFamily, TimeMetric>> = {
  ttft: 'ttftMs',
  ttfo: 'ttfoMs',
  tpot: 'tpotMs',
  'inter-chunk': 'interChunkMs',
  latency: 'latencyMs',
}

/**
 * The figure that a metric name means at a level: milliseconds, per second, or a share. Null where it was not measured,
 * and for the metrics of a whole run.
 */
export function figureOf(figures: LevelFigures, metric: MetricName): number | null {
  if (isTimeMetric(metric)) return summaryOf(figures, metric).summary?.[percentileOf(metric)] ?? null
  switch (metric) {
    case 'throughput':
      return figures.outputTokensPerSecond
    case 'input-throughput':
      return figures.inputTokensPerSecond
    case 'requests-per-second':
      return figures.requestsPerSecond
    case 'error-rate':
      return errorRate(figures.requests)
    case 'plateau-throughput':
    case 'throughput-within':
      return null
    default:
      return metric satisfies never
  }
}

/** Failed of all counted requests; null when there were none. */
export function errorRate({ ok, failed }: { readonly ok: number; readonly failed: number }): number | null {
  return ok + failed === 0 ? null : failed / (ok + failed)
}

/** How many more requests a percentile needs to be shown; 0 when it is missing for another reason. */
export function requestsMissing(figures: LevelFigures, metric: TimeMetricName): number {
  const { summary, samples } = summaryOf(figures, metric)
  return summary === null ? 0 : samplesMissing(percentileOf(metric), samples)
}

/** The throughput that matters: output tokens, without them (embeddings) input tokens, without those requests. */
export function mainThroughput(levels: readonly LevelFigures[]): ThroughputMetric {
  return (
    THROUGHPUT_METRICS.find((metric) => levels.some((level) => (level[metric] ?? 0) > 0)) ?? 'outputTokensPerSecond'
  )
}

function summaryOf(figures: LevelFigures, metric: TimeMetricName): { summary: Summary | null; samples: number } {
  const field = TIME_FIELDS[familyOf(metric)]
  const summary = figures[field]
  // Failed requests are samples too, +∞, of every time but the gaps between chunks.
  const failed = field === 'interChunkMs' ? 0 : figures.requests.failed
  return { summary, samples: (summary?.n ?? 0) + failed }
}

function percentileOf(metric: TimeMetricName): Percentile {
  const name = metric.slice(metric.lastIndexOf('-') + 1)
  return name in MINIMUM_SAMPLES ? (name as Percentile) : 'p50'
}
