import { expect, test } from 'vitest'
import fc from 'fast-check'
import { rejectByHolm } from '../../src/stats/hypothesis-tests.ts'

test('each p is held against what its rank leaves, until the first that fails', () => {
  // .01/3, .01/2, .01: the second smallest passes, the third is just above.
  expect(rejectByHolm([0.0101, 0.003, 0.005], 0.01)).toEqual([false, true, true])
  // The second smallest fails at .005, so the largest is never asked.
  expect(rejectByHolm([0.0051, 0.003, 0.0099], 0.01)).toEqual([false, true, false])
})

test('one test is held against all of alpha, and the bound itself is significant', () => {
  expect(rejectByHolm([0.01], 0.01)).toEqual([true])
  expect(rejectByHolm([0.0100001], 0.01)).toEqual([false])
  expect(rejectByHolm([], 0.01)).toEqual([])
})

const p = fc.double({ min: 0, max: 1, noNaN: true })

test('whatever Bonferroni finds is found, and nothing that a single test would not', () => {
  fc.assert(
    fc.property(
      fc.array(p, { minLength: 1, maxLength: 8 }),
      fc.double({ min: 0.001, max: 0.2, noNaN: true }),
      (ps, alpha) => {
        const found = rejectByHolm(ps, alpha)
        for (const [i, value] of ps.entries()) {
          if (value <= alpha / ps.length) expect(found[i]).toBe(true)
          if (value > alpha) expect(found[i]).toBe(false)
        }
      },
    ),
  )
})
