import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { createRecordStore } from '../../src/load/record-store.ts'
import { FACTS_IN_ORDER } from '../../src/vocabulary/request-facts.ts'
import type { FactValues, RequestRecord } from '../../src/vocabulary/request-facts.ts'
import { aRecord, listFacts } from '../support/builders.ts'

/** Any value of a kind that the types allow; texts are few and many, empty and of several scripts. */
const VALUES: { readonly [Kind in keyof FactValues]: fc.Arbitrary<FactValues[Kind]> } = {
  time: fc.double({ noNaN: true }),
  count: fc.oneof(fc.nat(), fc.double({ noNaN: true, min: 0 })),
  flag: fc.boolean(),
  id: fc.string(),
  name: fc.oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom('', 'null', '0', 'a')),
  phase: fc.constantFrom('warmup', 'counted', 'tail'),
  source: fc.constantFrom('usage', 'usage+reasoning', 'server-final', 'chunks'),
  outcome: fc.constantFrom('ok', 'failed'),
  failure: fc.constantFrom('connect', 'tls', 'http_429', 'http_503', 'parse', 'empty'),
}

/** Any record, by the table: a fact that is added to it is in here at once. */
const anyRecord = fc.record(
  Object.fromEntries(
    FACTS_IN_ORDER.map(({ name, kind, orNull }) => {
      const values: fc.Arbitrary<unknown> = VALUES[kind]
      return [name, orNull === true ? fc.option(values) : values]
    }),
  ),
) as fc.Arbitrary<unknown> as fc.Arbitrary<RequestRecord>

it('gives back every record as it went in', () => {
  fc.assert(
    fc.property(fc.array(anyRecord, { maxLength: 20 }), (records) => {
      const store = createRecordStore()
      for (const record of records) store.add(record)
      expect(store.length).toBe(records.length)
      expect([...store].map(listFacts)).toEqual(records.map(listFacts))
    }),
  )
})

it('holds more than one block', () => {
  const records = Array.from({ length: 2500 }, (_, i) =>
    aRecord({
      requestId: `request-${i}`,
      endMs: i,
      servedModel: i % 2 === 0 ? 'a' : null,
      retryAfterMs: i % 3 || null,
    }),
  )
  const store = createRecordStore()
  for (const record of records) store.add(record)
  expect([...store].map(listFacts)).toEqual(records)
})

it('gives records that stay what they are', () => {
  const store = createRecordStore()
  store.add(aRecord({ requestId: 'first', ttftMs: 1 }))
  const [first] = store
  for (let i = 0; i < 3000; i++) store.add(aRecord({ requestId: 'later', ttftMs: 2, servedModel: `model ${i}` }))
  expect(first).toMatchObject({ requestId: 'first', ttftMs: 1, servedModel: 'llama-8b' })
})
