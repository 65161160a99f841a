import type { RequestRecord } from './request-facts.ts'

// Everything known about a metric without measuring it, one row each: code asks the row, never the name. A time
// becomes a metric by a call of `percentilesOf` here and its figure in `metrics/level.ts`, a rate by `rateOf` and
// `metrics/level/level-metrics.ts`.

export type Percentile = 'p50' | 'p90' | 'p95' | 'p99'

/** What a metric counts in; it decides which units a limit may have. */
export type Quantity = 'time' | 'tokens-per-second' | 'requests-per-second' | 'share' | 'concurrency'

interface MetricRow {
  readonly name: string
  /** The name that stands for several metrics where a change is accepted. */
  readonly family: string
  /** Null: it is not a percentile. */
  readonly percentile: Percentile | null
  /** Where its figure stands: a level's summary, rate or counts, or a part of the run's report. */
  readonly field: string
  readonly quantity: Quantity
  /** The part of an answer that it times alone: the way to the first token, to the first text, or from token to token. Null: no single one. */
  readonly phase: 'prefill' | 'reasoning' | 'decode' | null
  /** What its figure is shown in; null: as the throughput that the run is about. */
  readonly unit: string | null
  readonly better: 'lower' | 'higher'
  /** `level`: every level has one. `run`: one figure for the whole run. `both`: a level's, or that of all levels together. */
  readonly scope: 'level' | 'run' | 'both'
  /** The setting without which no run has it. */
  readonly needs: 'slo' | 'throughput-within' | null
  /** Whether it can be compared with a baseline, because its ratio means something. The error rate has rules of its own. */
  readonly gated: boolean
  /** What of two runs is compared: it at every level, or at those of the plateau, or one figure of each. Null: it is not compared. */
  readonly comparedOver: 'levels' | 'plateau' | 'run' | null
  /**
   * When `metrics: auto` compares it: always; where answers are `streamed`, hold `several-tokens`, or begin with
   * `reasoning`; where they come `whole`; or where `objectives` are set. Null: only when `metrics` names it.
   */
  readonly automatic: 'always' | 'streamed' | 'several-tokens' | 'reasoning' | 'whole' | 'objectives' | null
  /** Whether only a streamed answer has it. */
  readonly needsStream: boolean
  /** Whether it depends on how output tokens are counted; `if-generated`: where the run is about output tokens. */
  readonly countsTokens: boolean | 'if-generated'
  /** Whether it is compared up to the knee only: above the knee it measures queueing, which throughput shows. */
  readonly stopsAtKnee: boolean
  /** Whether it equals the latency where answers come in one piece, so that it means something else there. */
  readonly isLatencyIfWhole: boolean
  /**
   * Of a figure that falls at once where times come near an objective: up to this fall of attainment it falls for another reason. Null: it
   * does not fall at once.
   */
  readonly minorFall: number | null
  /** Assumed standard deviation between runs, on the log scale, until the history shows it; null: it is not compared. */
  readonly defaultSpread: number | null
  /** The same for the difference from a control measured beside it. */
  readonly defaultPairSpread: number | null
  /** Default tolerance with `gate: release`, a fraction; null: it is not compared. */
  readonly releaseTolerance: number | null
  /** For readers, capitalised as at the start of a sentence. */
  readonly label: string
  /** What it is called where columns are narrow; null: the same. */
  readonly shortLabel: string | null
  /** One sentence, without a full stop at the end. */
  readonly meaning: string
}

/** What the percentiles of a time have in common; spreads and `automatic` are those of the median. */
type TimeFamilyRow = Pick<
  MetricRow,
  | 'family'
  | 'field'
  | 'phase'
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
  /** The fact of a request that holds it; null: it is a gap between chunks, of which an answer has many, and a failed request none. */
  readonly fact: keyof RequestRecord | null
  readonly countsTokens: boolean
  readonly defaultSpread: number
  readonly defaultPairSpread: number
  readonly releaseTolerance: number
}

/** Tails spread more than medians, for every time. */
const SPREAD_OF_TAILS = 0.2
const PAIR_SPREAD_OF_TAILS = 0.12

/** The rows of a time, one for each percentile. */
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
    fact: of.fact as F['fact'],
    quantity: 'time',
    phase: of.phase as F['phase'],
    unit: 'ms',
    better: 'lower',
    scope: 'level',
    needs: null,
    gated: true,
    comparedOver: 'levels',
    automatic: isMedian ? of.automatic : null,
    needsStream: of.needsStream,
    countsTokens: of.countsTokens,
    stopsAtKnee: of.stopsAtKnee,
    isLatencyIfWhole: of.isLatencyIfWhole,
    minorFall: null,
    defaultSpread: isMedian ? of.defaultSpread : SPREAD_OF_TAILS,
    defaultPairSpread: isMedian ? of.defaultPairSpread : PAIR_SPREAD_OF_TAILS,
    releaseTolerance: of.releaseTolerance,
    label: isMedian ? of.label : `${of.label} ${percentile}`,
    shortLabel: null,
    meaning: `${of.meaning}, ${isMedian ? 'median' : `${percentile.slice(1)}th percentile`}`,
  } as const
}

/** What most rows have that are no percentile of a time. */
const PLAIN = {
  percentile: null,
  phase: null,
  needsStream: false,
  stopsAtKnee: false,
  isLatencyIfWhole: false,
  minorFall: null,
} as const

