import { createParser } from 'eventsource-parser'
import { MAX_EVENT_LENGTH } from './event-reader.ts'
import type { EventHandlers, EventReader, FramingRules } from './event-reader.ts'
import { asObject, parseJson } from '../../json.ts'

/** What an answer begins with that is no stream: JSON, a page, or bytes that are compressed or binary. */
const OTHERS: ReadonlySet<number> = new Set([0x7b, 0x5b, 0x3c, 0x1f, 0x00])

/** Server-sent events. */
export const SSE: FramingRules = {
  wanted: 'a stream',
  isText: true,
  canBegin: (byte) => !OTHERS.has(byte),
  createReader: createSseReader,
  frameOf: (eventName) => ({ before: `${eventName === '' ? '' : `event: ${eventName}\n`}data: `, after: '\n\n' }),
}

/**
 * Bytes to events by the event-stream rules of HTML: lines end with LF, CR or CRLF and nothing else, one BOM is dropped,
 * characters may be cut anywhere. Each event is delivered with its last byte, never later.
 */
export function createSseReader(handlers: EventHandlers): EventReader {
  // The parser drops the BOM; a decoder that did so too would drop two.
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  let comments = 0
  let tooLong = false
  let measured = false
  const parser = createParser({
    onEvent: ({ data, event = '' }) => readData(data, event, handlers),
    onComment: () => comments++,
  })
  /** The line that has not ended yet, as long as it may be one of an error. */
  let line: string | null = ''
  let lineLength = 0
  /** Characters since the last blank line: what the parser may hold, whatever the cuts. */
  let held = 0
  let afterCr = false

  function feed(text: string): void {
    let from = 0
    for (let at = 0; at < text.length && !measured;) {
      LINE_END.lastIndex = at
      const end = LINE_END.exec(text)?.index ?? text.length
      if (!tooLong && held + end - at > MAX_EVENT_LENGTH) {
        parser.feed(text.slice(from, at))
        tooLong = true
        line = null
      }
      takeLine(text.slice(at, end))
      if (end === text.length) break
      if (line?.startsWith(ERROR_FIELD) === true) {
        parser.feed(text.slice(from, end))
        from = end
        readData(line.slice(ERROR_FIELD.length).trim(), 'error', handlers)
      }
      const isLfOfCrLf = afterCr && lineLength === 0 && text[end] === '\n'
      if (lineLength === 0 && !isLfOfCrLf) {
        if (tooLong) measured = true
        else held = 0
      }
      afterCr = text[end] === '\r'
      line = tooLong ? null : ''
      lineLength = 0
      at = end + 1
    }
    if (!tooLong) parser.feed(text.slice(from))
  }

  /** The next part of a line. */
  function takeLine(part: string): void {
    held += part.length
    lineLength += part.length
    if (line !== null) line += part
    if (line !== null && !ERROR_FIELD.startsWith(line.slice(0, ERROR_FIELD.length))) line = null
  }

  return {
    push: (bytes) => feed(decoder.decode(bytes, { stream: true })),
    end() {
      feed(decoder.decode())
      feed('\n\n')
    },
    get comments() {
      return comments
    },
    get betweenEvents() {
      return held === 0 && lineLength === 0
    },
    get tooLong() {
      return tooLong ? { length: held, whole: measured } : null
    },
  }
}

/**
 * Older servers of llama.cpp put their errors into a field of this name, which the rules do not know: the parser tells of it
 * only where the whole line comes in one read. A line without a colon is none.
 */
const ERROR_FIELD = 'error:'
const LINE_END = /[\r\n]/g

function readData(data: string, eventName: string, handlers: EventHandlers): void {
  if (readOne(data, eventName, handlers)) return
  // Some servers put one LF, not two, between their events: then each line is one.
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
