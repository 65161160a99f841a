import { expect, test } from 'vitest'
import type { ReportLimit } from '../../src/report/run-report.ts'
import { viewLimits } from '../../src/render/view/limits.ts'
import { aRow, judged, steady } from './recorded.ts'

/** What the passes of one run said: broken, with a bound as near as passes are to each other. */
function aLimit(limit: string, value: number, overrides: Partial<ReportLimit> = {}): ReportLimit {
  return { limit, concurrency: 2, outcome: 'fail', value, bound: value, reason: null, ...overrides }
}

const limitsOf = (limits: readonly ReportLimit[], k = 20, sd = 0.03) => judged(aRow(), steady(k, sd), { limits }).limits

test('a figure beyond its limit by no more than runs of the same code lie apart does not break it, and is said to be near', () => {
  // t(.95; 19) · .03 = .0519.
  const [near, clear, holding] = limitsOf([
    aLimit('tpot-p50@2 <= 10ms', 10.5),
    aLimit('tpot-p50@2 <= 10ms', 10.7),
    aLimit('tpot-p50@2 <= 10ms', 9, { outcome: 'pass' }),
  ])
  expect(near).toMatchObject({ outcome: 'pass', near: true })
  expect(near!.bound).toBeCloseTo(10.5 * Math.exp(-1.7291 * 0.03), 3)
  expect(clear).toMatchObject({ outcome: 'fail' })
  expect(clear).not.toHaveProperty('near')
  expect(holding).toMatchObject({ outcome: 'pass', value: 9 })
  expect(holding).not.toHaveProperty('near')
})

test('a limit of throughput mirrors it, at a level and of the plateau', () => {
  const [level, plateau, broken] = limitsOf([
    aLimit('throughput@2 >= 200tok/s', 192),
    aLimit('plateau-throughput >= 400tok/s', 384, { concurrency: null }),
    aLimit('throughput@2 >= 200tok/s', 180),
  ])
  expect([level, plateau, broken].map((one) => one!.outcome)).toEqual(['pass', 'pass', 'fail'])
  expect(level!.bound).toBeGreaterThan(200)
})

test('before eight groups, and of what no history keeps, the passes of the run decide', () => {
  const short = aLimit('tpot-p50@2 <= 10ms', 10.5)
  expect(limitsOf([short], 7)).toEqual([short])
  const others = [
    aLimit('error-rate <= 1%', 0.011, { concurrency: null }),
    aLimit('requests-per-second@2 >= 5req/s', 4.9),
    aLimit('tpot-p50@2 <= 10ms', 0, { outcome: 'not-measured', value: null, reason: 'the level was not measured' }),
  ]
  expect(limitsOf(others)).toEqual(others)
})

test('the row of a limit that a run of the same code may break says so', () => {
  const [near] = limitsOf([aLimit('tpot-p50@2 <= 10ms', 10.5)])
  const [row] = viewLimits([near!]).rows
  expect(row!.verdict).toEqual(['✅ Holds', ', near the limit: within two spreads of runs'])
  expect(row!.found.at(-1)).toBe('near the limit: within two spreads of runs')
})
