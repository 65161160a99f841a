import { expect, test } from 'vitest'
import { findPlateau } from '../../../src/metrics/plateau/plateau.ts'
import { priceTokens } from '../../../src/metrics/plateau/price.ts'
import { aLevelOf } from '../../support/builders.ts'

const levels = [aLevelOf(1, [100]), aLevelOf(2, [200]), aLevelOf(4, [200])]
const at = (value: number, state: 'found' | 'at-least' | 'below' = 'found') => ({
  state,
  concurrency: { value, low: null, high: null },
  passes: [],
})

test('a server of 3.60 an hour that makes 200 tokens a second asks 5 for a million of them', () => {
  const { atPlateau, atCapacity } = priceTokens(3.6, { plateau: findPlateau(levels), capacity: null, levels })
  expect(atPlateau).toBeCloseTo(5, 9)
  expect(atCapacity).toBeNull()
})

test('at a capacity between two levels it is the throughput there that counts', () => {
  const price = (capacity: ReturnType<typeof at>) =>
    priceTokens(3.6, { plateau: findPlateau(levels), capacity, levels })
  expect(price(at(1.5)).atCapacity).toBeCloseTo(1e6 * (3.6 / 3600 / 150), 9)
  expect(price(at(4, 'at-least')).atCapacity).toBeCloseTo(5, 9)
  expect(price(at(1, 'below')).atCapacity).toBeNull()
})

test('where no tokens are counted nothing is said of what they cost', () => {
  const whole = levels.map((level) => ({ ...level, outputTokensPerSecond: null, inputTokensPerSecond: null }))
  expect(priceTokens(3.6, { plateau: findPlateau(whole), capacity: at(2), levels: whole })).toMatchObject({
    tokens: 'requestsPerSecond',
    atPlateau: null,
    atCapacity: null,
  })
})
