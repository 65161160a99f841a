import { expect, test } from 'vitest'
import { testBinomialGreater } from '../../src/stats/hypothesis-tests.ts'

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
