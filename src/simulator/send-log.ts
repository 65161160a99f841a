/**
 * What the simulated server truly did with one request: the truth that a client's figures are compared with. Times are
 * milliseconds on the machine's monotonic clock (`process.hrtime`), stamped right before the bytes were written.
 */
export interface SentRequest {
  /** Counts requests from 1. */
  readonly id: number
  /** The client's `x-request-id` header. */
  readonly requestId: string | null
  /** The first 32 characters of the prompt: a client's nonce stands there. */
  readonly prompt: string
  readonly path: string
  readonly stream: boolean
  readonly status: number
  /** The whole request was there. */
  readonly receivedAtMs: number
  readonly firstTokenAtMs: number | null
  readonly lastTokenAtMs: number | null
  /** The last byte was written, or the connection was closed. */
  readonly endedAtMs: number
  readonly inputTokens: number
  readonly cachedTokens: number
  /** Tokens written. */
  readonly outputTokens: number
  /** Events with tokens written; 1 for an answer that does not stream. */
  readonly tokenEvents: number
  /** `cancelled`: the client left. `broken`: a fault cut it. `refused`: no answer of the model. */
  readonly outcome: 'ok' | 'refused' | 'broken' | 'cancelled'
  readonly fault: string | null
  /** When each event with tokens was written; kept only on demand. */
  readonly tokenAtMs: readonly number[] | null
}

/** Keeps the newest requests, in the order in which they ended. */
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
      // Cut in large pieces: shifting one by one would move the whole list for every request.
      if (kept.length >= 2 * limit) kept = kept.slice(-limit)
    },
    all: () => kept.slice(-limit),
    clear() {
      kept = []
    },
  }
}
