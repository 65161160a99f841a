import type { HistoryRow } from '../report/history.ts'
import type { Comparison } from '../report/verdict.ts'
import { GATED_ROWS, metricOf, RATE_UNITS } from '../vocabulary/metrics.ts'
import type { GatedMetric } from '../vocabulary/metrics.ts'
import { observe } from './observe.ts'
import type { DecisionPolicy } from './policy.ts'

/** Which metrics are compared, and which of them may be missing without a word. */
export interface MetricChoice {
  readonly metric: GatedMetric
  /** Belongs to the choice only where a run has it: some answers have no TPOT. */
  readonly optional: boolean
}

/**
 * The metrics that are compared: those named, or with `auto` TTFT, TPOT and plateau throughput of streamed text, latency
 * and plateau throughput of all else, and for models that reason the time to the answer where it comes in time.
 */
export function chooseMetrics(
  { metrics }: Pick<DecisionPolicy, 'metrics'>,
  candidates: readonly HistoryRow[],
): MetricChoice[] {
  if (metrics !== 'auto') return metrics.map((metric) => ({ metric, optional: false }))
  const streams = candidates.some((row) => row.series.workload.task !== 'embeddings' && !row.traits.buffered)
  return GATED_ROWS.filter(({ name, automatic }) => {
    switch (automatic) {
      case 'always':
        return true
      case 'streamed':
      case 'several-tokens':
        return streams
      case 'reasoning':
        return streams && candidates.some((row) => row.traits.reasoning && observe(row, name).size > 0)
      case 'whole':
        return !streams
      case null:
        return false
    }
  }).map(({ name, automatic }) => ({ metric: name, optional: automatic === 'several-tokens' }))
}

/** What the figure of a run counts. */
export function unitOf(metric: GatedMetric, { throughputMetric }: HistoryRow): Comparison['unit'] {
  return metricOf(metric).quantity === 'time' ? null : RATE_UNITS[throughputMetric]
}

/** Whether a figure of two runs means the same, or in half a sentence why not. */
export function whyIncomparable(metric: GatedMetric, before: HistoryRow, now: HistoryRow): string | null {
  const { quantity, countsTokens, isLatencyIfWhole, field } = metricOf(metric)
  const throughput = quantity !== 'time'
  if (throughput && before.throughputMetric !== now.throughputMetric) return 'throughput counted something else'
  const counts = countsTokens === 'if-generated' ? now.throughputMetric === 'outputTokensPerSecond' : countsTokens
  if (counts && before.traits.tokenSource !== now.traits.tokenSource) return 'tokens were counted in another way'
  if (isLatencyIfWhole && before.traits.buffered !== now.traits.buffered) {
    return 'answers came in one piece in one of the runs'
  }
  const sought = [before.within?.limit, now.within?.limit]
  if (field === 'within' && !sought.includes(undefined) && sought[0] !== sought[1]) {
    return '`throughput-within` had other latencies'
  }
  return null
}
