import { listClues } from '../../report/clues.ts'
import type { Clue, Clues } from '../../report/clues.ts'
import type { RunReport } from '../../report/run-report.ts'
import type { SideCurve, Verdict } from '../../report/verdict.ts'
import { loadOf, nameLevel } from '../../vocabulary/load.ts'
import {
  formatConcurrency,
  formatCount,
  formatDuration,
  formatMs,
  formatRate,
  formatShare,
  MISSING,
} from '../../words/format.ts'
import { keepUnit, makeFigureColumn, makeWordColumn, quote, quoteCode, say } from '../../words/sentences.ts'
import type { Table, TitledTable } from '../../words/sentences.ts'
import type { RunNames } from './input.ts'

/**
 * What may say why a run was as it was, for whoever looks for the reason: the server's own figures and where the time of a median request went,
 * both beside main and the control; and the slowest requests by their ids.
 */

/** What may say why a side was as it was, at each level. */
interface CluesAside {
  readonly label: string
  readonly at: ReadonlyMap<number, Clues>
}

/** What may say why main and the control were as they were: of each that tells anything. */
export function listCluesAside(verdict: Verdict | null, names: RunNames): CluesAside[] {
  const { baseline, control } = verdict?.sides ?? {}
  const collect = (curve: SideCurve | undefined) =>
    new Map(
      (curve?.levels ?? []).flatMap(({ concurrency, clues }) => (clues === undefined ? [] : [[concurrency, clues]])),
    )
  return [
    { label: 'control', at: collect(control) },
    { label: names.baseline, at: collect(baseline) },
  ].filter(({ at }) => at.size > 0)
}

/** What may say why one run was as it was at one level. */
interface LevelClues {
  readonly level: number
  readonly run: string
  readonly clues: Clues
}

/** The levels of a run, each followed by the same level of those others that tell something of it there. */
function listCluesBeside(
  own: readonly Omit<LevelClues, 'run'>[],
  run: string,
  others: readonly CluesAside[],
  tells: (clues: Clues) => boolean,
): LevelClues[] {
  return own.flatMap(({ level, clues }) => [
    { level, run, clues },
    ...others.flatMap(({ label, at }) => {
      const then = at.get(level)
      return then === undefined || !tells(then) ? [] : [{ level, run: label, clues: then }]
    }),
  ])
}

type ClueColumn = readonly [heading: string, clue: Clue, write: (value: number) => string]

