import { createParser } from 'eventsource-parser'
import type { EventSourceParser } from 'eventsource-parser'
import { MAX_EVENT_LENGTH } from './event-reader.ts'
import type { EventHandlers, EventReader, Frame, FramingRules, TooLong } from './event-reader.ts'
import { asObject, parseJson } from '../../json.ts'

/** First bytes of an answer that is not a stream: JSON, a page, or compressed or binary data. */
const OTHERS: ReadonlySet<number> = new Set([0x7b, 0x5b, 0x3c, 0x1f, 0x00])

/** Server-sent events. */
export const SSE: FramingRules = {
  wanted: 'a stream',
  isText: true,
  canBegin: (byte) => !OTHERS.has(byte),
  createReader: (handlers) => new SseReader(handlers),
  framesOf: listFrames,
}

/** With and without the blank after the colon, and with both ends of lines. */
function listFrames(eventName: string): Frame[] {
  return ['\n', '\r\n'].flatMap((lineEnd) =>
    ['data: ', 'data:'].map((field) => {
      const type = eventName === '' ? '' : `event:${field.slice(5)}${eventName}${lineEnd}`
      return { before: type + field, after: lineEnd + lineEnd }
    }),
  )
}

/** What reads all that is not plain. */
interface FullReader {
  readonly decoder: InstanceType<typeof TextDecoder>
  readonly parser: EventSourceParser
}

/**
 * Bytes to events by the event-stream rules of HTML: lines end with LF, CR or CRLF and nothing else, one BOM is dropped,
 * characters may be cut anywhere. Each event is delivered with its last byte, never later.
 *
 * A class: every answer has one, and members of a class are made once. Where an event is plain, as nearly all are, neither decoder nor parser
 * is needed, which are made when something else comes.
 */
class SseReader implements EventReader {
  readonly #handlers: EventHandlers
  #full: FullReader | null = null
  #isBegun = false
  #comments = 0
  #tooLong = false
  #measured = false
  /** The unfinished line, as long as it may be an error's. */
  #line: string | null = ''
  #lineLength = 0
  /** Characters since the last blank line: the most that the parser can hold. */
  #held = 0
  #afterCr = false
  /** Whether the decoder may hold the beginning of a character. */
  #isInCharacter = false

  constructor(handlers: EventHandlers) {
    this.#handlers = handlers
  }

  push(bytes: Buffer, hasBegun = false): void {
    this.#isBegun ||= hasBegun
    const from = this.betweenEvents && !this.#tooLong ? this.#pushPlain(bytes) : 0
    if (from === bytes.length) return
    this.#full ??= this.#openFull()
    this.#isInCharacter = bytes[bytes.length - 1]! > 0x7f
    this.#feed(this.#full.decoder.decode(bytes.subarray(from), { stream: true }), this.#full)
  }

  end(): void {
    if (this.#full === null) return
    this.#feed(this.#full.decoder.decode(), this.#full)
    this.#feed('\n\n', this.#full)
  }

  get comments(): number {
    return this.#comments
  }

  get betweenEvents(): boolean {
    return this.#held === 0 && this.#lineLength === 0 && !this.#isInCharacter
  }

  get tooLong(): TooLong | null {
    return this.#tooLong ? { length: this.#held, whole: this.#measured } : null
  }

  /** Reads the first events of these bytes as long as each is one line of data, in ASCII, and a blank one; returns where they end. */
  #pushPlain(bytes: Buffer): number {
    for (let begin = 0; ;) {
      const from = begin + PLAIN_FIELD.length
      if (from >= bytes.length || bytes.toString('latin1', begin, from) !== PLAIN_FIELD) return begin
      let at = from
      while (at < bytes.length && bytes[at] !== LF && bytes[at] !== CR && bytes[at]! < 0x80) at++
      if (bytes[at] !== LF || bytes[at + 1] !== LF || at - begin > MAX_EVENT_LENGTH) return begin
      this.#isBegun = true
      this.#afterCr = false
      readData(bytes.toString('latin1', from, at), '', this.#handlers)
      begin = at + 2
    }
  }

  /** After plain events a BOM would not be the first character any more. */
  #openFull(): FullReader {
    const parser = createParser({
      onEvent: ({ data, event = '' }) => readData(data, event, this.#handlers),
      onComment: () => this.#comments++,
    })
    if (this.#isBegun) parser.feed('\n')
    // The parser drops the BOM; a decoder that did so too would drop two.
    return { decoder: new TextDecoder('utf-8', { ignoreBOM: true }), parser }
  }

  #feed(text: string, { parser }: FullReader): void {
    let from = 0
    for (let at = 0; at < text.length && !this.#measured;) {
      LINE_END.lastIndex = at
      const end = LINE_END.test(text) ? LINE_END.lastIndex - 1 : text.length
      if (!this.#tooLong && this.#held + end - at > MAX_EVENT_LENGTH) {
        parser.feed(text.slice(from, at))
        this.#tooLong = true
        this.#line = null
      }
      this.#takeLine(text.slice(at, end))
      if (end === text.length) break
      if (this.#line?.startsWith(ERROR_FIELD) === true) {
        parser.feed(text.slice(from, end))
        from = end
        readData(this.#line.slice(ERROR_FIELD.length).trim(), 'error', this.#handlers)
      }
      const isLfOfCrLf = this.#afterCr && this.#lineLength === 0 && text[end] === '\n'
      if (this.#lineLength === 0 && !isLfOfCrLf) {
        if (this.#tooLong) this.#measured = true
        else this.#held = 0
      }
      this.#afterCr = text[end] === '\r'
      this.#line = this.#tooLong ? null : ''
      this.#lineLength = 0
      at = end + 1
    }
    if (!this.#tooLong) parser.feed(text.slice(from))
  }

  /** The next part of a line. */
  #takeLine(part: string): void {
    this.#held += part.length
    this.#lineLength += part.length
    if (this.#line !== null) this.#line += part
    if (this.#line !== null && !ERROR_FIELD.startsWith(this.#line.slice(0, ERROR_FIELD.length))) this.#line = null
  }
}

/**
 * Older versions of llama.cpp put errors into a field of this name, which is not in the rules: the parser reports it
 * only where the whole line comes in one read.
 */
const ERROR_FIELD = 'error:'
const LINE_END = /[\r\n]/g
const LF = 0x0a
const CR = 0x0d
/** Before the data of a plain event. */
const PLAIN_FIELD = 'data: '

function readData(data: string, eventName: string, handlers: EventHandlers): void {
  if (readOne(data, eventName, handlers)) return
  // Some servers separate events by one LF instead of two: then each line is an event.
  const lines = data.split('\n')
  if (lines.length === 1 || !lines.some(isEventOfItsOwn)) return handlers.onUnreadable(data, eventName)
  for (const line of lines) {
    if (!readOne(line, eventName, handlers)) handlers.onUnreadable(line, eventName)
  }
}

function readOne(data: string, eventName: string, handlers: EventHandlers): boolean {
  if (isDone(data)) {
    handlers.onDone()
    return true
  }
  const json = parseJson(data)
  if (json === undefined) return data.trim() === '' && eventName !== 'error'
  handlers.onEvent(json, eventName, data)
  return true
}

function isEventOfItsOwn(line: string): boolean {
  return isDone(line) || asObject(parseJson(line)) !== null
}

function isDone(data: string): boolean {
  return data.length < 16 && data.trim() === '[DONE]'
}
