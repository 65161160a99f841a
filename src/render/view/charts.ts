import type { RunReport } from '../../report/run-report.ts'
import type { Verdict } from '../../report/verdict.ts'
import { loadOf } from '../../vocabulary/load.ts'
import type { LoadKind } from '../../vocabulary/load.ts'
import { findLimitedMetric, metricOf, RATE_UNITS } from '../../vocabulary/metrics.ts'
import type { FigureOfLevel, Metric, TimeMetricName } from '../../vocabulary/metrics.ts'
import { formatConcurrency, formatLevel, formatMs, formatRate, MISSING } from '../../words/format.ts'
import { findMoved } from '../../words/metric-words.ts'
import { keepUnit, makeFigureColumn } from '../../words/sentences.ts'
import type { Table } from '../../words/sentences.ts'
import { boxObjective, boxPlateau, joinPoints, spansDecades, listCapacities, listLadder, listSides } from './chart.ts'
import type { Axis, Chart, ChartLine, ChartMark, ChartPoint, PlacedPoint, Reading, Side } from './chart.ts'
import { nameSide } from './input.ts'
import type { RunNames } from './input.ts'
import { chartAttainment, chartDistribution, chartGoodput, chartThroughput, chartTime } from './load-charts.ts'
import { describePlateau } from './plateau.ts'

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
  const hasKindOf = (figure: FigureOfLevel) => has(({ family }) => family === metricOf(figure).family)
  const times = new Set<TimeMetricName>([
    ...(isStream ? (['ttft-p50', 'tpot-p50'] as const) : (['latency-p50'] as const)),
    ...moved.flatMap((row) => (row.quantity === 'time' ? [row.name] : [])),
  ])
  const charts: readonly Chart[] = [
    chartCurve(report, verdict, sides),
    { ...chartThroughput(report, sides), ...hasKindOf('throughput') },
    ...[...times].map((metric) => ({ ...chartTime(report, sides, metric), ...has(({ name }) => name === metric) })),
    ...(report.slo === undefined
      ? []
      : [
          {
            ...chartAttainment(report, verdict, sides),
            ...has(({ needs, quantity }) => needs === 'slo' && (quantity === 'share' || quantity === 'concurrency')),
          },
          { ...chartGoodput(report, verdict, sides), ...hasKindOf('goodput') },
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
        ? [`for ${nameSide(side.label)} from the lowest to the highest run`]
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

/** The curve: what a token a second more costs in latency, level by level, with everything that is known about its shape. */
function chartCurve(report: RunReport, verdict: Verdict | null, sides: readonly Side[]): Chart {
  const unit = RATE_UNITS[report.plateau.metric]
  const load = loadOf(report.series)
  const found = sides.map((side) => ({ side, at: pairUp(side) }))
  const ladder = listLadder(
    report,
    found.map(({ at }) => at.map(({ rate }) => rate)),
  )
  const latencies = found.flatMap(({ at }) => at.map(({ time }) => time.value))
  const x: Axis = {
    label: 'latency (median)',
    unit: 'ms',
    scale: spansDecades(latencies) ? 'log' : 'linear',
    format: formatMs,
  }
  const drawn = found.map(({ side, at }) => drawSide(side, at, ladder, load))
  const placeOf = (level: number) => drawn.at(-1)!.placed.find(({ concurrency }) => concurrency === level)?.point.x
  return {
    id: 'curve',
    title: `Throughput against latency, in ${unit}, with the ${load} at each point`,
    description: `${describeCurves(found, unit, load)} ${describePlateau(report)}`,
    x,
    y: { label: unit, unit, scale: 'linear', format: formatRate },
    lines: drawn.map(({ line }) => line).filter(({ points, unusable }) => points.length + unusable.length > 0),
    areas: [...boxPlateau(report, placeOf), ...boxObjective(report, 'latency', 'x')],
    marks: markPlaces(report, verdict, drawn, x),
    words: [],
    isApart: false,
    table: tabulateCurve(found, ladder, { unit, load }),
    note: null,
    hasMoved: false,
  }
}

/** A level of one side on the curve. */
interface CurveLevel {
  readonly concurrency: number
  readonly rate: Reading
  readonly time: Reading
}

function pairUp(side: Side): CurveLevel[] {
  const times = side.read('latency-p50')
  return side.read('throughput').flatMap((rate) => {
    const time = times.find(({ concurrency }) => concurrency === rate.concurrency)
    return time === undefined ? [] : [{ concurrency: rate.concurrency, rate, time }]
  })
}

/** A side with its line, and the levels on it at which a mark may stand. */
interface SideLine {
  readonly side: Side
  readonly line: ChartLine
  readonly placed: readonly PlacedPoint[]
}

function drawSide(side: Side, pairs: readonly CurveLevel[], ladder: readonly number[], load: LoadKind): SideLine {
  const placed = pairs.map(({ concurrency, rate, time }): PlacedPoint => ({
    concurrency,
    point: { x: time.value, y: rate.value, label: formatLevel(load, concurrency), range: rate.range, ticks: [] },
    isUsable: rate.isUsable,
  }))
  return { side, line: joinPoints(side, placed, ladder), placed: placed.filter(({ isUsable }) => isUsable) }
}

/** The knee of this run and the capacities, each on the curve of its side. */
function markPlaces(report: RunReport, verdict: Verdict | null, drawn: readonly SideLine[], x: Axis): ChartMark[] {
  const knee = report.plateau.kneeConcurrency
  const places = [
    ...(knee === null ? [] : [{ side: 'candidate' as const, value: knee, label: `knee ${formatConcurrency(knee)}` }]),
    ...listCapacities(
      report,
      verdict,
      drawn.map(({ side }) => side),
    ),
  ]
  return places.flatMap(({ side, value, label }) => {
    const placed = drawn.find(({ line }) => line.kind === side)?.placed ?? []
    return markOn(placed, value, x, { side, label })
  })
}

/** A concurrency between two levels on the line between them; none beyond the levels, or where they are not joined. */
function markOn(
  placed: readonly PlacedPoint[],
  concurrency: number,
  { scale }: Axis,
  mark: Pick<ChartMark, 'side' | 'label'>,
): ChartMark[] {
  const at = placed.findIndex((level) => level.concurrency >= concurrency)
  const right = placed[at]
  const left = placed[at - 1] ?? right
  if (right === undefined || left === undefined) return []
  if (left === right && right.concurrency !== concurrency) return []
  const share =
    left === right ? 0 : Math.log(concurrency / left.concurrency) / Math.log(right.concurrency / left.concurrency)
  const [a, b]: [ChartPoint, ChartPoint] = [left.point, right.point]
  const x = scale === 'linear' ? a.x + share * (b.x - a.x) : a.x * (b.x / a.x) ** share
  return [{ ...mark, x, y: a.y + share * (b.y - a.y) }]
}

interface SideLevels {
  readonly side: Side
  readonly at: readonly CurveLevel[]
}

function describeCurves(found: readonly SideLevels[], unit: string, load: LoadKind): string {
  return found
    .toReversed()
    .filter(({ at }) => at.length > 0)
    .map(({ side, at }) => {
      const levels = at.map(
        ({ concurrency, rate, time }) =>
          `at ${formatLevel(load, concurrency)} ${formatRate(rate.value)} ${unit} and ${formatMs(time.value)}`,
      )
      return `${side.label}: ${levels.join(', ')}.`
    })
    .join(' ')
}

function tabulateCurve(
  found: readonly SideLevels[],
  ladder: readonly number[],
  { unit, load }: { readonly unit: string; readonly load: LoadKind },
): Table {
  const sides = found.filter(({ at }) => at.length > 0).toReversed()
  return {
    columns: [
      makeFigureColumn('level'),
      ...sides.flatMap(({ side }) => [
        makeFigureColumn(`${side.label}, ${unit}`),
        makeFigureColumn(`${side.label}, latency`),
      ]),
    ],
    rows: ladder.map((level) => [
      formatLevel(load, level),
      ...sides.flatMap(({ at }) => {
        const pair = at.find(({ concurrency }) => concurrency === level)
        if (pair === undefined) return [MISSING, MISSING]
        const { rate, time } = pair
        return [`${formatRate(rate.value)}${rate.isUsable ? '' : ' (not usable)'}`, keepUnit(formatMs(time.value))]
      }),
    ]),
  }
}
