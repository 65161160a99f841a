import { listFailures } from './evidence.ts'
import { findSentinelDrift } from './server-rules.ts'
import { lookUpFinding } from './findings.ts'
import type { Finding, FindingCode } from './findings.ts'
import type { LevelJudgement, LevelOptions, LevelState, MeasuredLevel, UnjudgedLevel } from './level-metrics.ts'
import type { LevelRun } from './level-run.ts'
import { escapeForTerminal } from '../text.ts'
import { findClientFailure } from '../vocabulary/failure-classes.ts'
import { applyRules } from './level-rules.ts'

/** Whether a run can be used at all, and everything a reader must know about how it was measured. */
export interface Validity {
  readonly ok: boolean
  readonly findings: readonly RemediedFinding[]
}

/** A finding with what to do about it. */
export interface RemediedFinding extends Finding {
  readonly remedy: string
}

/** What is known about a run besides its levels. */
export interface RunFacts {
  /** Findings of preflight and of the plan; they are kept as they are. */
  readonly extra?: readonly Finding[]
  /** Median latency of the concurrency-1 sentinel at each of its readings, in milliseconds. */
  readonly sentinelMs?: readonly number[]
}

/**
 * The findings of a whole run: those given, those of each level, and those that only all levels together show. The run is
 * ok when at least one level is valid and nothing about the whole run invalidates it.
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
  return { ok, findings: all.map((finding) => ({ ...finding, remedy: lookUpFinding(finding.code)?.remedy ?? '' })) }
}

/** What single requests show of an endpoint that answers none. */
const FOLLOWS_FROM_NOTHING: ReadonlySet<FindingCode> = new Set(['endpoint-gone', 'not-settled', 'sentinel-drift'])

/** That nothing in the run succeeded, unless the run or this machine is to blame. */
function findNothing(levels: readonly MeasuredLevel[], given: readonly Finding[]): Finding | null {
  const isOurs =
    levels.some(({ invalidReasons }) => invalidReasons.includes('client-limit')) ||
    given.some(({ code }) => code === 'cancelled')
  if (isOurs || levels.some(({ requests }) => requests.ok > 0)) return null
  return { code: 'no-success', message: `No request of the run succeeded${listFailures(levels)}.` }
}

/** Whether the figures of a level can be used, and in one word why not. */
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

function invalidates({ code }: Finding): boolean {
  return lookUpFinding(code)?.invalidates ?? false
}

/** A level that fails this share of its requests for reasons of the server is not held at all. */
const LOST_SHARE = 0.1

/** Limited before saturated before lost: a level is only called lost when nothing but the server can be the reason. */
function stateOf(
  runs: readonly LevelRun[],
  level: UnjudgedLevel,
  { task }: LevelOptions,
  reasons: readonly FindingCode[],
): LevelState {
  if (reasons.length === 0) return task !== 'embeddings' && level.ttftMs === null ? 'buffered' : 'ok'
  if (reasons.includes('rate-limited')) return 'limited'
  if (reasons.includes('client-limit')) return 'client-saturated'
  const { ok, failed } = level.requests
  let byServer = 0
  for (const [failure, count] of Object.entries(level.failures)) if (isServerFailure(failure)) byServer += count
  // With no success at all the client is idle or spinning on errors: neither says that it was the bottleneck.
  if (ok === 0 && byServer > 0) return 'lost'
  if (reasons.includes('client-saturated')) return 'client-saturated'
  const gaveUp = runs.some((run) => run.stopped === 'failing') && byServer > failed / 2
  if (gaveUp || byServer > LOST_SHARE * (ok + failed)) return 'lost'
  return 'invalid'
}

/** True unless the request itself is to blame (a 4xx other than a timeout) or the answer is of another API. */
export function isServerFailure(failure: string): boolean {
  if (failure.startsWith('http_4')) return failure === 'http_408'
  return failure !== 'tls' && failure !== 'parse' && findClientFailure(failure) === null
}
