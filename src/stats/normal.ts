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
