import { listClues } from '../../report/history-row.ts'
import type { RunReport } from '../../report/run-report.ts'
import type { Clue, Clues } from '../../vocabulary/clues.ts'
import { loadOf, nameLevel } from '../../vocabulary/load.ts'
import { formatConcurrency, formatMs, formatRate, formatShare, MISSING } from '../format.ts'
import { makeFigureColumn, keepUnit, quote, makeWordColumn, say } from '../sentences.ts'
import type { Sentence, Table, TitledTable } from '../sentences.ts'
import { listCluesBeside } from './sides.ts'
import type { CluesAside } from './sides.ts'

/** The server's own figures beside the client's. */
interface ServerView extends TitledTable {
  /** Where they come from. */
  readonly source: Sentence
  /** The same with main and the control in rows of their own; null where none of them has any. */
  readonly beside: Table | null
  /** The note after the source. */
  readonly sourced: Sentence
}

type Column = readonly [heading: string, clue: Clue, write: (value: number) => string]

/** The clues about the server in their order, with what the column is called and how its cells are written. */
const COLUMNS: readonly Column[] = [
  ['TTFT', 'clientTtftMs', formatMs],
  ['server', 'serverTtftMs', formatMs],
  ['TPOT', 'clientTpotMs', formatMs],
  ['server', 'serverTpotMs', formatMs],
  ['queued', 'serverQueueMs', formatMs],
  ['run', 'running', formatConcurrency],
  ['wait', 'waiting', formatConcurrency],
  ['KV', 'kvCacheUsage', formatShare],
  ['hits', 'prefixHitShare', formatShare],
  ['evicted', 'preemptions', (each) => formatRate(100 * each)],
]

/** The first columns, of times on both sides of the network. They come last where runs stand below each other, for a phone shows what comes first. */
const BOTH_TIMES = 4

/** What the columns are; each note is shown where its column is. */
const NOTES: readonly (readonly [heading: string, note: string])[] = [
  ['server', 'TTFT and TPOT are means: the client’s, and beside them the server’s own, over the same requests.'],
  ['queued', 'Queued: mean time in its queue.'],
  ['run', 'Run, wait: requests that it works on and that wait, under load.'],
  ['KV', 'KV: KV cache in use then.'],
  ['hits', 'Hits: prompt tokens from the prefix cache.'],
  ['evicted', 'Evicted: how often it took a running request out of its KV cache (preemption), for 100 requests.'],
]

/** The server's side, and what it was on main and beside it; null where no level has one. */
export function viewServer(
  { levels, series }: Pick<RunReport, 'levels' | 'series'>,
  candidate: string,
  others: readonly CluesAside[],
): ServerView | null {
  const told = levels.flatMap((level) =>
    level.server === undefined
      ? []
      : [{ level: level.concurrency, clues: listClues(level), source: level.server.source }],
  )
  if (told.length === 0) return null
  const load = loadOf(series)
  const own = told.map(({ level, clues }) => ({ cells: [nameLevel(load, level)], clues }))
  const beside = listCluesBeside(told, candidate, others, tellsOfServer).map(({ level, run, clues }) => ({
    cells: [nameLevel(load, level), run],
    clues,
  }))
  const table = tabulateClues(['level'], COLUMNS, own)
  const source = quote([...new Set(told.map(({ source }) => source))].join(', '))
  const note = NOTES.flatMap(([heading, words]) =>
    table.columns.some((column) => column.heading === heading) ? words : [],
  ).join(' ')
  return {
    heading: 'Server side',
    source,
    table,
    beside:
      beside.length === own.length
        ? null
        : tabulateClues(['level', 'run of'], [...COLUMNS.slice(BOTH_TIMES), ...COLUMNS.slice(0, BOTH_TIMES)], beside),
    note,
    sourced: say`Source: ${source}. ${note}`,
  }
}

interface Row {
  /** What stands before the figures. */
  readonly cells: readonly string[]
  readonly clues: Clues
}

function tabulateClues(headings: readonly string[], columns: readonly Column[], rows: readonly Row[]): Table {
  const filled = columns.filter(([, clue]) => rows.some(({ clues }) => clues[clue] !== undefined))
  return {
    columns: [
      ...headings.map((heading, i) => (i === 0 ? makeFigureColumn(heading) : makeWordColumn(heading))),
      ...filled.map(([heading]) => makeFigureColumn(heading)),
    ],
    rows: rows.map(({ cells, clues }) => [
      ...cells.map(keepUnit),
      ...filled.map(([, clue, write]) => keepUnit(clues[clue] === undefined ? MISSING : write(clues[clue]))),
    ]),
  }
}

function tellsOfServer(clues: Clues): boolean {
  return COLUMNS.some(([, clue]) => clues[clue] !== undefined)
}
