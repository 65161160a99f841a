import { mean, sampleStandardDeviation } from 'simple-statistics'

// What may come by chance: tails and quantiles of distributions, bounds by them, tests of counts, and what is left of a p where there are
// several tests.

// Student's t and Fisher's F, by the regularised incomplete beta function; accurate to about 1e-12.

/** P(T > t) with `df` degrees of freedom (any number above 0): what a one-sided test reports. */
export function studentTTail(t: number, df: number): number {
  if (Number.isNaN(t) || !(df > 0)) return NaN
  if (t === 0) return 0.5
  const tail = upperTail(Math.abs(t), df)
  return t > 0 ? tail : 1 - tail
}

/** P(F > f) for the ratio of two variances with these degrees of freedom, which need not be whole; 0 for an infinite f. */
export function fTail(f: number, ofUpper: number, ofLower: number): number {
  if (f === Infinity) return 0
  const [upper, lower] = [ofUpper * f, ofLower]
  return incompleteBeta(ofLower / 2, ofUpper / 2, lower / (upper + lower), upper / (upper + lower))
}

/** The t with P(T ≤ t) = p, for p in (0, 1); the ends give −∞ and +∞. */
export function studentTQuantile(p: number, df: number): number {
  if (!(p >= 0 && p <= 1) || !(df > 0)) return NaN
  if (p === 0.5) return 0
  if (p < 0.5) return -positiveQuantile(p, df)
  return positiveQuantile(1 - p, df)
}

/**
 * The t > 0 with P(T > t) = tail: Newton's method on ln tail over ln t, where the curve is concave and nearly
 * straight, so that a few steps are enough; a step out of the bracket is replaced by halving it, so that it cannot
 * fail.
 */
function positiveQuantile(tail: number, df: number): number {
  if (tail === 0) return Infinity
  const wanted = Math.log(tail)
  const norm = -lnBeta(df / 2, 0.5) - 0.5 * Math.log(df)
  let low = -700
  let high = 700
  let at = 1
  for (let i = 0; i < 200 && high - low > 1e-15 * Math.max(1, Math.abs(low)); i++) {
    const t = Math.exp(at)
    const found = upperTail(t, df)
    const miss = Math.log(found) - wanted
    if (miss > 0) low = at
    else high = at
    const slope = Math.exp(norm - ((df + 1) / 2) * Math.log1p((t * t) / df)) * (t / found)
    const next = at + miss / slope
    if (Math.abs(next - at) <= 1e-15 * Math.max(1, Math.abs(at))) return Math.exp(next)
    at = next > low && next < high ? next : (low + high) / 2
  }
  return Math.exp(at)
}

/** P(T > t) for t > 0: half of I_x(df/2, 1/2) at x = df/(df + t²). */
function upperTail(t: number, df: number): number {
  const square = t * t
  if (square === Infinity) return 0
  return 0.5 * incompleteBeta(df / 2, 0.5, df / (df + square), square / (df + square))
}

// The gamma and beta functions on a log scale; accurate to about 1e-14.

/** I_x(a, b), with y = 1 − x given separately, because rounding would lose it when x is close to 1. */
export function incompleteBeta(a: number, b: number, x: number, y: number): number {
  if (x <= 0) return 0
  if (y <= 0) return 1
  const front = Math.exp(a * Math.log(x) + b * Math.log(y) - lnBeta(a, b))
  // The continued fraction converges fast only on this side of the mean; the other side is its mirror image.
  return x < (a + 1) / (a + b + 2) ? (front * betaFraction(a, b, x)) / a : 1 - (front * betaFraction(b, a, y)) / b
}

