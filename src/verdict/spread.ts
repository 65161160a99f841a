import { mean } from '../stats/mean.ts'
import type { SquaresOf } from '../stats/mean.ts'
import { studentTQuantile, studentTTail } from '../stats/distributions.ts'
import { poolDays, findGrownSpread, addRepeats, poolSquares } from './variance.ts'
import type { TimedPoint, RepeatedPoint } from './variance.ts'
import type { MetricHistory, SegmentPoint } from './segments.ts'
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
  /** Of what is recorded about what was assumed of it; default none. */
  readonly assumed?: SquaresOf
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

const NO_SQUARES: SquaresOf = { squares: 0, degrees: 0 }

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
  const { sessions = NO_SQUARES, assumed = NO_SQUARES, cost = 0 } = options
  const added = { squares: sessions.squares + assumed.squares, degrees: sessions.degrees + assumed.degrees }
  if (pooled.degrees === 0) return estimateSpread(added, options)
  const days = estimateWithDays(segments)
  const grown = findGrownSpread(segments)
  const between = [{ ...pooled, shared: 0 }, days, grown === null ? null : { ...grown, shared: 0 }]
    .filter((each) => each !== null)
    .reduce((most, each) => (each.squares / each.degrees > most.squares / most.degrees ? each : most))
  const points = segments.flat()
  const { degrees, own, ...ofRun } = addRepeats(between, points)
  const variance = ofRun.variance + allowForFewerPasses(points, options)
  const free = added.degrees - cost
  return {
    ...estimateSpread(
      { squares: variance * degrees + added.squares, degrees: degrees + free },
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

/**
 * The first look must find so many of the changes for the second, and the doubts, to leave four of five. Where outliers are looked
 * for there is more that a change may be doubted for. Calibrated: with .80 they left 75 to 79 of 100, and there with .84 74 to 80.
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
        smallestVisible: findSmallestVisible(se, degrees, {
          alpha,
          tolerance: toleranceOf(policy, metric),
          trimmed: false,
        }),
      }
    }),
  )
}

/** From so many groups on their own spread tells how often a plain threshold is wrong. */
const FEWEST_GROUPS = 3
/** With so many degrees of freedom Student's distribution is the normal one, to six digits. */
const NORMAL = 1e6

/**
 * About how often `decision: threshold` would call unchanged code worse: for each metric P(Z > ln(1 + δ) / SE), with the
 * spread that the history shows (nothing assumed) and, for a median of k runs, SE = S √(1 + π / (2k + 1)); metrics taken
 * as independent, which overstates it. Student's distribution would answer how far the next run may lie when S is not
 * known, and says three times too much of a short history (22 % where 7 % was true). Null while it is too short to say.
 */
export function estimateThresholdAlarmRate(
  compared: readonly { readonly metric: GatedMetric; readonly history: MetricHistory; readonly spread: Spread }[],
  policy: DecisionPolicy,
): number | null {
  let quiet = 1
  for (const { metric, history, spread } of compared) {
    const k = history.newest.points.length
    if (history.groups < FEWEST_GROUPS || spread.observed === null) return null
    const se = spread.observed * Math.sqrt(1 + Math.PI / (2 * k + 1))
    const threshold = Math.log1p(toleranceOf(policy, metric))
    quiet *= se === 0 ? 1 : 1 - studentTTail(threshold / se, NORMAL)
  }
  return compared.length === 0 ? null : 1 - quiet
}
