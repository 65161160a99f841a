import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createRecordStore, joinRecords, toRecord } from '../../../src/load/level/record.ts'
import { FACTS_IN_ORDER, REQUEST_FACTS } from '../../../src/vocabulary/request-facts.ts'
import type { FactValues, RequestRecord } from '../../../src/vocabulary/request-facts.ts'
import { aRecord, listFacts } from '../../support/builders.ts'
import { anExchange } from '../../support/exchanges.ts'
import { GRAPHEME } from '../../support/text-units.ts'

const PLACE = {
  level: 4,
  pass: 2,
  worker: 3,
  phase: 'counted',
  requestedTokens: 12,
  windowTokens: 7,
  stallMs: 0,
  endStallMs: 0,
  conversation: null,
  turn: null,
  turns: null,
  part: null,
  thinkMs: null,
  cutShort: false,
} as const
const SWEEP_START_AT = 500

describe('the record of a request', () => {
  it('holds times from its own start and places it in the sweep', () => {
    expect(toRecord(anExchange(), PLACE, SWEEP_START_AT)).toMatchObject({
      requestId: 'request-1',
      level: 4,
      pass: 2,
      worker: 3,
      phase: 'counted',
      startMs: 512,
      ttfbMs: 8,
      firstEventMs: 9,
      ttftMs: 38,
      ttfoMs: 48,
      lastTokenMs: 138,
      endMs: 139,
      queueMs: 12,
      connectMs: null,
      requestedTokens: 12,
      outputTokens: 11,
      windowTokens: 7,
      outcome: 'ok',
      failure: null,
    })
  })

  it('keeps connecting apart from the time in the client’s own queue', () => {
    expect(toRecord(anExchange({ connectMs: 9 }), PLACE, SWEEP_START_AT)).toMatchObject({
      queueMs: 3,
      connectMs: 9,
      ttftMs: 38,
    })
    expect(toRecord(anExchange({ connectMs: 12.5 }), PLACE, SWEEP_START_AT).queueMs).toBe(0)
  })

  it('keeps what the server states of itself', () => {
    expect(toRecord(anExchange({ serverTtftMs: 30, serverLoadMs: 1200 }), PLACE, SWEEP_START_AT)).toMatchObject({
      serverTtftMs: 30,
      serverTpotMs: null,
      serverLoadMs: 1200,
    })
    expect(toRecord(anExchange(), PLACE, SWEEP_START_AT)).toMatchObject({ serverTtftMs: null, serverLoadMs: null })
  })

  it('is of the facts in the table and no others', () => {
    const facts = listFacts(toRecord(anExchange(), PLACE, SWEEP_START_AT))
    expect(Object.keys(facts).sort()).toEqual(Object.keys(REQUEST_FACTS).sort())
    expect(Object.entries(facts).filter(([, value]) => value === undefined)).toEqual([])
  })

  it('says what failed and leaves out the times that do not exist', () => {
    const refused = anExchange({
      failure: 'http_429',
      retryAfterMs: 2000,
      firstTokenAt: null,
      firstTextAt: null,
      lastTokenAt: null,
      tpotMs: null,
      outputTokens: 0,
    })
    expect(toRecord(refused, PLACE, SWEEP_START_AT)).toMatchObject({
      outcome: 'failed',
      failure: 'http_429',
      retryAfterMs: 2000,
      ttftMs: null,
      ttfoMs: null,
      lastTokenMs: null,
      tpotMs: null,
      endMs: 139,
    })
  })
})

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
        expect(store.length).toBe(records.length)
        expect([...store].map(listFacts)).toEqual(records.map(listFacts))
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
    expect([...store].map(listFacts)).toEqual(records)
  })

  it('stay what they are when others are added', () => {
    const store = createRecordStore()
    store.add(aRecord({ requestId: 'first', ttftMs: 1 }))
    const [first] = store
    for (let i = 0; i < 3000; i++) store.add(aRecord({ requestId: 'later', ttftMs: 2, servedModel: `model ${i}` }))
    expect(first).toMatchObject({ requestId: 'first', ttftMs: 1, servedModel: 'llama-8b' })
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
          const joined = joinRecords(stores.map(({ packed }) => packed))
          const all = stores.flatMap((store) => Array.from(store, listFacts))
          expect(joined.length).toBe(all.length)
          expect(Array.from(joined, listFacts)).toEqual(all.toSorted((a, b) => a.startMs - b.startMs))
        },
      ),
    )
  })

  it('are those of one thread as they are where there is but one', () => {
    const store = createRecordStore()
    for (const endMs of [9, 1, 5]) store.add(aRecord({ requestId: `ends at ${endMs}`, endMs }))
    expect(Array.from(joinRecords([store.packed]), listFacts)).toEqual([...store].map(listFacts))
  })
})
