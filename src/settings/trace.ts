import type { FilePrompt } from './prompts-file/prompt.ts'
import type { PromptsAccount } from './prompts-file/prompts-file.ts'

/** Requests of others, by when each came, as they are replayed. */
export interface Trace {
  /** Milliseconds after the first request; never falling, one for each request. */
  readonly atMs: readonly number[]
  /** What each asks for; null where the file holds prompts. */
  readonly lengths: readonly TraceLengths[] | null
  /** Input tokens that one of `blocks` stands for; null where no request names any. */
  readonly blockTokens: number | null
}

/** How long one request of a trace is, and what of its prompt others have, too. */
export interface TraceLengths {
  /** At least 1. */
  readonly inputTokens: number
  /** At least 1; null: `output-tokens` says. */
  readonly outputTokens: number | null
  /** The blocks of its prompt in their order, the last of which may be shorter, by numbers from 0: equal numbers are equal text. Null: it shares nothing. */
  readonly blocks: readonly number[] | null
}

/** A trace file that was read. */
export interface TraceFile {
  readonly trace: Trace
  /** What is sent at each moment of the trace, where the file holds prompts; else null. */
  readonly prompts: readonly FilePrompt[] | null
  readonly account: PromptsAccount
}

/** How much of a trace is sent. */
interface TraceBounds {
  /** Ascending; auto: they are still to be found. */
  readonly traceSpeed: readonly number[] | 'auto'
  readonly levelRequests: number | null
  readonly levelDurationMs: number | 'auto'
}

/**
 * The first requests of a trace: at most `levelRequests`, and only those due in the time of a level at the highest speed, where that is known. The
 * first is left in any case.
 */
export function cutTrace(
  { trace, prompts, account }: TraceFile,
  { traceSpeed, levelRequests, levelDurationMs }: TraceBounds,
): TraceFile {
  const untilMs = levelDurationMs === 'auto' || traceSpeed === 'auto' ? Infinity : levelDurationMs * traceSpeed.at(-1)!
  const inTime = trace.atMs.findIndex((ms) => ms >= untilMs)
  const count = Math.max(1, Math.min(levelRequests ?? Infinity, inTime === -1 ? Infinity : inTime))
  const { atMs, lengths, blockTokens } = trace
  const beyond = atMs.length - Math.min(atMs.length, count)
  const leftOut = beyond === 0 ? [] : [{ why: 'beyond level-requests or level-duration', count: beyond }]
  return {
    trace: { atMs: atMs.slice(0, count), lengths: lengths?.slice(0, count) ?? null, blockTokens },
    prompts: prompts?.slice(0, count) ?? null,
    account: { ...account, leftOut: [...account.leftOut, ...leftOut] },
  }
}

/** The mean length of the prompts and of the answers, in whole tokens; of the latter null where no request says it. */
export function averageLengths(lengths: readonly TraceLengths[]): {
  readonly input: number
  readonly output: number | null
} {
  const outputs = lengths.flatMap(({ outputTokens }) => outputTokens ?? [])
  const average = (values: readonly number[]): number =>
    Math.max(1, Math.round(values.reduce((sum, value) => sum + value, 0) / values.length))
  return {
    input: average(lengths.map(({ inputTokens }) => inputTokens)),
    output: outputs.length === 0 ? null : average(outputs),
  }
}

/** What a trace is, for the report. */
export interface ReplayedTraceFacts {
  /** From the first request to the last, as they came. */
  readonly seconds: number
  /** Mean lengths; null where requests are prompts, or do not say it. */
  readonly inputTokens: number | null
  readonly outputTokens: number | null
  readonly blockTokens: number | null
  /** Of the input tokens, as `computeRepeatedShare` says. */
  readonly repeatedShare: number
}

/** Sums up a trace. */
export function summariseTrace(trace: Trace): ReplayedTraceFacts {
  const { input, output } = trace.lengths === null ? { input: null, output: null } : averageLengths(trace.lengths)
  return {
    seconds: trace.atMs.at(-1)! / 1000,
    inputTokens: input,
    outputTokens: output,
    blockTokens: trace.blockTokens,
    repeatedShare: computeRepeatedShare(trace),
  }
}

/**
 * Which share of the input tokens stands in blocks at the beginning of a prompt that an earlier request began with, too: what a prefix cache
 * that forgets nothing holds.
 */
export function computeRepeatedShare({ lengths, blockTokens }: Trace): number {
  if (lengths === null || blockTokens === null) return 0
  const seen = new Set<number>()
  let all = 0
  let repeated = 0
  for (const { inputTokens, blocks } of lengths) {
    all += inputTokens
    const fresh = (blocks ?? []).findIndex((block) => !seen.has(block))
    const known = blocks === null ? 0 : fresh === -1 ? blocks.length : fresh
    repeated += Math.min(inputTokens, known * blockTokens)
    for (const block of blocks ?? []) seen.add(block)
  }
  return repeated / all
}
