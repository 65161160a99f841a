import type { ServerSample } from '../../protocol/server-metrics.ts'
import type { LogHistogram } from '../../stats/percentile.ts'
import { findClientFailure } from '../../vocabulary/failure-classes.ts'
import type { RequestRecord } from '../../vocabulary/request-facts.ts'

/** The raw facts of one level in one pass, as the load found them. */
export interface LevelRun {
  /** What the level is known by: workers of a closed loop; where `open` is there requests a second, or the speed of a trace. */
  readonly concurrency: number
  /** From 1; 0 outside passes: the soak, the sentinel, the cross-check. */
  readonly pass: number
  /** Seconds after the start of the sweep. */
  readonly startedAtSeconds: number
  /** The window, in milliseconds after the start of the sweep; null when the level stopped before it began. */
  readonly window: { readonly startMs: number; readonly endMs: number } | null
  /** Every request: warm-up, counted and tail. Cancelled ones are not records. */
  readonly records: Records
  /** Gaps between token-bearing events of the counted requests, in milliseconds. */
  readonly interChunk: LogHistogram
  /** Output tokens inside the window of requests that were cancelled before they ended. */
  readonly cancelledWindowTokens: number
  /** TTFT of requests cancelled after their first token: the server's sums include them, but they have no records. */
  readonly cancelledTtft: { readonly n: number; readonly sumMs: number }
  /** Requests in flight, time-weighted mean over the window; 0 without a window. */
  readonly inFlight: number
  readonly client: ClientHealth
  /** Readings of the server's own metrics around the level; null where there are none. */
  readonly server: ServerReadings | null
  /** For each failure class, why the first such request failed, in a few words. */
  readonly failureWords: Readonly<Record<string, string>>
  /** What a gateway in front of the server did, by the headers of its answers. */
  readonly gateway: GatewayCounts
  /** Requests whose token had expired early and was then replaced; they have no records. */
  readonly requestsWithEndedToken: number
  readonly connections: { readonly opened: number; readonly requests: number }
  /** How many requests were made while it measured, although none of them depended on an answer; absent where shards were joined. */
  readonly madeInLevel?: number
  /** Why it stopped before its time; null when it ran to its end. */
  readonly stopped: 'rate-limited' | 'failing' | 'budget' | 'cancelled' | 'overloaded' | null
  /** Of a level of a rate: what became of its schedule. Absent in a closed loop. */
  readonly open?: OpenRun
}

/** What became of the schedule of one level in one pass. */
export interface OpenRun {
  readonly maxInFlight: number
  /** The most requests that were under way at once. */
  readonly peakInFlight: number
  /** Counted requests that waited because `maxInFlight` were under way, and those that were never sent. */
  readonly waited: number
  readonly dropped: number
  /** Requests that were due and had not ended, when the window opened and when it closed; for an overloaded trace the averages over its second and its last quarter. Null where the window never closed. */
  readonly queue: { readonly before: number; readonly after: number } | null
  /** Of a trace: when its first request was due, in milliseconds after the start of the sweep, and how long after that its last one was. */
  readonly trace?: { readonly startMs: number; readonly lastMs: number }
}

/** Many records, packed, so that they can be iterated but not held all at once. */
export interface Records extends Iterable<RequestRecord> {
  readonly length: number
}

/** How well the client itself kept up during a level. */
export interface ClientHealth {
  /** 0 to 1. */
  readonly eventLoopUtilization: number
  /** p90 of how late the event loop came to a timer, in milliseconds: the most that a median can be off. */
  readonly delayP90Ms: number
  /** Its p99. */
  readonly delayP99Ms: number
  /** p99 of the time from when a request was ready to be sent to t0, in milliseconds. */
  readonly queueP99Ms: number
  /** Threads that carried the load; the figures above are the busiest one's. Absent: one. */
  readonly threads?: number
}

/** Counts of what gateways did with the requests of a level, by the headers of the answers. */
export interface GatewayCounts {
  /** It was sent to a server more than once. */
  readonly retried: number
  /** It was answered from a cache of whole answers. */
  readonly cached: number
  /** Another model or deployment answered than the one asked. */
  readonly fellBack: number
  /** Names of the gateways that said so. */
  readonly names: readonly string[]
}

