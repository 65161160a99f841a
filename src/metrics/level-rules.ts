import { percentile } from '../stats/percentile.ts'
import {
  BUFFERED_SHARE,
  computeBufferedShare,
  selectCountedRecords,
  averageOverWindows,
  countNeededRequests,
} from './level-run.ts'
import { measureDrift } from './drift.ts'
import type { Finding, FindingCode } from './findings.ts'
import type { LevelOptions, UnjudgedLevel } from './level-metrics.ts'
import type { LevelRun } from './level-run.ts'
import { findClientFailure } from '../vocabulary/failure-classes.ts'
import type { ClientFailure } from '../vocabulary/failure-classes.ts'
import type { TokenSource } from '../vocabulary/request-facts.ts'
import {
  findForeignLoad,
  findCachedAnswers,
  findFallbacks,
  findRetries,
  findRestarts,
  compareTtft,
} from './server-rules.ts'
import { isFiltered } from '../vocabulary/finish-reasons.ts'
import type { RequestRecord } from '../vocabulary/request-facts.ts'
import { escapeForTerminal } from '../text.ts'

/** The bounds of the rules; each is a share unless its name says otherwise. */
const MINIMUM_OK = 0.99
const MAXIMUM_RATE_LIMITED = 0.01
const MINIMUM_FULL = 0.95
const MAXIMUM_UTILIZATION = 0.7
const TIMING_FLOOR_MS = 2
const LITTLES_LAW_TOLERANCE = 0.1
const LITTLES_LAW_COMPLETIONS = 10
const HIDDEN_TAIL = 0.1
const MAXIMUM_SHORT = 0.05
/** Of so many answers in a hundred that are left out nobody needs to know. */
const MAXIMUM_BUNDLED = 0.01
const MAXIMUM_CACHED = 0.05
const MAXIMUM_RECONNECTED = 0.05
const MAXIMUM_CONNECTING = 0.5
/** Loading a model takes longer than this; looking up one that is loaded takes less. */
const COLD_LOAD_MS = 100

/** What one rule needs: the raw passes, the figures made of them, and the settings. */
interface Evidence {
  readonly runs: readonly LevelRun[]
  readonly level: UnjudgedLevel
  readonly options: LevelOptions
  readonly concurrency: number
  readonly answers: Answers
}

/** What the counted answers that succeeded come to. */
interface Answers {
  readonly n: number
  /** Those with a last token, and the sums of their time after it and before it. */
  readonly timed: number
  readonly tailMs: number
  readonly latencyMs: number
  /** Sums of the time from a worker's turn to t0, and from there to the end. */
  readonly queueMs: number
  readonly openMs: number
  /** Answers whose tokens are counted from their events. */
  readonly fromChunks: number
  readonly sources: readonly TokenSource[]
  /** Answers with text that nobody reads, the events of it, and the member where it stands; answers with reasoning in their text. */
  readonly unread: number
  readonly unreadEvents: number
  readonly unreadMember: string | null
  readonly tagged: number
  /** Answers whose stated count cannot be true, and the first of them. */
  readonly doubted: number
  readonly firstDoubted: RequestRecord | null
  readonly medianTokens: number
}

/** Returns a sentence with numbers, or null when all is well. */
type Rule = (evidence: Evidence) => string | null

