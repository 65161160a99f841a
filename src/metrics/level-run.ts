import type { ServerSample } from '../protocol/servers/server-metrics.ts'
import type { LogHistogram } from '../stats/percentile.ts'
import { findClientFailure } from '../vocabulary/failure-classes.ts'
import type { RequestRecord } from '../vocabulary/request-facts.ts'

/** The raw facts of one level in one pass, as the load found them. */
export interface LevelRun {
  readonly concurrency: number
  /** From 1; 0 for what is no pass of a sweep: the soak, the sentinel, the cross-check. */
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
  /** TTFT of the requests that were cancelled after their first token: a server has it in its sums, and there are no records of them. */
  readonly cancelledTtft: { readonly n: number; readonly sumMs: number }
  /** Requests in flight, time-weighted mean over the window; 0 without a window. */
  readonly inFlight: number
  readonly client: ClientHealth
  /** What the server's own metrics said around the level; null where it has none. */
  readonly server: ServerReadings | null
  /** For each failure class that was met, what the first such request failed with, in a few words. */
  readonly failureWords: Readonly<Record<string, string>>
  /** What a gateway in front of the server did, by the headers of its answers. */
  readonly gateway: GatewayCounts
  /** Requests that met a token which had ended early and was then replaced; they are no records. */
  readonly requestsWithEndedToken: number
  readonly connections: { readonly opened: number; readonly requests: number }
  /** Why it stopped before its time; null when it ran to its end. */
  readonly stopped: 'rate-limited' | 'failing' | 'budget' | 'cancelled' | null
}

/** Many records. A long run packs them, so they can be walked through but not held all at once. */
export interface Records extends Iterable<RequestRecord> {
  readonly length: number
}

/** How well the client itself kept up during a level. */
export interface ClientHealth {
  /** 0 to 1. */
  readonly eventLoopUtilization: number
  /** p90 of the event-loop delay minus the resolution of its timer, in milliseconds: what a median can be off by. */
  readonly delayP90Ms: number
  /** p99 of the same. */
  readonly delayP99Ms: number
  /** p99 of the time between a worker's turn and t0, in milliseconds. */
  readonly queueP99Ms: number
  /** Threads that carried the load, of which the figures above are those of the busiest; absent: one. */
  readonly threads?: number
}

/** Answers of a level by what their headers say that a gateway did with the request. */
export interface GatewayCounts {
  /** It was sent to a server more than once. */
  readonly retried: number
  /** It was answered from a cache of whole answers. */
  readonly cached: number
  /** Another model or deployment answered than the one that was asked. */
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
  /** With its load on, just before the requests in flight were cancelled; null where it ended in another way. */
  readonly last: ServerSample | null
  /** When it had ended. */
  readonly after: ServerSample
}

/**
 * The requests that figures come from: those started inside the window. A pass that stopped before its window has only
 * its failures to tell, so there all of them count. What the client could not send says nothing about the endpoint: it is no
 * failure and no infinitely slow answer, and it is not here.
 */
export function* selectCountedRecords(runs: readonly LevelRun[]): Generator<RequestRecord> {
  for (const run of runs) {
    for (const record of run.records) {
      if (findClientFailure(record.failure) !== null) continue
      if (run.window === null || record.phase === 'counted') yield record
    }
  }
}

/** The succeeded requests whose answer came all at once. */
export interface BufferedAnswers {
  /** Shares of all that succeeded: those that a server or a proxy held back, and those that this machine read late. */
  readonly byOthers: number
  readonly byClient: number
}

/** Whoever stands still for most of an answer reads it in one piece. */
const MOST_OF_ANSWER = 0.5

/** Tells the answers that came all at once by whose doing it was. */
export function shareBuffered(runs: readonly LevelRun[]): BufferedAnswers {
  let ok = 0
  let byOthers = 0
  let byClient = 0
  for (const { outcome, buffered, stallMs, lastTokenMs } of selectCountedRecords(runs)) {
    if (outcome !== 'ok') continue
    ok++
    if (!buffered) continue
    if (isReadLate({ stallMs, lastTokenMs })) byClient++
    else byOthers++
  }
  return ok === 0 ? { byOthers: 0, byClient: 0 } : { byOthers: byOthers / ok, byClient: byClient / ok }
}

function isReadLate({ stallMs, lastTokenMs }: Pick<RequestRecord, 'stallMs' | 'lastTokenMs'>): boolean {
  return stallMs > 0 && stallMs >= MOST_OF_ANSWER * (lastTokenMs ?? 0)
}

/** The shares of the succeeded requests whose tokens came in bursts that something in between ended, by `time` or by `size`. */
export function shareHeldBack(runs: readonly LevelRun[]): { readonly time: number; readonly size: number } {
  const held = { time: 0, size: 0 }
  let ok = 0
  for (const record of selectCountedRecords(runs)) {
    const { outcome, buffered, heldBack } = record
    if (outcome !== 'ok') continue
    ok++
    if (heldBack === null || buffered || isReadLate(record)) continue
    held[heldBack === 'time' ? 'time' : 'size']++
  }
  return ok === 0 ? held : { time: held.time / ok, size: held.size / ok }
}

/** Whether the times of tokens are the server's: not where something in between decides when they come. */
export function hasTokenTimes(runs: readonly LevelRun[]): boolean {
  const { time, size } = shareHeldBack(runs)
  return shareBuffered(runs).byOthers + time + size <= BUFFERED_SHARE
}

/**
 * Above this share of answers that others held back TTFT and TPOT are not measurable. A server or proxy that buffers does so to every answer, or to
 * all of one of a few replicas; single ones were bundled by a stall of this machine or of the network, and are left out.
 */
export const BUFFERED_SHARE = 0.25

/** Answers of which there are no more than this share change no figure of a level, and are not told. */
export const NEGLIGIBLE_SHARE = 0.01

/** Whether nobody can say when answers begin, because reasoning stands in the text of more than a few. */
export function hidesAnswerStart(runs: readonly LevelRun[]): boolean {
  let ok = 0
  let tagged = 0
  for (const record of selectCountedRecords(runs)) {
    if (record.outcome !== 'ok') continue
    ok++
    if (record.tagsReasoning) tagged++
  }
  return ok > 0 && tagged / ok > NEGLIGIBLE_SHARE
}

/** Whether answers of several tokens have no time per token: nobody says how many of their tokens do not show. */
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

/** Counted requests that every pass needs: three, and one a worker. */
export function countNeededRequests(concurrency: number): number {
  return Math.max(3, concurrency)
}

/**
 * The passes to use. One that was cancelled, or that a budget cut short before it had requests enough, is left out where
 * there are others: what is cut costs precision, it does not spoil what was measured before.
 */
export function selectUsablePasses(runs: readonly LevelRun[]): readonly LevelRun[] {
  const usable = runs.filter((run) => {
    // Of a cancelled pass the slow requests are missing; after a budget's cut those in flight were awaited.
    if (run.stopped === 'cancelled') return false
    if (run.stopped !== 'budget') return true
    return run.window !== null && countOf(run) >= countNeededRequests(run.concurrency)
  })
  return usable.length > 0 ? usable : runs
}

function countOf(run: LevelRun): number {
  let counted = 0
  for (const record of run.records) if (record.phase === 'counted') counted++
  return counted
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
export function flowOf(runs: readonly LevelRun[], isWanted?: (record: RequestRecord) => boolean): Flow {
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
      outputTokens += cameInOnePiece(record) ? share * record.outputTokens : record.windowTokens
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
function cameInOnePiece(record: RequestRecord): boolean {
  return record.outcome === 'ok' && (record.buffered || record.tokenEvents <= 1)
}
