import { escapeForHtml, escapeHtml } from '../../text.ts'
import type { Timeline } from '../../verdict/timeline.ts'
import { formatDay } from '../../words/format.ts'
import { labelOf } from '../../words/metric-words.ts'
import { dropAbsent } from '../../words/sentences.ts'
import type { Table } from '../../words/sentences.ts'
import { writePlain } from '../../words/terminal.ts'
import { layHtmlList, layHtmlPage, layHtmlParagraph, layHtmlSection, layHtmlTable, writeLinkedHtml } from '../html.ts'
import { describeBadge } from './badge.ts'
import { viewTimeline } from './timeline.ts'
import { drawTimeline, TIMELINE_STYLE } from './chart.ts'

/** The recorded runs of a name over months as one page that needs nothing else. */

// What is not on the screen is laid out when it comes there: with hundreds of runs that is most of the work until the page stands.
const STYLE = `${TIMELINE_STYLE}
a { color: var(--blue); } tr:target { outline: 3px solid var(--blue); }
#filter { display: flex; flex-wrap: wrap; gap: 0.5rem 1rem; align-items: center; } #filter[hidden] { display: none; }
#told { position: sticky; bottom: 0; background: var(--back); border-top: 1px solid var(--line); margin: 0; padding: 0.5rem 0; overflow-wrap: anywhere; }
#told:empty { display: none; } .wide td { white-space: nowrap; }
@media screen { section, .runs { content-visibility: auto; contain-intrinsic-block-size: auto 24rem; } }
`

/** A page; `index`: the address of the list of all series, where there is one. */
export function renderTimelinePage(
  timeline: Timeline,
  { index = null }: { readonly index?: string | null } = {},
): string {
  const { metrics } = timeline
  const view = viewTimeline(timeline)
  const name = writePlain(view.name)
  const first = view.runs.columns.length - metrics.length + 1
  // Counted from the front: from the back, or with `:has`, a browser looks at a row again for each of its cells.
  const figures = `.runs :is(th, td):nth-child(n + ${first}) { text-align: right; }`
  return layHtmlPage({
    title: `${name} over time · Plateau`,
    style: STYLE + figures,
    ...(metrics.length > 0 && { script: TIMELINE_SCRIPT }),
    body: dropAbsent([
      '<main>',
      index === null ? null : `<p><a href="${escapeForHtml(index)}">All series</a></p>`,
      `<h1>${writeLinkedHtml(view.name)} over time</h1>`,
      ...view.facts.map((fact) => layHtmlParagraph(fact, 'soft')),
      // The script stands right below the filter that it shows: at the end of the page the filter came when all was drawn, and moved it.
      ...(metrics.length === 0
        ? []
        : [layFilter(timeline), `<script>${TIMELINE_SCRIPT}</script>`, `<p class="soft">${escapeHtml(LEGEND)}</p>`]),
      ...metrics.map(
        (metric, i) =>
          `<section data-metric="${metric.metric}"><h2>${escapeForHtml(labelOf(metric))}</h2>\n<figure>${drawTimeline(timeline, metric, `area${i}`)}</figure></section>`,
      ),
      ...layHtmlSection('Where it stands', [
        layHtmlTable('Where it stands', view.now, writeLinkedHtml),
        layHtmlParagraph(view.nowNote, 'soft'),
      ]),
      ...view.events.flatMap(({ heading, entries }) =>
        layHtmlSection(heading, [layHtmlList(entries, writeLinkedHtml)]),
      ),
      ...(view.versions === null
        ? []
        : layHtmlSection(view.versions.heading, [
            layHtmlTable(view.versions.heading, view.versions.table, writeLinkedHtml),
            layHtmlParagraph(view.versions.note, 'soft'),
          ])),
      ...layHtmlSection('Runs', [layRuns(view.runs, timeline)]),
      // Last, and seen at the lower edge of the screen: what it comes to say moves no chart away from the pointer.
      '<p id="told" aria-live="polite"></p>',
      '</main>',
    ]),
  })
}

