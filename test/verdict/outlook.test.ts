import { expect, test } from 'vitest'
import { aRow, judged, steady } from './recorded.ts'

test('the outlook counts with the spread that is expected', () => {
  const runs = (expectedSpread: number | 'auto') =>
    judged(aRow(), [], { policy: { expectedSpread } }).outlook.find(({ metric }) => metric === 'tpot-p50')!
  expect(runs(0.02).smallestVisible).toBeLessThan(0.21)
  expect(runs('auto').smallestVisible).toBeGreaterThan(0.4)
})

const policy = { decision: 'threshold' } as const

test('how often it is wrong by chance is estimated from the spread', () => {
  const rate = (sd: number, k = 10) => judged(aRow(), steady(k, sd), { policy }).falseAlarmRate
  // Three metrics, each P(Z > ln 1.05 / (.05 √(1 + π/21))) = P(Z > .91010) = .18138: 1 − .81862³.
  expect(rate(0.05)).toBeCloseTo(0.45142, 4)
  expect(rate(0.01)).toBeLessThan(0.01)
  expect(rate(0.05, 2)).toBeNull()
  // SciPy: 1 - norm.cdf(log(1.05) / (0.02 * sqrt(1 + pi / 7))) ** 3.
  expect(rate(0.02, 3)).toBeCloseTo(0.06268, 4)
  expect(judged(aRow(), [], { policy }).falseAlarmRate).toBeNull()
})
