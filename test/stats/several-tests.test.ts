import fc from 'fast-check'
import { expect, test } from 'vitest'
import { normalTail, normalTailQuantile } from '../../src/stats/distributions.ts'
import { chanceOverLooks, levelOfLook, rejectByHolm } from '../../src/stats/several-tests.ts'

// SciPy: norm.sf, norm.isf.
test.each([
  [-1, 0.8413447460685429],
  [0, 0.5],
  [0.5, 0.3085375387259869],
  [1, 0.15865525393145707],
  [2, 0.022750131948179195],
  [3, 0.0013498980316300933],
  [3.5, 0.00023262907903552502],
  [5, 2.866515718791933e-7],
  [8, 6.22096057427174e-16],
])('the normal tail beyond %d', (z, tail) => {
  expect(normalTail(z) / tail).toBeCloseTo(1, 11)
})

test('the normal quantile is the inverse of the tail', () => {
  expect(normalTailQuantile(0.3)).toBeCloseTo(0.5244005127080409, 12)
  expect(normalTailQuantile(0.01)).toBeCloseTo(2.3263478740408408, 12)
  fc.assert(
    fc.property(fc.double({ min: 1e-12, max: 0.5, noNaN: true }), (p) => {
      expect(normalTail(normalTailQuantile(p)) / p).toBeCloseTo(1, 9)
    }),
  )
})

// By the recursion of Armitage, McPherson and Rowe in NumPy, 4001 points a look.
test.each([
  [0.05, [0.08007552565, 0.1010539588, 0.1170644463]],
  [0.01, [0.01726520221, 0.02280516762, 0.02726865102]],
  [0.001, [0.001834558082, 0.002521423623, 0.003101958789]],
  [0.0003, [0.0005614434329, 0.0007826754041, 0.000973070714]],
])('how often one of two, three and four looks has a p of %d', (p, chances) => {
  for (const [i, chance] of chances.entries()) expect(chanceOverLooks(p, i + 2) / chance).toBeCloseTo(1, 5)
  expect(chanceOverLooks(p, 1)).toBe(p)
})

// C. Jennison, B. W. Turnbull, Group Sequential Methods, table 2.1: the bounds of two-sided tests at 5 %.
test.each([
  [2, 2.178],
  [3, 2.289],
  [4, 2.361],
  [5, 2.413],
])('the bound of %d looks is that of the book', (looks, bound) => {
  expect(normalTailQuantile(levelOfLook(0.025, looks))).toBeCloseTo(bound, 3)
})

test('one more look never costs less, nor more than a whole test; the level is the inverse of the chance', () => {
  fc.assert(
    fc.property(fc.double({ min: 1e-6, max: 0.4, noNaN: true }), fc.integer({ min: 2, max: 5 }), (p, looks) => {
      const chance = chanceOverLooks(p, looks)
      expect(chance).toBeGreaterThan(chanceOverLooks(p, looks - 1))
      expect(chance).toBeLessThan(chanceOverLooks(p, looks - 1) + p)
      if (chance < 0.5) expect(levelOfLook(chance, looks) / p).toBeCloseTo(1, 6)
    }),
    { numRuns: 30 },
  )
})

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
