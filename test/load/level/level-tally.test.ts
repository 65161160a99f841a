import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  createGatewayCounter,
  averageInFlight,
  countWindowTokens,
  toRecord,
} from '../../../src/load/level/level-tally.ts'
import { measureLevel } from '../../../src/load/level.ts'
import type { Exchange } from '../../../src/load/ports.ts'
import { REQUEST_FACTS } from '../../../src/vocabulary/request-facts.ts'
import { listFacts } from '../../support/builders.ts'
import { anExchange } from '../../support/exchanges.ts'
import { aLevelSpec, portsOf, scriptedEndpoint } from '../scripted-endpoint.ts'

const WINDOW = { startMs: 100, endMs: 200 }

describe('the requests in flight over a window', () => {
  it('are weighted by time', () => {
    const intervals = [
      { startMs: 0, endMs: 150 },
      { startMs: 150, endMs: 300 },
      { startMs: 175, endMs: 200 },
    ]
    expect(averageInFlight(intervals, WINDOW)).toBe(1.25)
  })

  it('are none without a request inside it', () => {
    expect(averageInFlight([], WINDOW)).toBe(0)
    expect(averageInFlight([{ startMs: 200, endMs: 300 }], WINDOW)).toBe(0)
  })

  it('agree with counting at every moment', () => {
    const interval = fc
      .tuple(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 40 }))
      .map(([startMs, length]) => ({ startMs, endMs: startMs + length }))
    fc.assert(
      fc.property(fc.array(interval, { maxLength: 12 }), fc.integer({ min: 1, max: 30 }), (intervals, length) => {
        const window = { startMs: 10, endMs: 10 + length }
        let area = 0
        for (let at = window.startMs; at < window.endMs; at++) {
          area += intervals.filter(({ startMs, endMs }) => startMs <= at && at < endMs).length
        }
        expect(averageInFlight(intervals, window)).toBeCloseTo(area / length, 9)
      }),
    )
  })
})

describe('the counts of gateways', () => {
  it('are of every request of a level, with the names', async () => {
    const endpoint = scriptedEndpoint(({ number }) => ({
      latencyMs: 1_000,
      headers: number % 2 === 0 ? { 'x-litellm-call-id': '1', 'x-litellm-attempted-retries': '1' } : { age: '3' },
    }))
    const run = await endpoint.run(measureLevel(aLevelSpec(), portsOf(endpoint, aLevelSpec())))
    const { retried, cached, fellBack, names } = run.gateway
    expect(retried).toBeGreaterThan(5)
    expect(retried + cached).toBe(run.records.length)
    expect({ fellBack, names }).toEqual({ fellBack: 0, names: ['LiteLLM'] })
  })

  it('leave out answers without headers, and those of no gateway', () => {
    const counter = createGatewayCounter()
    counter.add({ headers: null })
    counter.add({ headers: { server: 'uvicorn' } })
    expect(counter.counts).toEqual({ retried: 0, cached: 0, fellBack: 0, names: [] })
  })
})

const LEVEL_WINDOW = { startAt: 100, endAt: 200 }

/** Token events as pairs of time and stated cumulative count. */
function withTokens(outputTokens: number, events: readonly (readonly [at: number, count: number])[]): Exchange {
  return anExchange({
    outputTokens,
    tokenAt: Float64Array.from(events, ([at]) => at),
    tokenCountAt: Float64Array.from(events, ([, count]) => count),
  })
}

describe('the tokens of a request inside the window', () => {
  it('are those whose events arrived inside it, its start included and its end not', () => {
    const exchange = withTokens(
      4,
      [99.9, 100, 199.9, 200].map((at) => [at, NaN] as const),
    )
    expect(countWindowTokens(exchange, LEVEL_WINDOW)).toEqual({ tokens: 2, events: 2 })
  })

  it('are the answer’s tokens spread over its events when those state no count', () => {
    const exchange = withTokens(
      30,
      [90, 110, 120].map((at) => [at, NaN] as const),
    )
    expect(countWindowTokens(exchange, LEVEL_WINDOW)).toEqual({ tokens: 20, events: 2 })
  })

  it('are the differences of cumulative counts where every event states one', () => {
    const straddling: [number, number][] = [
      [80, 1],
      [90, 9],
      [150, 10],
      [160, 14],
      [210, 40],
    ]
    expect(countWindowTokens(withTokens(40, straddling), LEVEL_WINDOW)).toEqual({ tokens: 5, events: 2 })
    expect(countWindowTokens(withTokens(14, straddling.slice(2, 4)), LEVEL_WINDOW)).toEqual({ tokens: 14, events: 2 })
  })

  it('are not taken from counts of which one is missing', () => {
    const events: [number, number][] = [
      [90, 1],
      [110, NaN],
      [120, 90],
      [130, 91],
    ]
    expect(countWindowTokens(withTokens(100, events), LEVEL_WINDOW)).toEqual({ tokens: 75, events: 3 })
  })

  it('are all so far while the window has not ended, and none before it began', () => {
    const exchange = withTokens(
      3,
      [90, 110, 500].map((at) => [at, NaN] as const),
    )
    expect(countWindowTokens(exchange, { startAt: 100, endAt: null })).toEqual({ tokens: 2, events: 2 })
    expect(countWindowTokens(exchange, { startAt: null, endAt: null })).toEqual({ tokens: 0, events: 0 })
    expect(countWindowTokens(withTokens(0, []), LEVEL_WINDOW)).toEqual({ tokens: 0, events: 0 })
  })
})

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
