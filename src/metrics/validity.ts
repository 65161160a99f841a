import { generatesTokens } from '../vocabulary/load.ts'
import { listFailures, formatPercent, gatherEvidence, isFailing, formatFigure } from './validity/evidence.ts'
import type { Evidence, LevelRule } from './validity/evidence.ts'
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
import { explainInvalid } from './validity/explain-invalid.ts'
import { invalidates, lookUpFinding } from './findings.ts'
import type { Finding, FindingCode } from './findings.ts'
import type { LevelJudgement, LevelOptions, MeasuredLevel, UnjudgedLevel } from './level/level-metrics.ts'
import type { LevelState } from '../vocabulary/load.ts'
import { averageOverWindows, countNeededRequests, countRecords } from './level/level-run.ts'
import type { LevelRun } from './level/level-run.ts'
import { escapeForTerminal, partOf, pluralise } from '../text.ts'
import { findClientFailure } from '../vocabulary/failure-classes.ts'
import {
  findBufferedAnswers,
  findBundledAnswers,
  findBurstyAnswers,
  findCachedInput,
  findChunkTokens,
  findColdLoads,
  findFiltered,
  findHeldBackAnswers,
  findHiddenTail,
  findImpossibleCounts,
  findMixedSources,
  findModelChange,
  findShortAnswers,
  findTaggedReasoning,
  findUnreadText,
} from './validity/answer-rules.ts'
import { averageThinking } from './level/conversations.ts'
import { findCeiling, findLateness, findOverload } from './validity/open-loop.ts'
import {
  findBusyClient,
  findClientLimit,
  findNewConnections,
  findReconnects,
  findRenewedTokens,
} from './validity/client-rules.ts'

/** Whether a run can be used, and what readers must know about how it was measured. */
interface Validity {
  readonly ok: boolean
  /** By `explainInvalid`; absent where all of the run can be used. */
  readonly cause?: string
  readonly findings: readonly RemediedFinding[]
}

/** A finding with what to do about it. */
interface RemediedFinding extends Finding {
  readonly remedy: string
}

/** Facts about a run besides its levels. */
interface RunFacts {
  /** Findings of preflight and the plan, kept unchanged. */
  readonly extra?: readonly Finding[]
  /** Median latency of the concurrency-1 sentinel at each of its readings, in milliseconds. */
  readonly sentinelMs?: readonly number[]
}

/**
 * The findings of a whole run: those given, those of each level, and those that only all levels together show. It is
 * ok when a level is valid and no finding about the whole run invalidates it.
 */
export function judgeRun(levels: readonly MeasuredLevel[], facts: RunFacts = {}): Validity {
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

/** Whether the figures of a level can be used, and why not. */
export function judgeLevel(runs: readonly LevelRun[], level: UnjudgedLevel, options: LevelOptions): LevelJudgement {
  const findings = applyRules(runs, level, options)
  const invalidReasons = [...new Set(findings.filter(invalidates).map((finding) => finding.code))]
  return {
    valid: invalidReasons.length === 0,
    invalidReasons,
    state: stateOf(runs, level, options, invalidReasons),
    findings,
  }
}

/** A level with more than this share of failures caused by the server is lost. */
const LOST_SHARE = 0.1

/** Limited before saturated before lost: only a level for which nothing but the server can be the reason is lost. */
function stateOf(
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

/** The bounds of the rules; each is a share unless its name says otherwise. */
const MAXIMUM_RATE_LIMITED = 0.01
const MINIMUM_FULL = 0.95
const LITTLES_LAW_TOLERANCE = 0.1
/** With fewer completions, in total or for each worker, the ends of the window alone can make such a difference. */
const LITTLES_LAW_COMPLETIONS = 30
const LITTLES_LAW_COMPLETIONS_A_WORKER = 10

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
  ['held-back', findHeldBackAnswers],
  ['bursts', findBurstyAnswers],
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

function findNoSuccess({ level, runs }: Evidence): string | null {
  if (level.requests.ok > 0) return null
  // What a budget left no room for has not failed.
  if (level.requests.failed === 0 && runs.some(({ stopped }) => stopped === 'budget')) return null
  const sent = countRecords(runs)
  if (sent === 0) return 'No request was finished.'
  const all = level.requests.failed || sent
  return `${all === 1 ? 'The one request failed' : `None of ${pluralise(all, 'request')} succeeded`}${listFailures([level])}.`
}

/** Looks at every phase: a level stops at the first refusals, often before its window. */
function findRefusals({ runs }: Evidence): string | null {
  let refused = 0
  let all = 0
  for (const run of runs) {
    all += run.records.length
    for (const record of run.records) if (record.failure === 'http_429') refused++
  }
  const stopped = runs.some((run) => run.stopped === 'rate-limited')
  return stopped || refused > MAXIMUM_RATE_LIMITED * all
    ? `${partOf(refused, all, 'request', 'was', 'were')} refused with 429.`
    : null
}

function findErrors(evidence: Evidence): string | null {
  const { level } = evidence
  const { ok, failed } = level.requests
  const others = failed - (level.failures['http_429'] ?? 0)
  if (ok === 0 || !isFailing(level.requests)) return null
  if (others === 0 && findRefusals(evidence) !== null) return null
  return `${partOf(failed, ok + failed, 'request')} failed (${formatPercent(failed / (ok + failed))})${listFailures([level])}.`
}

function findCancelled({ runs }: Evidence): string | null {
  return runs.some((run) => run.stopped === 'cancelled') ? 'The level was cancelled before it ended.' : null
}

function findTooFew({ level, runs }: Evidence): string | null {
  const neverOpened = runs.some((run) => run.window === null && run.stopped === 'budget' && run.records.length > 0)
  if (level.open !== undefined && neverOpened)
    return 'The window of a pass never opened: when a budget was used up, fewer requests had ended than this load keeps under way where each takes as long as a lone one. The endpoint or this machine carries less.'
  const needed = countNeededRequests(runs[0]!)
  const counts = level.passes.map((pass) => (pass.windowSeconds === 0 ? 0 : pass.requests.ok + pass.requests.failed))
  const fewest = Math.min(...counts)
  return fewest < needed ? `A pass has ${pluralise(fewest, 'counted request')}; ${needed} are needed.` : null
}

/**
 * 95 % of the workers must be busy on average, not all of them for 95 % of the time: with requests of 60 ms one is
 * nearly always between two, and a level of four would never be valid. A worker whose user thinks is not idle.
 */
function findIdleWorkers({ runs, concurrency, level }: Evidence): string | null {
  if (level.open !== undefined) return null
  if (runs.every((run) => run.window === null)) return null
  const inFlight = averageOverWindows(runs, (run) => run.inFlight)
  const thinking = averageThinking(runs)
  if (inFlight + thinking >= MINIMUM_FULL * concurrency) return null
  return `On average only ${formatFigure(inFlight)} of ${pluralise(concurrency, 'worker')} were busy.`
}

function checkLittlesLaw({ level, concurrency }: Evidence): string | null {
  // An open loop begins and ends its window with queues of other lengths.
  if (level.open !== undefined) return null
  const { mean, byLittlesLaw } = level.inFlight
  const needed = Math.max(LITTLES_LAW_COMPLETIONS, LITTLES_LAW_COMPLETIONS_A_WORKER * concurrency)
  if (byLittlesLaw === null || mean === null || mean === 0 || level.requests.ok < needed) return null
  if (Math.abs(byLittlesLaw / mean - 1) <= LITTLES_LAW_TOLERANCE) return null
  return `${formatFigure(mean)} requests were in flight, but rate times time says ${formatFigure(byLittlesLaw)}.`
}
