import type { RunReport } from '../../report/run-report.ts'
import type { Verdict } from '../../report/verdict.ts'
import { html } from '../../text.ts'
import { formatConcurrency, formatMs, formatRate, THROUGHPUT_UNITS } from '../format.ts'
import { throughputSeries, timeSeries } from '../level-series.ts'
import type { LevelSeries } from '../level-series.ts'
import { describePlateau } from '../plateau.ts'
import { renderChart } from '../svg-chart.ts'
import type { Axis, Chart, ChartLine } from '../svg-chart.ts'

const CONCURRENCY: Axis = { label: 'concurrency (doubling)', scale: 'log2', format: formatConcurrency }

/** The charts of a page: throughput and times over concurrency, throughput against latency. Those without data are left out. */
export function htmlCharts(report: RunReport, verdict: Verdict | null): string[] {
  const isStream = report.levels.some(({ ttftMs, tpotMs }) => ttftMs !== null || tpotMs !== null)
  const times = isStream ? (['ttft', 'tpot'] as const) : (['latency'] as const)
  return [
    throughputChart(report, verdict),
    ...times.map((family) => timeChart(report, verdict, family)),
    tradeChart(report),
  ].filter((figure) => figure !== '')
}

function throughputChart(report: RunReport, verdict: Verdict | null): string {
  const { plateau } = report
  const unit = THROUGHPUT_UNITS[plateau.metric]
  const series = throughputSeries(report, verdict)
  const estimate = plateau[plateau.metric]
  const [from, to] = [plateau.concurrencies[0], plateau.concurrencies.at(-1)]
  const isBand =
    from !== undefined &&
    to !== undefined &&
    from < to &&
    estimate !== null &&
    estimate.low !== null &&
    estimate.high !== null
  return figureOf({
    id: 'throughput',
    title: `Throughput over concurrency, in ${unit}`,
    description: `${valuesOf(series, formatRate)} ${describePlateau(report)}`,
    x: CONCURRENCY,
    y: { label: unit, scale: 'linear', format: formatRate },
    lines: linesOf(series),
    band: isBand ? { from, to, low: estimate.low, high: estimate.high } : null,
  })
}

const TIME_NAMES = { ttft: 'TTFT', tpot: 'TPOT', latency: 'Latency' } as const

function timeChart(report: RunReport, verdict: Verdict | null, family: keyof typeof TIME_NAMES): string {
  const series = timeSeries(report, verdict, family)
  const name = TIME_NAMES[family]
  return figureOf({
    id: family,
    title: `${name} (median) over concurrency`,
    description: valuesOf(series, formatMs),
    x: CONCURRENCY,
    y: { label: name, scale: spansDecades(series) ? 'log' : 'linear', format: formatMs },
    lines: linesOf(series),
    band: null,
  })
}

/** What a token a second more costs in latency. */
function tradeChart(report: RunReport): string {
  const unit = THROUGHPUT_UNITS[report.plateau.metric]
  const throughput = throughputSeries(report, null).points
  const latency = timeSeries(report, null, 'latency').points
  const points = throughput.flatMap(({ concurrency, value }) => {
    const found = latency.find((point) => point.concurrency === concurrency)
    return found === undefined ? [] : [{ x: found.value, y: value, label: formatConcurrency(concurrency) }]
  })
  return figureOf({
    id: 'trade',
    title: `Throughput against latency, by concurrency`,
    description: points.map(({ x, y, label }) => `At ${label}: ${formatRate(y)} ${unit} at ${formatMs(x)}.`).join(' '),
    x: { label: 'latency (median)', scale: 'linear', format: formatMs },
    y: { label: unit, scale: 'linear', format: formatRate },
    lines: [{ label: 'this run', kind: 'candidate', points, dots: [] }],
    band: null,
  })
}

/** The chart with its title above it; empty without a line. */
function figureOf(chart: Chart): string {
  const svg = renderChart(chart)
  return svg === '' ? '' : `<figure>\n<figcaption>${html(chart.title)}</figcaption>\n${svg}\n</figure>`
}

/** On a linear axis the small values of such a curve would lie on the ground. */
function spansDecades({ points }: LevelSeries): boolean {
  const values = points.map(({ value }) => value)
  return Math.max(...values) > 20 * Math.min(...values)
}

function linesOf({ points, baseline }: LevelSeries): ChartLine[] {
  const candidate: ChartLine = {
    label: 'this run',
    kind: 'candidate',
    points: points.map(({ concurrency, value }) => ({ x: concurrency, y: value, label: null })),
    dots: points.flatMap(({ concurrency, passes }) =>
      passes.map((value) => ({ x: concurrency, y: value, label: null })),
    ),
  }
  if (baseline.length === 0) return [candidate]
  const before = baseline.map(({ concurrency, value }) => ({ x: concurrency, y: value, label: null }))
  return [{ label: 'baseline', kind: 'baseline', points: before, dots: [] }, candidate]
}

function valuesOf({ points, baseline }: LevelSeries, format: (value: number) => string): string {
  const before = (concurrency: number) => {
    const found = baseline.find((point) => point.concurrency === concurrency)
    return found === undefined ? '' : ` (baseline ${format(found.value)})`
  }
  return points
    .map(({ concurrency, value }) => `At ${formatConcurrency(concurrency)}: ${format(value)}${before(concurrency)}.`)
    .join(' ')
}
