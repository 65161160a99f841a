import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createGatewayCounter, averageInFlight } from '../../src/load/level-tally.ts'
import { measureLevel } from '../../src/load/level.ts'
import { aLevelSpec, portsOf, scriptedEndpoint } from './scripted-endpoint.ts'

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
