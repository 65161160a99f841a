import { crc32 } from 'node:zlib'
import { parseJson } from '../../json.ts'
import { readRefusal } from '../refusal.ts'
import { MAX_EVENT_LENGTH } from './event-reader.ts'
import type { EventHandlers, EventReader, Frame, FramingRules, Seal, TooLong } from './event-reader.ts'

/** The AWS binary event stream. A message shorter than 16 MiB has a length that begins with a zero. */
export const EVENT_STREAM: FramingRules = {
  wanted: 'an AWS event stream',
  isText: false,
  canBegin: (byte) => byte === 0,
  createReader: createEventStreamReader,
  framesOf: listFrames,
}

/**
 * Reads the AWS binary event stream. Both checksums of every message are checked: a wrong one breaks the stream. A
 * message above `MAX_EVENT_LENGTH` bytes (the format allows 16 MiB) ends the reading. Exceptions are the server's
 * errors.
 */
function createEventStreamReader(handlers: EventHandlers): EventReader {
  /** The message that has not ended yet: its prelude first, then all of it. */
  let message = new Uint8Array(4096)
  let filled = 0
  let needed = PRELUDE_BYTES
  let stopped = false
  let tooLong: TooLong | null = null

  function takeWhole(): void {
    if (needed > PRELUDE_BYTES) {
      const read = readMessage(message.subarray(0, needed))
      filled = 0
      needed = PRELUDE_BYTES
      return typeof read === 'string' ? breakOff(read) : deliverMessage(read, handlers)
    }
    const length = readPrelude(message)
    if (typeof length === 'string') return breakOff(length)
    if (length > MAX_EVENT_LENGTH) {
      stopped = true
      tooLong = { length, whole: true }
      return
    }
    needed = length
    if (needed > message.length) message = enlargeBuffer(message, needed)
  }

  function breakOff(what: string): void {
    stopped = true
    handlers.onBroken(what)
  }

  return {
    push(bytes) {
      for (let from = 0; from < bytes.length && !stopped;) {
        const taken = bytes.subarray(from, from + needed - filled)
        message.set(taken, filled)
        filled += taken.length
        from += taken.length
        if (filled === needed) takeWhole()
      }
    },
    end() {
      if (filled > 0 && !stopped) handlers.onUnreadable('', '')
    },
    comments: 0,
    get betweenEvents() {
      return filled === 0 && !stopped
    },
    get tooLong() {
      return tooLong
    },
  }
}

/**
 * The headers of the message that has this payload, between its prelude and the checksum at its end. None where the message did not come in
 * one read, or its headers have bytes beyond ASCII.
 */
function listFrames(eventName: string, bytes: Buffer, data: string): readonly Frame[] {
  const payloadAt = bytes.indexOf(data)
  for (let from = payloadAt - PRELUDE_BYTES; from >= Math.max(0, payloadAt - LONGEST_HEADERS); from--) {
    const headersAt = from + PRELUDE_BYTES
    const headersLength = payloadAt - headersAt
    if (bytes.readUInt32BE(from + 4) !== headersLength) continue
    const seal = sealOf(headersLength)
    const end = seal.open(bytes, from, bytes.length)
    if (end < 0) continue
    const message = readMessage(bytes.subarray(from, end + CRC_BYTES))
    const headers = bytes.subarray(headersAt, payloadAt)
    const isThis =
      typeof message !== 'string' && isEvent(message, eventName) && message.payload.length === Buffer.byteLength(data)
    return isThis && headers.every((byte) => byte < 0x80)
      ? [{ before: headers.toString('latin1'), after: '', seal }]
      : []
  }
  return []
}

/** Messages with longer headers are read one by one. */
const LONGEST_HEADERS = 1024

function isEvent({ headers }: AwsMessage, name: string): boolean {
  const kind = headers.get(':message-type')
  return kind !== 'exception' && kind !== 'error' && headers.get(':event-type') === name
}

/** The prelude and the checksum around a message with headers of this length. */
function sealOf(headersLength: number): Seal {
  return {
    before: PRELUDE_BYTES,
    after: CRC_BYTES,
    open(bytes, from, to) {
      if (to - from < PRELUDE_BYTES || bytes.readUInt32BE(from + 4) !== headersLength) return -1
      const length = readPrelude(bytes.subarray(from, from + PRELUDE_BYTES))
      if (typeof length === 'string' || length > to - from || length > MAX_EVENT_LENGTH) return -1
      const end = from + length - CRC_BYTES
      return crc32(bytes.subarray(from, end)) === bytes.readUInt32BE(end) ? end : -1
    },
  }
}

