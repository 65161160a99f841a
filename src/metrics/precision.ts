import { mean, sampleStandardDeviation } from 'simple-statistics'
import { MEDIAN_ROWS, metricOf, RATE_FIELDS } from '../vocabulary/metrics.ts'
import type { LevelPass, MeasuredLevel } from './level/level-metrics.ts'
import { MINIMUM_SAMPLES } from '../stats/percentile.ts'
import type { MedianRow } from '../vocabulary/metrics.ts'
import type { RequestRecord } from '../vocabulary/request-facts.ts'
import type { LevelRun } from './level/level-run.ts'

/** The noise inside a run is small when its part of the error is below this share of the rest. */
const SMALL_SHARE = 0.5

/** A figure of a pass, and its assumed spreads between runs and between a run and its control. */
interface PassFigure {
  readonly read: (pass: LevelPass) => number | null | undefined
  readonly spread: number
  readonly pairSpread: number
}

/**
 * Whether more passes would help little: in every compared figure, averaged over the levels, the noise between passes
 * is small beside the spread between runs. With a control, the difference of the two counts.
 *
 * @param expectedSpread the spread of all figures where it is known; else each figure's assumed one.
 */
export function isPreciseEnough(
  levels: readonly MeasuredLevel[],
  control: readonly MeasuredLevel[] | null,
  expectedSpread: number | 'auto',
): boolean {
  return listFigures(levels).every(({ read, spread, pairSpread }) => {
    const values = differPasses(levels, control, read)
    if (values.length < 2) return true
    const rest = (expectedSpread === 'auto' ? spread : expectedSpread) * (control === null ? 1 : pairSpread / spread)
    return sampleStandardDeviation(values) / Math.sqrt(values.length) <= SMALL_SHARE * rest
  })
}

/** The compared times of streamed or of whole answers; and throughput. */
function listFigures(levels: readonly MeasuredLevel[]): PassFigure[] {
  const streams = levels.some(({ passes }) => passes.some(({ ttftMs }) => ttftMs !== null))
  const times = MEDIAN_ROWS.filter(({ automatic }) => automatic !== null && (automatic === 'whole') !== streams)
  const plateau = metricOf('plateau-throughput')
  const rate = RATE_FIELDS.find((field) => levels.some(({ passes }) => passes.some((pass) => pass[field] !== null)))
  return [
    ...times.map(({ field, defaultSpread: spread, defaultPairSpread: pairSpread }) => ({
      read: (pass: LevelPass) => pass[field]?.p50,
      spread,
      pairSpread,
    })),
    // A level's throughput is assumed to spread like the plateau's.
    ...(rate === undefined
      ? []
      : [
          {
            read: (pass: LevelPass) => pass[rate],
            spread: plateau.defaultSpread,
            pairSpread: plateau.defaultPairSpread,
          },
        ]),
  ]
}

/**
 * For each pass, the mean log figure over the levels, minus the control's; only levels that have it in every pass on
 * both sides.
 */
function differPasses(
  levels: readonly MeasuredLevel[],
  control: readonly MeasuredLevel[] | null,
  read: PassFigure['read'],
): number[] {
  const most = Math.max(0, ...levels.map(({ passes }) => passes.length))
  const rows = levels.flatMap((level) => {
    const other = control?.find(({ concurrency }) => concurrency === level.concurrency)
    if (control !== null && other === undefined) return []
    const logs = level.passes.map(
      (pass, i) =>
        logOf(read(pass)) -
        (other === undefined ? 0 : logOf(other.passes[i] === undefined ? null : read(other.passes[i]))),
    )
    return logs.length === most && logs.every(Number.isFinite) ? [logs] : []
  })
  return rows.length === 0 ? [] : Array.from({ length: most }, (_, i) => mean(rows.map((logs) => logs[i]!)))
}

/** The logarithm; NaN where there is none. */
function logOf(value: number | null | undefined): number {
  return value == null || value <= 0 ? NaN : Math.log(value)
}

