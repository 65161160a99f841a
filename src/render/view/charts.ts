import type { LevelMetrics } from '../../metrics/level-metrics.ts'
import type { RunReport } from '../../report/run-report.ts'
import type { Comparison, Verdict } from '../../report/verdict.ts'
import { findMetric, metricOf, RATE_UNITS } from '../../vocabulary/metrics.ts'
import type { Quantity } from '../../vocabulary/metric-kinds.ts'
import type { Metric, TimeMetricName } from '../../vocabulary/metrics.ts'
import { formatConcurrency, formatMs, formatRate } from '../format.ts'
import type { RunNames } from './input.ts'
import { describePlateau } from './levels.ts'
import { findMoved } from './where.ts'

/** Charts: throughput and times over concurrency, throughput against latency. */

/** A chart as data. */
export interface Chart {
  readonly id: 'throughput' | TimeMetricName | 'trade'
  readonly title: string
  /** A description for readers who cannot see it. */
  readonly description: string
  readonly x: Axis
  readonly y: Axis
  readonly lines: readonly ChartLine[]
  /** A range of the y axis over a stretch of the x axis, for an interval. */
  readonly band: { readonly from: number; readonly to: number; readonly low: number; readonly high: number } | null
  /** Words beside places on the x axis, for a drawing that has no band. */
  readonly marks: readonly { readonly x: number; readonly words: string }[]
  /** Whether its metric is red, suspected, accepted, or beyond a limit. */
  readonly hasMoved: boolean
}

export interface Axis {
  readonly label: string
  /** The unit of the values. */
  readonly unit: string
  /** Log scales need values above 0. The ticks of `log2` are the values themselves, those of `log` are 1, 2, 5, 10 … */
  readonly scale: 'linear' | 'log2' | 'log'
  format(value: number): string
}

export interface ChartLine {
  /** In the legend. */
  readonly label: string
  readonly kind: 'candidate' | 'baseline'
  readonly points: readonly ChartPoint[]
  /** The points in stretches to be joined: a line breaks where a level in between has no figure. */
  readonly strokes: readonly (readonly ChartPoint[])[]
  /** Single measurements, drawn small. */
  readonly dots: readonly ChartPoint[]
}

export interface ChartPoint {
  readonly x: number
  readonly y: number
  /** Written beside it; null for nothing. */
  readonly label: string | null
}

/** A figure over concurrency, by rising concurrency. */
interface Curve {
  readonly points: readonly {
    readonly concurrency: number
    readonly value: number
    readonly passes: readonly number[]
  }[]
  /** The baseline at the levels where it is known. */
  readonly baseline: readonly { readonly concurrency: number; readonly value: number }[]
  /** Every level that either has or should have. */
  readonly ladder: readonly number[]
}

const CONCURRENCY: Axis = { label: 'concurrency (doubling)', unit: '', scale: 'log2', format: formatConcurrency }

/** The charts of a run, with its baseline where there is a verdict; none with fewer than two points. */
export function viewCharts(report: RunReport, verdict: Verdict | null, names: RunNames): Chart[] {
  const isStream = report.levels.some(({ ttftMs, tpotMs }) => ttftMs !== null || tpotMs !== null)
  const moved = [
    ...findMoved(verdict?.comparisons ?? []).map(({ metric }) => metricOf(metric)),
    ...listBroken(verdict?.limits ?? []),
  ]
  const times = new Set<TimeMetricName>([
    ...(isStream ? (['ttft-p50', 'tpot-p50'] as const) : (['latency-p50'] as const)),
    ...moved.flatMap((row) => (row.quantity === 'time' ? [row.name] : [])),
  ])
  const charts = [
    { ...chartThroughput(report, verdict, names), hasMoved: moved.some(({ quantity }) => isRate(quantity)) },
    ...[...times].map((metric) => ({
      ...chartTime(report, verdict, names, metric),
      hasMoved: moved.some(({ name }) => name === metric),
    })),
    { ...chartTrade(report, names), hasMoved: false },
  ]
  return charts.filter(({ lines }) => lines.some(({ points }) => points.length > 1))
}

