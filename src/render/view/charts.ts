import type { RunReport } from '../../report/run-report.ts'
import type { Verdict } from '../../report/verdict.ts'
import { loadOf } from '../../vocabulary/load.ts'
import type { LoadKind } from '../../vocabulary/load.ts'
import { findLimitedMetric, metricOf, RATE_UNITS } from '../../vocabulary/metrics.ts'
import type { FigureOfLevel, Metric, TimeMetricName } from '../../vocabulary/metrics.ts'
import {
  formatChange,
  formatConcurrency,
  formatLevel,
  formatMs,
  formatRate,
  formatShare,
  MISSING,
} from '../../words/format.ts'
import { findMoved } from '../../words/metric-words.ts'
import { keepUnit, makeFigureColumn, makeWordColumn } from '../../words/sentences.ts'
import type { Table } from '../../words/sentences.ts'
import {
  boxObjective,
  boxPlateau,
  describeSides,
  findAt,
  joinPoints,
  LOAD_AXES,
  listCapacities,
  listLadder,
  listSides,
  spansDecades,
  wordPlateau,
} from './chart.ts'
import type { Axis, Chart, ChartLine, ChartMark, ChartPoint, Drawn, PlacedPoint, Reading, Side } from './chart.ts'
import { nameSide } from './input.ts'
import type { RunNames } from './input.ts'
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
  return lines.some((line) => countPoints(line) > 1)
}

function countPoints({ points, unusable }: ChartLine): number {
  return points.length + unusable.length
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

/** Of a chart in which nothing but lines is drawn. */
const LINES_ALONE = { areas: [], marks: [], words: [], isApart: false, note: null, hasMoved: false } as const

/** The curve: what a token a second more costs in latency, level by level, with everything that is known about its shape. */
function chartCurve(report: RunReport, verdict: Verdict | null, sides: readonly Side[]): Chart {
  const unit = RATE_UNITS[report.plateau.metric]
  const load = loadOf(report.series)
  const found = sides.map((side) => ({ side, at: pairUp(side) }))
  const ladder = listLadder(report, found)
  const latencies = found.flatMap(({ at }) => at.map(({ time }) => time.value))
  const x: Axis = {
    label: 'latency (median)',
    unit: 'ms',
    scale: spansDecades(latencies) ? 'log' : 'linear',
    format: formatMs,
  }
  const drawn = found.map(({ side, at }) => drawCurve(side, at, ladder, load))
  const placeOf = (level: number) => findAt(drawn.at(-1)!.placed, level)?.point.x
  return {
    ...LINES_ALONE,
    id: 'curve',
    title: `Throughput against latency, in ${unit}, with the ${load} at each point`,
    description: `${describeCurves(found, unit, load)} ${describePlateau(report)}`,
    x,
    y: { label: unit, unit, scale: 'linear', format: formatRate },
    lines: drawn.map(({ line }) => line).filter(countPoints),
    areas: [...boxPlateau(report, placeOf), ...boxObjective(report, 'latency', 'x')],
    marks: markPlaces(report, verdict, drawn, x),
    table: tabulateCurve(found, ladder, { unit, load }),
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
    const time = findAt(times, rate.concurrency)
    return time === undefined ? [] : [{ concurrency: rate.concurrency, rate, time }]
  })
}

/** A side with its line, and the levels on it at which a mark may stand. */
type DrawnCurve = ReturnType<typeof drawCurve>

function drawCurve(side: Side, pairs: readonly CurveLevel[], ladder: readonly number[], load: LoadKind) {
  const placed = pairs.map(({ concurrency, rate, time }): PlacedPoint => ({
    concurrency,
    point: { x: time.value, y: rate.value, label: formatLevel(load, concurrency), range: rate.range, ticks: [] },
    isUsable: rate.isUsable,
  }))
  return { side, line: joinPoints(side, placed, ladder), placed: placed.filter(({ isUsable }) => isUsable) }
}

/** The knee of this run and the capacities, each on the curve of its side. */
function markPlaces(report: RunReport, verdict: Verdict | null, drawn: readonly DrawnCurve[], x: Axis): ChartMark[] {
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

function describeCurves(found: readonly Drawn<CurveLevel>[], unit: string, load: LoadKind): string {
  const describe = ({ concurrency, rate, time }: CurveLevel) =>
    `at ${formatLevel(load, concurrency)} ${formatRate(rate.value)} ${unit} and ${formatMs(time.value)}`
  return describeSides(found, describe, ', ')
}

function tabulateCurve(
  found: readonly Drawn<CurveLevel>[],
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
        const pair = findAt(at, level)
        if (pair === undefined) return [MISSING, MISSING]
        const { rate, time } = pair
        return [`${formatRate(rate.value)}${rate.isUsable ? '' : ' (not usable)'}`, keepUnit(formatMs(time.value))]
      }),
    ]),
  }
}

