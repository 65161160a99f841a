import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  drawLength,
  fixLength,
  createLengthSource,
  scaleLengths,
  meanDuration,
  readDurations,
  renderDurations,
  readArrivals,
  renderArrivals,
} from '../../../src/settings/values/distributions.ts'
import { seedRandom } from '../../../src/random.ts'
import type { Lengths } from '../../../src/settings/values/distributions.ts'
import { ValueError } from '../../../src/errors.ts'
import { resolve } from '../support.ts'

function draws(lengths: Lengths, n: number, seed = 'a seed'): number[] {
  const next = createLengthSource(lengths, seedRandom(seed))
  return Array.from({ length: n }, next)
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

function deviationOf(values: readonly number[]): number {
  const mean = meanOf(values)
  return Math.sqrt(meanOf(values.map((value) => (value - mean) ** 2)))
}

describe('a fixed length', () => {
  it('is spread over 10 % to either side', () => {
    const lengths = draws(fixLength(100), 10_000)
    expect(Math.min(...lengths)).toBe(90)
    expect(Math.max(...lengths)).toBe(110)
    expect(new Set(lengths).size).toBe(21)
    expect(deviationOf(lengths)).toBeCloseTo(10 / Math.sqrt(3), 0)
  })

  it('keeps its mean exactly, in every pair', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100_000 }), fc.string(), (tokens, seed) => {
        const [first, second] = draws(fixLength(tokens), 2, seed)
        expect(Math.abs(first! + second! - 2 * tokens)).toBeLessThanOrEqual(tokens > 1 ? 1 : 0)
        expect(first).toBeGreaterThanOrEqual(Math.floor(0.9 * tokens))
        expect(first).toBeLessThanOrEqual(Math.ceil(1.1 * tokens))
      }),
    )
    expect(meanOf(draws(fixLength(128), 20_000))).toBeCloseTo(128, 1)
  })

  it('is the same for the same seed and another for another', () => {
    expect(draws(fixLength(1000), 20)).toEqual(draws(fixLength(1000), 20))
    expect(draws(fixLength(1000), 20)).not.toEqual(draws(fixLength(1000), 20, 'another'))
  })

  it('is not jittered where it is drawn for a prompt', () => {
    expect(drawLength(fixLength(512), seedRandom('a seed'))).toBe(512)
  })
})

it('lengths are scaled with what they spread by, and are never below one token', () => {
  expect(scaleLengths({ kind: 'fixed', tokens: 128 }, 0.3)).toEqual({ kind: 'fixed', tokens: 38 })
  expect(scaleLengths({ kind: 'fixed', tokens: 2 }, 0.1)).toEqual({ kind: 'fixed', tokens: 1 })
  expect(scaleLengths({ kind: 'uniform', min: 10, max: 30 }, 0.5)).toEqual({ kind: 'uniform', min: 5, max: 15 })
  expect(scaleLengths({ kind: 'normal', mean: 40, sd: 8 }, 0.5)).toEqual({ kind: 'normal', mean: 20, sd: 4 })
})

describe('a distribution', () => {
  const n = 40_000

  it('that is uniform has its bounds and its mean', () => {
    const lengths = draws({ kind: 'uniform', min: 100, max: 300 }, n)
    expect(Math.min(...lengths)).toBe(100)
    expect(Math.max(...lengths)).toBe(300)
    expect(meanOf(lengths) / 200).toBeCloseTo(1, 2)
    expect(deviationOf(lengths) / (200 / Math.sqrt(12))).toBeCloseTo(1, 1)
  })

  it('that is normal has its mean and its standard deviation', () => {
    const lengths = draws({ kind: 'normal', mean: 500, sd: 50 }, n)
    expect(meanOf(lengths) / 500).toBeCloseTo(1, 2)
    expect(deviationOf(lengths) / 50).toBeCloseTo(1, 1)
  })

  it('that is lognormal has the mean and the standard deviation of the lengths themselves', () => {
    const lengths = draws({ kind: 'lognormal', mean: 500, sd: 200 }, n)
    expect(meanOf(lengths) / 500).toBeCloseTo(1, 1)
    expect(deviationOf(lengths) / 200).toBeCloseTo(1, 1)
  })

  it('gives whole numbers of at least one token', () => {
    const wide: Lengths = { kind: 'normal', mean: 2, sd: 2 }
    const lengths = draws(wide, 1_000)
    expect(lengths.every((length) => Number.isInteger(length) && length >= 1)).toBe(true)
    expect(lengths).toContain(1)
  })
})

const readPause = readDurations(3_600_000)

it.each([
  ['5s', { kind: 'fixed', ms: 5000 }, 5, 5000],
  ['0', { kind: 'fixed', ms: 0 }, 0, 0],
  ['uniform(0s, 500ms)', { kind: 'uniform', min: 0, max: 500 }, 'uniform(0s,0.5s)', 250],
  ['normal(5s,1s)', { kind: 'normal', mean: 5000, sd: 1000 }, 'normal(5s,1s)', 5000],
  ['lognormal(1m,20)', { kind: 'lognormal', mean: 60_000, sd: 20_000 }, 'lognormal(60s,20s)', 60_000],
] as const)('reads %s', (text, durations, rendered, mean) => {
  expect(readPause(text)).toEqual(durations)
  expect(renderDurations(durations)).toBe(rendered)
  expect(readPause(String(rendered))).toEqual(durations)
  expect(meanDuration(durations)).toBe(mean)
})

it.each([
  '',
  '-1s',
  '2h',
  'soon',
  'uniform(8s,2s)',
  'uniform(1s,2h)',
  'normal(1s,2s)',
  'lognormal(0s,0s)',
  'normal(1s)',
  'normal(a,b)',
])('refuses %j, and says what is allowed', (text) => {
  expect(() => readPause(text)).toThrow(ValueError)
  expect(() => readPause(text)).toThrow(/must be a duration from 0 to 3600 s, .*for example 5s or lognormal\(5s,2s\)/)
})

it.each(['poisson', 'constant', 'gamma(0.5)'])('%s is read, and written as it was', (text) => {
  expect(renderArrivals(readArrivals(` ${text} `))).toBe(text)
})

it('a coefficient of variation is a number above 0', () => {
  for (const text of ['gamma()', 'gamma(0)', 'gamma(-1)', 'gamma(11)', 'gamma(x)', 'uniform', ''])
    expect(() => readArrivals(text)).toThrow('must be poisson, constant or gamma(cv)')
})

it('rates are read in any order, with and without their unit, and fractions too', () => {
  const { rate, arrivals, maxInFlight } = resolve({ flags: ['--rate', '10/s, 0.5 2'] }).settings
  expect({ rate, arrivals, maxInFlight }).toEqual({
    rate: [0.5, 2, 10],
    arrivals: { kind: 'poisson' },
    maxInFlight: 1024,
  })
})
