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

/** What TPOT is computed from. Times are in milliseconds on one clock. */
interface TpotFacts {
  readonly firstTokenAt: number
  readonly lastTokenAt: number
  readonly tokenEvents: number
  /** All output tokens, including hidden ones. */
  readonly outputTokens: number
  /** Reasoning tokens that were counted but not streamed. */
  readonly hiddenTokens: number
  /** The cumulative count in the first token event, NaN when there was none. */
  readonly firstCount: number
}

/**
 * Milliseconds per token after the first event: (last − first) / (visible tokens − tokens of the first event). Null
 * when not known: fewer than 2 token events or tokens, or all at one instant.
 */
export function computeTpotMs(facts: TpotFacts): number | null {
  const { firstTokenAt, lastTokenAt, tokenEvents, outputTokens, hiddenTokens, firstCount } = facts
  const visible = outputTokens - hiddenTokens
  if (tokenEvents < 2 || visible < 2 || lastTokenAt <= firstTokenAt) return null
  const after = visible - countTokensOfFirstEvent()
  return after > 0 ? (lastTokenAt - firstTokenAt) / after : null

  function countTokensOfFirstEvent(): number {
    if (Number.isNaN(firstCount)) return visible / tokenEvents
    // A count above the hidden tokens includes them: they were generated before the first visible token.
    return firstCount > hiddenTokens ? firstCount - hiddenTokens : firstCount
  }
}

/** Fewer token events cannot show buffering, because they may share a read anyway. */
const BUFFERED_EVENTS = 16
const ONE_PIECE_SHARE = 0.9
const BUFFERED_WITHIN_MS = 2

/**
 * Whether the answer came (nearly) at once: at least 16 token events, 90 % of them in one read or within 2 ms of each
 * other; or fewer events, all within 2 ms, with at least 16 tokens, as when a gateway makes a stream from a whole
 * answer. `tokenAt` holds their times in order, in milliseconds; only the first `count` count.
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

/** Token events that memory is made for; it grows when needed. */
const USUAL_EVENTS = 128

/**
 * Arrival time of each event with tokens, and the cumulative count of output tokens that it stated (NaN when none).
 * Belongs to a worker, which reuses it for its next request.
 */
export class Scratch {
  /** First the times of `room` events, then their counts, from the place `from`; the rest may be of other workers. */
  memory: Float64Array
  from: number
  room: number

  constructor(room = USUAL_EVENTS, memory = new Float64Array(2 * room), from = 0) {
    this.memory = memory
    this.from = from
    this.room = room
  }

  /** The times of the first `events`. */
  listTimes(events: number): Float64Array {
    return this.memory.subarray(this.from, this.from + events)
  }

  /** The counts of the first `events`. */
  listCounts(events: number): Float64Array {
    return this.memory.subarray(this.from + this.room, this.from + this.room + events)
  }

  /** Makes room for twice as many events, in memory of its own. */
  grow(): void {
    const { room } = this
    const larger = new Scratch(Math.max(16, 2 * room))
    larger.memory.set(this.listTimes(room))
    larger.memory.set(this.listCounts(room), larger.room)
    Object.assign(this, larger)
  }
}

/** How many workers share one memory. */
const SHARING = 32

/**
 * Returns a function that creates the scratch memory of one worker after another, of whom there may be a thousand. Many of them share one array:
 * whenever a token is noted, an array of its own would have to be read, too.
 */
export function createScratchSource(): () => Scratch {
  const placesEach = 2 * USUAL_EVENTS
  let memory = new Float64Array(0)
  let taken = 0
  return () => {
    if (taken === memory.length) {
      memory = new Float64Array(SHARING * placesEach)
      taken = 0
    }
    const scratch = new Scratch(USUAL_EVENTS, memory, taken)
    taken += placesEach
    return scratch
  }
}