/** Readings around a level. */
export interface ServerReadings {
  /** Before its first request. */
  readonly before: ServerSample
  /** A few while its load was full; none where that did not last a second. */
  readonly loaded: readonly ServerSample[]
  /** Under load, just before the requests in flight were cancelled; null where it ended differently. */
  readonly last: ServerSample | null
  /** After its end. */
  readonly after: ServerSample
}

/** How many requests there were, in every phase. */
export function countRecords(runs: readonly LevelRun[]): number {
  return runs.reduce((sum, { records }) => sum + records.length, 0)
}

/**
 * The requests that figures are made of: those started inside the window. In a pass that stopped before its window,
 * all count, because only its failures matter. Requests that the client could not send say nothing about the endpoint
 * and are left out.
 */
export function* selectCountedRecords(runs: readonly LevelRun[]): Generator<RequestRecord> {
  for (const run of runs) {
    for (const record of run.records) {
      if (findClientFailure(record.failure) !== null) continue
      if (run.window === null || record.phase === 'counted') yield record
    }
  }
}

/** How many requests of every phase are so. */
export function countWhere(runs: readonly LevelRun[], isSo: (record: RequestRecord) => boolean): number {
  let n = 0
  for (const { records } of runs) for (const record of records) if (isSo(record)) n++
  return n
}

/** The share of each kind among the answers that succeeded. */
function divideAnswers<Kind extends string>(
  runs: readonly LevelRun[],
  kinds: readonly Kind[],
  kindOf: (record: RequestRecord) => Kind | null,
): Readonly<Record<Kind, number>> {
  const shares = Object.fromEntries(kinds.map((kind) => [kind, 0])) as Record<Kind, number>
  let ok = 0
  for (const record of selectCountedRecords(runs)) {
    if (record.outcome !== 'ok') continue
    ok++
    const kind = kindOf(record)
    if (kind !== null) shares[kind]++
  }
  for (const kind of kinds) shares[kind] /= Math.max(1, ok)
  return shares
}

/** A client that stands still for most of an answer reads it in one piece. */
const MOST_OF_ANSWER = 0.5

/** The shares of the answers that came all at once: held back by a server or proxy, and read late by this machine. */
export function splitBuffered(runs: readonly LevelRun[]) {
  return divideAnswers(runs, ['byOthers', 'byClient'], (record) =>
    record.buffered ? (isReadLate(record) ? 'byClient' : 'byOthers') : null,
  )
}

function isReadLate({ stallMs, lastTokenMs }: RequestRecord): boolean {
  return stallMs > 0 && stallMs >= MOST_OF_ANSWER * (lastTokenMs ?? 0)
}

/** The shares of the answers whose tokens were held back on the way, by `time` or by `size`. */
export function computeHeldBackShares(runs: readonly LevelRun[]) {
  return divideAnswers(runs, ['time', 'size'], (record) => {
    const { buffered, heldBack } = record
    return heldBack === null || buffered || isReadLate(record) ? null : heldBack === 'time' ? 'time' : 'size'
  })
}

/** Whether the times of tokens are the server's, not decided by something in between. */
export function hasTokenTimes(runs: readonly LevelRun[]): boolean {
  const { time, size } = computeHeldBackShares(runs)
  return splitBuffered(runs).byOthers + time + size <= BUFFERED_SHARE
}

/**
 * Above this share of answers held back by others, TTFT and TPOT cannot be measured. A server or proxy buffers every
 * answer, or every answer of one replica; single ones come from a stall of this machine or the network, and are left
 * out.
 */
export const BUFFERED_SHARE = 0.25

/** At most this share of answers does not change a level's figures, and is not reported. */
export const NEGLIGIBLE_SHARE = 0.01

/** Whether it is unknown when answers begin, because more than a few hold reasoning in their text. */
export function hidesAnswerStart(runs: readonly LevelRun[]): boolean {
  const { tagged } = divideAnswers(runs, ['tagged'], ({ tagsReasoning }) => (tagsReasoning ? 'tagged' : null))
  return tagged > NEGLIGIBLE_SHARE
}

