import { sha256 } from '../sha256.ts'
import { listClues } from './clues.ts'
import type { Clues } from './clues.ts'
import { generatesTokens } from '../vocabulary/load.ts'
import type { KeptFigure, KeptObjectives } from '../metrics/plateau/capacity.ts'
import type { LevelFigures, LevelMetrics, TokenText } from '../metrics/level/level-metrics.ts'
import { MEDIAN_ROWS, TAIL_ROWS } from '../vocabulary/metrics.ts'
import type { GatedMetric, RateField } from '../vocabulary/metrics.ts'
import type {
  HistoryEntry,
  HistoryRow,
  KeptAtLevel,
  RowFigure,
  RowLevel,
  RowPass,
  RowSlo,
  RowTraits,
  RunSource,
  SegmentMark,
} from './history.ts'
import type { RunContext, RunReport } from './run-report.ts'
import type { Series } from './series.ts'
import type { Comparison, Verdict } from './verdict.ts'

/** A model counts as reasoning when this share of its answers does. */
const REASONING_SHARE = 0.5
/** Characters kept of texts by others, because they are stored hundreds of times. */
const LONGEST_TEXT = 200

/**
 * The figures of a report that a history keeps, to five significant digits. Figures without a logarithm, such as a
 * throughput of 0, are left out like those that were not measured.
 */
export function buildRow(report: RunReport): HistoryRow {
  const { plateau, within } = report
  const best = within === null ? null : roundUsable(within[plateau.metric])
  return {
    startedAt: report.startedAt,
    series: shortenSeries(report.series),
    context: shortenContext(report.context),
    levels: report.levels
      .toSorted((a, b) => a.concurrency - b.concurrency)
      .map((level) => ({
        ...toRowLevel(level, plateau.metric),
        ...(report.plan.once?.includes(level.concurrency) === true && { once: true }),
      })),
    throughputMetric: plateau.metric,
    plateauState: plateau.state,
    within: within === null || best === null ? null : { limit: within.limit, value: best },
    ...(report.slo !== undefined && { slo: toRowSlo(report.slo) }),
    traits: judgeTraits(report),
  }
}

function toRowSlo({ objectives, share, capacity, attainment, goodput }: KeptObjectives): RowSlo {
  const found = Object.entries({
    capacity: keepUsable({ value: capacity.concurrency?.value ?? 0, passes: capacity.passes }),
    attainment: keepUsable(attainment),
    goodput: keepUsable(goodput),
  }).filter(([, figure]) => figure !== null)
  return { objectives, share, ...(Object.fromEntries(found) as Partial<RowSlo>) }
}

function keepUsable(figure: KeptFigure | null): KeptFigure | null {
  const value = roundUsable(figure?.value)
  return value === null ? null : { value, passes: figure!.passes.flatMap((pass) => roundUsable(pass) ?? []) }
}

function toRowLevel(level: LevelMetrics, metric: RateField): RowLevel {
  const { concurrency, valid } = level
  const kept = takeKept(level)
  const state = level.state === 'buffered' ? 'ok' : level.state
  return {
    concurrency,
    valid,
    state,
    tails: roundTails(level),
    ...(kept !== null && { kept }),
    ...(valid && { clues: roundClues(listClues(level)) }),
    passes: level.passes.map((pass) => toRowPass(pass, metric)),
  }
}

function toRowPass(pass: LevelFigures, metric: RateField): RowPass {
  const figures: Partial<Record<RowFigure, number>> = {}
  for (const { name, field } of MEDIAN_ROWS) {
    const p50 = roundUsable(pass[field]?.p50)
    if (p50 !== null) figures[name] = p50
  }
  const throughput = roundUsable(pass[metric])
  if (throughput !== null) figures.throughput = throughput
  const tokenText = takeTokenText(pass)
  return { ok: pass.requests.ok, failed: pass.requests.failed, figures, ...(tokenText !== null && { tokenText }) }
}

function takeKept({ attained }: LevelFigures): KeptAtLevel | null {
  if (attained === undefined || attained.attainment === null) return null
  return {
    attainment: roundFigure(attained.attainment),
    goodput: roundFigure(attained.requestsPerSecond ?? 0),
    strain: attained.strain === null ? null : roundFigure(attained.strain),
  }
}

function takeTokenText({ tokenText }: LevelFigures): TokenText | null {
  const charactersPerToken = roundUsable(tokenText?.charactersPerToken)
  const tokensPerEvent = roundUsable(tokenText?.tokensPerEvent)
  return charactersPerToken === null || tokensPerEvent === null ? null : { charactersPerToken, tokensPerEvent }
}

/** To three digits, because nothing is decided by them. */
function roundClues(clues: Clues): Clues {
  return Object.fromEntries(Object.entries(clues).map(([clue, value]) => [clue, Number(value.toPrecision(3))]))
}

