import type { Task } from '../vocabulary/endpoint-names.ts'
import { metricOf, RATE_FIELDS } from '../vocabulary/metrics.ts'
import type { RateField, MetricName, TimeMetricName } from '../vocabulary/metrics.ts'
import type { LevelRun } from './level-run.ts'
import type { RequestRecord } from '../vocabulary/request-facts.ts'
import { MINIMUM_SAMPLES, percentile, bucketMs, countMissingSamples } from '../stats/percentile.ts'
import type { LogHistogram } from '../stats/percentile.ts'
import type { Summary, LevelFigures } from './level-metrics.ts'

// How the records of a level become its figures: rates, summaries of times, and the figure that the name of a metric means.

/** What came through the windows of some passes, before division by their length. */
export interface Flow {
  readonly seconds: number
  readonly outputTokens: number
  /** Null when no answer states its input tokens. */
  readonly inputTokens: number | null
  /** Requests that succeeded. */
  readonly requests: number
  /** Requests however they ended. */
  readonly ended: number
}

/**
 * Sums over the windows. Streamed output tokens count by the time of their events; a request, its input tokens, and the
 * output of an answer that came in one piece count with the share of the request's time that lies inside the window.
 *
 * @param isWanted whose flow it is; default: all, those that were cancelled too.
 */
export function flowOf(runs: readonly LevelRun[], isWanted?: (record: RequestRecord) => boolean): Flow {
  let seconds = 0
  let outputTokens = 0
  let inputTokens = 0
  let requests = 0
  let ended = 0
  let withInput = 0
  for (const run of runs) {
    if (run.window === null) continue
    seconds += (run.window.endMs - run.window.startMs) / 1000
    if (isWanted === undefined) outputTokens += run.cancelledWindowTokens
    for (const record of run.records) {
      if (isWanted?.(record) === false) continue
      const share = computeShareInside(record, run.window)
      outputTokens += cameInOnePiece(record) ? share * record.outputTokens : record.windowTokens
      ended += share
      if (record.outcome !== 'ok') continue
      requests += share
      if (record.inputTokens === null) continue
      withInput += share
      inputTokens += share * record.inputTokens
    }
  }
  // Where some answers do not state their input, they are taken to be like those that do.
  return {
    seconds,
    outputTokens,
    inputTokens: withInput === 0 ? null : (inputTokens * requests) / withInput,
    requests,
    ended,
  }
}

/** Figures per second; null without a window, and output tokens also for embeddings, which have none. */
export function ratesOf(flow: Flow, task: Task): Record<RateField, number | null> {
  const divideBySeconds = (amount: number | null) =>
    amount === null || flow.seconds === 0 ? null : amount / flow.seconds
  return {
    outputTokensPerSecond: task === 'embeddings' ? null : divideBySeconds(flow.outputTokens),
    inputTokensPerSecond: divideBySeconds(flow.inputTokens),
    requestsPerSecond: divideBySeconds(flow.requests),
  }
}

/** The share of a request's time that lies inside the window, 0 to 1. */
function computeShareInside({ startMs, endMs }: RequestRecord, window: { startMs: number; endMs: number }): number {
  const end = startMs + endMs
  if (endMs === 0) return startMs >= window.startMs && startMs < window.endMs ? 1 : 0
  return Math.max(0, Math.min(end, window.endMs) - Math.max(startMs, window.startMs)) / endMs
}

/** Its events do not say when its tokens were made. */
function cameInOnePiece(record: RequestRecord): boolean {
  return record.outcome === 'ok' && (record.buffered || record.tokenEvents <= 1)
}

/** Samples of one time: the finite ones in rising order, and how many are +∞ because their request failed. */
export interface Samples {
  readonly sorted: Float64Array
  readonly infinite: number
}

/** Location and spread of the finite samples; percentiles count the infinite ones. Null without a finite sample. */
export function summarise({ sorted, infinite }: Samples): Summary | null {
  const n = sorted.length
  if (n === 0) return null
  let sum = 0
  for (const value of sorted) sum += value
  const mean = sum / n
  let squares = 0
  for (const value of sorted) squares += (value - mean) ** 2
  return {
    n,
    mean,
    sd: n < 2 ? null : Math.sqrt(squares / (n - 1)),
    min: sorted[0]!,
    p50: percentile(sorted, 'p50', infinite),
    p90: percentile(sorted, 'p90', infinite),
    p95: percentile(sorted, 'p95', infinite),
    p99: percentile(sorted, 'p99', infinite),
    max: sorted[n - 1]!,
  }
}

/** The same from a histogram, within its 1 %. */
export function summariseHistogram(histogram: LogHistogram): Summary | null {
  const n = histogram.count
  if (n === 0) return null
  let sum = 0
  let first = -1
  let last = -1
  histogram.buckets.forEach((count, i) => {
    if (count === 0) return
    sum += count * bucketMs(i)
    if (first < 0) first = i
    last = i
  })
  const mean = sum / n
  let squares = 0
  for (let i = first; i <= last; i++) squares += histogram.buckets[i]! * (bucketMs(i) - mean) ** 2
  const readQuantile = (minimum: number, p: number) => (n < minimum ? null : histogram.quantile(p))
  return {
    n,
    mean,
    sd: n < 2 ? null : Math.sqrt(squares / (n - 1)),
    min: bucketMs(first),
    p50: histogram.quantile(0.5),
    p90: readQuantile(MINIMUM_SAMPLES.p90, 0.9),
    p95: readQuantile(MINIMUM_SAMPLES.p95, 0.95),
    p99: readQuantile(MINIMUM_SAMPLES.p99, 0.99),
    max: bucketMs(last),
  }
}

/**
 * The figure that a metric name means at a level: milliseconds, per second, or a share. Null where it was not measured,
 * and for the metrics of a whole run.
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

/** Failed of all counted requests; null when there were none. */
export function computeErrorRate({ ok, failed }: { readonly ok: number; readonly failed: number }): number | null {
  return ok + failed === 0 ? null : failed / (ok + failed)
}

/** How many more requests a percentile needs to be shown; 0 when it is missing for another reason. */
export function countMissingRequests(figures: LevelFigures, metric: TimeMetricName): number {
  const { field, percentile } = metricOf(metric)
  const summary = figures[field]
  // Failed requests are samples too, +∞, of every time but the gaps between chunks.
  const failed = field === 'interChunkMs' ? 0 : figures.requests.failed
  return summary === null ? 0 : countMissingSamples(percentile, summary.n + failed)
}

/** The throughput that matters: output tokens, without them (embeddings) input tokens, without those requests. */
export function chooseThroughput(levels: readonly LevelFigures[]): RateField {
  return RATE_FIELDS.find((field) => levels.some((level) => (level[field] ?? 0) > 0)) ?? 'outputTokensPerSecond'
}
