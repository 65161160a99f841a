import { mean } from '../stats/mean.ts'
import type { SquaresOf } from '../stats/mean.ts'
import { studentTQuantile, studentTTail } from '../stats/student-t.ts'
import { groupByDay, poolDays, findGrownSpread, addRepeats, shareOfRuns, poolSquares } from './variance.ts'
import type { TimedPoint, RepeatedPoint } from './variance.ts'
import { TRIM_INFLATION } from './segments.ts'
import type { MetricHistory, Reference, SegmentPoint } from './segments.ts'
import type { HistoryRow } from '../report/history.ts'
import type { Outlook } from '../report/verdict.ts'
import { toleranceOf } from '../settings/values/tolerance.ts'
import { metricOf } from '../vocabulary/metrics.ts'
import type { GatedMetric } from '../vocabulary/metrics.ts'
import { chooseMetrics } from './observe.ts'
import { METRICS_SHARE } from './policy.ts'
import type { DecisionPolicy } from './policy.ts'

/** Spread between runs on the log scale: the error term of every comparison. */
export interface Spread {
  /** Standard deviation of one run, as used. */
  readonly sd: number
  readonly degrees: number
  /** What the history alone says; null when it has no two groups of one segment. */
  readonly observed: number | null
  /** Whether `expected-spread` is part of it. */
  readonly assumed: boolean
  /** The part of the variance that runs of one day have in common. */
  readonly sharedByDay: number
  /** The part of the variance that runs of one workflow run do not have in common; 0 while nothing shows it. */
  readonly own: number
}

/** What a spread is made of beside the recorded runs. */
export interface SpreadOptions {
  /** Between the passes inside runs. */
  readonly within: SquaresOf
  /** Passes of the run that is compared. */
  readonly passes: number
  readonly defaultSd: number
  readonly expected: number | 'auto'
  /** Between the sessions of the run itself; absent where it has one. */
  readonly sessions?: SquaresOf
  /** Degrees of freedom that the slope on a control has cost. */
  readonly cost?: number
}

/** The assumed spread counts like this many runs, fading out by the eighth. */
const MOST_ASSUMED_DEGREES = 4
const LEARNT_DEGREES = 8
/** Nothing repeats better than this: without it runs that agree by rounding would make any difference significant. */
const LEAST_SD = 1e-4
/** An expectation that the history contradicts by this factor is dropped. */
const CONTRADICTED = 1.5

/** A group as its spread sees it. */
export type SpreadPoint = SegmentPoint & TimedPoint & RepeatedPoint

/**
 * The pooled spread of all segments, each about its own mean, shrunk towards an assumed one while there are few runs, and
 * never below what the passes of one run let expect.
 *
 * ν₀ = clamp(8 − (ν + 1), 0, 4); s² = max((ν₀ s₀² + ν S²) / (ν₀ + ν), S_w² / passes), where S_w is the spread between
 * passes. Source of the shrinkage: G. K. Smyth, Linear models and empirical Bayes methods for assessing differential
 * expression, Stat. Appl. Genet. Mol. Biol. 3 (2004); of the two levels: T. Kalibera and R. Jones, Rigorous benchmarking
 * in reasonable time, ISMM 2013.
 */
export function spreadOf(segments: readonly (readonly SpreadPoint[])[], options: SpreadOptions): Spread {
  const pooled = poolSquares(segments)
  if (pooled.degrees === 0) return estimateSpread(options.sessions ?? pooled, options)
  const days = estimateWithDays(segments)
  const grown = findGrownSpread(segments)
  const between = [{ ...pooled, shared: 0 }, days, grown === null ? null : { ...grown, shared: 0 }]
    .filter((each) => each !== null)
    .reduce((most, each) => (each.squares / each.degrees > most.squares / most.degrees ? each : most))
  const points = segments.flat()
  const { degrees, own, ...ofRun } = addRepeats(between, points)
  const variance = ofRun.variance + allowForFewerPasses(points, options)
  const { sessions = { squares: 0, degrees: 0 }, cost = 0 } = options
  const free = sessions.degrees - cost
  return {
    ...estimateSpread(
      { squares: variance * degrees + sessions.squares, degrees: degrees + free },
      options,
      // However often runs of one hour were repeated: before eight groups something is assumed.
      Math.min(degrees, between.degrees) + free,
    ),
    sharedByDay: variance === 0 ? 0 : (between.shared * between.squares) / between.degrees / variance,
    own,
  }
}

/** The spread of the recorded runs of a metric alone, for a run of so many passes. */
export function spreadOfHistory(
  metric: GatedMetric,
  { segments, within }: Pick<MetricHistory, 'segments' | 'within'>,
  passes: number,
  { expectedSpread }: Pick<DecisionPolicy, 'expectedSpread'>,
): Spread {
  return spreadOf(segments, { within, passes, defaultSd: metricOf(metric).defaultSpread, expected: expectedSpread })
}

