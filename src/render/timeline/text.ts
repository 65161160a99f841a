import type { Timeline, TimelineMetric } from '../../verdict/timeline.ts'
import { pluralise } from '../format.ts'
import type { Sentence, Table } from '../sentences.ts'
import { createStyle, layTextTable, wrap, writePlain } from '../terminal.ts'
import { shortenLabel, viewTimeline } from './timeline.ts'

/** This many of the newest points fit on a screen. */
const NEWEST_POINTS = 12

/** The recorded runs of a name over months, for a terminal; ends with a line break. */
export function renderTimeline(timeline: Timeline, { colour = false }: { readonly colour?: boolean } = {}): string {
  const style = createStyle(colour)
  const view = viewTimeline(timeline)
  const layTable = (table: Table, note: Sentence | null = null): string[] => {
    if (table.rows.length === 0) return []
    const [heading, ...rows] = layTextTable(table)
    return [
      style.dim(heading!),
      ...rows,
      ...(note === null ? [] : wrap(writePlain(note), { indent: 2 }).map(style.dim)),
    ]
  }
  const layList = (heading: string, sentences: readonly Sentence[]): string[] =>
    sentences.length === 0
      ? []
      : [style.bold(heading), ...sentences.flatMap((each) => wrap(writePlain(each), { indent: 2 }))]
  const newest = narrow({ ...view.runs, rows: view.runs.rows.slice(-NEWEST_POINTS).reverse() })
  const sections = [
    [style.bold(writePlain(view.name)), ...view.facts.flatMap((fact) => wrap(writePlain(fact)))],
    view.now.rows.length === 0 ? wrap(writePlain(view.nowNote)) : layTable(view.now, view.nowNote),
    timeline.points.length < 2 ? [] : timeline.metrics.map((metric) => drawSparkline(metric)),
    layList('Steps of main:', view.steps),
    layList('Accepted:', view.accepted),
    layList('Releases:', view.releases),
    layList('Gaps:', view.gaps),
    ...(view.versions === null ? [] : [layTable(view.versions.long, view.versions.note)]),
    [
      ...layTable(newest),
      ...(view.runs.rows.length > NEWEST_POINTS
        ? [style.dim(`… and ${pluralise(view.runs.rows.length - NEWEST_POINTS, 'older point')}; --page draws them all`)]
        : []),
    ],
  ]
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`
}

/** Without the columns for which eighty letters have no room. */
function narrow({ columns, rows }: Table): Table {
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
