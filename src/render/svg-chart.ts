import { scaleLinear, scaleLog } from 'd3-scale'
import { line } from 'd3-shape'
import { dropCodeMarks, escapeForHtml } from '../text.ts'
import type { Area, Axis, Chart, ChartLine, ChartPoint, ChartMark, SideKind } from './view/chart.ts'

/** Charts as SVG that need nothing from outside: colours come from the classes of the page around them, or of the file. */

const WIDTH = 640
const HEIGHT = 360
const MARGIN = { top: 52, right: 24, bottom: 46, left: 76 }
const MOST_TICKS = 10
const [LEFT, RIGHT] = [MARGIN.left, WIDTH - MARGIN.right]
const [TOP, BOTTOM] = [MARGIN.top, HEIGHT - MARGIN.bottom]
/** Between sides that stand next to each other. */
const APART = 9
/** A value beyond the points widens the axis up to this many times the largest of them; what is further away is cut. */
const WIDEST = 1.6

/** What the classes of a chart look like, for a page and for a file alike. */
export const CHART_STYLE = `
svg text { fill: var(--text); font: 12px system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; }
@media (max-width: 40rem) { svg text { font-size: 17px; } }
svg .tick, svg .label { fill: var(--soft); } svg path { fill: none; }
svg .name { paint-order: stroke; stroke: var(--back); stroke-width: 4px; stroke-linejoin: round; }
.axis { stroke: var(--soft); } .grid { stroke: var(--line); stroke-width: 0.7; }
.band, .area.plateau { fill: var(--band); } .area.objective { fill: var(--inside); stroke: var(--green); stroke-width: 1; stroke-dasharray: 2 3; }
svg .name.objective { fill: var(--green); }
.line, .rule, .range, .cross { stroke-width: 2; } .rule, .range { stroke-width: 1.2; } .rule { stroke-dasharray: 3 3; }
.candidate.line, .candidate.rule, .candidate.range, .candidate.cross { stroke: var(--blue); }
.baseline.line, .baseline.rule, .baseline.range, .baseline.cross { stroke: var(--grey); }
.control.line, .control.rule, .control.range, .control.cross { stroke: var(--amber); }
.baseline.line { stroke-dasharray: 6 4; } .control.line { stroke-dasharray: 2 3; }
.mark.candidate { fill: var(--blue); } .mark.baseline { fill: var(--grey); } svg path.mark.control { fill: var(--amber); }
svg .place { fill: var(--back); stroke-width: 2; } .place.candidate { stroke: var(--blue); } .place.baseline { stroke: var(--grey); }
svg .name.candidate { fill: var(--blue); } svg .name.baseline { fill: var(--grey); } svg .name.control { fill: var(--amber); }
`

/** The colours that the classes name, light and dark; each has contrast on its background. */
export const CHART_COLOURS = {
  light:
    '--text: #1f2328; --soft: #59636e; --back: #ffffff; --line: #d1d9e0; --blue: #0550ae; --grey: #636c76; --amber: #8a4600; --green: #116329; --band: #0550ae22; --inside: #1163290d;',
  dark: '--text: #e6edf3; --soft: #9da7b3; --back: #0d1117; --line: #3d444d; --blue: #79c0ff; --grey: #a5aeb8; --amber: #ffb77c; --green: #7ee787; --band: #79c0ff33; --inside: #7ee7870d;',
} as const

/** The SVG of a chart with at least two points, for a page that has its style. */
export function renderChart(chart: Chart): string {
  return layChart(chart, `viewBox="0 0 ${WIDTH} ${HEIGHT}"`, [])
}

/** The same as a file of its own. */
export function renderChartFile(chart: Chart): string {
  const style = `:root { color-scheme: light dark; ${CHART_COLOURS.light} }
@media (prefers-color-scheme: dark) { :root { ${CHART_COLOURS.dark} } }
.ground { fill: var(--back); }${CHART_STYLE}`
  // Room for its title above it, which on a page stands outside.
  const size = `width="${WIDTH}" height="${HEIGHT + 24}"`
  const frame = `xmlns="http://www.w3.org/2000/svg" ${size} viewBox="0 -24 ${WIDTH} ${HEIGHT + 24}"`
  return `${layChart(chart, frame, [
    `<style>${style}</style>`,
    `<rect class="ground" x="0" y="-24" ${size}/>`,
    `<text class="name title" x="8" y="-8">${escapeForHtml(chart.title)}</text>`,
  ])}\n`
}

