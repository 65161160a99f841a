import type { Baseline, HistoryEntry, HistoryRow, SegmentMark, RowLevel, RowPass } from '../../src/report/history.ts'
import type { FreshPasses, SecondLook } from '../../src/report/looks.ts'
import { addSeriesKey } from '../../src/report/series.ts'
import type { SeriesFields } from '../../src/report/series.ts'
import type { Comparison, Verdict } from '../../src/report/verdict.ts'
import type { GatedMetric } from '../../src/vocabulary/metrics.ts'
import { decideVerdict } from '../../src/verdict/decide.ts'
import { takeFirstLook } from '../../src/verdict/look.ts'
import type { FirstLook, DecideInput, DecisionPolicy } from '../../src/verdict/look.ts'
import { SERIES_FIELDS } from '../support/builders.ts'

/** All defaults. */
export const POLICY: DecisionPolicy = {
  gate: 'check',
  metrics: 'auto',
  tolerance: null,
  falseAlarmRate: 0.01,
  expectedSpread: 'auto',
  decision: 'statistical',
  onNotComparable: 'warn',
  onUnmeasured: 'fail',
  onSkip: 'pass',
}

/** What the recorded runs are: factors above 1 are worse. */
export interface Slower {
  readonly ttft?: number
  readonly ttfo?: number
  readonly tpot?: number
  readonly latency?: number
  readonly throughput?: number
  /** Of all of them. */
  readonly all?: number
}

/** The levels of a run; output tokens grow up to 4 sequences, so that the knee is at 3.8. */
export const LEVELS: readonly number[] = [1, 2, 4, 8]

/** A run: TTFT 50 ms, TPOT 10 ms, 100 tok/s a sequence up to 4. */
export function aRow(
  slower: Slower = {},
  {
    levels = LEVELS,
    passes = [1, 1, 1],
    level = () => ({}),
    series = {},
    ...rest
  }: {
    readonly levels?: readonly number[]
    /** Factor of each pass. */
    readonly passes?: readonly number[]
    readonly level?: (concurrency: number) => Partial<RowLevel>
    readonly series?: Partial<SeriesFields>
  } & Partial<Omit<HistoryRow, 'levels' | 'series'>> = {},
): HistoryRow {
  return {
    startedAt: '2026-11-22T00:00:00.000Z',
    series: addSeriesKey({ ...SERIES_FIELDS, ...series }),
    context: {
      endpointLabel: 'staging',
      model: 'llama-8b',
      servedModel: 'llama-8b',
      runner: { environment: 'github-hosted', os: 'linux', arch: 'x64', cpuCount: 4 },
      node: '24.21.0',
    },
    levels: levels.map((concurrency) => ({
      concurrency,
      valid: true,
      state: 'ok',
      tails: {},
      passes: passes.map((factor) => aPass(concurrency, slower, factor)),
      ...level(concurrency),
    })),
    throughputMetric: 'outputTokensPerSecond',
    plateauState: 'reached',
    within: null,
    traits: { tokenSource: 'usage', buffered: false, reasoning: false },
    ...rest,
  }
}

function aPass(concurrency: number, slower: Slower, factor: number): RowPass {
  const of = (own: number | undefined) => (own ?? 1) * (slower.all ?? 1) * factor
  return {
    ok: 200,
    failed: 0,
    figures: {
      'ttft-p50': 50 * of(slower.ttft),
      ...(slower.ttfo === undefined ? {} : { 'ttfo-p50': 90 * of(slower.ttfo) }),
      'tpot-p50': 10 * of(slower.tpot),
      'inter-chunk-p50': 10 * of(slower.tpot),
      'latency-p50': 1300 * of(slower.latency),
      throughput: (100 * Math.min(4, concurrency)) / of(slower.throughput),
    },
  }
}

/** A level that the server did not hold. */
export function lost(failed = 200): Partial<RowLevel> {
  return { valid: false, state: 'lost', passes: [{ ok: 0, failed, figures: {} }] }
}

/** A level that cannot be used although the server did nothing wrong. */
export function unusable(state: 'limited' | 'client-saturated' | 'invalid'): Partial<RowLevel> {
  return { valid: false, state }
}

