import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  incompleteBeta,
  meanBounds,
  lnBeta,
  lnGamma,
  studentTCdf,
  studentTQuantile,
  studentTTail,
  normalTail,
  normalTailQuantile,
  fTail,
} from '../../src/stats/distributions.ts'
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
  expect(Math.abs(studentTCdf(t, df) / expected - 1)).toBeLessThan(1e-10)
})

test('the quantile undoes the distribution function', () => {
  fc.assert(
    fc.property(aNumberFrom(-30, 30), fc.double({ min: 0.5, max: 500, noNaN: true }), (t, df) => {
      const p = studentTCdf(t, df)
      fc.pre(p > 1e-12 && p < 1 - 1e-6)
      expect(studentTQuantile(p, df)).toBeCloseTo(t, 6)
    }),
  )
})

test('the ends and the middle are exact and nonsense is NaN', () => {
  expect(studentTQuantile(0.5, 3)).toBe(0)
  expect(studentTQuantile(1, 3)).toBe(Infinity)
  expect(studentTQuantile(0, 3)).toBe(-Infinity)
  expect(studentTCdf(Infinity, 3)).toBe(1)
  expect(studentTQuantile(1.1, 3)).toBeNaN()
  expect(studentTCdf(1, 0)).toBeNaN()
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
