import type { Chart, ChartLine, ChartPoint } from './view/chart.ts'

/**
 * Charts in the language that GitHub draws in comments (Mermaid's `xychart-beta`): only words of ours and numbers stand in them. What it has is
 * lines and bars with a value at each of some categories, or at equal steps of a numeric axis; no legend, no points, no gaps, no text beside
 * them. So the title names who is who, and what it cannot show stands in the tables and on the page.
 */

/** Blue, grey and amber that have contrast on white and on black. */
const COLOURS = {
  candidate: ['blue', '#2f81f7'],
  baseline: ['grey', '#8c959f'],
  control: ['amber', '#bf8700'],
} as const

/** More categories than this overlap. */
const MOST_LEVELS = 40
/** Places at which a curve is drawn. */
const STEPS = 40

/** A chart; null where it would not be readable. */
export function drawMermaidChart(chart: Chart): string | null {
  if (chart.isApart) return null
  return chart.x.scale === 'log2' ? drawOverLoad(chart) : drawCurve(chart)
}

/**
 * A figure over the load: the run as a line over its longest stretch without a missing level, and what it is compared with as bars, because
 * where a bar is missing nothing is drawn, and a line would go on.
 */
function drawOverLoad({ title, x, y, lines }: Chart): string | null {
  const stretch = findLongest(lines.find(({ kind }) => kind === 'candidate')?.strokes ?? [])
  if (stretch.length < 2 || stretch.length > MOST_LEVELS) return null
  const other = lines.find(({ kind, points }) => kind !== 'candidate' && points.length > 0)
  // A share is written as a percentage.
  const scale = y.unit === '%' ? 100 : 1
  const before = stretch.map((point) => scale * (other?.points.find((one) => one.x === point.x)?.y ?? 0))
  const beside = other !== undefined && before.some((value) => value > 0) ? other : null
  const now = stretch.map((point) => scale * point.y)
  const levels = stretch.map((point) => x.format(point.x))
  const isCut = lines.some(({ kind, points }) => kind === 'candidate' && points.length > stretch.length)
  const part = isCut ? `, levels ${levels[0]} to ${levels.at(-1)}` : ''
  const own = nameOf(lines, 'candidate')
  const legend = beside === null ? own : `${own} line, ${beside.label} bars`
  return layChart({
    title: `${title}${part}: ${legend}`,
    palette: [...(beside === null ? [] : [beside.kind]), 'candidate'],
    x: `"${x.label.replace(' (doubling)', '')}" [${levels.map((level) => `"${level}"`).join(', ')}]`,
    y: y.unit,
    plots: [...(beside === null ? [] : [{ kind: 'bar' as const, values: before }]), { kind: 'line', values: now }],
  })
}

/**
 * The curve: what throughput each side has at the same latency, drawn where all of them have one. Its points are not at equal steps, so it is
 * read between them, as its lines are drawn.
 */
function drawCurve({ x, y, lines }: Chart): string | null {
  const sides = lines.flatMap((line) => {
    const rising = findLongest(line.strokes.flatMap(splitWhereItFalls))
    return rising.length < 2 ? [] : [{ line, rising }]
  })
  if (!sides.some(({ line }) => line.kind === 'candidate')) return null
  const whole = findCommonStretch(sides)
  const drawn = whole === null ? sides.filter(({ line }) => line.kind === 'candidate') : sides
  const stretch = whole ?? findCommonStretch(drawn)
  if (stretch === null) return null
  const { from, to } = stretch
  const places = Array.from({ length: STEPS + 1 }, (_, i) => from + (i * (to - from)) / STEPS)
  const legend = drawn
    .toReversed()
    .map(({ line }) => `${line.label} ${COLOURS[line.kind][0]}`)
    .join(', ')
  return layChart({
    title: `Throughput by latency: ${legend}`,
    palette: drawn.map(({ line }) => line.kind),
    x: `"${x.label}, ${x.unit}" ${formatPlain(from)} --> ${formatPlain(to)}`,
    y: y.unit,
    plots: drawn.map(({ rising }) => ({ kind: 'line', values: places.map((place) => readAt(rising, place)) })),
  })
}

type Stroke = readonly ChartPoint[]

/** The longest; of equally long ones that of the higher load. */
function findLongest(stretches: readonly Stroke[]): Stroke {
  return stretches.reduce((longest, one) => (one.length >= longest.length ? one : longest), [])
}

/** A curve that turns back has two values at one latency: it is cut there. */
function splitWhereItFalls(stroke: Stroke): Stroke[] {
  const parts: ChartPoint[][] = []
  for (const point of stroke) {
    const before = parts.at(-1)?.at(-1)
    if (before === undefined || point.x <= before.x) parts.push([point])
    else parts.at(-1)!.push(point)
  }
  return parts
}

/** The latencies that all sides have; null where there are none, or hardly any. */
function findCommonStretch(sides: readonly { readonly rising: Stroke }[]): { from: number; to: number } | null {
  const from = Math.max(...sides.map(({ rising }) => rising[0]!.x))
  const to = Math.min(...sides.map(({ rising }) => rising.at(-1)!.x))
  return to > from * 1.05 ? { from, to } : null
}

function readAt(rising: Stroke, place: number): number {
  const at = rising.findIndex((point) => point.x >= place)
  const right = rising[at === -1 ? rising.length - 1 : at]!
  const left = rising[Math.max(0, at === -1 ? rising.length - 1 : at - 1)]!
  return right.x === left.x ? right.y : left.y + ((place - left.x) / (right.x - left.x)) * (right.y - left.y)
}

function nameOf(lines: readonly ChartLine[], kind: ChartLine['kind']): string {
  return lines.find((line) => line.kind === kind)!.label
}

function layChart({
  title,
  palette,
  x,
  y,
  plots,
}: {
  readonly title: string
  readonly palette: readonly ChartLine['kind'][]
  readonly x: string
  readonly y: string
  readonly plots: readonly { readonly kind: 'line' | 'bar'; readonly values: readonly number[] }[]
}): string {
  const top = Math.max(...plots.flatMap(({ values }) => values)) * 1.1
  return [
    '```mermaid',
    '---',
    'config:',
    '  xyChart:',
    '    titleFontSize: 16',
    '  themeVariables:',
    '    xyChart:',
    `      plotColorPalette: "${palette.map((kind) => COLOURS[kind][1]).join(', ')}"`,
    '---',
    'xychart-beta',
    `  title "${title}"`,
    `  x-axis ${x}`,
    `  y-axis "${y}" 0 --> ${formatPlain(top)}`,
    ...plots.map(({ kind, values }) => `  ${kind} [${values.map(formatPlain).join(', ')}]`),
    '```',
  ].join('\n')
}

/** Four significant digits, never with an exponent. */
function formatPlain(value: number): string {
  return String(Number(Number(value.toPrecision(4)).toFixed(6)))
}
