import { expect, test } from 'vitest'
import { migrateJson } from '../../src/report/json.ts'

const format = {
  current: 'plateau/thing@3',
  migrations: {
    1: ({ seconds, ...rest }: Record<string, unknown>) => ({ ...rest, ms: Number(seconds) * 1000 }),
    2: (value: Record<string, unknown>) => ({ ...value, label: 'none' }),
  },
  error: RangeError,
}

test('an older version is brought up step by step', () => {
  expect(migrateJson({ schema: 'plateau/thing@1', seconds: 2 }, format)).toEqual({
    schema: 'plateau/thing@3',
    ms: 2000,
    label: 'none',
  })
  expect(migrateJson({ schema: 'plateau/thing@2', ms: 5 }, format)).toMatchObject({ schema: 'plateau/thing@3', ms: 5 })
})

test('the current version is left as it is', () => {
  const value = { schema: 'plateau/thing@3', a: 1 }
  expect(migrateJson(value, format)).toBe(value)
})

test('a newer version is refused with the remedy', () => {
  expect(() => migrateJson({ schema: 'plateau/thing@4' }, format)).toThrow(RangeError)
  expect(() => migrateJson({ schema: 'plateau/thing@4' }, format)).toThrow('update Plateau')
})

test('what is not of the format, or of a version nobody wrote, is left to the schema', () => {
  for (const value of [null, 3, [], {}, { schema: 'other@1' }, { schema: 'plateau/thing@0' }, { schema: 7 }]) {
    expect(migrateJson(value, format)).toBe(value)
  }
})
