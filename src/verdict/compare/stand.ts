import { mean } from 'simple-statistics'
import {
  poolSquares,
  averageY,
  estimateSpread,
  SPREAD_OF_TIMES,
  DAY_ENDS_AFTER_MS,
  groupByDay,
  DAY_MS,
  HOUR_MS,
  listYs,
  MOST_ASSUMED_DEGREES,
} from '../history/spread.ts'
import { studentTQuantile, studentTTail } from '../../stats/chance.ts'
import { isTooMuch } from '../../vocabulary/load.ts'
import type { GatedMetric } from '../../vocabulary/metrics.ts'
import { changeOfY, WHOLE_RUN, averageOver, countFewestPasses } from '../history/observe.ts'
import type { MetricHistory, Reference, GroupPoint } from '../history/past.ts'
import type { RepeatedPoint, Spread, TimedPoint, SquaresOf } from '../history/spread.ts'
import type { HistoryRow } from '../../report/history.ts'
import type { RunY } from '../history/observe.ts'

/** One comparison with one segment. D = y − m; larger is worse. */
export interface Difference {
  readonly d: number
  readonly se: number
}

/** A figure compared with the newest segment and, while that is provisional, with the one before. */
export interface Stand {
  readonly y: number
  readonly newest: Difference
  readonly before: Difference | null
  /** Against the newest five points of the newest segment: main may have drifted from the mean of all. */
  readonly ofFive: Difference
  /**
   * Against the newest point, and the newest two, with the one-sided p of their being better than the segment: main
   * may just have moved.
   */
  readonly lately: readonly (Difference & { readonly better: number })[]
  /** The smaller and the larger of the differences. */
  readonly least: number
  readonly most: number
  /** One-sided p of being worse and of being better, each of the weaker test. */
  readonly worse: number
  readonly better: number
  /** What speaks against main having just moved, at its newest point, its newest two and three: see `weighMoves`. */
  readonly moves: readonly MoveEvidence[]
}

/** Whether it is the run that has moved, or main at some newest points, as one metric shows it. */
interface MoveEvidence {
  /** Twice the log likelihood ratio; below 0 a move of main is likelier. */
  readonly against: number
  /** By how many standard errors the run is worse than these points, too: far enough, it is worse whether main has moved or not. */
  readonly beyond: number
  /** Whether these points are already a level of their own, with which the run is compared anyway. */
  readonly isNewLevel: boolean
}

/** How many newest points show where main is lately. */
const NEWEST_POINTS = 5

/** A figure to compare with a history. */
interface StandingFigure {
  readonly y: number
  /** Runs whose mean it is. */
  readonly runs: number
  /**
   * Whether everything was deployed anew for each, so that they are independent. Default: they correlate like runs of
   * one group.
   */
  readonly isFresh?: boolean
}

/**
 * The test of one new run against k groups: D = y − m, SE = s √(1 + 1/k), p = 1 − F_t(D / SE; ν), the prediction
 * interval of a normal sample. The mean of n runs of one group has variance s²(ρ + (1 − ρ)/n), that of r fresh
 * sessions s²/r; the regression on a control adds `ofControl`. SE is wider where outliers are looked for. While a
 * segment is provisional, worse means worse than both levels of main, and better likewise.
 */
export function computeStand(
  { y, runs, isFresh = false }: StandingFigure,
  history: MetricHistory,
  spread: Spread,
): Stand {
  const ofRun = isFresh ? 1 / runs : shareOfRuns(runs, spread.own)
  const computeDifference = ({ centre, points, ofControl, trust }: Omit<Reference, 'recorded'>): Difference => ({
    d: y - centre,
    se:
      spread.sd *
      history.wider *
      Math.sqrt(ofRun + (ofControl === null ? 0 : trust ** 2 * shareOfMean(points, spread) + ofControl)),
  })
  const newest = computeDifference(history.newest)
  const before = history.before === null ? null : computeDifference(history.before)
  const toNewest = (n: number): Difference => {
    const points = history.newest.points.slice(-n)
    return computeDifference({ ...history.newest, points, centre: averageY(points), trust: 1 })
  }
  const all = before === null ? [newest] : [newest, before]
  return {
    y,
    newest,
    before,
    ofFive: toNewest(NEWEST_POINTS),
    lately: [1, 2].map((n) => ({ ...toNewest(n), better: testNewestBetter(history, spread, n) })),
    least: Math.min(...all.map(({ d }) => d)),
    most: Math.max(...all.map(({ d }) => d)),
    worse: Math.max(...all.map(({ d, se }) => studentTTail(d / se, spread.degrees))),
    better: Math.max(...all.map(({ d, se }) => studentTTail(-d / se, spread.degrees))),
    moves: history.newest.ofControl === null ? [] : weighMoves(y, ofRun, history, spread),
  }
}

