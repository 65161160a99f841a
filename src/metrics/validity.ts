import { generatesTokens } from '../vocabulary/load.ts'
import { gatherEvidence, listFailures } from './validity/evidence.ts'
import type { LevelRule } from './validity/evidence.ts'
import {
  findDrift,
  compareTtft,
  findCachedAnswers,
  findFallbacks,
  findForeignLoad,
  findRestarts,
  findRetries,
  findSentinelDrift,
} from './validity/server-rules.ts'
import { invalidates, lookUpFinding } from './findings.ts'
import type { Finding, FindingCode } from './findings.ts'
import type { LevelJudgement, LevelMetrics, LevelOptions, MeasuredLevel, UnjudgedLevel } from './level/level-metrics.ts'
import type { LevelState } from '../vocabulary/load.ts'
import type { LevelRun } from './level/level-run.ts'
import { escapeForTerminal, makeClause, nameAll } from '../text.ts'
import { findClientFailure } from '../vocabulary/failure-classes.ts'
import {
  findBufferedAnswers,
  findBundledAnswers,
  findBursts,
  findCachedInput,
  findChunkTokens,
  findColdLoads,
  findFiltered,
  findHiddenTail,
  findImpossibleCounts,
  findMixedSources,
  findModelChange,
  findShortAnswers,
  findTaggedReasoning,
  findUnreadText,
} from './validity/answer-rules.ts'
import {
  checkLittlesLaw,
  findCancelled,
  findCeiling,
  findErrors,
  findIdleWorkers,
  findLateness,
  findNoSuccess,
  findOverload,
  findRefusals,
  findTooFew,
} from './validity/load-rules.ts'
import {
  findBusyClient,
  findClientLimit,
  findNewConnections,
  findReconnects,
  findRenewedTokens,
} from './validity/client-rules.ts'

/** Facts about a run besides its levels. */
interface RunFacts {
  /** Findings of preflight and the plan, kept unchanged. */
  readonly extra?: readonly Finding[]
  /** Median latency of the concurrency-1 sentinel at each of its readings, in milliseconds. */
  readonly sentinelMs?: readonly number[]
}

/**
 * The findings of a whole run with what to do about each: those given, those of each level, and those that only all levels together show. It is
 * ok when a level is valid and no finding about the whole run invalidates it.
 */
export function judgeRun(levels: readonly MeasuredLevel[], facts: RunFacts = {}) {
  const given: Finding[] = [...(facts.extra ?? []), ...findSentinelDrift(facts.sentinelMs ?? [])]
  const nothing = findNothing(levels, given)
  const findings = nothing === null ? given : [nothing, ...given.filter(({ code }) => !FOLLOWS_FROM_NOTHING.has(code))]
  const models = new Set(levels.flatMap((level) => level.servedModels))
  if (models.size > 1 && levels.every((level) => level.servedModels.length < 2)) {
    findings.push({
      code: 'served-model-changed',
      message: `The server named ${models.size} models in the course of the run: ${[...models].map((model) => escapeForTerminal(model)).join(', ')}.`,
    })
  }
  const ok =
    levels.some((level) => level.valid) &&
    !findings.some((finding) => finding.level === undefined && invalidates(finding))
  const all = [...findings, ...levels.flatMap((level) => level.findings)]
  // What cannot be used comes before what only deserves a look.
  const ordered = all.toSorted((a, b) => Number(invalidates(b)) - Number(invalidates(a)))
  const cause = explainInvalid(levels, findings)
  return {
    ok,
    /** Absent where all of the run can be used. */
    ...(cause !== null && { cause }),
    findings: ordered.map((finding) => ({ ...finding, remedy: lookUpFinding(finding.code)?.remedy ?? '' })),
  }
}

/** What follows when the endpoint answers nothing. */
const FOLLOWS_FROM_NOTHING: ReadonlySet<FindingCode> = new Set(['endpoint-gone', 'not-settled', 'sentinel-drift'])