/** What a run of fewer passes than the recorded ones spreads by beyond them. */
function allowForFewerPasses(points: readonly SpreadPoint[], { within, passes }: SpreadOptions): number {
  if (within.degrees === 0) return 0
  const recorded = mean(points.map(({ perPass }) => perPass))
  return Math.max(0, 1 / passes - recorded) * (within.squares / within.degrees)
}

/**
 * What a run of another day lets expect, where days hold several runs: σ²within + σ²between by analysis of variance, with degrees
 * of freedom after Satterthwaite, and the share of σ²between. Null where no day holds two runs, or no segment two days.
 */
function estimateWithDays(
  segments: readonly (readonly TimedPoint[])[],
): (SquaresOf & { readonly shared: number }) | null {
  const { between, within, size } = poolDays(segments)
  if (between.degrees === 0 || within.degrees === 0) return null
  const ofBetween = between.squares / between.degrees / size
  const ofWithin = ((1 - 1 / size) * within.squares) / within.degrees
  const variance = ofBetween + ofWithin
  const degrees = variance ** 2 / (ofBetween ** 2 / between.degrees + ofWithin ** 2 / within.degrees)
  return {
    squares: variance * degrees,
    degrees,
    shared: Math.max(0, ofBetween - within.squares / within.degrees / size) / variance,
  }
}

/** The same from the squares between runs and their degrees of freedom; so many of these say how much is still assumed. */
export function estimateSpread({ squares, degrees }: SquaresOf, options: SpreadOptions, learnt = degrees): Spread {
  const observed = degrees === 0 ? null : Math.sqrt(squares / degrees)
  const contradicted =
    options.expected !== 'auto' && degrees >= 2 && observed !== null && observed > CONTRADICTED * options.expected
  const expected = options.expected === 'auto' || contradicted ? null : options.expected
  const prior = expected ?? options.defaultSd
  const priorDegrees = weighAssumed(learnt)
  const variance = (priorDegrees * prior ** 2 + squares) / (priorDegrees + degrees)
  const floor = options.within.degrees === 0 ? 0 : options.within.squares / options.within.degrees / options.passes
  return {
    sd: Math.max(LEAST_SD, Math.sqrt(Math.max(variance, floor))),
    degrees: priorDegrees + degrees,
    observed,
    assumed: expected !== null && priorDegrees > 0,
    sharedByDay: 0,
    own: 0,
  }
}

/** Whether so many groups speak for themselves: before, what is assumed covers other hours and days, too. */
export function isLearnt(groups: number): boolean {
  return groups >= LEARNT_DEGREES
}

/** How much what is assumed weighs beside so many degrees of freedom of what was recorded. */
export function weighAssumed(degrees: number): number {
  return Math.min(MOST_ASSUMED_DEGREES, Math.max(0, LEARNT_DEGREES - (degrees + 1)))
}

/**
 * The spread of a run that was not made like the recorded ones: how far other hours and days lie apart is not known, so
 * what is assumed of runs before anything was recorded is added to what was seen. Degrees of freedom after Satterthwaite.
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

/** One comparison with one segment. D = y − m; larger is worse. */
export interface Difference {
  readonly d: number
  readonly se: number
}

/** Where a figure stands: against the newest segment and, while that is provisional, against the one before. */
export interface Stand {
  readonly y: number
  readonly newest: Difference
  readonly before: Difference | null
  /** Against the newest few points of the newest segment: main may have crept away from the mean of all. */
  readonly lately: Difference
  /** Whether the newest point, or the newest two, are better than the segment beyond chance: main may just have moved. */
  readonly mainQuickened: boolean
  /** The smaller and the larger of the differences. */
  readonly least: number
  readonly most: number
  /** One-sided p of being worse and of being better, each of the weaker test. */
  readonly worse: number
  readonly better: number
  /** One-sided p of being worse than the newest point alone. */
  readonly worseThanLast: number
}

/** So many newest points say where main is lately. */
const NEWEST_POINTS = 5
const QUICKENED_P = 0.02

/** What is held against a history. */
export interface StandingFigure {
  readonly y: number
  /** Runs whose mean it is. */
  readonly runs: number
  /** Whether everything was deployed anew for each, so that they are independent; else, and by default, they share what runs of one group do. */
  readonly isFresh?: boolean
}

/**
 * The test of one new run against k groups: D = y − m, SE = s √(1 + 1/k), p = 1 − F_t(D / SE; ν), a prediction interval of
 * a normal sample. Of n runs in one, here and in the history, the variance is s²(ρ + (1 − ρ)/n). Where outliers are looked for SE is 10 % wider. While a segment is provisional, worse means worse than
 * both levels of main, and so does better. Against the newest point alone SE = s √2. Of r fresh sessions
 * beside a control the variance is s²/r, and the regression on the control adds what `ofControl` says.
 */
