import { metricOf, RATE_FIELDS } from '../../vocabulary/metrics.ts'
import type { RateField, MetricName, TimeMetricName } from '../../vocabulary/metrics.ts'
import { countMissingSamples } from '../../stats/percentile.ts'
import type { TurnFigures } from './conversations.ts'
import type { LevelFigures } from './level-metrics.ts'
import type { ScenarioFigures } from './mixed-scenarios.ts'

/**
 * The figure of a metric at a level: milliseconds, a rate per second, or a share. Null when it was not measured, and
 * for metrics of a whole run.
 */
export function figureOf(figures: LevelFigures, metric: MetricName): number | null {
  const row = metricOf(metric)
  if (row.percentile !== null) return figures[row.field]?.[row.percentile] ?? null
  switch (row.field) {
    case 'requests':
      return computeErrorRate(figures.requests)
    case 'attainment':
      return figures.attained?.attainment ?? null
    case 'goodput':
      return figures.attained?.requestsPerSecond ?? null
    case 'goodput-tokens':
      return figures.attained?.outputTokensPerSecond ?? null
    case 'plateau':
    case 'within':
    case 'capacity':
      return null
    default:
      return figures[row.field]
  }
}

/** The same of one scenario of a mix; null also for what is not known of one. */
export function figureOfScenario(scenario: ScenarioFigures, metric: MetricName): number | null {
  const { field, percentile } = metricOf(metric)
  if (field === 'requests') return computeErrorRate(scenario.requests)
  if (field !== 'ttftMs' && field !== 'tpotMs' && field !== 'latencyMs') return null
  return percentile === 'p50' || percentile === 'p95' ? (scenario[field]?.[percentile] ?? null) : null
}

/** The same of one turn of all conversations, of which only medians are known. */
export function figureOfTurn(turn: TurnFigures, metric: MetricName): number | null {
  const { field, percentile } = metricOf(metric)
  if (field === 'requests') return computeErrorRate(turn.requests)
  if (percentile !== 'p50' || (field !== 'ttftMs' && field !== 'latencyMs')) return null
  return turn[field]
}

/** Share of counted requests that failed; null when there were none. */
export function computeErrorRate({ ok, failed }: { readonly ok: number; readonly failed: number }): number | null {
  return ok + failed === 0 ? null : failed / (ok + failed)
}

/** How many more requests a percentile needs to be shown; 0 when it is missing for another reason. */
export function countMissingRequests(figures: LevelFigures, metric: TimeMetricName): number {
  const { field, percentile } = metricOf(metric)
  const summary = figures[field]
  // Failed requests are samples of +∞ for every time except the gaps between chunks.
  const failed = field === 'interChunkMs' ? 0 : figures.requests.failed
  return summary === null ? 0 : countMissingSamples(percentile, summary.n + failed)
}

/** The throughput that matters: output tokens; without these (embeddings) input tokens; without both requests. */
export function chooseThroughput(levels: readonly LevelFigures[]): RateField {
  return RATE_FIELDS.find((field) => levels.some((level) => (level[field] ?? 0) > 0)) ?? 'outputTokensPerSecond'
}
