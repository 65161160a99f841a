import { normalDensity, normalTail, normalTailQuantile } from './distributions.ts'

// Exact tests of whether counts differ by more than chance, and what is left of a p where there are several tests.

/** What was counted: `hits` of `n`. Whole numbers. */
interface Counts {
  readonly hits: number
  readonly n: number
}

/**
 * One-sided p: the probability that at least this many of all hits fall to `a` when both sides have the same rate,
 * given the margins (Fisher's exact test). 1 when one side is empty. Accurate to about 1e-12 for counts up to
 * millions.
 *
 * Source: R. A. Fisher, The logic of inductive inference, J. R. Statist. Soc. 98 (1935).
 */
export function testFisherGreater(a: Counts, b: Counts): number {
  const hits = a.hits + b.hits
  const total = a.n + b.n
  const most = Math.min(hits, a.n)
  const fewest = Math.max(0, hits - b.n)
  if (a.hits <= fewest) return 1
  if (fewest === most) return 1
  const mode = Math.floor(((hits + 1) * (a.n + 1)) / (total + 2))
  // The shorter tail is summed: the far terms of the other one would cost time and digits.
  if (a.hits <= mode) return 1 - sumTail(a.hits - 1, -1, fewest, { hits, n: a.n, total })
  return sumTail(a.hits, 1, most, { hits, n: a.n, total })
}

interface Margins {
  readonly hits: number
  readonly n: number
  readonly total: number
}

/** Σ P(X = x) from `start` away from the mode, until the terms vanish. */
function sumTail(start: number, step: 1 | -1, end: number, { hits, n, total }: Margins): number {
  let term = hypergeometric(start, { hits, n, total })
  let sum = 0
  for (let x = start; term > sum * 1e-18; x += step) {
    sum += term
    if (x === end) break
    // P(x + 1) / P(x), and its inverse downwards.
    term *= step === 1 ? computeGrowth(x, { hits, n, total }) : 1 / computeGrowth(x - 1, { hits, n, total })
  }
  return Math.min(1, sum)
}

function computeGrowth(x: number, { hits, n, total }: Margins): number {
  return ((hits - x) * (n - x)) / ((x + 1) * (total - hits - n + x + 1))
}

/**
 * P(X = x) for x of `hits` among `n` drawn from `total`, as a quotient of three binomial probabilities: factorials of
 * large numbers would lose digits.
 *
 * Source: C. Loader, Fast and accurate computation of binomial probabilities (2000), as in R's `dhyper`.
 */
function hypergeometric(x: number, { hits, n, total }: Margins): number {
  const p = n / total
  const ln = lnBinomial(x, hits, p) + lnBinomial(n - x, total - hits, p) - lnBinomial(n, total, p)
  return Math.exp(ln)
}

/** ln P(X = x) for x successes in n trials of probability p in (0, 1). */
function lnBinomial(x: number, n: number, p: number): number {
  const q = 1 - p
  if (n === 0) return 0
  if (x === 0) return n * Math.log1p(-p)
  if (x === n) return n * Math.log(p)
  const lead = computeStirlingError(n) - computeStirlingError(x) - computeStirlingError(n - x)
  return lead - deviance(x, n * p) - deviance(n - x, n * q) + 0.5 * Math.log(n / (2 * Math.PI * x * (n - x)))
}

/** ln n! minus Stirling's formula ½ ln(2πn) + n ln n − n, by its series, for small n exactly. */
function computeStirlingError(n: number): number {
  if (n < SMALL_ERRORS.length) return SMALL_ERRORS[n]!
  const square = n * n
  return (1 / 12 - (1 / 360 - (1 / 1260 - 1 / 1680 / square) / square) / square) / n
}

/** The error for n = 0 to 31, beyond which four terms of the series give all digits. */
const SMALL_ERRORS: readonly number[] = listSmallErrors(32)

function listSmallErrors(count: number): number[] {
  // From a large n, where the series is exact, downwards: ln n! = ln (n + 1)! − ln (n + 1).
  const errors: number[] = Array.from({ length: count }, () => 0)
  const from = 64
  const square = from * from
  let error = (1 / 12 - (1 / 360 - (1 / 1260 - 1 / 1680 / square) / square) / square) / from
  for (let n = from - 1; n >= 1; n--) {
    error += (n + 0.5) * Math.log1p(1 / n) - 1
    if (n < count) errors[n] = error
  }
  return errors
}

/** x ln(x/m) + m − x, by a series where x is close to m. */
function deviance(x: number, m: number): number {
  if (Math.abs(x - m) >= 0.1 * (x + m)) return x * Math.log(x / m) + m - x
  const v = (x - m) / (x + m)
  let sum = (x - m) * v
  let term = 2 * x * v
  for (let j = 1; j < 1000; j++) {
    term *= v * v
    const next = sum + term / (2 * j + 1)
    if (next === sum) break
    sum = next
  }
  return sum
}

/**
 * One-sided p: the probability of at least `hits` in `n` trials, each with this chance (0 < chance < 1). The shorter
 * tail is summed until its terms vanish; accurate to about 1e-12.
 */
