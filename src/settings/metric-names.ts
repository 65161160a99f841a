/** The metrics that a limit can name: one list, from which errors, help and docs are generated. */

/** Times, summarised by percentiles. */
export const TIME_FAMILIES = ['ttft', 'ttfo', 'tpot', 'inter-chunk', 'latency'] as const
export const PERCENTILES = ['p50', 'p90', 'p95', 'p99'] as const

/** A percentile of a time, for example `ttft-p90`. */
export type TimeMetricName = `${(typeof TIME_FAMILIES)[number]}-${(typeof PERCENTILES)[number]}`

/** What a time is a percentile of. */
export type TimeFamily = (typeof TIME_FAMILIES)[number]

/** Metrics of a level or of the run that are not times. */
export type RateMetricName = (typeof RATE_METRICS)[number]['name']

export type MetricName = TimeMetricName | RateMetricName

/** Metrics of which the whole run has a figure. */
export type RunMetricName = Exclude<(typeof RATE_METRICS)[number], { readonly scope: 'level' }>['name']

/** What a metric counts in; it decides which units a limit may have. */
export type Quantity = 'time' | 'tokens-per-second' | 'requests-per-second' | 'share'

/** What is known about a metric without measuring it. */
export interface MetricInfo {
  readonly name: MetricName
  /** One sentence, without a full stop at the end. */
  readonly meaning: string
  readonly quantity: Quantity
  readonly better: 'lower' | 'higher'
  /** `level`: every level has one. `run`: one figure for the whole run. `both`: a level's, or that of all levels together. */
  readonly scope: 'level' | 'run' | 'both'
}

const TIME_MEANINGS: Readonly<Record<TimeFamily, string>> = {
  ttft: 'Time to the first generated output (text, reasoning or tool call)',
  ttfo: 'Time to the first answer text',
  tpot: 'Time per output token after the first',
  'inter-chunk': 'Gap between chunks that carry tokens',
  latency: 'Time to the last token',
}

const RATE_METRICS = [
  {
    name: 'throughput',
    meaning: 'Output tokens per second of a level',
    quantity: 'tokens-per-second',
    better: 'higher',
    scope: 'level',
  },
  {
    name: 'input-throughput',
    meaning: 'Input tokens per second of a level',
    quantity: 'tokens-per-second',
    better: 'higher',
    scope: 'level',
  },
  {
    name: 'requests-per-second',
    meaning: 'Finished requests per second of a level',
    quantity: 'requests-per-second',
    better: 'higher',
    scope: 'level',
  },
  {
    name: 'error-rate',
    meaning: 'Share of counted requests that failed, at a level or over the run',
    quantity: 'share',
    better: 'lower',
    scope: 'both',
  },
  {
    name: 'plateau-throughput',
    meaning: 'Tokens per second on the plateau of the throughput curve',
    quantity: 'tokens-per-second',
    better: 'higher',
    scope: 'run',
  },
  {
    name: 'throughput-within',
    meaning: 'Highest tokens per second inside the latencies that `throughput-within` sets',
    quantity: 'tokens-per-second',
    better: 'higher',
    scope: 'run',
  },
] as const satisfies readonly (Omit<MetricInfo, 'name'> & { readonly name: string })[]

/** Every metric, in the order in which docs show them. */
export const METRICS: readonly MetricInfo[] = [
  ...TIME_FAMILIES.flatMap((family) =>
    PERCENTILES.map((percentile): MetricInfo => ({
      name: `${family}-${percentile}`,
      meaning: `${TIME_MEANINGS[family]}, ${percentile === 'p50' ? 'median' : `${percentile.slice(1)}th percentile`}`,
      quantity: 'time',
      better: 'lower',
      scope: 'level',
    })),
  ),
  ...RATE_METRICS,
]

/** The names of all metrics. */
export const METRIC_NAMES: readonly MetricName[] = METRICS.map((metric) => metric.name)

/** Metrics that can be compared with a baseline: those whose ratio means something at every level or for the run. */
export type GatedMetric = TimeMetricName | 'plateau-throughput' | 'throughput-within'

/** Their names. The error rate is always judged and need not be named. */
export const GATED_METRICS: readonly GatedMetric[] = METRIC_NAMES.filter(isGatedMetric)

/** True for a metric that can be compared with a baseline. */
export function isGatedMetric(name: MetricName): name is GatedMetric {
  return name === 'plateau-throughput' || name === 'throughput-within' || isTimeMetric(name)
}

/** The metric of this name, or null. */
export function findMetric(name: string): MetricInfo | null {
  return METRICS.find((metric) => metric.name === name) ?? null
}

/** True for a percentile of a time. */
export function isTimeMetric(name: MetricName): name is TimeMetricName {
  return findMetric(name)?.quantity === 'time'
}

/** True for a metric of which the whole run has a figure. */
export function isRunMetric(name: MetricName): name is RunMetricName {
  return findMetric(name)?.scope !== 'level'
}

/** The time that a metric is a percentile of. */
export function familyOf(metric: TimeMetricName): TimeFamily {
  return metric.slice(0, metric.lastIndexOf('-')) as TimeFamily
}
