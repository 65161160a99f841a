/** The metrics by name and by what they have in common; what is known of each stands in its row. */

import { ROWS } from './metric-rows.ts'

type Row = (typeof ROWS)[number]

/** A row of the table. */
export type Metric = Row
/** A metric that a limit can name. */
export type MetricName = Row['name']

/** A row that can be compared with a baseline. */
export type GatedMetricRow = Extract<Row, { readonly gated: true }>
/** A metric that can be compared with a baseline. */
export type GatedMetric = GatedMetricRow['name']

/** A row of a percentile of a time, that of a median, and the others. */
export type TimeRow = Extract<Row, { readonly quantity: 'time' }>
export type MedianRow = Extract<TimeRow, { readonly percentile: 'p50' }>
export type TailRow = Exclude<TimeRow, MedianRow>
/** A percentile of a time, for example `ttft-p90`; what it is a percentile of, and where a level has its summary. */
export type TimeMetricName = TimeRow['name']
export type TimeFamily = TimeRow['family']
export type TimeField = TimeRow['field']

/** A throughput of a level: its field in the report, and what it is shown in. */
type RateRow = Extract<Row, { readonly scope: 'level'; readonly family: 'throughput' }>
export type RateField = RateRow['field']
export type RateUnit = RateRow['unit']

/** Where the figures of a whole run stand. */
export type RunField = Exclude<Row, { readonly scope: 'level' }>['field']

/** Every metric, in the order in which docs show them. */
export const METRICS: readonly Metric[] = ROWS
export const METRIC_NAMES: readonly MetricName[] = METRICS.map(({ name }) => name)

/** The rows of those that can be compared with a baseline, and their names. */
export const GATED_ROWS: readonly GatedMetricRow[] = METRICS.filter((metric) => metric.gated)
export const GATED_METRICS: readonly GatedMetric[] = GATED_ROWS.map(({ name }) => name)

/** The medians of times, and their percentiles above it. */
export const MEDIAN_ROWS: readonly MedianRow[] = METRICS.filter(
  (metric): metric is MedianRow => metric.percentile === 'p50',
)
export const TAIL_ROWS: readonly TailRow[] = METRICS.filter(
  (metric): metric is TailRow => metric.percentile !== null && metric.percentile !== 'p50',
)

/** The times that a level summarises; and its throughputs, of which a run is about the first that it has. */
export const TIME_FIELDS: readonly TimeField[] = MEDIAN_ROWS.map(({ field }) => field)
const RATE_ROWS: readonly RateRow[] = METRICS.filter(
  (metric): metric is RateRow => metric.scope === 'level' && metric.family === 'throughput',
)
export const RATE_FIELDS: readonly RateField[] = RATE_ROWS.map(({ field }) => field)
export const RATE_UNITS = Object.fromEntries(RATE_ROWS.map(({ field, unit }) => [field, unit])) as Readonly<
  Record<RateField, RateUnit>
>

/** The same of every throughput of a level. */
export function eachRate<T>(make: (field: RateField) => T): Readonly<Record<RateField, T>> {
  return Object.fromEntries(RATE_FIELDS.map((field) => [field, make(field)])) as Record<RateField, T>
}

/** What a figure counts that is compared and no time: that of its row, or the throughput that a run is about. */
export type FigureUnit = RateUnit | NonNullable<Exclude<GatedMetricRow, { readonly quantity: 'time' }>['unit']>
export const FIGURE_UNITS: readonly FigureUnit[] = [
  ...new Set<FigureUnit>([
    ...Object.values(RATE_UNITS),
    ...GATED_ROWS.flatMap((row) => (row.quantity === 'time' || row.unit === null ? [] : row.unit)),
  ]),
]

const BY_NAME: ReadonlyMap<string, Metric> = new Map(METRICS.map((metric) => [metric.name, metric]))

/** The row of a metric. */
export function metricOf(name: TimeMetricName): TimeRow
export function metricOf(name: GatedMetric): GatedMetricRow
export function metricOf(name: MetricName): Metric
export function metricOf(name: MetricName): Metric {
  return BY_NAME.get(name)!
}

/** The row of the metric of this name, or null. */
export function findMetric(name: string): Metric | null {
  return BY_NAME.get(name) ?? null
}
