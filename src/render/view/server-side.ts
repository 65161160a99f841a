import type { ServerSide } from '../../metrics/server-side.ts'
import type { RunReport } from '../../report/run-report.ts'
import { formatConcurrency, formatMs, formatShare, MISSING } from '../format.ts'
import { figureColumn, keepUnit, quote } from '../parts.ts'
import type { Sentence, Table } from '../parts.ts'

/** What the server itself said, one row a level, beside what the client measured. */
export interface ServerView {
  /** Who said it, in the server's words. */
  readonly source: Sentence
  /** Without columns that would be empty. */
  readonly table: Table
  /** What the columns are. */
  readonly note: string
}

type Cell = (server: ServerSide) => string

const COLUMNS: readonly (readonly [heading: string, cell: Cell])[] = [
  ['TTFT', ({ clientTtftMs }) => formatMs(clientTtftMs)],
  ['server', ({ ttftMs }) => formatMs(ttftMs)],
  ['TPOT', ({ clientTpotMs }) => formatMs(clientTpotMs)],
  ['server', ({ tpotMs }) => formatMs(tpotMs)],
  ['queued', ({ queueMs }) => formatMs(queueMs)],
  ['run', ({ running }) => formatRequests(running)],
  ['wait', ({ waiting }) => formatRequests(waiting)],
  ['KV', ({ kvCacheUsage }) => formatShare(kvCacheUsage)],
  ['hits', ({ prefixHitShare }) => formatShare(prefixHitShare)],
]

/** What the columns are. Each note stands where its column does. */
const NOTES: readonly (readonly [heading: string, note: string])[] = [
  ['server', 'TTFT and TPOT are means: the client’s, and beside them the server’s own, over the same requests.'],
  ['queued', 'Queued: mean time in its queue.'],
  ['run', 'Run, wait: requests that it works on and that wait, under load.'],
  ['KV', 'KV: KV cache in use then.'],
  ['hits', 'Hits: prompt tokens from the prefix cache.'],
]

/** The server's side; null where no level has one. */
export function viewServer({ levels }: Pick<RunReport, 'levels'>): ServerView | null {
  const told = levels.flatMap((level) => (level.server === undefined ? [] : [{ level, server: level.server }]))
  if (told.length === 0) return null
  const filled = COLUMNS.filter(([, cell]) => told.some(({ server }) => cell(server) !== MISSING))
  const headings = filled.map(([heading]) => heading)
  const rows = told.map(({ level, server }) => [String(level.concurrency), ...filled.map(([, cell]) => cell(server))])
  return {
    source: quote([...new Set(told.map(({ server }) => server.source))].join(', ')),
    table: { columns: ['level', ...headings].map(figureColumn), rows: rows.map((row) => row.map(keepUnit)) },
    note: NOTES.flatMap(([heading, note]) => (headings.includes(heading) ? note : [])).join(' '),
  }
}

/** A mean over passes. */
function formatRequests(requests: number | null): string {
  return requests === null ? MISSING : formatConcurrency(requests)
}
