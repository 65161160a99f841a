import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  createRecordStore,
  joinRecords,
  listBuffers,
  mapTexts,
  unpackRecords,
} from '../../../src/load/level/packed-records.ts'
import { FACTS_IN_ORDER } from '../../../src/vocabulary/request-facts.ts'
import type { FactValues, RequestRecord } from '../../../src/vocabulary/request-facts.ts'
import { aRecord, listFacts } from '../../support/builders.ts'
import { GRAPHEME } from '../../support/text-units.ts'

/** Any value of a kind that the types allow; texts are few and many, empty and of several scripts. */
const VALUES: { readonly [Kind in keyof FactValues]: fc.Arbitrary<FactValues[Kind]> } = {
  time: fc.double({ noNaN: true }),
  count: fc.oneof(fc.nat(), fc.double({ noNaN: true, min: 0 })),
  flag: fc.boolean(),
  id: fc.string(),
  name: fc.oneof(fc.string({ unit: GRAPHEME }), fc.constantFrom('', 'null', '0', 'a')),
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

describe('packed records', () => {
  it('come out as they went in', () => {
    fc.assert(
      fc.property(fc.array(anyRecord, { maxLength: 20 }), (records) => {
        const store = createRecordStore()
        for (const record of records) store.add(record)
        const unpacked = unpackRecords(store.pack())
        expect(unpacked.length).toBe(records.length)
        expect(Array.from(unpacked, listFacts)).toEqual(records.map(listFacts))
      }),
    )
  })

  it('fill more than one block', () => {
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
    expect(Array.from(unpackRecords(store.pack()), listFacts)).toEqual(records)
  })

  it('are all there whenever they are asked for', () => {
    const store = createRecordStore()
    const records = Array.from({ length: 2100 }, (_, i) => aRecord({ requestId: `request-${i}`, endMs: i }))
    for (const [i, record] of records.entries()) {
      store.add(record)
      // At moments that fit neither the size of a block nor any part of it.
      if (i % 337 !== 0) continue
      const ends = Array.from(unpackRecords(store.pack()), ({ endMs }) => endMs)
      expect(ends).toEqual(records.slice(0, i + 1).map(({ endMs }) => endMs))
    }
    expect(Array.from(unpackRecords(store.pack()), listFacts)).toEqual(records)
  })

  it('stay what they are when others are added', () => {
    const store = createRecordStore()
    store.add(aRecord({ requestId: 'first', ttftMs: 1 }))
    const [first] = unpackRecords(store.pack())
    for (let i = 0; i < 3000; i++) store.add(aRecord({ requestId: 'later', ttftMs: 2, servedModel: `model ${i}` }))
    expect(first).toMatchObject({ requestId: 'first', ttftMs: 1, servedModel: 'llama-8b' })
  })

  it('take memory for what differs between them, and half of it where that is a whole number', () => {
    const store = createRecordStore()
    for (let i = 0; i < 2048; i++) store.add(aRecord({ startMs: i + 0.1, worker: i, requestId: `request-${i}` }))
    const bytes = listBuffers(store.pack()).reduce((sum, { byteLength }) => sum + byteLength, 0)
    expect(bytes / 2048).toBe(8 + 4)
  })

  it('pass to a thread whole, with their buffers', () => {
    const records = Array.from({ length: 1500 }, (_, i) => aRecord({ startMs: i / 3, worker: i, requestId: `${i}` }))
    const store = createRecordStore()
    for (const record of records) store.add(record)
    const packed = store.pack()
    const passed = structuredClone(packed, { transfer: listBuffers(packed) })
    expect(Array.from(unpackRecords(passed), listFacts)).toEqual(records)
  })

  it('have other texts where they are mapped, and nothing else', () => {
    const facts = { servedModel: 'the key', serverRequestId: 'id of the key', finishReason: null }
    const store = createRecordStore()
    store.add(aRecord(facts))
    const mapped = mapTexts(store.pack(), (text) => text.replace('key', '***'))
    const expected = aRecord({ ...facts, servedModel: 'the ***', serverRequestId: 'id of the ***' })
    expect(Array.from(unpackRecords(mapped), listFacts)).toEqual([listFacts(expected)])
  })
})

describe('the records of several threads', () => {
  it('are all there once, in the order in which they ended', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.nat({ max: 5_000 }), { maxLength: 30 }), { minLength: 1, maxLength: 4 }),
        (ends) => {
          const stores = ends.map((own, thread) => {
            const store = createRecordStore()
            for (const [i, end] of own.toSorted((a, b) => a - b).entries()) {
              store.add(
                aRecord({ requestId: `${thread}-${i}`, startMs: end - 3, endMs: 3, servedModel: `of ${thread}` }),
              )
            }
            return store
          })
          const joined = joinRecords(stores.map((store) => store.pack()))
          const all = stores.flatMap((store) => Array.from(unpackRecords(store.pack()), listFacts))
          expect(joined.length).toBe(all.length)
          expect(Array.from(joined, listFacts)).toEqual(all.toSorted((a, b) => a.startMs - b.startMs))
        },
      ),
    )
  })

  it('are those of one thread as they are where there is but one', () => {
    const store = createRecordStore()
    for (const endMs of [9, 1, 5]) store.add(aRecord({ requestId: `ends at ${endMs}`, endMs }))
    const packed = store.pack()
    expect(Array.from(joinRecords([packed]), listFacts)).toEqual(Array.from(unpackRecords(packed), listFacts))
  })
})
