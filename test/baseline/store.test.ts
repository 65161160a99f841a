import fc from 'fast-check'
import { expect, test } from 'vitest'
import { takeEntriesLeadingTo, takeEntriesUpTo } from '../../src/baseline/store.ts'
import { anEntry, shaOf } from '../report/history-builders.ts'

const ENTRIES = [
  anEntry(1),
  anEntry(2, { source: { ref: 'refs/tags/v1' } }),
  anEntry(3, { source: { ref: 'refs/heads/main', sha: 'abcdef0123456789' } }),
  anEntry(4, { source: { ref: null, sha: null } }),
]

test.each([
  ['v1', 2],
  ['refs/tags/v1', 2],
  ['main', 3],
  ['abcdef0', 3],
  ['ABCDEF0123', 3],
  [shaOf(1), 1],
])('%s cuts after its newest run', (ref, length) => {
  expect(takeEntriesUpTo(ENTRIES, ref)).toEqual(ENTRIES.slice(0, length))
})

test.each(['v2', 'abcdef', 'abcdef1', '', '000'])('%j is of no run', (ref) => {
  expect(takeEntriesUpTo(ENTRIES, ref)).toBeNull()
})

test('of a line of commits exactly those that lead to the ref count, whichever are gone', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ known: fc.boolean(), gone: fc.integer({ min: 0, max: 9 }) }), { maxLength: 60 }),
      fc.nat(60),
      async (runs, released) => {
        const entries = runs.map(({ known }, i) => anEntry(i, { source: { sha: known ? shaOf(i) : null } }))
        const isGone = (day: number) => runs[day]?.gone === 0
        const isAncestor = async (sha: string) => {
          const day = Number.parseInt(sha, 16)
          return isGone(day) ? null : day <= released - 0.5
        }
        const newest = entries.findLastIndex(
          ({ source }, i) => source.sha !== null && !isGone(i) && i <= released - 0.5,
        )
        const expected = newest === -1 ? null : entries.slice(0, newest + 1)
        expect(await takeEntriesLeadingTo(entries, 'f'.repeat(40), isAncestor)).toEqual(expected)
      },
    ),
  )
})
