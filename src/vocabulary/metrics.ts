/**
 * Everything that is known of a metric without measuring it, a row a metric: who wants to know asks the row, never the name.
 * A time that a level summarises becomes a metric by one call of `percentilesOf` and its figure in `metrics/level.ts`, a
 * rate by one of `rateOf` and its figure in `metrics/figures.ts`.
 */

export type Percentile = 'p50' | 'p90' | 'p95' | 'p99'

/** What a metric counts in; it decides which units a limit may have. */
export type Quantity = 'time' | 'tokens-per-second' | 'requests-per-second' | 'share' | 'concurrency'

interface MetricRow {
  readonly name: string
  /** The name that stands for several metrics where a change is accepted. */
  readonly family: string
  /** Null: it is no percentile. */
  readonly percentile: Percentile | null
  /** Where its figure stands: the summary or the rate of a level, the counts of its requests, or a part of the report of a run. */
  readonly field: string
  readonly quantity: Quantity
  /** What its figure is shown in; null: as the throughput that the run is about. */
  readonly unit: string | null
  readonly better: 'lower' | 'higher'
  /** `level`: every level has one. `run`: one figure for the whole run. `both`: a level's, or that of all levels together. */
  readonly scope: 'level' | 'run' | 'both'
  /** Whether it can be compared with a baseline: its ratio means something. The error rate is always judged, by rules of its own. */
  readonly gated: boolean
  /**
   * When `metrics: auto` compares it: always; where answers stream, in `streamed` whatever they hold, in `several-tokens` where
   * some hold more than one, in `reasoning` where models reason first; where answers come `whole`; or where `objectives` are set. Null:
   * only by its name.
   */
  readonly automatic: 'always' | 'streamed' | 'several-tokens' | 'reasoning' | 'whole' | 'objectives' | null
  /** Whether only a streamed answer has it. */
  readonly needsStream: boolean
  /** Whether it depends on how output tokens are counted; `if-generated`: where the run is about output tokens. */
  readonly countsTokens: boolean | 'if-generated'
  /** Whether it is compared up to the knee only: above it, it is queueing, which throughput tells. */
  readonly stopsAtKnee: boolean
  /** Whether it says as much as the latency where answers come in one piece, and so is another thing there. */
  readonly isLatencyIfWhole: boolean
  /** Standard deviation between runs on the log scale that is assumed until the history tells; null: it is not compared. */
  readonly defaultSpread: number | null
  /** The same of the difference from a control that was measured beside it. */
  readonly defaultPairSpread: number | null
  /** Change that `gate: release` lets pass unless told otherwise, a fraction; null: it is not compared. */
  readonly releaseTolerance: number | null
  /** In the reader's words, at the start of a sentence. */
  readonly label: string
  /** One sentence, without a full stop at the end. */
  readonly meaning: string
}

/** What the percentiles of a time have in common; the spread, and what `automatic` says, are those of the median. */
type TimeFamilyRow = Pick<
  MetricRow,
  | 'family'
  | 'field'
  | 'automatic'
  | 'needsStream'
  | 'stopsAtKnee'
  | 'isLatencyIfWhole'
  | 'defaultSpread'
  | 'defaultPairSpread'
  | 'releaseTolerance'
  | 'label'
  | 'meaning'
> & {
  readonly countsTokens: boolean
  readonly defaultSpread: number
  readonly defaultPairSpread: number
  readonly releaseTolerance: number
}

/** Tails spread more than medians, whatever they are of. */
const SPREAD_OF_TAILS = 0.2
const PAIR_SPREAD_OF_TAILS = 0.12

/** The rows of a time, one a percentile. */
function percentilesOf<const F extends TimeFamilyRow>(of: F) {
  return [percentileOf(of, 'p50'), percentileOf(of, 'p90'), percentileOf(of, 'p95'), percentileOf(of, 'p99')] as const
}

