import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { seedRandom } from '../../src/random.ts'
import { eventEnds } from './event-ends.ts'
import { completeAt, piecesOf, randomCuts, singleCuts } from './pieces.ts'
import { lineEndForms, varied } from './vary.ts'

const bytesOf = (text: string): Buffer => Buffer.from(text)

describe('an event is complete', () => {
  test.each([
    ['with its blank line', 'data: a\n\ndata: b\n\n', [9, 18]],
    ['with the CR of the CRLF of its blank line', 'data: a\r\n\r\ndata: b\r\n\r\n', [10, 21]],
    ['with a CR alone', 'data: a\r\rdata: b\r\r', [9, 18]],
    ['with the last byte of a body that ends before it does', 'data: a\n\ndata: b', [9, 16]],
    ['with the last byte also where only the blank line is missing', 'data: a\ndata: b\n', [16]],
    ['whatever comes before its data', '\u{FEFF}: hi\n\nevent: x\nid: 1\ndata\n\n\n', [30]],
  ])('%s', (_, body, ends) => {
    expect(eventEnds(bytesOf(body), 'sse')).toEqual(ends)
  })

  test('as a line that is not blank, with its LF or the last byte', () => {
    expect(eventEnds(bytesOf('{"a":1}\n\n{"b":2}\r\n \n{"c":3}'), 'ndjson')).toEqual([8, 18, 27])
  })

  test('as a message, with the last of the bytes that it says it has', () => {
    expect(eventEnds(Buffer.of(0, 0, 0, 5, 1, 0, 0, 0, 6, 1, 1), 'eventstream')).toEqual([5, 11])
  })

  test('and no other, for comments, fields that only begin like data, and nothing', () => {
    expect(eventEnds(bytesOf(': data: a\n\ndatabase: b\n\nevent: ping\n\n'), 'sse')).toEqual([])
    expect(eventEnds(bytesOf(''), 'sse')).toEqual([])
    expect(eventEnds(bytesOf(''), 'ndjson')).toEqual([])
  })
})

describe('pieces', () => {
  const body = bytesOf('data: a\r\n\r\n: hi\r\n\r\ndata: b\r\n\r\ndata: c\r\n\r\n\r\n')
  const ends = eventEnds(body, 'sse')
  const textOf = (bytes: Buffer): string => Buffer.from(bytes).toString()

  test('bring each event whole at its time, and the rest after it', () => {
    expect(piecesOf(body, ends).map(({ bytes, atMs }) => [textOf(bytes), atMs])).toEqual([
      ['data: a\r\n\r\n', 8],
      [': hi\r\n\r\ndata: b\r\n\r\n', 16],
      ['data: c\r\n\r\n', 24],
      ['\r\n', 28],
    ])
  })

  test('hold all bytes in their order, later and later, and each byte that completes an event at its time', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: body.length + 3 })), (cuts) => {
        const pieces = piecesOf(body, ends, cuts)
        expect(Buffer.concat(pieces.map(({ bytes }) => bytes))).toEqual(Buffer.from(body))
        for (let i = 1; i < pieces.length; i++) expect(pieces[i]!.atMs).toBeGreaterThan(pieces[i - 1]!.atMs)
        ends.forEach((end, event) => {
          let to = 0
          const piece = pieces.find(({ bytes }) => (to += bytes.length) >= end)
          expect(piece!.atMs).toBe(completeAt(event))
        })
        for (const cut of cuts.filter((at) => at > 0 && at < body.length)) {
          let to = 0
          expect(pieces.some(({ bytes }) => (to += bytes.length) === cut)).toBe(true)
        }
      }),
    )
  })

  test('are cut at every place of a short body, and at some of a long one', () => {
    const random = seedRandom('a')
    expect(singleCuts(4, 10, random)).toEqual([1, 2, 3])
    const some = singleCuts(1_000, 10, random)
    expect(some).toHaveLength(10)
    expect(some.every((at) => at > 0 && at < 1_000)).toBe(true)
    expect(new Set(Array.from({ length: 50 }, () => randomCuts([4, 9], random)).flat())).toEqual(
      new Set([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]),
    )
  })
})

describe('other bytes that mean the same', () => {
  const body = bytesOf('event: x\ndata: {"a":"é"}\n\n: note\n\ndata: [DONE]\n\n')
  const forms = Array.from({ length: 40 }, (_, seed) => varied(body, 'sse', seedRandom(`${seed}`)))

  test('have the same events', () => {
    for (const form of forms) expect(eventEnds(form, 'sse')).toHaveLength(2)
    for (const form of lineEndForms(body, 'sse')) expect(eventEnds(form, 'sse')).toHaveLength(2)
  })

  test.each([
    ['LF', /[^\r]\n\n/],
    ['CRLF', /\r\n\r\n/],
    ['CR', /\r\r[^\n]/],
    ['a BOM', /^\u{FEFF}/u],
    ['none', /^[de:i]/],
    ['comments', /: keep-alive/],
    ['fields that nobody needs', /id: 7/],
    ['data without its space', /data:\{/],
    ['data with its space', /data: \{/],
  ])('come with %s, by and by', (_, what) => {
    expect(forms.some((form) => what.test(Buffer.from(form).toString()))).toBe(true)
  })

  test('are the same bytes for the same seed', () => {
    expect(varied(body, 'sse', seedRandom('7'))).toEqual(forms[7])
  })

  test('of lines end with LF and CRLF, and have blank ones between', () => {
    const lines = bytesOf('{"a":1}\n{"b":2}\n{"c":3}')
    const all = Array.from({ length: 40 }, (_, seed) => varied(lines, 'ndjson', seedRandom(`${seed}`)))
    for (const form of [...all, ...lineEndForms(lines, 'ndjson')]) expect(eventEnds(form, 'ndjson')).toHaveLength(3)
    const text = all.map((form) => Buffer.from(form).toString()).join('|')
    expect(text).toMatch(/\}\n\{/)
    expect(text).toMatch(/\}\r\n\{/)
    expect(text).toMatch(/\n\n\{/)
  })
})