/** The metrics of broken limits; a limit's text begins with its metric. */
function listBroken(limits: Verdict['limits']): Metric[] {
  return limits.flatMap(({ limit, outcome }) =>
    outcome === 'fail' ? (findMetric(/^[a-z\d-]*/.exec(limit)![0]) ?? []) : [],
  )
}

/** Whether a quantity belongs to the throughput chart. */
function isRate(quantity: Quantity): boolean {
  return quantity === 'tokens-per-second' || quantity === 'requests-per-second'
}

/** A chart before the verdict is known. */
type Drawing = Omit<Chart, 'hasMoved'>

function chartThroughput(report: RunReport, verdict: Verdict | null, names: RunNames): Drawing {
  const { plateau } = report
  const unit = RATE_UNITS[plateau.metric]
  const curve = readThroughput(report, verdict)
  const estimate = plateau[plateau.metric]
  const [from, to] = [plateau.concurrencies[0], plateau.concurrencies.at(-1)]
  const isBand =
    from !== undefined &&
    to !== undefined &&
    from < to &&
    estimate !== null &&
    estimate.low !== null &&
    estimate.high !== null
  return {
    id: 'throughput',
    title: `Throughput by concurrency, in ${unit}`,
    description: `${describeValues(curve, formatRate)} ${describePlateau(report)}`,
    x: CONCURRENCY,
    y: { label: unit, unit, scale: 'linear', format: formatRate },
    lines: drawCurve(curve, names),
    band: isBand ? { from, to, low: estimate.low, high: estimate.high } : null,
    marks: markPlateau(curve, report),
  }
}

/** Marks the levels of the plateau, and the knee at the first level at or beyond it. */
function markPlateau({ points }: Curve, { plateau: { concurrencies, kneeConcurrency } }: RunReport): Chart['marks'] {
  return points.flatMap(({ concurrency }, i) => {
    const before = points[i - 1]?.concurrency ?? 0
    const isKnee = kneeConcurrency !== null && kneeConcurrency > before && kneeConcurrency <= concurrency
    const words = [
      ...(concurrencies.length > 1 && concurrencies.includes(concurrency) ? ['plateau'] : []),
      ...(isKnee ? [`knee ${formatConcurrency(kneeConcurrency)}`] : []),
    ]
    return words.length === 0 ? [] : [{ x: concurrency, words: words.join(', ') }]
  })
}

function chartTime(report: RunReport, verdict: Verdict | null, names: RunNames, metric: TimeMetricName): Drawing {
  const curve = readTime(report, verdict, metric)
  const { label, percentile } = metricOf(metric)
  return {
    id: metric,
    title: `${label}${percentile === 'p50' ? ' (median)' : ''} by concurrency`,
    description: describeValues(curve, formatMs),
    x: CONCURRENCY,
    y: { label, unit: 'ms', scale: spansDecades(curve) ? 'log' : 'linear', format: formatMs },
    lines: drawCurve(curve, names),
    band: null,
    marks: [],
  }
}

/** Throughput against latency. */
function chartTrade(report: RunReport, names: RunNames): Drawing {
  const unit = RATE_UNITS[report.plateau.metric]
  const throughput = readThroughput(report, null).points
  const latency = readTime(report, null, 'latency-p50').points
  const found = throughput.flatMap(({ concurrency, value }) => {
    const time = latency.find((point) => point.concurrency === concurrency)?.value
    return time === undefined
      ? []
      : [{ concurrency, point: { x: time, y: value, label: formatConcurrency(concurrency) } }]
  })
  const points = found.map(({ point }) => point)
  return {
    id: 'trade',
    title: `Throughput against latency, by concurrency`,
    description: points.map(({ x, y, label }) => `At ${label}: ${formatRate(y)} ${unit} at ${formatMs(x)}.`).join(' '),
    x: { label: 'latency (median)', unit: 'ms', scale: 'linear', format: formatMs },
    y: { label: unit, unit, scale: 'linear', format: formatRate },
    lines: [
      {
        label: names.candidate,
        kind: 'candidate',
        points,
        strokes: breakAtGaps(found, listLadder(report, [])),
        dots: [],
      },
    ],
    band: null,
    marks: [],
  }
}