/** One-sided p of the newest points being better than the centre of their segment; 1 where there are no others. */
function testNewestBetter({ newest, wider }: MetricHistory, spread: Spread, points: number): number {
  if (newest.points.length <= points) return 1
  const { d, se } = compareMeans(newest.points.slice(-points), newest.points, { wider, spread })
  return studentTTail(-d / se, spread.degrees)
}

/** The mean of some points minus that of others, and its standard error, where all of them are of one history. */
export function compareMeans(
  points: readonly GroupPoint[],
  others: readonly GroupPoint[],
  { wider, spread }: { readonly wider: number; readonly spread: Spread },
): Difference {
  return {
    d: averageY(points) - averageY(others),
    se: spread.sd * wider * Math.sqrt(shareOfMean(points, spread) + shareOfMean(others, spread)),
  }
}

/** The 95 % interval of a difference, as the natural change that a reader sees. */
export function boundChange(
  metric: GatedMetric,
  { d, se }: Difference,
  { degrees }: Spread,
): { readonly low: number; readonly high: number } {
  const half = studentTQuantile(0.975, degrees) * se
  const ends = [changeOfY(metric, d - half), changeOfY(metric, d + half)]
  return { low: Math.min(...ends), high: Math.max(...ends) }
}

/** Up to this many newest points may be a new level of main that was not noticed yet. */
export const NEWEST_OF_MOVE = 3

/** What it costs to call points outliers: twice the log likelihood of one run in fifty. */
const PRICE_OF_OUTLIER = 2 * Math.log(50)

/**
 * Twice the log likelihood ratio of slower code against main having just moved to the run's level, at its newest one,
 * two and three points: (y − n)² / SE² − (n − m)² / SE², counting only differences for the worse. If main has moved,
 * the run lies near the newest points n; if not, these lie near the earlier mean m. A segment that has just begun is
 * such a move. Points that opened a segment alone count, too: without a move they are outliers, which has its price.
 */
function weighMoves(
  y: number,
  ofRun: number,
  { newest, segments, wider }: MetricHistory,
  spread: Spread,
): MoveEvidence[] {
  const previous = newest.recorded.length > NEWEST_OF_MOVE ? [] : (segments.at(-2) ?? [])
  const points = [...previous, ...newest.recorded]
  const isUsed = new Set([...previous, ...newest.points])
  const unit = (spread.sd * wider) ** 2
  const weigh = (d: number, share: number): number => Math.max(0, d) ** 2 / (share * unit)
  const most = previous.length > 0 ? newest.recorded.length : Math.max(1, newest.recorded.length - 1)
  return Array.from({ length: Math.min(NEWEST_OF_MOVE, most) }, (_, i): MoveEvidence => {
    const some = points.slice(-1 - i)
    const isNewLevel = previous.length > 0 && i + 1 === newest.recorded.length
    const rest = isNewLevel ? previous : newest.recorded.slice(0, -1 - i)
    const earlier = rest.filter((point) => isUsed.has(point))
    const squaresOf = (those: readonly GroupPoint[]): number => poolSquares([listYs(those)]).squares / unit
    const weighStay = (those: readonly GroupPoint[]): number =>
      squaresOf(those) +
      (earlier.length === 0 || those.length === 0
        ? 0
        : weigh(averageY(those) - averageY(earlier), shareOfMean(those, spread) + shareOfMean(earlier, spread)))
    const used = some.filter((point) => isUsed.has(point))
    const beyond = weigh(y - averageY(some), ofRun + shareOfMean(some, spread))
    const stays = Math.min(weighStay(some), weighStay(used) + (some.length - used.length) * PRICE_OF_OUTLIER)
    return { against: squaresOf(some) + beyond - stays, beyond: Math.sqrt(beyond), isNewLevel }
  })
}

