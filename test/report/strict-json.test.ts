import { z } from 'zod'
import { expect, test } from 'vitest'
import { decodeStrict } from '../../src/report/strict-json.ts'

const decode = (value: unknown): unknown =>
  decodeStrict(JSON.stringify(value), {
    what: 'thing',
    schema: z.unknown(),
    maximumLength: 100,
    version: { current: 'plateau/thing@3', error: RangeError },
    error: SyntaxError,
  })

test('a newer version is refused with the remedy', () => {
  expect(() => decode({ schema: 'plateau/thing@4' })).toThrow(RangeError)
  expect(() => decode({ schema: 'plateau/thing@4' })).toThrow(
    'is plateau/thing@4, which a newer version of Plateau wrote',
  )
  expect(() => decode({ schema: 'plateau/thing@4' })).toThrow('update Plateau')
})

test('the current version, an older one and what is not of the format are left to the schema', () => {
  for (const schema of ['plateau/thing@3', 'plateau/thing@2', 'other@4', 'plateau/thing@x', 7, null])
    expect(decode({ schema })).toEqual({ schema })
  for (const value of [null, 3, [], {}]) expect(decode(value)).toEqual(value)
})
