import { generatesTokens, loadOf, isTooMuch } from '../../vocabulary/load.ts'
import type { HistoryRow, RowLevel, HistoryEntry } from '../../report/history.ts'
import { mean } from 'simple-statistics'
import { dependsOnTokenCount, GATED_ROWS, metricOf } from '../../vocabulary/metrics.ts'
import type { GatedMetric, GatedMetricRow } from '../../vocabulary/metrics.ts'
import type { Series } from '../../report/series.ts'
import type { Settings } from '../../settings.ts'
import { locateCapacity } from '../../metrics/plateau/capacity.ts'
import { findCurveShape } from '../../metrics/plateau/plateau.ts'
import type { StrainPoint } from '../../metrics/plateau/capacity.ts'
import type { FigureBound } from '../../report/verdict.ts'

/** A metric to compare. */
export interface MetricChoice {
  readonly metric: GatedMetric
  /** Left out silently where no run has it: some answers have no TPOT. */
  readonly optional: boolean
}

/**
 * The metrics to compare: those named; or, with `auto`, TTFT, TPOT and plateau throughput for streamed text, else
 * latency and plateau throughput; and for reasoning models TTFO where answers have it.
 */
export function chooseMetrics(
  { metrics }: Pick<Settings, 'metrics'>,
  candidates: readonly HistoryRow[],
): MetricChoice[] {
  if (metrics !== 'auto') return metrics.map((metric) => ({ metric, optional: false }))
  const streams = candidates.some((row) => generatesTokens(row.series.workload.task) && !row.traits.buffered)
  return GATED_ROWS.filter(({ name, automatic }) => {
    switch (automatic) {
      case 'always':
        return true
      case 'streamed':
      case 'several-tokens':
        return streams
      case 'reasoning':
        return streams && candidates.some((row) => row.traits.reasoning && observeRun(row, name).size > 0)
      case 'whole':
        return !streams
      case 'objectives':
        return candidates.some((row) => observeRun(row, name).size > 0)
      case null:
        return false
    }
  }).map(({ name, automatic }) => ({ metric: name, optional: automatic === 'several-tokens' }))
}

/** Why a figure of two runs does not mean the same, as half a sentence; null where it does. */
export function explainDifference(metric: GatedMetric, before: HistoryRow, now: HistoryRow): string | null {
  const row = metricOf(metric)
  const { unit, isLatencyIfWhole, needs } = row
  if (unit === null && before.throughputMetric !== now.throughputMetric) return 'throughput counted something else'
  const counts = dependsOnTokenCount(row, now.throughputMetric)
  if (counts && before.traits.tokenSource !== now.traits.tokenSource) return 'tokens were counted in another way'
  const otherTokens = counts ? explainTokenText(before, now) : null
  if (otherTokens !== null) return otherTokens
  if (isLatencyIfWhole && before.traits.buffered !== now.traits.buffered) {
    return 'answers came in one piece in one of the runs'
  }
  const sought = [before.within?.limit, now.within?.limit]
  if (needs === 'throughput-within' && !sought.includes(undefined) && sought[0] !== sought[1]) {
    return '`throughput-within` had other latencies'
  }
  if (needs === 'slo' && hasOtherObjectives(before, now)) return '`slo` had other objectives, or another share'
  return null
}

function hasOtherObjectives({ slo: before }: HistoryRow, { slo: now }: HistoryRow): boolean {
  if (before === undefined || now === undefined) return false
  return before.objectives !== now.objectives || before.share !== now.share
}

/**
 * One level of a run in one metric. y = s · ln(figure) with s = +1 where lower is better and −1 where higher is: a
 * larger y is worse, and a difference of y is the log of a ratio.
 */
interface LevelY {
  readonly y: number
  /** y of each pass; empty for percentiles above the median and figures of the whole run, which have no passes. */
  readonly passes: readonly number[]
}

/** A run in one metric: its valid levels, by concurrency. */
export type RunY = ReadonlyMap<number, LevelY>

/** Stands for the concurrency of a figure of the whole run. */
export const WHOLE_RUN = 0

/** +1 where lower is better, −1 where higher is. */
export function signOf(metric: GatedMetric): 1 | -1 {
  return metricOf(metric).better === 'lower' ? 1 : -1
}

/** Back from y to milliseconds or a rate. */
export function figureOfY(metric: GatedMetric, y: number): number {
  return Math.exp(signOf(metric) * y)
}

/** A difference of y as the reader sees it: candidate / baseline − 1. */
export function changeOfY(metric: GatedMetric, d: number): number {
  return Math.expm1(signOf(metric) * d)
}

/** A cache: rows never change, and every look at a metric needs all of them. */
const seenRows = new WeakMap<HistoryRow, Map<GatedMetric, RunY>>()

