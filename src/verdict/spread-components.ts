import { mean } from 'simple-statistics'
import { poolSquares, averageY, listYs, poolDays, weighAssumed } from './history/spread.ts'
import type { SquaresOf, Spread } from './history/spread.ts'
import type { GatedMetric } from '../vocabulary/metrics.ts'
import { estimateSlope, poolProducts } from './compare/control.ts'
import { averageOver, observeRun } from './history/observe.ts'
import type { RunY } from './history/observe.ts'
import type { GroupPoint } from './history/past.ts'
import { metricOf } from '../vocabulary/metrics.ts'
import { allowForUnlikeness } from './compare/stand.ts'

/**
 * The spread of the same code by what was repeated: standard deviations on the log scale, each including those before
 * it. Null where the history does not have two of the kind.
 */
export interface SpreadComponents {
  /** One level in the passes of a run, apart from what a pass has in all levels. */
  readonly level: number | null
  /** The passes of a run, each the mean over the levels. */
  readonly pass: number | null
  /** The runs of one workflow run. */
  readonly run: number | null
  /** The points of one day. */
  readonly day: number | null
  /** Any points of a segment. */
  readonly anyDay: number | null
  /** What remains with a control; null with fewer than three pairs. */
  readonly control: LeftByControl | null
}

/** The spread about the regression on the control. */
interface LeftByControl {
  readonly sd: number
  readonly pairs: number
  readonly degrees: number
}

/** Splits the spread of the segments of a metric, over the levels that it is compared in. */
export function splitSpread(
  metric: GatedMetric,
  segments: readonly (readonly GroupPoint[])[],
  levels: readonly number[],
  pass: SquaresOf,
): SpreadComponents {
  const points = segments.flat()
  return {
    level: toSd(
      squareLevels(
        points.flatMap(({ runs }) => runs),
        levels,
      ),
    ),
    pass: toSd(pass),
    run: toSd(poolSquares(points.map(({ ys }) => ys))),
    day: toSd(poolDays(segments).within),
    anyDay: toSd(poolSquares(segments.map(listYs))),
    control: findLeft(segments.map((segment) => segment.flatMap((point) => pairOf(metric, point, levels) ?? []))),
  }
}

function toSd({ squares, degrees }: SquaresOf): number | null {
  return degrees === 0 ? null : Math.sqrt(squares / degrees)
}

/** Squares about an additive model of level and pass, for each run: what is left of a level in a pass. */
function squareLevels(runs: readonly RunY[], levels: readonly number[]): SquaresOf {
  let squares = 0
  let degrees = 0
  for (const run of runs) {
    const rows = levels.map((level) => run.get(level)!.passes)
    const passes = Math.min(...rows.map((row) => row.length))
    if (rows.length < 2 || passes < 2) continue
    const ofLevel = rows.map((row) => mean(row.slice(0, passes)))
    const all = mean(ofLevel)
    for (let pass = 0; pass < passes; pass++) {
      const ofPass = mean(rows.map((row) => row[pass]!))
      rows.forEach((row, level) => (squares += (row[pass]! - ofLevel[level]! - ofPass + all) ** 2))
    }
    degrees += (rows.length - 1) * (passes - 1)
  }
  return { squares, degrees }
}

/** A point and its control, each the mean of the runs measured with one. */
interface Pair {
  readonly x: number
  readonly y: number
}

function pairOf(metric: GatedMetric, { entries }: GroupPoint, levels: readonly number[]): Pair | null {
  const pairs = entries.flatMap(({ row, control }) => {
    if (control === undefined) return []
    const both = [observeRun(control, metric), observeRun(row, metric)] as const
    if (both.some((run) => levels.some((level) => !run.has(level)))) return []
    return { x: averageOver(both[0], levels), y: averageOver(both[1], levels) }
  })
  return pairs.length === 0 ? null : { x: mean(pairs.map(({ x }) => x)), y: averageY(pairs) }
}

/** The spread of pairs about their line, each segment about its own mean: that of y − θx. */
function findLeft(segments: readonly (readonly Pair[])[]): LeftByControl | null {
  const pooled = poolProducts(segments)
  if (pooled.degrees < 2) return null
  const { theta } = estimateSlope(pooled)
  const { squares } = poolSquares(segments.map((pairs) => pairs.map(({ x, y }) => y - theta * x)))
  const degrees = pooled.degrees - 1
  return { sd: Math.sqrt(squares / degrees), pairs: segments.flat().length, degrees }
}

