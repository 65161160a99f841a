import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { inFlightOver } from '../../src/load/in-flight.ts'
import type { Interval } from '../../src/load/in-flight.ts'

const WINDOW = { startAt: 100, endAt: 200 }

describe('the requests in flight over a window', () => {
  it('are weighted by time', () => {
    const intervals = [
      { startAt: 0, endAt: 150 },
      { startAt: 150, endAt: 300 },
      { startAt: 175, endAt: 200 },
    ]
    expect(inFlightOver(intervals, WINDOW, 2)).toEqual({ mean: 1.25, fullShare: 0.25 })
  })

  it('count as full from 95 % of the workers', () => {
    const many = (n: number): Interval[] => Array.from({ length: n }, () => WINDOW)
    expect(inFlightOver(many(19), WINDOW, 20).fullShare).toBe(1)
    expect(inFlightOver(many(18), WINDOW, 20).fullShare).toBe(0)
  })

  it('see no gap between requests that follow each other at once', () => {
    const intervals = Array.from({ length: 100 }, (_, i) => ({ startAt: 100 + i, endAt: 101 + i }))
    expect(inFlightOver(intervals, WINDOW, 1)).toEqual({ mean: 1, fullShare: 1 })
  })

  it('are none without a request or without a window', () => {
    expect(inFlightOver([], WINDOW, 1)).toEqual({ mean: 0, fullShare: 0 })
    expect(inFlightOver([WINDOW], { startAt: 100, endAt: 100 }, 1)).toEqual({ mean: 0, fullShare: 0 })
    expect(inFlightOver([{ startAt: 200, endAt: 300 }], WINDOW, 1)).toEqual({ mean: 0, fullShare: 0 })
  })

  it('agree with counting at every moment', () => {
    const interval = fc
      .tuple(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 40 }))
      .map(([startAt, length]): Interval => ({ startAt, endAt: startAt + length }))
    fc.assert(
      fc.property(fc.array(interval, { maxLength: 12 }), fc.integer({ min: 1, max: 30 }), (intervals, length) => {
        const window = { startAt: 10, endAt: 10 + length }
        let area = 0
        let full = 0
        for (let at = window.startAt; at < window.endAt; at++) {
          const running = intervals.filter(({ startAt, endAt }) => startAt <= at && at < endAt).length
          area += running
          if (running >= 0.95 * 3) full++
        }
        const found = inFlightOver(intervals, window, 3)
        expect(found.mean).toBeCloseTo(area / length, 9)
        expect(found.fullShare).toBeCloseTo(full / length, 9)
      }),
    )
  })
})
