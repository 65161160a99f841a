import { expect, test } from 'vitest'
import { percentile, countMissingSamples } from '../../src/stats/percentile.ts'

const upTo = (n: number) => Array.from({ length: n }, (_, i) => i + 1)

test('the median interpolates as NumPy does', () => {
  expect(percentile([1, 2.2, 3.1, 7.7, 8.8, 9.1, 15.2, 42], 'p50')).toBe(8.25)
  expect(percentile([5], 'p50')).toBe(5)
})

test('a percentile is null until there are enough samples', () => {
  expect(percentile(upTo(63), 'p90')).toBeNull()
  expect(percentile(upTo(64), 'p90')).toBeCloseTo(57.7, 10)
  expect(percentile(upTo(129), 'p95')).toBeNull()
  expect(percentile(upTo(130), 'p95')).toBeCloseTo(123.55, 10)
  expect(percentile(upTo(661), 'p99')).toBeNull()
  expect(percentile(upTo(662), 'p99')).toBeCloseTo(655.39, 10)
  expect(percentile([], 'p50')).toBeNull()
})

test('failed requests count as infinitely slow and make the percentile null where they reach it', () => {
  expect(percentile(upTo(3), 'p50', 2)).toBe(3)
  expect(percentile(upTo(3), 'p50', 3)).toBeNull()
  expect(percentile(upTo(95), 'p90', 5)).toBeCloseTo(90.1, 10)
  expect(percentile(upTo(89), 'p90', 11)).toBeNull()
})

test('it says how many samples are missing', () => {
  expect(countMissingSamples('p90', 20)).toBe(44)
  expect(countMissingSamples('p90', 64)).toBe(0)
})