/** Whether answers of several tokens have no TPOT, because the number of their hidden tokens is unknown. */
export function hidesTokenPace(runs: readonly LevelRun[]): boolean {
  let hidden = false
  for (const { outcome, buffered, tokenEvents, tpotMs } of selectCountedRecords(runs)) {
    if (tpotMs !== null) return false
    hidden ||= outcome === 'ok' && !buffered && tokenEvents > 1
  }
  return hidden
}

/** The mean over passes, weighted by the length of their windows. */
export function averageOverWindows(runs: readonly LevelRun[], value: (run: LevelRun) => number): number {
  let sum = 0
  let seconds = 0
  for (const run of runs) {
    if (run.window === null) continue
    const length = run.window.endMs - run.window.startMs
    sum += value(run) * length
    seconds += length
  }
  return seconds === 0 ? 0 : sum / seconds
}

/** Counted requests that every pass needs: three, and one for each worker. */
export function countNeededRequests({ concurrency, open }: Pick<LevelRun, 'concurrency' | 'open'>): number {
  return Math.max(3, open === undefined ? concurrency : 0)
}

/**
 * The passes to use. Where there are others, those cancelled, or cut by a budget before they had enough requests, are
 * left out: that costs precision, but does not spoil what was measured before.
 */
export function selectUsablePasses(runs: readonly LevelRun[]): readonly LevelRun[] {
  const usable = runs.filter((run) => {
    // A cancelled pass lacks its slow requests; after a budget's cut, those in flight were awaited.
    if (run.stopped === 'cancelled') return false
    if (run.stopped !== 'budget') return true
    return run.window !== null && countWhere([run], ({ phase }) => phase === 'counted') >= countNeededRequests(run)
  })
  return usable.length > 0 ? usable : runs
}

/** What came through the windows of some passes, before division by their length. */
export interface Flow {
  readonly seconds: number
  readonly outputTokens: number
  /** Null when no answer states its input tokens. */
  readonly inputTokens: number | null
  /** Requests that succeeded. */
  readonly requests: number
  /** Requests however they ended. */
  readonly ended: number
}

/**
 * Sums over the windows. Streamed output tokens count by the time of their events; a request, its input tokens, and the
 * output of an answer that came in one piece count with the share of the request's time that lies inside the window.
 *
 * @param isWanted whose flow it is; default: all, those that were cancelled too.
 */
export function sumUpFlow(runs: readonly LevelRun[], isWanted?: (record: RequestRecord) => boolean): Flow {
  let seconds = 0
  let outputTokens = 0
  let inputTokens = 0
  let requests = 0
  let ended = 0
  let withInput = 0
  for (const run of runs) {
    if (run.window === null) continue
    seconds += (run.window.endMs - run.window.startMs) / 1000
    if (isWanted === undefined) outputTokens += run.cancelledWindowTokens
    for (const record of run.records) {
      if (isWanted?.(record) === false) continue
      const share = computeShareInside(record, run.window)
      outputTokens += isInOnePiece(record) ? share * record.outputTokens : record.windowTokens
      ended += share
      if (record.outcome !== 'ok') continue
      requests += share
      if (record.inputTokens === null) continue
      withInput += share
      inputTokens += share * record.inputTokens
    }
  }
  // Where some answers do not state their input, they are taken to be like those that do.
  return {
    seconds,
    outputTokens,
    inputTokens: withInput === 0 ? null : (inputTokens * requests) / withInput,
    requests,
    ended,
  }
}

/** The share of a request's time that lies inside the window, 0 to 1. */
function computeShareInside({ startMs, endMs }: RequestRecord, window: { startMs: number; endMs: number }): number {
  const end = startMs + endMs
  if (endMs === 0) return startMs >= window.startMs && startMs < window.endMs ? 1 : 0
  return Math.max(0, Math.min(end, window.endMs) - Math.max(startMs, window.startMs)) / endMs
}

/** Its events do not say when its tokens were made. */
function isInOnePiece(record: RequestRecord): boolean {
  return record.outcome === 'ok' && (record.buffered || record.tokenEvents <= 1)
}
