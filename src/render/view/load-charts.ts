import type { RunReport } from '../../report/run-report.ts'
import { isOpenLoop, loadOf } from '../../vocabulary/load.ts'
import type { Verdict } from '../../report/verdict.ts'
import type { LoadKind } from '../../vocabulary/load.ts'
import { metricOf, RATE_UNITS } from '../../vocabulary/metrics.ts'
import type { FigureOfLevel, TimeMetricName } from '../../vocabulary/metrics.ts'
import { formatChange, formatConcurrency, formatLevel, formatMs, formatRate, formatShare, MISSING } from '../format.ts'
import { makeFigureColumn, keepUnit } from '../sentences.ts'
import type { Table } from '../sentences.ts'
import { boxObjective, boxPlateau, joinPoints, LOAD_AXES, spansDecades } from './chart.ts'
import type { Axis, Chart, ChartLine, ChartMark, PlacedPoint } from './chart.ts'
import { describePlateau } from './plateau.ts'
import { listCapacities, listLadder } from './sides.ts'
import type { Reading, Side } from './sides.ts'

/** Charts of one figure over the load, each side at every level that it has. */

/** Throughput, with plateau and knee. */
export function chartThroughput(report: RunReport, sides: readonly Side[]): Chart {
  const { plateau } = report
  const unit = RATE_UNITS[plateau.metric]
  const chart = chartOverLoad(report, sides, 'throughput', {
    title: `Throughput by ${loadOf(report.series)}, in ${unit}`,
    y: { label: unit, unit, scale: 'linear', format: formatRate },
  })
  const knee = plateau.kneeConcurrency
  return {
    ...chart,
    description: `${chart.description} ${describePlateau(report)}`,
    areas: boxPlateau(report, (level) => level),
    words: wordPlateau(report, sides.at(-1)!.read('throughput')),
    marks: knee === null ? [] : [{ side: 'candidate', x: knee, y: null, label: `knee ${formatConcurrency(knee)}` }],
  }
}

/** A percentile of a time, with its objective. */
export function chartTime(report: RunReport, sides: readonly Side[], name: TimeMetricName): Chart {
  const { label, percentile, family } = metricOf(name)
  const values = sides.flatMap((side) => side.read(name).map(({ value }) => value))
  const chart = chartOverLoad(report, sides, name, {
    title: `${label}${percentile === 'p50' ? ' (median)' : ''} by ${loadOf(report.series)}`,
    y: { label, unit: 'ms', scale: spansDecades(values) ? 'log' : 'linear', format: formatMs },
  })
  return { ...chart, areas: boxObjective(report, family, 'y') }
}

/** How the objectives are kept: the share of the requests with what is wanted, or the goodput; each with the capacities. */
export function chartKept(
  report: RunReport,
  verdict: Verdict | null,
  sides: readonly Side[],
  name: 'attainment' | 'goodput',
): Chart {
  const share = report.slo?.share ?? 0
  const marks = listCapacities(report, verdict, sides).map(({ side, value, label }): ChartMark => ({
    side,
    x: value,
    y: null,
    label,
  }))
  if (name === 'goodput')
    return {
      ...chartOverLoad(report, sides, name, {
        title: `Goodput by ${loadOf(report.series)}, in req/s`,
        y: { label: 'req/s that keep all objectives', unit: 'req/s', scale: 'linear', format: formatRate },
      }),
      marks,
    }
  const chart = chartOverLoad(report, sides, name, {
    title: `Attainment by ${loadOf(report.series)}`,
    y: { label: 'requests that keep all objectives', unit: '%', scale: 'linear', format: formatShare },
  })
  return {
    ...chart,
    marks: [...marks, { side: 'candidate', x: null, y: share, label: `wanted: ${formatShare(share)}` }],
  }
}

function chartOverLoad(
  report: RunReport,
  sides: readonly Side[],
  name: FigureOfLevel,
  about: Pick<Chart, 'title' | 'y'>,
): Chart {
  const load = loadOf(report.series)
  const found = sides.map((side) => ({ side, at: side.read(name) }))
  const ladder = listLadder(
    report,
    found.map(({ at }) => at),
  )
  return {
    id: name,
    ...about,
    description: describeValues(found, load, about.y),
    x: LOAD_AXES[load],
    lines: found.map(({ side, at }) => drawSide(side, at, ladder)).filter(hasPoints),
    areas: [],
    marks: [],
    words: [],
    isApart: false,
    table: tabulateOverLoad(found, ladder, { load, y: about.y }),
    note: null,
    hasMoved: false,
  }
}

function hasPoints({ points, unusable }: ChartLine): boolean {
  return points.length + unusable.length > 0
}

function drawSide(side: Side, readings: readonly Reading[], ladder: readonly number[]): ChartLine {
  const placed = readings.map(({ concurrency, value, range, isUsable }): PlacedPoint => ({
    concurrency,
    point: { x: concurrency, y: value, label: null, range, ticks: [] },
    isUsable,
  }))
  return joinPoints(side, placed, ladder)
}

/** The levels of the plateau, and the knee at the first level that is at or beyond it. */
function wordPlateau(
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

interface SideReadings {
  readonly side: Side
  readonly at: readonly Reading[]
}

function describeValues(found: readonly SideReadings[], load: LoadKind, { format }: Axis): string {
  const others = found.slice(0, -1)
  return found
    .at(-1)!
    .at.map(({ concurrency, value }) => {
      const beside = others.flatMap(({ side, at }) => {
        const other = at.find((reading) => reading.concurrency === concurrency)
        return other === undefined ? [] : [`${side.label} ${format(other.value)}`]
      })
      const before = beside.length === 0 ? '' : ` (${beside.join(', ')})`
      return `At ${formatLevel(load, concurrency)}: ${format(value)}${before}.`
    })
    .join(' ')
}

function tabulateOverLoad(
  found: readonly SideReadings[],
  ladder: readonly number[],
  { load, y: { format } }: { readonly load: LoadKind; readonly y: Axis },
): Table {
  const sides = found.filter(({ at }) => at.length > 0).toReversed()
  const find = (at: readonly Reading[], level: number) => at.find(({ concurrency }) => concurrency === level)
  const before = sides.find(({ side }) => side.kind !== 'candidate')
  const own = found.at(-1)!
  return {
    columns: [
      makeFigureColumn('level'),
      ...sides.map(({ side }) => makeFigureColumn(side.label)),
      ...(before === undefined ? [] : [makeFigureColumn(`against ${before.side.label}`)]),
    ],
    rows: ladder.map((level) => {
      const [now, then] = [find(own.at, level), find(before?.at ?? [], level)]
      const change = now === undefined || then === undefined || then.value === 0 ? null : now.value / then.value - 1
      return [
        formatLevel(load, level),
        ...sides.map(({ at }) => {
          const reading = find(at, level)
          if (reading === undefined) return MISSING
          return keepUnit(`${format(reading.value)}${reading.isUsable ? '' : ' (not usable)'}`)
        }),
        ...(before === undefined ? [] : [keepUnit(formatChange(change))]),
      ]
    }),
  }
}