/** A change of how a gate measures, and the smallest visible change of the code without and with it. */
export interface Remedy {
  readonly what: 'passes' | 'runs' | 'sessions' | 'control' | 'hours'
  /** Without it, as a fraction; for `hours`, of a run at an hour or day that the history does not cover. */
  readonly now: number
  readonly smallestVisible: number
}

/** How often the candidate is deployed and measured anew for `sessions`. */
export const FRESH_SESSIONS = 4

/** What a metric of a history shows. */
interface Seen {
  readonly metric: GatedMetric
  readonly spread: Spread
  /** The spread with twice the points. */
  readonly twice: Spread
  readonly causes: SpreadComponents
  /** The variance of main's level, as a share of one run's: 1/k for k points of different days. */
  readonly ofMean: number
  /** The passes of a run. */
  readonly passes: number
  /** How much is still assumed where all points are of one or two days, or do not cover some hours of the day; else 0. */
  readonly narrow: number
  /** The smallest visible change for this variance of the difference and its degrees of freedom. */
  see(variance: number, degrees: number): number
  /** The same as it would be with twice the points. */
  seeTwice(variance: number, degrees: number): number
}

/**
 * What would make smaller changes visible, as far as these runs show. S² = H + R + W: the part shared by runs of one
 * day, the spread of deployments, and the noise of passes. Twice the passes halve W; n fresh sessions leave H + (S² −
 * H)/n of the candidate; a control that shares H leaves S² (1 − (H/S²)²), or what pairs show where there are any.
 */
export function listRemedies(seen: Seen): Remedy[] {
  const { spread, twice, causes, ofMean, passes, see } = seen
  const { degrees } = spread
  const variance = spread.sd ** 2
  const now = see(variance * (1 + ofMean), degrees)
  const noise = (causes.pass ?? 0) ** 2 / passes
  const calmer = Math.max(variance - noise / 2, noise / 2)
  const ofDay = variance * spread.sharedByDay
  const ofSessions = ofDay + (variance - ofDay) / FRESH_SESSIONS
  const remedies: (Remedy | null)[] = [
    noise === 0 ? null : { what: 'passes', now, smallestVisible: see(calmer * (1 + ofMean), degrees) },
    { what: 'runs', now, smallestVisible: seen.seeTwice(twice.sd ** 2 * (1 + ofMean / 2), twice.degrees) },
    { what: 'sessions', now, smallestVisible: see(ofSessions + variance * ofMean, degrees) },
    seeWithControl(seen, now),
    seeElsewhere(seen, now),
  ]
  return remedies.filter((remedy) => remedy !== null)
}

/** Null where neither pairs nor days with several points show what a control would share. */
function seeWithControl({ metric, spread, causes, ofMean, see }: Seen, now: number): Remedy | null {
  const { control } = causes
  if (control !== null) {
    const assumed = weighAssumed(control.degrees)
    const usual = PART_OF_DIFFERENCES * metricOf(metric).defaultSpread
    const degrees = assumed + control.degrees
    const variance = (assumed * usual ** 2 + control.degrees * control.sd ** 2) / degrees
    return { what: 'control', now, smallestVisible: see(variance * (1 + 1 / control.pairs), degrees) }
  }
  if (spread.sharedByDay === 0) return null
  const left = spread.sd ** 2 * (1 - spread.sharedByDay ** 2)
  return { what: 'control', now, smallestVisible: see(left * (1 + ofMean), spread.degrees) }
}

/** Differences from a control are assumed to have this share of the spread of runs. */
const PART_OF_DIFFERENCES = 0.6

/** What is visible at another hour or day, and what would be if the history had such runs with the same spread. */
function seeElsewhere({ metric, spread, ofMean, narrow, see }: Seen, now: number): Remedy | null {
  if (narrow === 0) return null
  const wide = allowForUnlikeness(spread, narrow * metricOf(metric).defaultSpread)
  return { what: 'hours', now: see(wide.sd ** 2 * (1 + ofMean), wide.degrees), smallestVisible: now }
}
