import type { Delta, Framing } from '../api.ts'
import { describeUnreadable, readErrorMessage } from '../refusal.ts'
import type { EventHandlers, EventReader, FramingRules } from '../framing/event-reader.ts'
import { EVENT_STREAM } from '../framing/event-stream.ts'
import { NDJSON } from '../framing/ndjson.ts'
import { SSE } from '../framing/sse.ts'
import {
  AnswerSoFar,
  countEvents,
  failAnswer,
  findLastEventAt,
  noteEvent,
  noteKnownEvent,
  gatherFacts,
  removeReasoning,
} from './answer-so-far.ts'
import { createShapeMemory, expectRare, keepShape } from './event-shape.ts'
import { createJsonReader } from './json-reader.ts'
import { canRecur, learnShape } from './learn-shape.ts'
import type { ReadEvent } from './learn-shape.ts'
import type { AnswerFacts, ReaderOptions, ResponseReader } from './reader.ts'
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
class StreamReader extends AnswerSoFar implements ResponseReader, EventHandlers {
  readonly #options: ReaderOptions
  readonly #framing: StreamFraming
  readonly #rules: FramingRules
  readonly #counter = new TokenCounter()
  readonly #stream: EventReader
  #text = ''
  /** The bytes in which events are being read. */
  #unread: Buffer = NO_BYTES
  /** When they came. */
  #unreadAt = NaN

  constructor(options: ReaderOptions, framing: StreamFraming) {
    const rules = FRAMINGS[framing]
    super(options.api, rules.wanted, options.scratch, options.shapes ?? createShapeMemory(), options.keepsText ?? false)
    this.#options = options
    this.#framing = framing
    this.#rules = rules
    this.#stream = this.#rules.createReader(this)
  }

  push(bytes: Buffer, atMs: number, from = 0, to = bytes.length): boolean {
    if (from === to) return this.finished
    const mark = toReadMark(atMs)
    if (!this.finished && (mark !== this.readMark || this.reads === 0)) this.reads++
    this.readMark = mark
    const known = this.#pushKnown(bytes, from, to, atMs)
    if (known < to) this.#pushUnknown(bytes.subarray(known, to), atMs)
    return this.finished
  }