export function testBinomialGreater({ hits, n }: Counts, chance: number): number {
  if (hits <= 0) return 1
  const odds = chance / (1 - chance)
  const mode = Math.floor((n + 1) * chance)
  const isTail = hits > mode
  let log = n * Math.log1p(-chance)
  const start = isTail ? hits : hits - 1
  for (let i = 0; i < start; i++) log += Math.log(((n - i) / (i + 1)) * odds)
  let term = Math.exp(log)
  let sum = 0
  for (let i = start; i >= 0 && i <= n && term > sum * 1e-18; i += isTail ? 1 : -1) {
    sum += term
    term *= isTail ? ((n - i) / (i + 1)) * odds : i / (n - i + 1) / odds
  }
  return Math.min(1, isTail ? sum : 1 - sum)
}

// Several tests: of several metrics, or of one that is tested repeatedly.

/**
 * Holm's step-down procedure: which of several tests are significant when the chance of any false one among them must
 * be at most alpha. The smallest p must be at most α/m, the next α/(m − 1), and so on until the first that is not.
 * Results are in the order given; every p must be a number.
 *
 * Source: S. Holm, A simple sequentially rejective multiple test procedure, Scand. J. Statist. 6 (1979).
 */
export function rejectByHolm(ps: readonly number[], alpha: number): boolean[] {
  const order = ps.map((_, i) => i).sort((a, b) => ps[a]! - ps[b]!)
  const rejected = ps.map(() => false)
  for (const [rank, index] of order.entries()) {
    if (!(ps[index]! <= alpha / (ps.length - rank))) break
    rejected[index] = true
  }
  return rejected
}

/**
 * A test repeated as data come in finds something by chance more often than a single one: how much more, where every
 * look adds the same amount of data.
 *
 * Sources: S. J. Pocock, Group sequential methods in the design and analysis of clinical trials, Biometrika 64
 * (1977); S. K. Wang, A. A. Tsiatis, Approximately optimal one-parameter boundaries for group sequential trials,
 * Biometrics 43 (1987); the recursion: P. Armitage, C. K. McPherson, B. C. Rowe, Repeated significance tests on
 * accumulating data, J. R. Statist. Soc. A 132 (1969).
 */
export interface RepeatedTest {
  /** How often it is made at most, and which of these this is, from 1. */
  readonly most: number
  readonly look: number
  /**
   * Whether every look has the same bound (Pocock), or the first ones have higher ones and the last a lower one (Wang
   * and Tsiatis, Δ = ¼).
   */
  readonly bound: 'constant' | 'falling'
}

/** Δ: the sum of the data of look j is held against a bound that grows as j^Δ. */
const GROWTH = { constant: 0.5, falling: 0.25 } as const

/** Steps of Simpson's rule, an even number: the result is exact to five digits. */
const STEPS = 80
/** This many standard deviations below 0, the density vanishes. */
const FAR_BELOW = 5

/**
 * The chance that any look reaches its bound when there is nothing to find, if this look's bound is the p that it has.
 * For p in [0, 1]; from .5 on, and for a single look, it is p.
 */
export function computeChanceOverLooks(p: number, { most, look, bound }: RepeatedTest): number {
  if (most === 1 || p >= 0.5 || p === 0) return p
  const growth = GROWTH[bound]
  const scale = normalTailQuantile(p) * look ** (0.5 - growth)
  // Sums of `j` standard normal numbers that never reached a bound, and their density.
  let chance = normalTail(scale)
  let grid = buildGridUpTo(scale, 1)
  let density = grid.at.map(normalDensity)
  for (let j = 2; j <= most; j++) {
    const height = scale * j ** growth
    const mass = density.map((each, i) => each * grid.weights[i]!)
    chance += sumOf(grid.at, mass, (from) => normalTail(height - from))
    const next = buildGridUpTo(height, j)
    density = j === most ? [] : next.at.map((to) => sumOf(grid.at, mass, (from) => normalDensity(to - from)))
    grid = next
  }
  return Math.min(1, chance)
}

/** Levels already computed: only a few are needed, but again for every metric of every session. */
const known = new Map<string, number>()

/** The highest p that this look may have, so that any of them finds something by chance in `alpha` of all cases. */
export function computeLevelOfLook(alpha: number, test: RepeatedTest): number {
  const { most, look, bound } = test
  if (most === 1 || alpha >= 0.5) return alpha
  const key = `${alpha}/${most}/${bound}`
  const ofLast = known.get(key) ?? findLevel(alpha, { ...test, look: most })
  known.set(key, ofLast)
  return normalTail(normalTailQuantile(ofLast) * (most / look) ** (0.5 - GROWTH[bound]))
}

function findLevel(alpha: number, test: RepeatedTest): number {
  // Nearly straight on both log scales: a few steps of the secant.
  let level = alpha / test.most
  for (let i = 0; i < 20; i++) {
    const miss = Math.log(computeChanceOverLooks(level, test) / alpha)
    level *= Math.exp(-miss)
    if (Math.abs(miss) < 1e-9) break
  }
  return level
}

interface Grid {
  readonly at: readonly number[]
  readonly weights: readonly number[]
}

function buildGridUpTo(height: number, look: number): Grid {
  const from = -FAR_BELOW * Math.sqrt(look)
  const step = (height - from) / STEPS
  const indices = Array.from({ length: STEPS + 1 }, (_, i) => i)
  return {
    at: indices.map((i) => from + i * step),
    weights: indices.map((i) => (step / 3) * (i === 0 || i === STEPS ? 1 : i % 2 === 1 ? 4 : 2)),
  }
}

function sumOf(at: readonly number[], mass: readonly number[], value: (at: number) => number): number {
  let sum = 0
  for (let i = 0; i < at.length; i++) sum += mass[i]! * value(at[i]!)
  return sum
}
