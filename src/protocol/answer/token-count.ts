import type { RequestRecord, TokenSource } from '../../vocabulary/request-facts.ts'
import type { Usage } from '../delta.ts'

/** What the usage of a whole answer comes to. */
export interface TokenTotals extends Pick<
  RequestRecord,
  'inputTokens' | 'cachedTokens' | 'reasoningTokens' | 'tokenSource'
> {
  /** Null when no event stated a count: then the number of token-bearing events stands for it, as an estimate. */
  readonly outputTokens: number | null
}

/** Collects the counts that the events of one answer state. */
export interface TokenCounter {
  /** Takes the usage of one event and returns its cumulative count of output tokens, NaN when it states none. */
  add(usage: Usage): number
  totals(): TokenTotals
  /** The last total of prompt and answer that was stated; null when none was. */
  totalTokens(): number | null
}

/**
 * Counts are cumulative wherever servers repeat them: the last one wins, whatever event it stands on, and nothing is
 * summed but counts that say they are of one event alone. A count of null or 0 is a placeholder and says nothing.
 */
export function createTokenCounter(): TokenCounter {
  let inputTokens: number | null = null
  let outputTokens: number | null = null
  let cachedTokens: number | null = null
  let reasoningTokens: number | null = null
  let totalTokens: number | null = null
  let tokenSource: TokenSource = 'chunks'
  return {
    add(usage) {
      inputTokens = usage.inputTokens || inputTokens
      cachedTokens = usage.cachedTokens ?? cachedTokens
      reasoningTokens = usage.reasoningTokens ?? reasoningTokens
      totalTokens = usage.totalTokens || totalTokens
      if (!usage.outputTokens) return NaN
      const leftOut = countReasoningLeftOut(usage)
      tokenSource = leftOut > 0 ? 'usage+reasoning' : (usage.source ?? 'usage')
      outputTokens = usage.outputTokens + (usage.perEvent === true ? (outputTokens ?? 0) : leftOut)
      return outputTokens
    },
    totals: () => ({ inputTokens, outputTokens, cachedTokens, reasoningTokens, tokenSource }),
    totalTokens: () => totalTokens,
  }
}

/** Reasoning tokens that the completion count leaves out (xAI does): the total gives it away. */
function countReasoningLeftOut({ inputTokens, outputTokens, reasoningTokens, totalTokens }: Usage): number {
  if (inputTokens === null || outputTokens === null || !reasoningTokens) return 0
  return totalTokens === inputTokens + outputTokens + reasoningTokens ? reasoningTokens : 0
}

/** What TPOT is made of. Times are in milliseconds on one clock. */
export interface TpotFacts {
  readonly firstTokenAt: number
  readonly lastTokenAt: number
  readonly tokenEvents: number
  /** All output tokens, the hidden ones included. */
  readonly outputTokens: number
  /** Reasoning that was counted but never streamed. */
  readonly hiddenTokens: number
  /** The cumulative count that the first token event stated, NaN when it stated none. */
  readonly firstCount: number
}

/**
 * Milliseconds a token after the first event: (last − first) / (visible tokens − tokens of the first event). Null where that
 * cannot be known: fewer than 2 token events or tokens, or all of them at one instant.
 */
export function computeTpotMs(facts: TpotFacts): number | null {
  const { firstTokenAt, lastTokenAt, tokenEvents, outputTokens, hiddenTokens, firstCount } = facts
  const visible = outputTokens - hiddenTokens
  if (tokenEvents < 2 || visible < 2 || lastTokenAt <= firstTokenAt) return null
  const after = visible - tokensOfFirstEvent()
  return after > 0 ? (lastTokenAt - firstTokenAt) / after : null

  function tokensOfFirstEvent(): number {
    if (Number.isNaN(firstCount)) return visible / tokenEvents
    // A count above the hidden tokens holds them: they were generated before the first token that shows.
    return firstCount > hiddenTokens ? firstCount - hiddenTokens : firstCount
  }
}

/** Least number of token events that can show buffering; fewer may well share a read. */
const BUFFERED_EVENTS = 16
const ONE_PIECE_SHARE = 0.9
const BUFFERED_WITHIN_MS = 2

/**
 * Whether the answer came (nearly) at once: at least 16 token events, at least 90 % of them in one read or within 2 ms of
 * each other. `tokenAt` holds their times in order, in milliseconds; only the first `count` are meant.
 */
export function isBuffered(tokenAt: Float64Array, count: number): boolean {
  if (count < BUFFERED_EVENTS) return false
  const enough = Math.ceil(count * ONE_PIECE_SHARE)
  for (let last = enough - 1; last < count; last++) {
    if (tokenAt[last]! - tokenAt[last - enough + 1]! <= BUFFERED_WITHIN_MS) return true
  }
  return false
}