/** The clues about the server in their order, with what the column is called and how its cells are written. */
const SERVER_COLUMNS: readonly ClueColumn[] = [
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
const SERVER_NOTES: readonly (readonly [heading: string, note: string])[] = [
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
) {
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
  const table = tabulateClues(['level'], SERVER_COLUMNS, own)
  const source = quote([...new Set(told.map(({ source }) => source))].join(', '))
  const note = SERVER_NOTES.flatMap(([heading, words]) =>
    table.columns.some((column) => column.heading === heading) ? words : [],
  ).join(' ')
  return {
    heading: 'Server side',
    /** Where the figures come from. */
    source,
    table,
    /** The same with main and the control in rows of their own; null where none of them has any. */
    beside:
      beside.length === own.length
        ? null
        : tabulateClues(
            ['level', 'run of'],
            [...SERVER_COLUMNS.slice(BOTH_TIMES), ...SERVER_COLUMNS.slice(0, BOTH_TIMES)],
            beside,
          ),
    note,
    /** The note after the source. */
    sourced: say`Source: ${source}. ${note}`,
  }
}

interface ClueRow {
  /** What stands before the figures. */
  readonly cells: readonly string[]
  readonly clues: Clues
}

function tabulateClues(headings: readonly string[], columns: readonly ClueColumn[], rows: readonly ClueRow[]): Table {
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
  return SERVER_COLUMNS.some(([, clue]) => clues[clue] !== undefined)
}

/** Where the time of a median request went at each level, beside what it was on main and on the control; null where no level tells. */
export function viewSplit(
  { levels, series }: Pick<RunReport, 'levels' | 'series'>,
  candidate: string,
  others: readonly CluesAside[],
) {
  const load = loadOf(series)
  const own = levels.map((level) => ({ level: level.concurrency, clues: listClues(level) }))
  const rows = listCluesBeside(
    own.filter(({ clues }) => tellsTime(clues)),
    candidate,
    others,
    tellsTime,
  )
  if (rows.length === 0) return null
  const isQueueKnown = rows.some(({ clues }) => clues.queueMs !== undefined)
  const isAnyLate = rows.some(({ clues }) => (clues.lateMs ?? 0) > 0)
  return {
    heading: 'The time of a median request',
    /** Whether main or the control stands in it, too. */
    hasOthers: rows.some(({ run }) => run !== candidate),
    table: {
      columns: [
        makeFigureColumn('level'),
        makeWordColumn('run of'),
        ...(isAnyLate ? [makeFigureColumn('sent late')] : []),
        makeFigureColumn('connect'),
        ...(isQueueKnown
          ? [makeFigureColumn('queue'), makeFigureColumn('prefill')]
          : [makeFigureColumn('queue and prefill')]),
        makeFigureColumn('decode'),
        makeFigureColumn('drain'),
        makeFigureColumn('all'),
      ],
      rows: rows.map(({ level, run, clues }) =>
        [
          nameLevel(load, level),
          run,
          ...(isAnyLate ? [formatMs(clues.lateMs ?? null)] : []),
          formatMs(clues.connectMs ?? null),
          ...(isQueueKnown ? splitFirstToken(clues) : [formatMs(clues.firstTokenMs!)]),
          formatMs(clues.decodeMs ?? null),
          formatMs(clues.drainMs ?? null),
          formatMs(sumTimes(clues)),
        ].map(keepUnit),
      ),
    },
    note: [
      'The fifth of the requests whose latency is nearest to the median, on average.',
      ...(isAnyLate ? ['Sent late: from when it was due.'] : []),
      isQueueKnown
        ? 'Prefill: the mean time to the first token, with the network, minus the mean time in the server’s queue as it states it; queue: the rest until the first token. Where it states none, both are one figure.'
        : 'Queue and prefill: until the first token, with the network; the server does not tell them apart.',
      'Drain: from the last token to the end of the answer.',
    ].join(' '),
  }
}

/** The queue and what is left until the first token; where the queue is not known both together. */
function splitFirstToken({ firstTokenMs, queueMs }: Clues): readonly [string, string] {
  if (firstTokenMs === undefined) return [MISSING, MISSING]
  if (queueMs === undefined) return ['not known', `${formatMs(firstTokenMs)} with it`]
  return [formatMs(queueMs), formatMs(Math.max(0, firstTokenMs - queueMs))]
}

function tellsTime({ firstTokenMs, decodeMs }: Clues): boolean {
  return firstTokenMs !== undefined && decodeMs !== undefined
}

function sumTimes({ lateMs = 0, connectMs = 0, firstTokenMs = 0, decodeMs = 0, drainMs = 0 }: Clues): number {
  return lateMs + connectMs + firstTokenMs + decodeMs + drainMs
}

/** The slowest requests with their ids; null where none is known. */
export function viewSlowest({ slowest = [], series }: Pick<RunReport, 'slowest' | 'series'>): TitledTable | null {
  if (slowest.length === 0) return null
  const load = loadOf(series)
  const isOurs = slowest.some(({ id }) => id !== undefined)
  const isAnyNamed = slowest.some(({ serverId }) => serverId !== undefined)
  return {
    heading: 'The ten slowest requests',
    table: {
      columns: [
        ...(isOurs ? [makeWordColumn('id')] : []),
        ...(isAnyNamed ? [makeWordColumn('server’s id')] : []),
        ...['level', 'pass', 'at', 'latency', 'of the median', 'TTFT', 'TPOT', 'tokens in', 'out'].map(
          makeFigureColumn,
        ),
      ],
      rows: slowest.map((one) => [
        ...(isOurs ? [one.id === undefined ? MISSING : quoteCode(one.id, 60)] : []),
        ...(isAnyNamed ? [one.serverId === undefined ? MISSING : quoteCode(one.serverId, 128)] : []),
        ...[
          nameLevel(load, one.level),
          String(one.pass),
          formatDuration(Math.max(0, one.startSeconds)),
          formatMs(one.latencyMs),
          `${formatRate(one.timesMedian)} ×`,
          formatMs(one.ttftMs),
          formatMs(one.tpotMs),
          one.inputTokens === null ? MISSING : formatCount(one.inputTokens),
          formatCount(one.outputTokens),
        ].map(keepUnit),
      ]),
    },
    note: [
      'Those whose latency is the largest multiple of the median of their level; “at” counts from the start of the sweep.',
      isOurs
        ? 'Each was sent with its id as `x-request-id`, so that the server’s log has it (vLLM: `chatcmpl-` before it).'
        : 'All were sent with the `x-request-id` that `headers` or `auth` says, which tells none from another: without it each has an id of its own.',
      ...(isAnyNamed ? ['Server’s id: what a header of the answer calls it.'] : []),
    ].join(' '),
  }
}
