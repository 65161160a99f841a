import { crc32 } from 'node:zlib'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MAX_EVENT_LENGTH } from '../../../src/protocol/framing/event-reader.ts'
import { EVENT_STREAM, readMessage, readPrelude } from '../../../src/protocol/framing/event-stream.ts'
import { encodeAwsEvent } from '../../servers/aws-events.ts'
import { bytesOf, event, piecesOf, readParts, SIZES } from '../streams.ts'
import { GRAPHEME } from '../../support/text-units.ts'

function hex(text: string): Buffer {
  return Buffer.from(text.replaceAll(/\s/g, ''), 'hex')
}

/** The shortest message there is. */
const EMPTY = hex('00000010 00000000 05c248eb 7d98c8ff')

/** `:message-type: event`, `:event-type: ping`, payload {"a":1}. */
const PING = hex(`
  00000040 00000029 7f631f4c
  0d 3a6d6573736167652d74797065 07 0005 6576656e74
  0b 3a6576656e742d74797065 07 0004 70696e67
  7b2261223a317d
  18427eab`)

/** A header of each type: yes, no, byte, short, int, long, bytes, text, time, uuid; no payload. */
const EVERY_TYPE = hex(`
  0000007a 0000006a 7b27af41
  03 796573 00
  02 6e6f 01
  04 62797465 02 fe
  05 73686f7274 03 fed4
  03 696e74 04 00011170
  04 6c6f6e67 05 ffffff0000000000
  05 6279746573 06 0003 010203
  04 74657874 07 0002 c3a9
  04 74696d65 08 0000018bcfe56800
  04 75756964 09 000102030405060708090a0b0c0d0e0f
  b3652ed2`)

/** A message with right checksums around these headers. */
function messageWith(headers: Uint8Array, { headersLength = headers.length, payload = '' } = {}): Buffer {
  const message = Buffer.alloc(16 + headers.length + payload.length)
  message.writeUInt32BE(message.length, 0)
  message.writeUInt32BE(headersLength, 4)
  message.writeUInt32BE(crc32(message.subarray(0, 8)), 8)
  message.set(headers, 12)
  message.write(payload, 12 + headers.length)
  message.writeUInt32BE(crc32(message.subarray(0, -4)), message.length - 4)
  return message
}

function withByte(message: Buffer, at: number): Buffer {
  const wrong = Buffer.from(message)
  wrong[at]! ^= 1
  return wrong
}

function deliver(pieces: readonly Buffer[]) {
  let step = 0
  const events: unknown[] = []
  const reader = EVENT_STREAM.createReader({
    onEvent: (json, name) => events.push([step, name, json]),
    onDone: () => expect.fail('no end mark'),
    onUnreadable: (text, name) => events.push([step, name, `unreadable ${text}`]),
    onError: (message) => events.push([step, 'error', message]),
    onBroken: (what) => events.push([step, 'broken', what]),
  })
  for (const piece of pieces) {
    reader.push(piece)
    step++
  }
  reader.end()
  return { events, reader }
}

describe('a message of the AWS event stream', () => {
  it('may be empty', () => {
    expect(readPrelude(EMPTY)).toBe(16)
    expect(readMessage(EMPTY)).toEqual({ headers: new Map(), payload: Buffer.alloc(0) })
  })

  it('has headers and a payload', () => {
    expect(readPrelude(PING)).toBe(PING.length)
    expect(readMessage(PING)).toEqual({
      headers: new Map([
        [':message-type', 'event'],
        [':event-type', 'ping'],
      ]),
      payload: bytesOf('{"a":1}'),
    })
  })

  it('may have a header of every type', () => {
    expect(readMessage(EVERY_TYPE)).toMatchObject({
      headers: new Map<string, unknown>([
        ['yes', true],
        ['no', false],
        ['byte', -2],
        ['short', -300],
        ['int', 70_000],
        ['long', -(2n ** 40n)],
        ['bytes', Uint8Array.of(1, 2, 3)],
        ['text', 'é'],
        ['time', 1_700_000_000_000n],
        ['uuid', Uint8Array.from({ length: 16 }, (_, i) => i)],
      ]),
    })
  })

  it.each([
    ['a wrong length', 3],
    ['a wrong length of the headers', 7],
    ['a wrong checksum of these', 11],
  ])('fails with %s', (_, at) => {
    expect(readPrelude(withByte(PING, at))).toBe('an AWS event whose prelude fails its checksum')
  })

  it.each([
    ['header', 20],
    ['payload', 55],
    ['checksum', 63],
  ])('fails with a wrong byte in its %s', (_, at) => {
    expect(readMessage(withByte(PING, at))).toBe('an AWS event that fails its checksum')
  })

  it('fails when it cannot hold the headers that it says it has', () => {
    expect(readPrelude(messageWith(new Uint8Array(2), { headersLength: 3 }))).toMatch('says it has 3 bytes of headers')
  })

  it.each([
    ['a name', '05 61'],
    ['a type', '01 61'],
    ['a fixed value', '01 61 04 0000'],
    ['the length of a text', '01 61 07 00'],
    ['a text', '01 61 07 0003 6162'],
  ])('fails when its headers end inside %s', (_, headers) => {
    expect(readMessage(messageWith(hex(headers), { payload: 'payload' }))).toMatch('headers are longer than it says')
  })

  it('fails with a header of a type that is not in the specification', () => {
    expect(readMessage(messageWith(hex('01 61 0a 00')))).toBe('an AWS event with a header of the unknown type 10')
  })

  it('is written as it is read', () => {
    const read = readMessage(encodeAwsEvent('contentBlockDelta', { delta: { text: 'é' } }))
    expect(read).toMatchObject({
      headers: new Map([
        [':event-type', 'contentBlockDelta'],
        [':content-type', 'application/json'],
        [':message-type', 'event'],
      ]),
    })
    expect(typeof read === 'string' ? read : Buffer.from(read.payload).toString()).toBe('{"delta":{"text":"é"}}')
  })
})

