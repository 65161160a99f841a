import type { ConversationFigures } from '../../metrics/level/conversations.ts'
import type { LevelMetrics, ScenarioFigures } from '../../metrics/level/level-metrics.ts'
import type { CrossCheck, ThreePoint } from '../../metrics/three-point.ts'
import type { RunReport } from '../../report/run-report.ts'
import type { SeriesWorkload } from '../../report/series.ts'
import type { RequestCounts } from '../../report/verdict.ts'
import { MINIMUM_SAMPLES } from '../../stats/percentile.ts'
import type { Summary } from '../../stats/percentile.ts'
import { CROSS_CHECK_MODEL } from '../../vendors/vendors.ts'
import { generatesTokens, loadOf, nameItem, nameLevel, nameState } from '../../vocabulary/load.ts'
import type { LoadKind } from '../../vocabulary/load.ts'
import { formatChange, formatCount, formatMs, formatRate, formatShare, MISSING, pluralise } from '../../words/format.ts'
import { keepUnit, makeFigureColumn, makeWordColumn, quote, say } from '../../words/sentences.ts'
import type { Column, Sentence, Table, TitledTable } from '../../words/sentences.ts'
import { describeCapacity, describeFoundPlateau, describeGoodput, describePrice, describeWithin } from './plateau.ts'

/**
 * What a sweep measured: its levels one by one, each part of a mix at each of them, the conversations that they held, and the cross-check at some,
 * whose figures stand in for those that streams gave none of.
 */

interface LevelColumn extends Column {
  cell(level: LevelMetrics): string
}

/** What to say about the levels, and what follows from them. */
export function viewLevels(report: RunReport) {
  return {
    table: tabulateLevels(report),
    /** Shown where the table has no rows. */
    none: 'No level was measured.',
    /** Of each row of the table, whether its figures may be used. */
    isValid: report.levels.map(({ valid }) => valid),
    reasoning: describeReasoning(report),
    missing: describeMissing(report),
    schedule: describeSchedule(report),
    standIns: describeStandIns(report),
    /** Null where nothing succeeded, because then the lack of a plateau is no news. */
    plateau: report.levels.some(({ requests }) => requests.ok > 0) ? describeFoundPlateau(report) : null,
    within: describeWithin(report),
    capacity: describeCapacity(report),
    goodput: describeGoodput(report),
    price: describePrice(report),
  }
}

/** One row a level. */
function tabulateLevels(report: RunReport): Table {
  const columns = chooseColumns(report)
  return {
    columns: columns.map(({ heading, align }) => ({ heading, align })),
    rows: report.levels.map((level) => columns.map(({ cell }) => keepUnit(cell(level)))),
  }
}

/** Which p90 is missing for lack of requests, and how many more it needs; null when none is missing, or none is shown. */
function describeMissing({ levels, series, slo }: RunReport): string | null {
  if (slo !== undefined) return null
  const needed = MINIMUM_SAMPLES.p90
  const missing = levels.flatMap((level) => {
    const summary = generatesTokens(series.workload.task) ? level.ttftMs : level.latencyMs
    if (summary === null || summary.p90 !== null) return []
    const more = needed - summary.n - level.requests.failed
    return more > 0 ? [`level ${nameLevel(loadOf(series), level.concurrency)} needs ${formatCount(more)} more`] : []
  })
  return missing.length === 0 ? null : `${MISSING} p90 takes ${needed} requests: ${missing.join(', ')}.`
}

/** When the answer itself begins, where visible reasoning comes first; null elsewhere. */
function describeReasoning({
  levels,
  validity,
  series,
}: Pick<RunReport, 'levels' | 'validity' | 'series'>): string | null {
  // Where reasoning is part of the text, a finding says so.
  if (validity.findings.some(({ code }) => code === 'reasoning-in-text')) return null
  const reasoned = levels.filter(({ reasoningShare, ttftMs }) => (reasoningShare ?? 0) > 0 && ttftMs !== null)
  if (reasoned.length === 0) return null
  const begins = reasoned.flatMap(({ concurrency, ttftMs, ttfoMs }) =>
    ttfoMs?.p50 == null || ttfoMs.p50 <= (ttftMs?.p50 ?? 0)
      ? []
      : [`${formatMs(ttfoMs.p50)} at level ${nameLevel(loadOf(series), concurrency)}`],
  )
  if (begins.length > 0) return `Reasoning comes first; the answer itself begins (TTFO p50) after ${begins.join(', ')}.`
  const answered = reasoned.some(({ ttfoMs }) => ttfoMs !== null)
  return answered ? null : 'Reasoning took all tokens, so no answer began (TTFO); raise `output-tokens`.'
}

