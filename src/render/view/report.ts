import type { ReportFinding, RunReport } from '../../report/run-report.ts'
import { formatCount, formatDuration, formatMs, formatShare, pluralise } from '../format.ts'
import { joinShortList } from '../metric-words.ts'
import { joinSentences, quote, quoteProse, say, wordColumn } from '../parts.ts'
import type { Sentence, Table } from '../parts.ts'

/** What others may say about versions, capacities, machines. */
const LONGEST_FACT = 300

/** A sentence of a finding; servers write parts of it. */
const LONGEST_MESSAGE = 400

/** What there is to say of a run as a whole: what it was, where it ran and what is wrong with it. */
export function viewRun(report: RunReport) {
  const { validity, plan } = report
  return {
    endpoint: describeEndpoint(report),
    work: describeWork(report),
    /** Null for a run that can be used. */
    invalid: validity.ok ? null : 'This run is not valid: its figures must not be used. The findings say why.',
    findings: viewFindings(validity.findings),
    serverVersion: describeServer(report),
    build: viewBuild(report),
    provisioned: describeProvisioned(report),
    /** How true this machine times; null where that was not proven. */
    proof: describeProof(report),
    /** What the budgets took away. */
    cuts: plan.cut.map((cut) => quoteProse(cut)),
    context: tableContext(report),
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

/** How much work the run was: the size of its requests, levels, passes and time. */
function describeWork(report: RunReport): Sentence {
  const passes = Math.max(0, ...report.levels.map((level) => level.passes.length))
  const levels = `${pluralise(report.levels.length, 'level')} × ${pluralise(passes, 'pass', 'passes')}`
  return say`${describeLengths(report)} · ${levels} in ${formatDuration(report.durationSeconds)}`
}

function describeLengths({ series: { workload }, capabilities }: RunReport): Sentence {
  const output = quote(workload.outputTokens)
  if (workload.promptsHash !== null) return say`prompts from a file, ${output} output tokens where they do not say`
  // `auto` says nothing to a reader: preflight knows what it came to.
  const found = capabilities['inputTokens']
  const isFound = /^auto\b/.test(workload.inputTokens) && typeof found === 'number'
  const input = isFound ? String(found) : quote(workload.inputTokens)
  return workload.task === 'embeddings'
    ? say`${input} input tokens, batches of ${String(workload.batchSize)}`
    : say`${input} input and ${output} output tokens`
}

/** A finding in words. */
export interface FindingView {
  /** One sentence with its level and the other levels where it was found too. */
  readonly sentence: Sentence
  /** What to do; null when there is nothing. */
  readonly remedy: Sentence | null
  /** Both in one line. */
  readonly line: Sentence
}

/** One entry a code: the same finding at five levels is one thing to do. */
function viewFindings(findings: readonly ReportFinding[]): FindingView[] {
  return [...Map.groupBy(findings, ({ code }) => code).values()].map((same) => {
    const { level, message, remedy: advice = '' } = same[0]!
    const more = same.slice(1).flatMap((finding) => (finding.level === undefined ? [] : [String(finding.level)]))
    const where = level === undefined ? '' : `level ${level}: `
    const also =
      more.length === 0 ? '' : ` Also at ${more.length === 1 ? 'level' : 'levels'} ${joinShortList(more, 12)}.`
    const sentence = say`${where}${quoteProse(message, LONGEST_MESSAGE)}${also}`
    const remedy = advice === '' ? null : quoteProse(advice, LONGEST_MESSAGE)
    return { sentence, remedy, line: remedy === null ? sentence : say`${sentence} → ${remedy}` }
  })
}

/** Which build was measured. Silence would read like a yes. */
interface BuildView {
  readonly sentence: Sentence
  /** How to have it checked; null where it was. */
  readonly advice: Sentence | null
}

/** Whether the build is the one that was meant. */
function viewBuild({ context: { build } }: RunReport): BuildView {
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

/** What the self-proof came to, as it holds for half of the requests and for 99 of 100. */
function describeProof({ selfProof }: RunReport): Sentence | null {
  if (selfProof === undefined) return null
  const { streams, ttftErrorMs: ttft, tpotError: tpot, tokensPerSecond } = selfProof
  const times = tpot === null ? [] : [`TPOT to ±${formatShare(tpot.p50)}`]
  const worst = tpot === null ? [] : [formatShare(tpot.p99)]
  return (
    `This machine times ${[`TTFT to ±${formatMs(ttft.p50)}`, ...times].join(' and ')} at ${pluralise(streams, 'stream')} ` +
    `(p99: ${[formatMs(ttft.p99), ...worst].join(', ')}); it can hold ${formatCount(Number(tokensPerSecond.toPrecision(2)))} tokens/s.`
  )
}

/** Who measured, and when. */
function describeOrigin({ tool, startedAt }: RunReport): Sentence {
  return say`Measured by ${quote(tool.name)} ${quote(tool.version)} from ${quote(startedAt)} on.`
}

/** Everything that is recorded about where it ran. */
function tableContext({ context, plan }: RunReport): Table {
  const { runner } = context
  const rows: readonly (readonly [what: string, value: string | null])[] = [
    ['Endpoint', context.endpointLabel],
    ['Model asked for', context.model],
    ['Model served', context.servedModel],
    ['Server version', context.serverVersion ?? null],
    ['Build', context.build ?? 'not checked'],
    ['Provisioned', context.provisioned ?? null],
    ['Runner', `${runner.environment}, ${runner.os} ${runner.arch}, ${formatCount(runner.cpuCount)} CPUs`],
    ['Node', context.node],
    ['Cut by budgets', plan.cut.length === 0 ? null : plan.cut.join(' ')],
  ]
  return {
    columns: [wordColumn('What'), wordColumn('Value')],
    rows: rows.flatMap(([what, value]) => (value === null ? [] : [[what, quote(value, LONGEST_FACT)]])),
  }
}
