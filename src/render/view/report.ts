import { generatesTokens, needsQuery, loadOf, nameLevel } from '../../vocabulary/load.ts'
import { describeDefinitions } from '../../vocabulary/tools.ts'
import type { ReportFinding, RunReport } from '../../report/run-report.ts'
import type { Verdict } from '../../report/verdict.ts'
import { formatCount, formatDuration, formatMs, formatShare, pluralise, formatChange, formatRate } from '../format.ts'
import type { LoadKind } from '../../vocabulary/load.ts'
import { joinShortList } from '../metric-words.ts'
import { describePrompts, describeTrace, describeUnsent } from './prompts.ts'
import { joinSentences, quote, quoteProse, say, makeWordColumn, makeFigureColumn, keepUnit } from '../sentences.ts'
import type { Sentence, Table, TitledTable } from '../sentences.ts'
import type { LevelMetrics } from '../../metrics/level/level-metrics.ts'
import type { ThreePoint } from '../../metrics/three-point.ts'
import { CROSS_CHECK_MODEL } from '../../vendors/vendors.ts'

/** Characters shown of what others wrote about versions, capacities, machines. */
const LONGEST_FACT = 300

/** Characters shown of a finding, parts of which a server may have written. */
const LONGEST_MESSAGE = 400

/** What to say about a run as a whole: what it was, where it ran and what is wrong with it. */
export function viewRun(report: RunReport, verdict: Verdict | null) {
  const { validity, plan } = report
  return {
    endpoint: describeEndpoint(report),
    work: describeWork(report, verdict),
    /** Null for a run that can be used. */
    invalid: validity.ok ? null : 'This run is not valid: its figures must not be used. The findings say why.',
    findings: viewFindings(validity.findings, loadOf(report.series)),
    /** Null where Plateau itself measured. */
    imported: describeImport(report),
    serverVersion: describeServer(report),
    /** Null where nobody here could have checked it. */
    build: viewBuild(report),
    provisioned: describeProvisioned(report),
    /** How accurately this machine times; null where that was not tested. */
    proof: describeProof(report),
    /** What of a file of prompts was not sent. */
    unsent: report.prompts === undefined ? null : describeUnsent(report.prompts),
    /** How many machines measured it together; null where one did. */
    shards: describeShards(report),
    /** What the budgets cut. */
    cuts: plan.cut.map((cut) => quoteProse(cut)),
    context: tabulateContext(report),
    origin: describeOrigin(report),
  }
}

/** Endpoint, model and API. */
function describeEndpoint({ series, context }: RunReport): Sentence {
  const names = [context.endpointLabel, context.servedModel ?? context.model, series.api]
  return joinSentences(
    [...new Set(names.filter((name) => name !== null))].map((name) => quote(name)),
    ' · ',
  )
}

/** How much work the run was: the size of its requests, levels, passes and time. Of several sessions the report is the last one's. */
function describeWork(report: RunReport, verdict: Verdict | null): Sentence {
  const passes = Math.max(0, ...report.levels.map((level) => level.passes.length))
  const most = report.plan.once === undefined || passes === 1 ? '' : 'up to '
  const levels = `${pluralise(report.levels.length, 'level')} × ${most}${pluralise(passes, 'pass', 'passes')}`
  const isLast = verdict?.control?.fresh === true && verdict.control.sessions > 1
  const where = isLast ? ', in the last session' : ''
  return say`${describeLengths(report)} · ${levels} in ${formatDuration(report.durationSeconds)}${where}`
}

/** Some eight scenarios with their shares and lengths. */
const LONGEST_MIX = 400

function describeLengths({ series: { workload }, capabilities, context, prompts, trace }: RunReport): Sentence {
  if (trace !== undefined && prompts !== undefined) return describeTrace(prompts, trace)
  if (context.requestTokens !== undefined) return say`tokens of a request: ${quote(context.requestTokens)}`
  if (workload.mix !== undefined) return say`a mix, in tokens: ${quote(workload.mix, LONGEST_MIX)}`
  const output = quote(workload.outputTokens)
  if (workload.promptsHash !== null)
    return say`${prompts === undefined ? 'prompts from a file' : describePrompts(prompts)}, ${output} output tokens where they do not say`
  // Instead of `auto`, the length that preflight chose.
  const found = capabilities['inputTokens']
  const isFound = /^auto\b/.test(workload.inputTokens) && typeof found === 'number'
  const input = isFound ? String(found) : quote(workload.inputTokens)
  if (generatesTokens(workload.task)) {
    const perTurn = workload.turns === undefined ? '' : ' a turn'
    const images = workload.images === undefined ? '' : say`, images: ${quote(workload.images)}`
    return say`${input} input and ${output} output tokens${perTurn}${images}`
  }
  // A document is read together with its query.
  const per = needsQuery(workload.task) ? ' a pair' : ''
  return say`${input} input tokens${per}, batches of ${String(workload.batchSize)}`
}

