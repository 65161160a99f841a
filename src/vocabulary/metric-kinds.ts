/** What the row of a metric says, and what the rows of a kind have in common: percentiles of a time, rates, figures of a run. */

export type Percentile = 'p50' | 'p90' | 'p95' | 'p99'

/** What a metric counts in; it decides which units a limit may have. */
export type Quantity = 'time' | 'tokens-per-second' | 'requests-per-second' | 'share' | 'concurrency'

export interface MetricRow {
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
export function percentilesOf<const F extends TimeFamilyRow>(of: F) {
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
export const NOT_COMPARED = {
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
export function rateOf<
  const R extends Pick<MetricRow, 'name' | 'field' | 'quantity' | 'unit' | 'countsTokens' | 'label' | 'meaning'>,
>(row: R) {
  return { ...NOT_COMPARED, family: 'throughput', percentile: null, better: 'higher', scope: 'level', ...row } as const
}

/** What figures of the requests that keep their objectives have in common: a level has them, and over the levels they are compared by name. */
export const KEPT = {
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
export function bestOf<const R extends Pick<MetricRow, 'name' | 'field' | 'automatic' | 'label' | 'meaning'>>(row: R) {
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
