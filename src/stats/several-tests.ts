import { normalDensity, normalTail, normalTailQuantile } from './distributions.ts'

/** Significance with several tests: of several metrics, or of one that is tested repeatedly. */

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
 * A test repeated as data come in, each time against the same bound, finds something by chance more often than a
 * single one: how much more, where every look adds the same amount of data.
 *
 * Sources: S. J. Pocock, Group sequential methods in the design and analysis of clinical trials, Biometrika 64
 * (1977); the recursion: P. Armitage, C. K. McPherson, B. C. Rowe, Repeated significance tests on accumulating data,
 * J. R. Statist. Soc. A 132 (1969).
 */

/** Steps of Simpson's rule, an even number: the result is exact to five digits. */
const STEPS = 80
/** This many standard deviations below 0, the density vanishes. */
const FAR_BELOW = 5

/** The chance that one of `looks` tests has a p of at most this one when there is nothing to find. For p in [0, 1]. */
export function chanceOverLooks(p: number, looks: number): number {
  if (looks === 1 || p >= 0.5 || p === 0) return p
  const bound = normalTailQuantile(p)
  // Sums of `look` standard normal numbers that never reached the bound, and their density.
  let chance = p
  let grid = gridUpTo(bound, 1)
  let density = grid.at.map(normalDensity)
  for (let look = 2; look <= looks; look++) {
    const height = bound * Math.sqrt(look)
    const mass = density.map((each, i) => each * grid.weights[i]!)
    chance += sumOf(grid.at, mass, (from) => normalTail(height - from))
    const next = gridUpTo(height, look)
    density = look === looks ? [] : next.at.map((to) => sumOf(grid.at, mass, (from) => normalDensity(to - from)))
    grid = next
  }
  return Math.min(1, chance)
}

/** Levels already computed: only a few are needed, but again for every metric of every session. */
const known = new Map<string, number>()

/**
 * The highest p that each of `looks` tests may have, so that any of them finds something by chance in `alpha` of all
 * cases.
 */
export function levelOfLook(alpha: number, looks: number): number {
  if (looks === 1 || alpha >= 0.5) return alpha
  const key = `${alpha}/${looks}`
  const level = known.get(key) ?? findLevel(alpha, looks)
  known.set(key, level)
  return level
}

function findLevel(alpha: number, looks: number): number {
  // Nearly straight on both log scales: a few steps of the secant.
  let level = alpha / looks
  for (let i = 0; i < 20; i++) {
    const miss = Math.log(chanceOverLooks(level, looks) / alpha)
    level *= Math.exp(-miss)
    if (Math.abs(miss) < 1e-9) break
  }
  return level
}

interface Grid {
  readonly at: readonly number[]
  readonly weights: readonly number[]
}

function gridUpTo(height: number, look: number): Grid {
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
