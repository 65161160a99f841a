import type { RequestRecord, TokenSource } from '../../vocabulary/request-facts.ts'
import type { Usage } from '../api.ts'

/** The usage of a whole answer. */
export interface TokenTotals extends Pick<
  RequestRecord,
  'inputTokens' | 'cachedTokens' | 'reasoningTokens' | 'tokenSource'
> {
  /** Null when no event stated a count; then the number of events with tokens is the estimate. */
  readonly outputTokens: number | null
}

/**
 * Collects the counts that the events of one answer state. Repeated counts are cumulative, so the last one wins, in any event; only counts
 * that are marked as belonging to a single event are summed. A count of null or 0 is a placeholder without meaning.
 */
export class TokenCounter {
  #inputTokens: number | null = null
  #outputTokens: number | null = null
  #cachedTokens: number | null = null
  #reasoningTokens: number | null = null
  #totalTokens: number | null = null
  #tokenSource: TokenSource = 'chunks'

  /** Takes the usage of one event and returns its cumulative count of output tokens, NaN when it states none. */
  add(usage: Usage): number {
    this.#inputTokens = usage.inputTokens || this.#inputTokens
    this.#cachedTokens = usage.cachedTokens ?? this.#cachedTokens
    this.#reasoningTokens = usage.reasoningTokens ?? this.#reasoningTokens
    this.#totalTokens = usage.totalTokens || this.#totalTokens
    if (!usage.outputTokens) return NaN
    const leftOut = countReasoningLeftOut(usage)
    this.#tokenSource = leftOut > 0 ? 'usage+reasoning' : (usage.source ?? 'usage')
    const before = usage.perEvent === true ? (this.#outputTokens ?? 0) : leftOut
    this.#outputTokens = usage.outputTokens + before
    return this.#outputTokens
  }

  totals(): TokenTotals {
    return {
      inputTokens: this.#inputTokens,
      outputTokens: this.#outputTokens,
      cachedTokens: this.#cachedTokens,
      reasoningTokens: this.#reasoningTokens,
      tokenSource: this.#tokenSource,
    }
  }

  /** The last stated total of prompt and answer; null for none. */
  totalTokens(): number | null {
    return this.#totalTokens
  }
}

/**
 * Reasoning tokens that the completion count leaves out (as with xAI), which the total reveals, or that they exceed
 * the count.
 */
function countReasoningLeftOut({ inputTokens, outputTokens, reasoningTokens, totalTokens }: Usage): number {
  if (outputTokens === null || !reasoningTokens) return 0
  const isInTotal = inputTokens !== null && totalTokens === inputTokens + outputTokens + reasoningTokens
  return isInTotal || reasoningTokens > outputTokens ? reasoningTokens : 0
}

/**
 * Why a stated count cannot be true: fewer tokens than token events, or than a whole answer's text can be written with; more than could
 * have been written; a running count that fell; or the prompt counted in.
 */
type CountFlaw = 'below-events' | 'below-text' | 'above-asked' | 'falling' | 'with-prompt'

/** What a request asked for. */
export interface AskedLength {
  readonly tokens: number
  /** The server was told to write exactly this many, by fields that it accepts (`ignore_eos`, `min_tokens`). */
  readonly forced: boolean
}

/** What a stated count is held against. */
export interface CountFacts {
  readonly totals: TokenTotals
  /** The stated total of prompt and answer. */
  readonly totalTokens: number | null
  /** 0 for a whole answer, which has none. */
  readonly tokenEvents: number
  /** The running count that each token event stated, NaN where it stated none; only the first `tokenEvents` count. */
  readonly countAt: Float64Array
  /** Length of the whole text. */
  readonly characters: number
  /** Null when not known. */
  readonly asked: AskedLength | null
}

/** The count of an answer's output tokens, if it is plausible. */
interface BelievedCount {
  /** Null when none was stated or it is impossible. */
  readonly outputTokens: number | null
  readonly tokenSource: TokenSource
  /** Whether the counts in token events say how many tokens had come by then. */
  readonly countsEvents: boolean
  readonly flaw: CountFlaw | null
  /** The impossible count; null when there is no flaw. */
  readonly disbelieved: number | null
}

/** One more event than tokens may be the rest of a character, or a name; more must be uncounted tokens. */
const SLACK_EVENTS = 1
const SLACK_SHARE = 0.02
/** Some servers count an end token, or stop a little late. */
const LENGTH_SLACK = 1.05
/** Words in any language have fewer characters per token. */
export const LONGEST_TOKEN = 8
/** A character has up to four bytes, and a token has at least one. */
const MOST_TOKENS_A_SIGN = 4
/** How near the last running count must be to the total. */
const RUNNING_SHARE = 0.5

/**
 * Accepts a stated count if it is possible. A count that all token events repeat without growth, and that is too
 * small to be the total, belongs to each event, so these are summed. An impossible count is ignored, and the events
 * are counted instead.
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

/** How the counts in token events developed. */
interface Course {
  /** Whether every event states one and all are the same. */
  readonly stands: boolean
  readonly falls: boolean
  /** 0 when no event states one. */
  readonly last: number
  /** NaN when an event states none. */
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

/** A server that splits the text into characters sends more events than tokens. */
function isCutAnew(count: number, { characters, tokenEvents }: CountFacts): boolean {
  return characters > 0 && characters <= 1.1 * tokenEvents && characters <= LONGEST_TOKEN * count
}

/** A count above the requested length is impossible only if no more came: some servers ignore the length. */
function findExcess(count: number, facts: CountFacts): CountFlaw | null {
  const { totals, totalTokens, tokenEvents, characters, asked } = facts
  const { inputTokens, reasoningTokens } = totals
  const rest = count - (inputTokens ?? 0)
  const most = asked === null ? Infinity : LENGTH_SLACK * asked.tokens + SLACK_EVENTS
  const isLonger = count - (reasoningTokens ?? 0) > most && tokenEvents <= most
  if (inputTokens !== null && inputTokens > 0) {
    const slack = SLACK_EVENTS + SLACK_SHARE * tokenEvents
    // A whole answer has no events; its text shows whether it can have this many tokens.
    const isEveryEvent = tokenEvents > 0 && Math.abs(rest - tokenEvents) <= slack
    const isTooLong = tokenEvents === 0 && characters < count
    // With speculative decoding there are fewer events than tokens, and the server may overrun; then the count
    // matches the requested length only by chance.
    const isWhatWasAsked = asked !== null && Math.abs(rest - asked.tokens) <= slack
    if ((totalTokens === count && (isEveryEvent || isTooLong)) || (isLonger && (isEveryEvent || isWhatWasAsked)))
      return 'with-prompt'
  }
  // If no length can be forced, this many tokens may have come, but not in fewer bytes, nor hidden beyond the
  // requested length.
  const isBeyondText = characters > 0 && count - (reasoningTokens ?? 0) > MOST_TOKENS_A_SIGN * characters
  return isLonger && (asked?.forced === true || isBeyondText) ? 'above-asked' : null
}