/** The finding that nothing in the run succeeded, unless an interruption or this machine is to blame. */
function findNothing(levels: readonly MeasuredLevel[], given: readonly Finding[]): Finding | null {
  const isOurs =
    levels.some(({ invalidReasons }) => invalidReasons.includes('client-limit')) ||
    given.some(({ code }) => code === 'cancelled')
  // Not where a budget or an overload ended a level before any request counted.
  const hasFailed = ({ requests: { ok, failed }, invalidReasons }: MeasuredLevel): boolean =>
    ok === 0 && (failed > 0 || invalidReasons.includes('no-success'))
  if (isOurs || !levels.every(hasFailed)) return null
  return { code: 'no-success', message: `No request of the run succeeded${listFailures(levels)}.` }
}

/** More causes than these are for the list of findings. */
const MOST_CAUSES = 2

/**
 * What makes a run unusable, or most of its unusable levels, as half a sentence for a headline; null where all of it can be used. What is
 * wrong with the whole run comes before what is wrong with levels, and of that what explains most of them.
 */
export function explainInvalid(
  levels: readonly Pick<LevelMetrics, 'invalidReasons'>[],
  ofRun: readonly Pick<Finding, 'code' | 'level' | 'message'>[],
): string | null {
  const whole = ofRun.find((finding) => finding.level === undefined && invalidates(finding))
  if (whole !== undefined) return makeClause(whole.message)
  const causes: string[] = []
  let left = levels.filter(({ invalidReasons }) => invalidReasons.length > 0)
  while (left.length > 0 && causes.length < MOST_CAUSES) {
    const code = findMostFrequent(left.flatMap(({ invalidReasons }) => invalidReasons))
    const others = left.filter(({ invalidReasons }) => !invalidReasons.includes(code))
    causes.push(`${describeCode(code)} (${describeShare(left.length - others.length, levels.length)})`)
    left = others
  }
  return causes.length === 0 ? null : causes.join('; ')
}

function describeCode(code: string): string {
  const meaning = lookUpFinding(code)?.meaning
  return meaning === undefined ? code : makeClause(meaning)
}

function describeShare(part: number, all: number): string {
  if (part < all) return `${part} of ${all} levels`
  return all === 1 ? 'the only level' : `${nameAll(all)} levels`
}

/** The first of those that come most often; there is at least one. */
export function findMostFrequent<T>(values: readonly T[]): T {
  const counted = [...Map.groupBy(values, (value) => value).values()]
  return counted.reduce((most, each) => (each.length > most.length ? each : most))[0]!
}

/** Whether the figures of a level can be used, and why not. */
export function judgeLevel(runs: readonly LevelRun[], level: UnjudgedLevel, options: LevelOptions): LevelJudgement {
  const findings = applyRules(runs, level, options)
  const invalidReasons = [...new Set(findings.filter(invalidates).map((finding) => finding.code))]
  return {
    valid: invalidReasons.length === 0,
    invalidReasons,
    state: chooseState(runs, level, options, invalidReasons),
    findings,
  }
}

/** A level with more than this share of failures caused by the server is lost. */
const LOST_SHARE = 0.1

/** Limited before saturated before lost: only a level for which nothing but the server can be the reason is lost. */
function chooseState(
  runs: readonly LevelRun[],
  level: UnjudgedLevel,
  { task }: LevelOptions,
  reasons: readonly FindingCode[],
): LevelState {
  if (reasons.length === 0) return generatesTokens(task) && level.ttftMs === null ? 'buffered' : 'ok'
  if (reasons.includes('rate-limited')) return 'limited'
  if (reasons.includes('client-limit')) return 'client-saturated'
  const { ok, failed } = level.requests
  let byServer = 0
  for (const [failure, count] of Object.entries(level.failures)) if (isServerFailure(failure)) byServer += count
  // Without any success the client is idle or busy with errors, which does not make it the bottleneck.
  if (ok === 0 && byServer > 0) return 'lost'
  if (reasons.includes('client-saturated') || reasons.includes('late')) return 'client-saturated'
  if (reasons.includes('overloaded')) return 'overloaded'
  const gaveUp = runs.some((run) => run.stopped === 'failing') && byServer > failed / 2
  if (gaveUp || byServer > LOST_SHARE * (ok + failed)) return 'lost'
  return 'invalid'
}