  end(): AnswerFacts {
    this.ending = true
    if (this.isStream === true) this.#stream.end()
    const totals = this.#counter.totals()
    this.counted = totals.outputTokens !== null
    this.tooLong ??= this.#stream.tooLong
    const { asked = null } = this.#options
    const stated = { totals, totalTokens: this.#counter.totalTokens(), asked }
    const text = this.keepsText ? removeReasoning(this.#text) : null
    return gatherFacts(this, stated, { comments: this.#stream.comments, text })
  }

  get lastEventAt(): number {
    return findLastEventAt(this)
  }

  onEvent(json: unknown, eventName: string, data: string): void {
    const { api, parsesAll = false } = this.#options
    const delta = api.read(json, eventName)
    this.server = delta.server ?? this.server
    // After the end, only a token count, server times or an error still matter.
    const hasEnded = this.finished
    this.#take(delta, this.#unreadAt)
    if (!parsesAll && !hasEnded) this.#learn({ json, data, eventName, delta })
    if (delta.error !== null) failAnswer(this, delta.error)
  }

  /** Takes what an event says into account. */
  #take(delta: Delta, at: number): void {
    const count = delta.usage === null ? NaN : this.#counter.add(delta.usage)
    if (this.finished) return
    if (this.keepsText) this.#text += delta.content ?? ''
    noteEvent(this, delta, count, at)
  }

  onDone(): void {
    this.done = this.finished = true
  }

  onError(message: string | null): void {
    failAnswer(this, message)
  }

  onBroken(what: string): void {
    this.broken ??= what
    // A JSON answer over several lines begins like JSON lines; the rest shows which it is.
    this.finished = countEvents(this) > 0 || this.#framing !== 'ndjson'
  }

  onUnreadable(data: string, eventName: string): void {
    if (eventName === 'error') return failAnswer(this, readErrorMessage(data))
    if (this.finished) return
    // The stream was cut inside its last event.
    if (this.ending) this.cut = true
    // Words like "ping" are harmless; broken JSON may have held tokens.
    else if (/^\s*[{[]/.test(data)) this.unreadable ??= describeUnreadable(data, 'an event')
    else this.unknownEvents++
  }

  /** Notes the first events of these bytes that have a known shape, without parsing them; returns where they end. */
  #pushKnown(bytes: Buffer, from: number, to: number, atMs: number): number {
    const { shapes } = this
    if (!this.isBetween || this.broken !== null) return from
    const { keepsText } = this
    let at = from
    while (at < to && !this.finished) {
      const { shape } = shapes
      let end = shape === null ? -1 : shape.match(bytes, at, to, keepsText || this.inTag)
      if (end < 0) end = this.#pushRare(bytes, at, to, atMs)
      else {
        if (keepsText) this.#text += shape!.delta.content ?? ''
        const { usage } = shape!.delta
        noteKnownEvent(this, shape!, usage === null ? NaN : this.#counter.add(usage), atMs)
      }
      if (end < 0) return at
      at = end
    }
    return at
  }

  /** The same for one event that comes once in an answer, or that others like it follow from here on; −1 where it is none that is known. */
  #pushRare(bytes: Buffer, at: number, to: number, atMs: number): number {
    const { rare } = this.shapes
    for (let i = 0; i < rare.length; i++) {
      const shape = rare[i]!
      const end = shape.match(bytes, at, to, this.keepsText || this.inTag)
      if (end < 0) continue
      this.#take(shape.delta, atMs)
      // What only the first token is like does not repeat.
      if (shape.repeats && this.tokenEvents > 1) expectRare(this.shapes, i)
      return end
    }
    return -1
  }

  /** Learns the shape of later events from a parsed one. The first token often differs from all others. */
  #learn(event: ReadEvent): void {
    if (!canRecur(event.delta)) return
    const isToken = !!event.delta.characters && this.tokenEvents > 1
    // What comes once in an answer matters to the next one only.
    if (!isToken && (this.#options.shapes === undefined || event.data.length > LONGEST_RARE)) return
    if (this.lessons === MOST_LESSONS || this.shapes.lessons === MOST_LESSONS_OF_ALL) return
    const bytes = this.#unread
    const frame = this.#rules
      .framesOf(event.eventName, bytes, event.data)
      .find(({ before, after }) => bytes.includes(before + event.data + after))
    if (frame === undefined) return
    if (isToken) this.lessons++
    const { shape: expected, rare } = this.shapes
    const known = expected === null ? rare : [expected, ...rare]
    const from = bytes.indexOf(frame.before + event.data + frame.after) - (frame.seal?.before ?? 0)
    // Of a known shape, it was parsed because a read ended within the event before it.
    if (known.some((shape) => shape.match(bytes, from, bytes.length, false) >= 0)) return
    this.shapes.lessons++
    const learnt = learnShape(this.api, event, frame, known)
    if (learnt !== null) keepShape(this.shapes, learnt, isToken)
  }

  #pushUnknown(bytes: Buffer, atMs: number): void {
    const hasBegun = countEvents(this) > 0
    this.isStream ??= hasBegun || beginsStream(this.#rules, bytes)
    if (this.isStream === false || this.broken !== null) {
      this.isBetween = false
      this.finished = !this.head.add(bytes)
      return
    }
    if (!hasBegun) this.head.add(bytes)
    this.#unread = bytes
    this.#unreadAt = atMs
    this.#stream.push(bytes, hasBegun)
    // Nothing of a read outlives it.
    this.#unread = NO_BYTES
    this.isBetween = countEvents(this) > 0 && this.#stream.betweenEvents
    this.tooLong = this.#stream.tooLong
    if (this.tooLong !== null) this.finished ||= this.tooLong.whole || this.tooLong.length > MOST_MEASURED
  }
}

/** Tells reads apart that one connection brings one after another. */
function toReadMark(atMs: number): number {
  return (1000 * atMs) | 0
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
