import { expect, test } from 'vitest'
import { incompleteBeta, lnBeta, lnGamma } from '../../src/stats/beta.ts'
import { studentTTail } from '../../src/stats/student-t.ts'

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
