import { describe, expect, it } from 'vitest'
import type { Exchange } from '../../src/load/ports.ts'
import { toRecord, windowTokens } from '../../src/load/record.ts'
import { REQUEST_FACTS } from '../../src/vocabulary/request-facts.ts'
import { anExchange } from '../support/exchanges.ts'

const WINDOW = { startAt: 100, endAt: 200 }

/** Token events as pairs of time and stated cumulative count. */
function withTokens(outputTokens: number, events: readonly (readonly [at: number, count: number])[]): Exchange {
  return anExchange({
    outputTokens,
    tokenAt: Float64Array.from(events, ([at]) => at),
    tokenCountAt: Float64Array.from(events, ([, count]) => count),
  })
}

const PLACE = {
  level: 4,
  pass: 2,
  worker: 3,
  phase: 'counted',
  requestedTokens: 12,
  windowTokens: 7,
} as const
const SWEEP_START_AT = 500

describe('the tokens of a request inside the window', () => {
  it('are those whose events arrived inside it, its start included and its end not', () => {
    const exchange = withTokens(
      4,
      [99.9, 100, 199.9, 200].map((at) => [at, NaN] as const),
    )
    expect(windowTokens(exchange, WINDOW)).toEqual({ tokens: 2, events: 2 })
  })

  it('are the answer’s tokens spread over its events when those state no count', () => {
    const exchange = withTokens(
      30,
      [90, 110, 120].map((at) => [at, NaN] as const),
    )
    expect(windowTokens(exchange, WINDOW)).toEqual({ tokens: 20, events: 2 })
  })

  it('are the differences of cumulative counts where every event states one', () => {
    const straddling: [number, number][] = [
      [80, 1],
      [90, 9],
      [150, 10],
      [160, 14],
      [210, 40],
    ]
    expect(windowTokens(withTokens(40, straddling), WINDOW)).toEqual({ tokens: 5, events: 2 })
    expect(windowTokens(withTokens(14, straddling.slice(2, 4)), WINDOW)).toEqual({ tokens: 14, events: 2 })
  })

  it('are not taken from counts of which one is missing', () => {
    const events: [number, number][] = [
      [90, 1],
      [110, NaN],
      [120, 90],
      [130, 91],
    ]
    expect(windowTokens(withTokens(100, events), WINDOW)).toEqual({ tokens: 75, events: 3 })
  })

  it('are all so far while the window has not ended, and none before it began', () => {
    const exchange = withTokens(
      3,
      [90, 110, 500].map((at) => [at, NaN] as const),
    )
    expect(windowTokens(exchange, { startAt: 100, endAt: null })).toEqual({ tokens: 2, events: 2 })
    expect(windowTokens(exchange, { startAt: null, endAt: null })).toEqual({ tokens: 0, events: 0 })
    expect(windowTokens(withTokens(0, []), WINDOW)).toEqual({ tokens: 0, events: 0 })
  })
})

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
    expect(Object.keys(toRecord(anExchange(), PLACE, SWEEP_START_AT)).sort()).toEqual(Object.keys(REQUEST_FACTS).sort())
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