function chooseColumns(report: RunReport): readonly LevelColumn[] {
  const { series } = report
  const alignRight = (heading: string, cell: LevelColumn['cell']): LevelColumn => ({ heading, align: 'right', cell })
  const formatPercentile = (summary: Summary | null, percentile: 'p50' | 'p90') =>
    formatMs(summary?.[percentile] ?? null)
  const first = [
    alignRight('level', (level) => nameLevel(loadOf(series), level.concurrency)),
    alignRight('ok/failed', ({ requests }) => formatOutcomes(requests)),
  ]
  // With objectives, whose share kept takes its place, the p90 has no room in 80 columns.
  const listTail = (summary: (level: LevelMetrics) => Summary | null): LevelColumn[] =>
    report.slo === undefined ? [alignRight('p90', (level) => formatPercentile(summary(level), 'p90'))] : []
  const kept =
    report.slo === undefined
      ? []
      : [alignRight('kept', ({ attained }: LevelMetrics) => formatShare(attained?.attainment ?? null))]
  const last: LevelColumn = {
    heading: 'state',
    align: 'left',
    // Findings explain it.
    cell: (level) => (hasBufferedAnswers(level, series.workload.task) ? 'buffered' : nameState(level)),
  }
  if (!generatesTokens(series.workload.task)) {
    const computeSequenceRate = (level: LevelMetrics) =>
      level.requestsPerSecond === null ? null : level.requestsPerSecond * series.workload.batchSize
    return [
      ...first,
      alignRight('latency p50', (level) => formatPercentile(level.latencyMs, 'p50')),
      ...listTail((level) => level.latencyMs),
      alignRight(`${nameItem(series.workload.task)}s/s`, (level) => formatRate(computeSequenceRate(level))),
      alignRight('input tok/s', (level) => formatRate(level.inputTokensPerSecond)),
      ...kept,
      last,
    ]
  }
  return [
    ...first,
    alignRight('TTFT p50', (level) => formatTimeOrStandIn(report, level, 'ttftMs')),
    ...listTail((level) => level.ttftMs),
    alignRight('TPOT p50', (level) => formatTimeOrStandIn(report, level, 'tpotMs')),
    alignRight('lat. p50', (level) => formatPercentile(level.latencyMs, 'p50')),
    alignRight('tok/s', (level) => formatRate(level.outputTokensPerSecond)),
    alignRight('req/s', (level) => formatRate(level.requestsPerSecond)),
    ...kept,
    last,
  ]
}

/** How many requests succeeded and failed, for the column `ok/failed`. */
function formatOutcomes({ ok, failed }: RequestCounts): string {
  return `${formatCount(ok)}/${formatCount(failed)}`
}

/** Whether a level has no TTFT and TPOT because its answers were held back on the way. Older reports call it ok. */
export function hasBufferedAnswers({ state, requests, ttftMs }: LevelMetrics, task: string): boolean {
  return state === 'buffered' || (state === 'ok' && generatesTokens(task) && requests.ok > 0 && ttftMs === null)
}

/** How well the schedule of an open loop was kept, in a sentence; null in a closed one. */
function describeSchedule({ levels, series: { arrivals, speeds } }: RunReport): string | null {
  const schedules = levels.flatMap(({ open }) => open ?? [])
  const lags = schedules.flatMap(({ lagMs }) => lagMs ?? [])
  if ((arrivals === undefined && speeds === undefined) || lags.length === 0) return null
  const findWorst = (percentile: 'p50' | 'p99'): string => formatMs(Math.max(...lags.map((lag) => lag[percentile])))
  const peak = formatCount(Math.max(...schedules.map(({ peakInFlight }) => peakInFlight)))
  const dropped = schedules.reduce((sum, one) => sum + one.dropped, 0)
  const never = dropped === 0 ? '' : ` ${pluralise(dropped, 'request')} that were due were never sent.`
  const moments = arrivals === undefined ? 'the moments of the trace' : `${arrivals} arrivals`
  return `Open loop, ${moments}: requests were sent ${findWorst('p50')} (p50) and ${findWorst('p99')} (p99) late at most, and all times count from when they were due. Up to ${peak} in flight.${never}`
}

