import { describeDefinitions } from '../../vocabulary/tools.ts'
import { generatesTokens, loadOf, nameLevel, needsQuery } from '../../vocabulary/load.ts'
import type { LoadKind } from '../../vocabulary/load.ts'
import { findLimitedMetric } from '../../vocabulary/metrics.ts'
import type { ReportFinding, ReportLimit, RunReport, SentPrompts } from '../../report/run-report.ts'
import type { Verdict } from '../../report/verdict.ts'
import {
  formatCount,
  formatDuration,
  formatLoad,
  formatMs,
  formatRate,
  formatShare,
  MISSING,
  partOf,
  pluralise,
} from '../../words/format.ts'
import { joinShortList } from '../../words/metric-words.ts'
import { joinSentences, keepUnit, makeWordColumn, quote, quoteCode, quoteProse, say } from '../../words/sentences.ts'
import type { Sentence, Table } from '../../words/sentences.ts'

/** What a run comes to by itself: what it was, where it ran, what is wrong with it, and how its limits fared. */

/** Characters shown of what others wrote about versions, capacities, machines. */
const LONGEST_FACT = 300

/** Characters shown of a finding, or of why a limit was not measured, parts of which a server may have written. */
const LONGEST_MESSAGE = 400

/** What to say about a run as a whole. */
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

/** Which prompts of a file are sent: `1,000 of 52,002 ShareGPT conversations from a file, 100 to 2,000 characters, seed a`. */
export function describePrompts({ form, noun, found, sent, length, seed }: SentPrompts): Sentence {
  const what = form === '' ? noun : `${form} ${noun}`
  const count = sent === found ? pluralise(sent, what) : partOf(sent, found, what)
  const drawn = seed === null ? '' : say`, seed ${quote(seed)}`
  return say`${quote(count)} from a file${length === null ? '' : quote(`, ${length}`)}${drawn}`
}

/** What a trace is: how many requests, over which time, how long, and how much of them repeats what others began with. */
function describeTrace(prompts: SentPrompts, trace: NonNullable<RunReport['trace']>): Sentence {
  const { seconds, inputTokens, outputTokens, repeatedShare } = trace
  const input = inputTokens === null ? '' : `, ${formatCount(inputTokens)} input`
  const output = outputTokens === null ? '' : ` and ${formatCount(outputTokens)} output`
  const lengths = input === '' ? '' : `${input}${output} tokens on average`
  const repeated = repeatedShare === 0 ? '' : `, ${formatShare(repeatedShare)} of the input shared with earlier ones`
  return say`a trace of ${formatDuration(seconds)}: ${describePrompts(prompts)}${lengths}${repeated}`
}

/** Which parts of a file are not sent, and what beside its prompts has no effect; null where there is nothing to say. */
export function describeUnsent({ container, found, leftOut, ignored, sent }: SentPrompts): Sentence | null {
  const notDrawn = leftOut.reduce((rest, { count }) => rest - count, found) - sent
  const parts = [
    ...leftOut.map(({ why, count }) => quote(`${formatCount(count)} ${why}`)),
    ...(notDrawn > 0 ? [quote(`${formatCount(notDrawn)} not drawn`)] : []),
  ]
  if (parts.length + ignored.length === 0) return null
  const unsent = parts.length === 0 ? '' : say` Not sent: ${joinSentences(parts, ', ')}.`
  const names = joinSentences(
    ignored.map((name) => quote(name, 40)),
    ', ',
  )
  const unread = ignored.length === 0 ? '' : say` Ignored beside the prompts: ${names}.`
  return say`The file of prompts is ${quote(container)}.${unsent}${unread}`
}

/** One entry for each code and remedy, because the same finding at five levels is one thing to do. */
function viewFindings(findings: readonly ReportFinding[], load: LoadKind) {
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
    return {
      /** With its level and the other levels where it was found too. */
      sentence,
      /** What to do; null when there is nothing. */
      remedy,
      /** Both in one line. */
      line: remedy === null ? sentence : say`${sentence} → ${remedy}`,
    }
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

/** Which build was measured, and how to get it checked; also stated when not checked, because silence would look like a yes. */
function viewBuild({ context: { build }, imported }: RunReport) {
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

/** In words with a sign each, as tables say it. */
const OUTCOMES = { pass: '✅ Holds', fail: '❌ Broken', 'not-measured': '❔ Not measured' } as const

/** For a figure that may be on the other side of the limit in another run of the same code. */
const NEAR = 'near the limit: within two spreads of runs'

/** How all limits fared. */
export function viewLimits(limits: readonly ReportLimit[], load: LoadKind) {
  const order = { fail: 0, 'not-measured': 1, pass: 2 } as const
  const holding = limits.filter(({ outcome }) => outcome === 'pass').length
  return {
    /** Those that do not hold first. */
    rows: limits.toSorted((a, b) => order[a.outcome] - order[b.outcome]).map((limit) => viewLimit(limit, load)),
    count: `${holding} of ${limits.length} hold`,
    isBroken: holding < limits.length,
  }
}

/** How a limit fared. */
export type LimitView = ReturnType<typeof viewLimit>

function viewLimit(limit: ReportLimit, load: LoadKind) {
  const reason = limit.reason === null ? null : quoteProse(limit.reason, LONGEST_MESSAGE)
  const measured = keepUnit(formatLimitValue(limit, load))
  const near = limit.near === true ? [NEAR] : []
  const alone = limit.alone === undefined ? [] : [describeAlone(limit, limit.alone, load)]
  return {
    outcome: limit.outcome,
    limit: quoteCode(describeLimit(limit, load)),
    measured,
    /** In words with a sign. */
    verdict: [
      OUTCOMES[limit.outcome],
      ...(reason === null ? [] : [': ', reason]),
      ...[...alone, ...near].map((text) => `, ${text}`),
    ],
    /** What was measured, or why nothing was: for a layout with its own words for the verdict. */
    found: [...(limit.value === null ? [] : [measured]), ...(reason === null ? [] : [reason]), ...alone, ...near],
  }
}

/** This attempt's own figure, where the limit is judged by the median of several. */
function describeAlone(limit: ReportLimit, alone: number, load: LoadKind): string {
  return `the median of all attempts (this one: ${formatLimitValue({ ...limit, value: alone }, load)})`
}

/** The limit as it was written, with its level where it does not name one: a text of others. */
export function describeLimit({ limit, concurrency }: ReportLimit, load: LoadKind): string {
  return concurrency === null || limit.includes('@') ? limit : `${limit} (level ${nameLevel(load, concurrency)})`
}

/** What was measured against a limit, with the unit of its metric. */
export function formatLimitValue({ limit, value }: ReportLimit, load: LoadKind): string {
  if (value === null) return MISSING
  switch (findLimitedMetric(limit)?.quantity) {
    case 'time':
      return formatMs(value)
    case 'share':
      return formatShare(value)
    case 'tokens-per-second':
      return `${formatRate(value)} tok/s`
    case 'requests-per-second':
      return `${formatRate(value)} req/s`
    case 'concurrency':
      return formatLoad(load, value)
    case undefined:
      return formatRate(value)
  }
}
