import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { canonicalJson, fitsItsKey, seriesOf } from '../../src/report/series.ts'
import { encodeRecord } from '../../src/report/records.ts'
import { aFailure, aRecord, SERIES_FIELDS } from '../support/builders.ts'

test('canonical JSON does not depend on the order of members', () => {
  expect(canonicalJson({ b: [1, { d: null, c: 'x' }], a: true })).toBe('{"a":true,"b":[1,{"c":"x","d":null}]}')
  expect(canonicalJson({ a: 1, b: undefined })).toBe('{"a":1}')
})

test('the key is the hash of the fields, whatever their order', () => {
  const { name, ...rest } = SERIES_FIELDS
  expect(seriesOf({ ...rest, name }).key).toBe(seriesOf(SERIES_FIELDS).key)
  expect(seriesOf(SERIES_FIELDS).key).toBe(createHash('sha256').update(canonicalJson(SERIES_FIELDS)).digest('hex'))
})

test('every field of the series makes it another one', () => {
  const others = [
    { ...SERIES_FIELDS, name: 'other' },
    { ...SERIES_FIELDS, passes: 2 },
    { ...SERIES_FIELDS, concurrency: [1, 2] },
    { ...SERIES_FIELDS, method: 2 },
    { ...SERIES_FIELDS, workload: { ...SERIES_FIELDS.workload, outputTokens: '256' } },
  ]
  expect(new Set([SERIES_FIELDS, ...others].map((fields) => seriesOf(fields).key)).size).toBe(6)
})

test('a key that is not that of the fields is known, unless they are not whole', () => {
  const series = seriesOf(SERIES_FIELDS)
  expect(fitsItsKey(series)).toBe(true)
  expect(fitsItsKey({ ...series, passes: 2 })).toBe(false)
  expect(fitsItsKey({ ...series, method: 2 })).toBe(true)
  const withBody = (extraBody: string) => ({ ...series, workload: { ...series.workload, extraBody } })
  expect(fitsItsKey(withBody('{"top_p":1}'))).toBe(false)
  expect(fitsItsKey(withBody('{"user":"***"}'))).toBe(true)
  expect(fitsItsKey(withBody('{"prompt":"xxx… (SHA-256 0123456789ab)'))).toBe(true)
  expect(fitsItsKey(withBody('x'.repeat(20_000)))).toBe(true)
})

test('a record is one JSON line with the public names', () => {
  const line = encodeRecord(aRecord({ ttftMs: 50.123456, connectMs: null }))
  expect(line).not.toContain('\n')
  const record = JSON.parse(line) as Record<string, unknown>
  const names =
    'level pass worker phase startMs connectMs ttfbMs firstEventMs ttftMs ttfoMs lastTokenMs endMs inputTokens ' +
    'outputTokens cachedTokens reasoningTokens tokenSource tokenEvents reads windowTokens reconnected finishReason ' +
    'servedModel outcome failure'
  expect(Object.keys(record).slice(0, 25)).toEqual(names.split(' '))
  expect(record).toMatchObject({ ttftMs: 50.123, connectMs: null, outcome: 'ok', failure: null })
})

test('no field of a record is forgotten', () => {
  const record = aFailure('http_429', { retryAfterMs: 1000 })
  expect(Object.keys(JSON.parse(encodeRecord(record)) as object).sort()).toEqual(Object.keys(record).sort())
})
