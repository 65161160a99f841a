/** Student's t distribution, by the regularised incomplete beta function; accurate to about 1e-12. */
import { incompleteBeta, lnBeta } from './beta.ts'

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

/** The t with P(T ≤ t) = p, for p in (0, 1); the ends give −∞ and +∞. */
export function studentTQuantile(p: number, df: number): number {
  if (!(p >= 0 && p <= 1) || !(df > 0)) return NaN
  if (p === 0.5) return 0
  if (p < 0.5) return -positiveQuantile(p, df)
  return positiveQuantile(1 - p, df)
}

/**
 * The t > 0 with P(T > t) = tail: Newton's method on ln tail over ln t, where the curve is concave and nearly straight,
 * so that a few steps do; a step that leaves the bracket is replaced by halving it, so that it cannot fail.
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