function percentileOf<const F extends TimeFamilyRow, const P extends Percentile>(of: F, percentile: P) {
  const isMedian = percentile === 'p50'
  return {
    name: `${of.family as F['family']}-${percentile}` as const,
    family: of.family as F['family'],
    percentile,
    field: of.field as F['field'],
    quantity: 'time',
    unit: 'ms',
    better: 'lower',
    scope: 'level',
    gated: true,
    automatic: isMedian ? of.automatic : null,
    needsStream: of.needsStream,
    countsTokens: of.countsTokens,
    stopsAtKnee: of.stopsAtKnee,
    isLatencyIfWhole: of.isLatencyIfWhole,
    defaultSpread: isMedian ? of.defaultSpread : SPREAD_OF_TAILS,
    defaultPairSpread: isMedian ? of.defaultPairSpread : PAIR_SPREAD_OF_TAILS,
    releaseTolerance: of.releaseTolerance,
    label: isMedian ? of.label : `${of.label} ${percentile}`,
    meaning: `${of.meaning}, ${isMedian ? 'median' : `${percentile.slice(1)}th percentile`}`,
  } as const
}

/** What has no baseline to be compared with says nothing of how it would be. */
const NOT_COMPARED = {
  gated: false,
  automatic: null,
  needsStream: false,
  stopsAtKnee: false,
  isLatencyIfWhole: false,
  defaultSpread: null,
  defaultPairSpread: null,
  releaseTolerance: null,
} as const

/** The row of a throughput of a level. */
function rateOf<
  const R extends Pick<MetricRow, 'name' | 'field' | 'quantity' | 'unit' | 'countsTokens' | 'label' | 'meaning'>,
>(row: R) {
  return { ...NOT_COMPARED, family: 'throughput', percentile: null, better: 'higher', scope: 'level', ...row } as const
}

/** What figures of the requests that keep their objectives have in common: a level has them, and over the levels they are compared by name. */
const KEPT = {
  percentile: null,
  better: 'higher',
  scope: 'level',
  gated: true,
  automatic: null,
  needsStream: false,
  countsTokens: false,
  stopsAtKnee: false,
  isLatencyIfWhole: false,
  releaseTolerance: 0.1,
} as const

/** The row of the best throughput of a run, shown in what the run is about. */
function bestOf<const R extends Pick<MetricRow, 'name' | 'field' | 'automatic' | 'label' | 'meaning'>>(row: R) {
  return {
    family: 'throughput',
    percentile: null,
    quantity: 'tokens-per-second',
    unit: null,
    better: 'higher',
    scope: 'run',
    gated: true,
    needsStream: false,
    countsTokens: 'if-generated',
    stopsAtKnee: false,
    isLatencyIfWhole: false,
    defaultSpread: 0.05,
    defaultPairSpread: 0.03,
    releaseTolerance: 0.1,
    ...row,
  } as const
}

