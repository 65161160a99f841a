import { scaleLinear, scaleLog } from 'd3-scale'
import { line } from 'd3-shape'
import { dropCodeMarks, escapeForHtml } from '../text.ts'
import type { Axis, Chart, ChartLine, ChartPoint } from './view/charts.ts'

/** Charts as self-contained SVG; colours come from the classes of the page around them. */

const WIDTH = 640
const HEIGHT = 320
const MARGIN = { top: 34, right: 24, bottom: 46, left: 76 }
const MOST_TICKS = 10

/** The SVG of a chart with at least two points. */
export function renderChart(chart: Chart): string {
  const points = chart.lines.flatMap((line) => [...line.points, ...line.dots])
  const x = scaleOf(
    chart.x,
    points.map((point) => point.x),
    [MARGIN.left, WIDTH - MARGIN.right],
  )
  const y = scaleOf(
    chart.y,
    [...points.map((point) => point.y), chart.band?.high ?? 0],
    [HEIGHT - MARGIN.bottom, MARGIN.top],
  )
  const { id, title, description } = chart
  return [
    `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-labelledby="${id}-title ${id}-description">`,
    `<title id="${id}-title">${escapeForHtml(title)}</title>`,
    `<desc id="${id}-description">${escapeForHtml(dropCodeMarks(description), 1000)}</desc>`,
    ...drawAxisX(chart.x, x),
    ...drawAxisY(chart.y, y),
    bandOf(chart, x, y),
    ...chart.lines.map((line) => drawLine(line, x, y)),
    ...legendOf(chart.lines),
    '</svg>',
  ]
    .filter((part) => part !== '')
    .join('\n')
}

/** The position of a value, and the values written at the axis. */
interface Scale {
  readonly ticks: readonly number[]
  at(value: number): number
}

function scaleOf({ scale }: Axis, values: readonly number[], range: [number, number]): Scale {
  if (scale === 'linear') {
    const linear = scaleLinear()
      .domain([0, Math.max(...values) * 1.05])
      .range(range)
    return { ticks: linear.ticks(5), at: (value) => linear(value) }
  }
  const distinct = [...new Set(values)].filter((value) => value > 0).sort((a, b) => a - b)
  if (scale === 'log') {
    const log = scaleLog()
      .domain([distinct[0]!, distinct.at(-1)!])
      .nice()
      .range(range)
    const ticks = log.ticks(MOST_TICKS).filter((tick) => /^[125]/.test(tick.toExponential()))
    return { ticks, at: (value) => log(value) }
  }
  const log = scaleLog()
    .base(2)
    .domain([distinct[0]! / 1.1, distinct.at(-1)! * 1.1])
    .range(range)
  const every = Math.ceil(distinct.length / MOST_TICKS)
  return { ticks: distinct.filter((_, i) => i % every === 0), at: (value) => log(value) }
}

function drawAxisX({ label, format }: Axis, { ticks, at }: Scale): string[] {
  const bottom = HEIGHT - MARGIN.bottom
  return [
    `<path class="axis" d="M${MARGIN.left},${bottom}H${WIDTH - MARGIN.right}"/>`,
    ...ticks.map(
      (tick) =>
        `<text class="tick" x="${formatPixels(at(tick))}" y="${bottom + 18}" text-anchor="middle">${escapeForHtml(format(tick))}</text>`,
    ),
    `<text class="label" x="${(MARGIN.left + WIDTH - MARGIN.right) / 2}" y="${HEIGHT - 8}" text-anchor="middle">${escapeForHtml(label)}</text>`,
  ]
}

function drawAxisY({ label, format }: Axis, { ticks, at }: Scale): string[] {
  return [
    ...ticks.flatMap((tick) => [
      `<path class="grid" d="M${MARGIN.left},${formatPixels(at(tick))}H${WIDTH - MARGIN.right}"/>`,
      `<text class="tick" x="${MARGIN.left - 8}" y="${formatPixels(at(tick) + 4)}" text-anchor="end">${escapeForHtml(format(tick))}</text>`,
    ]),
    `<text class="label" x="${MARGIN.left}" y="16" text-anchor="start">${escapeForHtml(label)}</text>`,
  ]
}

function bandOf({ band }: Chart, x: Scale, y: Scale): string {
  if (band === null) return ''
  const [left, right] = [x.at(band.from), x.at(band.to)]
  const [top, bottom] = [y.at(band.high), y.at(band.low)]
  return `<rect class="band" x="${formatPixels(left)}" y="${formatPixels(top)}" width="${formatPixels(right - left)}" height="${formatPixels(Math.max(1, bottom - top))}"/>`
}

function drawLine({ kind, points, strokes, dots }: ChartLine, x: Scale, y: Scale): string {
  const path = line<ChartPoint>(
    (point) => x.at(point.x),
    (point) => y.at(point.y),
  ).digits(1)
  const marks = points.map((point) => mark(kind, x.at(point.x), y.at(point.y)))
  const single = dots.map(
    (dot) => `<circle class="dot ${kind}" cx="${formatPixels(x.at(dot.x))}" cy="${formatPixels(y.at(dot.y))}" r="2"/>`,
  )
  const labels = points.flatMap((point) =>
    point.label === null
      ? []
      : [
          `<text class="tick" x="${formatPixels(x.at(point.x) + 7)}" y="${formatPixels(y.at(point.y) - 6)}">${escapeForHtml(point.label)}</text>`,
        ],
  )
  return [
    `<path class="line ${kind}" d="${strokes.map((stroke) => path(stroke) ?? '').join('')}"/>`,
    ...single,
    ...marks,
    ...labels,
  ].join('\n')
}

/** Circles and squares, so that the lines also differ without colours. */
function mark(kind: ChartLine['kind'], x: number, y: number): string {
  return kind === 'candidate'
    ? `<circle class="mark candidate" cx="${formatPixels(x)}" cy="${formatPixels(y)}" r="4"/>`
    : `<rect class="mark baseline" x="${formatPixels(x - 3.5)}" y="${formatPixels(y - 3.5)}" width="7" height="7"/>`
}

function legendOf(lines: readonly ChartLine[]): string[] {
  let right = WIDTH - MARGIN.right
  return lines.toReversed().flatMap(({ label, kind }) => {
    const left = right - 34 - 10 * label.length
    right = left - 12
    return [
      `<path class="line ${kind}" d="M${left},12H${left + 24}"/>`,
      mark(kind, left + 12, 12),
      `<text class="tick" x="${left + 30}" y="16">${escapeForHtml(label)}</text>`,
    ]
  })
}

/** Rounded to a tenth of a pixel, so that it is the same on every machine. */
function formatPixels(value: number): number {
  return Number(value.toFixed(1))
}
