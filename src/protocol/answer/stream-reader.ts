import type { Delta, Framing } from '../api.ts'
import { describeUnreadable, readErrorMessage } from '../refusal.ts'
import type { EventHandlers, EventReader, FramingRules } from '../framing/event-reader.ts'
import { EVENT_STREAM } from '../framing/event-stream.ts'
import { NDJSON } from '../framing/ndjson.ts'
import { SSE } from '../framing/sse.ts'
import {
  beginAnswer,
  failAnswer,
  findLastEventAt,
  noteEvent,
  noteKnownEvent,
  readingOf,
  removeReasoning,
} from './answer-so-far.ts'
import type { AnswerSoFar } from './answer-so-far.ts'
import { createShapeMemory, expectRare, keepShape } from './event-shape.ts'
import type { ShapeMemory } from './event-shape.ts'
import { countEvents } from './failure.ts'
import { createJsonReader } from './json-reader.ts'
import { canRecur, learnShape } from './learn-shape.ts'
import type { ReadEvent } from './learn-shape.ts'
import type { AnswerFacts, ReaderOptions, ResponseReader, Scratch } from './reader.ts'
import { TokenCounter } from './token-count.ts'

/** Creates a reader for one answer of the API, streamed or whole. */
export function createResponseReader(options: ReaderOptions): ResponseReader {
  const framing = options.api.framing(options.task)
  return options.stream === false || framing === 'json' ? createJsonReader(options) : new StreamReader(options, framing)
}

/** A framing of streamed answers. */
export type StreamFraming = Exclude<Framing, 'json'>

/** How each framing is recognised and read. */
export const FRAMINGS: Readonly<Record<StreamFraming, FramingRules>> = {
  sse: SSE,
  ndjson: NDJSON,
  'event-stream': EVENT_STREAM,
}

/**
 * How many tokens of one answer, and how many events of all answers, are tried before giving up on a server whose events do not repeat. The
 * events of all answers count only where they may come again and have no known shape, so that what a server begins to send in the middle of a
 * long run is still learnt.
 */
const MOST_LESSONS = 8
const MOST_LESSONS_OF_ALL = 256
/** Longer events that come once in an answer are parsed: they repeat all of it. */
const LONGEST_RARE = 4_096
const NO_BYTES = Buffer.alloc(0)

/** An event that is too long to be held is read on up to this size, to say how long it is. */
const MOST_MEASURED = 16 * 1024 * 1024

/**
 * Reads a streamed answer: when its tokens came, how many there were, and whether it ended well. A class that
 * receives the events itself, because every answer has one and methods of a class are created only once.
 */
class StreamReader implements ResponseReader, EventHandlers {
  readonly #answer: AnswerSoFar
  readonly #shapes: ShapeMemory
  readonly #scratch: Scratch
  readonly #keepsText: boolean
  /** Whether the next byte begins an event: not known to be so in what cannot be read on. */
  #isBetween = true
  readonly #options: ReaderOptions
  readonly #framing: StreamFraming
  readonly #rules: FramingRules
  readonly #counter = new TokenCounter()
  readonly #stream: EventReader
  #text = ''
  /** The bytes in which events are being read. */
  #unread: Buffer = NO_BYTES

  constructor(options: ReaderOptions, framing: StreamFraming) {
    this.#options = options
    this.#framing = framing
    this.#rules = FRAMINGS[framing]
    this.#shapes = options.shapes ?? createShapeMemory()
    this.#scratch = options.scratch
    this.#keepsText = options.keepsText ?? false
    this.#answer = beginAnswer(options.api, this.#rules.wanted)
    this.#stream = this.#rules.createReader(this)
  }

