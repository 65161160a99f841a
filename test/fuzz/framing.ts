import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { MAX_EVENT_LENGTH } from '../../src/protocol/framing/event-reader.ts'
import type { EventHandlers } from '../../src/protocol/framing/event-reader.ts'
import { encodeAwsEvent } from '../servers/aws-events.ts'
import { FRAMINGS } from '../../src/protocol/answer/stream-reader.ts'
import type { StreamFraming } from '../../src/protocol/answer/stream-reader.ts'
import { bytesOf, piecesOf } from '../protocol/streams.ts'
import { mutatedBytes } from './mutate.ts'
import { expectReadable, property } from './property.ts'
import type { Property } from './property.ts'

const SSE = [
  'data: {"a":1}\n\ndata: {"b":"é🔑"}\n\ndata: [DONE]\n\n',
  '\uFEFFevent: message_start\r\ndata: {"type":"message_start"}\r\n\r\n: keep-alive\r\n\r\ndata: {"x":[1,2]}\r\n\r\n',
  'data: 1\r\rid: 7\rretry: 9\revent: error\rdata: {"error":{"message":"no"}}\r\r',
  'data: {"a":1}\nerror: {"code":500,"message":"slot"}\ndata: {"b":2}\n\nerror: plain\n',
  'data: {"a":1}\ndata: {"b":2}\ndata: [DONE]\n\ndata:\n\ndata\n\n:\n',
].map(bytesOf)
const NDJSON = [
  '{"a":1}\n{"b":"é🔑"}\n{"done":true}\n',
  '\uFEFF{"a":1}\r\n\r\n{"b":[1,2,{"c":null}]}\r\n \n{"d":0}',
  '{\n  "error": "model not found"\n}\n',
].map(bytesOf)
const EVENT_STREAM = [
  Buffer.concat([encodeAwsEvent('messageStart', { role: 'a' }), encodeAwsEvent('contentBlockDelta', { d: 'é' })]),
  Buffer.concat([encodeAwsEvent('throttlingException', { message: 'slow' }, 'exception')]),
]
const DOCUMENTS: Readonly<Record<StreamFraming, readonly Buffer[]>> = {
  sse: SSE,
  ndjson: NDJSON,
  'event-stream': EVENT_STREAM,
}

/** All that a reader says of these pieces, in its order. */
function readAll(framing: StreamFraming, pieces: readonly Buffer[]): unknown {
  const said: unknown[] = []
  const note =
    (what: string): ((...of: unknown[]) => void) =>
    (...of) =>
      void said.push([what, ...of])
  const handlers: EventHandlers = {
    onEvent: (json, eventName) => note('event')(json, eventName),
    onDone: note('done'),
    onUnreadable: note('unreadable'),
    onError: note('error'),
    onBroken(what) {
      expectReadable(what)
      note('broken')(what)
    },
  }
  const reader = FRAMINGS[framing].createReader(handlers)
  for (const piece of pieces) reader.push(piece)
  reader.end()
  return { said, comments: reader.comments, tooLong: reader.tooLong }
}

/** Sizes of pieces; null for one byte each. */
export const ANY_CUT: fc.Arbitrary<readonly number[] | null> = fc.oneof(
  { arbitrary: fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 20 }), weight: 20 },
  { arbitrary: fc.constant(null), weight: 1 },
)

/** Pieces of these sizes, or of one byte each for null. */
export function cutUp(bytes: Buffer, cuts: readonly number[] | null): readonly Buffer[] {
  return cuts === null ? Array.from(bytes, (byte) => Buffer.of(byte)) : piecesOf(bytes, cuts)
}

const EVERY_FRAMING = Object.keys(DOCUMENTS) as StreamFraming[]

/** A line, an event or a message of about the longest that is read, a little more or less, with parts of usual size around it. */
const LONG_SSE = fc.record({
  field: fc.constantFrom('data: "', ': ', 'id: ', 'event: ', 'error: "', 'other: ', 'data'),
  excess: fc.integer({ min: -30, max: 30 }),
  end: fc.constantFrom('\n', '\r\n'),
  cut: fc.integer({ min: 1, max: MAX_EVENT_LENGTH }),
  lines: fc.integer({ min: 1, max: 3 }),
})

export const FRAMING_PROPERTIES: readonly Property[] = [
  ...EVERY_FRAMING.map((framing) =>
    property(
      'framing',
      `${framing} reads the same in any cut`,
      fc.tuple(mutatedBytes(DOCUMENTS[framing]), ANY_CUT),
      ([bytes, cuts]) => assert.deepEqual(readAll(framing, cutUp(bytes, cuts)), readAll(framing, [bytes])),
    ),
  ),
  property(
    'framing',
    'sse is too long in every cut, or in none',
    LONG_SSE,
    ({ field, excess, end, cut, lines }) => {
      const line =
        field + 'x'.repeat(Math.floor((MAX_EVENT_LENGTH + excess) / lines)) + (field.endsWith('"') ? '"' : '')
      const bytes = bytesOf(`data: 1${end}${end}${`${line}${end}`.repeat(lines)}${end}data: 2${end}${end}`)
      assert.deepEqual(readAll('sse', [bytes.subarray(0, cut), bytes.subarray(cut)]), readAll('sse', [bytes]))
    },
    400,
  ),
  property(
    'framing',
    'an AWS event is read back as it was written',
    fc.tuple(fc.string({ maxLength: 60 }), fc.jsonValue(), ANY_CUT),
    ([name, json, cuts]) => {
      const known = name.replace(/[^\u0020-\u007e]/g, 'a')
      const text = JSON.parse(JSON.stringify(json)) as unknown
      assert.deepEqual(readAll('event-stream', cutUp(encodeAwsEvent(known, text), cuts)), {
        said: [['event', text, known]],
        comments: 0,
        tooLong: null,
      })
    },
  ),
]
