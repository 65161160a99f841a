import type { RunReport } from '../../report/run-report.ts'
import type { Verdict } from '../../report/verdict.ts'
import { findMetric, metricOf } from '../../vocabulary/metrics.ts'
import type { Metric, TimeMetricName } from '../../vocabulary/metrics.ts'
import type { Chart } from './chart.ts'
import { chartCurve } from './curve.ts'
import { chartDistribution } from './distributions.ts'
import type { RunNames } from './input.ts'
import { chartKept, chartThroughput, chartTime } from './load-charts.ts'
import { listSides, nameSide } from './sides.ts'
import type { Side } from './sides.ts'
import { findMoved } from './where.ts'

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

/** The metrics of broken limits; a limit's text begins with its metric. */
function listBroken(limits: Verdict['limits']): Metric[] {
  return limits.flatMap(({ limit, outcome }) =>
    outcome === 'fail' ? (findMetric(/^[a-z\d-]*/.exec(limit)![0]) ?? []) : [],
  )
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