/** True unless the request is to blame (a 4xx other than a timeout), the client, or an answer of another API. */
export function isServerFailure(failure: string): boolean {
  if (failure.startsWith('http_4')) return failure === 'http_408'
  return failure !== 'tls' && failure !== 'parse' && findClientFailure(failure) === null
}

const RULES: readonly (readonly [FindingCode, LevelRule])[] = [
  ['client-limit', findClientLimit],
  ['no-success', findNoSuccess],
  ['rate-limited', findRefusals],
  ['errors', findErrors],
  ['cancelled', findCancelled],
  ['overloaded', findOverload],
  ['ceiling', findCeiling],
  ['late', findLateness],
  ['too-few-requests', findTooFew],
  ['not-full', findIdleWorkers],
  ['client-saturated', findBusyClient],
  ['served-model-changed', findModelChange],
  ['drift', findDrift],
  ['foreign-load', findForeignLoad],
  ['littles-law', checkLittlesLaw],
  ['server-ttft-off', compareTtft],
  ['server-restarted', findRestarts],
  ['gateway-cached', findCachedAnswers],
  ['gateway-fell-back', findFallbacks],
  ['gateway-retried', findRetries],
  ['token-renewed', findRenewedTokens],
  ['cold-load', findColdLoads],
  ['hidden-tail', findHiddenTail],
  ['short', findShortAnswers],
  ['cached', findCachedInput],
  ['buffered', findBufferedAnswers],
  ['held-back', (evidence) => findBursts(evidence, 'time')],
  ['bursts', (evidence) => findBursts(evidence, 'size')],
  ['bundled', findBundledAnswers],
  ['unknown-events', findUnreadText],
  ['reasoning-in-text', findTaggedReasoning],
  ['content-filter', findFiltered],
  ['impossible-count', findImpossibleCounts],
  ['chunk-tokens', findChunkTokens],
  ['token-sources-differ', findMixedSources],
  ['reconnected', findReconnects],
  ['no-keep-alive', findNewConnections],
]

/** Everything that the rules find at one level. */
function applyRules(runs: readonly LevelRun[], level: UnjudgedLevel, options: LevelOptions): Finding[] {
  const evidence = gatherEvidence(runs, level, options)
  // A cancelled level is not reported for what it lacks.
  const rules = findCancelled(evidence) === null ? RULES : RULES.filter(([code]) => code === 'cancelled')
  const found = rules.flatMap(([code, rule]) => {
    const message = rule(evidence)
    return message === null ? [] : [{ code, level: evidence.concurrency, message }]
  })
  const explained = new Set(found.flatMap(({ code }) => FOLLOWS[code] ?? []))
  return found.filter(({ code }) => !explained.has(code))
}

/** Findings that follow from another one and are not reported beside it. */
const FOLLOWS: Readonly<Partial<Record<FindingCode, readonly FindingCode[]>>> = {
  'no-success': [
    'too-few-requests',
    'not-full',
    'client-saturated',
    'drift',
    'reconnected',
    'littles-law',
    'no-keep-alive',
  ],
  'client-limit': [
    'no-success',
    'too-few-requests',
    'not-full',
    'client-saturated',
    'drift',
    'littles-law',
    'no-keep-alive',
  ],
  // A level that is given up has few requests for that reason.
  errors: ['too-few-requests'],
  'rate-limited': ['too-few-requests'],
  overloaded: ['no-success', 'too-few-requests', 'drift', 'server-ttft-off', 'no-keep-alive'],
  ceiling: ['server-ttft-off'],
  'held-back': ['bundled'],
  'client-saturated': [
    'not-full',
    'drift',
    'littles-law',
    'server-ttft-off',
    'buffered',
    'held-back',
    'bursts',
    'bundled',
    'reconnected',
    'no-keep-alive',
  ],
}
