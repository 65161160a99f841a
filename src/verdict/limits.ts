import { computeErrorRate, figureOf, countMissingRequests } from '../metrics/level/level-metrics.ts'
import { dependsOnTokenCount, findLimitedMetric, GATED_ROWS, isErrorRate, metricOf } from '../vocabulary/metrics.ts'
import type { RateField, RunField, GatedMetric } from '../vocabulary/metrics.ts'
import type { LevelMetrics } from '../metrics/level/level-metrics.ts'
import type { ReportLimit, RunReport } from '../report/run-report.ts'
import type { Limit } from '../settings/values/limits.ts'
import { loadOf, reachesPlateau, STATE_WORDS } from '../vocabulary/load.ts'
import { mean, median } from 'simple-statistics'
import { boundShareAbove, meanBounds, studentTQuantile } from '../stats/chance.ts'
import { pluralise } from '../text.ts'
import type { HistoryRow } from '../report/history.ts'
import { signOf, figureOfY } from './history/observe.ts'
import { isLearnt, poolHistorySpread } from './history/spread.ts'
import type { Past } from './history/past.ts'
import type { Spread } from './history/spread.ts'
import { readLimit } from '../settings/values/limits.ts'
import { segmentPast, buildHistory } from './history/past.ts'
import type { EarlierAttempt } from '../report/looks.ts'
import type { Settings } from '../settings.ts'

/** A measured figure, and that of each pass where passes have one. */
interface LimitFigure {
  readonly value: number
  readonly passes: readonly number[]
}

/**
 * Checks each limit. A limit fails when the mean over passes is beyond it and the one-sided 95 % t bound over passes
 * is too; with one pass, when the value is. A limit without a level gives a result for each level that it is about.
 */
export function checkLimits(limits: readonly Limit[], report: RunReport): ReportLimit[] {
  return limits.flatMap((limit) => {
    if (limit.concurrency !== null) return [checkLevel(limit, limit.concurrency, report)]
    const row = metricOf(limit.metric)
    if (row.scope !== 'level') return [checkRun(limit, row.field, report)]
    return chooseLevels(limit, report).map((at) => checkLevel(limit, at, report))
  })
}

/** A report with what these limits came to in it. */
export function addLimits(report: RunReport, limits: readonly Limit[]): RunReport {
  const results = checkLimits(limits, report)
  return results.length === 0 ? report : { ...report, limits: results }
}

/**
 * The levels of a limit that names none: all of an explicit list. With `auto`, a throughput is the best level's,
 * because the lowest levels are only there to find the plateau.
 */
function chooseLevels(limit: Limit, { series, plan, levels }: RunReport): readonly number[] {
  if (series.concurrency !== 'auto' || metricOf(limit.metric).better === 'lower') return plan.levels
  let best: { concurrency: number; value: number } | null = null
  for (const level of levels) {
    const value = level.valid ? figureOf(level, limit.metric) : null
    if (value !== null && (best === null || value > best.value)) best = { concurrency: level.concurrency, value }
  }
  return best === null ? plan.levels.slice(-1) : [best.concurrency]
}

function checkLevel(limit: Limit, concurrency: number, report: RunReport): ReportLimit {
  const level = report.levels.find((level) => level.concurrency === concurrency)
  // Which kind of levels imported results have is known only once they are read.
  const load = loadOf(report.series)
  const kind = load === 'concurrency' ? `no ${limit.load}s` : `${load}s`
  if ((limit.load ?? 'concurrency') !== load && limit.concurrency !== null)
    return makeUnmeasured(limit, concurrency, `the levels are ${kind}`)
  if (level === undefined) return makeUnmeasured(limit, concurrency, 'the level was not measured')
  // The error rate counts all requests: a t bound over three passes would forgive one that failed completely (rates
  // of 0, 1, 0 have a bound below zero). No other figure of an invalid level may be used.
  if (isErrorRate(metricOf(limit.metric))) {
    return judgeLimit(limit, concurrency, makeFigure(computeErrorRate(level.requests), []), 'no request was counted')
  }
  if (!level.valid)
    return makeUnmeasured(limit, concurrency, `${STATE_WORDS[level.state]} (${level.invalidReasons.join(', ')})`)
  if (isOfFlawedCounts(limit, report, [concurrency])) return makeUnmeasured(limit, concurrency, FLAWED)
  if (limit.quantity === 'share') return judgeAttainment(limit, level)
  const passes = level.passes.flatMap((pass) => figureOf(pass, limit.metric) ?? [])
  const complete = passes.length === level.passes.length ? passes : []
  const figure = makeFigure(figureOf(level, limit.metric), complete)
  return judgeLimit(limit, concurrency, figure, explainMissing(limit, level))
}

