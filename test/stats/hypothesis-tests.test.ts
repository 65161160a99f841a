import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  computeChanceOverLooks,
  computeLevelOfLook,
  rejectByHolm,
  testBinomialGreater,
  testFisherGreater,
} from '../../src/stats/hypothesis-tests.ts'
import type { RepeatedTest } from '../../src/stats/hypothesis-tests.ts'
import { normalTailQuantile } from '../../src/stats/distributions.ts'
import { aNumberFrom } from '../support/numbers.ts'

/**
 * Hits and size of one side, hits and size of the other, one-sided p as the quotient of whole numbers, rounded once;
 * `scipy.stats.fisher_exact(…, alternative='greater')` of SciPy 1.17 agrees to 1e-13. The two rows of a million were
 * summed with 40 digits (16 are written): there SciPy is itself off in the tenth.
 */
const GOLDEN = [
  [3, 100, 1, 1000, 0.0027297815175354127],
  [10, 500, 5, 25005, 2.109428892560308e-14],
  [5, 10, 5, 10, 0.6718591006516703],
  [8, 10, 1, 10, 0.0027387473207906646],
  [1, 5, 0, 1000, 0.004975124378109453],
  [12, 100, 3000, 30000, 0.29753879308085984],
  [50, 1050, 2, 102, 0.14349967155359208],
  [2, 1502, 40, 7504, 0.9956430418732515],
  [30, 30, 0, 300, 2.8746528957810817e-43],
  [40, 5000, 60, 20000, 3.4340171601424032e-6],
  [300, 1_000_000, 150, 1_000_000, 6.69514769108448e-13],
  [501_000, 1_000_000, 500_000, 1_000_000, 0.0788572523940563],
] as const

test.each(GOLDEN)('%d of %d against %d of %d gives p = %d', (hits, n, otherHits, others, expected) => {
  const p = testFisherGreater({ hits, n }, { hits: otherHits, n: others })
  expect(Math.abs(p / expected - 1)).toBeLessThan(1e-10)
})

test('no hits, no requests or all hits say nothing', () => {
  expect(testFisherGreater({ hits: 0, n: 10 }, { hits: 5, n: 15 })).toBe(1)
  expect(testFisherGreater({ hits: 0, n: 0 }, { hits: 5, n: 15 })).toBe(1)
  expect(testFisherGreater({ hits: 5, n: 5 }, { hits: 0, n: 0 })).toBe(1)
  expect(testFisherGreater({ hits: 5, n: 5 }, { hits: 7, n: 7 })).toBe(1)
})

const side = fc
  .tuple(fc.integer({ min: 1, max: 3000 }), aNumberFrom(0, 1))
  .map(([n, share]) => ({ n, hits: Math.round(n * share) }))

test('p is a probability, and the two tails overlap in what was seen', () => {
  fc.assert(
    fc.property(side, side, (a, b) => {
      const greater = testFisherGreater(a, b)
      const less = testFisherGreater(b, a)
      expect(greater).toBeGreaterThanOrEqual(0)
      expect(greater).toBeLessThanOrEqual(1)
      expect(greater + less).toBeGreaterThanOrEqual(1 - 1e-9)
    }),
  )
})

test('one hit more never makes p larger', () => {
  fc.assert(
    fc.property(side, side, (a, b) => {
      fc.pre(a.hits < a.n && b.hits > 0)
      const more = testFisherGreater({ n: a.n, hits: a.hits + 1 }, { n: b.n, hits: b.hits - 1 })
      expect(more).toBeLessThanOrEqual(testFisherGreater(a, b) + 1e-12)
    }),
  )
})

