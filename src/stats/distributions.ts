import { mean, sampleStandardDeviation } from 'simple-statistics'

/** Tails and quantiles of distributions, and bounds by them: what may come by chance. */

/** Student's t distribution, by the regularised incomplete beta function; accurate to about 1e-12. */

/** P(T ≤ t) with `df` degrees of freedom (any number above 0). */
export function studentTCdf(t: number, df: number): number {
  if (Number.isNaN(t) || !(df > 0)) return NaN
  if (t === 0) return 0.5
  const tail = upperTail(Math.abs(t), df)
  return t > 0 ? 1 - tail : tail
}

/** P(T > t): what a one-sided test reports, without the rounding of 1 − P(T ≤ t). */
export function studentTTail(t: number, df: number): number {
  return studentTCdf(-t, df)
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

/** The gamma and beta functions on a log scale; accurate to about 1e-14. */

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

/** The normal distribution; accurate to about 1e-12 of the tail. */

const ROOT_OF_TWO_PI = Math.sqrt(2 * Math.PI)
/** From here on the continued fraction converges faster than the series. */
const FAR = 3

/** The density. */
export function normalDensity(z: number): number {
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
