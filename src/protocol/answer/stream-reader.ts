import { NO_SERVER_TIMINGS } from '../api.ts'
import type { Api, Framing, Delta } from '../api.ts'
import type { EventHandlers, EventReader, FramingRules, TooLong } from '../framing/event-reader.ts'
import { begins } from '../framing/event-reader.ts'
import { cutName } from '../../json.ts'
import { describeUnreadable, errorMessage } from '../refusals/refusal.ts'
import { learnShape } from './event-shape.ts'
import type { EventShape, ReadEvent } from './event-shape.ts'
import { findStreamFailure, NO_MESSAGE } from './failure.ts'
import { createByteStore, ReasoningTags, viewAsBuffer } from './reader.ts'
import type { AnswerFacts, ReaderOptions, ResponseReader, Scratch } from './reader.ts'
import { createTokenCounter, isBuffered, computeTpotMs, believeCount, LONGEST_TOKEN } from './token-count.ts'
import type { TokenTotals, CountFacts } from './token-count.ts'
import { EVENT_STREAM } from '../framing/event-stream.ts'
import { NDJSON } from '../framing/ndjson.ts'
import { SSE } from '../framing/sse.ts'
import { createJsonReader } from './json-reader.ts'

/** A reader for one answer of that API, that streams or comes in one piece. */
export function createResponseReader(options: ReaderOptions): ResponseReader {
  const framing = options.api.framing(options.task)
  return options.stream === false || framing === 'json' ? createJsonReader(options) : new StreamReader(options, framing)
}

/** A framing of answers that stream. */
export type StreamFraming = Exclude<Framing, 'json'>

/** How each framing is recognised and read. */
export const FRAMINGS: Readonly<Record<StreamFraming, FramingRules>> = {
  sse: SSE,
  ndjson: NDJSON,
  'event-stream': EVENT_STREAM,
}

/** As much of the body's beginning as is kept to say what came instead of a stream, in bytes. */
const KEPT_HEAD_BYTES = 65_536

/** An event that is too long to be held is read on to tell how long it is, and no further than this. */
const MOST_MEASURED = 16 * 1024 * 1024

/** An answer without end must not grow without end. */
const MOST_EVENTS = 1_000_000

/**
 * Reads a streamed answer: when its tokens came, how many there were, and whether it ended well. A class, which hears the events itself:
 * every answer has one, and members of a class are made once.
 */
class StreamReader implements ResponseReader, EventHandlers {
  readonly #options: ReaderOptions
  readonly #framing: StreamFraming
  readonly #rules: FramingRules
  readonly #answer: AnswerSoFar
  readonly #counter = createTokenCounter()
  readonly #stream: EventReader

  constructor(options: ReaderOptions, framing: StreamFraming) {
    this.#options = options
    this.#framing = framing
    this.#rules = FRAMINGS[framing]
    this.#answer = beginAnswer(options.api, this.#rules.wanted)
    this.#stream = this.#rules.createReader(this)
  }

  push(bytes: Uint8Array, atMs: number, from = 0, to = bytes.length): boolean {
    const answer = this.#answer
    if (from === to) return answer.finished
    if (!answer.finished && atMs !== answer.lastPushAt) answer.reads++
    answer.lastPushAt = atMs
    const known = this.#pushKnown(viewAsBuffer(bytes), from, to)
    if (known < to) this.#pushUnknown(bytes.subarray(known, to))
    return answer.finished
  }