function layChart(chart: Chart, frame: string, before: readonly string[]): string {
  const { id, title, description, areas, marks, lines, isApart } = chart
  const points = lines.flatMap((line) => [...line.points, ...line.unusable])
  const bounds = { x: areas.flatMap(({ from, to }) => [from, to]), y: areas.flatMap(({ low, high }) => [low, high]) }
  const x = buildScale(
    chart.x,
    points.map((point) => point.x),
    [...bounds.x, ...marks.map((mark) => mark.x)],
    [LEFT, RIGHT],
  )
  const y = buildScale(
    chart.y,
    points.flatMap((point) => [point.y, point.range?.low ?? point.y, point.range?.high ?? point.y]),
    [...bounds.y, ...marks.map((mark) => mark.y)],
    [BOTTOM, TOP],
  )
  const place = { x, y }
  return [
    `<svg ${frame} role="img" aria-labelledby="${id}-title ${id}-description">`,
    `<title id="${id}-title">${escapeForHtml(title)}</title>`,
    `<desc id="${id}-description">${escapeForHtml(dropCodeMarks(description), 2000)}</desc>`,
    ...before,
    ...areas.map((area) => drawArea(area, place)),
    ...drawAxisX(chart.x, x),
    ...drawAxisY(chart.y, y),
    ...lines.map((line, i) => drawLine(line, place, isApart ? (i - (lines.length - 1) / 2) * APART : 0)),
    ...drawMarks(marks, place),
    ...drawNames(
      [
        ...nameMarks(marks, place),
        ...nameAreas(areas, place),
        ...lines.toReversed().flatMap((line, i, all) => namePoints(line, all.slice(0, i), place)),
      ],
      {
        taken: lines.flatMap((line) => boxPoints(line, place)),
        spared: lines.flatMap((line) => boxStrokes(line, place)),
        frame: { left: LEFT, right: RIGHT + MARGIN.right, top: TOP - 12, bottom: BOTTOM },
      },
    ),
    ...legendOf(lines),
    '</svg>',
  ].join('\n')
}

/** The position of a value, and the values written at the axis. */
interface Scale {
  readonly ticks: readonly number[]
  at(value: number): number
}

interface Place {
  readonly x: Scale
  readonly y: Scale
}

/** The axis reaches the values `beside` where they are not far from the others; a value beyond an end of the axis stands at that end. */
function buildScale(
  { scale }: Axis,
  values: readonly number[],
  beside: readonly (number | null)[],
  range: [number, number],
): Scale {
  const highest = Math.max(...values)
  const near = beside.flatMap((value) => (value !== null && value <= WIDEST * highest ? [value] : []))
  if (scale === 'linear') {
    const linear = scaleLinear()
      .domain([0, Math.max(...values, ...near, 1e-12) * 1.05])
      .range(range)
      .clamp(true)
    return { ticks: linear.ticks(5), at: (value) => linear(value) }
  }
  const distinct = [...new Set(values)].filter((value) => value > 0).sort((a, b) => a - b)
  const ends = [...distinct, ...near.filter((value) => value > distinct[0]!)].sort((a, b) => a - b)
  if (scale === 'log') {
    const log = scaleLog()
      .domain([ends[0]!, ends.at(-1)!])
      .nice()
      .range(range)
      .clamp(true)
    const ticks = log.ticks(MOST_TICKS).filter((tick) => /^[125]/.test(tick.toExponential()))
    return { ticks, at: (value) => log(value) }
  }
  const log = scaleLog()
    .base(2)
    .domain([ends[0]! / 1.15, ends.at(-1)! * 1.15])
    .range(range)
    .clamp(true)
  const every = Math.ceil(distinct.length / MOST_TICKS)
  return { ticks: distinct.filter((_, i) => i % every === 0), at: (value) => log(value) }
}

