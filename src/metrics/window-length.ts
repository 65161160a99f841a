import { mean, sampleStandardDeviation } from '../stats/mean.ts'
import { MINIMUM_SAMPLES } from '../stats/percentile.ts'
import { MEDIAN_ROWS } from '../vocabulary/metrics.ts'
import type { TimeField } from '../vocabulary/metrics.ts'
import type { RequestRecord } from '../vocabulary/request-facts.ts'
import type { LevelRun } from './level-run.ts'
import { SMALL_SHARE } from './precision.ts'

/** How long the windows of one level may be, in milliseconds, and over how many passes. */
export interface WindowRange {
  /** Of the first pass, about whose noise nothing is known. */
  readonly firstMs: number
  readonly leastMs: number
  readonly mostMs: number
  readonly passes: number
}

/** Fewer answers do not tell how noisy a level is. */
const LEAST_ANSWERS = 3
/** Successive answers are averaged in so many groups: those that share a step of the server are not independent. */
const GROUPS = 8
/**
 * A standard deviation of few values may be far too small. Times this it is an upper bound in 4 of 5: √(ν / χ²), χ² the 20 % quantile at
 * ν degrees of freedom; from ν = 2 to 7.
 */
const UPPER_BOUND = [2.117, 1.728, 1.558, 1.461, 1.398, 1.353]

/**
 * How long the next window of a level is to be, in milliseconds: as long as its earlier passes show to be needed, so that the error of its
 * figures over all passes is small beside what runs differ by, and their p90 is shown where the longest windows would show it. It rests on earlier windows only, so no figure can end its own window at a
 * moment that suits it.
 *
 * @param sides the windows of this level so far: those of the endpoint, and those of its control where the difference of the two counts.
 * @param expectedSpread that of all figures where somebody knows it; else what is assumed of each.
 */
export function chooseWindowMs(
  sides: readonly (readonly LevelRun[])[],
  range: WindowRange,
  expectedSpread: number | 'auto',
): number {
  const windows = sides.map((runs) => runs.map(readWindow))
  const earlier = windows[0] ?? []
  if (earlier.length === 0) return range.firstMs
  const measuredMs = earlier.reduce((sum, { lengthMs }) => sum + lengthMs, 0)
  const forTailMs = (MINIMUM_SAMPLES.p90 * measuredMs) / earlier.reduce((sum, { answers }) => sum + answers.length, 0)
  // A p90 that the longest windows would have is not lost by shorter ones.
  const neededMs = forTailMs <= range.passes * range.mostMs ? forTailMs : 0
  const missingMs = Math.max(neededMs, findNeededMs(windows, expectedSpread)) - measuredMs
  const left = Math.max(1, range.passes - earlier.length)
  return Math.min(range.mostMs, Math.max(range.leastMs, missingMs / left))
}

/** Milliseconds of windows after which each compared time of the level is precise enough; infinite where too few answers tell it. */
function findNeededMs(sides: readonly (readonly MeasuredWindow[])[], expectedSpread: number | 'auto'): number {
  const isPair = sides.length > 1
  const needed = MEDIAN_ROWS.flatMap(({ automatic, field, defaultSpread, defaultPairSpread }) => {
    if (automatic === null) return []
    const variances = sides.map((windows) => windows.flatMap((window) => estimateVarianceInOneMs(window, field) ?? []))
    if (variances.some((values) => values.length === 0)) return []
    const known = variances.map((values) => values.filter(Number.isFinite))
    if (known.some((values) => values.length === 0)) return [Infinity]
    const spread = expectedSpread === 'auto' ? defaultSpread : expectedSpread
    const rest = isPair ? (spread * defaultPairSpread) / defaultSpread : spread
    const variance = known.reduce((sum, values) => sum + mean(values), 0)
    return [variance / (SMALL_SHARE * rest) ** 2]
  })
  return needed.length === 0 ? Infinity : Math.max(...needed)
}

/**
 * Variance of the mean logarithm of a time, if the window had lasted a millisecond; infinite where too few answers tell it, null where
 * the answers have no such time.
 */
function estimateVarianceInOneMs({ answers, lengthMs }: MeasuredWindow, field: TimeField): number | null {
  const logs: number[] = []
  for (const record of answers) {
    const value = readTime(record, field)
    if (value !== null && value > 0) logs.push(Math.log(value))
  }
  if (logs.length === 0) return null
  if (logs.length < LEAST_ANSWERS) return Infinity
  const groups = Math.min(GROUPS, logs.length)
  const means = Array.from({ length: groups }, (_, i) =>
    mean(logs.slice(Math.floor((i * logs.length) / groups), Math.floor(((i + 1) * logs.length) / groups))),
  )
  const error = (UPPER_BOUND[groups - LEAST_ANSWERS]! * sampleStandardDeviation(means)) / Math.sqrt(groups)
  return error ** 2 * lengthMs
}

/** What a window says about how long the next is to be: its answers, in the order in which they were asked for. */
interface MeasuredWindow {
  readonly answers: readonly RequestRecord[]
  readonly lengthMs: number
}

/** Walks through the records once: there may be many. */
function readWindow(run: LevelRun): MeasuredWindow {
  const answers: RequestRecord[] = []
  for (const record of run.records) if (record.phase === 'counted' && record.outcome === 'ok') answers.push(record)
  return { answers: answers.sort((a, b) => a.startMs - b.startMs), lengthMs: lengthOf(run) }
}

/** Whole answers have a latency and no other time. */
function readTime(record: RequestRecord, field: TimeField): number | null {
  if (field === 'interChunkMs') return null
  if (field === 'latencyMs') return record.ttftMs === null ? record.lastTokenMs : null
  return record[field]
}

/** Milliseconds that windows were shorter than the longest. */
export function countSavedMs(runs: readonly LevelRun[], mostMs: number): number {
  return runs.reduce((sum, run) => sum + (run.window === null ? 0 : Math.max(0, mostMs - lengthOf(run))), 0)
}

function lengthOf({ window }: LevelRun): number {
  return window === null ? 0 : window.endMs - window.startMs
}
