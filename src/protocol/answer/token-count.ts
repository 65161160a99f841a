import type { RequestRecord, TokenSource } from '../../vocabulary/request-facts.ts'
import type { Usage } from '../api.ts'

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

/** Reasoning tokens that the completion count leaves out (xAI does): the total gives it away, and that they are more than it. */
function countReasoningLeftOut({ inputTokens, outputTokens, reasoningTokens, totalTokens }: Usage): number {
  if (outputTokens === null || !reasoningTokens) return 0
  const isInTotal = inputTokens !== null && totalTokens === inputTokens + outputTokens + reasoningTokens
  return isInTotal || reasoningTokens > outputTokens ? reasoningTokens : 0
}

/**
 * Why a stated count cannot be true: fewer tokens than token events, or than a whole answer's text can be written with; more than could
 * have been written; a running count that fell; or the prompt counted in.
 */
export type CountFlaw = 'below-events' | 'below-text' | 'above-asked' | 'falling' | 'with-prompt'

/** What a request asked for. */
export interface AskedLength {
  readonly tokens: number
  /** The server was told to write exactly so many (`ignore_eos`, `min_tokens`), and takes that. */
  readonly forced: boolean
}

/** What a stated count is held against. */
export interface CountFacts {
  readonly totals: TokenTotals
  /** The stated total of prompt and answer. */
  readonly totalTokens: number | null
  /** 0 of a whole answer, which has none. */
  readonly tokenEvents: number
  /** The running count that each token event stated, NaN where it stated none; only the first `tokenEvents` are meant. */
  readonly countAt: Float64Array
  /** Of the whole text. */
  readonly characters: number
  /** Null where nobody knows. */
  readonly asked: AskedLength | null
}

/** The count of an answer's output tokens, as far as it can be believed. */
export interface BelievedCount {
  /** Null: none was stated, or none that can be true. */
  readonly outputTokens: number | null
  readonly tokenSource: TokenSource
  /** Whether the counts at token events say how many tokens had come by then. */
  readonly countsEvents: boolean
  readonly flaw: CountFlaw | null
  /** The count that cannot be true; null where there is no flaw. */
  readonly disbelieved: number | null
}

/** An event more than tokens may be the rest of a character, or a name; more of them are tokens that nobody counted. */
const SLACK_EVENTS = 1
const SLACK_SHARE = 0.02
/** Some count an end mark, or stop a little late. */
const LENGTH_SLACK = 1.05
/** A word in any language is written with fewer characters a token. */
export const LONGEST_TOKEN = 8
/** A sign is up to four bytes, and no token is less than a byte. */
const MOST_TOKENS_A_SIGN = 4
/** Of a running count the last one is near the total. */
const RUNNING_SHARE = 0.5

/**
 * Believes a stated count while it is possible. One that every token event repeats without growth, and that is too small to be the
 * total, is of each event alone, and they are summed. One that is impossible is worth nothing: the events are counted instead.
 */
export function believeCount(facts: CountFacts): BelievedCount {
  const { totals, tokenEvents } = facts
  const { outputTokens: stated, tokenSource } = totals
  if (stated === null)
    return { outputTokens: null, tokenSource: 'chunks', countsEvents: false, flaw: null, disbelieved: null }
  const course = followCount(facts)
  const isTooFew = (count: number) => count + Math.max(SLACK_EVENTS, SLACK_SHARE * tokenEvents) < tokenEvents
  const isOfEach = course.stands && course.last === stated && isTooFew(stated)
  const isSummed = course.sum === stated && course.last < stated
  const count = isOfEach ? course.sum : stated
  const flaw = isOfEach || isSummed ? findExcess(count, facts) : findFlaw(count, course, isTooFew(count), facts)
  if (flaw !== null) {
    return { outputTokens: null, tokenSource: 'chunks', countsEvents: false, flaw, disbelieved: count }
  }
  const countsEvents = !isOfEach && !isSummed && !course.stands && course.last >= RUNNING_SHARE * stated
  return { outputTokens: count, tokenSource, countsEvents, flaw: null, disbelieved: null }
}

