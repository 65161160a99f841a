import fc from 'fast-check'
import { expect, test } from 'vitest'
import { encodeEdition, isOlder, readEdition } from '../../../src/github/pull-request/marker.ts'
import { anEdition } from '../editions.ts'

test('an edition is read from the first line of a comment, and from nowhere else', () => {
  const edition = anEdition({ attempt: 2 })
  expect(readEdition(`<!-- marker -->${encodeEdition(edition)}\nBody`)).toEqual(edition)
  expect(readEdition(`<!-- marker -->\n${encodeEdition(edition)}`)).toBeNull()
  for (const spoilt of ['{}', '[]', '{"runId":"1"}', '{', JSON.stringify({ ...edition, startedAt: 'soon' })]) {
    expect(readEdition(`<!-- plateau-edition ${spoilt} -->\n`)).toBeNull()
  }
})

test('of two editions that differ at most one is older, whichever is asked first', () => {
  const edition = fc.record({
    runId: fc.integer({ min: 1, max: 3 }),
    attempt: fc.integer({ min: 1, max: 2 }),
    startedAt: fc.constantFrom('2026-11-22T18:00:00.000Z', '2026-11-22T19:00:00.000Z'),
    headSha: fc.constantFrom('a', 'b', 'c'),
  })
  fc.assert(
    fc.property(edition, edition, fc.constantFrom('a', 'b', null), (one, other, head) => {
      expect(isOlder(one, other, head) && isOlder(other, one, head)).toBe(false)
      expect(isOlder(one, one, head)).toBe(false)
    }),
  )
})