/** The throughput of each valid level, in the unit of the plateau. */
function readThroughput(report: RunReport, verdict: Verdict | null): Curve {
  const baseline = readBaseline(verdict, 'plateau-throughput')
  return {
    points: readPoints(report.levels, (figures) => figures[report.plateau.metric]),
    baseline,
    ladder: listLadder(report, baseline),
  }
}

/** A time at each valid level, in milliseconds. */
function readTime(report: RunReport, verdict: Verdict | null, metric: TimeMetricName): Curve {
  const { field, percentile } = metricOf(metric)
  const baseline = readBaseline(verdict, metric)
  return {
    points: readPoints(report.levels, (figures) => figures[field]?.[percentile] ?? null),
    baseline,
    ladder: listLadder(report, baseline),
  }
}

function listLadder({ levels }: RunReport, baseline: Curve['baseline']): number[] {
  return [...new Set([...levels, ...baseline].map(({ concurrency }) => concurrency))].sort((a, b) => a - b)
}

function readPoints(
  levels: readonly LevelMetrics[],
  figure: (figures: LevelMetrics | LevelMetrics['passes'][number]) => number | null,
): Curve['points'] {
  return levels
    .flatMap((level) => {
      const value = level.valid ? figure(level) : null
      if (value === null || value <= 0) return []
      const passes = level.passes.flatMap((pass) => figure(pass) ?? []).filter((value) => value > 0)
      return [{ concurrency: level.concurrency, value, passes }]
    })
    .sort((a, b) => a.concurrency - b.concurrency)
}

function readBaseline(verdict: Verdict | null, metric: Comparison['metric']): Curve['baseline'] {
  const comparison = verdict?.comparisons.find((comparison) => comparison.metric === metric)
  return [...(comparison?.byLevel ?? []), ...(comparison?.aside ?? [])]
    .map(({ concurrency, baseline }) => ({ concurrency, value: baseline }))
    .filter(({ value }) => value > 0)
    .sort((a, b) => a.concurrency - b.concurrency)
}

/** Whether the values span so much that the small ones would vanish on a linear axis. */
function spansDecades({ points }: Curve): boolean {
  const values = points.map(({ value }) => value)
  return Math.max(...values) > 20 * Math.min(...values)
}

function drawCurve({ points, baseline, ladder }: Curve, names: RunNames): ChartLine[] {
  const place = ({ concurrency, value }: { readonly concurrency: number; readonly value: number }) => ({
    concurrency,
    point: { x: concurrency, y: value, label: null },
  })
  const [now, before] = [points.map(place), baseline.map(place)]
  const candidate: ChartLine = {
    label: names.candidate,
    kind: 'candidate',
    points: now.map(({ point }) => point),
    strokes: breakAtGaps(now, ladder),
    dots: points.flatMap(({ concurrency, passes }) =>
      passes.map((value) => ({ x: concurrency, y: value, label: null })),
    ),
  }
  if (before.length === 0) return [candidate]
  const recorded = before.map(({ point }) => point)
  const strokes = breakAtGaps(before, ladder)
  return [{ label: names.baseline, kind: 'baseline', points: recorded, strokes, dots: [] }, candidate]
}

/** Breaks points of rising concurrency into stretches wherever a level of the ladder in between is missing. */
function breakAtGaps(
  placed: readonly { readonly concurrency: number; readonly point: ChartPoint }[],
  ladder: readonly number[],
): ChartPoint[][] {
  const strokes: ChartPoint[][] = []
  for (const [i, { concurrency, point }] of placed.entries()) {
    const before = placed[i - 1]?.concurrency ?? -Infinity
    const hasGap = i === 0 || ladder.some((level) => level > before && level < concurrency)
    if (hasGap) strokes.push([point])
    else strokes.at(-1)!.push(point)
  }
  return strokes
}

function describeValues({ points, baseline }: Curve, format: (value: number) => string): string {
  const describeBefore = (concurrency: number) => {
    const found = baseline.find((point) => point.concurrency === concurrency)
    return found === undefined ? '' : ` (baseline ${format(found.value)})`
  }
  return points
    .map(
      ({ concurrency, value }) =>
        `At ${formatConcurrency(concurrency)}: ${format(value)}${describeBefore(concurrency)}.`,
    )
    .join(' ')
}
