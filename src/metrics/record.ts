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

/** Where `outputTokens` comes from. Different sources: TPOT and throughput are not compared. */
export type TokenSource = 'usage' | 'usage+reasoning' | 'server-final' | 'chunks'

/** Each failure class, what it means and what to do; docs are generated from this list. */
export const FAILURE_CLASSES = [
  {
    code: 'http_<status>',
    meaning: 'The server refused the request with this status.',
    remedy: 'Read the server log for that status; 429 means a rate limit, 5xx an overloaded or broken server.',
  },
  {
    code: 'connect',
    meaning: 'No connection: refused, reset before an answer, or the host is unknown.',
    remedy: 'Check host and port, and that the server accepts this many connections.',
  },
  {
    code: 'tls',
    meaning: 'The TLS handshake failed.',
    remedy: 'Check the certificate; `ca-cert` names a private authority.',
  },
  {
    code: 'timeout_first_byte',
    meaning: 'No response headers before `request-timeout`.',
    remedy: 'Raise `request-timeout`, or lower the concurrency: the server queues longer than that.',
  },
  {
    code: 'timeout_total',
    meaning: 'The answer did not end before `request-timeout`.',
    remedy: 'Raise `request-timeout` or ask for fewer output tokens.',
  },
  {
    code: 'timeout_idle',
    meaning: 'The stream stalled: no payload for 60 s after the first token.',
    remedy: 'Look for a hung worker or a proxy that holds the stream.',
  },
  {
    code: 'error_event',
    meaning: 'A 200 answer that carried an error.',
    remedy: 'Look at the server log: it is the server that failed.',
  },
  {
    code: 'incomplete',
    meaning: 'The stream ended without saying that it was finished.',
    remedy: 'A proxy or a worker cut the stream; check their timeouts.',
  },
  {
    code: 'parse',
    meaning: 'The answer was not in the format of the API.',
    remedy: 'Check `api`; a proxy may answer instead of the model.',
  },
  {
    code: 'empty',
    meaning: 'A complete answer without a single token.',
    remedy: 'Check the model and the prompt; an empty answer is not a fast one.',
  },
] as const satisfies readonly { readonly code: string; readonly meaning: string; readonly remedy: string }[]

/** Why a request failed; `http_<status>` for a refused one. */
export type FailureClass = Exclude<(typeof FAILURE_CLASSES)[number]['code'], 'http_<status>'> | `http_${number}`