/** The variance of the mean of n runs of one group, as a share of one run's. */
export function shareOfRuns(n: number, own: number): number {
  return 1 - own * (1 - 1 / n)
}

/**
 * The variance of the mean of these points, as a share of one run's: 1/k, less where points are means, more where
 * runs of one day are alike.
 */
function shareOfMean(points: readonly (TimedPoint & RepeatedPoint)[], { sharedByDay, own }: Spread): number {
  const k = points.length
  const ofPoint = points.reduce((sum, { ys }) => sum + shareOfRuns(ys.length, own) / k, 0)
  const days = groupByDay(points).reduce((sum, day) => sum + (day.length / k) ** 2, 0)
  return sharedByDay * days + Math.max(0, ofPoint - sharedByDay) / k
}

/**
 * The one-sided upper bound of the worsening, with confidence 1 − `level`: the largest against both segments, where
 * two count, and against the newest points. Without the latter, a main that becomes faster bit by bit would let 8 of
 * 100 slowdowns pass as proven.
 *
 * @param leastSd the standard deviation of one run is taken to be at least this.
 */
export function computeUpperBound(
  stand: Stand,
  spread: Spread,
  { level = 0.05, leastSd = 0 }: { readonly level?: number; readonly leastSd?: number } = {},
): number {
  const against = [stand.newest, stand.ofFive, ...(stand.before === null ? [] : [stand.before])]
  const wider = Math.max(1, leastSd / spread.sd)
  return Math.max(...against.map(({ d, se }) => boundDifference({ d, se: wider * se }, spread, level)))
}

function boundDifference({ d, se }: Difference, { degrees }: Spread, level: number): number {
  return d + studentTQuantile(1 - level, degrees) * se
}

/** Below this p, main may have become faster. */
const QUICKENED_P = 0.07

/**
 * Whether main may just have become so much faster that a bound against all of its runs proves nothing: its newest
 * run, or newest two, are better by more than chance, and the bound does not hold against these alone.
 */
export function isUnprovenLately(
  { lately }: Stand,
  spread: Spread,
  { tolerance, level }: { readonly tolerance: number; readonly level: number },
): boolean {
  return lately.some(({ better, ...than }) => better < QUICKENED_P && boundDifference(than, spread, level) >= tolerance)
}

/** An hour this far from all recorded ones is another part of the day. */
const OTHER_HOUR_MS = 4 * HOUR_MS

/** How a run differs in time from the recorded ones, so that their spread does not show how far it may lie from them. */
export interface Unlikeness {
  readonly what: 'hour' | 'day'
  /** The share of a metric's assumed spread that is added for it. */
  readonly share: number
}

/** Two days already show one difference between days. */
const AFTER_TWO_DAYS = 0.4

/**
 * Whether a run at `now` differs in time from all recorded ones: these are all of one or two other days (`day`), or
 * none is within four hours of this time of day (`hour`). Null when it does not. Times are in ms since the epoch, in
 * any order, at least one.
 */
export function findUnlikeness(recorded: readonly number[], now: number): Unlikeness | null {
  const first = Math.min(...recorded)
  const last = Math.max(...recorded)
  const isOfOtherDay = Math.max(now - last, first - now) >= DAY_ENDS_AFTER_MS
  if (isOfOtherDay && last - first < DAY_MS) return { what: 'day', share: 1 }
  if (recorded.every((at) => measureHoursApart(at, now) >= OTHER_HOUR_MS)) return { what: 'hour', share: 1 }
  const days = groupByDay(recorded.toSorted((a, b) => a - b).map((at) => ({ y: 0, at })))
  return isOfOtherDay && days.length <= 2 ? { what: 'day', share: AFTER_TWO_DAYS } : null
}

