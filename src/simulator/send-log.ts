/**
 * What the simulated server really did with one request, to compare with a client's figures. Times are milliseconds
 * on the machine's monotonic clock (`process.hrtime`), taken right before the bytes were written.
 */
export interface SentRequest {
  /** Number of the request, from 1. */
  readonly id: number
  /** The client's `x-request-id` header. */
  readonly requestId: string | null
  /** The first 32 characters of the prompt, which hold a client's nonce. */
  readonly prompt: string
  readonly path: string
  readonly stream: boolean
  readonly status: number
  /** When the whole request had arrived. */
  readonly receivedAtMs: number
  readonly firstTokenAtMs: number | null
  readonly lastTokenAtMs: number | null
  /** When the last byte was written or the connection was closed. */
  readonly endedAtMs: number
  readonly inputTokens: number
  readonly cachedTokens: number
  /** Tokens written. */
  readonly outputTokens: number
  /** Events with tokens written; 1 for an answer that does not stream. */
  readonly tokenEvents: number
  /** `cancelled`: the client left. `broken`: a fault cut it. `refused`: the model did not answer. */
  readonly outcome: 'ok' | 'refused' | 'broken' | 'cancelled'
  readonly fault: string | null
  /** When each event with tokens was written; kept only if asked for. */
  readonly tokenAtMs: readonly number[] | null
}

/** Keeps the newest requests, in the order in which they end. */
export interface SendLog {
  add(request: SentRequest): void
  all(): readonly SentRequest[]
  clear(): void
}

/** A log of at most `limit` requests. */
export function createSendLog(limit: number): SendLog {
  let kept: SentRequest[] = []
  return {
    add(request) {
      kept.push(request)
      // Cut in large pieces: `shift` would move the whole list for every request.
      if (kept.length >= 2 * limit) kept = kept.slice(-limit)
    },
    all: () => kept.slice(-limit),
    clear() {
      kept = []
    },
  }
}
