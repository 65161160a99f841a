import { expect, test } from 'vitest'
import { assumedDegrees, pooled, spreadFrom } from '../../src/verdict/spread.ts'

test('what is assumed counts like four runs at first and like none from the eighth recorded run on', () => {
  expect([0, 1, 2, 3, 4, 5, 6, 7, 8, 49].map(assumedDegrees)).toEqual([4, 4, 4, 4, 3, 2, 1, 0, 0, 0])
})

test('segments are pooled, each about a mean of its own, which costs it a degree of freedom', () => {
  const segment = (...ys: readonly number[]) => ys.map((y) => ({ y, mark: null }))
  expect(pooled([segment(1, 3), segment(10, 10, 13), segment(7)])).toEqual({ squares: 2 + 6, degrees: 3 })
})

test('an expected spread stands until two degrees of freedom contradict it by half', () => {
  const used = (observed: number, degrees: number) =>
    spreadFrom(
      { squares: observed ** 2 * degrees, degrees },
      { within: { squares: 0, degrees: 0 }, passes: 3, defaultSd: 0.05, expected: 0.02 },
    ).assumed
  expect(used(0.0299, 2)).toBe(true)
  expect(used(0.0301, 2)).toBe(false)
  expect(used(0.0301, 1)).toBe(true)
})
