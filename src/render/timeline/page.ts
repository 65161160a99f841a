import { escapeForHtml, escapeHtml } from '../../text.ts'
import type { Timeline } from '../../verdict/timeline.ts'
import { describeBadge } from './badge.ts'
import { formatDay } from '../format.ts'
import { layHtmlPage, layHtmlSection, writeLinkedHtml } from '../html.ts'
import { labelOf } from '../metric-words.ts'
import { dropAbsent } from '../sentences.ts'
import type { Sentence, Table } from '../sentences.ts'
import { writePlain } from '../terminal.ts'
import { viewTimeline } from './timeline.ts'
import type { TimelineView } from './timeline.ts'
import { drawTimeline, TIMELINE_STYLE } from './chart.ts'
import { TIMELINE_SCRIPT } from './script.ts'

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
      ...view.facts.map((fact) => `<p class="soft">${writeLinkedHtml(fact)}</p>`),
      // The script stands right below the filter that it shows: at the end of the page the filter came when all was drawn, and moved it.
      ...(metrics.length === 0
        ? []
        : [layFilter(timeline), `<script>${TIMELINE_SCRIPT}</script>`, `<p class="soft">${escapeHtml(LEGEND)}</p>`]),
      ...metrics.map(
        (metric, i) =>
          `<section data-metric="${metric.metric}"><h2>${escapeForHtml(labelOf(metric))}</h2>\n<figure>${drawTimeline(timeline, metric, `area${i}`)}</figure></section>`,
      ),
      ...layHtmlSection('Where it stands', [
        layLinkedTable('Where it stands', view.now),
        `<p class="soft">${writeLinkedHtml(view.nowNote)}</p>`,
      ]),
      ...layEvents(view),
      ...(view.versions === null
        ? []
        : layHtmlSection('Models and servers', [
            layLinkedTable('Models and servers', view.versions.table),
            `<p class="soft">${writeLinkedHtml(view.versions.note)}</p>`,
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

function layEvents({ steps, accepted, releases, gaps }: TimelineView): string[] {
  const list = (heading: string, sentences: readonly Sentence[]): string[] =>
    sentences.length === 0
      ? []
      : layHtmlSection(heading, [
          `<ul>\n${sentences.map((sentence) => `<li>${writeLinkedHtml(sentence)}</li>`).join('\n')}\n</ul>`,
        ])
  return [
    ...list('Steps of main', steps),
    ...list('Accepted', accepted),
    ...list('Releases', releases),
    ...list('Gaps', gaps),
  ]
}

function layLinkedTable(label: string, { columns, rows }: Table): string {
  if (rows.length === 0) return ''
  const kind = (i: number) => (columns[i]!.align === 'right' ? ' class="right"' : '')
  return layRegion(label, 'wide', [
    `<table><thead><tr>${columns.map(({ heading }, i) => `<th scope="col"${kind(i)}>${escapeForHtml(heading)}</th>`).join('')}</tr></thead><tbody>`,
    ...rows.map((row) => `<tr>${row.map((cell, i) => `<td${kind(i)}>${writeLinkedHtml(cell)}</td>`).join('')}</tr>`),
  ])
}

/** Newest first; the row of a point has its number, and a figure's column its metric. Short, for there are four hundred. */
function layRuns({ columns, rows }: Table, { metrics }: Timeline): string {
  const first = columns.length - metrics.length
  const heads = columns.map(({ heading }, i) => {
    const metric = metrics[i - first]
    return `<th scope="col"${metric === undefined ? '' : ` data-metric="${metric.metric}"`}>${escapeForHtml(heading)}</th>`
  })
  return layRegion('Runs', 'wide runs', [
    `<table><thead><tr>${heads.join('')}</tr></thead><tbody>`,
    ...rows
      .map((row, i) => `<tr id="r${i}">${row.map((cell) => `<td>${writeLinkedHtml(cell)}</td>`).join('')}</tr>`)
      .reverse(),
  ])
}

function layRegion(label: string, kind: string, lines: readonly string[]): string {
  return `<div class="${kind}" role="region" aria-label="${escapeForHtml(label)}" tabindex="0">${lines.join('\n')}</tbody></table></div>`
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