/** The distance between two times of day, around the clock, in ms. */
function measureHoursApart(a: number, b: number): number {
  const apart = Math.abs(a - b) % DAY_MS
  return Math.min(apart, DAY_MS - apart)
}

/**
 * The spread of a run at another hour or day than the recorded ones: the unknown difference between hours and days is
 * covered by adding the assumed spread to the observed one. Degrees of freedom after Satterthwaite.
 */
export function allowForUnlikeness({ sd, degrees, ...rest }: Spread, defaultSd: number): Spread {
  const assumed = defaultSd ** 2
  const variance = sd ** 2 + assumed
  return {
    ...rest,
    sd: Math.sqrt(variance),
    degrees: variance ** 2 / (sd ** 4 / degrees + assumed ** 2 / MOST_ASSUMED_DEGREES),
  }
}

/**
 * The power that the first look needs so that the second look and the doubts leave four of five changes; more where
 * outliers are looked for, because there are more doubts. Calibrated: 0.80 left 75 to 79 of 100, and 0.84 with
 * outliers 74 to 80.
 */
const FIRST_LOOK_POWER = { usual: 0.84, trimmed: 0.9 }

/**
 * The smallest worsening, as a fraction, that is red in four of five cases, second look included:
 * max((t₁₋ₐ + t.₈₄) SE, ln(1 + δ) + t.₈₄ SE) with a = the α of the metrics / m; t.₉₀ where outliers are looked for.
 */
export function findSmallestVisible(
  se: number,
  degrees: number,
  { alpha, tolerance, trimmed }: { readonly alpha: number; readonly tolerance: number; readonly trimmed: boolean },
): number {
  const power = studentTQuantile(FIRST_LOOK_POWER[trimmed ? 'trimmed' : 'usual'], degrees) * se
  const significance = studentTQuantile(1 - alpha, degrees) * se
  return Math.expm1(power + Math.max(significance, Math.log1p(tolerance)))
}

/** A current run in one metric, with its control, or null. */
export interface SeenRow {
  readonly row: HistoryRow
  readonly run: RunY
  readonly control: RunY | null
}

/** The figure of several runs that count as one. */
export interface JointFigure {
  readonly y: number
  readonly byLevel: ReadonlyMap<number, number>
  /** The number of runs of one group, or of fresh sessions, that it averages; and their squares about it. */
  readonly runs: number
  readonly isFresh: boolean
  readonly sessions: SquaresOf
  /** All passes behind it. */
  readonly passes: number
  /** Passes in each run. */
  readonly passesOfRun: number
}

/** The levels of a set that the runs have: all when one run is complete, else those that every run has. */
export function findCommonLevels(set: readonly number[], rows: readonly SeenRow[]): readonly number[] {
  if (rows.some(({ run }) => set.every((level) => run.has(level)))) return set
  return set.filter((level) => rows.every(({ run }) => run.has(level)))
}

/**
 * The mean over the runs that have all levels; null when none has. Fresh sessions that lack some are completed,
 * because each is expensive.
 */
export function averageFigure(
  levels: readonly number[],
  rows: readonly SeenRow[],
  { isFresh, complete: fill }: { readonly isFresh: boolean; readonly complete: (run: RunY) => RunY | null } = {
    isFresh: false,
    complete: () => null,
  },
): JointFigure | null {
  const whole = rows.filter(({ run }) => levels.length > 0 && levels.every((level) => run.has(level)))
  if (whole.length === 0) return null
  const complete = isFresh
    ? rows.flatMap((row) => {
        const run = whole.includes(row) ? row.run : fill(row.run)
        return run === null ? [] : [{ ...row, run }]
      })
    : whole
  const ys = complete.map(({ run }) => averageOver(run, levels))
  const y = mean(ys)
  return {
    y,
    isFresh,
    sessions: poolSquares([ys]),
    byLevel: new Map(levels.map((level) => [level, mean(complete.map(({ run }) => run.get(level)!.y))])),
    runs: complete.length,
    passes: complete.reduce((sum, { row }) => sum + countPasses(row, levels), 0),
    passesOfRun: countFewestPasses([{ runs: whole.map(({ run }) => run) }], levels),
  }
}