/** The valid levels of a run, or its only figure, on the scale of a metric. */
export function observeRun(row: HistoryRow, metric: GatedMetric): RunY {
  let runs = seenRows.get(row)
  if (runs === undefined) seenRows.set(row, (runs = new Map()))
  let run = runs.get(metric)
  if (run === undefined) runs.set(metric, (run = readRow(row, metric)))
  return run
}

function readRow(row: HistoryRow, metric: GatedMetric): RunY {
  const about = metricOf(metric)
  if (about.needs === 'throughput-within') {
    return row.within === null ? new Map() : new Map([[WHOLE_RUN, { y: -Math.log(row.within.value), passes: [] }]])
  }
  if (about.needs === 'slo') {
    const figure = row.slo?.[about.field]
    if (figure === undefined) return new Map()
    return new Map([[WHOLE_RUN, { y: -Math.log(figure.value), passes: figure.passes.map((pass) => -Math.log(pass)) }]])
  }
  const found = new Map<number, LevelY>()
  for (const level of row.levels) {
    const seen = level.valid ? observeLevel(level, about) : null
    if (seen !== null) found.set(level.concurrency, seen)
  }
  return found
}

/** A median is the mean over passes of their log medians; other percentiles are pooled over the passes. */
function observeLevel(level: RowLevel, about: Extract<GatedMetricRow, { readonly needs: null }>): LevelY | null {
  if (about.percentile !== null && about.percentile !== 'p50') {
    const tail = level.tails[about.name]
    return tail === undefined ? null : { y: Math.log(tail), passes: [] }
  }
  const figure = about.percentile === null ? 'throughput' : about.name
  const sign = signOf(about.name)
  const passes: number[] = []
  for (const pass of level.passes) {
    const value = pass.figures[figure]
    if (value !== undefined && value > 0) passes.push(sign * Math.log(value))
  }
  return passes.length === 0 ? null : { y: mean(passes), passes }
}

/** A run without the levels that its control lacks. */
export function narrowTo(control: RunY, run: RunY): RunY {
  return new Map([...run].filter(([level]) => control.has(level)))
}

/** The mean of y over a set of levels, at least one, equally weighted. The run must have them all. */
export function averageOver(run: RunY, levels: readonly number[]): number {
  let sum = 0
  for (const concurrency of levels) sum += run.get(concurrency)!.y
  return sum / levels.length
}

/**
 * The mean over the levels for each pass, which shows the spread inside a run. Figures without passes give one value.
 * The run must have all levels.
 */
export function averagePasses(run: RunY, levels: readonly number[]): number[] {
  let count = Infinity
  for (const concurrency of levels) count = Math.min(count, run.get(concurrency)!.passes.length)
  if (count === 0) return [averageOver(run, levels)]
  const means: number[] = []
  for (let pass = 0; pass < count; pass++) {
    let sum = 0
    for (const concurrency of levels) sum += run.get(concurrency)!.passes[pass]!
    means.push(sum / levels.length)
  }
  return means
}

/** The passes of the run that has the fewest; a figure without passes counts as one. */
export function countFewestPasses(
  points: readonly { readonly runs: readonly RunY[] }[],
  levels: readonly number[],
): number {
  return Math.min(...points.flatMap(({ runs }) => runs.map((run) => averagePasses(run, levels).length)))
}

/** The levels over which a metric is averaged. */
export interface LevelSet {
  readonly levels: readonly number[]
  /** Whether they form a plateau; null for metrics that have nothing to do with it. */
  readonly ofPlateau: boolean | null
}

/**
 * The knee of the mean throughput curve of recorded runs only, so that no candidate can move it. Null when the curve
 * still grows at its end.
 */
export function findHistoryKnee(throughput: readonly RunY[]): number | null {
  const runs = throughput.filter((run) => run.size > 0)
  const levels = pickHeldLevels(runs, listLevels(runs))
  const complete = runs.filter((run) => levels.every((level) => run.has(level)))
  const points = levels.map((concurrency) => {
    // Throughput has s = −1.
    const sum = complete.reduce((sum, run) => sum - run.get(concurrency)!.y, 0)
    return { concurrency, y: sum / complete.length }
  })
  const shape = findCurveShape(points)
  return shape !== null && (shape.reached || shape.falls) ? shape.knee : null
}

/**
 * The levels of a metric. TTFT: up to the knee, above which it is queueing, which throughput shows. Throughput: from
 * the knee on, including collapsed levels, because they matter, too; without a knee, the highest level. All others:
 * all levels.
 */
