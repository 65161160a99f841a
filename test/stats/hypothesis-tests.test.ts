import fc from 'fast-check'
import { expect, test } from 'vitest'
import { testFisherGreater, testBinomialGreater } from '../../src/stats/hypothesis-tests.ts'
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
