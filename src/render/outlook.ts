import type { Outlook } from '../report/verdict.ts'
import { formatChange, plural } from './format.ts'
import { betterOf, labelOf, naturalChange } from './metric-words.ts'
import type { Column } from './terminal.ts'

/** What a gate would see with more recorded runs, as a table: a row a metric, a column a number of runs. */
export function outlookTable(outlook: readonly Outlook[]): {
  readonly columns: readonly Column[]
  readonly rows: readonly (readonly string[])[]
} {
  const runs = runsOf(outlook)
  return {
    columns: [
      { heading: 'Would catch, with', align: 'left' },
      ...runs.map((count) => ({ heading: plural(count, 'run'), align: 'right' as const })),
    ],
    rows: metricsOf(outlook).map((metric) => [
      labelOf({ metric }),
      ...runs.map((count) => visible(outlook, metric, count)),
    ]),
  }
}

function visible(outlook: readonly Outlook[], metric: Outlook['metric'], count: number): string {
  const found = outlook.find((entry) => entry.metric === metric && entry.runs === count)
  return formatChange(found === undefined ? null : naturalChange(betterOf(metric), found.smallestVisible))
}

function runsOf(outlook: readonly Outlook[]): number[] {
  return [...new Set(outlook.map(({ runs }) => runs))].sort((a, b) => a - b)
}

function metricsOf(outlook: readonly Outlook[]): Outlook['metric'][] {
  return [...new Set(outlook.map(({ metric }) => metric))]
}