  end(): AnswerFacts {
    const answer = this.#answer
    answer.ending = true
    if (answer.isStream === true) this.#stream.end()
    const totals = this.#counter.totals()
    answer.counted = totals.outputTokens !== null
    answer.tooLong ??= this.#stream.tooLong
    const { scratch, asked = null } = this.#options
    const stated = { totals, totalTokens: this.#counter.totalTokens(), asked }
    return readingOf(answer, stated, scratch, this.#stream.comments)
  }

  get tokenEvents(): number {
    return this.#answer.tokenEvents
  }

  get lastEventAt(): number {
    return this.#answer.lastEventAt
  }

  onEvent(json: unknown, eventName: string, data: string): void {
    const { api, scratch, parsesAll = false } = this.#options
    const answer = this.#answer
    const delta = api.read(json, eventName)
    const count = delta.usage === null ? NaN : this.#counter.add(delta.usage)
    answer.server = delta.server ?? answer.server
    // After the end, only a token count, times of the server or an error still change anything.
    if (!answer.finished) noteEvent(answer, delta, count, scratch)
    if (!parsesAll) learn(answer, this.#rules, { json, data, eventName, delta })
    if (delta.error !== null) fail(answer, delta.error)
  }

  onDone(): void {
    this.#answer.done = this.#answer.finished = true
  }

  onError(message: string | null): void {
    fail(this.#answer, message)
  }

  onBroken(what: string): void {
    this.#answer.broken ??= what
    // A JSON answer over several lines begins as JSON lines do: its rest tells.
    this.#answer.finished = this.#answer.events > 0 || this.#framing !== 'ndjson'
  }

  onUnreadable(data: string, eventName: string): void {
    const answer = this.#answer
    if (eventName === 'error') return fail(answer, errorMessage(data))
    if (answer.finished) return
    // The end of a stream that was cut inside its last event.
    if (answer.ending) answer.cut = true
    // Words like "ping" do no harm; broken JSON may have held tokens.
    else if (/^\s*[{[]/.test(data)) answer.unreadable ??= describeUnreadable(data, 'an event')
    else answer.unknownEvents++
  }

  /** Notes the events at the beginning of these bytes that have the known shape, without parsing them; returns where they end. */
  #pushKnown(bytes: Buffer, from: number, to: number): number {
    const answer = this.#answer
    const { shape } = answer
    if (shape === null || answer.broken !== null || !this.#stream.betweenEvents) return from
    let at = from
    for (;;) {
      const end = answer.finished ? -1 : shape.match(bytes, at, to, answer.tags.hasBegun)
      if (end < 0) return at
      noteKnown(answer, shape, this.#options.scratch)
      at = end
    }
  }

  #pushUnknown(bytes: Uint8Array): void {
    const answer = this.#answer
    answer.isStream ??= begins(this.#rules, bytes)
    if (answer.isStream === false || answer.broken !== null) {
      answer.finished = !answer.head.add(bytes)
      return
    }
    if (answer.events === 0) answer.head.add(bytes)
    this.#stream.push(bytes)
    answer.tooLong = this.#stream.tooLong
    if (answer.tooLong !== null) answer.finished ||= answer.tooLong.whole || answer.tooLong.length > MOST_MEASURED
  }
}

/** What is known of an answer so far. */
type AnswerSoFar = ReturnType<typeof beginAnswer>

function beginAnswer(api: Api, wanted: string) {
  return {
    api,
    wanted,
    // Its bytes.
    isStream: null as boolean | null,
    head: createByteStore(KEPT_HEAD_BYTES),
    lastPushAt: NaN,
    reads: 0,
    // Its events.
    events: 0,
    firstEventAt: null as number | null,
    lastEventAt: NaN,
    unknownEvents: 0,
    known: false,
    unterminated: false,
    /** What its token events have in common, once one has shown it. */
    shape: null as EventShape | null,
    lessons: 0,
    // What they say.
    tokenEvents: 0,
    firstTextAt: null as number | null,
    tags: new ReasoningTags(),
    characters: 0,
    unreadEvents: 0,
    unreadMember: null as string | null,
    reasoned: false,
    concealed: false,
    finishReason: null as string | null,
    servedModel: null as string | null,
    server: NO_SERVER_TIMINGS,
    // How it ends: nothing more of it counts once it has `finished`, and no more bytes come while it is `ending`.
    finished: false,
    ending: false,
    done: false,
    terminal: false,
    endsAtDone: false,
    cut: false,
    error: null as string | null,
    unreadable: null as string | null,
    broken: null as string | null,
    tooLong: null as TooLong | null,
    counted: false,
  }
}

/** A server whose events never repeat is not studied for ever. */
const MOST_LESSONS = 8

/** Learns from an event that had to be parsed what the next ones may look like. The first token is often unlike all others. */
function learn(answer: AnswerSoFar, rules: FramingRules, event: ReadEvent): void {
  if (answer.tokenEvents < 2 || answer.lessons === MOST_LESSONS || answer.finished) return
  const frame = rules.frameOf(event.eventName)
  if (frame === null) return
  answer.lessons++
  answer.shape = learnShape(answer.api, event, frame) ?? answer.shape
}

/** What `noteEvent` comes to for an event that carries text alone. */
function noteKnown(answer: AnswerSoFar, { delta, servedModel }: EventShape, scratch: Scratch): void {
  answer.events++
  answer.lastEventAt = answer.lastPushAt
  noteToken(answer, delta, NaN, scratch)
  if (servedModel !== null) answer.servedModel = servedModel
}

function noteEvent(answer: AnswerSoFar, delta: Delta, count: number, scratch: Scratch): void {
  answer.events++
  answer.firstEventAt ??= answer.lastPushAt
  answer.lastEventAt = answer.lastPushAt
  answer.unterminated ||= answer.ending
  if (delta.unknown) answer.unknownEvents++
  else answer.known = true
  if (delta.text || delta.reasoning || delta.tool) noteToken(answer, delta, count, scratch)
  else if (delta.unread) noteUnread(answer, delta.unread)
  answer.concealed ||= delta.concealed === true
  if (delta.finishReason !== null) answer.finishReason = cutName(delta.finishReason)
  if (delta.servedModel !== null) answer.servedModel = cutName(delta.servedModel)
  if (delta.terminal) answer.terminal = answer.finished = true
  answer.endsAtDone ||= delta.endsAtDone === true
}

function noteUnread(answer: AnswerSoFar, member: string): void {
  answer.unknownEvents++
  answer.unreadEvents++
  answer.unreadMember ??= cutName(member)
}

function noteToken(answer: AnswerSoFar, delta: Delta, count: number, scratch: Scratch): void {
  if (delta.text) answer.firstTextAt ??= answer.lastPushAt
  answer.reasoned ||= delta.reasoning
  answer.characters += delta.characters ?? 0
  if (delta.content) answer.tags.note(delta.content)
  if (answer.tokenEvents === MOST_EVENTS) return fail(answer, `more than ${MOST_EVENTS} events in one answer`)
  if (answer.tokenEvents === scratch.tokenAt.length) grow(scratch)
  scratch.tokenAt[answer.tokenEvents] = answer.lastPushAt
  scratch.tokenCountAt[answer.tokenEvents] = count
  answer.tokenEvents++
}

function fail(answer: AnswerSoFar, message: string | null): void {
  answer.error ??= message ?? NO_MESSAGE
  answer.finished = true
}

function grow(scratch: Scratch): void {
  scratch.tokenAt = doubleLength(scratch.tokenAt)
  scratch.tokenCountAt = doubleLength(scratch.tokenCountAt)
}

function doubleLength(array: Float64Array): Float64Array {
  const larger = new Float64Array(Math.max(16, 2 * array.length))
  larger.set(array)
  return larger
}

/** What an answer that has ended comes to. */
function readingOf(
  answer: AnswerSoFar,
  { totals: stated, totalTokens, asked }: Pick<CountFacts, 'totals' | 'totalTokens' | 'asked'>,
  { tokenAt, tokenCountAt }: Scratch,
  comments: number,
): AnswerFacts {
  const { tokenEvents, server, finishReason, servedModel, reads } = answer
  const { unknownEvents, unreadEvents, unreadMember, unterminated } = answer
  const { characters } = answer
  const believed = believeCount({ totals: stated, totalTokens, asked, tokenEvents, countAt: tokenCountAt, characters })
  const { countsEvents, flaw, disbelieved } = believed
  if (!countsEvents) tokenCountAt.fill(NaN, 0, tokenEvents)
  const totals: TokenTotals = { ...stated, outputTokens: believed.outputTokens, tokenSource: believed.tokenSource }
  const outputTokens = totals.outputTokens ?? tokenEvents
  const failure = findStreamFailure(answer)
  const tagged = answer.tags.seen
  const unseen = countUnseenTokens(answer, tagged, totals)
  const shown = believed.outputTokens === null ? NaN : believed.outputTokens - unseen
  const buffered = isBuffered(tokenAt, tokenEvents, Number.isNaN(shown) ? characters / LONGEST_TOKEN : shown)
  const firstTokenAt = tokenEvents === 0 ? null : tokenAt[0]!
  const lastTokenAt = tokenEvents === 0 ? null : tokenAt[tokenEvents - 1]!
  const countable = !buffered && !Number.isNaN(unseen)
  const measurable = failure === null && countable && firstTokenAt !== null && lastTokenAt !== null
  return {
    ...totals,
    ...server,
    firstEventAt: answer.firstEventAt,
    firstTokenAt,
    // Between tags nobody can say when the answer itself begins.
    firstTextAt: tagged ? null : answer.firstTextAt,
    lastTokenAt,
    tpotMs: measurable
      ? computeTpotMs({
          firstTokenAt,
          lastTokenAt,
          tokenEvents,
          outputTokens,
          hiddenTokens: unseen,
          firstCount: tokenCountAt[0]!,
        })
      : null,
    outputTokens,
    tokenEvents,
    reads,
    buffered,
    finishReason,
    servedModel,
    failure: failure?.failure ?? null,
    failureMessage: failure?.failureMessage ?? null,
    hiddenReasoning: unseen !== 0,
    comments,
    unknownEvents,
    characters,
    statedTokens: disbelieved,
    countDoubt: flaw,
    unreadEvents,
    unreadMember,
    tagsReasoning: tagged,
    unterminated,
  }
}

/** Tokens of reasoning that were counted and not streamed. NaN where they stand in the count and nobody says how many they are. */
function countUnseenTokens(
  { reasoned, concealed }: AnswerSoFar,
  tagged: boolean,
  { outputTokens, reasoningTokens }: TokenTotals,
): number {
  if (reasoned || outputTokens === null || tagged) return 0
  return reasoningTokens ?? (concealed ? NaN : 0)
}
