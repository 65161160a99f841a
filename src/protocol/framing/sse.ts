import { createParser } from 'eventsource-parser'
import { MAX_EVENT_LENGTH, type EventHandlers, type EventReader } from './event-reader.ts'
import { asObject, parseJson } from '../json.ts'

/**
 * Bytes to events by the event-stream rules of HTML: lines end with LF, CR or CRLF and nothing else, one BOM is dropped,
 * characters may be cut anywhere. Each event is delivered with its last byte, never later.
 */
export function createSseReader(handlers: EventHandlers): EventReader {
  // The parser drops the BOM; a decoder that did so too would drop two.
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  let comments = 0
  let overflow = false
  const parser = createParser({
    maxBufferSize: MAX_EVENT_LENGTH,
    onEvent: ({ data, event = '' }) => {
      if (data.length > MAX_EVENT_LENGTH) overflow = true
      if (!overflow) readData(data, event, handlers)
    },
    onComment: () => comments++,
    onError: (error) => {
      if (error.type === 'max-buffer-size-exceeded') overflow = true
    },
  })
  /** The line that has not ended yet, as long as it may be one of an error. */
  let line: string | null = ''

  function feed(text: string): void {
    let from = 0
    for (let at = 0; at < text.length && !overflow;) {
      LINE_END.lastIndex = at
      const end = LINE_END.exec(text)?.index ?? text.length
      if (line !== null) line += text.slice(at, end)
      if (line !== null && !ERROR_FIELD.startsWith(line.slice(0, ERROR_FIELD.length))) line = null
      if ((line?.length ?? 0) > MAX_EVENT_LENGTH) overflow = true
      if (end === text.length) break
      if (line?.startsWith(ERROR_FIELD) === true) {
        parse(text.slice(from, end))
        from = end
        readData(line.slice(ERROR_FIELD.length).trim(), 'error', handlers)
      }
      line = ''
      at = end + 1
    }
    parse(text.slice(from))
  }

  function parse(text: string): void {
    // An overflow has ended the parser: it would throw.
    if (!overflow) parser.feed(text)
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
    get overflow() {
      return overflow
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
  handlers.onEvent(json, eventName)
  return true
}

function isEventOfItsOwn(line: string): boolean {
  return isDone(line) || asObject(parseJson(line)) !== null
}

function isDone(data: string): boolean {
  return data.length < 16 && data.trim() === '[DONE]'
}
