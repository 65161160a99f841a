import type { ApiName } from '../../src/vocabulary/endpoint-names.ts'

/**
 * Ours, or one that only stamps reads and counts newlines: `plain` as a Node program reads a socket, by its `data` events; `bare` into one
 * buffer that all sockets share, which costs the least that Node can do.
 */
export type ReaderName = 'plateau' | 'plain' | 'bare'

/** What is to be read. */
export interface ReadingTask {
  readonly url: string
  /** Absent: OpenAI's chat at this very URL, over plain HTTP. */
  readonly api?: ApiName
  readonly caCert?: string | null
  readonly streams: number
  readonly outputTokens: number
  /** Of one answer. */
  readonly answerMs: number
  readonly windowMs: number
}

/** One counted answer as the client saw it. */
export interface TimedAnswer {
  readonly phase: 'counted'
  readonly outcome: 'ok'
  readonly requestId: string
  readonly ttftMs: number
  readonly lastTokenMs: number
  readonly outputTokens: number
}

/** What came of it. */
export interface ReadingResult {
  readonly answers: readonly TimedAnswer[]
  readonly failed: number
  /** Tokens that arrived in the window, and CPU time meanwhile. */
  readonly tokens: number
  readonly seconds: number
  readonly cpuMicroseconds: number
}