const ROWS = [
  ...percentilesOf({
    family: 'ttft',
    field: 'ttftMs',
    automatic: 'streamed',
    needsStream: true,
    countsTokens: false,
    stopsAtKnee: true,
    isLatencyIfWhole: true,
    defaultSpread: 0.1,
    defaultPairSpread: 0.06,
    releaseTolerance: 0.15,
    label: 'TTFT',
    meaning: 'Time to the first generated output (text, reasoning or tool call)',
  }),
  ...percentilesOf({
    family: 'ttfo',
    field: 'ttfoMs',
    automatic: 'reasoning',
    needsStream: true,
    countsTokens: false,
    stopsAtKnee: true,
    isLatencyIfWhole: true,
    defaultSpread: 0.1,
    defaultPairSpread: 0.06,
    releaseTolerance: 0.15,
    label: 'TTFO',
    meaning: 'Time to the first answer text',
  }),
  ...percentilesOf({
    family: 'tpot',
    field: 'tpotMs',
    automatic: 'several-tokens',
    needsStream: true,
    countsTokens: true,
    stopsAtKnee: false,
    isLatencyIfWhole: false,
    defaultSpread: 0.05,
    defaultPairSpread: 0.03,
    releaseTolerance: 0.1,
    label: 'TPOT',
    meaning: 'Time per output token after the first',
  }),
  ...percentilesOf({
    family: 'inter-chunk',
    field: 'interChunkMs',
    automatic: null,
    needsStream: true,
    countsTokens: false,
    stopsAtKnee: false,
    isLatencyIfWhole: false,
    defaultSpread: 0.05,
    defaultPairSpread: 0.03,
    releaseTolerance: 0.1,
    label: 'Chunk gap',
    meaning: 'Gap between chunks that carry tokens',
  }),
  ...percentilesOf({
    family: 'latency',
    field: 'latencyMs',
    automatic: 'whole',
    needsStream: false,
    countsTokens: false,
    stopsAtKnee: false,
    isLatencyIfWhole: false,
    defaultSpread: 0.1,
    defaultPairSpread: 0.06,
    releaseTolerance: 0.15,
    label: 'Latency',
    meaning: 'Time to the last token',
  }),
  rateOf({
    name: 'throughput',
    field: 'outputTokensPerSecond',
    quantity: 'tokens-per-second',
    unit: 'tok/s',
    countsTokens: true,
    label: 'Throughput',
    meaning: 'Output tokens per second of a level',
  }),
  rateOf({
    name: 'input-throughput',
    field: 'inputTokensPerSecond',
    quantity: 'tokens-per-second',
    unit: 'input tok/s',
    countsTokens: false,
    label: 'Input throughput',
    meaning: 'Input tokens per second of a level',
  }),
  rateOf({
    name: 'requests-per-second',
    field: 'requestsPerSecond',
    quantity: 'requests-per-second',
    unit: 'req/s',
    countsTokens: false,
    label: 'Requests per second',
    meaning: 'Finished requests per second of a level',
  }),
  {
    ...NOT_COMPARED,
    name: 'error-rate',
    family: 'error-rate',
    percentile: null,
    field: 'requests',
    quantity: 'share',
    unit: '%',
    better: 'lower',
    scope: 'both',
    countsTokens: false,
    label: 'Error rate',
    meaning: 'Share of counted requests that failed, at a level or over the run',
  },
  bestOf({
    name: 'plateau-throughput',
    field: 'plateau',
    automatic: 'always',
    label: 'Plateau throughput',
    meaning: 'Tokens per second on the plateau of the throughput curve',
  }),
  bestOf({
    name: 'throughput-within',
    field: 'within',
    automatic: null,
    label: 'Throughput within limit',
    meaning: 'Highest tokens per second inside the latencies that `throughput-within` sets',
  }),
  {
    ...KEPT,
    name: 'attainment',
    family: 'attainment',
    field: 'attainment',
    quantity: 'share',
    unit: '%',
    defaultSpread: 0.1,
    defaultPairSpread: 0.06,
    label: 'Attainment',
    meaning: 'Share of counted requests that keep all objectives of `slo`; failed ones do not',
  },
  {
    ...KEPT,
    name: 'goodput',
    family: 'goodput',
    field: 'goodput',
    quantity: 'requests-per-second',
    unit: 'req/s',
    defaultSpread: 0.1,
    defaultPairSpread: 0.06,
    label: 'Goodput',
    meaning: 'Requests per second that keep all objectives of `slo`',
  },
  {
    ...NOT_COMPARED,
    name: 'goodput-tokens',
    family: 'goodput',
    percentile: null,
    field: 'goodput-tokens',
    quantity: 'tokens-per-second',
    unit: 'tok/s',
    better: 'higher',
    scope: 'level',
    countsTokens: true,
    label: 'Token goodput',
    meaning: 'Output tokens per second of the requests that keep all objectives of `slo`',
  },
  {
    name: 'capacity',
    family: 'capacity',
    percentile: null,
    field: 'capacity',
    quantity: 'concurrency',
    unit: 'in flight',
    better: 'higher',
    scope: 'run',
    gated: true,
    automatic: 'objectives',
    needsStream: false,
    countsTokens: false,
    stopsAtKnee: false,
    isLatencyIfWhole: false,
    defaultSpread: 0.1,
    defaultPairSpread: 0.06,
    releaseTolerance: 0.1,
    label: 'Capacity',
    meaning: 'Most requests in flight of which `slo-share` keep all objectives of `slo`',
  },
] as const satisfies readonly MetricRow[]

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
