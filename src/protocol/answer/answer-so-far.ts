import { cutName, parseJson } from '../../json.ts'
import { NO_SERVER_TIMINGS } from '../api.ts'
import type { Api, Delta } from '../api.ts'
import { MAX_EVENT_LENGTH } from '../framing/event-reader.ts'
import type { TooLong } from '../framing/event-reader.ts'
import { NO_MESSAGE, readRefusal } from '../refusal.ts'
import type { EventShape, ShapeMemory } from './event-shape.ts'
import { beginsLikeStream, describeForeignAnswer, explainUnread, toParseFailure } from './foreign-answer.ts'
import type { Failure } from './foreign-answer.ts'
import type { AnswerFacts } from './reader.ts'
import { believeCount, LONGEST_TOKEN } from './token-count.ts'
import type { TokenTotals, CountFacts } from './token-count.ts'
import { isBuffered, computeTpotMs } from './token-times.ts'
import type { Scratch } from './token-times.ts'

/** Bytes of the body's beginning that are kept, to say what came instead of a stream. */
const KEPT_HEAD_BYTES = 65_536

/** Limits an endless answer. */
const MOST_EVENTS = 1_000_000

/** What is known about an answer so far. A class, because its reader is one: what they are together lies side by side in memory. */
export class AnswerSoFar {
  // First what every read needs, side by side: what lies elsewhere in memory costs a token more than what is done with it.
  /** How it ends: nothing more of it counts once it has finished, and no more bytes come while it is `ending`. */
  finished = false
  /** Whether the next byte begins an event: not known to be so in what cannot be read on. */
  isBetween = true
  readonly keepsText: boolean
  /** What earlier answers have taught. */
  readonly shapes: ShapeMemory
  /** What is wrong with the framing. */
  broken: string | null = null
  reads = 0
  /** Of the last read: its microsecond, of which a whole number is kept, because a number with a fraction would lie elsewhere. */
  readMark = 0
  tokenEvents = 0
  /** How many of the token events have their count in the scratch memory; the others state none. */
  countedEvents = 0
  characters = 0
  /** The shape of the events since the last one that was parsed. */
  shape: EventShape | null = null
  /** Whether a tag may have begun. */
  inTag = false
  /** Where the times of its tokens are kept: as in `scratch`. */
  memory: Float64Array
  memoryFrom: number
  room: number
  readonly scratch: Scratch
  // Its bytes.
  readonly api: Api
  /** What is expected: "a stream", "JSON lines". */
  readonly wanted: string
  /** Whether the first bytes are of such a stream; null when they do not tell. */
  isStream: boolean | null = null
  /** The beginning of the body. */
  head = new ByteStore(KEPT_HEAD_BYTES)
  // Its events.
  /** Those without tokens. */
  otherEvents = 0
  firstEventAt: number | null = null
  /** The last one that was not like the one before it; the last with a token stands in the scratch memory. */
  lastNotedAt = NaN
  unknownEvents = 0
  /** Whether at least one was of the API. */
  known = false
  unterminated = false
  /** How many events a shape was looked for in. */
  lessons = 0
  // What they say.
  firstTextAt: number | null = null
  tags = new ReasoningTags()
  unreadEvents = 0
  /** The member with a text that Plateau does not read; null without such events. */
  unreadMember: string | null = null
  reasoned = false
  concealed = false
  finishReason: string | null = null
  servedModel: string | null = null
  server = NO_SERVER_TIMINGS
  // How it ends.
  ending = false
  /** Whether `[DONE]` came. */
  done = false
  /** Whether a typed last event came. */
  terminal = false
  /** Whether only `[DONE]` ends this answer. */
  endsAtDone = false
  /** Whether the bytes ended inside an event. */
  cut = false
  /** The server's own error. */
  error: string | null = null
  /** What is wrong with an event that is broken JSON. */
  unreadable: string | null = null
  tooLong: TooLong | null = null
  /** Whether the server counted the output tokens. */
  counted = false