const LEGEND =
  'A dot is a point; it leads to its row, which has the links to its commit and run. Line and band: the level of main and the tolerance about it. ' +
  'Dashed: a step, with its size. Dotted: a release. Grey bar: a gap, in days. Square: accepted. Cross: no level of main.'

/** Hidden until the script that reads it has begun. */
function layFilter({ metrics, points }: Timeline): string {
  const [first, last] = [formatDay(points[0]!.startedAt), formatDay(points.at(-1)!.startedAt)]
  const boxes = metrics.map(
    (metric) =>
      `<label><input type="checkbox" checked value="${metric.metric}"> ${escapeForHtml(labelOf(metric))}</label>`,
  )
  const days = ['From', 'To'].map((word) => `<label>${word} <input type="date" min="${first}" max="${last}"></label>`)
  return `<form id="filter" autocomplete="off" hidden>${[...boxes, ...days].join(' ')} <button type="reset">Show all</button> <span id="shown" aria-live="polite">${points.length} of ${points.length} points shown</span></form>`
}

/** Newest first; the row of a point has its number, and a figure's column its metric. Short, for there are four hundred. */
function layRuns({ columns, rows }: Table, { metrics }: Timeline): string {
  const first = columns.length - metrics.length
  const heads = columns.map(({ heading }, i) => {
    const metric = metrics[i - first]
    return `<th scope="col"${metric === undefined ? '' : ` data-metric="${metric.metric}"`}>${escapeForHtml(heading)}</th>`
  })
  return [
    `<div class="wide runs" role="region" aria-label="Runs" tabindex="0"><table><thead><tr>${heads.join('')}</tr></thead><tbody>`,
    ...rows
      .map((row, i) => `<tr id="r${i}">${row.map((cell) => `<td>${writeLinkedHtml(cell)}</td>`).join('')}</tr>`)
      .reverse(),
    '</tbody></table></div>',
  ].join('\n')
}

/** The page of no runs at all. */
export function renderEmptyTimelinePage(why: string): string {
  return layHtmlPage({
    title: 'No runs · Plateau',
    body: ['<main>', '<h1>No runs</h1>', `<p>${escapeForHtml(why, 600)}</p>`, '</main>'],
  })
}

/** The list of all series, each with its page. */
export function renderTimelineIndex(pages: readonly { readonly timeline: Timeline; readonly file: string }[]): string {
  const lines = pages.map(({ timeline, file }) => {
    const { name, facts } = viewTimeline(timeline)
    return `<li><a href="${escapeForHtml(file)}">${writeLinkedHtml(name)}</a>: ${escapeHtml(describeBadge([timeline]).message)}. ${writeLinkedHtml(facts[0]!)}</li>`
  })
  return layHtmlPage({
    title: 'All series · Plateau',
    style: STYLE,
    body: ['<main>', '<h1>All series</h1>', `<ul>\n${lines.join('\n')}\n</ul>`, '</main>'],
  })
}

/**
 * What the page of a timeline can do where scripts run: metrics and days are chosen, and the point nearest to the pointer tells its row.
 * It reads what stands in the page and nothing else; without it everything is shown. Nothing is read or changed before somebody chooses or points, so that a page is
 * drawn as fast as one without a script; all that it shows of the filter until then is that there is one. It runs as soon as that is there: what somebody
 * chooses before all rows are is done when they are.
 */
