import type { Task } from '../vocabulary/tasks.ts'
import type { RateField } from '../vocabulary/metrics.ts'
import type { LevelRun } from './level-run.ts'
import type { RequestRecord } from '../vocabulary/request-facts.ts'

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
 */
export function flowOf(runs: readonly LevelRun[]): Flow {
  let seconds = 0
  let outputTokens = 0
  let inputTokens = 0
  let requests = 0
  let ended = 0
  let withInput = 0
  for (const run of runs) {
    if (run.window === null) continue
    seconds += (run.window.endMs - run.window.startMs) / 1000
    outputTokens += run.cancelledWindowTokens
    for (const record of run.records) {
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

/** Figures per second; null without a window, and output tokens also for embeddings, which have none. */
export function ratesOf(flow: Flow, task: Task): Record<RateField, number | null> {
  const divideBySeconds = (amount: number | null) =>
    amount === null || flow.seconds === 0 ? null : amount / flow.seconds
  return {
    outputTokensPerSecond: task === 'embeddings' ? null : divideBySeconds(flow.outputTokens),
    inputTokensPerSecond: divideBySeconds(flow.inputTokens),
    requestsPerSecond: divideBySeconds(flow.requests),
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