/** Each part of a mix at each level, above all of them together; null where all requests are alike. */
export function viewMix({ levels, series }: Pick<RunReport, 'levels' | 'series'>): TitledTable | null {
  const load = loadOf(series)
  const rows = levels.flatMap(({ concurrency, requests, ttftMs, tpotMs, latencyMs, parts = [] }) => {
    const add = (pick: (part: ScenarioFigures) => number): number => parts.reduce((sum, part) => sum + pick(part), 0)
    const all = {
      requests,
      inputTokens: add((part) => part.inputTokens),
      outputTokens: add((part) => part.outputTokens),
      ttftMs,
      tpotMs,
      latencyMs,
    }
    const named = [
      ...parts.map((part) => ({ name: quote(part.name), figures: part })),
      ...(parts.length === 0 ? [] : [{ name: 'all', figures: all }]),
    ]
    return named.map(({ name, figures }) => [nameLevel(load, concurrency), name, ...layPart(figures)])
  })
  if (rows.length === 0) return null
  const columns = [
    makeFigureColumn('level'),
    makeWordColumn('part'),
    ...['ok/failed', 'TTFT p50', 'p95', 'TPOT p50', 'p95', 'lat. p50', 'p95', 'tok in', 'out'].map(makeFigureColumn),
  ]
  return { heading: 'By part of the mix', table: { columns, rows }, note: null }
}

function layPart({ requests, inputTokens, outputTokens, ttftMs, tpotMs, latencyMs }: Omit<ScenarioFigures, 'name'>) {
  const times = [ttftMs, tpotMs, latencyMs].flatMap((time) => [time?.p50 ?? null, time?.p95 ?? null])
  return [
    formatOutcomes(requests),
    ...times.map((time) => keepUnit(formatMs(time))),
    formatCount(inputTokens),
    formatCount(outputTokens),
  ]
}

/** A level with conversations. */
type Conversing = LevelMetrics & { readonly conversations: ConversationFigures }

/** What conversations came to, level by level, and turn by turn at one level; null where requests stand alone. */
export function viewConversations(report: RunReport) {
  const { workload } = report.series
  const levels = report.levels.filter((level): level is Conversing => level.conversations !== undefined)
  if (levels.length === 0) return null
  const load = loadOf(report.series)
  const shown = chooseLevel(report, levels)
  return {
    /** What they are, without a full stop. */
    what: say`${describeConversations(workload)}${load === 'rate' ? ', which arrive at the rate of the level' : ''}`,
    levels: tabulateConversations(levels, load),
    /** The turns at the level that the heading names. */
    turns: tabulateTurns(shown.conversations),
    turnsHeading: `Turn by turn at level ${nameLevel(load, shown.concurrency)}`,
    note: explainConversations(levels),
  }
}

function describeConversations({ turns, thinkTime = 0, systemPromptTokens = 0 }: SeriesWorkload): Sentence {
  if (turns === undefined) return 'Conversations of the parts that hold some'
  const many =
    turns === 'file' ? 'as many turns as the file has' : turns === '1' ? 'one turn' : say`${quote(turns)} turns`
  const more = [
    ...(thinkTime === 0 ? [] : [', ', showThinkTime(thinkTime), ' of think-time']),
    ...(systemPromptTokens > 0 ? [`, a system prompt of ${pluralise(systemPromptTokens, 'token')}`] : []),
  ]
  return say`Conversations of ${many}${more}`
}

function showThinkTime(time: string | number): Sentence {
  return typeof time === 'number' ? [formatMs(1000 * time)] : say`${quote(time)}`
}

/** The knee, where there is one among them; else the highest that can be used. */
function chooseLevel({ plateau }: RunReport, levels: readonly Conversing[]): Conversing {
  const valid = levels.filter(({ valid }) => valid)
  const knee = valid.find(({ concurrency }) => concurrency === plateau.kneeConcurrency)
  return knee ?? valid.at(-1) ?? levels.at(-1)!
}

function tabulateConversations(levels: readonly Conversing[], load: LoadKind): Table {
  return {
    columns: ['level', 'whole', 'ended early', 'answers p50', 'from first to last p50', 'input cached'].map(
      makeFigureColumn,
    ),
    rows: levels.map(({ concurrency, cachedShare, conversations: { whole, endedEarly, latencyMs, spanMs } }) =>
      [
        nameLevel(load, concurrency),
        formatCount(whole),
        formatCount(endedEarly),
        formatMs(latencyMs),
        formatMs(spanMs),
        formatCached(cachedShare),
      ].map(keepUnit),
    ),
  }
}

