import { scaleLinear } from 'd3-scale'
import { escapeForHtml, pluralise } from '../../text.ts'
import { formatChange, formatDay } from '../../words/format.ts'
import { formatFigure, isForTheWorse, labelOf } from '../../words/metric-words.ts'
import type { Timeline, TimelineMetric, TimelineStep } from '../../verdict/timeline.ts'
import { roundPixels } from '../svg-chart.ts'

/**
 * A metric over the points of a timeline as SVG: every point has the same width, dates stand below. What lies in `.plot` may be stretched
 * sideways (a filter by dates does), so lines there keep their width and dots are lines of no length; what has `data-x` moves along.
 *
 * All dots of a kind are one shape: each as an element of its own, and its link as another, took a browser longer than all else on the
 * page. The script (in `page.ts`) finds the point below the pointer by the line through all of them; for who has none the links lie over the chart
 * in a `noscript`, which a browser with scripts does not read.
 */

const WIDTH = 960
const HEIGHT = 270
const AREA = { left: 118, top: 52, right: WIDTH - 12, bottom: HEIGHT - 34 }
const MOST_DATES = 7
/** Pixels of a letter of a note, and between two notes. */
const LETTER = 8
const ROOM = 8

/** The styles of these charts, beside those of the page. */
export const TIMELINE_STYLE = `
figure { position: relative; } .months.links { position: absolute; inset: 0; }
.months text { font-size: 13px; } .months path { vector-effect: non-scaling-stroke; }
.months .run { stroke: var(--blue); stroke-width: 1.2; } .months .level { stroke: var(--text); stroke-width: 1.2; }
.months .dot { stroke: var(--blue); stroke-width: 5; stroke-linecap: round; }
.months .dot.accepted { stroke-linecap: square; stroke-width: 8; } .months .dot.outlier { stroke: var(--grey); stroke-width: 1.6; }
.months a path { stroke: var(--blue); stroke-width: 10; stroke-linecap: round; } .months.links a:not(:hover) path { stroke: transparent; stroke-width: 5; }
.months .step { stroke: var(--grey); stroke-dasharray: 5 3; } .months .step.worse { stroke: var(--red); }
.months .release { stroke: var(--grey); stroke-dasharray: 1 3; } .months .gap { stroke: var(--soft); stroke-width: 6; opacity: 0.35; }
.months .worse { fill: var(--red); } .months path.worse { fill: none; }
@media (max-width: 40rem) { .months text { font-size: 22px; } .months .date.more { display: none; }
  .months .dot { stroke-width: 3; } .months .dot.accepted { stroke-width: 5; } }
`

/** The chart of one metric; `id` is its own on the page. */
export function drawTimeline(timeline: Timeline, metric: TimelineMetric, id: string): string {
  const { points } = timeline
  const width = (AREA.right - AREA.left) / points.length
  const xOf = (i: number): number => roundPixels(AREA.left + (i + 0.5) * width)
  const y = buildScale(metric)
  const yOf = (figure: number): number => roundPixels(y(figure))
  const place = { xOf, yOf, edge: width / 2 }
  const label = escapeForHtml(labelOf(metric))
  return [
    `<svg class="months" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="group" aria-label="${label} over ${pluralise(points.length, 'point')}: the table of runs below has every figure" data-left="${AREA.left}" data-width="${AREA.right - AREA.left}">`,
    `<clipPath id="${id}"><rect x="${AREA.left}" y="0" width="${AREA.right - AREA.left}" height="${AREA.bottom}"/></clipPath>`,
    ...y
      .ticks(4)
      .flatMap((tick) => [
        `<path class="grid" d="M${AREA.left},${yOf(tick)}H${AREA.right}"/>`,
        `<text class="tick" x="${AREA.left - 8}" y="${yOf(tick) + 4}" text-anchor="end">${escapeForHtml(formatFigure(metric, tick))}</text>`,
      ]),
    `<path class="axis" d="M${AREA.left},${AREA.bottom}H${AREA.right}"/>`,
    // Whoever cannot see it has the table, and would meet hundreds of links here.
    `<g clip-path="url(#${id})" aria-hidden="true"><g class="plot">`,
    ...metric.stretches.map(({ from, to, low, high, level }) => {
      const [left, right] = [xOf(from) - place.edge, xOf(to) + place.edge].map(roundPixels) as [number, number]
      const [top, bottom] = [yOf(high), yOf(low)]
      return `<rect class="band" x="${left}" y="${top}" width="${roundPixels(right - left)}" height="${Math.max(1, roundPixels(bottom - top))}"/><path class="level" d="M${left},${yOf(level)}H${right}"/>`
    }),
    ...listMarks(timeline, metric, place),
    `<path class="run" d="${drawLine(timeline, metric, place)}"/>`,
    ...drawDots(timeline, metric, place),
    '</g></g>',
    ...listNotes(timeline, metric, place),
    ...listDates(timeline, place),
    '</svg>',
    `<noscript><svg class="months links" viewBox="0 0 ${WIDTH} ${HEIGHT}" aria-hidden="true">`,
    ...listLinks(metric, place),
    '</svg></noscript>',
  ].join('\n')
}

/** Where points and figures stand, and half the width of a point. */
interface Positions {
  xOf(point: number): number
  yOf(figure: number): number
  readonly edge: number
}