/** How long the windows of one level may be, in milliseconds, and over how many passes. */
interface WindowRange {
  /** In the first pass, whose noise is unknown. */
  readonly firstMs: number
  readonly leastMs: number
  readonly mostMs: number
  readonly passes: number
}

/** Fewer answers do not show how noisy a level is. */
const LEAST_ANSWERS = 3
/**
 * Successive answers are averaged in this many groups, because those that share a step of the server are not
 * independent.
 */
const GROUPS = 8
/**
 * A standard deviation of few values may be far too small. Multiplied by this, it is an upper bound in 4 of 5 cases:
 * √(ν / χ²), with χ² the 20 % quantile at ν = 2 to 7 degrees of freedom.
 */
const UPPER_BOUND = [2.117, 1.728, 1.558, 1.461, 1.398, 1.353]

/**
 * The length of a level's next window, in milliseconds: long enough, by its earlier passes, that the error of its
 * figures over all passes is small beside the spread between runs, and that their p90 exists where the longest
 * windows would have it. Only earlier windows count, so that no figure can end its own window at a convenient moment.
 *
 * @param sides this level's windows so far: the endpoint's, and its control's where the difference of the two counts.
 * @param expectedSpread the spread of all figures where it is known; else each figure's assumed one.
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
  // Shorter windows must not lose a p90 that the longest ones would have.
  const neededMs = forTailMs <= range.passes * range.mostMs ? forTailMs : 0
  const missingMs = Math.max(neededMs, findNeededMs(windows, expectedSpread)) - measuredMs
  const left = Math.max(1, range.passes - earlier.length)
  return Math.min(range.mostMs, Math.max(range.leastMs, missingMs / left))
}

/**
 * Milliseconds of windows until each compared time of the level is precise enough; infinite where there are too few
 * answers to tell.
 */
function findNeededMs(sides: readonly (readonly MeasuredWindow[])[], expectedSpread: number | 'auto'): number {
  const isPair = sides.length > 1
  const needed = MEDIAN_ROWS.flatMap((row) => {
    const { automatic, defaultSpread, defaultPairSpread } = row
    if (automatic === null) return []
    const variances = sides.map((windows) => windows.flatMap((window) => estimateVarianceInOneMs(window, row) ?? []))
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
 * Variance of the mean logarithm of a time, scaled to a window of one millisecond; infinite with too few answers to
 * tell, null where the answers have no such time.
 */
function estimateVarianceInOneMs({ answers, lengthMs }: MeasuredWindow, time: MedianRow): number | null {
  const logs: number[] = []
  for (const record of answers) {
    const value = readTime(record, time)
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

/** The part of a window that matters for the next one: its answers, in the order of their requests. */
interface MeasuredWindow {
  readonly answers: readonly RequestRecord[]
  readonly lengthMs: number
}

/** Walks through the records only once: there may be many. */
function readWindow(run: LevelRun): MeasuredWindow {
  const answers: RequestRecord[] = []
  for (const record of run.records) if (record.phase === 'counted' && record.outcome === 'ok') answers.push(record)
  return { answers: answers.sort((a, b) => a.startMs - b.startMs), lengthMs: lengthOf(run) }
}

/** A time of an answer; one that is compared where answers come whole counts only there. */
function readTime(record: RequestRecord, { fact, automatic }: MedianRow): number | null {
  return fact === null || (automatic === 'whole' && record.ttftMs !== null) ? null : record[fact]
}

/** Milliseconds that windows were shorter than the longest. */
export function countSavedMs(runs: readonly LevelRun[], mostMs: number): number {
  return runs.reduce((sum, run) => sum + (run.window === null ? 0 : Math.max(0, mostMs - lengthOf(run))), 0)
}

function lengthOf({ window }: LevelRun): number {
  return window === null ? 0 : window.endMs - window.startMs
}