test.each([
  // SciPy: binom.sf(hits - 1, n, chance).
  [1, 20, 0.01, 0.18209306240276915],
  [2, 20, 0.01, 0.01685933763565178],
  [3, 60, 0.01, 0.02242016478883543],
  [4, 100, 0.01, 0.018374036444649678],
  [20, 1000, 0.01, 0.003288359787727457],
  [3, 10, 0.3, 0.6172172136],
  [2, 500, 0.01, 0.9602452591676126],
])('%i of %i at a chance of %d', (hits, n, chance, p) => {
  expect(testBinomialGreater({ hits, n }, chance)).toBeCloseTo(p, 7)
})

test('none are always hit, all by that chance to their power', () => {
  expect(testBinomialGreater({ hits: 0, n: 5 }, 0.2)).toBe(1)
  expect(testBinomialGreater({ hits: 5, n: 5 }, 0.2)).toBeCloseTo(0.2 ** 5, 12)
  expect(testBinomialGreater({ hits: 100_000, n: 100_000 }, 0.01)).toBe(0)
})

test('it falls with every hit and stays between 0 and 1', () => {
  const tail = Array.from({ length: 61 }, (_, hits) => testBinomialGreater({ hits, n: 60 }, 0.05))
  for (const [i, p] of tail.entries()) {
    expect(p).toBeGreaterThanOrEqual(0)
    expect(p).toBeLessThanOrEqual(i === 0 ? 1 : tail[i - 1]!)
  }
})

/** The last of so many looks with one bound. */
const constant = (most: number): RepeatedTest => ({ most, look: most, bound: 'constant' })

// By the recursion of Armitage, McPherson and Rowe in NumPy, 4001 points a look.
test.each([
  [0.05, [0.08007552565, 0.1010539588, 0.1170644463]],
  [0.01, [0.01726520221, 0.02280516762, 0.02726865102]],
  [0.001, [0.001834558082, 0.002521423623, 0.003101958789]],
  [0.0003, [0.0005614434329, 0.0007826754041, 0.000973070714]],
])('how often one of two, three and four looks has a p of %d', (p, chances) => {
  for (const [i, chance] of chances.entries())
    expect(computeChanceOverLooks(p, constant(i + 2)) / chance).toBeCloseTo(1, 5)
  expect(computeChanceOverLooks(p, constant(1))).toBe(p)
})

// C. Jennison, B. W. Turnbull, Group Sequential Methods, table 2.1: the bounds of two-sided tests at 5 %.
test.each([
  [2, 2.178],
  [3, 2.289],
  [4, 2.361],
  [5, 2.413],
])('the bound of %d looks is that of the book', (looks, bound) => {
  expect(normalTailQuantile(computeLevelOfLook(0.025, constant(looks)))).toBeCloseTo(bound, 3)
})

// The same, table 2.9: Δ = 1/4, for the last look. An earlier look j of K has it times (K/j)^¼.
test.each([
  [2, 2.038],
  [3, 2.083],
  [4, 2.113],
  [5, 2.136],
])('the falling bound of %d looks is that of the book', (looks, bound) => {
  for (let look = 1; look <= looks; look++) {
    const level = computeLevelOfLook(0.025, { most: looks, look, bound: 'falling' })
    expect(normalTailQuantile(level) / (looks / look) ** 0.25).toBeCloseTo(bound, 3)
    expect(computeChanceOverLooks(level, { most: looks, look, bound: 'falling' })).toBeCloseTo(0.025, 6)
  }
})

test('one more look never costs less, nor more than a whole test; the level is the inverse of the chance', () => {
  fc.assert(
    fc.property(fc.double({ min: 1e-6, max: 0.4, noNaN: true }), fc.integer({ min: 2, max: 5 }), (p, looks) => {
      const chance = computeChanceOverLooks(p, constant(looks))
      expect(chance).toBeGreaterThan(computeChanceOverLooks(p, constant(looks - 1)))
      expect(chance).toBeLessThan(computeChanceOverLooks(p, constant(looks - 1)) + p)
      if (chance < 0.5) expect(computeLevelOfLook(chance, constant(looks)) / p).toBeCloseTo(1, 6)
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

const p = aNumberFrom(0, 1)

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
