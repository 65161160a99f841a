import type { FailureClass } from '../vocabulary/failure-classes.ts'
import type { TokenSource } from '../vocabulary/token-sources.ts'

/**
 * The raw facts of one request. Times are milliseconds after that request's t0, the moment it was written to an open,
 * idle connection; a time that does not exist is null.
 */
export interface RequestRecord {
  /** Sent as `x-request-id`, so that a slow request can be found in the server's log. */
  readonly requestId: string
  /** Concurrency of the level. */
  readonly level: number
  /** 1-based. */
  readonly pass: number
  readonly worker: number
  /** `warmup`: before the window. `counted`: started inside it. `tail`: started after it, to keep the load on. */
  readonly phase: Phase
  /** t0, in milliseconds after the start of the sweep. */
  readonly startMs: number
  /** DNS + TCP + TLS when this request opened its connection, else null. Never part of another time. */
  readonly connectMs: number | null
  /** From the worker's turn to t0, without connecting: what the client itself cost. */
  readonly queueMs: number
  /** Final status line and headers. */
  readonly ttfbMs: number | null
  /** First parsed event of any kind. */
  readonly firstEventMs: number | null
  /** First event that carries generated output. */
  readonly ttftMs: number | null
  /** First event with answer text. */
  readonly ttfoMs: number | null
  /** Last token-bearing event: the latency. For an answer that does not stream: its last byte. */
  readonly lastTokenMs: number | null
  /** Terminal event or close. */
  readonly endMs: number
  /** (last token − first token) / (tokens after the first event), or null where it is not measurable. */
  readonly tpotMs: number | null
  /** Output tokens asked for. */
  readonly requestedTokens: number
  readonly inputTokens: number | null
  readonly outputTokens: number
  readonly cachedTokens: number | null
  readonly reasoningTokens: number | null
  readonly tokenSource: TokenSource
  /** Events that carried generated output. */
  readonly tokenEvents: number
  /** Socket reads that brought payload. */
  readonly reads: number
  /** Output tokens that arrived inside the level's window, by the time of their events. */
  readonly windowTokens: number
  /** The answer's tokens came (nearly) all at once: TTFT and TPOT say nothing about the model. */
  readonly buffered: boolean
  /** The first attempt met a dead idle connection; this is its one replay. */
  readonly reconnected: boolean
  readonly finishReason: string | null
  readonly servedModel: string | null
  readonly outcome: 'ok' | 'failed'
  readonly failure: FailureClass | null
  /** `Retry-After` of a refused request, in milliseconds. */
  readonly retryAfterMs: number | null
  /** What the answer says that the server itself measured: a cross-check, never a figure of ours. */
  readonly serverTtftMs: number | null
  readonly serverTpotMs: number | null
  /** Time to load the model for this request. */
  readonly serverLoadMs: number | null
}

/** Many records. A long run packs them, so they can be walked through but not held all at once. */
export interface Records extends Iterable<RequestRecord> {
  readonly length: number
}

export type Phase = 'warmup' | 'counted' | 'tail'