function roundTails(level: LevelFigures): RowLevel['tails'] {
  const tails: { -readonly [Name in keyof RowLevel['tails']]: RowLevel['tails'][Name] } = {}
  for (const { name, field, percentile } of TAIL_ROWS) {
    const value = roundUsable(level[field]?.[percentile])
    if (value !== null) tails[name] = value
  }
  return tails
}

/** A positive figure to five significant digits, finer than anything measured; null for anything else. */
function roundUsable(value: number | null | undefined): number | null {
  return value !== null && value !== undefined && value > 0 ? roundFigure(value) : null
}

/** A figure as fine as rows have it, to five significant digits. */
export function roundFigure(value: number): number {
  return Number(value.toPrecision(5))
}

/**
 * What decides whether single metrics can be compared, taken from the levels, so that no preflight is needed. Levels
 * without an answer are ignored. Several token sources in one run become one: `chunks and usage`.
 */
function judgeTraits({ levels, validity, capabilities }: RunReport): RowTraits {
  const answered = levels.filter(({ requests }) => requests.ok > 0)
  const buffered = new Set(validity.findings.flatMap(({ code, level }) => (HOLDING.has(code) ? (level ?? []) : [])))
  const sources = new Set(answered.flatMap(({ tokenSources }) => tokenSources ?? readPreflightSource(capabilities)))
  return {
    tokenSource: sources.size === 0 ? null : [...sources].sort().join(' and '),
    buffered: answered.filter(({ concurrency }) => buffered.has(concurrency)).length > answered.length / 2,
    reasoning: answered.some(({ reasoningShare }) => (reasoningShare ?? 0) >= REASONING_SHARE),
  }
}

/** Findings of levels whose tokens are delayed on the way. */
const HOLDING: ReadonlySet<string> = new Set(['buffered', 'held-back', 'bursts'])

/** For older reports, whose levels do not state it. */
function readPreflightSource({ task, tokenSource }: RunReport['capabilities']): string[] {
  return typeof tokenSource === 'string' && generatesTokens(String(task)) ? [tokenSource] : []
}

/** Shortens long texts to their beginning and hash, so that a change still shows; the key stays that of the full series. */
function shortenSeries(series: Series): Series {
  const { workload } = series
  const extraBody =
    workload.extraBody === null || workload.extraBody.length <= LONGEST_TEXT
      ? workload.extraBody
      : `${workload.extraBody.slice(0, LONGEST_TEXT)}… (SHA-256 ${sha256(workload.extraBody).slice(0, 12)})`
  return { ...series, workload: { ...workload, extraBody } }
}

function shortenContext(context: RunContext): RunContext {
  const shorten = <T>(value: T): T => (typeof value === 'string' ? (value.slice(0, LONGEST_TEXT) as T) : value)
  const entries = Object.entries(context).map(([key, value]) => [key, shorten(value as unknown)] as const)
  return Object.fromEntries(entries) as unknown as RunContext
}

/** Reasons not to record the figures of a run. */
const UNUSABLE = ['cancelled', 'run-invalid', 'endpoint']

/** Whether the figures behind a verdict are of a complete, valid run. */
export function isUsable({ reasons }: Pick<Verdict, 'reasons'>): boolean {
  return !reasons.some((reason) => UNUSABLE.includes(reason))
}

/**
 * What the history keeps of a run, regardless of its verdict: a history of only green runs would drift. None when the
 * run was interrupted or is invalid.
 *
 * @param rows the run, or those of `runs: n`, or one a session.
 * @param controls of each of them, in their order; default none.
 */
export function buildEntries(
  verdict: Verdict,
  rows: readonly HistoryRow[],
  source: RunSource,
  controls: readonly (HistoryRow | null)[] = [],
): HistoryEntry[] {
  if (!isUsable(verdict)) return []
  const segments: Partial<Record<GatedMetric, SegmentMark>> = {}
  for (const comparison of verdict.comparisons) {
    const mark = chooseMark(comparison)
    if (mark !== null) segments[comparison.metric] = mark
  }
  // Only the first session is kept: further ones exist only where it left the verdict open, so they are not a random
  // sample.
  const kept = verdict.control?.fresh === true ? rows.slice(0, 1) : rows
  return kept.map((row, i) => {
    const control = controls[i] ?? null
    return { row, ...(control !== null && { control }), source, verdict: verdict.verdict, segments }
  })
}

/**
 * A metric that moved opens a segment, even where nothing could confirm it: later runs decide, and without the mark
 * their innocent changes would be red. An accepted change is a segment at once.
 */
function chooseMark({ verdict, worsening, doubt }: Comparison): SegmentMark | null {
  if (verdict === 'accepted') return 'accepted'
  const unconfirmed = (verdict === 'not-measured' && worsening !== null) || doubt === 'slower-alike'
  return verdict === 'regressed' || verdict === 'improved' || unconfirmed ? 'opens' : null
}
