import { mean } from '../stats/mean.ts'
import type { SquaresOf } from '../stats/mean.ts'
import type { GatedMetric } from '../vocabulary/metrics.ts'
import { believeSlope } from './control.ts'
import { poolDays } from './days.ts'
import { averageOver, observe } from './observe.ts'
import type { RunY } from './observe.ts'
import { squareWithinGroups } from './repeats.ts'
import { poolProducts, poolSquares } from './segments.ts'
import type { GroupPoint } from './segments.ts'

/**
 * How far figures of the same code lie apart by what was repeated: standard deviations on the log scale, each with all that is
 * below it. Null where the history does not hold two of the kind.
 */
export interface SpreadByCause {
  /** One level in the passes of a run, beside what the pass has in all levels. */
  readonly level: number | null
  /** The passes of a run, each the mean over the levels. */
  readonly pass: number | null
  /** The runs of one workflow run. */
  readonly run: number | null
  /** The points of one day. */
  readonly day: number | null
  /** Any points of a segment. */
  readonly anyDay: number | null
  /** What the control leaves of it; null with fewer than three pairs. */
  readonly control: LeftByControl | null
}

/** The spread about the regression on the control. */
export interface LeftByControl {
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
): SpreadByCause {
  const points = segments.flat()
  return {
    level: toSd(
      squareLevels(
        points.flatMap(({ runs }) => runs),
        levels,
      ),
    ),
    pass: toSd(pass),
    run: toSd(squareWithinGroups(points)),
    day: toSd(poolDays(segments).within),
    anyDay: toSd(poolSquares(segments)),
    control: findLeft(segments.map((segment) => segment.flatMap((point) => pairOf(metric, point, levels) ?? []))),
  }
}

function toSd({ squares, degrees }: SquaresOf): number | null {
  return degrees === 0 ? null : Math.sqrt(squares / degrees)
}

/** Squares about an additive model of level and pass, run by run: what is left of a level in a pass. */
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

/** A point with its control, each the mean of the runs that were measured with one. */
interface Pair {
  readonly x: number
  readonly y: number
}

function pairOf(metric: GatedMetric, { entries }: GroupPoint, levels: readonly number[]): Pair | null {
  const pairs = entries.flatMap(({ row, control }) => {
    if (control === undefined) return []
    const both = [observe(control, metric), observe(row, metric)] as const
    if (both.some((run) => levels.some((level) => !run.has(level)))) return []
    return { x: averageOver(both[0], levels), y: averageOver(both[1], levels) }
  })
  return pairs.length === 0 ? null : { x: mean(pairs.map(({ x }) => x)), y: mean(pairs.map(({ y }) => y)) }
}

/** The spread of pairs about their line, each segment about its own mean: that of y − θx. */
function findLeft(segments: readonly (readonly Pair[])[]): LeftByControl | null {
  const pooled = poolProducts(segments)
  if (pooled.degrees < 2) return null
  const { theta } = believeSlope(pooled)
  const { squares } = poolSquares(segments.map((pairs) => pairs.map(({ x, y }) => ({ y: y - theta * x }))))
  const degrees = pooled.degrees - 1
  return { sd: Math.sqrt(squares / degrees), pairs: segments.flat().length, degrees }
}