function tabulateTurns({ turns }: ConversationFigures): Table {
  return {
    columns: ['turn', 'ok/failed', 'input tokens', 'cached', 'TTFT p50', 'lat. p50'].map(makeFigureColumn),
    rows: turns.map(({ turn, andLater, requests, inputTokens, cachedShare, ttftMs, latencyMs }) =>
      [
        `${turn}${andLater === true ? ' and later' : ''}`,
        formatOutcomes(requests),
        inputTokens === null ? MISSING : formatCount(Math.round(inputTokens)),
        formatCached(cachedShare),
        formatMs(ttftMs),
        formatMs(latencyMs),
      ].map(keepUnit),
    ),
  }
}

function formatCached(share: number | null): string {
  return share === null ? 'not stated' : formatShare(share)
}

function explainConversations(levels: readonly Conversing[]): string {
  // What ended early would not be whole in a longer window either.
  const lacking = levels.some(({ conversations: { whole, endedEarly } }) => whole === 0 && endedEarly === 0)
  const left = levels.some(({ conversations: { endedEarly } }) => endedEarly > 0)
  return [
    'Each turn is sent with all that was said before it, and with the answers that the server gave. A conversation is whole when all its turns were counted; then it has the time of its answers together, and that from its first request to its last token, think-time included.',
    ...(lacking ? ['Where none is whole, the windows are too short for one: raise `level-duration`.'] : []),
    ...(left
      ? [
          'Some ended early: a turn failed, or its answer had no text to go on with (only reasoning, or a tool call); raise `output-tokens` where it is cut in its reasoning.',
        ]
      : []),
  ].join(' ')
}

/** Marks a figure from unstreamed answers, because streams gave none. */
const STAND_IN = '~'

/** The cross-check with its note; null where none was made. */
export function viewCrossCheck({ crossCheck }: Pick<RunReport, 'crossCheck'>): TitledTable | null {
  if (crossCheck === undefined || crossCheck.levels.length === 0) return null
  return { heading: 'Cross-check', table: tabulateCrossCheck(crossCheck), note: describeCrossCheck(crossCheck) }
}

function tabulateCrossCheck({ levels }: CrossCheck): Table {
  const headings = ['level', 'TTFT', 'streamed', 'off by', 'TPOT', 'streamed', 'off by', 'in+out tok/s']
  const rows = levels.map((level) => [
    String(level.concurrency),
    ...compareTimes(level.ttftMs, level.streamed.ttftMs),
    ...compareTimes(level.tpotMs, level.streamed.tpotMs),
    formatRate(level.notebookThroughput),
  ])
  return { columns: headings.map(makeFigureColumn), rows: rows.map((row) => row.map(keepUnit)) }
}

/** What the table shows, and what its last column is not. */
function describeCrossCheck({ levels, outputTokens }: CrossCheck): string {
  const queueing =
    levels.length === 1
      ? ''
      : ' Above the lowest level requests of one token queue behind each other: that TTFT belongs to this load, not to a user.'
  return `From answers that do not stream, of ${outputTokens.join(', ')} tokens: TTFT is the median latency at 1 token, TPOT the slope between the other two. in+out tok/s counts input too, by median latency, as ${CROSS_CHECK_MODEL} does; it is not the throughput above.${queueing} Nothing is gated on these figures.`
}

/** A median of a level, or, marked, the one of unstreamed answers where streams gave none. */
function formatTimeOrStandIn(
  { crossCheck }: Pick<RunReport, 'crossCheck'>,
  level: LevelMetrics,
  time: 'ttftMs' | 'tpotMs',
): string {
  const streamed = level[time]?.p50 ?? null
  const whole = crossCheck?.levels.find(({ concurrency }) => concurrency === level.concurrency)?.[time] ?? null
  return streamed === null && whole !== null ? `${STAND_IN}${formatMs(whole)}` : formatMs(streamed)
}

/** The meaning of the mark; null where no figure has it. */
function describeStandIns(report: Pick<RunReport, 'crossCheck' | 'levels'>): string | null {
  const isMarked = report.levels.some((level) =>
    (['ttftMs', 'tpotMs'] as const).some((time) => formatTimeOrStandIn(report, level, time).startsWith(STAND_IN)),
  )
  return isMarked
    ? `${STAND_IN} comes from answers that do not stream (the cross-check): the streams come all at once and say nothing.`
    : null
}

function compareTimes(whole: ThreePoint['ttftMs'], streamed: number | null): readonly string[] {
  const off = whole === null || streamed === null || streamed === 0 ? null : whole / streamed - 1
  return [formatMs(whole), formatMs(streamed), formatChange(off)]
}
