import type { RunReport } from '../../report/run-report.ts'
import { isOpenLoop, loadOf } from '../../vocabulary/load.ts'
import type { LoadKind } from '../../vocabulary/load.ts'
import type { Verdict } from '../../report/verdict.ts'
import { metricOf, RATE_UNITS } from '../../vocabulary/metrics.ts'
import type { FigureOfLevel, TimeMetricName } from '../../vocabulary/metrics.ts'
import {
  formatChange,
  formatConcurrency,
  formatLevel,
  formatMs,
  formatRate,
  formatShare,
  MISSING,
} from '../../words/format.ts'
import { keepUnit, makeFigureColumn, makeWordColumn } from '../../words/sentences.ts'
import type { Table } from '../../words/sentences.ts'
import { boxObjective, boxPlateau, joinPoints, LOAD_AXES, spansDecades, listCapacities, listLadder } from './chart.ts'
import type { Axis, Chart, ChartLine, ChartMark, ChartPoint, PlacedPoint, Reading, Side } from './chart.ts'
import { nameSide } from './input.ts'
import { describePlateau } from './plateau.ts'

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

/** The share of the requests that keeps the objectives, with what is wanted and the capacities. */
export function chartAttainment(report: RunReport, verdict: Verdict | null, sides: readonly Side[]): Chart {
  const share = report.slo?.share ?? 0
  const chart = chartOverLoad(report, sides, 'attainment', {
    title: `Attainment by ${loadOf(report.series)}`,
    y: { label: 'requests that keep all objectives', unit: '%', scale: 'linear', format: formatShare },
  })
  const wanted: ChartMark = { side: 'candidate', x: null, y: share, label: `wanted: ${formatShare(share)}` }
  return { ...chart, marks: [...markCapacities(report, verdict, sides), wanted] }
}

/** The goodput, with the capacities. */
export function chartGoodput(report: RunReport, verdict: Verdict | null, sides: readonly Side[]): Chart {
  const chart = chartOverLoad(report, sides, 'goodput', {
    title: `Goodput by ${loadOf(report.series)}, in req/s`,
    y: { label: 'req/s that keep all objectives', unit: 'req/s', scale: 'linear', format: formatRate },
  })
  return { ...chart, marks: markCapacities(report, verdict, sides) }
}

function markCapacities(report: RunReport, verdict: Verdict | null, sides: readonly Side[]): ChartMark[] {
  return listCapacities(report, verdict, sides).map(({ side, value, label }) => ({ side, x: value, y: null, label }))
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

const PERCENTILES = ['p50', 'p90', 'p95', 'p99'] as const

/** How a time is distributed over the requests of each level: from its median to the highest percentile that is known. */
export function chartDistribution(report: RunReport, sides: readonly Side[], time: 'ttft' | 'tpot'): Chart {
  const found = sides.map((side) => ({ side, at: readPercentiles(side, time) }))
  const shown = found.filter(({ at }) => at.length > 0)
  const all = shown.flatMap(({ at }) => at.flatMap(({ values }) => values.flatMap((value) => value ?? [])))
  const { label } = metricOf(`${time}-p50`)
  const load = loadOf(report.series)
  return {
    id: `${time}-distribution`,
    title: `${label} of the requests by ${load}: median, p90, p95 and p99`,
    description: `From the median, where the mark is, to the highest percentile that enough requests tell. ${describePercentiles(shown, load)}`,
    x: LOAD_AXES[load],
    y: { label, unit: 'ms', scale: spansDecades(all) ? 'log' : 'linear', format: formatMs },
    lines: shown.map(({ side, at }): ChartLine => ({
      label: side.label,
      kind: side.kind,
      points: at.filter(({ isUsable }) => isUsable).map(toPoint),
      strokes: [],
      unusable: at.filter(({ isUsable }) => !isUsable).map(toPoint),
    })),
    areas: [],
    marks: [],
    words: [],
    isApart: true,
    table: {
      columns: [makeFigureColumn('level'), makeWordColumn('run'), ...PERCENTILES.map(makeFigureColumn)],
      rows: listLadder(report, []).flatMap((level) =>
        shown.toReversed().flatMap(({ side, at }) => {
          const spread = at.find(({ concurrency }) => concurrency === level)
          if (spread === undefined) return []
          return [
            [
              formatLevel(load, level),
              spread.isUsable ? side.label : `${side.label} (not usable)`,
              ...spread.values.map((value) => (value === null ? MISSING : keepUnit(formatMs(value)))),
            ],
          ]
        }),
      ),
    },
    note: describeMissing(found),
    hasMoved: false,
  }
}

/** The percentiles of one level; those that too few requests tell are null. */
interface Percentiles {
  readonly concurrency: number
  readonly isUsable: boolean
  readonly values: readonly (number | null)[]
}

/** Levels of which more than the median is known. */
function readPercentiles(side: Side, time: 'ttft' | 'tpot'): Percentiles[] {
  const [medians = [], ...tails] = PERCENTILES.map((percentile) => side.read(`${time}-${percentile}`))
  return medians.flatMap(({ concurrency, value, isUsable }) => {
    const above = tails.map((tail) => tail.find((reading) => reading.concurrency === concurrency)?.value ?? null)
    return above.every((one) => one === null) ? [] : [{ concurrency, isUsable, values: [value, ...above] }]
  })
}

function toPoint({ concurrency, values }: Percentiles): ChartPoint {
  const known = values.flatMap((value) => value ?? [])
  // Pooled over the passes a p90 may lie below the mean of their medians.
  const range = { low: Math.min(...known), high: Math.max(...known) }
  return { x: concurrency, y: known[0]!, label: null, range, ticks: known.slice(1) }
}

function describePercentiles(
  found: readonly { readonly side: Side; readonly at: readonly Percentiles[] }[],
  load: LoadKind,
): string {
  return found
    .toReversed()
    .map(({ side, at }) => {
      const levels = at.map(({ concurrency, values }) => {
        const known = values.flatMap((value, i) => (value === null ? [] : [`${PERCENTILES[i]} ${formatMs(value)}`]))
        return `at ${formatLevel(load, concurrency)} ${known.join(', ')}`
      })
      return `${side.label}: ${levels.join('; ')}.`
    })
    .join(' ')
}

/** Recorded runs of older versions, or of fewer requests, have no percentiles above the median. */
function describeMissing(
  found: readonly { readonly side: Side; readonly at: readonly Percentiles[] }[],
): string | null {
  const before = found.find(({ side, at }) => side.kind === 'baseline' && at.length === 0)
  const isKnown = before !== undefined && before.side.read('throughput').length > 0
  return isKnown ? `Of ${nameSide(before.side.label)} no more than the median is recorded.` : null
}
