import type { RunReport } from '../../report/run-report.ts'
import type { Comparison } from '../../report/verdict.ts'
import { metricOf } from '../../vocabulary/metrics.ts'
import { formatConcurrency, formatCount, formatShare } from '../format.ts'
import { labelOf, shortList } from '../metric-words.ts'
import type { Column } from '../terminal.ts'

/** What each comparison rests on, as a table: a row a metric; no rows when nothing was compared. */
export function groundsTable(
  comparisons: readonly Comparison[],
  report: Pick<RunReport, 'levels'> | null,
): {
  readonly columns: readonly Column[]
  readonly rows: readonly (readonly string[])[]
} {
  const rows = comparisons
    .filter(({ change }) => change !== null)
    .map((comparison) => {
      const onlySome = report !== null && lacksLevels(comparison, report)
      const { levels, groups, leftOut, spread, assumedSpread, tolerance } = comparison
      return [
        labelOf(comparison),
        levels.length === 0
          ? 'whole run'
          : `${shortList(levels.map(formatConcurrency), 12)}${onlySome ? ', the levels that both have' : ''}`,
        `${formatCount(groups)}${leftOut === 0 ? '' : ` (${formatCount(leftOut)} left out)`}`,
        `${formatShare(spread)}${assumedSpread ? ', partly assumed' : ''}`,
        formatShare(tolerance),
      ]
    })
  return { columns: COLUMNS, rows }
}

/** Whether levels were measured and not compared. TTFT never counts those above its highest, throughput those below its lowest. */
function lacksLevels({ metric, better, levels }: Comparison, report: Pick<RunReport, 'levels'>): boolean {
  const [from, to] = [Math.min(...levels), Math.max(...levels)]
  const endsEarly = metricOf(metric).stopsAtKnee
  return report.levels.some(
    ({ concurrency }) =>
      !levels.includes(concurrency) && (endsEarly ? concurrency < to : better === 'lower' || concurrency > from),
  )
}

const COLUMNS: readonly Column[] = [
  { heading: 'Metric', align: 'left' },
  { heading: 'levels', align: 'left' },
  { heading: 'independent runs', align: 'right' },
  { heading: 'spread between runs', align: 'right' },
  { heading: 'tolerance', align: 'right' },
]