/** A finding in words. */
interface FindingView {
  /** One sentence with its level and the other levels where it was found too. */
  readonly sentence: Sentence
  /** What to do; null when there is nothing. */
  readonly remedy: Sentence | null
  /** Both in one line. */
  readonly line: Sentence
}

/** One entry for each code and remedy, because the same finding at five levels is one thing to do. */
function viewFindings(findings: readonly ReportFinding[], load: LoadKind): FindingView[] {
  return [...Map.groupBy(findings, ({ code, remedy }) => `${code} ${remedy}`).values()].map((same) => {
    const { code, level, message, remedy: advice = '' } = same[0]!
    const more = same
      .slice(1)
      .flatMap((finding) => (finding.level === undefined ? [] : [nameLevel(load, finding.level)]))
    const place = [
      ...(code === 'second-look' ? ['second look'] : []),
      ...(level === undefined ? [] : [`level ${nameLevel(load, level)}`]),
    ]
    const where = place.length === 0 ? '' : `${place.join(', ')}: `
    const also =
      more.length === 0
        ? ''
        : ` ${level === undefined ? 'It shows' : 'Also'} at ${more.length === 1 ? 'level' : 'levels'} ${joinShortList(more, 12)}.`
    const sentence = say`${where}${quoteProse(message, LONGEST_MESSAGE)}${also}`
    const remedy = advice === '' ? null : quoteProse(advice, LONGEST_MESSAGE)
    return { sentence, remedy, line: remedy === null ? sentence : say`${sentence} → ${remedy}` }
  })
}

/** Whose figures these are and how they are defined, where another tool measured; null where we did. */
function describeImport({ imported }: RunReport): Sentence | null {
  if (imported === undefined) return null
  const { tool, version, notes } = imported
  const who = version === null ? quote(tool) : say`${quote(tool)} ${quote(version)}`
  const sentences = [...describeDefinitions(tool), ...notes].map((sentence) => quoteProse(sentence, LONGEST_MESSAGE))
  return joinSentences([say`Measured by ${who}, not by Plateau: the figures are as it states them.`, ...sentences], ' ')
}

/** Which build was measured; also stated when not checked, because silence would look like a yes. */
interface BuildView {
  readonly sentence: Sentence
  /** How to get it checked; null where it was. */
  readonly advice: Sentence | null
}

/** Whether the build is the one that was meant. */
function viewBuild({ context: { build }, imported }: RunReport): BuildView | null {
  // Nobody here asked the server.
  if (imported !== undefined) return null
  return build === undefined
    ? { sentence: 'Build not checked', advice: '`expect-version` names the one that is meant' }
    : { sentence: say`Build checked: ${quote(build)}`, advice: null }
}

/** The server, in its own words; null where it says nothing. */
function describeServer({ context: { serverVersion } }: RunReport): Sentence | null {
  return serverVersion === undefined ? null : say`Server: ${quote(serverVersion, LONGEST_FACT)}.`
}

/** What capacity was there; null where that is not known. */
function describeProvisioned({ context: { provisioned } }: RunReport): Sentence | null {
  return provisioned === undefined ? null : say`Provisioned: ${quote(provisioned, LONGEST_FACT)}.`
}

/** The result of the self-proof, for half of the requests and for 99 of 100. */
export function describeProof({ selfProof }: Pick<RunReport, 'selfProof'>): Sentence | null {
  if (selfProof === undefined) return null
  const { streams, ttftErrorMs: ttft, tpotError: tpot, tokensPerSecond } = selfProof
  const times = tpot === null ? [] : [`TPOT to ±${formatShare(tpot.p50)}`]
  const worst = tpot === null ? [] : [formatShare(tpot.p99)]
  return (
    `This machine times ${[`TTFT to ±${formatMs(ttft.p50)}`, ...times].join(' and ')} at ${pluralise(streams, 'stream')} ` +
    `(p99: ${[formatMs(ttft.p99), ...worst].join(', ')}); it can hold ${formatCount(Number(tokensPerSecond.toPrecision(2)))} tokens/s.`
  )
}

