/** The metrics by name and by kind; what is known of each stands in its row. */

import { loadOf } from './load.ts'
import type { OpenLoadKind } from './load.ts'
import { ROWS } from './metric-rows.ts'

type Row = (typeof ROWS)[number]

export type Metric = Row
/** A metric that a limit can name. */
export type MetricName = Row['name']

/** A row that can be compared with a baseline. */
export type GatedMetricRow = Extract<Row, { readonly gated: true }>
/** A metric that can be compared with a baseline. */
export type GatedMetric = GatedMetricRow['name']

/** The row of a percentile of a time; medians; the percentiles above them. */
type TimeRow = Extract<Row, { readonly quantity: 'time' }>
export type MedianRow = Extract<TimeRow, { readonly percentile: 'p50' }>
export type TailRow = Exclude<TimeRow, MedianRow>
/** A percentile of a time, such as `ttft-p90`; the time's family; and its field in a level. */
export type TimeMetricName = TimeRow['name']
export type TimeFamily = TimeRow['family']
export type TimeField = TimeRow['field']

/** A throughput of a level: its field in the report, and what it is shown in. */
type RateRow = Extract<Row, { readonly scope: 'level'; readonly family: 'throughput' }>
export type RateField = RateRow['field']
type RateUnit = RateRow['unit']

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

/** The figures of a level about the requests that keep their objectives. */
const KEPT_FIGURES = ['attainment', 'goodput'] as const
export type KeptFigureName = (typeof KEPT_FIGURES)[number]

/** Whatever is known of a level of a recorded run, by the names of the metrics. */
export type FigureOfLevel = TimeMetricName | 'throughput' | KeptFigureName
export const FIGURES_OF_LEVEL: readonly FigureOfLevel[] = [
  'throughput',
  ...[...MEDIAN_ROWS, ...TAIL_ROWS].map(({ name }) => name),
  ...KEPT_FIGURES,
]

/** Whether a figure of a level is about the requests that keep their objectives: then it may be 0, and is averaged as it is. */
export function isKeptFigure(name: FigureOfLevel): name is KeptFigureName {
  return KEPT_FIGURES.some((kept) => kept === name)
}

/** The metric as which a figure of a level is compared: the throughputs of all levels are by their plateau. */
export function metricOfFigure(name: FigureOfLevel): GatedMetric {
  return name === 'throughput' ? 'plateau-throughput' : name
}

/** The times of a level; and its throughputs, of which a run is about the first one it has. */
export const TIME_FIELDS: readonly TimeField[] = MEDIAN_ROWS.map(({ field }) => field)
const RATE_ROWS: readonly RateRow[] = METRICS.filter(
  (metric): metric is RateRow => metric.scope === 'level' && metric.family === 'throughput',
)
export const RATE_FIELDS: readonly RateField[] = RATE_ROWS.map(({ field }) => field)
export const RATE_UNITS = Object.fromEntries(RATE_ROWS.map(({ field, unit }) => [field, unit])) as Readonly<
  Record<RateField, RateUnit>
>

/** How many times faster than it came a trace is replayed. */
const SPEED_UNIT = 'x'

/** One value for each throughput of a level. */
export function mapRates<T>(make: (field: RateField) => T): Readonly<Record<RateField, T>> {
  return Object.fromEntries(RATE_FIELDS.map((field) => [field, make(field)])) as Record<RateField, T>
}

/** The unit of a compared figure that is not a time: its row's, or that of the throughput a run is about. */
export type FigureUnit =
  RateUnit | typeof SPEED_UNIT | NonNullable<Exclude<GatedMetricRow, { readonly quantity: 'time' }>['unit']>
export const FIGURE_UNITS: readonly FigureUnit[] = [
  ...new Set<FigureUnit>([
    ...Object.values(RATE_UNITS),
    SPEED_UNIT,
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

/** The row of the median of a time. */
export function medianOf<F extends TimeFamily>(family: F): Extract<MedianRow, { readonly family: F }> {
  return MEDIAN_ROWS.find((row) => row.family === family) as Extract<MedianRow, { readonly family: F }>
}

/** The same, by its field in a level. */
export function rowOfTime(field: TimeField): MedianRow {
  return MEDIAN_ROWS.find((row) => row.field === field)!
}

/** The row of a throughput of a level. */
export function rowOfRate(field: RateField): RateRow {
  return RATE_ROWS.find((row) => row.field === field)!
}

/** Whether a metric is the share of the requests that failed, which is known of any requests, whatever else is. */
export function isErrorRate(row: Metric): row is Extract<Metric, { readonly field: 'requests' }> {
  return row.field === 'requests'
}

/** Whether a figure depends on how output tokens are counted, in a run that is about this throughput. */
export function dependsOnTokenCount({ countsTokens }: Metric, throughput: RateField): boolean {
  return countsTokens === 'if-generated' ? rowOfRate(throughput).countsTokens : countsTokens
}

/** What a capacity is in where it is no number of requests in flight. */
const LOAD_UNITS: Readonly<Record<OpenLoadKind, FigureUnit>> = {
  rate: RATE_UNITS.requestsPerSecond,
  speed: SPEED_UNIT,
}

/** The unit of the figure of a run, by the throughput it is about and what its series says of its load; null for times. */
export function unitOf(
  metric: GatedMetric,
  { throughputMetric, series }: { readonly throughputMetric: RateField; readonly series: Parameters<typeof loadOf>[0] },
): FigureUnit | null {
  const row = metricOf(metric)
  const load = loadOf(series)
  if (row.quantity === 'concurrency' && load !== 'concurrency') return LOAD_UNITS[load]
  return row.quantity === 'time' ? null : (row.unit ?? RATE_UNITS[throughputMetric])
}

/** The row of the metric of this name, or null. */
export function findMetric(name: string): Metric | null {
  return BY_NAME.get(name) ?? null
}

/** The metric of a limit, whose text begins with it; null where it is none of ours. */
export function findLimitedMetric(limit: string): Metric | null {
  return findMetric(/^[a-z\d-]*/.exec(limit)![0])
}

/** Changes that are never red, as fractions. */
export interface Tolerance {
  /** For metrics without one of their own; null: the default of the gate. */
  readonly all: number | null
  readonly byMetric: Readonly<Partial<Record<GatedMetric, number>>>
}

/** Of every metric where `gate` is not `release`; a fraction. */
export const DEFAULT_TOLERANCE = 0.05

/** The tolerance of a metric: its own, else that for all, else the default of the gate. */
export function toleranceOf(
  { gate, tolerance }: { readonly gate: 'check' | 'release' | 'observe'; readonly tolerance: Tolerance | null },
  metric: GatedMetric,
): number {
  const given = tolerance?.byMetric[metric] ?? tolerance?.all ?? null
  if (given !== null) return given
  return gate === 'release' ? metricOf(metric).releaseTolerance : DEFAULT_TOLERANCE
}