const RULES: readonly (readonly [FindingCode, Rule])[] = [
  ['client-limit', findClientLimit],
  ['no-success', findNoSuccess],
  ['rate-limited', findRefusals],
  ['errors', findErrors],
  ['cancelled', findCancelled],
  ['too-few-requests', findTooFew],
  ['not-full', findIdleWorkers],
  ['client-saturated', findBusyClient],
  ['served-model-changed', findModelChange],
  ['drift', findDrift],
  ['foreign-load', ({ runs, options }) => findForeignLoad(runs, options.sequences ?? 1)],
  ['littles-law', checkLittlesLaw],
  ['server-ttft-off', ({ runs }) => compareTtft(runs)],
  ['server-restarted', ({ runs }) => findRestarts(runs)],
  ['gateway-cached', ({ runs }) => findCachedAnswers(runs)],
  ['gateway-fell-back', ({ runs }) => findFallbacks(runs)],
  ['gateway-retried', ({ runs }) => findRetries(runs)],
  ['token-renewed', findRenewedTokens],
  ['cold-load', findColdLoads],
  ['hidden-tail', findHiddenTail],
  ['short', findShortAnswers],
  ['cached', findCachedInput],
  ['buffered', findBufferedAnswers],
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

/** Sums over the counted answers that succeeded, in one walk: a long level has hundreds of thousands. */
function answersOf(runs: readonly LevelRun[]): Answers {
  const sums = {
    n: 0,
    timed: 0,
    tailMs: 0,
    latencyMs: 0,
    fromChunks: 0,
    queueMs: 0,
    openMs: 0,
    unread: 0,
    unreadEvents: 0,
    tagged: 0,
    doubted: 0,
  }
  let unreadMember: string | null = null
  let firstDoubted: RequestRecord | null = null
  const sources = new Set<TokenSource>()
  const tokens = new Float64Array(runs.reduce((sum, run) => sum + run.records.length, 0))
  for (const record of selectCountedRecords(runs)) {
    if (record.outcome !== 'ok') continue
    tokens[sums.n++] = record.outputTokens
    sources.add(record.tokenSource)
    sums.queueMs += record.queueMs
    sums.openMs += record.endMs
    if (record.countDoubt !== null) {
      sums.doubted++
      firstDoubted ??= record
    } else if (record.tokenSource === 'chunks') sums.fromChunks++
    if (record.tagsReasoning) sums.tagged++
    if (record.unreadEvents > 0) {
      sums.unread++
      sums.unreadEvents += record.unreadEvents
      unreadMember ??= record.unreadMember
    }
    if (record.lastTokenMs !== null) {
      sums.timed++
      sums.tailMs += record.endMs - record.lastTokenMs
      sums.latencyMs += record.lastTokenMs
    }
  }
  return {
    ...sums,
    unreadMember,
    firstDoubted,
    sources: [...sources],
    medianTokens: percentile(tokens.subarray(0, sums.n).sort(), 'p50') ?? 0,
  }
}

/** Everything that the rules find at one level. */
export function applyRules(runs: readonly LevelRun[], level: UnjudgedLevel, options: LevelOptions): Finding[] {
  const evidence: Evidence = { runs, level, options, concurrency: runs[0]!.concurrency, answers: answersOf(runs) }
  // What a level lacks because it was cancelled need not be reported.
  const rules = findCancelled(evidence) === null ? RULES : RULES.filter(([code]) => code === 'cancelled')
  const found = rules.flatMap(([code, rule]) => {
    const message = rule(evidence)
    return message === null ? [] : [{ code, level: evidence.concurrency, message }]
  })
  const explained = new Set(found.flatMap(({ code }) => FOLLOWS[code] ?? []))
  return found.filter(({ code }) => !explained.has(code))
}

/**
 * What is no news beside a reason of ours: what a level lacks because its requests were never sent, and what looks like a proxy
 * or slow connects when the client itself stood still.
 */
const FOLLOWS: Readonly<Partial<Record<FindingCode, readonly FindingCode[]>>> = {
  'client-limit': [
    'no-success',
    'too-few-requests',
    'not-full',
    'client-saturated',
    'drift',
    'littles-law',
    'no-keep-alive',
  ],
  'client-saturated': ['not-full', 'buffered', 'bundled', 'littles-law'],
}

/**
 * One such request is enough: a closed loop keeps its connections, so whoever gets none now gets none later, and the level has
 * fewer requests in flight than it says. Those of every phase count, as most fail before the window.
 */
function findClientLimit({ runs }: Evidence): string | null {
  const unsent = new Map<string, number>()
  let all = 0
  for (const run of runs) {
    all += run.records.length
    for (const { failure } of run.records) {
      if (findClientFailure(failure) !== null) unsent.set(failure!, (unsent.get(failure!) ?? 0) + 1)
    }
  }
  if (unsent.size === 0) return null
  const parts = [...unsent].map(
    ([failure, count]) => `${count} of ${all} requests: ${LIMITS[failure as ClientFailure]}`,
  )
  return `This machine ran into a limit of its own (${parts.join('; ')}).`
}

const LIMITS: Readonly<Record<ClientFailure, string>> = {
  client_files: 'too many open files, EMFILE, see `ulimit -n`',
  client_ports: 'no free local port, EADDRNOTAVAIL',
  client_memory: 'no memory or buffers, ENOMEM or ENOBUFS',
}

function findNoSuccess({ level, runs }: Evidence): string | null {
  if (level.requests.ok > 0) return null
  const sent = runs.reduce((sum, run) => sum + run.records.length, 0)
  return sent === 0
    ? 'No request was finished.'
    : `None of ${level.requests.failed || sent} requests succeeded${listFailures(level)}.`
}

/** Looks at requests of every phase: the level stops at the first refusals, often before its window. */
function findRefusals({ runs }: Evidence): string | null {
  let refused = 0
  let all = 0
  for (const run of runs) {
    all += run.records.length
    for (const record of run.records) if (record.failure === 'http_429') refused++
  }
  const stopped = runs.some((run) => run.stopped === 'rate-limited')
  return stopped || refused > MAXIMUM_RATE_LIMITED * all ? `${refused} of ${all} requests were refused with 429.` : null
}

function findErrors(evidence: Evidence): string | null {
  const { level } = evidence
  const { ok, failed } = level.requests
  const others = failed - (level.failures['http_429'] ?? 0)
  if (ok === 0 || ok >= MINIMUM_OK * (ok + failed)) return null
  if (others === 0 && findRefusals(evidence) !== null) return null
  return `${failed} of ${ok + failed} requests failed (${formatPercent(failed / (ok + failed))})${listFailures(level)}.`
}

function findCancelled({ runs }: Evidence): string | null {
  return runs.some((run) => run.stopped === 'cancelled') ? 'The level was cancelled before it ended.' : null
}

function findTooFew({ level, concurrency }: Evidence): string | null {
  const needed = countNeededRequests(concurrency)
  const counts = level.passes.map((pass) => (pass.windowSeconds === 0 ? 0 : pass.requests.ok + pass.requests.failed))
  const fewest = Math.min(...counts)
  return fewest < needed ? `A pass has ${fewest} counted requests; ${needed} are needed.` : null
}

/**
 * 95 % of the workers must be busy on average, not all of them for 95 % of the time: between two requests of 60 ms somebody always
 * is not, and a level of four would never be valid.
 */
function findIdleWorkers({ runs, concurrency }: Evidence): string | null {
  if (runs.every((run) => run.window === null)) return null
  const inFlight = averageOverWindows(runs, (run) => run.inFlight)
  if (inFlight >= MINIMUM_FULL * concurrency) return null
  return `Of ${concurrency} workers only ${round(inFlight)} were busy on average.`
}

/**
 * The client's delay is an error of each time stamp: once in TTFT, twice in the span that TPOT divides by its tokens. It
 * must stay below half of the tolerance, and for TTFT needs not be below 2 ms. What counts is the p90 of the delay: with
 * nine stamps in ten at most that late, a median cannot be off by more. The p99 would condemn medians that are right: with both
 * cores of a two-core machine busy, levels within 1 % of the simulator's truth had a p99 delay of 3 ms.
 *
 * What a request waits in the client before its t0 is in none of its times. It takes load off the server: by the share of the
 * workers' time that is spent waiting, which must stay below half of the tolerance, too. One stall that all of 100 streams meet once
 * is the p99 of their queue, and a small share of the window: it moves no median.
 */
function findBusyClient({ level, options, answers }: Evidence): string | null {
  if (level.windowSeconds === 0) return null
  const { eventLoopUtilization, delayP90Ms } = level.client
  if (eventLoopUtilization > MAXIMUM_UTILIZATION) {
    return `This machine was too busy: the event loop of the client worked for ${formatPercent(eventLoopUtilization)} of the time.`
  }
  const half = options.tolerance / 2
  const { n, queueMs, openMs } = answers
  if (queueMs > half * openMs) {
    return `This machine was too busy: requests waited ${round(queueMs / n)} ms in the client on average, ${formatPercent(queueMs / openMs)} of their time.`
  }
  const ttft = level.ttftMs?.p50 ?? null
  if (ttft !== null && delayP90Ms > Math.max(TIMING_FLOOR_MS, half * ttft)) {
    return `This machine was too busy: the client's delay of ${round(delayP90Ms)} ms (p90) is too large for a TTFT of ${round(ttft)} ms.`
  }
  const tpot = level.tpotMs?.p50 ?? null
  if (tpot === null) return null
  const tokens = answers.medianTokens
  const error = (2 * delayP90Ms) / Math.max(1, tokens - 1)
  if (error <= half * tpot) return null
  return `This machine was too busy: the client's delay of ${round(delayP90Ms)} ms (p90) is too large for a TPOT of ${round(tpot)} ms over ${tokens} tokens.`
}

function findModelChange({ level }: Evidence): string | null {
  const names = level.servedModels
  return names.length > 1
    ? `The server named ${names.length} models: ${names.map((name) => escapeForTerminal(name)).join(', ')}.`
    : null
}

function findDrift({ runs, options }: Evidence): string | null {
  const change = measureDrift(runs, options.task === 'embeddings' ? 'latency' : 'tpot')
  if (change === null) return null
  const what = options.task === 'embeddings' ? 'Latency' : 'TPOT'
  return `${what} was ${formatPercent(Math.abs(change))} ${change > 0 ? 'higher' : 'lower'} in the second half of the window.`
}

/** With fewer completions than 10 a worker the ends of the window alone can make a difference of 10 %. */
function checkLittlesLaw({ level, concurrency }: Evidence): string | null {
  const { mean, byLittlesLaw } = level.inFlight
  if (byLittlesLaw === null || mean === 0 || level.requests.ok < LITTLES_LAW_COMPLETIONS * concurrency) return null
  if (Math.abs(byLittlesLaw / mean - 1) <= LITTLES_LAW_TOLERANCE) return null
  return `${round(mean)} requests were in flight, but rate times time says ${round(byLittlesLaw)}.`
}

function findHiddenTail({ answers: { timed, tailMs, latencyMs } }: Evidence): string | null {
  if (timed === 0 || tailMs <= HIDDEN_TAIL * latencyMs || tailMs <= TIMING_FLOOR_MS * timed) return null
  return `Streams end ${round(tailMs / timed)} ms after their last token, ${formatPercent(tailMs / latencyMs)} of the latency.`
}

function findShortAnswers({ level }: Evidence): string | null {
  const { ok, short } = level.requests
  return short > MAXIMUM_SHORT * ok
    ? `${short} of ${ok} answers (${formatPercent(short / ok)}) are shorter than asked for.`
    : null
}

function findCachedInput({ level: { cachedShare }, options }: Evidence): string | null {
  if (options.prefixCache === 'allow' || cachedShare === null || cachedShare <= MAXIMUM_CACHED) return null
  return `${formatPercent(cachedShare)} of the input tokens came from the prefix cache.`
}

function findBufferedAnswers({ runs }: Evidence): string | null {
  const share = computeBufferedShare(runs)
  return share > BUFFERED_SHARE ? `${formatPercent(share)} of the answers arrived all at once.` : null
}

function findBundledAnswers({ runs, answers: { n }, options }: Evidence): string | null {
  const share = computeBufferedShare(runs)
  if (options.task === 'embeddings' || share <= MAXIMUM_BUNDLED || share > BUFFERED_SHARE) return null
  return `${Math.round(share * n)} of ${n} answers arrived all at once and are left out of TTFT and TPOT.`
}

function findUnreadText({ answers: { n, unread, unreadEvents, unreadMember } }: Evidence): string | null {
  if (unread === 0) return null
  const events = `${unreadEvents} ${unreadEvents === 1 ? 'event holds' : 'events hold'}`
  return `In ${unread} of ${n} answers ${events} a text in a member that is not read (${escapeForTerminal(unreadMember ?? '')}).`
}

function findTaggedReasoning({ answers: { n, tagged } }: Evidence): string | null {
  return tagged === 0 ? null : `${tagged} of ${n} answers hold their reasoning in their text.`
}

/** A filter may leave nothing of an answer, which then has failed as empty. */
function findFiltered({ runs }: Evidence): string | null {
  let filtered = 0
  let all = 0
  let reason: string | null = null
  for (const { finishReason } of selectCountedRecords(runs)) {
    all++
    if (!isFiltered(finishReason)) continue
    filtered++
    reason ??= finishReason
  }
  return reason === null
    ? null
    : `${filtered} of ${all} answers were withheld or cut by a content filter (finish_reason ${escapeForTerminal(reason)}).`
}

function findImpossibleCounts({ answers: { n, doubted, firstDoubted } }: Evidence): string | null {
  if (firstDoubted === null) return null
  const { statedTokens, tokenEvents, requestedTokens, inputTokens, countDoubt } = firstDoubted
  const against: Readonly<Record<string, string>> = {
    'with-prompt': ` with the prompt of ${inputTokens ?? 0}`,
    'above-asked': ` where ${requestedTokens} were asked for`,
    falling: ' after a count that fell',
  }
  const stated = `${statedTokens ?? 0} tokens${against[countDoubt ?? ''] ?? ''}`
  return `${doubted} of ${n} answers state a token count that cannot be true: ${stated}, and ${tokenEvents} token events were seen.`
}

function findChunkTokens({ answers: { n, fromChunks }, options }: Evidence): string | null {
  if (options.task === 'embeddings' || fromChunks === 0) return null
  return `${fromChunks} of ${n} answers state no token count; their events were counted.`
}

function findMixedSources({ answers: { sources }, options }: Evidence): string | null {
  return options.task !== 'embeddings' && sources.length > 1 ? `Token counts come from ${sources.join(' and ')}.` : null
}

function findReconnects({ runs }: Evidence): string | null {
  let again = 0
  let all = 0
  for (const record of selectCountedRecords(runs)) {
    all++
    if (record.reconnected) again++
  }
  return again > MAXIMUM_RECONNECTED * all
    ? `${again} of ${all} requests met a connection that the server had closed.`
    : null
}

function findRenewedTokens({ runs }: Evidence): string | null {
  const refused = runs.reduce((sum, { requestsWithEndedToken }) => sum + requestsWithEndedToken, 0)
  return refused === 0 ? null : `${refused} ${refused === 1 ? 'request' : 'requests'} met a token that had ended early.`
}

function findColdLoads({ runs }: Evidence): string | null {
  let cold = 0
  let all = 0
  let longest = 0
  for (const { serverLoadMs } of selectCountedRecords(runs)) {
    all++
    if (serverLoadMs === null || serverLoadMs <= COLD_LOAD_MS) continue
    cold++
    longest = Math.max(longest, serverLoadMs)
  }
  if (cold === 0) return null
  return `For ${cold} of ${all} requests the server loaded the model first, for up to ${round(longest)} ms.`
}

/** Each worker's first connection is owed; what comes on top is not. */
function findNewConnections({ runs, concurrency }: Evidence): string | null {
  let extra = 0
  let reusable = 0
  for (const { connections } of runs) {
    extra += Math.max(0, connections.opened - concurrency)
    reusable += Math.max(0, connections.requests - concurrency)
  }
  if (extra === 0 || extra <= MAXIMUM_CONNECTING * reusable) return null
  return `${extra} of ${reusable} requests that could have reused a connection opened one.`
}

function listFailures(level: UnjudgedLevel): string {
  const parts = Object.entries(level.failures).map(([failure, count]) => `${count} ${failure}`)
  return parts.length === 0 ? '' : `: ${parts.join(', ')}`
}

function formatPercent(share: number): string {
  return `${round(100 * share)} %`
}

/** Three digits are enough for a sentence. */
function round(value: number): string {
  return String(Number(value.toPrecision(3)))
}