/** Continued fraction of the incomplete beta function by Lentz's method (Numerical Recipes, 6.4). */
function betaFraction(a: number, b: number, x: number): number {
  const tiny = 1e-300
  const avoidZero = (value: number) => (Math.abs(value) < tiny ? tiny : value)
  let c = 1
  let d = 1 / avoidZero(1 - ((a + b) * x) / (a + 1))
  let result = d
  for (let m = 1; m <= 10_000; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m))
    d = 1 / avoidZero(1 + even * d)
    c = avoidZero(1 + even / c)
    result *= d * c
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1))
    d = 1 / avoidZero(1 + odd * d)
    c = avoidZero(1 + odd / c)
    result *= d * c
    if (Math.abs(d * c - 1) < 1e-15) break
  }
  return result
}

/** ln B(a, b) for a, b > 0. */
export function lnBeta(a: number, b: number): number {
  return lnGamma(a) + lnGamma(b) - lnGamma(a + b)
}

/** Coefficients of Lanczos' approximation with g = 7 and nine terms. */
const LANCZOS = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
]

/** ln Γ(x) for x > 0. */
export function lnGamma(x: number): number {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - lnGamma(1 - x)
  const z = x - 1
  let sum = LANCZOS[0]!
  for (let i = 1; i < LANCZOS.length; i++) sum += LANCZOS[i]! / (z + i)
  const t = z + 7.5
  return 0.5 * Math.log(2 * Math.PI) + (z + 0.5) * Math.log(t) - t + Math.log(sum)
}

// The normal distribution; accurate to about 1e-12 of the tail.

const ROOT_OF_TWO_PI = Math.sqrt(2 * Math.PI)
/** From here on the continued fraction converges faster than the series. */
const FAR = 3

/** The density. */
function normalDensity(z: number): number {
  return Math.exp((-z * z) / 2) / ROOT_OF_TWO_PI
}

/** P(Z > z). */
export function normalTail(z: number): number {
  if (z < 0) return 1 - normalTail(-z)
  if (z < FAR) {
    // ½ − φ(z) Σ z^(2n+1) / (1·3·5···(2n+1))
    let term = z
    let sum = z
    for (let n = 3; term > 1e-18 * sum; n += 2) sum += term *= (z * z) / n
    return 0.5 - normalDensity(z) * sum
  }
  // Mills' ratio: 1/(z + 1/(z + 2/(z + 3/(z + …)))).
  let fraction = z
  for (let n = 100; n > 0; n--) fraction = z + n / fraction
  return normalDensity(z) / fraction
}

/** The z ≥ 0 with P(Z > z) = p, for p in (0, ½], by Newton's method on ln p, which is concave. */
export function normalTailQuantile(p: number): number {
  let z = Math.sqrt(-2 * Math.log(2 * p))
  for (let i = 0; i < 50; i++) {
    const tail = normalTail(z)
    const step = (Math.log(tail / p) * tail) / normalDensity(z)
    z += step
    if (Math.abs(step) < 1e-14 * Math.max(1, z)) break
  }
  return z
}

// Bounds by them.

/** One-sided bounds of the mean by Student's t, each with the given confidence; null for fewer than two values. */
export function meanBounds(values: readonly number[], confidence = 0.95): { low: number; high: number } | null {
  const n = values.length
  if (n < 2) return null
  const sample = [...values]
  const half = (studentTQuantile(confidence, n - 1) * sampleStandardDeviation(sample)) / Math.sqrt(n)
  return { low: mean(sample) - half, high: mean(sample) + half }
}

/**
 * The upper end of the one-sided 95 % interval of a share, from `hits` of `n`, n at least 1 (Wilson's score interval).
 *
 * Source: E. B. Wilson, Probable inference, the law of succession, and statistical inference, JASA 22 (1927).
 */
export function boundShareAbove({ hits, n }: { readonly hits: number; readonly n: number }): number {
  const z = normalTailQuantile(0.05)
  const share = hits / n
  const half = z * Math.sqrt((share * (1 - share)) / n + (z / (2 * n)) ** 2)
  return Math.min(1, (share + z ** 2 / (2 * n) + half) / (1 + z ** 2 / n))
}

// Exact tests of whether counts differ by more than chance.

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