/** From the lowest to the highest of figures and bands: over months a change of a tenth must show. */
function buildScale({ figures, stretches }: TimelineMetric) {
  const values = [...figures.filter((figure) => figure !== null), ...stretches.flatMap(({ low, high }) => [low, high])]
  return scaleLinear()
    .domain([Math.min(...values), Math.max(...values)])
    .nice(4)
    .range([AREA.bottom, AREA.top])
}

/** The line ends where a point has no figure, and at a gap. */
function drawLine({ gaps }: Timeline, { figures }: TimelineMetric, { xOf, yOf }: Positions): string {
  const ends = new Set(gaps.map(({ after }) => after))
  let isOpen = false
  return figures
    .map((figure, i) => {
      const command = isOpen ? 'L' : 'M'
      isOpen = figure !== null && !ends.has(i)
      return figure === null ? '' : `${command}${xOf(i)},${yOf(figure)}`
    })
    .join('')
}

/** A shape for each kind of dots. */
function drawDots(
  { points }: Timeline,
  { metric, figures, outliers }: TimelineMetric,
  { xOf, yOf }: Positions,
): string[] {
  const lone = new Set(outliers)
  const shapes = { dot: '', 'dot accepted': '', 'dot outlier': '' }
  for (const [i, figure] of figures.entries()) {
    if (figure === null) continue
    const [x, y] = [xOf(i), yOf(figure)]
    if (lone.has(i)) shapes['dot outlier'] += `M${roundPixels(x - 4)},${roundPixels(y - 4)}l8,8m0,-8l-8,8`
    else shapes[points[i]!.accepted.includes(metric) ? 'dot accepted' : 'dot'] += `M${x},${y}h0`
  }
  return Object.entries(shapes).flatMap(([kind, d]) => (d === '' ? [] : [`<path class="${kind}" d="${d}"/>`]))
}

/** Each point leads to its row, which has the links to commit and run. */
function listLinks({ figures }: TimelineMetric, { xOf, yOf }: Positions): string[] {
  return figures.flatMap((figure, i) =>
    figure === null ? [] : [`<a href="#r${i}" tabindex="-1"><path d="M${xOf(i)},${yOf(figure)}h0"/></a>`],
  )
}

const isBad = (step: TimelineStep): boolean => isForTheWorse(step) && !step.accepted

function listMarks(
  { steps, releases, gaps }: Timeline,
  { metric }: TimelineMetric,
  { xOf, edge }: Positions,
): string[] {
  const draw = (kind: string, x: number): string =>
    `<path class="${kind}" d="M${roundPixels(x)},${AREA.top - 6}V${AREA.bottom}"/>`
  return [
    ...gaps.map(({ after }) => draw('gap', xOf(after) + edge)),
    ...releases.map(({ at }) => draw('release', xOf(at) - edge)),
    ...steps
      .filter((step) => step.metric === metric)
      .map((step) => draw(`step${isBad(step) ? ' worse' : ''}`, xOf(step.at) - edge)),
  ]
}

/** Sizes of steps, lengths of gaps and names of releases, where there is room; the lists beside the charts have them all. */
function listNotes(
  { steps, releases, gaps }: Timeline,
  { metric }: TimelineMetric,
  { xOf, edge }: Positions,
): string[] {
  const moved = steps
    .filter((step) => step.metric === metric)
    .map((step) => ({
      x: xOf(step.at) - edge,
      text: formatChange(step.change),
      kind: isBad(step) ? ' class="worse"' : '',
    }))
  const said = [
    ...releases.map(({ name, at }) => ({ x: xOf(at) - edge, text: name, kind: ' class="tick"' })),
    ...gaps.map(({ after, days }) => ({ x: xOf(after) + edge, text: `${days} d`, kind: ' class="tick"' })),
  ].sort((a, b) => a.x - b.x)
  return [...placeNotes(moved, 40), ...placeNotes(said, 18)]
}

function placeNotes(
  notes: readonly { readonly x: number; readonly text: string; readonly kind: string }[],
  y: number,
): string[] {
  let free = 0
  return notes.flatMap(({ x, text, kind }) => {
    const shown = escapeForHtml(text, 16)
    const half = (LETTER * Math.min(text.length, 16)) / 2
    const at = roundPixels(Math.min(Math.max(x, half), WIDTH - half))
    if (at - half < free) return []
    free = at + half + ROOM
    return [`<text${kind} x="${at}" data-x="${at}" y="${y}" text-anchor="middle">${shown}</text>`]
  })
}

function listDates({ points }: Timeline, { xOf }: Positions): string[] {
  const count = Math.min(MOST_DATES, points.length)
  return Array.from({ length: count }, (_, i) => {
    const at = count === 1 ? 0 : Math.round((i * (points.length - 1)) / (count - 1))
    // The last would be cut at the edge, and of those between a phone has room for every second.
    const anchor = i > 0 && i === count - 1 ? 'end' : 'middle'
    const kind = i % 2 === 1 ? ' more' : ''
    return `<text class="tick date${kind}" x="${xOf(at)}" y="${HEIGHT - 10}" text-anchor="${anchor}">${formatDay(points[at]!.startedAt)}</text>`
  })
}