describe('an AWS event stream', () => {
  it('is read message by message, each with its last byte, however it is cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.string({ maxLength: 9 }), fc.string({ unit: GRAPHEME, maxLength: 30 })), {
          maxLength: 6,
        }),
        SIZES,
        (texts, sizes) => {
          const messages = texts.map(([name, text]) => encodeAwsEvent(name, { text }))
          const pieces = piecesOf(Buffer.concat(messages), sizes)
          const pieceOfByte = pieces.flatMap((piece, i) => Array.from(piece, () => i))
          let end = 0
          const expected = texts.map(([name, text], i) => {
            end += messages[i]!.length
            return [pieceOfByte[end - 1], name, { text }]
          })
          expect(deliver(pieces).events).toEqual(expected)
        },
      ),
      { numRuns: 100 },
    )
  })

  it('never breaks the reader, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(PING.length), SIZES, (bytes, at, sizes) => {
        const body = Buffer.concat([PING.subarray(0, at), bytes, PING])
        expect(() => deliver(piecesOf(body, sizes))).not.toThrow()
      }),
      { numRuns: 200 },
    )
  })

  it('is broken by a wrong checksum, whatever follows', () => {
    expect(deliver([PING, withByte(PING, 40), PING]).events).toEqual([
      [0, 'ping', { a: 1 }],
      [1, 'broken', 'an AWS event that fails its checksum'],
    ])
  })

  it('is cut where a message does not end', () => {
    expect(deliver([PING, PING.subarray(0, 30)]).events).toEqual([
      [0, 'ping', { a: 1 }],
      [2, '', 'unreadable '],
    ])
  })

  it('is given up at a message of more than 1 MiB, before it is held', () => {
    const prelude = Buffer.alloc(12)
    prelude.writeUInt32BE(MAX_EVENT_LENGTH + 1, 0)
    prelude.writeUInt32BE(crc32(prelude.subarray(0, 8)), 8)
    const { events, reader } = deliver([prelude, PING])
    expect(reader.tooLong).toEqual({ length: MAX_EVENT_LENGTH + 1, whole: true })
    expect(events).toEqual([])
  })

  it('reads exceptions and errors as what the server says of itself', () => {
    const text = (name: string, value: string) =>
      Buffer.concat([
        Buffer.from([name.length]),
        Buffer.from(name),
        Buffer.from([7, 0, value.length]),
        Buffer.from(value),
      ])
    const error = messageWith(
      Buffer.concat([text(':message-type', 'error'), text(':error-code', 'Internal'), text(':error-message', 'oops')]),
    )
    const bare = messageWith(text(':message-type', 'error'))
    const exception = encodeAwsEvent('throttlingException', { message: 'slow down' }, 'exception')
    expect(deliver([exception, error, bare]).events).toEqual([
      [0, 'error', 'throttlingException: slow down'],
      [1, 'error', 'Internal: oops'],
      [2, 'error', null],
    ])
  })
})

describe('an answer that should be an AWS event stream', () => {
  const read = (...parts: readonly (string | Buffer)[]) => readParts(parts, { api: 'bedrock' })
  const token = encodeAwsEvent('contentBlockDelta', { contentBlockIndex: 0, delta: { text: 'a' } })

  it.each([
    ['an event stream', event({ a: 1 }), 'an event stream instead of an AWS event stream'],
    ['JSON', '{"output":{}}', 'a whole JSON answer instead of an AWS event stream'],
    ['an HTML page', '\n<html></html>', 'an HTML page instead of an AWS event stream'],
  ])('is named when it is %s', (_, body, failureMessage) => {
    expect(read(body)).toMatchObject({ failure: 'parse', failureMessage })
  })

  it('is not read past a wrong checksum, which is named', () => {
    expect(read(token, withByte(token, token.length - 1))).toMatchObject({
      failure: 'parse',
      failureMessage: 'an AWS event that fails its checksum',
      tokenEvents: 1,
    })
    expect(read(withByte(token, 3))).toMatchObject({
      failure: 'parse',
      failureMessage: 'an AWS event whose prelude fails its checksum',
    })
  })

  it('is incomplete when it is cut inside a message or between two', () => {
    const failureMessage = 'the stream was cut inside an event'
    expect(read(token, token.subarray(0, 5))).toMatchObject({ failure: 'incomplete', failureMessage })
    expect(read(token.subarray(0, 50))).toMatchObject({ failure: 'incomplete', failureMessage })
    expect(read(token)).toMatchObject({ failure: 'incomplete' })
  })
})

describe('an AWS event stream where another one is expected', () => {
  it('is named', () => {
    expect(readParts([PING, PING])).toMatchObject({
      failure: 'parse',
      failureMessage: 'an AWS event stream instead of a stream',
    })
    expect(readParts([PING], { api: 'ollama' })).toMatchObject({
      failureMessage: 'an AWS event stream instead of JSON lines',
    })
  })
})
