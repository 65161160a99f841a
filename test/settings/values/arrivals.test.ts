import { expect, test } from 'vitest'
import { readArrivals, renderArrivals } from '../../../src/settings/values/distributions.ts'
import { resolve } from '../support.ts'

test.each(['poisson', 'constant', 'gamma(0.5)'])('%s is read, and written as it was', (text) => {
  expect(renderArrivals(readArrivals(` ${text} `))).toBe(text)
})

test('a coefficient of variation is a number above 0', () => {
  for (const text of ['gamma()', 'gamma(0)', 'gamma(-1)', 'gamma(11)', 'gamma(x)', 'uniform', ''])
    expect(() => readArrivals(text)).toThrow('must be poisson, constant or gamma(cv)')
})

test('rates are read in any order, with and without their unit, and fractions too', () => {
  const { rate, arrivals, maxInFlight } = resolve({ flags: ['--rate', '10/s, 0.5 2'] }).settings
  expect({ rate, arrivals, maxInFlight }).toEqual({
    rate: [0.5, 2, 10],
    arrivals: { kind: 'poisson' },
    maxInFlight: 1024,
  })
})
