import type { Comparison } from '../report/verdict.ts'
import { formatConcurrency, formatCount, formatShare } from './format.ts'
import { labelOf, shortList } from './metric-words.ts'
import type { Column } from './table.ts'

/** What each comparison rests on, as a table: a row a metric; no rows when nothing was compared. */
export function groundsTable(comparisons: readonly Comparison[]): {
  readonly columns: readonly Column[]
  readonly rows: readonly (readonly string[])[]
} {
  const rows = comparisons
    .filter(({ change }) => change !== null)
    .map((comparison) => {
      const { levels, groups, leftOut, spread, assumedSpread, tolerance } = comparison
      return [
        labelOf(comparison),
        levels.length === 0 ? 'whole run' : shortList(levels.map(formatConcurrency), 12),
        `${formatCount(groups)}${leftOut === 0 ? '' : ` (${formatCount(leftOut)} left out)`}`,
        `${formatShare(spread)}${assumedSpread ? ', partly assumed' : ''}`,
        formatShare(tolerance),
      ]
    })
  return { columns: COLUMNS, rows }
}

const COLUMNS: readonly Column[] = [
  { heading: 'Metric', align: 'left' },
  { heading: 'levels', align: 'left' },
  { heading: 'independent runs', align: 'right' },
  { heading: 'spread between runs', align: 'right' },
  { heading: 'tolerance', align: 'right' },
]