const FLAWED = 'the server states token counts that cannot be true (impossible-count)'

/** Whether a figure rests on impossible token counts of the server: the estimate shown instead gates nothing. */
function isOfFlawedCounts(
  { metric }: Limit,
  { plateau, validity }: RunReport,
  concurrencies: readonly number[],
): boolean {
  return (
    dependsOnTokenCount(metricOf(metric), plateau.metric) &&
    validity.findings.some(
      ({ code, level }) => code === 'impossible-count' && level !== undefined && concurrencies.includes(level),
    )
  )
}

function checkRun(limit: Limit, field: RunField, report: RunReport): ReportLimit {
  const measured = report.levels.map(({ concurrency }) => concurrency)
  if (isOfFlawedCounts(limit, report, measured)) return makeUnmeasured(limit, null, FLAWED)
  return RUN_CHECKS[field](limit, report)
}

const RUN_CHECKS: Readonly<Record<RunField, (limit: Limit, report: RunReport) => ReportLimit>> = {
  requests: (limit, report) => judgeLimit(limit, null, computeRunErrorRate(report), 'no request was counted'),
  plateau: checkPlateau,
  within: checkWithin,
  capacity: checkCapacity,
}

function checkWithin(limit: Limit, { within, plateau, levels }: RunReport): ReportLimit {
  if (within === null) return makeUnmeasured(limit, null, '`throughput-within` is not set')
  const isUsable = levels.some(({ valid }) => valid)
  const why = isUsable ? `no level is inside ${within.limit}` : 'no usable level'
  return judgeLimit(limit, null, makeFigure(within[plateau.metric], []), why)
}

/** Failed of all counted requests. With `auto`, a level that ran into a rate limit is our own doing, and left out. */
function computeRunErrorRate({ series, levels }: RunReport): LimitFigure | null {
  const counted = levels.filter((level) => series.concurrency !== 'auto' || level.state !== 'limited')
  const rate = computeErrorRate({
    ok: counted.reduce((sum, { requests }) => sum + requests.ok, 0),
    failed: counted.reduce((sum, { requests }) => sum + requests.failed, 0),
  })
  return makeFigure(rate, [])
}

/** A throughput that still grows is a lower bound: it can keep a limit, but it cannot break one. */
function checkPlateau(limit: Limit, { plateau, levels }: RunReport): ReportLimit {
  const { metric, state, concurrencies } = plateau
  const value = plateau[metric]?.value ?? null
  const members = levels.filter((level) => concurrencies.includes(level.concurrency))
  const result = judgeLimit(limit, null, makeFigure(value, computePlateauByPass(members, metric)), 'no level is valid')
  if (result.outcome !== 'fail' || reachesPlateau(state)) return result
  const reason = state === 'limited' ? 'a rate limit ended the sweep' : 'throughput still grows at the highest level'
  return { ...result, outcome: 'not-measured', reason: `${reason} before the plateau was reached` }
}

/**
 * Where every level keeps the objectives, the capacity is a lower bound, which cannot break a limit; where none does,
 * an upper bound, which cannot keep one.
 */
function checkCapacity(limit: Limit, { slo, levels }: RunReport): ReportLimit {
  if (slo === undefined) return makeUnmeasured(limit, null, '`slo` is not set')
  const { state, concurrency, passes } = slo.capacity
  if (state === 'below' && limit.value >= concurrency!.value) {
    const usable = levels.every(({ valid }) => valid) ? '' : 'usable '
    const reason = `at no ${usable}level ${Number((100 * slo.share).toPrecision(4))} % of the requests keep ${slo.objectives}`
    return { ...makeUnmeasured(limit, null, reason), outcome: 'fail' }
  }
  if (state === 'below')
    return makeUnmeasured(limit, null, 'the lowest level is above it, and does not keep the objectives')
  const why = levels.some(({ valid }) => valid) ? NOT_ATTAINABLE : 'no usable level'
  const result = judgeLimit(limit, null, makeFigure(concurrency?.value ?? null, passes), why)
  if (result.outcome !== 'fail' || state !== 'at-least') return result
  return { ...result, outcome: 'not-measured', reason: 'the highest level keeps the objectives, and it is below it' }
}

