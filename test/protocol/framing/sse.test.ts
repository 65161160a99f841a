import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MAX_EVENT_LENGTH } from '../../../src/protocol/framing/event-reader.ts'
import { SSE } from '../../../src/protocol/framing/sse.ts'
import { bytesOf } from '../streams.ts'
import { GRAPHEME } from '../../support/text-units.ts'

/** Feeds pieces and writes down what is delivered during which of them; `end` counts as one more. */
function deliver(pieces: readonly Buffer[]) {
  let step = 0
  const events: { step: number; name: string; data: unknown }[] = []
  const reader = SSE.createReader({
    onEvent: (data, name) => events.push({ step, name, data }),
    onDone: () => events.push({ step, name: '', data: 'DONE' }),
    onUnreadable: (data, name) => events.push({ step, name, data: `unreadable ${data}` }),
    onError: () => expect.fail('server-sent events have no errors of their own'),
    onBroken: () => expect.fail('server-sent events cannot be broken'),
  })
  for (const piece of pieces) {
    reader.push(piece)
    step++
  }
  reader.end()
  return { events, reader }
}

function dataOf(text: string): unknown[] {
  return deliver([bytesOf(text)]).events.map(({ data }) => data)
}

describe('an event stream', () => {
  it.each(['\n', '\r', '\r\n'])('ends its lines with %j', (end) => {
    const text = ['data: 1', '', 'data: 2', '', 'data: [DONE]', '', ''].join(end)
    expect(dataOf(text)).toEqual([1, 2, 'DONE'])
  })

  it.each(['\n', '\r', '\r\n'])('has its error line wherever it is cut, where lines end with %j', (end) => {
    const bytes = bytesOf(['data: 1', '', 'error: {"code":500}', 'data: 2', '', ''].join(end))
    const expected = [
      { name: '', data: 1 },
      { name: 'error', data: { code: 500 } },
      { name: '', data: 2 },
    ]
    const deliverAll = (pieces: readonly Buffer[]) => deliver(pieces).events.map(({ name, data }) => ({ name, data }))
    for (let cut = 0; cut <= bytes.length; cut++) {
      expect(deliverAll([bytes.subarray(0, cut), bytes.subarray(cut)])).toEqual(expected)
    }
    expect(deliverAll(Array.from(bytes, (byte) => Buffer.of(byte)))).toEqual(expected)
  })

  it.each(['error', 'errors: {"a":1}', ' error: 1'])('fails by no line "%s"', (line) => {
    expect(dataOf(`${line}\ndata: 1\n\n${line}\n\n${line}`)).toEqual([1])
  })

  it('has an error whose line ends with the stream', () => {
    expect(dataOf('data: 1\n\nerror: {"code":500}')).toEqual([1, { code: 500 }])
  })

  it('takes CR and LF in different reads for one end of a line', () => {
    const pieces = ['data: 1\r', '\n\r', '\ndata: 2\r\n\r', '\ndata: 3\r\n', '\r\n']
    const { events } = deliver(pieces.map(bytesOf))
    expect(events.map(({ step, data }) => [step, data])).toEqual([
      [1, 1],
      [2, 2],
      [4, 3],
    ])
  })

  it('puts a character together that was cut between reads', () => {
    const bytes = bytesOf('data: "🌍"\n\n')
    for (let at = 7; at < 11; at++) {
      expect(deliver([bytes.subarray(0, at), bytes.subarray(at)]).events.map(({ data }) => data)).toEqual(['🌍'])
    }
  })

  it('keeps the white space at the edges of reads', () => {
    const { events } = deliver(['data: " ', ' a ', ' "\n', '\n'].map(bytesOf))
    expect(events).toEqual([{ step: 3, name: '', data: '  a  ' }])
  })

  it('does not end a line at U+0085, U+2028 or U+2029', () => {
    expect(dataOf('data: "a\u0085b\u2028c\u2029d"\n\n')).toEqual(['a\u0085b\u2028c\u2029d'])
  })

  it('takes data with one space after the colon, with none, and with several lines joined by LF', () => {
    expect(dataOf('data:{"a":1}\n\ndata: {"b":2}\n\ndata: {"c":\ndata: 3}\n\n')).toEqual([{ a: 1 }, { b: 2 }, { c: 3 }])
  })

  it('reads each line by itself where one LF stands between events', () => {
    expect(dataOf('data: {"a":1}\ndata: {"b":2}\ndata: [DONE]\n\n')).toEqual([{ a: 1 }, { b: 2 }, 'DONE'])
  })

  it('drops one BOM', () => {
    expect(dataOf('\uFEFFdata: 1\n\n')).toEqual([1])
    expect(dataOf('\uFEFF\uFEFFdata: 1\n\ndata: 2\n\n')).toEqual([2])
  })

  it('keeps the name of an event and ignores id, retry and empty data', () => {
    const { events } = deliver([bytesOf('event: error\nid: 7\nretry: 10\ndata: {}\n\ndata:\n\ndata\n\n')])
    expect(events).toEqual([{ step: 0, name: 'error', data: {} }])
  })

  it('counts comments and delivers none', () => {
    const { events, reader } = deliver([bytesOf(': keep-alive\n\n:\ndata: 1\n\n:408: Request Timeout\n')])
    expect(events.map(({ data }) => data)).toEqual([1])
    expect(reader.comments).toBe(3)
  })

  it('hands out data that is not JSON as unreadable', () => {
    expect(dataOf('data: ping\n\n')).toEqual(['unreadable ping'])
  })

  it('completes at its end an event that lacks the final blank line', () => {
    expect(deliver([bytesOf('data: {"a":1}')]).events).toEqual([{ step: 1, name: '', data: { a: 1 } }])
    expect(deliver([bytesOf('data: 1\r\n')]).events).toEqual([{ step: 1, name: '', data: 1 }])
  })

  it('delivers an event of a lone-CR stream with its own last byte', () => {
    const { events } = deliver([bytesOf('data: 1\r\r'), bytesOf('data: 2\r'), bytesOf('\r')])
    expect(events.map(({ step }) => step)).toEqual([0, 2])
  })

  it('gives up on a line without end and holds no more of it', () => {
    const reader = SSE.createReader({
      onEvent: () => expect.fail('an event of an endless line'),
      onDone: () => expect.fail('no end'),
      onUnreadable: () => expect.fail('an event of an endless line'),
      onError: () => expect.fail('an error of an endless line'),
      onBroken: () => expect.fail('a broken endless line'),
    })
    reader.push(bytesOf('data: "'))
    const block = bytesOf('x'.repeat(65_536))
    for (let sent = 0; sent <= 4 * MAX_EVENT_LENGTH; sent += block.length) reader.push(block)
    reader.push(bytesOf('"\n\ndata: 1\n\n'))
    reader.end()
    expect(reader.tooLong).toEqual({ length: 4 * MAX_EVENT_LENGTH + block.length + 'data: ""'.length, whole: true })
  })

  it('gives up on an event of endless lines, and on one that comes in a single piece', () => {
    const lines = deliver(Array.from({ length: 40 }, () => bytesOf(`data: ${'x'.repeat(40_000)}\n`)))
    const piece = deliver([bytesOf(`data: "${'x'.repeat(MAX_EVENT_LENGTH)}"\n\n`)])
    expect([lines.reader.tooLong, piece.reader.tooLong]).toEqual([
      { length: 40 * 40_006, whole: true },
      { length: MAX_EVENT_LENGTH + 8, whole: true },
    ])
    expect([...lines.events, ...piece.events]).toEqual([])
  })

  it.each([
    ['comments', ': '],
    ['names of events', 'event: '],
    ['data', 'data: "'],
    ['errors', 'error: '],
    ['fields that nobody knows', 'other: '],
  ])('gives up on too long lines of %s in any cut, and has read what came before', (_, field) => {
    const bytes = bytesOf(`data: 1\r\n\r\n${field}${'x'.repeat(MAX_EVENT_LENGTH)}\r\n\r\ndata: 2\n\n`)
    for (const cut of [0, 5, 9, 1_000, MAX_EVENT_LENGTH, bytes.length - 3]) {
      const { events, reader } = deliver([bytes.subarray(0, cut), bytes.subarray(cut)])
      expect([events.map(({ data }) => data), reader.tooLong]).toEqual([
        [1],
        { length: field.length + MAX_EVENT_LENGTH, whole: true },
      ])
    }
  })

  it('reads an event of long lines and many of them, where none is too long', () => {
    const half = 'x'.repeat(MAX_EVENT_LENGTH / 2 - 20)
    for (const end of ['\n', '\r\n', '\r']) {
      const events = `data: "${half}"${end}${end}: ${half}${end}${end}`
      const { events: read, reader } = deliver([bytesOf(events.repeat(3))])
      expect([read.map(({ data }) => data), reader.tooLong]).toEqual([[half, half, half], null])
    }
  })

  it('has a BOM at its beginning alone, and joins a cut character, also after events that are plain', () => {
    const plain = 'data: 1\n\n'
    expect(deliver([bytesOf(plain), bytesOf(`\uFEFF${plain}`)]).events).toHaveLength(1)
    expect(deliver([bytesOf(`\uFEFF${plain}`), bytesOf(plain)]).events).toHaveLength(2)
    expect(deliver([Buffer.of(...bytesOf(plain), 0xe2), bytesOf(plain)]).events).toHaveLength(1)
    expect(deliver([Buffer.of(...bytesOf(plain), 0xe2), bytesOf(`\n\n${plain}`)]).events).toHaveLength(2)
  })

  it('reads the same events, each with its last byte, however it is cut, spaced and commented', () => {
    const end = fc.constantFrom('\n', '\r', '\r\n')
    const block = fc.record({
      text: fc.string({ unit: GRAPHEME, maxLength: 12 }),
      space: fc.constantFrom('', ' '),
      before: fc.constantFrom('', ': comment', 'id: 7', 'retry: 9', 'event: delta'),
    })
    const scene = fc.record({
      end,
      bom: fc.boolean(),
      blocks: fc.array(block, { maxLength: 8 }),
      cuts: fc.infiniteStream(fc.oneof(fc.nat(9), fc.nat(70), fc.constant(999))),
    })
    fc.assert(
      fc.property(scene, ({ end, bom, blocks, cuts }) => {
        let text = bom ? '\uFEFF' : ''
        const lastBytes: number[] = []
        for (const { text: content, space, before } of blocks) {
          if (before !== '') text += before + end
          text += `data:${space}${JSON.stringify({ content })}${end}`
          // The blank line is known with its first byte; the LF of a CRLF adds nothing.
          lastBytes.push(bytesOf(text).length)
          text += end
        }
        const bytes = bytesOf(text)
        const pieces: Buffer[] = []
        const pieceOfByte: number[] = []
        for (let at = 0; at < bytes.length;) {
          const size = 1 + cuts.next().value
          for (let i = at; i < Math.min(bytes.length, at + size); i++) pieceOfByte.push(pieces.length)
          pieces.push(bytes.subarray(at, at + size))
          at += size
        }
        expect(deliver(pieces).events).toEqual(
          blocks.map(({ text: content, before }, i) => ({
            step: pieceOfByte[lastBytes[i]!],
            name: before === 'event: delta' ? 'delta' : '',
            data: { content },
          })),
        )
      }),
      { numRuns: 500 },
    )
  })
})