const TIMELINE_SCRIPT = `
const findAll = (selector, within = document) => [...within.querySelectorAll(selector)]
const form = document.getElementById('filter')
let runs = null
const readRuns = () => {
  if (runs !== null) return runs
  const rows = findAll('.runs tbody tr').reverse()
  const days = rows.map((row) => row.cells[0].textContent.slice(0, 10))
  return (runs = { rows, days, heads: findAll('.runs thead th') })
}
const apply = () => {
  const { rows, days, heads } = readRuns()
  const boxes = findAll('input[type=checkbox]', form)
  const [from, to] = findAll('input[type=date]', form)
  const off = new Set(boxes.filter((box) => !box.checked).map((box) => box.value))
  for (const section of findAll('section[data-metric]')) section.hidden = off.has(section.dataset.metric)
  heads.forEach((head, i) => {
    const hidden = off.has(head.dataset.metric)
    if (head.hidden === hidden) return
    head.hidden = hidden
    for (const row of rows) row.cells[i].hidden = hidden
  })
  const isIn = (day) => (from.value === '' || day >= from.value) && (to.value === '' || day <= to.value)
  let [first, last] = [days.findIndex(isIn), days.findLastIndex(isIn)]
  rows.forEach((row, i) => (row.hidden = first === -1 || i < first || i > last))
  const count = first === -1 ? 0 : last - first + 1
  document.getElementById('shown').textContent = count + ' of ' + days.length + ' points shown'
  if (count === 0) [first, last] = [0, days.length - 1]
  for (const chart of findAll('svg.months')) stretch(chart, days, first, last)
}
const placeOf = ({ dataset }) => [Number(dataset.left), Number(dataset.width)]
const stretch = (chart, days, first, last) => {
  const [left, width] = placeOf(chart)
  const n = days.length
  const factor = n / (last - first + 1)
  const shift = left - factor * (left + (first * width) / n)
  chart.querySelector('.plot').setAttribute('transform', 'matrix(' + factor + ' 0 0 1 ' + shift + ' 0)')
  for (const note of findAll('[data-x]', chart)) {
    const x = factor * Number(note.dataset.x) + shift
    note.setAttribute('x', x)
    note.style.display = x < left - 1 || x > left + width + 1 ? 'none' : ''
  }
  const dates = findAll('.date', chart)
  dates.forEach((date, i) => {
    const at = first + Math.round(((last - first) * i) / Math.max(1, dates.length - 1))
    date.textContent = days[at]
    date.setAttribute('x', factor * (left + ((at + 0.5) * width) / n) + shift)
  })
}
const findNearest = (chart, event) => {
  const { rows } = readRuns()
  const toChart = chart.querySelector('.plot').getScreenCTM().inverse()
  const { x } = new DOMPoint(event.clientX, event.clientY).matrixTransform(toChart)
  const [left, width] = placeOf(chart)
  const computeDistance = (point) => Math.abs(point.px - x)
  return [...chart.querySelector('.run').getAttribute('d').matchAll(/[ML]([^,]+),([^ML]+)/g)]
    .map(([, px, py]) => ({ px, py, row: rows[Math.floor(((px - left) / width) * rows.length)] }))
    .filter(({ row }) => !row.hidden)
    .reduce((best, point) => (best !== null && computeDistance(best) <= computeDistance(point) ? best : point), null)
}
let isPinned = false
const tell = (event) => {
  const chart = event.target.closest('svg.months')
  if (chart === null || (isPinned && event.type !== 'click')) return
  const nearest = findNearest(chart, event)
  if (nearest === null) return
  if (event.type === 'click') event.preventDefault()
  isPinned = event.type === 'click'
  const { px, py, row } = nearest
  const { heads } = readRuns()
  const old = document.querySelector('.plot a')
  if (old !== null && old.getAttribute('href') === '#' + row.id && chart.contains(old)) return
  if (old !== null) old.remove()
  const link = '<a href="#' + row.id + '" tabindex="-1"><path d="M' + px + ',' + py + 'h0"/></a>'
  chart.querySelector('.plot').insertAdjacentHTML('beforeend', link)
  document.getElementById('told').replaceChildren(...[...row.cells].flatMap((cell, at) => [
    (at === 0 ? '' : ' · ') + heads[at].textContent + ' ',
    ...[...cell.childNodes].map((node) => node.cloneNode(true)),
  ]))
}
let isWhole = false
let isChosen = false
const choose = () => {
  isChosen = true
  if (isWhole) apply()
}
form.hidden = false
form.addEventListener('input', choose)
form.addEventListener('reset', () => setTimeout(choose))
document.addEventListener('DOMContentLoaded', () => {
  isWhole = true
  if (isChosen) apply()
  document.addEventListener('pointermove', tell)
  document.addEventListener('click', tell)
})
`