/** The plateau throughput of each pass: the geometric mean over the levels that form the plateau. */
function computePlateauByPass(members: readonly LevelMetrics[], metric: RateField): number[] {
  const count = Math.min(...members.map((level) => level.passes.length))
  if (!Number.isFinite(count)) return []
  return Array.from({ length: count }, (_, pass) => {
    const logs = members.map((level) => Math.log(level.passes[pass]![metric] ?? NaN))
    return Math.exp(mean(logs))
  }).filter(Number.isFinite)
}

function makeFigure(value: number | null, passes: readonly number[]): LimitFigure | null {
  return value === null ? null : { value, passes }
}

/**
 * A share of counted requests has a bound of its own, independent of passes: Wilson's one-sided 95 %, which stays
 * within 100 %.
 */
function judgeAttainment(limit: Limit, { concurrency, attained, requests }: LevelMetrics): ReportLimit {
  const n = requests.ok + requests.failed
  if (attained === undefined || attained.attainment === null || n === 0)
    return makeUnmeasured(limit, concurrency, NOT_ATTAINABLE)
  const bound = boundShareAbove({ hits: attained.inside, n })
  return toResult(limit, concurrency, bound < limit.value ? 'fail' : 'pass', attained.attainment, bound)
}

const NOT_ATTAINABLE = 'its requests do not have the times that `slo` is about'

/** Figures are compared on a log scale, as everywhere; shares, which may be 0, are not. */
function judgeLimit(limit: Limit, concurrency: number | null, found: LimitFigure | null, missing: string): ReportLimit {
  if (found === null) return makeUnmeasured(limit, concurrency, missing)
  const logs = limit.quantity !== 'share' && found.passes.every((value) => value > 0)
  const scaled = found.passes.map((value) => (logs ? Math.log(value) : value))
  const undoLog = (value: number) => (logs ? Math.exp(value) : value)
  const bounds = meanBounds(scaled)
  const isBeyond = (value: number) => (limit.op === '<=' ? value > limit.value : value < limit.value)
  if (bounds === null) {
    return toResult(limit, concurrency, isBeyond(found.value) ? 'fail' : 'pass', found.value, null)
  }
  const centre = undoLog(mean(scaled))
  const bound = undoLog(limit.op === '<=' ? bounds.low : bounds.high)
  return toResult(limit, concurrency, isBeyond(centre) && isBeyond(bound) ? 'fail' : 'pass', centre, bound)
}

function toResult(
  limit: Limit,
  concurrency: number | null,
  outcome: ReportLimit['outcome'],
  value: number,
  bound: number | null,
): ReportLimit {
  return { limit: limit.text, concurrency, outcome, value, bound, reason: null }
}

function makeUnmeasured(limit: Limit, concurrency: number | null, reason: string): ReportLimit {
  return { limit: limit.text, concurrency, outcome: 'not-measured', value: null, bound: null, reason }
}

function explainMissing(limit: Limit, level: LevelMetrics): string {
  const row = metricOf(limit.metric)
  const more = row.percentile === null ? 0 : countMissingRequests(level, row.name)
  return more > 0 ? `it needs ${pluralise(more, 'more request')}` : 'the endpoint does not let it be measured'
}

const OUTCOMES = ['fail', 'not-measured', 'pass'] as const

/** The worst of several runs, limit by limit: each must hold in every run. */
export function pickWorstLimits(runs: readonly (readonly ReportLimit[])[]): ReportLimit[] {
  return runs[0]!.map((_, i) =>
    runs
      .flatMap((limits) => limits[i] ?? [])
      .reduce((worst, limit) => (OUTCOMES.indexOf(limit.outcome) < OUTCOMES.indexOf(worst.outcome) ? limit : worst)),
  )
}

// What other runs say of limits: earlier attempts at the same commit, and the spread in the history.

/**
 * Judges limits over this attempt and those that count together with it, by the median of their figures and bounds.
 * Thus retrying often enough does not make a limit hold, and one bad attempt is outvoted by two good ones. A limit
 * that this attempt could not measure stays unmeasured.
 */
