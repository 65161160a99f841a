import type { RunReport } from '../../report/run-report.ts'
import { isOpenLoop, loadOf } from '../../vocabulary/load.ts'
import type { LoadKind } from '../../vocabulary/load.ts'
import { medianOf } from '../../vocabulary/metrics.ts'
import type { TimeFamily } from '../../vocabulary/metrics.ts'
import { formatConcurrency, formatLevel, formatMs } from '../format.ts'
import { nameOf } from '../metric-words.ts'
import type { Table } from '../sentences.ts'

/** What a chart is, as data, whatever draws it; and what all charts have in common. */

/** Who is drawn: this run, the recorded ones, or what was measured beside this one. */
export type SideKind = 'candidate' | 'baseline' | 'control'

/** A chart. Words of ours and numbers stand in it, and nothing that others wrote. */
export interface Chart {
  /** Of all charts of a page no other has it. */
  readonly id: string
  readonly title: string
  /** What a reader who cannot see it must know. */
  readonly description: string
  readonly x: Axis
  readonly y: Axis
  /** The candidate last, so that it lies on top. */
  readonly lines: readonly ChartLine[]
  readonly areas: readonly Area[]
  readonly marks: readonly ChartMark[]
  /** Words beside places on the x axis, for a drawing that has neither areas nor marks. */
  readonly words: readonly { readonly x: number; readonly words: string }[]
  /** Whether the sides stand next to each other at each place, because one would hide the other. */
  readonly isApart: boolean
  /** Everything that is drawn, for whoever cannot see it. */
  readonly table: Table
  /** How to read it, where that does not go without saying. */
  readonly note: string | null
  /** Whether what it shows is red, suspected or accepted, or beyond a limit. */
  readonly hasMoved: boolean
}

export interface Axis {
  readonly label: string
  /** What the values are in. */
  readonly unit: string
  /** Logarithms need values above 0. The ticks of `log2` are the values themselves, those of `log` are 1, 2, 5, 10 … */
  readonly scale: 'linear' | 'log2' | 'log'
  format(value: number): string
}

export interface ChartLine {
  /** In the legend. */
  readonly label: string
  readonly kind: SideKind
  readonly points: readonly ChartPoint[]
  /** The same in the stretches that may be joined: a line ends where a level between two points has no figure. */
  readonly strokes: readonly (readonly ChartPoint[])[]
  /** Levels that cannot be used: drawn as crosses, and never joined. */
  readonly unusable: readonly ChartPoint[]
}

export interface ChartPoint {
  readonly x: number
  readonly y: number
  /** Written beside it; null for nothing. */
  readonly label: string | null
  /** Where single passes or runs lay, or percentiles; null where there is one figure. */
  readonly range: { readonly low: number; readonly high: number } | null
  /** Values inside the range that are marked, too. */
  readonly ticks: readonly number[]
}

/** A region; what is null reaches to the end of the axis. */
export interface Area {
  readonly kind: 'plateau' | 'objective'
  readonly from: number | null
  readonly to: number | null
  readonly low: number | null
  readonly high: number | null
  readonly label: string
}

/** A place with its name: a point where both are given, else a line across the chart. */
export interface ChartMark {
  readonly side: SideKind
  readonly x: number | null
  readonly y: number | null
  readonly label: string
}

/** The load, as most levels are chosen. */
export const LOAD_AXES: Readonly<Record<LoadKind, Axis>> = {
  concurrency: { label: 'concurrency (doubling)', unit: '', scale: 'log2', format: formatConcurrency },
  rate: {
    label: 'rate, a second (doubling)',
    unit: '/s',
    scale: 'log2',
    format: (rate) => formatLevel('rate', rate),
  },
  speed: {
    label: 'speed of the trace (doubling)',
    unit: 'x',
    scale: 'log2',
    format: (speed) => formatLevel('speed', speed),
  },
}

/** A point with the level that it belongs to. */
export interface PlacedPoint {
  readonly concurrency: number
  readonly point: ChartPoint
  readonly isUsable: boolean
}

/** The line of a side, joined where no level between two of its points is missing. */
export function joinPoints(
  { label, kind }: Pick<ChartLine, 'label' | 'kind'>,
  placed: readonly PlacedPoint[],
  ladder: readonly number[],
): ChartLine {
  const usable = placed.filter(({ isUsable }) => isUsable)
  return {
    label,
    kind,
    points: usable.map(({ point }) => point),
    strokes: breakAtGaps(usable, ladder),
    unusable: placed.flatMap(({ isUsable, point }) => (isUsable ? [] : [point])),
  }
}

/** Points of rising concurrency in stretches without a level between two of them that has none. */
function breakAtGaps(placed: readonly PlacedPoint[], ladder: readonly number[]): ChartPoint[][] {
  const strokes: ChartPoint[][] = []
  for (const [i, { concurrency, point }] of placed.entries()) {
    const before = placed[i - 1]?.concurrency ?? -Infinity
    const hasGap = i === 0 || ladder.some((level) => level > before && level < concurrency)
    if (hasGap) strokes.push([point])
    else strokes.at(-1)!.push(point)
  }
  return strokes
}

/** On a linear axis the small values would lie on the ground. */
export function spansDecades(values: readonly number[]): boolean {
  return values.length > 0 && Math.min(...values) > 0 && Math.max(...values) > 20 * Math.min(...values)
}

/** The interval of the plateau, from its first level to its last, as they are placed on the x axis; of one level, or without an interval, there is none. */
export function boxPlateau({ plateau, series }: RunReport, placeOf: (level: number) => number | undefined): Area[] {
  const estimate = plateau[plateau.metric]
  const { concurrencies } = plateau
  if (isOpenLoop(loadOf(series)) || concurrencies.length < 2) return []
  if (estimate === null || estimate.low === null || estimate.high === null) return []
  const [first, last] = [placeOf(concurrencies[0]!), placeOf(concurrencies.at(-1)!)]
  if (first === undefined || last === undefined) return []
  const { low, high } = estimate
  return [{ kind: 'plateau', from: Math.min(first, last), to: Math.max(first, last), low, high, label: 'plateau' }]
}

/** The times up to which a request keeps an objective, as the region of an axis; none where no objective is about them. */
export function boxObjective({ slo }: RunReport, time: TimeFamily, axis: 'x' | 'y'): Area[] {
  const atMostMs = findBound(slo?.objectives ?? '', time)
  if (atMostMs === null) return []
  const label = `objective: ${nameOf({ metric: medianOf(time).name })} at most ${formatMs(atMostMs)}`
  const none = { from: null, to: null, low: null, high: null }
  return [{ ...none, kind: 'objective', label, [axis === 'x' ? 'to' : 'high']: atMostMs }]
}

/** A report keeps its objectives as one text, in milliseconds. */
function findBound(objectives: string, time: string): number | null {
  for (const one of objectives.split(',')) {
    const [, name, amount] = /^\s*([a-z]+) <= (\d+(?:\.\d+)?)ms\s*$/.exec(one) ?? []
    if (name === time) return Number(amount)
  }
  return null
}