/** Two figures as one, each with the weight of its passes. */
export function poolFigures(a: JointFigure, b: JointFigure): JointFigure {
  const share = a.passes / (a.passes + b.passes)
  const mix = (a: number, b: number) => share * a + (1 - share) * b
  return {
    ...a,
    y: mix(a.y, b.y),
    byLevel: new Map([...a.byLevel].map(([level, y]) => [level, mix(y, b.byLevel.get(level)!)])),
    passes: a.passes + b.passes,
  }
}

function countPasses(row: HistoryRow, levels: readonly number[]): number {
  const counts = row.levels
    .filter(({ concurrency }) => levels.includes(WHOLE_RUN) || levels.includes(concurrency))
    .map((level) => level.passes.length)
  return Math.max(1, Math.min(...counts))
}

/** How a level keeps the objectives: the share that does, and its strain on the log scale, NaN where older histories lack it. */
interface SeenStrain {
  readonly attainment: number
  readonly strain: number
}

/**
 * One-sided p of the strain being no worse at the level whose attainment fell most. Times spread evenly on the log scale, while a share
 * does not move far from the objective and falls at once near it, so that its own spread says little of the next run. Student's test of
 * one run against k, as in `computeStand`; each group is the mean of its runs.
 *
 * @param rows of the run that is judged, fresh passes included.
 * @returns 0 where nothing speaks against the fall: no attainment fell by more than `minorFall`, the strain is unknown, or too many failed for any.
 */
export function rateStrainOfFall(
  { newest, segments }: Pick<MetricHistory, 'newest' | 'segments'>,
  rows: readonly HistoryRow[],
  minorFall: number,
): number {
  const falls = rows[0]!.levels.flatMap(({ concurrency }) => {
    const [now, main] = [
      averageStrain(rows, concurrency),
      averageStrain(
        newest.recorded.flatMap(({ entries }) => entries.map(({ row }) => row)),
        concurrency,
      ),
    ]
    return now === null || main === null ? [] : [{ concurrency, now, fall: main.attainment - now.attainment }]
  })
  const [most] = falls.toSorted((a, b) => b.fall - a.fall)
  if (most === undefined || most.fall <= minorFall || !Number.isFinite(most.now.strain)) return 0
  // What is an outlier by its share is none by its times: it is where these are just beyond the objective.
  const recorded = [...segments.slice(0, -1), newest.recorded].map((segment) =>
    segment.flatMap(({ entries }) => {
      const seen = averageStrain(
        entries.map(({ row }) => row),
        most.concurrency,
      )
      return seen === null || !Number.isFinite(seen.strain) ? [] : [seen.strain]
    }),
  )
  const last = recorded.at(-1)!
  if (last.length === 0) return 0
  const { sd, degrees } = estimateSpread(poolSquares(recorded), { defaultSd: SPREAD_OF_TIMES })
  return studentTTail((most.now.strain - mean(last)) / (sd * Math.sqrt(1 + 1 / last.length)), degrees)
}

/** The mean over the runs that tell; null where none does. */
function averageStrain(rows: readonly HistoryRow[], concurrency: number): SeenStrain | null {
  const seen = rows.flatMap((row) => seeStrain(row, concurrency) ?? [])
  if (seen.length === 0) return null
  return { attainment: mean(seen.map((one) => one.attainment)), strain: mean(seen.map((one) => one.strain)) }
}

function seeStrain({ levels }: HistoryRow, concurrency: number): SeenStrain | null {
  const level = levels.find((one) => one.concurrency === concurrency)
  if (level === undefined) return null
  if (isTooMuch(level.state)) return { attainment: 0, strain: Infinity }
  if (!level.valid || level.kept === undefined) return null
  const { attainment, strain } = level.kept
  return { attainment, strain: strain === undefined ? NaN : Math.log(strain ?? Infinity) }
}