export function judgeLimitsOverAttempts(
  limits: readonly ReportLimit[],
  earlier: readonly EarlierAttempt[],
): readonly ReportLimit[] {
  const before = Map.groupBy(
    earlier.flatMap((attempt) => attempt.limits ?? []),
    keyOfLimit,
  )
  return limits.map((own) => {
    const all = [own, ...(before.get(keyOfLimit(own)) ?? [])].filter(
      ({ outcome, value }) => outcome !== 'not-measured' && value !== null,
    )
    return !all.includes(own) || all.length === 1 ? own : judgeMiddle(own, all)
  })
}

function keyOfLimit({ limit, concurrency }: ReportLimit): string {
  return `${limit} ${concurrency}`
}

function judgeMiddle(own: ReportLimit, all: readonly ReportLimit[]): ReportLimit {
  const { op, quantity, value: most } = readLimit(own.limit)
  const values = all.flatMap(({ value }) => value ?? [])
  const bounds = all.flatMap(({ bound }) => bound ?? [])
  const isOnLogs = quantity !== 'share' && values.every((value) => value > 0)
  const findMiddle = (figures: number[]) => (isOnLogs ? Math.exp(median(figures.map(Math.log))) : median(figures))
  const value = findMiddle(values)
  const bound = bounds.length === all.length ? findMiddle(bounds) : null
  const isBroken = [value, bound ?? value].every((figure) => (op === '<=' ? figure > most : figure < most))
  return { ...own, outcome: isBroken ? 'fail' : 'pass', value, bound, alone: own.value! }
}

/** The settings that say how runs spread. */
type SpreadPolicy = Pick<Settings, 'decision' | 'expectedSpread'>

/** A figure nearer to its limit than this many spreads may be on the other side in the next run. */
const NEAR_SPREADS = 2

/**
 * Judges limits by the spread between runs, where the history knows it (eight groups or more): a limit is broken when
 * the figure is beyond it and so is its one-sided 95 % bound with that spread, which the passes of one run do not
 * show, because they share hour and deployment. Limits of error rates, and of figures that the history does not keep
 * or does not know yet, stay unchanged.
 */
export function judgeLimitsBySpread(
  limits: readonly ReportLimit[],
  past: Past,
  now: HistoryRow,
  policy: SpreadPolicy,
): readonly ReportLimit[] {
  return limits.map((limit) => {
    if (limit.outcome === 'not-measured' || limit.value === null || limit.value <= 0) return limit
    const metric = findGated(limit, now)
    const spread = metric === null ? null : findSpread(metric, limit.concurrency, { past, now, policy })
    return metric === null || spread === null ? limit : judgeBySpread(limit, metric, spread)
  })
}

function judgeBySpread(limit: ReportLimit, metric: GatedMetric, spread: Spread): ReportLimit {
  const y = signOf(metric) * Math.log(limit.value!)
  const beyond = y - signOf(metric) * Math.log(readLimit(limit.limit).value)
  const least = studentTQuantile(0.95, spread.degrees) * spread.sd
  return {
    ...limit,
    outcome: beyond > least ? 'fail' : 'pass',
    bound: figureOfY(metric, y - least),
    ...(Math.abs(beyond) <= NEAR_SPREADS * spread.sd && { near: true }),
  }
}

/** The metric under which the history keeps a limit's figure; null where it does not. */
function findGated({ limit, concurrency }: ReportLimit, now: HistoryRow): GatedMetric | null {
  const metric = findLimitedMetric(limit)
  if (metric === null) return null
  if (concurrency !== null && metric.field === now.throughputMetric) return 'plateau-throughput'
  return GATED_ROWS.find(({ name }) => name === metric.name)?.name ?? null
}

/** The spread between runs at a level, or over the levels of the metric; null while the history does not know it. */
function findSpread(
  metric: GatedMetric,
  concurrency: number | null,
  { past, now, policy }: { readonly past: Past; readonly now: HistoryRow; readonly policy: SpreadPolicy },
): Spread | null {
  const recorded = segmentPast(metric, past, now, concurrency === null ? null : [concurrency])
  if (recorded === null) return null
  const history = buildHistory(recorded, policy)
  if (!isLearnt(history.groups)) return null
  const level = now.levels.find((one) => one.concurrency === recorded.levels[0])
  return poolHistorySpread(metric, history, Math.max(1, level?.passes.length ?? 1), policy)
}
