import type { HistoryEntry, HistoryRow } from '../../report/history.ts'
import type { EarlierAttempt } from '../../report/looks.ts'
import { mean } from 'simple-statistics'
import type { SquaresOf, Spread } from '../history/spread.ts'
import { metricOf } from '../../vocabulary/metrics.ts'
import type { GatedMetric } from '../../vocabulary/metrics.ts'
import { averageOver } from '../history/observe.ts'
import type { RunY } from '../history/observe.ts'
import { replaySegments, averageGroups } from '../history/past.ts'
import { trimSegment, averageY, weighAssumed } from '../history/spread.ts'
import type { Past, MetricHistory, Reference, GroupPoint, SeenGroup } from '../history/past.ts'

/** A run with what it is compared with: the recorded runs, its control, or both. */
export interface Trial {
  readonly candidates: readonly HistoryRow[]
  /** All recorded runs that can be compared with it. */
  readonly past: Past | null
  readonly control: ControlSide | null
  /** Earlier attempts that count together with this one. */
  readonly earlier: readonly EarlierAttempt[]
}

/** The candidates with a control, and the recorded runs measured beside the same one; without any, the control itself. */
interface ControlSide {
  readonly candidates: readonly HistoryRow[]
  readonly past: Past
  readonly beside: Beside
}

/** The controls of a run. */
export interface Beside {
  /** One for each candidate, in order. */
  readonly controls: readonly HistoryRow[]
  /** Whether both sides were deployed anew for each candidate, so that these are independent. */
  readonly isFresh: boolean
  /** No recorded run was measured beside this control, so the control itself is the baseline. */
  readonly alone: boolean
}

/** How a metric of main moves with its control's, on the scale of y. */
export interface Regression {
  /** The slope. */
  readonly theta: number
  /** Degrees of freedom that it has cost. */
  readonly cost: number
  /** The mean y of this run's controls at each level, and over all levels of the comparison. */
  readonly target: ReadonlyMap<number, number>
  readonly x: number
  /** The mean y of recorded groups' controls, by their entries; and its squares about the means of segments. */
  readonly xOf: ReadonlyMap<readonly HistoryEntry[], number>
  readonly squares: number
  readonly degrees: number
  readonly alone: boolean
}

/**
 * Before there are pairs, a control is assumed to show this share of what happens to main; the assumption counts like
 * this many pairs.
 */
const ASSUMED_THETA = 0.7
const ASSUMED_PAIRS = 4

/**
 * How much to trust a run's control: the slope of main on its control over the pairs, each about the means of its
 * segment, shrunk towards 0.7 with the weight of four pairs, and kept between 0 and 1. Without pairs it is 1: main is
 * assumed to equal its control.
 *
 * @param controls of the run, each with all levels; at least one.
 */
export function regressOnControl(
  metric: GatedMetric,
  {
    seen,
    controls,
    levels,
    alone,
  }: {
    readonly seen: readonly SeenGroup[]
    readonly controls: readonly RunY[]
    readonly levels: readonly number[]
    readonly alone: boolean
  },
): Regression {
  const target = new Map<number, number>()
  for (const level of new Set(controls.flatMap((control) => [...control.keys()]))) {
    target.set(level, mean(controls.flatMap((control) => control.get(level)?.y ?? [])))
  }
  const x = mean(levels.map((level) => target.get(level)!))
  const none = { target, x, xOf: new Map(), squares: 0, degrees: 0, cost: 0, alone }
  if (alone) return { ...none, theta: 1 }
  const xOf = new Map<readonly HistoryEntry[], number>()
  for (const { entries, runs, controls: recorded } of seen) {
    const complete = recorded.filter((_, i) => levels.every((level) => runs[i]!.has(level)))
    if (complete.length > 0) xOf.set(entries, mean(complete.map((control) => averageOver(control, levels))))
  }
  // Segments only show when the control is taken into account; the exact slope matters little for that.
  const moved = seen.map((group) => moveGroup(group, { theta: ASSUMED_THETA, target }))
  const { definite, provisional, outliers } = replaySegments(averageGroups(metric, moved, levels))
  const segments = [...definite, ...(provisional === null ? [] : [provisional])].map((segment) =>
    trimSegment(segment, outliers).flatMap((point) => {
      const own = xOf.get(point.entries)
      return own === undefined ? [] : [{ x: own, y: point.y + ASSUMED_THETA * (own - x) }]
    }),
  )
  const pooled = poolProducts(segments)
  return { ...none, ...estimateSlope(pooled), xOf, squares: pooled.squares, degrees: pooled.degrees }
}

/** Pools squares and products of pairs, each about the means of its segment. */
export function poolProducts(segments: readonly (readonly { readonly x: number; readonly y: number }[])[]) {
  let squares = 0
  let products = 0
  let free = 0
  for (const segment of segments) {
    if (segment.length < 2) continue
    const [mx, my] = [mean(segment.map(({ x }) => x)), averageY(segment)]
    for (const { x, y } of segment) {
      squares += (x - mx) ** 2
      products += (x - mx) * (y - my)
    }
    free += segment.length - 1
  }
  return { squares, products, degrees: free }
}

/** The slope over pairs, shrunk towards the assumed one, with the degrees of freedom that it costs. */
export function estimateSlope({
  squares,
  products,
  degrees,
}: ReturnType<typeof poolProducts>): Pick<Regression, 'theta' | 'cost'> {
  const seen = squares === 0 ? 0 : degrees
  const slope = squares === 0 ? 0 : products / squares
  const theta = (seen * slope + ASSUMED_PAIRS * ASSUMED_THETA) / (seen + ASSUMED_PAIRS)
  return { theta: Math.min(1, Math.max(0, theta)), cost: seen / (seen + ASSUMED_PAIRS) }
}

