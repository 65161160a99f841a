import { describe, expect, it } from 'vitest'
import { createGapSource, listArrivals } from '../../src/plan/arrivals.ts'
import { seedRandom } from '../../src/random.ts'
import type { Arrivals } from '../../src/settings/values/distributions.ts'
import { lnGamma } from '../../src/stats/chance.ts'

const POISSON: Arrivals = { kind: 'poisson' }

function drawGaps(arrivals: Arrivals, seed: string, n: number): number[] {
  const draw = createGapSource(arrivals, 20, seedRandom(seed))
  return Array.from({ length: n }, draw)
}

/** The regularised lower incomplete gamma function, by its series. */
function gammaCdf(shape: number, x: number): number {
  let term = 1 / shape
  let sum = term
  for (let k = 1; k < 2000 && term > 1e-15 * sum; k++) {
    term *= x / (shape + k)
    sum += term
  }
  return sum * Math.exp(shape * Math.log(x) - x - lnGamma(shape))
}

/** Whether some values are of a distribution, by Kolmogorov and Smirnov at 1 %. */
function passes(values: readonly number[], cdf: (value: number) => number): boolean {
  const sorted = [...values].sort((a, b) => a - b)
  const n = sorted.length
  const furthest = Math.max(...sorted.map((x, i) => Math.max((i + 1) / n - cdf(x), cdf(x) - i / n)))
  return furthest * Math.sqrt(n) <= 1.628
}

describe('the gaps between requests', () => {
  // Of a thousand seeds 985 to 994 do.
  it.each<readonly [string, Arrivals, string, (gap: number) => number]>([
    ['poisson', POISSON, 'seed-', (gap) => 1 - Math.exp(-gap / 20)],
    ['gamma(0.5)', { kind: 'gamma', cv: 0.5 }, 'users ', (gap) => gammaCdf(4, (4 * gap) / 20)],
    ['gamma(2)', { kind: 'gamma', cv: 2 }, 'users ', (gap) => gammaCdf(1 / 4, gap / 80)],
  ])('are %s in at least 99 of 100 seeds', (_, arrivals, prefix, cdf) => {
    const seeds = Array.from({ length: 100 }, (_, i) => `${prefix}${i}`)
    expect(seeds.filter((seed) => passes(drawGaps(arrivals, seed, 400), cdf)).length).toBeGreaterThanOrEqual(99)
  })

  it('are told apart from others by that test', () => {
    expect(passes(drawGaps({ kind: 'gamma', cv: 1.3 }, 'seed-0', 2000), (gap) => 1 - Math.exp(-gap / 20))).toBe(false)
  })

  it('are all alike where they are constant', () => {
    expect(new Set(drawGaps({ kind: 'constant' }, 'a', 50))).toEqual(new Set([20]))
  })
})

describe('the schedule of a level', () => {
  const schedule = { ratePerSecond: 50, arrivals: POISSON, seed: 'a/50/1' }
  const take = (count: number, ...given: Parameters<typeof listArrivals>) =>
    listArrivals(...given)
      .take(count)
      .toArray()

  it('is the same for the same seed, and another one for another', () => {
    expect(take(100, schedule)).toEqual(take(100, schedule))
    expect(take(1, { ...schedule, seed: 'a/50/2' })).not.toEqual(take(1, schedule))
  })

  it('has the rate that was asked for', () => {
    const [last] = take(20_000, schedule).slice(-1)
    expect(last!.atMs / 20_000).toBeCloseTo(20, 0)
  })

  it('is dealt out among threads, and all of it together is what one would send', () => {
    const shares = [0, 1, 2].flatMap((first) => take(20, schedule, { first, of: 3 }))
    expect(shares.sort((a, b) => a.number - b.number)).toEqual(take(60, schedule))
  })
})
