import type { HistoryRow } from '../report/history.ts'
import type { Comparison } from '../report/verdict.ts'
import type { GatedMetric } from '../settings/metric-names.ts'
import { isThroughput, observe } from './observe.ts'
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
  const throughput: MetricChoice = { metric: 'plateau-throughput', optional: false }
  const streams = candidates.some((row) => row.series.workload.task !== 'embeddings' && !row.traits.buffered)
  if (!streams) return [{ metric: 'latency-p50', optional: false }, throughput]
  const answers = candidates.some((row) => row.traits.reasoning && observe(row, 'ttfo-p50').size > 0)
  return [
    { metric: 'ttft-p50', optional: false },
    ...(answers ? [{ metric: 'ttfo-p50', optional: false } as const] : []),
    { metric: 'tpot-p50', optional: true },
    throughput,
  ]
}

/** Standard deviation between runs that is assumed until the history tells, on the log scale. */
export function defaultSpread(metric: GatedMetric): number {
  if (isThroughput(metric) || metric === 'tpot-p50' || metric === 'inter-chunk-p50') return 0.05
  return metric.endsWith('-p50') ? 0.1 : 0.2
}

/** What the figure of a run counts. */
export function unitOf(metric: GatedMetric, { throughputMetric }: HistoryRow): Comparison['unit'] {
  if (!isThroughput(metric)) return null
  switch (throughputMetric) {
    case 'outputTokensPerSecond':
      return 'tok/s'
    case 'inputTokensPerSecond':
      return 'input tok/s'
    case 'requestsPerSecond':
      return 'req/s'
  }
}

/** Whether a figure of two runs means the same, or in half a sentence why not. */
export function whyIncomparable(metric: GatedMetric, before: HistoryRow, now: HistoryRow): string | null {
  const throughput = isThroughput(metric)
  if (throughput && before.throughputMetric !== now.throughputMetric) return 'throughput counted something else'
  const counts = metric.startsWith('tpot-') || (throughput && now.throughputMetric === 'outputTokensPerSecond')
  if (counts && before.traits.tokenSource !== now.traits.tokenSource) return 'tokens were counted in another way'
  if (/^(ttft|ttfo)-/.test(metric) && before.traits.buffered !== now.traits.buffered) {
    return 'answers came in one piece in one of the runs'
  }
  const sought = [before.within?.limit, now.within?.limit]
  if (metric === 'throughput-within' && !sought.includes(undefined) && sought[0] !== sought[1]) {
    return '`throughput-within` had other latencies'
  }
  return null
}
