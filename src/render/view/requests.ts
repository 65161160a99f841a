import { listClues } from '../../report/history-row.ts'
import type { RunReport } from '../../report/run-report.ts'
import type { Clues } from '../../vocabulary/clues.ts'
import { loadOf, nameLevel } from '../../vocabulary/load.ts'
import { formatCount, formatDuration, formatMs, formatRate, MISSING } from '../format.ts'
import { makeFigureColumn, keepUnit, quoteCode, makeWordColumn } from '../sentences.ts'
import type { TitledTable } from '../sentences.ts'
import { listCluesBeside } from './sides.ts'
import type { CluesAside } from './sides.ts'

/** Single requests of a run: where the time of a median one went, and which were the slowest. */

/** Where the time went. */
interface SplitView extends TitledTable {
  /** Whether main or the control stands in it, too. */
  readonly hasOthers: boolean
}

/** Where the time of a median request went at each level, beside what it was on main and on the control; null where no level tells. */
export function viewSplit(
  { levels, series }: Pick<RunReport, 'levels' | 'series'>,
  candidate: string,
  others: readonly CluesAside[],
): SplitView | null {
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
