import { expect, test } from 'vitest'
import { findOutliers, poolSquares } from '../../src/stats/mean.ts'

test('outliers lie further from the median than so many standard deviations of the MAD', () => {
  // Median 3, deviations 2 1 0 1 7, MAD 1: the limit is 3.5 × 1.4826 = 5.19.
  expect(findOutliers([1, 2, 3, 4, 10], 3.5)).toEqual([false, false, false, false, true])
  expect(findOutliers([1, 2, 3, 4, 8.18], 3.5)).toEqual([false, false, false, false, false])
})

test('without a MAD nothing is an outlier', () => {
  expect(findOutliers([1, 1, 1, 1, 50], 3.5)).toEqual([false, false, false, false, false])
  expect(findOutliers([], 3.5)).toEqual([])
})

test('squares of several sets are pooled, each about a mean of its own, which costs it a degree of freedom', () => {
  expect(poolSquares([[1, 3], [10, 10, 13], [7]])).toEqual({ squares: 2 + 6, degrees: 3 })
})
