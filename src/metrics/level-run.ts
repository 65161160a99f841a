import type { LogHistogram } from '../stats/histogram.ts'
import type { Records } from './record.ts'

/** The raw facts of one level in one pass, as the load found them. */
export interface LevelRun {
  readonly concurrency: number
  /** 1-based. */
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
  /** Requests in flight, time-weighted mean over the window; 0 without a window. */
  readonly inFlight: number
  readonly client: ClientHealth
  readonly connections: { readonly opened: number; readonly requests: number }
  /** Why it stopped before its time; null when it ran to its end. */
  readonly stopped: 'rate-limited' | 'failing' | 'budget' | 'cancelled' | null
}

/** How well the client itself kept up during a level. */
export interface ClientHealth {
  /** 0 to 1. */
  readonly eventLoopUtilization: number
  /** p90 of the event-loop delay less the resolution of its timer, in milliseconds: what a median can be off by. */
  readonly delayP90Ms: number
  /** p99 of the same. */
  readonly delayP99Ms: number
  /** p99 of the time between a worker's turn and t0, in milliseconds. */
  readonly queueP99Ms: number
}
