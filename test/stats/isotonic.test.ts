import { expect, test } from 'vitest'
import fc from 'fast-check'
import { fitIsotonic } from '../../src/stats/isotonic.ts'

test('a rising sequence stays as it is', () => {
  expect(fitIsotonic([1, 2, 2, 5])).toEqual([1, 2, 2, 5])
})

test('neighbours in the wrong order are replaced by their mean', () => {
  expect(fitIsotonic([1, 4, 2, 8])).toEqual([1, 3, 3, 8])
  expect(fitIsotonic([3, 2, 1])).toEqual([2, 2, 2])
})

test('weights move the mean', () => {
  expect(fitIsotonic([4, 1], [1, 3])).toEqual([1.75, 1.75])
})

test('of nothing it is nothing', () => {
  expect(fitIsotonic([])).toEqual([])
})

test('the fit rises, keeps the sum and is closer than any constant', () => {
  const numbers = fc.array(fc.double({ min: -100, max: 100, noNaN: true }), { minLength: 1, maxLength: 30 })
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