function drawAxisX({ label, format }: Axis, { ticks, at }: Scale): string[] {
  return [
    `<path class="axis" d="M${LEFT},${BOTTOM}H${RIGHT}"/>`,
    ...ticks.map(
      (tick) =>
        `<text class="tick" x="${roundPixels(at(tick))}" y="${BOTTOM + 18}" text-anchor="middle">${escapeForHtml(format(tick))}</text>`,
    ),
    `<text class="label" x="${(LEFT + RIGHT) / 2}" y="${HEIGHT - 8}" text-anchor="middle">${escapeForHtml(label)}</text>`,
  ]
}

function drawAxisY({ label, format }: Axis, { ticks, at }: Scale): string[] {
  return [
    ...ticks.flatMap((tick) => [
      `<path class="grid" d="M${LEFT},${roundPixels(at(tick))}H${RIGHT}"/>`,
      `<text class="tick" x="${LEFT - 8}" y="${roundPixels(at(tick) + 4)}" text-anchor="end">${escapeForHtml(format(tick))}</text>`,
    ]),
    `<text class="label" x="8" y="${TOP - 14}" text-anchor="start">${escapeForHtml(label)}</text>`,
  ]
}

/** The sides of an area in pixels; a side that reaches to the end of its axis is the end of the chart. */
function edgesOf({ from, to, low, high }: Area, { x, y }: Place) {
  const [left, right] = [from === null ? LEFT : x.at(from), to === null ? RIGHT : x.at(to)]
  const [top, bottom] = [high === null ? TOP : y.at(high), low === null ? BOTTOM : y.at(low)]
  return { left, top, width: right - left, height: Math.max(1, bottom - top) }
}

function drawArea(area: Area, place: Place): string {
  const { left, top, width, height } = edgesOf(area, place)
  return `<rect class="area ${area.kind}" x="${roundPixels(left)}" y="${roundPixels(top)}" width="${roundPixels(width)}" height="${roundPixels(height)}"/>`
}

/** That of the plateau stands above its right end, that of an objective inside its box. */
function nameAreas(areas: readonly Area[], place: Place): Name[] {
  return areas.map((area) => {
    const { left, top, width } = edgesOf(area, place)
    const [upper, right] = [Math.max(TOP, top), left + width]
    const places: readonly NamePlace[] =
      area.kind === 'plateau'
        ? [0, 14, 28].map((up) => ({ x: right - 4, y: top - 6 - up, anchor: 'end' as const }))
        : [
            { x: LEFT + 6, y: BOTTOM - 8, anchor: 'start' },
            { x: LEFT + 6, y: upper + 16, anchor: 'start' },
            { x: Math.min(RIGHT, right) - 6, y: upper + 16, anchor: 'end' },
            { x: Math.min(RIGHT, right) - 6, y: BOTTOM - 8, anchor: 'end' },
          ]
    return { text: area.label, kind: area.kind, places, isOptional: false }
  })
}

/** Places on a line as rings, and lines across the chart. */
function drawMarks(marks: readonly ChartMark[], { x, y }: Place): string[] {
  return marks.map(({ side, x: across, y: up }) => {
    if (up === null) return `<path class="rule ${side}" d="M${roundPixels(x.at(across ?? 0))},${TOP}V${BOTTOM}"/>`
    if (across === null) return `<path class="rule ${side}" d="M${LEFT},${roundPixels(y.at(up))}H${RIGHT}"/>`
    return `<circle class="place ${side}" cx="${roundPixels(x.at(across))}" cy="${roundPixels(y.at(up))}" r="6"/>`
  })
}

/** Names stand below a ring or above it, at the foot of an upright line, or under a horizontal one. */
function nameMarks(marks: readonly ChartMark[], { x, y }: Place): Name[] {
  return marks.map(({ side, x: across, y: up, label }) => {
    const ends = (left: number, foot: number): NamePlace[] => [
      { x: left + 8, y: foot, anchor: 'start' },
      { x: left - 8, y: foot, anchor: 'end' },
    ]
    const [left, top] = [x.at(across ?? 0), y.at(up ?? 0)]
    const places =
      across === null
        ? [LEFT, (LEFT + RIGHT) / 2].map((at) => ({ x: at + 6, y: top + 16, anchor: 'start' as const }))
        : up === null
          ? [8, 24, 40, 56].flatMap((above) => ends(left, BOTTOM - above))
          : [22, -12, 38, -28, 54, 70].flatMap((below) => ends(left, top + below))
    return { text: label, kind: side, places, isOptional: false }
  })
}

