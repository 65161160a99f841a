import type { LevelMetrics, Summary } from '../../metrics/level-metrics.ts'
import { MINIMUM_SAMPLES } from '../../stats/percentile.ts'
import type { RunReport } from '../../report/run-report.ts'
import { timeOrStandIn } from './cross-check.ts'
import { formatCount, formatMs, formatRate, MISSING } from '../format.ts'
import { textTable } from '../terminal.ts'
import type { Column } from '../terminal.ts'

interface LevelColumn extends Column {
  cell(level: LevelMetrics): string
}

/** The table of levels for a terminal: one line a level, heading first. */
export function renderLevels(report: RunReport): string[] {
  const { columns, rows } = levelTable(report)
  return textTable(columns, rows)
}

/** The table of levels, whatever it is rendered in: one row a level. */
export function levelTable(report: RunReport): {
  readonly columns: readonly Column[]
  readonly rows: readonly (readonly string[])[]
} {
  const columns = columnsFor(report)
  return { columns, rows: report.levels.map((level) => columns.map(({ cell }) => cell(level))) }
}

/** Says which p90 is missing because there are too few requests, and how many more it takes; null when none is. */
export function describeMissing({ levels, series }: RunReport): string | null {
  const needed = MINIMUM_SAMPLES.p90
  const missing = levels.flatMap((level) => {
    const summary = series.workload.task === 'embeddings' ? level.latencyMs : level.ttftMs
    if (summary === null || summary.p90 !== null) return []
    const more = needed - summary.n - level.requests.failed
    return more > 0 ? [`level ${level.concurrency} needs ${formatCount(more)} more`] : []
  })
  return missing.length === 0 ? null : `${MISSING} p90 takes ${needed} requests: ${missing.join(', ')}.`
}

/** When the answer itself begins, where reasoning comes first and shows; null elsewhere. */
export function describeReasoning({ levels }: Pick<RunReport, 'levels'>): string | null {
  const reasoned = levels.filter(({ reasoningShare, ttftMs }) => (reasoningShare ?? 0) > 0 && ttftMs !== null)
  if (reasoned.length === 0) return null
  const begins = reasoned.flatMap(({ concurrency, ttftMs, ttfoMs }) =>
    ttfoMs?.p50 == null || ttfoMs.p50 <= (ttftMs?.p50 ?? 0) ? [] : [`${formatMs(ttfoMs.p50)} at level ${concurrency}`],
  )
  if (begins.length > 0) return `Reasoning comes first; the answer itself begins (TTFO p50) after ${begins.join(', ')}.`
  const answered = reasoned.some(({ ttfoMs }) => ttfoMs !== null)
  return answered ? null : 'Reasoning took all tokens, so no answer began (TTFO); raise `output-tokens`.'
}

function columnsFor(report: RunReport): readonly LevelColumn[] {
  const { series } = report
  const right = (heading: string, cell: LevelColumn['cell']): LevelColumn => ({ heading, align: 'right', cell })
  const time = (summary: Summary | null, percentile: 'p50' | 'p90') => formatMs(summary?.[percentile] ?? null)
  const first = [
    right('level', (level) => String(level.concurrency)),
    right('ok/failed', ({ requests }) => `${formatCount(requests.ok)}/${formatCount(requests.failed)}`),
  ]
  const last: LevelColumn = { heading: 'state', align: 'left', cell: stateOf }
  if (series.workload.task === 'embeddings') {
    const sequences = (level: LevelMetrics) =>
      level.requestsPerSecond === null ? null : level.requestsPerSecond * series.workload.batchSize
    return [
      ...first,
      right('latency p50', (level) => time(level.latencyMs, 'p50')),
      right('p90', (level) => time(level.latencyMs, 'p90')),
      right('sequences/s', (level) => formatRate(sequences(level))),
      right('input tok/s', (level) => formatRate(level.inputTokensPerSecond)),
      last,
    ]
  }
  return [
    ...first,
    right('TTFT p50', (level) => timeOrStandIn(report, level, 'ttftMs')),
    right('p90', (level) => time(level.ttftMs, 'p90')),
    right('TPOT p50', (level) => timeOrStandIn(report, level, 'tpotMs')),
    right('lat. p50', (level) => time(level.latencyMs, 'p50')),
    right('tok/s', (level) => formatRate(level.outputTokensPerSecond)),
    right('req/s', (level) => formatRate(level.requestsPerSecond)),
    last,
  ]
}

/** Short enough for the last column; the findings below say why. */
function stateOf({ state }: LevelMetrics): string {
  return state === 'client-saturated' ? 'saturated' : state
}