  /** Nothing of it has come yet. The times of its tokens are kept in `scratch`. */
  constructor(api: Api, wanted: string, scratch: Scratch, shapes: ShapeMemory, keepsText: boolean) {
    this.api = api
    this.wanted = wanted
    this.scratch = scratch
    this.memory = scratch.memory
    this.memoryFrom = scratch.from
    this.room = scratch.room
    this.shapes = shapes
    this.keepsText = keepsText
  }
}

/** How many events have come. */
export function countEvents({ tokenEvents, otherEvents }: AnswerSoFar): number {
  return tokenEvents + otherEvents
}

/** When the last event came; NaN before the first. */
export function findLastEventAt({ tokenEvents, lastNotedAt, memory, memoryFrom }: AnswerSoFar): number {
  return tokenEvents === 0 ? lastNotedAt : Math.max(lastNotedAt, memory[memoryFrom + tokenEvents - 1]!)
}

/** Does the same as `noteEvent` for a token event of a known shape. */
export function noteKnownEvent(answer: AnswerSoFar, shape: EventShape, count: number, at: number): void {
  // All events of a shape say the same but for their text and their counts.
  if (answer.shape !== shape) noteShape(answer, shape, at)
  noteToken(answer, shape.delta, count, at)
}

function noteShape(answer: AnswerSoFar, shape: EventShape, at: number): void {
  const { delta, servedModel } = shape
  answer.firstEventAt ??= at
  answer.lastNotedAt = at
  answer.shape = shape
  answer.known = true
  noteKind(answer, delta, at)
  if (servedModel !== null) answer.servedModel = servedModel
}

