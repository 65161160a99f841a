import { describe, expect, it } from 'vitest'
import { unpackRecords } from '../../src/load/level/packed-records.ts'
import { openPart, PartError } from '../../src/shards/part.ts'
import { aFailure, aRecord, listFacts } from '../support/builders.ts'
import { aHeader, aPartLevel, aShare, asFile, readPart, writePart } from './parts.ts'

/** More than one block. */
const MANY = Array.from({ length: 2_500 }, (_, i) => aRecord({ requestId: `id-${i}`, startMs: i + 0.1 }))

function refusalOf(bytes: Buffer, load = false): string {
  try {
    const part = openPart(asFile(bytes))
    if (load) part.load(0)
    return 'read'
  } catch (error) {
    return error instanceof PartError ? error.message : String(error)
  }
}

describe('a part of a run', () => {
  it('gives back every fact of every record, level by level', () => {
    const failed = [aFailure('http_500', { requestId: 'naïve-id', serverRequestId: 'req_1' }), aRecord()]
    const part = readPart(aHeader(), [
      aPartLevel([aShare(MANY), aShare([])]),
      aPartLevel([aShare(failed)], { pass: 2 }),
    ])
    const read = (level: number) =>
      part.load(level).map(({ tally }) => [...unpackRecords(tally.records)].map((record) => listFacts(record)))
    expect(read(0)).toEqual([MANY, []])
    expect(read(1)).toEqual([failed])
  })

  it('gives back what is no record, and what is said of the whole', () => {
    const share = aShare([], {
      cancelled: [{ startMs: 1.25, endMs: 3 }],
      cancelledTtft: { n: 1, sumMs: 0.5 },
      opened: 7,
    })
    const { report: _, ...header } = aHeader({ decidedBy: [{ setting: 'limits', value: 'ttft-p50 <= 1s' }] })
    const part = readPart(aHeader(header), [aPartLevel([share], { window: null, stopped: 'failing' })])
    expect(part.header).toMatchObject({ ...header, levels: [{ window: null, stopped: 'failing' }] })
    expect(part.load(0)[0]!.tally).toMatchObject({
      cancelled: [{ startMs: 1.25, endMs: 3 }],
      cancelledTtft: { n: 1, sumMs: 0.5 },
      opened: 7,
    })
  })

  it('is refused where it holds what no request can be, however whole it is', () => {
    const hasWrong = (facts: object): string =>
      refusalOf(writePart(aHeader(), [aPartLevel([aShare([aRecord(facts)])])]), true)
    expect(hasWrong({ failure: null, ttftMs: null })).toBe('read')
    expect(hasWrong({ endMs: NaN })).toBe('holds a request whose endMs cannot be')
    expect(hasWrong({ requestId: null })).toBe('read')
    expect(hasWrong({ phase: null })).toBe('holds a request whose phase cannot be')
    const words = aShare([aRecord()])
    const fewer = { ...words, tally: { ...words.tally, records: { ...words.tally.records, words: ['counted'] } } }
    expect(refusalOf(writePart(aHeader(), [aPartLevel([fewer])]), true)).toMatch(
      /^holds a request whose \w+ cannot be$/,
    )
  })

  it('is refused where it is another file, or not whole', () => {
    const bytes = writePart(aHeader(), [aPartLevel([aShare(MANY)])])
    expect(refusalOf(bytes, true)).toBe('read')
    expect(refusalOf(Buffer.from(''))).toContain('is not a part of a run')
    expect(refusalOf(Buffer.from('{"schema": "plateau/run-report@1"}'))).toContain('is not a part of a run')
    expect(refusalOf(bytes.subarray(0, 300))).toContain('is not whole')
    expect(refusalOf(bytes.subarray(0, bytes.length - 1))).toContain('is not whole')
    expect(refusalOf(Buffer.concat([bytes, Buffer.from('x')]))).toContain('is not whole')
    expect(refusalOf(Buffer.from(bytes.toString('latin1').replace('part@1', 'part@2'), 'latin1'))).toContain(
      'is of version 2 of the format',
    )
  })

  it('is refused where a byte of it is another one', () => {
    const bytes = writePart(aHeader(), [aPartLevel([aShare(MANY)])])
    const inNumbers = Buffer.from(bytes)
    inNumbers[bytes.length - 100_000]! ^= 1
    expect(refusalOf(inNumbers, true)).toBe('was changed after it was written')
    const inHeader = Buffer.from(bytes.toString('latin1').replace('"number":1', '"number":9'), 'latin1')
    expect(refusalOf(inHeader)).toContain('shard')
  })
})
