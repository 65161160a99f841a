import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { MeasuredLevel } from '../../../src/metrics/level/level-metrics.ts'
import { findPlateau, fitIsotonic } from '../../../src/metrics/plateau/plateau.ts'
import { seedRandom, drawNormal } from '../../../src/random.ts'
import { aLevel, aLevelOf, withThroughput } from '../../support/builders.ts'
import { aNumberFrom } from '../../support/numbers.ts'

const LADDER = [1, 2, 4, 8, 16, 32]

/** Throughput of a server with `slots` places, each step taking `a` + `b` · batch seconds. */
function saturating(slots: number, a: number, b: number) {
  return (concurrency: number) => {
    const batch = Math.min(concurrency, slots)
    return batch / (a + b * batch)
  }
}

/** Levels of a curve, with the same relative noise at every pass. */
function levelsOf(
  curve: (concurrency: number) => number,
  { noise = 0, passes = 3, seed = 'plateau', ladder = LADDER } = {},
) {
  const random = seedRandom(seed)
  return ladder.map((concurrency) =>
    withThroughput(
      levelOf(concurrency, passes),
      Array.from({ length: passes }, () => curve(concurrency) * Math.exp(noise * drawNormal(random))),
    ),
  )
}

const made = new Map<string, MeasuredLevel>()

/** A level of so many passes: to summarise its requests takes longer than to find a plateau. */
function levelOf(concurrency: number, passes: number): MeasuredLevel {
  const key = `${concurrency}/${passes}`
  const level =
    made.get(key) ??
    aLevelOf(
      concurrency,
      Array.from({ length: passes }, () => 1),
    )
  made.set(key, level)
  return level
}

test('a curve that goes flat has a plateau and a knee where it reaches 95 % of it', () => {
  const plateau = findPlateau(levelsOf(saturating(8, 0.01, 0)))
  expect(plateau).toMatchObject({ state: 'reached', metric: 'outputTokensPerSecond', concurrencies: [8, 16, 32] })
  expect(plateau.outputTokensPerSecond!.value).toBeCloseTo(800, 6)
  expect(plateau.kneeConcurrency).toBeCloseTo(8 * 0.95, 6)
  expect(plateau.inputTokensPerSecond).toBeNull()
})

test('a curve that still grows has none: the best is a lower bound', () => {
  const plateau = findPlateau(levelsOf((concurrency) => 100 * concurrency))
  expect(plateau).toMatchObject({ state: 'not-reached', kneeConcurrency: null, concurrencies: [32] })
  expect(plateau.outputTokensPerSecond!.value).toBeCloseTo(3200, 6)
})

test('two flat levels that are no doubling apart do not make a plateau', () => {
  const curve = saturating(24, 0.01, 0)
  expect(findPlateau(levelsOf(curve, { ladder: [8, 16, 24, 32] })).state).toBe('not-reached')
  expect(findPlateau(levelsOf(curve, { ladder: [8, 16, 24, 48] })).state).toBe('reached')
})

test('levels far below the best mean collapse and are left out; those a little below belong to the flat part', () => {
  const collapsing = findPlateau([1, 2, 4, 8, 16].map((c, i) => aLevelOf(c, [[100, 195, 380, 400, 300][i]!])))
  expect(collapsing).toMatchObject({ state: 'collapsing', concurrencies: [4, 8] })
  expect(collapsing.outputTokensPerSecond!.value).toBeCloseTo(Math.sqrt(380 * 400), 6)
  const declining = findPlateau([1, 2, 4, 8].map((c, i) => aLevelOf(c, [[100, 195, 400, 370][i]!])))
  expect(declining).toMatchObject({ state: 'reached', concurrencies: [4, 8] })
})

test('a level that is lost beyond the best is a collapse', () => {
  const lost = { ...aLevelOf(8, [1]), valid: false, state: 'lost' } as const
  const plateau = findPlateau([aLevelOf(1, [100]), aLevelOf(2, [195]), aLevelOf(4, [380]), lost])
  expect(plateau).toMatchObject({ state: 'collapsing', concurrencies: [4] })
  expect(plateau.kneeConcurrency).toBeGreaterThan(2)
})

test('a level that is lost below the best is none', () => {
  const lost = { ...aLevelOf(2, [1]), valid: false, state: 'lost' } as const
  expect(findPlateau([aLevelOf(1, [100]), lost, aLevelOf(4, [380]), aLevelOf(8, [385])]).state).toBe('reached')
})

test('a rate limit that ends a growing curve makes it limited, after the plateau it does not matter', () => {
  const limited = { ...aLevelOf(64, [1]), valid: false, state: 'limited' } as const
  expect(findPlateau([...levelsOf((c) => 100 * c), limited]).state).toBe('limited')
  expect(findPlateau([...levelsOf(saturating(8, 0.01, 0)), limited]).state).toBe('reached')
  expect(findPlateau([limited])).toMatchObject({ state: 'limited', outputTokensPerSecond: null })
})

test('without a valid level there is nothing', () => {
  const nothing = { state: 'not-reached', outputTokensPerSecond: null, kneeConcurrency: null, concurrencies: [] }
  expect(findPlateau([])).toMatchObject(nothing)
  expect(findPlateau([{ ...aLevel(1), valid: false, state: 'invalid' }])).toMatchObject(nothing)
})

test('one level is its own best', () => {
  expect(findPlateau([aLevelOf(4, [300, 310])])).toMatchObject({ state: 'not-reached', concurrencies: [4] })
})

