import { MAX_EVENT_LENGTH } from './event-reader.ts'
import type { EventHandlers, EventReader, FramingRules, TooLong } from './event-reader.ts'
import { parseJson } from '../../json.ts'
import { describeUnreadable } from '../refusal.ts'

const OPEN_BRACE = 0x7b

/** JSON lines. */
export const NDJSON: FramingRules = {
  wanted: 'JSON lines',
  isText: true,
  canBegin: (byte) => byte === OPEN_BRACE,
  createReader: createNdjsonReader,
  framesOf: () => [{ before: '', after: '\n' }],
}

/**
 * Reads JSON lines: one event a line, ended only by LF or CRLF (a CR is white space in JSON); blank lines are
 * ignored. A last line without LF counts if it parses. Any other line that does not parse breaks the stream.
 */
function createNdjsonReader(handlers: EventHandlers): EventReader {
  // Joins cut characters. `ignoreBOM`, because Node would drop a BOM twice where it is cut.
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  let atStart = true
  /** The line that has not ended yet. */
  let begun = ''
  /** Whether the decoder may hold the beginning of a character. */
  let isInCharacter = false
  let stopped = false
  let tooLong: TooLong | null = null

  function feed(text: string): void {
    let from = atStart && text.startsWith('\uFEFF') ? 1 : 0
    if (text !== '') atStart = false
    for (let to = text.indexOf('\n'); to !== -1 && !stopped; to = text.indexOf('\n', from)) {
      readLine(begun + text.slice(from, to), false)
      begun = ''
      from = to + 1
    }
    if (stopped) return
    begun += text.slice(from)
    if (begun.length > MAX_EVENT_LENGTH) giveUp(begun.length, false)
  }

  function readLine(line: string, last: boolean): void {
    if (line.length > MAX_EVENT_LENGTH) return giveUp(line.length, true)
    if (line.trim() === '') return
    const json = parseJson(line)
    if (json !== undefined) return handlers.onEvent(json, '', line)
    if (last) return handlers.onUnreadable(line, '')
    stopped = true
    handlers.onBroken(describeUnreadable(line, 'a line'))
  }

  function giveUp(length: number, whole: boolean): void {
    stopped = true
    tooLong = { length, whole }
    begun = ''
  }

  /** The next part of what is too long. */
  function measure({ length }: TooLong, text: string): void {
    const end = text.indexOf('\n')
    tooLong = { length: length + (end === -1 ? text.length : end), whole: end !== -1 }
  }

  return {
    push(bytes, hasBegun = false) {
      atStart &&= !hasBegun
      isInCharacter = bytes.at(-1)! > 0x7f
      if (!stopped) feed(decoder.decode(bytes, { stream: true }))
      else if (tooLong?.whole === false) measure(tooLong, decoder.decode(bytes, { stream: true }))
    },
    end() {
      if (!stopped) feed(decoder.decode())
      if (!stopped) readLine(begun, true)
      if (tooLong?.whole === false) measure(tooLong, `${decoder.decode()}\n`)
    },
    comments: 0,
    get betweenEvents() {
      return begun === '' && !stopped && !isInCharacter
    },
    get tooLong() {
      return tooLong
    },
  }
}