  push(bytes: Buffer, atMs: number, from = 0, to = bytes.length): boolean {
    const answer = this.#answer
    if (from === to) return answer.finished
    if (!answer.finished && atMs !== answer.lastPushAt) answer.reads++
    answer.lastPushAt = atMs
    const known = this.#pushKnown(bytes, from, to)
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
    const { asked = null } = this.#options
    const stated = { totals, totalTokens: this.#counter.totalTokens(), asked }
    const text = this.#keepsText ? removeReasoning(this.#text) : null
    return readingOf(answer, stated, this.#scratch, { comments: this.#stream.comments, text })
  }

  get tokenEvents(): number {
    return this.#answer.tokenEvents
  }

  get lastEventAt(): number {
    return findLastEventAt(this.#answer, this.#scratch)
  }

  onEvent(json: unknown, eventName: string, data: string): void {
    const { api, parsesAll = false } = this.#options
    const answer = this.#answer
    const delta = api.read(json, eventName)
    answer.server = delta.server ?? answer.server
    // After the end, only a token count, server times or an error still matter.
    const hasEnded = answer.finished
    this.#take(delta)
    if (!parsesAll && !hasEnded) this.#learn({ json, data, eventName, delta })
    if (delta.error !== null) failAnswer(answer, delta.error)
  }

  /** Takes what an event says into account. */
  #take(delta: Delta): void {
    const answer = this.#answer
    const count = delta.usage === null ? NaN : this.#counter.add(delta.usage)
    if (answer.finished) return
    if (this.#keepsText) this.#text += delta.content ?? ''
    noteEvent(answer, delta, count, this.#scratch)
  }

  onDone(): void {
    this.#answer.done = this.#answer.finished = true
  }

  onError(message: string | null): void {
    failAnswer(this.#answer, message)
  }

  onBroken(what: string): void {
    const answer = this.#answer
    answer.broken ??= what
    // A JSON answer over several lines begins like JSON lines; the rest shows which it is.
    answer.finished = countEvents(answer) > 0 || this.#framing !== 'ndjson'
  }

  onUnreadable(data: string, eventName: string): void {
    const answer = this.#answer
    if (eventName === 'error') return failAnswer(answer, readErrorMessage(data))
    if (answer.finished) return
    // The stream was cut inside its last event.
    if (answer.ending) answer.cut = true
    // Words like "ping" are harmless; broken JSON may have held tokens.
    else if (/^\s*[{[]/.test(data)) answer.unreadable ??= describeUnreadable(data, 'an event')
    else answer.unknownEvents++
  }

  /** Notes the first events of these bytes that have a known shape, without parsing them; returns where they end. */
  #pushKnown(bytes: Buffer, from: number, to: number): number {
    const answer = this.#answer
    const shapes = this.#shapes
    if (!this.#isBetween || answer.broken !== null) return from
    const keepsText = this.#keepsText
    let at = from
    while (at < to && !answer.finished) {
      const { shape } = shapes
      let end = shape === null ? -1 : shape.match(bytes, at, to, keepsText || answer.inTag)
      if (end < 0) end = this.#pushRare(bytes, at, to)
      else {
        if (keepsText) this.#text += shape!.delta.content ?? ''
        const { usage } = shape!.delta
        noteKnownEvent(answer, shape!, usage === null ? NaN : this.#counter.add(usage), this.#scratch)
      }
      if (end < 0) return at
      at = end
    }
    return at
  }

  /** The same for one event that comes once in an answer, or that others like it follow from here on; −1 where it is none that is known. */
  #pushRare(bytes: Buffer, at: number, to: number): number {
    const { rare } = this.#shapes
    for (let i = 0; i < rare.length; i++) {
      const shape = rare[i]!
      const end = shape.match(bytes, at, to, this.#keepsText || this.#answer.inTag)
      if (end < 0) continue
      this.#take(shape.delta)
      // What only the first token is like does not repeat.
      if (shape.repeats && this.#answer.tokenEvents > 1) expectRare(this.#shapes, i)
      return end
    }
    return -1
  }

  /** Learns the shape of later events from a parsed one. The first token often differs from all others. */
  #learn(event: ReadEvent): void {
    const answer = this.#answer
    if (!canRecur(event.delta)) return
    const isToken = !!event.delta.characters && answer.tokenEvents > 1
    // What comes once in an answer matters to the next one only.
    if (!isToken && (this.#options.shapes === undefined || event.data.length > LONGEST_RARE)) return
    if (answer.lessons === MOST_LESSONS || this.#shapes.lessons === MOST_LESSONS_OF_ALL) return
    const bytes = this.#unread
    const frame = this.#rules
      .framesOf(event.eventName, bytes, event.data)
      .find(({ before, after }) => bytes.includes(before + event.data + after))
    if (frame === undefined) return
    if (isToken) answer.lessons++
    const { shape: expected, rare } = this.#shapes
    const known = expected === null ? rare : [expected, ...rare]
    const from = bytes.indexOf(frame.before + event.data + frame.after) - (frame.seal?.before ?? 0)
    // Of a known shape, it was parsed because a read ended within the event before it.
    if (known.some((shape) => shape.match(bytes, from, bytes.length, false) >= 0)) return
    this.#shapes.lessons++
    const learnt = learnShape(answer.api, event, frame, known)
    if (learnt !== null) keepShape(this.#shapes, learnt, isToken)
  }

  #pushUnknown(bytes: Buffer): void {
    const answer = this.#answer
    const hasBegun = countEvents(answer) > 0
    answer.isStream ??= hasBegun || beginsStream(this.#rules, bytes)
    if (answer.isStream === false || answer.broken !== null) {
      this.#isBetween = false
      answer.finished = !answer.head.add(bytes)
      return
    }
    if (!hasBegun) answer.head.add(bytes)
    this.#unread = bytes
    this.#stream.push(bytes, hasBegun)
    // Nothing of a read outlives it.
    this.#unread = NO_BYTES
    this.#isBetween = countEvents(answer) > 0 && this.#stream.betweenEvents
    answer.tooLong = this.#stream.tooLong
    if (answer.tooLong !== null) answer.finished ||= answer.tooLong.whole || answer.tooLong.length > MOST_MEASURED
  }
}

/** Whether a body that begins with these bytes can be such a stream; null when they do not show it. */
function beginsStream({ isText, canBegin }: FramingRules, bytes: Uint8Array): boolean | null {
  const first = bytes.find((byte) => !isText || !isBlank(byte))
  return first === undefined ? null : canBegin(first)
}

/** White space and the bytes of a BOM. */
function isBlank(byte: number): boolean {
  return byte === 0x20 || (byte >= 0x09 && byte <= 0x0d) || byte === 0xef || byte === 0xbb || byte === 0xbf
}
