import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MAX_EVENT_LENGTH } from '../../../src/protocol/framing/event-reader.ts'
import { NDJSON } from '../../../src/protocol/framing/ndjson.ts'
import { bytesOf, event, piecesOf, readParts, SIZES } from '../streams.ts'
import { GRAPHEME } from '../../support/text-units.ts'

/** Feeds pieces and writes down what is delivered during which of them; `end` counts as one more. */
function deliver(pieces: readonly Buffer[]) {
  let step = 0
  const events: { step: number; data: unknown }[] = []
  const reader = NDJSON.createReader({
    onEvent: (data) => events.push({ step, data }),
    onDone: () => expect.fail('JSON lines have no end mark'),
    onUnreadable: (data) => events.push({ step, data: `unreadable ${data}` }),
    onError: () => expect.fail('JSON lines have no errors of their own'),
    onBroken: (what) => events.push({ step, data: `broken: ${what}` }),
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

const LAST = '{"model":"m","message":{"role":"assistant","content":""},"done":true,"done_reason":"stop","eval_count":2}'

describe('JSON lines', () => {
  it.each(['\n', '\r\n', '\n\n', '\r\n \r\n'])('end with %j, and blank ones say nothing', (end) => {
    expect(dataOf(['{"a":1}', '{"b":2}', ''].join(end))).toEqual([{ a: 1 }, { b: 2 }])
  })

  it('do not end at U+0085, U+2028, U+2029 or a lone CR', () => {
    expect(dataOf('{"a":\r"\u0085b\u2028c\u2029d"}\n')).toEqual([{ a: '\u0085b\u2028c\u2029d' }])
  })

  it('lose one BOM of two, wherever they are cut', () => {
    const bytes = bytesOf('\uFEFF\uFEFF{"a":1}\n')
    const [whole, ...cut] = bytes
      .keys()
      .map((at) => deliver([bytes.subarray(0, at), bytes.subarray(at)]).events[0]!.data)
    expect(whole).toMatch(/^broken: a line that is not JSON/)
    expect(new Set(cut)).toEqual(new Set([whole]))
  })

  it('may begin with a BOM', () => {
    expect(dataOf('\uFEFF{"a":1}\n')).toEqual([{ a: 1 }])
  })

  it('need no LF at the end of the last one', () => {
    expect(deliver([bytesOf('{"a":1}\n{"b":2}')]).events).toEqual([
      { step: 0, data: { a: 1 } },
      { step: 1, data: { b: 2 } },
    ])
  })

  it('are cut where the last one does not parse', () => {
    expect(dataOf('{"a":1}\n{"b":')).toEqual([{ a: 1 }, 'unreadable {"b":'])
  })

  it('are broken by one that does not parse, whatever follows', () => {
    expect(dataOf('{"a":1}\nping\n{"b":2}\n')).toEqual([{ a: 1 }, 'broken: a line that is not JSON: ping'])
    expect(dataOf('{"a":NaN}\n')).toEqual(['broken: a line with NaN, which JSON does not have'])
  })

  it('are read each with its last byte, however they are cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: GRAPHEME, maxLength: 12 }), { maxLength: 8 }),
        fc.constantFrom('\n', '\r\n'),
        SIZES,
        (texts, end, sizes) => {
          const bytes = bytesOf(texts.map((text) => JSON.stringify({ text }) + end).join(''))
          const pieces = piecesOf(bytes, sizes)
          const pieceOfByte = pieces.flatMap((piece, i) => Array.from(piece, () => i))
          const lastBytes = [...bytes.keys()].filter((i) => bytes[i] === 0x0a)
          expect(deliver(pieces).events).toEqual(
            texts.map((text, i) => ({ step: pieceOfByte[lastBytes[i]!], data: { text } })),
          )
        },
      ),
      { numRuns: 200 },
    )
  })

  it('are given up at one without end, of which no more is held', () => {
    const block = bytesOf('x'.repeat(65_536))
    const blocks = Array.from({ length: 20 }, () => block)
    const endless = deliver([bytesOf('{"a":"'), ...blocks, bytesOf('"}\n{"b":2}\n')])
    const inOnePiece = deliver([bytesOf(`{"a":"${'x'.repeat(MAX_EVENT_LENGTH)}"}\n{"b":2}\n`)])
    expect([endless.reader.tooLong, inOnePiece.reader.tooLong]).toEqual([
      { length: 20 * block.length + '{"a":""}'.length, whole: true },
      { length: MAX_EVENT_LENGTH + '{"a":""}'.length, whole: true },
    ])
    expect([...endless.events, ...inOnePiece.events]).toEqual([])
  })
})

