import { expect, test } from 'vitest'
import fc from 'fast-check'
import { hodgesLehmann, hodgesLehmannShift } from '../../src/stats/hodges-lehmann.ts'
import { findOutliers } from '../../src/stats/trim.ts'

test('the Hodges-Lehmann location is the median of all means of two', () => {
  // Depression scores of Hollander and Wolfe, 1973; the median of numpy over the Walsh averages.
  expect(hodgesLehmann([1.83, 0.5, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.3])).toBeCloseTo(1.725, 12)
  // Means of two of 1, 2, 9: 1, 1.5, 5, 2, 5.5, 9.
  expect(hodgesLehmann([1, 2, 9])).toBe(3.5)
  expect(hodgesLehmann([])).toBeNull()
})

test('the Hodges-Lehmann shift is the median of all differences', () => {
  // 9, 10, 11 less 1, 2, 6: 8, 7, 3, 9, 8, 4, 10, 9, 5.
  expect(hodgesLehmannShift([1, 2, 6], [9, 10, 11])).toBe(8)
  expect(hodgesLehmannShift([], [1])).toBeNull()
})

test('a shift moves the estimate by as much', () => {
  const values = fc.array(fc.double({ min: -100, max: 100, noNaN: true }), { minLength: 1, maxLength: 12 })
  fc.assert(
    fc.property(values, fc.double({ min: -50, max: 50, noNaN: true }), (sample, shift) => {
      const moved = sample.map((value) => value + shift)
      expect(hodgesLehmann(moved)! - hodgesLehmann(sample)!).toBeCloseTo(shift, 9)
      expect(hodgesLehmannShift(sample, moved)).toBeCloseTo(shift, 9)
    }),
  )
})

test('outliers lie further from the median than so many standard deviations of the MAD', () => {
  // Median 3, deviations 2 1 0 1 7, MAD 1: the limit is 3.5 × 1.4826 = 5.19.
  expect(findOutliers([1, 2, 3, 4, 10], 3.5)).toEqual([false, false, false, false, true])
  expect(findOutliers([1, 2, 3, 4, 8.18], 3.5)).toEqual([false, false, false, false, false])
})

test('without a MAD nothing is an outlier', () => {
  expect(findOutliers([1, 1, 1, 1, 50], 3.5)).toEqual([false, false, false, false, false])
  expect(findOutliers([], 3.5)).toEqual([])
})
