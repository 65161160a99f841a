import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { PROPERTIES } from './properties.ts'
import { expectReadable, property, valueOrRefusal } from './property.ts'

/** Inputs of a property of usual cost, the same in every run: `npm run bench -- fuzz` tries others. */
const CASES = 30
const SEED = 20_261_122

describe.each(Object.entries(Object.groupBy(PROPERTIES, ({ area }) => area)))('%s', (_, properties) => {
  test.each(properties.map((each) => [each.name, each] as const))('%s', (_, { cost, findCounterexample }) => {
    expect(findCounterexample({ seed: SEED, cases: Math.ceil(CASES / cost) })).toBeNull()
  })
})

describe('fuzzing', () => {
  const isShort = property('zip', 'is short', fc.string(), (text) => {
    if (text.length > 2) throw new Error('too long')
  })

  test('tells the input that breaks a property, and the same one for the same seed', () => {
    const [one, other] = [1, 2].map(() => isShort.findCounterexample({ seed: 7, cases: 200 }))
    expect(one).toMatch(/ {2}input: \["[^"]{3}/)
    expect(other).toBe(one)
  })

  test('takes no error for a refusal that is not ours, and none of ours that shows code', () => {
    const fail = (error: Error) => () => {
      throw error
    }
    expect(valueOrRefusal(fail(new RangeError('refused')), RangeError)).toBeUndefined()
    expect(() => valueOrRefusal(fail(new TypeError('refused')), RangeError)).toThrow(TypeError)
    for (const message of ['', 'a\nb', 'x at a.ts:1', 'got [object Object]', 'x'.repeat(2_000)]) {
      expect(() => expectReadable(message)).toThrow()
    }
  })
})