describe('an answer that should be JSON lines', () => {
  const read = (...parts: readonly string[]) => readParts(parts, { api: 'ollama' })
  const word = '{"model":"m","message":{"role":"assistant","content":"a"},"done":false}\n'

  it('is whole without the last LF, and says so', () => {
    expect(read(word, word, LAST)).toMatchObject({ failure: null, unterminated: true, outputTokens: 2 })
    expect(read(word, word, `${LAST}\n`)).toMatchObject({ failure: null, unterminated: false })
  })

  it('is incomplete when it is cut inside a line, or between two', () => {
    expect(read(word, word.slice(0, 20))).toMatchObject({
      failure: 'incomplete',
      failureMessage: 'the stream was cut inside an event',
    })
    expect(read(word)).toMatchObject({ failure: 'incomplete' })
    expect(read()).toMatchObject({ failure: 'incomplete', failureMessage: 'an empty body' })
  })

  it('is not read past a broken line', () => {
    expect(read(word, '{"model":\n', LAST)).toMatchObject({
      failure: 'parse',
      failureMessage: 'a line that is not JSON: {"model":',
      tokenEvents: 1,
    })
    expect(read('{"model":\n', word)).toMatchObject({ failure: 'parse' })
  })

  it.each([
    ['an event stream', event({ a: 1 }), 'an event stream instead of JSON lines'],
    ['an HTML page', '<html><title>Bad Gateway</title></html>', 'an HTML page instead of JSON lines: Bad Gateway'],
    ['a JSON answer over several lines', '{\n  "choices": []\n}\n', 'a whole JSON answer instead of JSON lines'],
    ['a list', '[{"done":true}]', 'a whole JSON answer instead of JSON lines'],
    ['plain text', 'Ollama is running', 'plain text instead of JSON lines: Ollama is running'],
    ['lines of another API', '{"id":"x","choices":[]}\n', 'no event is in the format of ollama'],
  ])('is named when it is %s', (_, body, failureMessage) => {
    expect(read(body)).toMatchObject({ failure: 'parse', failureMessage })
    // Byte by byte, too.
    expect(read(...body.split(''))).toMatchObject({ failure: 'parse', failureMessage })
  })

  it.each([
    ['on one line', '{"error":"model \\"x\\" not found"}\n'],
    ['without its LF', '{"error":"model \\"x\\" not found"}'],
    ['over several lines', '{\n  "error": "model \\"x\\" not found"\n}'],
    ['after tokens', `${word}{"error":"model \\"x\\" not found"}\n`],
  ])("is the server's error when it holds one %s", (_, body) => {
    expect(read(body)).toMatchObject({ failure: 'error_event', failureMessage: 'model "x" not found' })
  })

  it('counts events of kinds that nobody knows', () => {
    expect(read('{"status":"pulling"}\n', word, '7\n', word, `${LAST}\n`)).toMatchObject({
      failure: null,
      unknownEvents: 2,
      tokenEvents: 2,
    })
  })
})

describe('JSON lines where an event stream is expected', () => {
  it('are named', () => {
    expect(readParts(['{"done":false}\n{"done":true}\n'])).toMatchObject({
      failure: 'parse',
      failureMessage: 'JSON lines instead of a stream',
    })
  })
})
