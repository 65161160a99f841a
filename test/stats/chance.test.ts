import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  computeChanceOverLooks,
  computeLevelOfLook,
  fTail,
  incompleteBeta,
  lnBeta,
  lnGamma,
  meanBounds,
  normalTail,
  normalTailQuantile,
  rejectByHolm,
  studentTQuantile,
  studentTTail,
  testBinomialGreater,
  testFisherGreater,
} from '../../src/stats/chance.ts'
import type { RepeatedTest } from '../../src/stats/chance.ts'
import { aNumberFrom } from '../support/numbers.ts'

/** p, degrees of freedom, scipy.stats.t.ppf(p, df) of SciPy 1.17. */
const QUANTILES = [
  [0.9, 1, 3.0776835371752544],
  [0.95, 1, 6.313751514675037],
  [0.975, 1, 12.706204736174694],
  [0.9995, 1, 636.6192487687897],
  [0.9, 2, 1.8856180831641272],
  [0.95, 2, 2.9199855803537242],
  [0.975, 2, 4.302652729749462],
  [0.9995, 2, 31.599054576445365],
  [0.9, 3, 1.637744353696209],
  [0.95, 3, 2.3533634348018233],
  [0.975, 3, 3.1824463052837078],
  [0.9995, 3, 12.923978636687961],
  [0.9, 5, 1.4758840488244815],
  [0.95, 5, 2.0150483733330233],
  [0.975, 5, 2.5705818356363146],
  [0.9995, 5, 6.868826625881276],
  [0.9, 7.5, 1.4052118464159533],
  [0.95, 7.5, 1.8757474792112878],
  [0.975, 7.5, 2.333039626864974],
  [0.9995, 7.5, 5.20772565580064],
  [0.9, 30, 1.3104150253913955],
  [0.95, 30, 1.697260886593957],
  [0.975, 30, 2.0422724563012378],
  [0.9995, 30, 3.6459586350420627],
  [0.9, 1000, 1.2823987214609247],
  [0.95, 1000, 1.6463788172854643],
  [0.975, 1000, 1.9623390808264083],
  [0.9995, 1000, 3.300282648423944],
] as const

/** t, degrees of freedom, scipy.stats.t.cdf(t, df) of SciPy 1.17. */
const PROBABILITIES = [
  [-8, 1, 0.039583424160565546],
  [-0.3, 1, 0.4072264209222577],
  [0.01, 1, 0.503182992764907],
  [4, 1, 0.9220208696226306],
  [-8, 2, 0.00763403608266907],
  [-2.5, 2, 0.06480586011075541],
  [1, 2, 0.7886751345948129],
  [-8, 3.5, 0.001138663222360239],
  [-2.5, 3.5, 0.03784732190474501],
  [1, 3.5, 0.8093313732182774],
  [-8, 10, 5.887471394833083e-6],
  [4, 10, 0.9987408336876317],
  [-8, 50, 8.316483014160684e-11],
  [0.01, 50, 0.5039694593164286],
  [-8, 1000, 1.7133307411957489e-15],
  [1, 1000, 0.8412237909576638],
] as const

test.each(QUANTILES)('the quantile %d with %d degrees of freedom is %d as in SciPy', (p, df, expected) => {
  expect(Math.abs(studentTQuantile(p, df) / expected - 1)).toBeLessThan(1e-10)
  expect(Math.abs(studentTQuantile(1 - p, df) / -expected - 1)).toBeLessThan(1e-10)
})

test.each(PROBABILITIES)('P(T <= %d) with %d degrees of freedom is %d as in SciPy', (t, df, expected) => {
  expect(Math.abs(studentTTail(-t, df) / expected - 1)).toBeLessThan(1e-10)
})

test('the quantile undoes the tail', () => {
  fc.assert(
    fc.property(aNumberFrom(-30, 30), fc.double({ min: 0.5, max: 500, noNaN: true }), (t, df) => {
      const p = studentTTail(-t, df)
      fc.pre(p > 1e-12 && p < 1 - 1e-6)
      expect(studentTQuantile(p, df)).toBeCloseTo(t, 6)
    }),
  )
})