/** What is assumed of times that a queue lengthens, and of figures that it hardly moves. */
const QUEUED = { defaultSpread: 0.1, defaultPairSpread: 0.06, releaseTolerance: 0.15 } as const
const STEADY = { defaultSpread: 0.05, defaultPairSpread: 0.03, releaseTolerance: 0.1 } as const

/** For rows that are never compared. */
const NOT_COMPARED = {
  ...PLAIN,
  needs: null,
  gated: false,
  comparedOver: null,
  automatic: null,
  defaultSpread: null,
  defaultPairSpread: null,
  releaseTolerance: null,
  shortLabel: null,
} as const

/** The row of a throughput of a level. */
function rateOf<
  const R extends Pick<MetricRow, 'name' | 'field' | 'quantity' | 'unit' | 'countsTokens' | 'label' | 'meaning'>,
>(row: R) {
  return { ...NOT_COMPARED, family: 'throughput', better: 'higher', scope: 'level', ...row } as const
}

/** What the figures about objectives have in common: each level has them, and they are compared only when named. */
const KEPT = {
  ...PLAIN,
  better: 'higher',
  scope: 'level',
  needs: 'slo',
  gated: true,
  comparedOver: 'run',
  automatic: null,
  countsTokens: false,
  defaultSpread: 0.1,
  defaultPairSpread: 0.06,
  releaseTolerance: 0.1,
  shortLabel: null,
} as const

/** The row of a run's best throughput, shown in the unit of the throughput that the run is about. */
function bestOf<
  const R extends Pick<
    MetricRow,
    'name' | 'field' | 'needs' | 'comparedOver' | 'automatic' | 'label' | 'shortLabel' | 'meaning'
  >,
>(row: R) {
  return {
    ...PLAIN,
    ...STEADY,
    family: 'throughput',
    quantity: 'tokens-per-second',
    unit: null,
    better: 'higher',
    scope: 'run',
    gated: true,
    countsTokens: 'if-generated',
    ...row,
  } as const
}

/** Every metric, in the order in which docs show them. */
export const ROWS = [
  ...percentilesOf({
    ...QUEUED,
    family: 'ttft',
    field: 'ttftMs',
    fact: 'ttftMs',
    phase: 'prefill',
    automatic: 'streamed',
    needsStream: true,
    countsTokens: false,
    stopsAtKnee: true,
    isLatencyIfWhole: true,
    label: 'TTFT',
    meaning: 'Time to the first generated output (text, reasoning or tool call)',
  }),
  ...percentilesOf({
    ...QUEUED,
    family: 'ttfo',
    field: 'ttfoMs',
    fact: 'ttfoMs',
    phase: 'reasoning',
    automatic: 'reasoning',
    needsStream: true,
    countsTokens: false,
    stopsAtKnee: true,
    isLatencyIfWhole: true,
    label: 'TTFO',
    meaning: 'Time to the first answer text',
  }),
  ...percentilesOf({
    ...PLAIN,
    ...STEADY,
    family: 'tpot',
    field: 'tpotMs',
    fact: 'tpotMs',
    phase: 'decode',
    automatic: 'several-tokens',
    needsStream: true,
    countsTokens: true,
    label: 'TPOT',
    meaning: 'Time per output token after the first',
  }),
  ...percentilesOf({
    ...PLAIN,
    ...STEADY,
    family: 'inter-chunk',
    field: 'interChunkMs',
    fact: null,
    automatic: null,
    needsStream: true,
    countsTokens: false,
    label: 'Chunk gap',
    meaning: 'Gap between chunks that carry tokens',
  }),
  ...percentilesOf({
    ...PLAIN,
    ...QUEUED,
    family: 'latency',
    field: 'latencyMs',
    fact: 'lastTokenMs',
    automatic: 'whole',
    countsTokens: false,
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
    needs: null,
    comparedOver: 'plateau',
    automatic: 'always',
    label: 'Plateau throughput',
    shortLabel: 'Plateau',
    meaning: 'Tokens per second on the plateau of the throughput curve',
  }),
  bestOf({
    name: 'throughput-within',
    field: 'within',
    needs: 'throughput-within',
    comparedOver: 'run',
    automatic: null,
    label: 'Throughput within limit',
    shortLabel: 'Within limit',
    meaning: 'Highest tokens per second inside the latencies that `throughput-within` sets',
  }),
  {
    ...KEPT,
    name: 'attainment',
    family: 'attainment',
    field: 'attainment',
    quantity: 'share',
    unit: '%',
    minorFall: 0,
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
    // It also falls as throughput does.
    minorFall: 0.02,
    label: 'Goodput',
    meaning: 'Requests per second that keep all objectives of `slo`',
  },
  {
    ...NOT_COMPARED,
    name: 'goodput-tokens',
    family: 'goodput',
    field: 'goodput-tokens',
    quantity: 'tokens-per-second',
    unit: 'tok/s',
    better: 'higher',
    scope: 'level',
    needs: 'slo',
    countsTokens: true,
    label: 'Token goodput',
    meaning: 'Output tokens per second of the requests that keep all objectives of `slo`',
  },
  {
    ...KEPT,
    name: 'capacity',
    family: 'capacity',
    field: 'capacity',
    quantity: 'concurrency',
    unit: 'in flight',
    scope: 'run',
    automatic: 'objectives',
    label: 'Capacity',
    meaning: 'Most requests in flight of which `slo-share` keep all objectives of `slo`',
  },
] as const satisfies readonly MetricRow[]
