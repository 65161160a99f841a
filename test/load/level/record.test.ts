import { describe, expect, it } from 'vitest'
import { toRecord } from '../../../src/load/level/level-tally.ts'
import { REQUEST_FACTS } from '../../../src/vocabulary/request-facts.ts'
import { listFacts } from '../../support/builders.ts'
import { anExchange } from '../../support/exchanges.ts'

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
