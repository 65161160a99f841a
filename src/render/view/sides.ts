import type { LevelFigures, LevelMetrics } from '../../metrics/level/level-metrics.ts'
import type { RunReport } from '../../report/run-report.ts'
import type { Comparison, SideCurve, Sides, Verdict } from '../../report/verdict.ts'
import { loadOf } from '../../vocabulary/load.ts'
import { isKeptFigure, metricOf, metricOfFigure } from '../../vocabulary/metrics.ts'
import type { FigureOfLevel, KeptFigureName, RateField } from '../../vocabulary/metrics.ts'
import { formatLevel } from '../format.ts'
import type { SideKind } from './chart.ts'
import type { RunNames } from './input.ts'

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

/** A side inside a sentence: a branch has its name, all else an article. */
export function nameSide({ label }: Pick<Side, 'label'>): string {
  return label === 'baseline' || label === 'control' ? `the ${label}` : label
}

/** Every level of a chart: those of each side, and those that the run should have. */
export function listLadder({ levels }: RunReport, readings: readonly (readonly Reading[])[]): number[] {
  const all = [...levels, ...readings.flat()].map(({ concurrency }) => concurrency)
  return [...new Set(all)].sort((a, b) => a - b)
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

/** A capacity in requests in flight, with its words. */
interface PlacedCapacity {
  readonly side: SideKind
  readonly value: number
  readonly label: string
}

const STATE_WORDS = { found: '', 'at-least': 'at least ', below: 'below ', unknown: '' } as const

/** The capacity of this run, and the one it is compared with, unless that is only a bound. */
export function listCapacities(
  { slo, series }: RunReport,
  verdict: Verdict | null,
  sides: readonly Side[],
): PlacedCapacity[] {
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