/** That several processes measured it, and how far their clocks were apart. */
function describeShards({ shards }: RunReport): Sentence | null {
  if (shards === undefined) return null
  const { count, clockSpreadMs, clockWithinMs } = shards
  return (
    `${pluralise(count, 'shard')} measured it together; their clocks were up to ${formatMs(clockSpreadMs)} apart, ` +
    `which was corrected to within ±${formatMs(clockWithinMs)}.`
  )
}

/** Who measured, and when. */
function describeOrigin({ tool, startedAt, imported }: RunReport): Sentence {
  if (imported !== undefined)
    return say`Measured by ${quote(imported.tool)} from ${quote(startedAt)} on, judged by ${quote(tool.name)} ${quote(tool.version)}.`
  return say`Measured by ${quote(tool.name)} ${quote(tool.version)} from ${quote(startedAt)} on.`
}

/** Everything that is recorded about where it ran. */
function tabulateContext({ context, plan, imported }: RunReport): Table {
  const { runner } = context
  const isOurs = imported === undefined
  const rows: readonly (readonly [what: string, value: string | null])[] = [
    ['Endpoint', context.endpointLabel],
    ['Model asked for', context.model],
    ['Model served', context.servedModel],
    ['Server version', context.serverVersion ?? null],
    ['Build', isOurs ? (context.build ?? 'not checked') : null],
    ['Provisioned', context.provisioned ?? null],
    ['Load tool', context.loadTool ?? null],
    [
      'Runner',
      isOurs ? `${runner.environment}, ${runner.os} ${runner.arch}, ${formatCount(runner.cpuCount)} CPUs` : null,
    ],
    ['Node', isOurs ? context.node : null],
    ['Cut by budgets', plan.cut.length === 0 ? null : plan.cut.join(' ')],
  ]
  return {
    columns: [makeWordColumn('What'), makeWordColumn('Value')],
    rows: rows.flatMap(([what, value]) => (value === null ? [] : [[what, quote(value, LONGEST_FACT)]])),
  }
}

/** Marks a figure from unstreamed answers, because streams gave none. */
const STAND_IN = '~'

/** The cross-check with its note; null where none was made. */
export function viewCrossCheck(report: Pick<RunReport, 'crossCheck'>): TitledTable | null {
  const note = describeCrossCheck(report)
  return note === null ? null : { heading: 'Cross-check', table: tabulateCrossCheck(report), note }
}

function tabulateCrossCheck({ crossCheck }: Pick<RunReport, 'crossCheck'>): Table {
  const headings = ['level', 'TTFT', 'streamed', 'off by', 'TPOT', 'streamed', 'off by', 'in+out tok/s']
  const rows = (crossCheck?.levels ?? []).map((level) => [
    String(level.concurrency),
    ...compareTimes(level.ttftMs, level.streamed.ttftMs),
    ...compareTimes(level.tpotMs, level.streamed.tpotMs),
    formatRate(level.notebookThroughput),
  ])
  return { columns: headings.map(makeFigureColumn), rows: rows.map((row) => row.map(keepUnit)) }
}

/** What the table shows, and what its last column is not; null where there is none. */
function describeCrossCheck({ crossCheck }: Pick<RunReport, 'crossCheck'>): string | null {
  if (crossCheck === undefined || crossCheck.levels.length === 0) return null
  const queueing =
    crossCheck.levels.length === 1
      ? ''
      : ' Above the lowest level requests of one token queue behind each other: that TTFT belongs to this load, not to a user.'
  return `From answers that do not stream, of ${crossCheck.outputTokens.join(', ')} tokens: TTFT is the median latency at 1 token, TPOT the slope between the other two. in+out tok/s counts input too, by median latency, as ${CROSS_CHECK_MODEL} does; it is not the throughput above.${queueing} Nothing is gated on these figures.`
}

/** A median of a level, or, marked, the one of unstreamed answers where streams gave none. */
export function formatTimeOrStandIn(
  { crossCheck }: Pick<RunReport, 'crossCheck'>,
  level: LevelMetrics,
  time: 'ttftMs' | 'tpotMs',
): string {
  const streamed = level[time]?.p50 ?? null
  const whole = crossCheck?.levels.find(({ concurrency }) => concurrency === level.concurrency)?.[time] ?? null
  return streamed === null && whole !== null ? `${STAND_IN}${formatMs(whole)}` : formatMs(streamed)
}

/** The meaning of the mark; null where no figure has it. */
export function describeStandIns(report: Pick<RunReport, 'crossCheck' | 'levels'>): string | null {
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