function drawLine({ kind, points, strokes, unusable }: ChartLine, { x, y }: Place, shift: number): string {
  const path = line<ChartPoint>(
    (point) => x.at(point.x) + shift,
    (point) => y.at(point.y),
  ).digits(1)
  const placeOf = (point: ChartPoint) => ({ left: x.at(point.x) + shift, top: y.at(point.y) })
  const joined = strokes.filter((stroke) => stroke.length > 1).map((stroke) => path(stroke) ?? '')
  return [
    ...(joined.length === 0 ? [] : [`<path class="line ${kind}" d="${joined.join('')}"/>`]),
    ...[...points, ...unusable].flatMap((point) => drawRange(kind, point, placeOf(point).left, y)),
    ...points.map((point) => drawPoint(kind, placeOf(point).left, placeOf(point).top)),
    ...unusable.map((point) => drawCross(kind, placeOf(point).left, placeOf(point).top)),
  ].join('\n')
}

/** A line from the lowest to the highest, with a stroke across it at each tick. */
function drawRange(kind: SideKind, { range, ticks }: ChartPoint, left: number, y: Scale): string[] {
  if (range === null) return []
  const [low, high] = [roundPixels(y.at(range.low)), roundPixels(y.at(range.high))]
  const across = ticks.map((tick) => `M${roundPixels(left - 3)},${roundPixels(y.at(tick))}h6`)
  return [`<path class="range ${kind}" d="M${roundPixels(left)},${low}V${high}${across.join('')}"/>`]
}

/** Points of one name that are nearer than this would be named twice in one place. Pixels. */
const NEAR = 12

/** Beside its point; the run's own stand above theirs, those of others below. A point beside which its name stands already has none. */
function namePoints({ kind, points, unusable }: ChartLine, named: readonly ChartLine[], { x, y }: Place): Name[] {
  const stands = named.flatMap((line) => [...line.points, ...line.unusable])
  const own: readonly NamePlace[] = [
    { x: -7, y: -7, anchor: 'end' },
    { x: 0, y: -10, anchor: 'middle' },
    { x: -9, y: 4, anchor: 'end' },
    { x: 8, y: 17, anchor: 'start' },
    { x: 0, y: 20, anchor: 'middle' },
    { x: 9, y: 4, anchor: 'start' },
  ]
  return [...points, ...unusable].flatMap(({ x: across, y: up, label }) => {
    if (label === null) return []
    const isNamed = stands.some(
      (point) =>
        point.label === label &&
        Math.abs(x.at(point.x) - x.at(across)) < NEAR &&
        Math.abs(y.at(point.y) - y.at(up)) < NEAR,
    )
    if (isNamed) return []
    const places = (kind === 'candidate' ? own : own.toReversed()).map((place) => ({
      ...place,
      x: x.at(across) + place.x,
      y: y.at(up) + place.y,
    }))
    return [{ text: label, kind, places, isOptional: true }]
  })
}

/** Around each point, so that no name lies on one. */
function boxPoints({ points, unusable }: ChartLine, { x, y }: Place): Box[] {
  return [...points, ...unusable].map((point) => {
    const [left, top] = [x.at(point.x), y.at(point.y)]
    return { left: left - 4, right: left + 4, top: top - 4, bottom: top + 4 }
  })
}

/** Along each line, a box every few pixels. */
function boxStrokes({ strokes }: ChartLine, { x, y }: Place): Box[] {
  const pairs = strokes.flatMap((stroke) => stroke.slice(1).map((to, i) => ({ from: stroke[i]!, to })))
  return pairs.flatMap(({ from, to }) => {
    const [left, top] = [x.at(from.x), y.at(from.y)]
    const [across, down] = [x.at(to.x) - left, y.at(to.y) - top]
    const steps = Math.ceil(Math.hypot(across, down) / 3)
    return Array.from({ length: steps }, (_, i) => {
      const [at, foot] = [left + (across * i) / steps, top + (down * i) / steps]
      return { left: at - 1, right: at + 1, top: foot - 1, bottom: foot + 1 }
    })
  })
}

