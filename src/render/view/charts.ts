import type { RunReport } from '../../report/run-report.ts'
import type { Verdict } from '../../report/verdict.ts'
import { loadOf } from '../../vocabulary/load.ts'
import type { LoadKind } from '../../vocabulary/load.ts'
import { metricOf } from '../../vocabulary/metrics.ts'
import type { Metric, TimeMetricName } from '../../vocabulary/metrics.ts'
import { formatLevel, formatMs, MISSING } from '../format.ts'
import { keepUnit, makeFigureColumn, makeWordColumn } from '../sentences.ts'
import { LOAD_AXES, spansDecades } from './chart.ts'
import type { Chart, ChartLine, ChartPoint } from './chart.ts'
import { findMoved } from '../metric-words.ts'
import { chartCurve } from './curve.ts'
import type { RunNames } from './input.ts'
import { findLimitedMetric } from './limits.ts'
import { chartKept, chartThroughput, chartTime } from './load-charts.ts'
import { listLadder, listSides, nameSide } from './sides.ts'
import type { Side } from './sides.ts'

/**
 * The charts of a run, beside whatever it was compared with: the curve first, then throughput and times over the load with one for each
 * metric that moved, the objectives, and distributions. None with fewer than two levels.
 */
export function viewCharts(report: RunReport, verdict: Verdict | null, names: RunNames): Chart[] {
  const sides = listSides(report, verdict, names)
  const isStream = report.levels.some(({ ttftMs, tpotMs }) => ttftMs !== null || tpotMs !== null)
  const moved = [
    ...findMoved(verdict?.comparisons ?? []).map(({ metric }) => metricOf(metric)),
    ...listBroken(verdict?.limits ?? []),
  ]
  const has = (isIt: (row: Metric) => boolean): Pick<Chart, 'hasMoved'> => ({ hasMoved: moved.some(isIt) })
  const times = new Set<TimeMetricName>([
    ...(isStream ? (['ttft-p50', 'tpot-p50'] as const) : (['latency-p50'] as const)),
    ...moved.flatMap((row) => (row.quantity === 'time' ? [row.name] : [])),
  ])
  const charts: readonly Chart[] = [
    chartCurve(report, verdict, sides),
    { ...chartThroughput(report, sides), ...has(({ family }) => family === 'throughput') },
    ...[...times].map((metric) => ({ ...chartTime(report, sides, metric), ...has(({ name }) => name === metric) })),
    ...(report.slo === undefined
      ? []
      : [
          {
            ...chartKept(report, verdict, sides, 'attainment'),
            ...has(({ family }) => family === 'attainment' || family === 'capacity'),
          },
          { ...chartKept(report, verdict, sides, 'goodput'), ...has(({ family }) => family === 'goodput') },
        ]),
    ...(isStream ? (['ttft', 'tpot'] as const).map((time) => chartDistribution(report, sides, time)) : []),
  ]
  return charts.filter(hasSeveralLevels).map((chart, i) => addRemarks(chart, i, report, sides))
}

/** A point alone is no chart; a level that cannot be used is drawn all the same. */
function hasSeveralLevels({ lines }: Chart): boolean {
  return lines.some(({ points, unusable }) => points.length + unusable.length > 1)
}

/** The metrics of broken limits. */
function listBroken(limits: Verdict['limits']): Metric[] {
  return limits.flatMap(({ limit, outcome }) => (outcome === 'fail' ? (findLimitedMetric(limit) ?? []) : []))
}

/** Says beside the first of them what is not valid of what is drawn, and what the fine lines are; each has it in its title, too. */
function addRemarks(chart: Chart, i: number, { validity }: RunReport, sides: readonly Side[]): Chart {
  const title = validity.ok ? chart.title : `${chart.title} (run not valid)`
  if (i > 0) return { ...chart, title }
  const { lines, note } = chart
  const rangesOf = (kind: Side['kind']) =>
    lines.some((line) => line.kind === kind && line.points.some(({ range }) => range !== null))
  const ranges = [
    ...(rangesOf('candidate') ? ['from the lowest to the highest pass'] : []),
    ...sides.flatMap((side) =>
      side.kind !== 'candidate' && rangesOf(side.kind)
        ? [`for ${nameSide(side)} from the lowest to the highest run`]
        : [],
    ),
  ]
  const remarks = [
    ...(validity.ok ? [] : ['This run is not valid: its figures decide nothing.']),
    ...(lines.some(({ unusable }) => unusable.length > 0) ? ['A cross is a level that cannot be used.'] : []),
    ...(ranges.length === 0 ? [] : [`Upright lines, here and below, reach ${ranges.join(', ')}.`]),
    ...(note === null ? [] : [note]),
  ]
  return { ...chart, title, note: remarks.length === 0 ? null : remarks.join(' ') }
}

const PERCENTILES = ['p50', 'p90', 'p95', 'p99'] as const

/** How a time is distributed over the requests of each level: from its median to the highest percentile that is known. */
function chartDistribution(report: RunReport, sides: readonly Side[], time: 'ttft' | 'tpot'): Chart {
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
  return isKnown ? `Of ${nameSide(before.side)} no more than the median is recorded.` : null
}
