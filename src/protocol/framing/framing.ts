import type { Framing } from '../api.ts'
import type { EventHandlers, EventReader } from './event-reader.ts'
import { createEventStreamReader } from './event-stream.ts'
import { createNdjsonReader } from './ndjson.ts'
import { createSseReader } from './sse.ts'

/** A framing of answers that stream. */
export type StreamFraming = Exclude<Framing, 'json'>

/** What tells one framing from the others. */
export interface FramingRules {
  /** What was expected, for messages. */
  readonly wanted: string
  /** Whether a body that begins with this byte can be such a stream; null for a byte that may precede any kind of answer. */
  canBegin(byte: number): boolean | null
  createReader(handlers: EventHandlers): EventReader
}

const OPEN_BRACE = 0x7b
const OPEN_BRACKET = 0x5b
const LESS_THAN = 0x3c
const GZIP = 0x1f
/** A message shorter than 16 MiB has a length that begins so. */
const NUL = 0x00

/** How each framing is recognised and read. */
export const FRAMINGS: Readonly<Record<StreamFraming, FramingRules>> = {
  sse: {
    wanted: 'a stream',
    canBegin: (byte) =>
      isBlank(byte)
        ? null
        : byte !== OPEN_BRACE && byte !== OPEN_BRACKET && byte !== LESS_THAN && byte !== GZIP && byte !== NUL,
    createReader: createSseReader,
  },
  ndjson: {
    wanted: 'JSON lines',
    canBegin: (byte) => (isBlank(byte) ? null : byte === OPEN_BRACE),
    createReader: createNdjsonReader,
  },
  'event-stream': {
    wanted: 'an AWS event stream',
    canBegin: (byte) => byte === NUL,
    createReader: createEventStreamReader,
  },
}

/** White space and the bytes of a BOM. */
function isBlank(byte: number): boolean {
  return byte === 0x20 || (byte >= 0x09 && byte <= 0x0d) || byte === 0xef || byte === 0xbb || byte === 0xbf
}