/** The rows as recorded runs, each a day and a workflow run of its own. */
export function recorded(
  rows: readonly HistoryRow[],
  entry: (i: number) => Partial<Omit<HistoryEntry, 'source'>> & { readonly runId?: string } = () => ({}),
): HistoryEntry[] {
  return rows.map((row, i) => {
    const { runId = `run-${i}`, ...rest } = entry(i)
    const startedAt = new Date(Date.UTC(2026, 8, 1 + i)).toISOString()
    return {
      row: { ...row, startedAt },
      source: { sha: `sha-${i}`, ref: 'main', runId, attempt: 1, event: 'push', url: null },
      verdict: 'no-change-seen',
      segments: {},
      ...rest,
    }
  })
}

/** `k` runs of which every metric spreads by exactly `sd`, about a mean of 0 on the log scale. */
export function steady(k: number, sd = 0.02, slower: Slower = {}): HistoryRow[] {
  return spreadValues(k, sd).map((y) => aRow({ ...slower, all: Math.exp(y) }))
}

/** Ten runs about 10 ms, then some of the given TPOT factor, the first of them marked. */
export function stepped(factors: readonly number[], mark: SegmentMark = 'opens') {
  const before = spreadValues(10, 0.015).map((y) => aRow({ all: Math.exp(y) }))
  const after = factors.map((tpot) => aRow({ tpot }))
  return recorded([...before, ...after], (i) => (i === 10 ? { segments: { 'tpot-p50': mark } } : {}))
}

/** Five runs a day of which the days lie `between` apart (standard deviation) and the runs of one day `within`. */
export function fiveADay(days: number, between: number, within: number) {
  const levels = spreadValues(days, between)
  const noise = spreadValues(5, within)
  const rows = levels.flatMap((day) => noise.map((y) => aRow({ all: Math.exp(day + y) })))
  return recorded(rows).map((entry, i) => ({
    ...entry,
    row: { ...entry.row, startedAt: new Date(Date.UTC(2026, 8, 1 + Math.floor(i / 5), i % 5)).toISOString() },
  }))
}

/** Values with mean 0 and this sample standard deviation, in an order that no rule looks at. */
export function spreadValues(k: number, sd: number): number[] {
  if (k === 1) return [0]
  const raw = Array.from({ length: k }, (_, i) => ((i * 53) % k) - (k - 1) / 2)
  const centre = raw.reduce((sum, value) => sum + value, 0) / k
  const scale = sd / Math.sqrt(raw.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (k - 1))
  return raw.map((value) => (value - centre) * scale)
}

export function aBaseline(entries: readonly HistoryEntry[], overrides: Partial<Baseline> = {}): Baseline {
  return { entries, origin: 'file history.json', ancestor: true, passedOver: [], unreadable: null, ...overrides }
}

/** What differs from the defaults; a row as second look is one without a control. */
type InputOverrides = Partial<Omit<DecideInput, 'policy' | 'secondLook'>> & {
  readonly policy?: Partial<DecisionPolicy>
  readonly secondLook?: SecondLook | HistoryRow
}

/** Decides without a second look: the first one counts. */
export function judged(
  candidate: HistoryRow | readonly HistoryRow[],
  history: readonly HistoryRow[] | readonly HistoryEntry[],
  overrides: InputOverrides = {},
): Verdict {
  return decideVerdict(inputOf(candidate, history, overrides))
}

export function inputOf(
  candidate: HistoryRow | readonly HistoryRow[],
  history: readonly HistoryRow[] | readonly HistoryEntry[],
  { policy, secondLook = 'none', ...overrides }: InputOverrides = {},
): DecideInput {
  const entries = history.every((item) => 'row' in item) ? history : recorded(history)
  return {
    candidates: 'levels' in candidate ? [candidate] : candidate,
    baseline: aBaseline(entries),
    policy: { ...POLICY, ...policy },
    limits: [],
    trouble: null,
    accepted: [],
    ...overrides,
    secondLook: typeof secondLook === 'string' || 'row' in secondLook ? secondLook : passesOf(secondLook),
  }
}

/** What the first look at a run wants to be measured again; nothing where there was none. */
export function screenRun(input: DecideInput): FirstLook['screening'] {
  return takeFirstLook(input)?.screening ?? { metrics: [], levels: [] }
}

/** The passes of a second look without a control. */
export function passesOf(row: HistoryRow): FreshPasses {
  return { row, control: null }
}

/** The comparison of one metric. */
export function of(verdict: Verdict, metric: GatedMetric): Comparison {
  const found = verdict.comparisons.find((comparison) => comparison.metric === metric)
  if (found === undefined) throw new Error(`${metric} was not compared`)
  return found
}
