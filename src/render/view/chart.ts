import type { LevelFigures, LevelMetrics } from '../../metrics/level/level-metrics.ts'
import type { RunReport } from '../../report/run-report.ts'
import type { Comparison, SideCurve, Sides, Verdict } from '../../report/verdict.ts'
import { isOpenLoop, loadOf } from '../../vocabulary/load.ts'
import type { LoadKind } from '../../vocabulary/load.ts'
import { isKeptFigure, medianOf, metricOf, metricOfFigure } from '../../vocabulary/metrics.ts'
import type { FigureOfLevel, KeptFigureName, RateField, TimeFamily } from '../../vocabulary/metrics.ts'
import { formatConcurrency, formatLevel, formatMs } from '../../words/format.ts'
import { nameOf } from '../../words/metric-words.ts'
import type { Table } from '../../words/sentences.ts'
import type { RunNames } from './input.ts'

/** What a chart is, as data, whatever draws it: the sides of a run with their figures, and what all charts make of them. */

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

/** The sides of a run as charts see them: the run itself, main as it was recorded, and the control. */
export interface Side {
  readonly kind: SideKind
  readonly label: string
  /** By rising concurrency, all levels that have the figure. */
  read(name: FigureOfLevel): readonly Reading[]
}

/** A figure of one side at one level. */
export interface Reading {
  readonly concurrency: number
  readonly value: number
  /** The lowest and the highest pass of the run, or recorded run; null where there is one. */
  readonly range: { readonly low: number; readonly high: number } | null
  readonly isUsable: boolean
}

/** Those that have figures, the candidate last. */
export function listSides(report: RunReport, verdict: Verdict | null, names: RunNames): Side[] {
  const { sides, comparisons = [] } = verdict ?? {}
  const others: readonly Side[] = [
    { kind: 'baseline', label: names.baseline, read: (name) => readBaseline(name, comparisons, sides ?? {}) },
    { kind: 'control', label: 'control', read: (name) => readCurve(name, sides?.control) },
  ]
  const candidate: Side = {
    kind: 'candidate',
    label: names.candidate,
    read: (name) => readLevels(report.levels, name, report.plateau.metric),
  }
  return [...others, candidate]
}

/** A side with what is drawn of it, level by level. */
export interface Drawn<Level> {
  readonly side: Side
  readonly at: readonly Level[]
}

type AtLevel = { readonly concurrency: number }

/** Every level of a chart: those of each side, and those that the run should have. */
export function listLadder({ levels }: RunReport, found: readonly Drawn<AtLevel>[]): number[] {
  const all = [...levels, ...found.flatMap(({ at }) => at)].map(({ concurrency }) => concurrency)
  return [...new Set(all)].sort((a, b) => a - b)
}

export function findAt<Level extends AtLevel>(at: readonly Level[], level: number): Level | undefined {
  return at.find(({ concurrency }) => concurrency === level)
}

/** The sides that have levels in words, the run first: `this run: at 1 12 ms, at 2 14 ms.` */
export function describeSides<Level>(
  found: readonly Drawn<Level>[],
  describe: (level: Level) => string,
  between: string,
): string {
  const known = found.toReversed().filter(({ at }) => at.length > 0)
  return known.map(({ side, at }) => `${side.label}: ${at.map(describe).join(between)}.`).join(' ')
}

/** A figure of a run at each level that has it, by rising concurrency; `rate` is the throughput that it is about. */
export function readLevels(levels: readonly LevelMetrics[], name: FigureOfLevel, rate: RateField): Reading[] {
  return levels
    .flatMap((level): Reading[] => {
      const value = pickFigure(level, name, rate)
      if (value === null || !isShown(name, value)) return []
      const passes = level.passes.flatMap((pass) => pickFigure(pass, name, rate) ?? [])
      const range = passes.length < 2 ? null : { low: Math.min(...passes, value), high: Math.max(...passes, value) }
      return [{ concurrency: level.concurrency, value, range, isUsable: level.valid }]
    })
    .sort((a, b) => a.concurrency - b.concurrency)
}

function pickFigure(figures: LevelFigures, name: FigureOfLevel, rate: RateField): number | null {
  if (isKeptFigure(name)) return READ_KEPT[name](figures)
  const row = metricOf(metricOfFigure(name))
  return row.percentile === null ? figures[rate] : (figures[row.field]?.[row.percentile] ?? null)
}

