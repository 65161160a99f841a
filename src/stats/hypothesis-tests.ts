/** Exact tests of whether counts differ by more than chance. */

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
  if (a.hits <= mode) return 1 - tailSum(a.hits - 1, -1, fewest, { hits, n: a.n, total })
  return tailSum(a.hits, 1, most, { hits, n: a.n, total })
}

interface Margins {
  readonly hits: number
  readonly n: number
  readonly total: number
}

/** Σ P(X = x) from `start` away from the mode, until the terms vanish. */
function tailSum(start: number, step: 1 | -1, end: number, { hits, n, total }: Margins): number {
  let term = hypergeometric(start, { hits, n, total })
  let sum = 0
  for (let x = start; term > sum * 1e-18; x += step) {
    sum += term
    if (x === end) break
    // P(x + 1) / P(x), and its inverse downwards.
    term *= step === 1 ? growth(x, { hits, n, total }) : 1 / growth(x - 1, { hits, n, total })
  }
  return Math.min(1, sum)
}

function growth(x: number, { hits, n, total }: Margins): number {
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