export function chooseLevelSet(metric: GatedMetric, runs: readonly RunY[], knee: number | null): LevelSet {
  const { comparedOver, stopsAtKnee } = metricOf(metric)
  if (comparedOver === 'run') return { levels: [WHOLE_RUN], ofPlateau: null }
  const all = listLevels(runs)
  if (comparedOver === 'plateau') {
    const flat =
      knee === null
        ? []
        : pickHeldLevels(
            runs,
            all.filter((level) => level >= knee),
          )
    if (flat.length > 0) return { levels: flat, ofPlateau: true }
    return { levels: pickHeldLevels(runs, all).slice(-1), ofPlateau: false }
  }
  const beforeQueueing = knee !== null && stopsAtKnee ? all.filter((level) => level <= knee) : all
  return { levels: pickHeldLevels(runs, beforeQueueing), ofPlateau: null }
}

/**
 * Runs that lack a level of the set are left out; where too few would remain, the level that most runs lack is
 * dropped instead. Runs that have none of those that are left say nothing of them: else two runs that have no level in
 * common would leave no level at all.
 */
function pickHeldLevels(all: readonly RunY[], wanted: readonly number[]): number[] {
  const levels = [...wanted]
  const selectSeen = (): RunY[] => all.filter((run) => levels.some((level) => run.has(level)))
  const enough = Math.max(3, selectSeen().length / 2)
  while (levels.length > 0) {
    const runs = selectSeen()
    const complete = runs.filter((run) => levels.every((level) => run.has(level))).length
    if (complete === runs.length || complete >= enough) break
    const lacking = levels.map((level) => runs.filter((run) => !run.has(level)).length)
    levels.splice(lacking.lastIndexOf(Math.max(...lacking)), 1)
  }
  return levels
}

function listLevels(runs: readonly RunY[]): number[] {
  return [...new Set(runs.flatMap((run) => [...run.keys()]))].sort((a, b) => a - b)
}

/** The recorded runs that can be compared with a series, oldest first. */
export function selectComparableEntries(entries: readonly HistoryEntry[], series: Series): HistoryEntry[] {
  return entries.filter(({ row }) => row.series.key === series.key)
}

/** Which levels there are, and which the endpoint holds, is decided by the majority of this many newest runs. */
export const NEWEST_RUNS = 5
const MAJORITY = 3

/** The levels that most of the newest of these runs have, ascending; where told, only of those that count. */
export function listUsualLevels(
  rows: readonly HistoryRow[],
  isCounted: (level: RowLevel) => boolean = () => true,
): number[] {
  const newest = rows.slice(-NEWEST_RUNS)
  const counts = new Map<number, number>()
  for (const { concurrency } of newest.flatMap(({ levels }) => levels.filter(isCounted)))
    counts.set(concurrency, (counts.get(concurrency) ?? 0) + 1)
  const enough = Math.min(MAJORITY, newest.length)
  return [...counts].flatMap(([concurrency, count]) => (count >= enough ? concurrency : [])).sort((a, b) => a - b)
}

/** A smaller shift changes no figure beyond the tolerance. */
const LEAST_SHIFT = Math.log(1.05)

/** How many standard errors the shift must exceed. */
const STANDARD_ERRORS = 4

/** Assumed spread of a token's text between the passes of a level, on the log scale, and the weight of the assumption. */
const USUAL_SPREAD = 0.04

const USUAL_DEGREES = 3

/**
 * Why the tokens of two runs are not the same thing, as half a sentence; null where they are, or where it is unknown.
 * A server that counts more tokens for the same text would have a better TPOT without being faster. More tokens an
 * event with as much text in each are fine: a server that predicts ahead is faster.
 */
export function explainTokenText(before: HistoryRow, now: HistoryRow): string | null {
  const [old, current] = [textOf(before), textOf(now)]
  if (old === null || current === null) return null
  const noise = STANDARD_ERRORS * Math.hypot(old.error, current.error)
  if (Math.abs(current.text - old.text) <= Math.max(LEAST_SHIFT, noise)) return null
  const describeChange = (of: 'text' | 'events') => `${showLog(old[of])} → ${showLog(current[of])}`
  return `tokens are counted differently (characters a token ${describeChange('text')}, tokens an event ${describeChange('events')})`
}

/** The tokens of a run, on the log scale: their text with its standard error, and how many are in an event. */
interface LoggedText {
  readonly text: number
  readonly error: number
  readonly events: number
}

/** A cache: rows never change, and every metric that counts tokens needs all of them. */
const seenTexts = new WeakMap<HistoryRow, LoggedText | null>()

function textOf(row: HistoryRow): LoggedText | null {
  let text = seenTexts.get(row)
  if (text === undefined) seenTexts.set(row, (text = measureTokenText(row)))
  return text
}

function measureTokenText({ levels }: HistoryRow): LoggedText | null {
  const passes = levels.flatMap((level) => (level.valid ? level.passes : []))
  const texts = passes.flatMap(({ tokenText }) => (tokenText === undefined ? [] : [tokenText]))
  if (texts.length === 0) return null
  const values = texts.map(({ charactersPerToken }) => Math.log(charactersPerToken))
  const text = mean(values)
  const squares = values.reduce((sum, value) => sum + (value - text) ** 2, 0)
  const variance = (USUAL_DEGREES * USUAL_SPREAD ** 2 + squares) / (USUAL_DEGREES + values.length - 1)
  const events = mean(texts.map(({ tokensPerEvent }) => Math.log(tokensPerEvent)))
  return { text, error: Math.sqrt(variance / values.length), events }
}