/** Takes an event that came at `at` into account. */
export function noteEvent(answer: AnswerSoFar, delta: Delta, count: number, at: number): void {
  answer.firstEventAt ??= at
  answer.lastNotedAt = at
  answer.shape = null
  answer.unterminated ||= answer.ending
  if (delta.unknown) answer.unknownEvents++
  else answer.known = true
  if (delta.text || delta.reasoning || delta.tool) {
    noteKind(answer, delta, at)
    noteToken(answer, delta, count, at)
  } else {
    answer.otherEvents++
    if (delta.unread) noteUnread(answer, delta.unread)
  }
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

/** Notes what tokens they are; again does no harm. */
function noteKind(answer: AnswerSoFar, delta: Delta, at: number): void {
  if (delta.text) answer.firstTextAt ??= at
  answer.reasoned ||= delta.reasoning
}

function noteToken(answer: AnswerSoFar, delta: Delta, count: number, at: number): void {
  answer.characters += delta.characters ?? 0
  if (delta.content) {
    answer.tags.note(delta.content)
    answer.inTag = answer.tags.hasBegun
  }
  const nth = answer.tokenEvents
  if (nth === MOST_EVENTS) return failAnswer(answer, `more than ${MOST_EVENTS} events in one answer`)
  if (nth === answer.room) growRoom(answer)
  answer.memory[answer.memoryFrom + nth] = at
  answer.tokenEvents = nth + 1
  if (!Number.isNaN(count)) noteCount(answer, count)
}

/** Notes the count that the last token event stated. */
function noteCount(answer: AnswerSoFar, count: number): void {
  const nth = answer.tokenEvents - 1
  fillCounts(answer, nth)
  answer.memory[answer.memoryFrom + answer.room + nth] = count
  answer.countedEvents = answer.tokenEvents
}

/** Most events of most servers state no count: those up to `to` are only now told so. */
function fillCounts(answer: AnswerSoFar, to: number): void {
  if (answer.countedEvents < to) answer.scratch.listCounts(to).fill(NaN, answer.countedEvents)
  answer.countedEvents = to
}

/** Marks the answer as failed; `message` says why, if known. */
export function failAnswer(answer: AnswerSoFar, message: string | null): void {
  answer.error ??= message ?? NO_MESSAGE
  answer.finished = true
}

function growRoom(answer: AnswerSoFar): void {
  answer.scratch.grow()
  const { memory, from, room } = answer.scratch
  Object.assign(answer, { memory, memoryFrom: from, room })
}

/**
 * Keeps copies of bytes up to a limit, because the memory of a socket read is reused. One character per byte: every answer keeps its
 * beginning, and a text costs far less than separate memory.
 */
export class ByteStore {
  readonly #limit: number
  #kept = ''
  #isWhole = true

  constructor(limit: number) {
    this.#limit = limit
  }

  /** Keeps as much of `bytes` as fits. Returns false once something is left out. */
  add(bytes: Buffer): boolean {
    const fits = Math.min(bytes.length, this.#limit - this.#kept.length)
    this.#kept += bytes.toString('latin1', 0, fits)
    this.#isWhole &&= fits === bytes.length
    return this.#isWhole
  }

  bytes(): Uint8Array {
    return Buffer.from(this.#kept, 'latin1')
  }
}

/** The facts of an answer that has ended. */
export function gatherFacts(
  answer: AnswerSoFar,
  { totals: stated, totalTokens, asked }: Pick<CountFacts, 'totals' | 'totalTokens' | 'asked'>,
  { comments, text }: Pick<AnswerFacts, 'comments' | 'text'>,
): AnswerFacts {
  fillCounts(answer, answer.tokenEvents)
  const tokenAt = answer.scratch.listTimes(answer.tokenEvents)
  const tokenCountAt = answer.scratch.listCounts(answer.tokenEvents)
  const { tokenEvents, server, finishReason, servedModel, reads } = answer
  const { unknownEvents, unreadEvents, unreadMember, unterminated } = answer
  const { characters } = answer
  const believed = believeCount({ totals: stated, totalTokens, asked, tokenEvents, countAt: tokenCountAt, characters })
  const { countsEvents, flaw, disbelieved } = believed
  if (!countsEvents) tokenCountAt.fill(NaN)
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
  // Each by its name: an object that begins with the members of another grows by each of the rest.
  return {
    inputTokens: totals.inputTokens,
    cachedTokens: totals.cachedTokens,
    reasoningTokens: totals.reasoningTokens,
    tokenSource: totals.tokenSource,
    serverTtftMs: server.serverTtftMs,
    serverTpotMs: server.serverTpotMs,
    serverLoadMs: server.serverLoadMs,
    firstEventAt: answer.firstEventAt,
    firstTokenAt,
    // With tags it is not known when the answer itself begins.
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
    text,
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

/** Reasoning tokens that were counted but not streamed. NaN when the count includes them but their number is not known. */
function countUnseenTokens(
  { reasoned, concealed }: AnswerSoFar,
  tagged: boolean,
  { outputTokens, reasoningTokens }: TokenTotals,
): number {
  if (reasoned || outputTokens === null || tagged) return 0
  return reasoningTokens ?? (concealed ? NaN : 0)
}

/**
 * Why a streamed answer failed, or null. By priority: the server's own error, then what could not be read, then how
 * it ended, then that it was empty.
 */
function findStreamFailure(answer: AnswerSoFar): Failure | null {
  const { api, wanted, isStream, head, error, done, cut, finishReason } = answer
  const events = countEvents(answer)
  if (error !== null) return { failure: 'error_event', failureMessage: error }
  if (isStream === false) return describeForeignAnswer(head.bytes(), wanted)
  if (answer.tooLong !== null) return toParseFailure(describeTooLong(answer.tooLong))
  if (answer.broken !== null)
    return isWholeJson(answer) ? describeForeignAnswer(head.bytes(), wanted) : toParseFailure(answer.broken)
  if (answer.unreadable !== null) return toParseFailure(answer.unreadable)
  if (events === 0 && isStream === true && !done && !cut) return failWithoutEvents(answer)
  if (events > 0 && !answer.known) return toParseFailure(`no event is in the format of ${api.name}`)
  const closed = !cut && events > 0 && api.endsByClose === true
  const ended =
    answer.terminal ||
    closed ||
    (finishReason !== null && (done || !cut)) ||
    (done && (answer.counted || answer.endsAtDone))
  if (!ended) return { failure: 'incomplete', failureMessage: describeIncomplete(answer) }
  if (answer.tokenEvents > 0) return null
  return {
    failure: 'empty',
    failureMessage: `a complete answer without a token (finish_reason ${finishReason ?? 'not given'})${explainUnread(answer.unreadMember)}`,
  }
}

function describeTooLong({ length, whole }: TooLong): string {
  // Rounded up, so that it never looks as if it were within the limit.
  const size = (whole ? Math.ceil : Math.floor)((length / 2 ** 20) * 10) / 10
  return `an event of ${whole ? '' : 'more than '}${size} MiB; at most ${MAX_EVENT_LENGTH >> 20} MiB is read`
}

function failWithoutEvents({ head, wanted, unknownEvents }: AnswerSoFar): Failure {
  const text = new TextDecoder().decode(head.bytes()).trimStart()
  if (unknownEvents > 0) return toParseFailure(`no event is JSON: ${readRefusal(text)}`)
  if (!beginsLikeStream(text)) return describeForeignAnswer(head.bytes(), wanted)
  return { failure: 'incomplete', failureMessage: 'the stream ended before its first event' }
}

/** A JSON answer over several lines begins like JSON lines. */
function isWholeJson(answer: AnswerSoFar): boolean {
  return countEvents(answer) === 0 && parseJson(new TextDecoder().decode(answer.head.bytes())) !== undefined
}

function describeIncomplete(answer: AnswerSoFar): string {
  const { cut, done } = answer
  if (cut) return 'the stream was cut inside an event'
  if (done) return '[DONE] without a finish_reason or a token count'
  return countEvents(answer) === 0 ? 'an empty body' : 'the stream ended without a finish_reason'
}

/** The tags around a model's reasoning; a chat template may open one that the model only closes. */
const THINK_TAG =
  /<\/?(think|thinking|thoughts?|reasoning|seed:think)>|\[\/?THINK\]|◁\/?think▷|<\|(START|END)_THINKING\|>|<\|channel\|>analysis/i

/** The first character of every tag, which occurs nowhere else in it. */
const TAG_START = /[<[◁]/
/** Longer than any tag. */
const LONGEST_TAG = 24

/** Looks for reasoning tags in a text that comes in parts, and keeps an end that may become one. */
export class ReasoningTags {
  #begun = ''
  #seen = false

  get seen(): boolean {
    return this.#seen
  }

  /** Whether a tag may have begun, so that the next part is needed in any case. */
  get hasBegun(): boolean {
    return this.#begun !== ''
  }

  /** Takes the next part of the text. A part without the beginning of a tag may be left out unless one has begun. */
  note(part: string): void {
    if (this.#seen || (this.#begun === '' && !TAG_START.test(part))) return
    const text = this.#begun + part
    this.#seen = tagsReasoning(text)
    const from = Math.max(text.lastIndexOf('<'), text.lastIndexOf('['), text.lastIndexOf('◁'))
    this.#begun = this.#seen || text.length - from >= LONGEST_TAG ? '' : text.slice(from)
  }
}

/** Whether the text of an answer includes its reasoning, as servers without a reasoning parser send it. */
export function tagsReasoning(content: string): boolean {
  return THINK_TAG.test(content)
}

/** The ends of tagged reasoning; the last one opens the answer of models that name channels. */
const END_TAG =
  /<\/(?:think|thinking|thoughts?|reasoning|seed:think)>|\[\/THINK\]|◁\/think▷|<\|END_THINKING\|>|<\|channel\|>final<\|message\|>/gi

/** The text of an answer without the reasoning between tags in it; nothing where that never ended. */
export function removeReasoning(text: string): string {
  if (!tagsReasoning(text)) return text
  const last = [...text.matchAll(END_TAG)].at(-1)
  return last === undefined ? '' : text.slice(last.index + last[0].length)
}
