import type { TokenSource } from '../../vocabulary/request-facts.ts'
import type { TokenTotals } from './token-count.ts'

/**
 * Why a stated count cannot be true: fewer tokens than token events; more than could have been written; a running count that
 * fell; or the prompt counted in.
 */
export type CountDoubt = 'below-events' | 'above-asked' | 'falling' | 'with-prompt'

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
  readonly tokenEvents: number
  /** The running count that each token event stated, NaN where it stated none; only the first `tokenEvents` are meant. */
  readonly countAt: Float64Array
  /** Characters of all token events. */
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
  readonly doubt: CountDoubt | null
  /** The count that cannot be true; null where there is no doubt. */
  readonly doubted: number | null
}

/** An event more than tokens may be the rest of a character, or a name; more of them are tokens that nobody counted. */
const SLACK_EVENTS = 1
const SLACK_SHARE = 0.02
/** Some count an end mark, or stop a little late. */
const LENGTH_SLACK = 1.05
/** A word in any language is written with fewer characters a token. */
const LONGEST_TOKEN = 8
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
    return { outputTokens: null, tokenSource: 'chunks', countsEvents: false, doubt: null, doubted: null }
  const course = followCount(facts)
  const isTooFew = (count: number) => count + Math.max(SLACK_EVENTS, SLACK_SHARE * tokenEvents) < tokenEvents
  const isOfEach = course.stands && course.last === stated && isTooFew(stated)
  const isSummed = course.sum === stated && course.last < stated
  const count = isOfEach ? course.sum : stated
  const doubt = isOfEach || isSummed ? findExcess(count, facts) : findDoubt(count, course, isTooFew(count), facts)
  if (doubt !== null) {
    return { outputTokens: null, tokenSource: 'chunks', countsEvents: false, doubt, doubted: count }
  }
  const countsEvents = !isOfEach && !isSummed && !course.stands && course.last >= RUNNING_SHARE * stated
  return { outputTokens: count, tokenSource, countsEvents, doubt: null, doubted: null }
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

function findDoubt(count: number, { falls, last }: Course, isTooFew: boolean, facts: CountFacts): CountDoubt | null {
  if (falls || count < last) return 'falling'
  if (isTooFew && !isCutAnew(count, facts)) return 'below-events'
  return findExcess(count, facts)
}

/** Who sends character by character has cut the text anew: then there are more events than tokens. */
function isCutAnew(count: number, { characters, tokenEvents }: CountFacts): boolean {
  return characters > 0 && characters <= 1.1 * tokenEvents && characters <= LONGEST_TOKEN * count
}

/** More than was asked for is impossible only where no more came: some servers take no notice of a length. */
function findExcess(count: number, { totals, totalTokens, tokenEvents, asked }: CountFacts): CountDoubt | null {
  const { inputTokens, reasoningTokens } = totals
  const rest = count - (inputTokens ?? 0)
  const most = asked === null ? Infinity : LENGTH_SLACK * asked.tokens + SLACK_EVENTS
  const isLonger = count - (reasoningTokens ?? 0) > most && tokenEvents <= most
  if (inputTokens !== null && inputTokens > 0) {
    const slack = SLACK_EVENTS + SLACK_SHARE * tokenEvents
    const isEveryEvent = Math.abs(rest - tokenEvents) <= slack
    // A server that guesses ahead has fewer events than tokens, and may overrun: then the rest is what was asked for only by chance.
    const isWhatWasAsked = asked !== null && Math.abs(rest - asked.tokens) <= slack
    if ((totalTokens === count && isEveryEvent) || (isLonger && (isEveryEvent || isWhatWasAsked))) return 'with-prompt'
  }
  return isLonger && asked?.forced === true ? 'above-asked' : null
}
