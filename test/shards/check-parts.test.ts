import { describe, expect, it } from 'vitest'
import { findPartProblems } from '../../src/shards/check-parts.ts'
import type { PartHeader } from '../../src/shards/part.ts'
import { aRecord, aReport } from '../support/builders.ts'
import { aHeader, aPartLevel, aShare, readPart } from './parts.ts'

const LEVEL = aPartLevel([aShare([aRecord({ level: 4 })])])

type Changes = Partial<Parameters<typeof aHeader>[0]>

/** Shards of one run of three. */
function shards(changes: Readonly<Record<number, Changes>> = {}, numbers = [1, 2, 3]) {
  return numbers.map((number) => {
    const header: PartHeader = readPart(aHeader({ shard: { number, count: 3 }, ...changes[number] }), [LEVEL]).header
    return { from: `part-${number}`, header }
  })
}

function problemsOf(parts: Parameters<typeof findPartProblems>[0]): string[] {
  return findPartProblems(parts).map(({ from, message }) => (from === null ? message : `${from}: ${message}`))
}

describe('parts that do not belong together', () => {
  it('are none where each shard of a run is there once, in any order', () => {
    expect(problemsOf(shards({}, [3, 1, 2]))).toEqual([])
  })

  it('name each shard that is missing', () => {
    expect(problemsOf(shards({}, [2]))).toEqual([
      'of the 3 shards 2 are missing: 1/3, 3/3; a smaller run is another run',
    ])
  })

  it('name a shard that is there twice', () => {
    expect(problemsOf(shards({}, [1, 2, 3, 2]))).toEqual(['part-2: shard 2/3 is there twice: part-2 holds it, too'])
  })

  it('name what a foreign shard was told or is', () => {
    const { tool, ...report } = aReport()
    const other = { ...report, tool: { ...tool, version: '9.9.9' } }
    const of = (changes: Changes) => problemsOf(shards({ 2: changes })).join()
    expect(of({ shard: { number: 2, count: 4 } })).toBe('part-2: shard 2/4 is one of 4 shards, and the others are of 3')
    expect(of({ report: other })).toBe('part-2: shard 2/3 was measured by Plateau 9.9.9, and the others by 0.1.0')
    expect(of({ terms: { concurrency: '1, 2', endpoint: 'f00' } })).toBe(
      'part-2: shard 2/3 was told another concurrency: 1, 2, and the others 1, 4',
    )
    expect(of({ terms: { concurrency: '1, 4', endpoint: 'f00', limits: 'error-rate <= 1%' } })).toBe(
      'part-2: shard 2/3 was told another limits: error-rate <= 1%, and the others none',
    )
    expect(of({ terms: { concurrency: '1, 4' } })).toBe(
      'part-2: shard 2/3 was told another endpoint: none, and the others f00',
    )
    expect(of({ meeting: 'xyz' })).toBe('part-2: shard 2/3 is of another run: it did not start with the others')
  })

  it('name a clock that is too far off, and one of which too little is known', () => {
    const of = (offsetMs: number, withinMs: number) =>
      problemsOf(shards({ 3: { clock: { offsetMs, withinMs } } })).join()
    expect(of(59_000, 900)).toBe('')
    expect(of(-61_000, 5)).toContain('part-3: shard 3/3 has a clock that is 61.0 s behind that of the first shard')
    expect(of(2, 1_500)).toContain('only known within 1.5 s')
  })

  it('name one that has other windows', () => {
    const [first, second, third] = shards()
    const window = { startMs: 1_001, endMs: 9_001 }
    const late = { ...third!.header, levels: third!.header.levels.map((level) => ({ ...level, window })) }
    expect(problemsOf([first!, second!, { from: 'late', header: late }])).toEqual([
      'late: shard 3/3 has other levels or windows than part-1',
    ])
    const short = { ...third!.header, levels: [] }
    expect(problemsOf([first!, second!, { from: 'short', header: short }])).toHaveLength(1)
  })
})