const READ_KEPT: Readonly<Record<KeptFigureName, (figures: LevelFigures) => number | null>> = {
  attainment: ({ attained }) => attained?.attainment ?? null,
  goodput: ({ attained }) => attained?.requestsPerSecond ?? null,
}

/** Nothing answered in no time: such a figure is none. No request that keeps its objectives is one. */
function isShown(name: FigureOfLevel, value: number): boolean {
  return value > 0 || isKeptFigure(name)
}

/**
 * What is compared with, at the levels where it is known, and at all others what was recorded. Beside a control a comparison moves main to
 * where its control was: then both are drawn as they were measured, and what was never recorded is not.
 */
function readBaseline(
  name: FigureOfLevel,
  comparisons: readonly Comparison[],
  { baseline: recorded, control }: Sides,
): Reading[] {
  const found = new Map(readCurve(name, recorded).map((reading) => [reading.concurrency, reading]))
  const comparison = findComparison(comparisons, name)
  if (comparison !== undefined && (comparison.control === null || (recorded === undefined && control === undefined))) {
    for (const { concurrency, baseline } of [...comparison.byLevel, ...comparison.aside]) {
      if (!isShown(name, baseline)) continue
      const range = found.get(concurrency)?.range ?? null
      found.set(concurrency, { concurrency, value: baseline, range, isUsable: true })
    }
  }
  return [...found.values()].sort((a, b) => a.concurrency - b.concurrency)
}

/** The comparison of a figure that each level has; undefined where it was not compared. */
export function findComparison(comparisons: readonly Comparison[], name: FigureOfLevel): Comparison | undefined {
  return comparisons.find(({ metric }) => metric === metricOfFigure(name))
}

/** A figure of a kept side at each level that has it; none where the side is absent. */
export function readCurve(name: FigureOfLevel, curve: SideCurve | undefined): Reading[] {
  return (curve?.levels ?? []).flatMap(({ concurrency, figures }) => {
    const figure = figures[name]
    if (figure === undefined || !isShown(name, figure.value)) return []
    const { value, low, high } = figure
    const range = low === undefined || high === undefined ? null : { low, high }
    return [{ concurrency, value, range, isUsable: true }]
  })
}

const STATE_WORDS = { found: '', 'at-least': 'at least ', below: 'below ', unknown: '' } as const

/** The capacity of this run, and the one it is compared with, unless that is only a bound: in requests in flight, with their words. */
export function listCapacities({ slo, series }: RunReport, verdict: Verdict | null, sides: readonly Side[]) {
  const load = loadOf(series)
  const own = slo?.capacity
  const comparison = verdict?.comparisons.find(({ metric }) => metricOf(metric).quantity === 'concurrency')
  const before = comparison?.bounds?.baseline === undefined ? (comparison?.baseline ?? null) : null
  const main = sides.find(({ kind }) => kind === 'baseline')
  return [
    ...(own?.concurrency == null
      ? []
      : [
          {
            side: 'candidate' as const,
            value: own.concurrency.value,
            label: `capacity ${STATE_WORDS[own.state]}${formatLevel(load, own.concurrency.value)}`,
          },
        ]),
    ...(before === null || main === undefined
      ? []
      : [{ side: main.kind, value: before, label: `${main.label}: capacity ${formatLevel(load, before)}` }]),
  ]
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

/** The levels of the plateau, and the knee at the first level that is at or beyond it. */
export function wordPlateau(
  { plateau: { concurrencies, kneeConcurrency }, series }: RunReport,
  readings: readonly Reading[],
): Chart['words'] {
  if (isOpenLoop(loadOf(series))) return []
  const levels = readings.filter(({ isUsable }) => isUsable)
  return levels.flatMap(({ concurrency }, i) => {
    const before = levels[i - 1]?.concurrency ?? 0
    const isKnee = kneeConcurrency !== null && kneeConcurrency > before && kneeConcurrency <= concurrency
    const words = [
      ...(concurrencies.length > 1 && concurrencies.includes(concurrency) ? ['plateau'] : []),
      ...(isKnee ? [`knee ${formatConcurrency(kneeConcurrency)}`] : []),
    ]
    return words.length === 0 ? [] : [{ x: concurrency, words: words.join(', ') }]
  })
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