export function standOf({ y, runs, isFresh = false }: StandingFigure, history: MetricHistory, spread: Spread): Stand {
  const wider = history.trimmed ? TRIM_INFLATION : 1
  const ofRun = isFresh ? 1 / runs : shareOfRuns(runs, spread.own)
  const difference = ({ centre, points, ofControl }: Omit<Reference, 'recorded'>): Difference => ({
    d: y - centre,
    se: spread.sd * wider * Math.sqrt(ofRun + (ofControl === null ? 0 : shareOfMean(points, spread) + ofControl)),
  })
  const newest = difference(history.newest)
  const before = history.before === null ? null : difference(history.before)
  const [lately, last] = [NEWEST_POINTS, 1].map((n) => {
    const points = history.newest.points.slice(-n)
    return difference({ ...history.newest, points, centre: mean(points.map((point) => point.y)) })
  }) as [Difference, Difference]
  const all = before === null ? [newest] : [newest, before]
  return {
    y,
    newest,
    before,
    lately,
    mainQuickened: [1, 2].some((newest) => isBetter(history, spread, newest)),
    least: Math.min(...all.map(({ d }) => d)),
    most: Math.max(...all.map(({ d }) => d)),
    worse: Math.max(...all.map(({ d, se }) => studentTTail(d / se, spread.degrees))),
    better: Math.max(...all.map(({ d, se }) => studentTTail(-d / se, spread.degrees))),
    worseThanLast: studentTTail(last.d / last.se, spread.degrees),
  }
}

/** Whether so many newest points are better than the centre of their segment by more than one in fifty by chance. */
function isBetter({ newest, trimmed }: MetricHistory, spread: Spread, points: number): boolean {
  if (newest.points.length <= points) return false
  const some = newest.points.slice(-points)
  const se = spread.sd * Math.sqrt(shareOfMean(some, spread) + shareOfMean(newest.points, spread))
  const d = newest.centre - mean(some.map(({ y }) => y))
  return studentTTail(d / (se * (trimmed ? TRIM_INFLATION : 1)), spread.degrees) < QUICKENED_P
}

/** The variance of the mean of these points as a part of that of one run: 1/k, less where they are means, more where runs of one day are alike. */
function shareOfMean(points: readonly (TimedPoint & RepeatedPoint)[], { sharedByDay, own }: Spread): number {
  const k = points.length
  const ofPoint = points.reduce((sum, { ys }) => sum + shareOfRuns(ys.length, own) / k, 0)
  const days = groupByDay(points).reduce((sum, day) => sum + (day.length / k) ** 2, 0)
  return sharedByDay * days + Math.max(0, ofPoint - sharedByDay) / k
}

/**
 * The upper bound of the worsening, one-sided, with 95 % confidence unless another `level` may be wrong: of the larger while two segments count, and where the newest
 * points are better than all, against these. A main that becomes faster bit by bit, or whose runs have much of the one before, would
 * otherwise let 8 of 100 slowdowns pass for proven.
 */
export function computeUpperBound(stand: Stand, { degrees }: Spread, level = 0.05): number {
  const t = studentTQuantile(1 - level, degrees)
  const against = [stand.newest, stand.lately, ...(stand.before === null ? [] : [stand.before])]
  return Math.max(...against.map(({ d, se }) => d + t * se))
}

/** The first look must find so many of the changes for the second to leave four of five. Calibrated: with .80 it left 75 to 79 of 100. */
const FIRST_LOOK_POWER = 0.84

/**
 * The smallest worsening, as a fraction, that is red in four of five cases, second look included:
 * max((t₁₋ₐ + t.₈₄) SE, ln(1 + δ) + t.₈₄ SE) with a = the α of the metrics / m.
 */
export function findSmallestVisible(
  se: number,
  degrees: number,
  { alpha, tolerance }: { readonly alpha: number; readonly tolerance: number },
): number {
  const power = studentTQuantile(FIRST_LOOK_POWER, degrees) * se
  const significance = studentTQuantile(1 - alpha, degrees) * se
  return Math.expm1(power + Math.max(significance, Math.log1p(tolerance)))
}

const RUNS = [1, 3, 8]

/** What this gate could see with so many recorded runs, if they spread as is assumed before there are any. */
export function outlookOf(candidates: readonly HistoryRow[], policy: DecisionPolicy): Outlook[] {
  const metrics = chooseMetrics(policy, candidates)
  const alpha = (METRICS_SHARE * policy.falseAlarmRate) / metrics.length
  return metrics.flatMap(({ metric }) =>
    RUNS.map((runs) => {
      const sd = policy.expectedSpread === 'auto' ? metricOf(metric).defaultSpread : policy.expectedSpread
      const { degrees } = estimateSpread(
        { squares: 0, degrees: runs - 1 },
        {
          within: { squares: 0, degrees: 0 },
          passes: 1,
          defaultSd: sd,
          expected: 'auto',
        },
      )
      const se = sd * Math.sqrt(1 + 1 / runs)
      return {
        metric,
        runs,
        smallestVisible: findSmallestVisible(se, degrees, { alpha, tolerance: toleranceOf(policy, metric) }),
      }
    }),
  )
}
