import type { Timeline, TimelineMetric } from '../../verdict/timeline.ts'
import { pluralise } from '../../text.ts'
import { fitBudget, foldBlocks, layMarkdownList, layMarkdownTable, SUMMARY_ROOM, writeMarkdown } from '../markdown.ts'
import { shortenLabel } from '../metric-words.ts'
import { dropAbsent } from '../sentences.ts'
import type { Sentence, Table } from '../sentences.ts'
import { createStyle, joinSections, layStyledTable, wrap, writePlain } from '../terminal.ts'
import { viewTimeline } from './timeline.ts'

/** The recorded runs of a name over months as text: for a terminal, and as GitHub's Markdown. */

/** This many of the newest points fit on a screen. */
const NEWEST_POINTS = 12

/** For a terminal: 80 columns, with a line break at the end. */
export function renderTimeline(timeline: Timeline, { colour = false }: { readonly colour?: boolean } = {}): string {
  const style = createStyle(colour)
  const view = viewTimeline(timeline)
  const layTold = (table: Table, note: Sentence): string[] =>
    table.rows.length === 0
      ? []
      : [...layStyledTable(table, style), ...wrap(writePlain(note), { indent: 2 }).map(style.dim)]
  const newest = dropWideColumns({ ...view.runs, rows: view.runs.rows.slice(-NEWEST_POINTS).reverse() })
  return joinSections([
    [style.bold(writePlain(view.name)), ...view.facts.flatMap((fact) => wrap(writePlain(fact)))],
    view.now.rows.length === 0 ? wrap(writePlain(view.nowNote)) : layTold(view.now, view.nowNote),
    timeline.points.length < 2 ? [] : timeline.metrics.map((metric) => drawSparkline(metric)),
    ...view.events.map(({ heading, entries }) => [
      style.bold(`${heading}:`),
      ...entries.flatMap((entry) => wrap(writePlain(entry), { indent: 2 })),
    ]),
    view.versions === null ? [] : layTold(view.versions.long, view.versions.note),
    [
      ...layStyledTable(newest, style),
      ...(view.runs.rows.length > NEWEST_POINTS
        ? [style.dim(`… and ${pluralise(view.runs.rows.length - NEWEST_POINTS, 'older point')}; --page draws them all`)]
        : []),
    ],
  ])
}

/** Without the columns for which eighty letters have no room. */
function dropWideColumns({ columns, rows }: Table): Table {
  const kept = columns.flatMap(({ heading }, i) => (/^(?:Run|Model|Server)$/.test(heading) ? [] : [i]))
  return {
    columns: kept.map((i) => ({ ...columns[i]!, heading: columns[i]!.heading.replace(/ throughput$/, '') })),
    rows: rows.map((row) => kept.map((i) => row[i]!)),
  }
}

const BARS = '▁▂▃▄▅▆▇█'
const MOST_BARS = 60

/** For example `TPOT ▂▂▃▂▇▇▇`: a bar for each point, or for the middle one of several; a dot where there is none. Never finer than the tolerance. */
function drawSparkline(metric: TimelineMetric): string {
  const { figures, stretches } = metric
  const known = figures.filter((figure) => figure !== null)
  const low = Math.min(...known, ...stretches.map((stretch) => stretch.low))
  const high = Math.max(...known, ...stretches.map((stretch) => stretch.high))
  const count = Math.min(MOST_BARS, figures.length)
  const bars = Array.from({ length: count }, (_, i) => {
    const from = Math.floor((i * figures.length) / count)
    const some = figures.slice(from, Math.floor(((i + 1) * figures.length) / count)).filter((figure) => figure !== null)
    if (some.length === 0) return '·'
    const middle = some.sort((a, b) => a - b)[Math.floor(some.length / 2)]!
    return BARS[Math.min(BARS.length - 1, Math.floor((BARS.length * (middle - low)) / (high - low)))]!
  })
  return `${shortenLabel(metric).padEnd(12)} ${bars.join('')}`
}

/** As GitHub's Markdown, newest first, with a line break at the end. */
export function renderTimelineMarkdown(timeline: Timeline): string {
  const { name, facts, now, nowNote, events, versions, runs } = viewTimeline(timeline)
  return fitBudget((most) => {
    const table = layMarkdownTable({ ...runs, rows: runs.rows.toReversed() }, most)
    return `${dropAbsent([
      `### ${writeMarkdown(name)}`,
      ...facts.map((fact) => writeMarkdown(fact)),
      layMarkdownTable(now, most),
      writeMarkdown(nowNote),
      ...events.flatMap(({ heading, entries }) => [`**${heading}**`, layMarkdownList(entries.toReversed(), most)]),
      ...(versions === null ? [] : [`**${versions.heading}**`, layMarkdownTable(versions.table, most), versions.note]),
      table === null ? null : foldBlocks('Runs', [table]),
    ]).join('\n\n')}\n`
  }, SUMMARY_ROOM)
}