test('the ends and the middle are exact and nonsense is NaN', () => {
  expect(studentTQuantile(0.5, 3)).toBe(0)
  expect(studentTQuantile(1, 3)).toBe(Infinity)
  expect(studentTQuantile(0, 3)).toBe(-Infinity)
  expect(studentTTail(-Infinity, 3)).toBe(1)
  expect(studentTQuantile(1.1, 3)).toBeNaN()
  expect(studentTTail(1, 0)).toBeNaN()
})

/** x, scipy.special.gammaln(x) of SciPy 1.17. */
const LN_GAMMA = [
  [1e-3, 6.907178885383853],
  [0.5, 0.5723649429247],
  [1.5, -0.12078223763524526],
  [10, 12.801827480081469],
  [123.4, 469.3360974421906],
  [1e6, 12815504.569147611],
] as const

/** a, b, scipy.special.betaln(a, b). */
const LN_BETA = [
  [0.5, 0.5, 1.1447298858494],
  [2, 0.5, 0.28768207245178085],
  [10, 0.5, -0.566432796397594],
  [3.5, 7.25, -6.266313171974905],
  [0.001, 2, 6.906755778649054],
  [1000, 2000, -1911.8746142144482],
] as const

/** a, b, x, scipy.special.betainc(a, b, x). */
const INCOMPLETE = [
  [2, 0.5, 0.3, 0.03784096948581308],
  [10, 0.5, 0.9, 0.15164090963470994],
  [3.5, 7.25, 0.2, 0.19284161922441878],
  [0.5, 0.5, 1e-9, 2.0131684845150097e-5],
  [50, 60, 0.5, 0.8309072939016693],
  [1, 1, 0.25, 0.25],
  [200, 300, 0.37, 0.08449986996722016],
] as const

/** t, degrees of freedom, scipy.stats.t.sf(t, df). */
const TAILS = [
  [1, 2, 0.2113248654051871],
  [3.3, 5, 0.010737750149998997],
  [12, 4, 0.0001382142742514865],
  [40, 3.5, 4.383220554686509e-6],
  [-2, 10, 0.9633059826146299],
] as const

test.each(LN_GAMMA)('ln gamma of %d is %d as in SciPy', (x, expected) => {
  expect(Math.abs(lnGamma(x) / expected - 1)).toBeLessThan(1e-11)
})

test.each(LN_BETA)('ln B(%d, %d) is %d as in SciPy', (a, b, expected) => {
  expect(Math.abs(lnBeta(a, b) / expected - 1)).toBeLessThan(1e-11)
})

test.each(INCOMPLETE)('I(%d, %d) at %d is %d as in SciPy', (a, b, x, expected) => {
  expect(Math.abs(incompleteBeta(a, b, x, 1 - x) / expected - 1)).toBeLessThan(1e-10)
  expect(Math.abs(1 - incompleteBeta(b, a, 1 - x, x) - expected)).toBeLessThan(1e-12)
})

test.each(TAILS)('P(T > %d) with %d degrees of freedom is %d as in SciPy', (t, df, expected) => {
  expect(Math.abs(studentTTail(t, df) / expected - 1)).toBeLessThan(1e-10)
})

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

test('the tail of a ratio of two variances is that of the tables', () => {
  // SciPy: f.sf(3.3258, 5, 10), f.sf(4, 2.5, 7.5), and of no difference in equal degrees of freedom a half.
  expect(fTail(3.325834530413011, 5, 10)).toBeCloseTo(0.05, 10)
  expect(fTail(1, 7, 7)).toBeCloseTo(0.5, 12)
  expect(fTail(Infinity, 3, 3)).toBe(0)
})

test('the bounds of a mean follow Student', () => {
  const bounds = meanBounds([1, 2, 3])!
  expect(bounds.high - 2).toBeCloseTo(2.9199855803537242 / Math.sqrt(3), 10)
  expect(2 - bounds.low).toBeCloseTo(2.9199855803537242 / Math.sqrt(3), 10)
  expect(meanBounds([1])).toBeNull()
})

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