test('a curve flat from the start has its knee at the lowest level', () => {
  expect(findPlateau(levelsOf(() => 100))).toMatchObject({
    state: 'reached',
    kneeConcurrency: 1,
    concurrencies: LADDER,
  })
})

test('embeddings have their plateau on input tokens', () => {
  const levels = [1, 2, 4].map((concurrency) =>
    aLevel(concurrency, [{ ttftMs: null, tpotMs: null, lastTokenMs: 20 * concurrency, outputTokens: 0 }], {
      task: 'embeddings',
      tolerance: 0.05,
    }),
  )
  const plateau = findPlateau(levels)
  expect(plateau).toMatchObject({ metric: 'inputTokensPerSecond', outputTokensPerSecond: null })
  expect(plateau.inputTokensPerSecond!.value).toBeGreaterThan(20_000)
})

test('one pass gives no interval; more passes one that usually holds the truth', () => {
  const curve = saturating(8, 0.01, 0)
  expect(findPlateau(levelsOf(curve, { passes: 1 })).outputTokensPerSecond).toMatchObject({ low: null, high: null })
  let held = 0
  for (let i = 0; i < 150; i++) {
    const { low, high } = findPlateau(levelsOf(curve, { noise: 0.01, seed: `run ${i}` })).outputTokensPerSecond!
    if (low! <= 800 && 800 <= high!) held++
  }
  expect(held / 150).toBeGreaterThan(0.9)
  expect(held / 150).toBeLessThan(0.99)
})

test('on noisy saturating servers value and knee are close to the closed form', () => {
  const server = fc.record({
    slots: fc.integer({ min: 1, max: 12 }),
    a: fc.double({ min: 0.001, max: 0.1, noNaN: true }),
    ratio: aNumberFrom(0, 0.2),
    seed: fc.string(),
  })
  fc.assert(
    fc.property(server, ({ slots, a, ratio, seed }) => {
      const curve = saturating(slots, a, a * ratio)
      const truth = curve(slots)
      const plateau = findPlateau(levelsOf(curve, { noise: 0.01, seed }))
      expect(plateau.state).toBe('reached')
      expect(Math.abs(plateau.outputTokensPerSecond!.value / truth - 1)).toBeLessThan(0.06)
      const knee = LADDER.concat(slots)
        .sort((x, y) => x - y)
        .find((c) => curve(c) >= 0.95 * truth)!
      expect(plateau.kneeConcurrency!).toBeLessThanOrEqual(2 * knee)
      expect(plateau.kneeConcurrency!).toBeGreaterThanOrEqual(knee / 2 - 0.5)
    }),
  )
})

test('any curve gives a plateau whose parts agree with one another', () => {
  const throughput = fc.double({ min: 0.01, max: 1e6, noNaN: true })
  const curves = fc.array(fc.array(throughput, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 7 })
  const levels = LADDER.concat(64).map((concurrency) => aLevelOf(concurrency, [1]))
  fc.assert(
    fc.property(curves, fc.double({ min: 0.1, max: 10, noNaN: true }), (curve, factor) => {
      const scaled = (by: number) =>
        curve.map((passes, i) => ({
          ...levels[i]!,
          passes: passes.map((value, pass) => ({ ...levels[i]!.passes[0]!, pass, outputTokensPerSecond: by * value })),
        }))
      const plateau = findPlateau(scaled(1))
      const { value, low, high } = plateau.outputTokensPerSecond!
      expect(value).toBeGreaterThan(0)
      if (low !== null) expect(low <= value && value <= high!).toBe(true)
      expect(plateau.kneeConcurrency === null).toBe(!['reached', 'collapsing'].includes(plateau.state))
      if (plateau.kneeConcurrency !== null) {
        expect(plateau.kneeConcurrency).toBeGreaterThanOrEqual(1)
        expect(plateau.kneeConcurrency).toBeLessThanOrEqual(64)
      }
      // Twice as fast a server has the same shape and twice the plateau.
      const other = findPlateau(scaled(factor))
      expect(other.state).toBe(plateau.state)
      expect(other.outputTokensPerSecond!.value / value / factor).toBeCloseTo(1, 8)
    }),
  )
})

test('a rising sequence stays as it is', () => {
  expect(fitIsotonic([1, 2, 2, 5])).toEqual([1, 2, 2, 5])
})

test('neighbours in the wrong order are replaced by their mean', () => {
  expect(fitIsotonic([1, 4, 2, 8])).toEqual([1, 3, 3, 8])
  expect(fitIsotonic([3, 2, 1])).toEqual([2, 2, 2])
})

test('what was pooled before counts as often as it has values', () => {
  expect(fitIsotonic([4, 4, 1])).toEqual([3, 3, 3])
  expect(fitIsotonic([4, 2, 2, 0])).toEqual([2, 2, 2, 2])
})

test('of nothing it is nothing', () => {
  expect(fitIsotonic([])).toEqual([])
})

test('the fit rises, keeps the sum and is closer than any constant', () => {
  const numbers = fc.array(aNumberFrom(-100, 100), { minLength: 1, maxLength: 30 })
  fc.assert(
    fc.property(numbers, (values) => {
      const fit = fitIsotonic(values)
      const sum = (list: number[]) => list.reduce((total, value) => total + value, 0)
      const distance = (list: number[]) => sum(list.map((value, i) => (value - values[i]!) ** 2))
      expect(fit.every((value, i) => i === 0 || value >= fit[i - 1]!)).toBe(true)
      expect(sum(fit)).toBeCloseTo(sum(values), 6)
      expect(distance(fit)).toBeLessThanOrEqual(distance(values.map(() => sum(values) / values.length)) + 1e-6)
    }),
  )
})