/** Adjusts a run to the control of the current run: y − θ(x − target), level by level. */
export function moveRun(run: RunY, control: RunY, { theta, target }: Pick<Regression, 'theta' | 'target'>): RunY {
  const moved = new Map<number, { y: number; passes: readonly number[] }>()
  for (const [level, { y, passes }] of run) {
    const at = control.get(level)!
    const centre = target.get(level) ?? at.y
    // Passes of both sides are paired in time, unless one is missing.
    const paired = at.passes.length === passes.length
    moved.set(level, {
      y: y - theta * (at.y - centre),
      passes: passes.map((pass, i) => pass - theta * ((paired ? at.passes[i]! : at.y) - centre)),
    })
  }
  return moved
}

/** Adjusts a recorded group in the same way. */
export function moveGroup(group: SeenGroup, regression: Pick<Regression, 'theta' | 'target'>): SeenGroup {
  return { ...group, runs: group.runs.map((run, i) => moveRun(run, group.controls[i]!, regression)) }
}

/** Two lasting deployments are assumed to differ by this factor more than sessions that deploy both anew. */
export const AS_DEPLOYED = 1.25

/**
 * From this many pairs on, they alone show how main differs from its control; before, part of the weight is on no
 * difference.
 */
const PAIRS_TO_TELL = 8

/**
 * How far pairs contradict the assumption that main equals its control: the squares, where they exceed those of the
 * assumed standard deviation; else none.
 */
export function squareAssumed({ newest: { points, centre, trust } }: MetricHistory, assumedSd: number): SquaresOf {
  const difference = averageY(points) - centre
  const squares = trust === 1 ? 0 : (points.length * difference ** 2) / (1 - trust)
  const degrees = 1 - trust
  return squares > degrees * assumedSd ** 2 ? { squares, degrees } : { squares: 0, degrees: 0 }
}

/**
 * Adds the regression's error to the history: c² (X − m_x)² / S_xx, with c the part of the slope that was not
 * assumed. With fewer than eight pairs in one segment, main is placed between their mean and its control, an eighth
 * further with each pair, so that a first pair does not make the gate less sensitive than none.
 */
export function addRegression(history: MetricHistory, regression: Regression): MetricHistory {
  const { alone, squares, x, cost } = regression
  const isOneLevel = history.segments.length === 1 && !alone
  const trust = isOneLevel ? Math.min(1, history.newest.points.length / PAIRS_TO_TELL) : 1
  const place = (reference: Reference): Reference => ({
    ...reference,
    centre: trust * reference.centre + (1 - trust) * x,
    trust,
    ofControl: alone ? null : squares === 0 ? 0 : (cost * (x - meanX(reference.points, regression))) ** 2 / squares,
  })
  return {
    ...history,
    newest: place(history.newest),
    before: history.before === null ? null : place(history.before),
  }
}

function meanX(points: readonly GroupPoint[], { xOf, x }: Regression): number {
  const known = points.flatMap(({ entries }) => xOf.get(entries) ?? [])
  return known.length === 0 ? x : mean(known)
}

/** Beyond this many standard deviations of recorded controls, no pair shows what main would do. */
const SEEN_WITHIN = 3

/**
 * Whether this control is outside the range that pairs cover. While there are few, the assumed spread of any run
 * counts, too.
 */
export function isOutsideSeen(metric: GatedMetric, { newest }: MetricHistory, regression: Regression): boolean {
  const { alone, squares, degrees, x } = regression
  if (alone) return false
  const assumed = weighAssumed(degrees)
  const variance = (assumed * metricOf(metric).defaultSpread ** 2 + squares) / (assumed + degrees)
  return Math.abs(x - meanX(newest.points, regression)) > SEEN_WITHIN * Math.sqrt(variance)
}

/** So few sessions tell a variance roughly, so where they show more than is assumed, more than they show is taken. */
const ROUGHLY = 1.5

/** What a metric shows of differences from a control, beside what is assumed of them. */
interface ShownSpread extends Pick<Spread, 'observed' | 'degrees' | 'assumedShare'> {
  /** A standard deviation. */
  readonly assumedSd: number
}

/**
 * By which factor the assumed variance of differences is too small, as all metrics show it together; 1 where it is not. What lets deployments of one
 * build differ does so in all of them, while a single metric of two or three sessions is close together by chance now and then: with the assumed
 * spread alone, 3.8 of 100 unchanged first pull requests were red where they differ by more than twice as much.
 */
export function rateAssumed(metrics: readonly ShownSpread[]): number {
  let squares = 0
  let degrees = 0
  for (const { observed, degrees: all, assumedShare, assumedSd } of metrics) {
    if (observed === null || assumedShare === 0) continue
    const shown = (1 - assumedShare) * all
    squares += shown * (observed / assumedSd) ** 2
    degrees += shown
  }
  return degrees === 0 ? 1 : Math.max(1, (ROUGHLY * squares) / degrees)
}

/** The control in a comparison. */
export interface UsedControl {
  readonly theta: number
  /** Recorded groups behind `theta`; 0: the control itself is the baseline. */
  readonly pairs: number
  /** Sessions used, and whether they are independent. */
  readonly sessions: number
  readonly isFresh: boolean
  /** The control is outside the range that pairs cover. */
  readonly isOutside: boolean
  /** By how much differences from it are assumed to spread, whatever was seen. */
  readonly assumedSd: number
}

/** Controls as if they were a recorded run of main, for comparing before there are pairs. */
export function recordControls(controls: readonly HistoryRow[]): HistoryEntry[] {
  const source = { sha: null, ref: null, runId: 'control', attempt: 1, event: 'control', url: null }
  return controls.map((row) => ({ row, control: row, source, verdict: 'no-change-seen', segments: {} }))
}