/** Circles, squares and triangles: the lines differ without their colours too. */
function drawPoint(kind: SideKind, x: number, y: number): string {
  switch (kind) {
    case 'candidate':
      return `<circle class="mark candidate" cx="${roundPixels(x)}" cy="${roundPixels(y)}" r="4"/>`
    case 'baseline':
      return `<rect class="mark baseline" x="${roundPixels(x - 3.5)}" y="${roundPixels(y - 3.5)}" width="7" height="7"/>`
    case 'control':
      return `<path class="mark control" d="M${roundPixels(x)},${roundPixels(y - 5)}l5,9h-10z"/>`
  }
}

function drawCross(kind: SideKind, x: number, y: number): string {
  return `<path class="cross ${kind}" d="M${roundPixels(x - 5)},${roundPixels(y - 5)}l10,10m0,-10l-10,10"/>`
}

function legendOf(lines: readonly ChartLine[]): string[] {
  let right = RIGHT
  return lines.map(({ label, kind, strokes }) => {
    const left = right - 34 - 10 * label.length
    right = left - 12
    const dash = strokes.length === 0 ? '' : `<path class="line ${kind}" d="M${left},16H${left + 24}"/>\n`
    return `${dash}${drawPoint(kind, left + 12, 16)}\n<text class="tick" x="${left + 30}" y="20">${escapeForHtml(label)}</text>`
  })
}

/** Names beside places of a chart: each where it covers no other and lies on no line, as far as there is such a place. */
interface Name {
  readonly text: string
  readonly kind: string
  /** Where it may stand, the best first. */
  readonly places: readonly NamePlace[]
  /** Whether it is left out where all of its places are taken; else it then stands at the first. */
  readonly isOptional: boolean
}

/** The foot of a text, and which end of it stands there. Pixels. */
export interface NamePlace {
  readonly x: number
  readonly y: number
  readonly anchor: 'start' | 'middle' | 'end'
}

/** What must not be covered. */
interface Box {
  readonly left: number
  readonly right: number
  readonly top: number
  readonly bottom: number
}

/** The width of a letter and the height of a line, between those on a wide screen and on a phone. */
const [LETTER, LINE] = [8, 15]

/**
 * The texts in the order of their importance, inside `frame`, with nothing on what is `taken` already. On what is to be `spared` a name stands
 * only where all of its other places are taken.
 */
export function drawNames(
  names: readonly Name[],
  { taken, spared, frame }: { readonly taken: readonly Box[]; readonly spared: readonly Box[]; readonly frame: Box },
): string[] {
  const boxes = [...taken]
  return names.flatMap(({ text, kind, places, isOptional }) => {
    const open = places.filter((place) => {
      const box = boxOf(text, place)
      return isInside(box, frame) && !boxes.some((other) => doOverlap(box, other))
    })
    const free = open.find((place) => !spared.some((other) => doOverlap(boxOf(text, place), other))) ?? open[0]
    if (free === undefined && isOptional) return []
    const at = free ?? places[0]!
    boxes.push(boxOf(text, at))
    return [
      `<text class="name ${kind}" x="${roundPixels(at.x)}" y="${roundPixels(at.y)}" text-anchor="${at.anchor}">${escapeForHtml(text)}</text>`,
    ]
  })
}

function boxOf(text: string, { x, y, anchor }: NamePlace): Box {
  const width = LETTER * text.length
  const left = anchor === 'start' ? x : anchor === 'end' ? x - width : x - width / 2
  return { left, right: left + width, top: y - LINE + 3, bottom: y + 3 }
}

function doOverlap(a: Box, b: Box): boolean {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom
}

function isInside(box: Box, frame: Box): boolean {
  return box.left >= frame.left && box.right <= frame.right && box.top >= frame.top && box.bottom <= frame.bottom
}

/** A length in pixels, rounded to a tenth, so that a chart is the same on every machine. */
export function roundPixels(value: number): number {
  return Number(value.toFixed(1))
}