/** How the counts at token events went. */
interface Course {
  /** Every event states one, and all are the same. */
  readonly stands: boolean
  readonly falls: boolean
  /** 0 where no event states one. */
  readonly last: number
  /** NaN where an event states none. */
  readonly sum: number
}

function followCount({ countAt, tokenEvents }: CountFacts): Course {
  let last = 0
  let sum = 0
  let falls = false
  let stands = tokenEvents > 1
  for (let i = 0; i < tokenEvents; i++) {
    const count = countAt[i]!
    sum += count
    if (count !== countAt[0]) stands = false
    if (count < last) falls = true
    if (count > 0) last = count
  }
  return { stands, falls, last, sum }
}

function findFlaw(count: number, { falls, last }: Course, isTooFew: boolean, facts: CountFacts): CountFlaw | null {
  if (falls || count < last) return 'falling'
  if (isTooFew && !isCutAnew(count, facts)) return 'below-events'
  if (facts.tokenEvents === 0 && facts.characters > LONGEST_TOKEN * count) return 'below-text'
  return findExcess(count, facts)
}

/** Who sends character by character has cut the text anew: then there are more events than tokens. */
function isCutAnew(count: number, { characters, tokenEvents }: CountFacts): boolean {
  return characters > 0 && characters <= 1.1 * tokenEvents && characters <= LONGEST_TOKEN * count
}

/** More than was asked for is impossible only where no more came: some servers take no notice of a length. */
function findExcess(count: number, facts: CountFacts): CountFlaw | null {
  const { totals, totalTokens, tokenEvents, characters, asked } = facts
  const { inputTokens, reasoningTokens } = totals
  const rest = count - (inputTokens ?? 0)
  const most = asked === null ? Infinity : LENGTH_SLACK * asked.tokens + SLACK_EVENTS
  const isLonger = count - (reasoningTokens ?? 0) > most && tokenEvents <= most
  if (inputTokens !== null && inputTokens > 0) {
    const slack = SLACK_EVENTS + SLACK_SHARE * tokenEvents
    // A whole answer has no events; its text tells whether so many tokens can be in it.
    const isEveryEvent = tokenEvents > 0 && Math.abs(rest - tokenEvents) <= slack
    const isTooLong = tokenEvents === 0 && characters < count
    // A server that guesses ahead has fewer events than tokens, and may overrun: then the rest is what was asked for only by chance.
    const isWhatWasAsked = asked !== null && Math.abs(rest - asked.tokens) <= slack
    if ((totalTokens === count && (isEveryEvent || isTooLong)) || (isLonger && (isEveryEvent || isWhatWasAsked)))
      return 'with-prompt'
  }
  // Where no length can be forced, so many tokens may have come; but not in fewer bytes, and none are hidden beyond what was asked for.
  const isBeyondText = characters > 0 && count - (reasoningTokens ?? 0) > MOST_TOKENS_A_SIGN * characters
  return isLonger && (asked?.forced === true || isBeyondText) ? 'above-asked' : null
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
 * each other; or fewer events, all within 2 ms, that hold at least 16 tokens between them, as where a gateway plays a stream of a
 * whole answer. `tokenAt` holds their times in order, in milliseconds; only the first `count` are meant.
 */
export function isBuffered(tokenAt: Float64Array, count: number, tokens = count): boolean {
  if (count < BUFFERED_EVENTS) {
    return count > 0 && tokens >= BUFFERED_EVENTS && tokenAt[count - 1]! - tokenAt[0]! <= BUFFERED_WITHIN_MS
  }
  const enough = Math.ceil(count * ONE_PIECE_SHARE)
  for (let last = enough - 1; last < count; last++) {
    if (tokenAt[last]! - tokenAt[last - enough + 1]! <= BUFFERED_WITHIN_MS) return true
  }
  return false
}