/** Throughput, with plateau and knee. */
function chartThroughput(report: RunReport, sides: readonly Side[]): Chart {
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
function chartTime(report: RunReport, sides: readonly Side[], name: TimeMetricName): Chart {
  const { label, percentile, family } = metricOf(name)
  const values = sides.flatMap((side) => side.read(name).map(({ value }) => value))
  const chart = chartOverLoad(report, sides, name, {
    title: `${label}${percentile === 'p50' ? ' (median)' : ''} by ${loadOf(report.series)}`,
    y: { label, unit: 'ms', scale: spansDecades(values) ? 'log' : 'linear', format: formatMs },
  })
  return { ...chart, areas: boxObjective(report, family, 'y') }
}

/** The share of the requests that keeps the objectives, with what is wanted and the capacities. */
function chartAttainment(report: RunReport, verdict: Verdict | null, sides: readonly Side[]): Chart {
  const share = report.slo?.share ?? 0
  const chart = chartOverLoad(report, sides, 'attainment', {
    title: `Attainment by ${loadOf(report.series)}`,
    y: { label: 'requests that keep all objectives', unit: '%', scale: 'linear', format: formatShare },
  })
  const wanted: ChartMark = { side: 'candidate', x: null, y: share, label: `wanted: ${formatShare(share)}` }
  return { ...chart, marks: [...markCapacities(report, verdict, sides), wanted] }
}

/** The goodput, with the capacities. */
function chartGoodput(report: RunReport, verdict: Verdict | null, sides: readonly Side[]): Chart {
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
  const ladder = listLadder(report, found)
  return {
    ...LINES_ALONE,
    id: name,
    ...about,
    description: describeValues(found, load, about.y),
    x: LOAD_AXES[load],
    lines: found.map(({ side, at }) => drawSide(side, at, ladder)).filter(countPoints),
    table: tabulateOverLoad(found, ladder, { load, y: about.y }),
  }
}

function drawSide(side: Side, readings: readonly Reading[], ladder: readonly number[]): ChartLine {
  const placed = readings.map(({ concurrency, value, range, isUsable }): PlacedPoint => ({
    concurrency,
    point: { x: concurrency, y: value, label: null, range, ticks: [] },
    isUsable,
  }))
  return joinPoints(side, placed, ladder)
}

function describeValues(found: readonly Drawn<Reading>[], load: LoadKind, { format }: Axis): string {
  const others = found.slice(0, -1)
  return found
    .at(-1)!
    .at.map(({ concurrency, value }) => {
      const beside = others.flatMap(({ side, at }) => {
        const other = findAt(at, concurrency)
        return other === undefined ? [] : [`${side.label} ${format(other.value)}`]
      })
      const before = beside.length === 0 ? '' : ` (${beside.join(', ')})`
      return `At ${formatLevel(load, concurrency)}: ${format(value)}${before}.`
    })
    .join(' ')
}

function tabulateOverLoad(
  found: readonly Drawn<Reading>[],
  ladder: readonly number[],
  { load, y: { format } }: { readonly load: LoadKind; readonly y: Axis },
): Table {
  const sides = found.filter(({ at }) => at.length > 0).toReversed()
  const before = sides.find(({ side }) => side.kind !== 'candidate')
  const own = found.at(-1)!
  return {
    columns: [
      makeFigureColumn('level'),
      ...sides.map(({ side }) => makeFigureColumn(side.label)),
      ...(before === undefined ? [] : [makeFigureColumn(`against ${before.side.label}`)]),
    ],
    rows: ladder.map((level) => {
      const [now, then] = [findAt(own.at, level), findAt(before?.at ?? [], level)]
      const change = now === undefined || then === undefined || then.value === 0 ? null : now.value / then.value - 1
      return [
        formatLevel(load, level),
        ...sides.map(({ at }) => {
          const reading = findAt(at, level)
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
function chartDistribution(report: RunReport, sides: readonly Side[], time: 'ttft' | 'tpot'): Chart {
  const found = sides.map((side) => ({ side, at: readPercentiles(side, time) }))
  const shown = found.filter(({ at }) => at.length > 0)
  const all = shown.flatMap(({ at }) => at.flatMap(({ values }) => values.flatMap((value) => value ?? [])))
  const { label } = metricOf(`${time}-p50`)
  const load = loadOf(report.series)
  return {
    ...LINES_ALONE,
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
    isApart: true,
    table: {
      columns: [makeFigureColumn('level'), makeWordColumn('run'), ...PERCENTILES.map(makeFigureColumn)],
      rows: listLadder(report, []).flatMap((level) =>
        shown.toReversed().flatMap(({ side, at }) => {
          const spread = findAt(at, level)
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
    const above = tails.map((tail) => findAt(tail, concurrency)?.value ?? null)
    return above.every((one) => one === null) ? [] : [{ concurrency, isUsable, values: [value, ...above] }]
  })
}

function toPoint({ concurrency, values }: Percentiles): ChartPoint {
  const known = values.flatMap((value) => value ?? [])
  // Pooled over the passes a p90 may lie below the mean of their medians.
  const range = { low: Math.min(...known), high: Math.max(...known) }
  return { x: concurrency, y: known[0]!, label: null, range, ticks: known.slice(1) }
}

function describePercentiles(found: readonly Drawn<Percentiles>[], load: LoadKind): string {
  const describe = ({ concurrency, values }: Percentiles) => {
    const known = values.flatMap((value, i) => (value === null ? [] : [`${PERCENTILES[i]} ${formatMs(value)}`]))
    return `at ${formatLevel(load, concurrency)} ${known.join(', ')}`
  }
  return describeSides(found, describe, '; ')
}

/** Recorded runs of older versions, or of fewer requests, have no percentiles above the median. */
function describeMissing(found: readonly Drawn<Percentiles>[]): string | null {
  const before = found.find(({ side, at }) => side.kind === 'baseline' && at.length === 0)
  const isKnown = before !== undefined && before.side.read('throughput').length > 0
  return isKnown ? `Of ${nameSide(before.side.label)} no more than the median is recorded.` : null
}