function showLog(log: number): string {
  return String(Number(Math.exp(log).toPrecision(2)))
}

/** By how many per cent the load may grow where the times may grow by one: ln load over ln strain between the levels around a capacity; null where none is known. */
export function findSteepness(row: HistoryRow): number | null {
  const seen = seeCapacity(row, row)
  const findStrainAt = (at: number) => row.levels.find(({ concurrency }) => concurrency === at)?.kept?.strain ?? NaN
  if (seen === null) return null
  const steepness = Math.log(seen.above / seen.below) / Math.log(findStrainAt(seen.above) / findStrainAt(seen.below))
  return Number.isFinite(steepness) && steepness > 0 ? steepness : null
}

/** A capacity, and the levels around it: 0 and +∞ where there is none. */
interface SeenCapacity {
  readonly value: number
  readonly lowest: number
  readonly below: number
  readonly above: number
  /** Older histories have no strain: their capacity stands as it was found. */
  readonly isByStrain: boolean
}

/** Whether a level is one of the two around a capacity. */
const isNextTo = (level: number, { below, above }: SeenCapacity): boolean => level === below || level === above

/** The capacity of a run by the levels that `now` did not leave out; null where there is none. */
function seeCapacity({ slo, levels, series }: HistoryRow, now: HistoryRow): SeenCapacity | null {
  const lacking = listLeftOut(now)
  const told = levels.filter((level) => tellsStrain(level) && !lacking.includes(level.concurrency))
  const isByStrain = told.every(({ state, kept }) => isTooMuch(state) || kept?.strain !== undefined)
  const value = isByStrain ? locateCapacity(told.map(toStrainPoint), loadOf(series))?.concurrency : slo?.capacity?.value
  if (value === undefined || slo?.capacity === undefined || told.length === 0) return null
  return {
    value,
    lowest: told[0]!.concurrency,
    below: told.findLast(({ concurrency }) => concurrency <= value)?.concurrency ?? 0,
    above: told.find(({ concurrency }) => concurrency > value)?.concurrency ?? Infinity,
    isByStrain,
  }
}

function toStrainPoint({ concurrency, state, kept }: RowLevel): StrainPoint {
  return { concurrency, strain: isTooMuch(state) ? Infinity : (kept?.strain ?? Infinity) }
}

/** Whether a level shows how the objectives are kept. */
function tellsStrain({ valid, state }: RowLevel): boolean {
  return valid || isTooMuch(state)
}

/** The levels of a run that do not show how the objectives are kept: nobody measured them, or not well enough. */
export function listLeftOut({ levels }: HistoryRow): number[] {
  return levels.filter((level) => !tellsStrain(level)).map(({ concurrency }) => concurrency)
}

/**
 * Whether a figure of a run, seen beside `now`, is only a bound: a capacity is one where the highest of the levels that tell keeps the
 * objectives, or the lowest does not. Null where it was found, and for all else.
 */
export function findFigureBound(row: HistoryRow, metric: GatedMetric, now: HistoryRow): FigureBound | null {
  const seen = metricOf(metric).quantity === 'concurrency' ? seeCapacity(row, now) : null
  if (seen === null) return null
  if (seen.above === Infinity) return 'at-least'
  return seen.value <= seen.lowest ? 'below' : null
}

/**
 * A run in one metric, as the run that is judged could have seen it: between other levels than its own a capacity comes out differently, so
 * levels that `now` left out are left out of it, too. It has no capacity where it lacks a level next to it that `now` has, nor where it
 * does not tell what it would be without one next to it that `now` lacks.
 */
export function observeBeside(row: HistoryRow, metric: GatedMetric, now: HistoryRow): RunY {
  const run = observeRun(row, metric)
  const own = run.get(WHOLE_RUN)
  if (metricOf(metric).quantity !== 'concurrency' || own === undefined) return run
  const lacking = listLeftOut(now)
  const ownLacking = listLeftOut(row).filter((level) => !lacking.includes(level))
  if (lacking.length + ownLacking.length === 0) return run
  const seen = seeCapacity(row, now)
  if (seen === null || ownLacking.some((level) => level > seen.below && level < seen.above)) return new Map()
  if (!seen.isByStrain && lacking.some((level) => isNextTo(level, seeCapacity(row, row)!))) return new Map()
  const y = -Math.log(seen.value)
  return new Map([[WHOLE_RUN, { y, passes: own.passes.map((pass) => pass + y - own.y) }]])
}
