import type { LevelMetrics } from '../../metrics/level-metrics.ts'
import type { ThreePoint } from '../../metrics/three-point.ts'
import type { RunReport } from '../../report/run-report.ts'
import { formatChange, formatMs, formatRate } from '../format.ts'
import { CROSS_CHECK_MODEL } from '../../vendors/vendors.ts'
import { figureColumn, keepUnit } from '../parts.ts'
import type { Table } from '../parts.ts'

/** What stands before a figure that comes from whole answers because streams gave none. */
const STAND_IN = '~'

/** The cross-check with its note; null where none was made. */
export function viewCrossCheck(
  report: Pick<RunReport, 'crossCheck'>,
): { readonly table: Table; readonly note: string } | null {
  const note = describeCrossCheck(report)
  return note === null ? null : { table: tableCrossCheck(report), note }
}

function tableCrossCheck({ crossCheck }: Pick<RunReport, 'crossCheck'>): Table {
  const headings = ['level', 'TTFT', 'streamed', 'off by', 'TPOT', 'streamed', 'off by', 'in+out tok/s']
  const rows = (crossCheck?.levels ?? []).map((level) => [
    String(level.concurrency),
    ...compareTimes(level.ttftMs, level.streamed.ttftMs),
    ...compareTimes(level.tpotMs, level.streamed.tpotMs),
    formatRate(level.notebookThroughput),
  ])
  return { columns: headings.map(figureColumn), rows: rows.map((row) => row.map(keepUnit)) }
}

/** What the table is, and what its last column must not be taken for; null where there is none. */
function describeCrossCheck({ crossCheck }: Pick<RunReport, 'crossCheck'>): string | null {
  if (crossCheck === undefined || crossCheck.levels.length === 0) return null
  const queueing =
    crossCheck.levels.length === 1
      ? ''
      : ' Above the lowest level requests of one token queue behind each other: that TTFT belongs to this load, not to a user.'
  return `From answers that do not stream, of ${crossCheck.outputTokens.join(', ')} tokens: TTFT is the median latency at 1 token, TPOT the slope between the other two. in+out tok/s counts input too, by median latency, as ${CROSS_CHECK_MODEL} does; it is not the throughput above.${queueing} Nothing is gated on these figures.`
}

/** A median of a level, or where streams gave none that of whole answers, marked. */
export function timeOrStandIn(
  { crossCheck }: Pick<RunReport, 'crossCheck'>,
  level: LevelMetrics,
  time: 'ttftMs' | 'tpotMs',
): string {
  const streamed = level[time]?.p50 ?? null
  const whole = crossCheck?.levels.find(({ concurrency }) => concurrency === level.concurrency)?.[time] ?? null
  return streamed === null && whole !== null ? `${STAND_IN}${formatMs(whole)}` : formatMs(streamed)
}

/** Says what the mark means; null where no figure has it. */
export function describeStandIns(report: Pick<RunReport, 'crossCheck' | 'levels'>): string | null {
  const isMarked = report.levels.some((level) =>
    (['ttftMs', 'tpotMs'] as const).some((time) => timeOrStandIn(report, level, time).startsWith(STAND_IN)),
  )
  return isMarked
    ? `${STAND_IN} comes from answers that do not stream (the cross-check): the streams come all at once and say nothing.`
    : null
}

function compareTimes(whole: ThreePoint['ttftMs'], streamed: number | null): readonly string[] {
  const off = whole === null || streamed === null || streamed === 0 ? null : whole / streamed - 1
  return [formatMs(whole), formatMs(streamed), formatChange(off)]
}