function deliverMessage({ headers, payload }: AwsMessage, handlers: EventHandlers): void {
  const text = new TextDecoder().decode(payload)
  const kind = headers.get(':message-type')
  if (kind === 'exception') return handlers.onError(sayWhat(headers.get(':exception-type'), readRefusal(text)))
  if (kind === 'error') return handlers.onError(sayWhat(headers.get(':error-code'), headers.get(':error-message')))
  const name = headers.get(':event-type')
  const eventName = typeof name === 'string' ? name : ''
  const json = parseJson(text)
  if (json === undefined) handlers.onUnreadable(text, eventName)
  else handlers.onEvent(json, eventName, text)
}

/** `throttlingException: Too many requests`, or whichever half is there. */
function sayWhat(name: unknown, message: unknown): string | null {
  const parts = [name, message].filter((part) => typeof part === 'string' && part !== '')
  return readRefusal(parts.join(': '))
}

function enlargeBuffer(bytes: Uint8Array, length: number): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(length)
  larger.set(bytes)
  return larger
}

/**
 * Messages of the AWS binary event stream (`application/vnd.amazon.eventstream`), all integers big-endian: total length,
 * length of the headers, checksum of these two; headers; payload; checksum of all before it.
 */
interface AwsMessage {
  readonly headers: ReadonlyMap<string, HeaderValue>
  /** Not copied: valid only as long as the bytes it was read from. */
  readonly payload: Uint8Array
}

/** The value of a header. Integers of 8 bytes and timestamps (milliseconds since 1970) are bigint, a UUID is 16 bytes. */
type HeaderValue = boolean | number | bigint | string | Uint8Array

/** Two lengths and their checksum. */
export const PRELUDE_BYTES = 12
const CRC_BYTES = 4

/** Reads the length of the whole message from its first 12 bytes, or says what is wrong with them. */
export function readPrelude(bytes: Uint8Array): number | string {
  const view = viewOf(bytes)
  if (crc32(bytes.subarray(0, 8)) !== view.getUint32(8)) return 'an AWS event whose prelude fails its checksum'
  const length = view.getUint32(0)
  const headersLength = view.getUint32(4)
  return length >= PRELUDE_BYTES + headersLength + CRC_BYTES
    ? length
    : `an AWS event of ${length} bytes that says it has ${headersLength} bytes of headers`
}

/** Reads one whole message, whose prelude was already checked, or says what is wrong with it. */
export function readMessage(bytes: Uint8Array): AwsMessage | string {
  const view = viewOf(bytes)
  const end = bytes.length - CRC_BYTES
  if (crc32(bytes.subarray(0, end)) !== view.getUint32(end)) return 'an AWS event that fails its checksum'
  const payloadAt = PRELUDE_BYTES + view.getUint32(4)
  const headers = readHeaders(bytes.subarray(PRELUDE_BYTES, payloadAt))
  return typeof headers === 'string' ? headers : { headers, payload: bytes.subarray(payloadAt, end) }
}

const STRING = 7

/** Bytes of a value by its type; null where two bytes before it hold the length. */
const VALUE_BYTES = [0, 0, 1, 2, 4, 8, null, null, 8, 16] as const

function readHeaders(bytes: Uint8Array): ReadonlyMap<string, HeaderValue> | string {
  const headers = new Map<string, HeaderValue>()
  const view = viewOf(bytes)
  let at = 0
  while (at < bytes.length) {
    const typeAt = at + 1 + bytes[at]!
    const type = bytes[typeAt]
    if (type === undefined) return CUT_HEADERS
    const fixed = VALUE_BYTES[type]
    if (fixed === undefined) return `an AWS event with a header of the unknown type ${type}`
    const from = typeAt + 1 + (fixed === null ? 2 : 0)
    if (from > bytes.length) return CUT_HEADERS
    const to = from + (fixed ?? view.getUint16(from - 2))
    if (to > bytes.length) return CUT_HEADERS
    headers.set(textOf(bytes.subarray(at + 1, typeAt)), readValue(type, bytes.subarray(from, to)))
    at = to
  }
  return headers
}

const CUT_HEADERS = 'an AWS event whose headers are longer than it says'

function readValue(type: number, bytes: Uint8Array): HeaderValue {
  const view = viewOf(bytes)
  switch (type) {
    case 0:
      return true
    case 1:
      return false
    case 2:
      return view.getInt8(0)
    case 3:
      return view.getInt16(0)
    case 4:
      return view.getInt32(0)
    case 5:
    case 8:
      return view.getBigInt64(0)
    case STRING:
      return textOf(bytes)
    default:
      return new Uint8Array(bytes)
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
}

const decoder = new TextDecoder()

function textOf(bytes: Uint8Array): string {
  return decoder.decode(bytes)
}
