import { describe, expect, it } from 'vitest'
import type { Exchange } from '../../src/load/ports.ts'
import { createWindow, countWindowTokens } from '../../src/load/window.ts'
import type { WindowRule } from '../../src/load/window.ts'
import { anExchange } from '../support/exchanges.ts'

function aWindow(overrides: Partial<WindowRule> = {}) {
  return createWindow({ concurrency: 2, durationMs: 1000, minRequests: 1, maxRequests: null, ...overrides })
}

/** A window that opened at 100 and in which both workers have started a counted request. */
function anOpenWindow(overrides: Partial<WindowRule> = {}) {
  const window = aWindow(overrides)
  window.open(100)
  window.phaseOf(0, 100)
  window.phaseOf(1, 150)
  return window
}

describe('the window', () => {
  it('takes everything as warm-up before it opens', () => {
    const window = aWindow()
    expect(window.phaseOf(0, 5_000)).toBe('warmup')
    window.settle(1e9)
    window.cut(1e9)
    expect([window.startAt, window.endAt]).toEqual([null, null])
  })

  it('opens once', () => {
    const window = aWindow()
    window.open(100)
    window.open(200)
    expect(window.startAt).toBe(100)
  })

  it('counts what starts inside it and calls the rest tail', () => {
    const window = anOpenWindow()
    expect(window.phaseOf(0, 1099.9)).toBe('counted')
    expect(window.endAt).toBeNull()
    expect(window.phaseOf(0, 1100)).toBe('tail')
    expect(window.endAt).toBe(1100)
  })

  it('ends when it was due, however late somebody looks', () => {
    const window = anOpenWindow()
    window.settle(9_999)
    expect(window.endAt).toBe(1100)
  })

  it('stays open until every worker has started a counted request', () => {
    const window = aWindow()
    window.open(100)
    window.phaseOf(0, 100)
    window.settle(5_000)
    expect(window.endAt).toBeNull()
    expect(window.phaseOf(0, 5_000)).toBe('counted')
    expect(window.phaseOf(1, 6_000)).toBe('counted')
    window.settle(6_000)
    expect(window.endAt).toBe(6_000)
  })

  it('stays open until it has the requests that the level needs', () => {
    const window = anOpenWindow({ minRequests: 4 })
    expect(window.phaseOf(0, 2_000)).toBe('counted')
    expect(window.phaseOf(1, 3_000)).toBe('counted')
    expect(window.phaseOf(0, 3_001)).toBe('tail')
    expect(window.endAt).toBe(3_000)
  })

  it('ends with the turn after the last request that a fixed number allows', () => {
    const window = anOpenWindow({ maxRequests: 3 })
    expect(window.phaseOf(0, 200)).toBe('counted')
    expect(window.phaseOf(1, 250)).toBe('tail')
    expect(window.endAt).toBe(250)
  })

  it('gives up the minimum for a fixed number, but not the request that each worker owes', () => {
    const window = aWindow({ minRequests: 100, maxRequests: 2 })
    window.open(0)
    expect(window.phaseOf(0, 0)).toBe('counted')
    expect(window.phaseOf(0, 10)).toBe('counted')
    expect(window.phaseOf(0, 20)).toBe('counted')
    expect(window.phaseOf(1, 30)).toBe('counted')
    expect(window.phaseOf(0, 40)).toBe('tail')
    expect(window.endAt).toBe(40)
  })

  it('ends by its duration, not late, when it has its fixed number before', () => {
    const window = anOpenWindow({ minRequests: 100, maxRequests: 2 })
    window.settle(9_999)
    expect(window.endAt).toBe(1100)
  })

  it('ends by its duration when the fixed number is not reached by then', () => {
    const window = anOpenWindow({ maxRequests: 100 })
    expect(window.phaseOf(0, 1_200)).toBe('tail')
    expect(window.endAt).toBe(1100)
  })

  it('can be cut short, but not moved when it has ended', () => {
    const cut = anOpenWindow()
    cut.cut(300)
    expect(cut.endAt).toBe(300)
    cut.settle(9_999)
    expect(cut.endAt).toBe(300)

    const late = anOpenWindow()
    late.cut(9_999)
    expect(late.endAt).toBe(1100)
  })
})

const WINDOW = { startAt: 100, endAt: 200 }

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
    expect(countWindowTokens(exchange, WINDOW)).toEqual({ tokens: 2, events: 2 })
  })

  it('are the answer’s tokens spread over its events when those state no count', () => {
    const exchange = withTokens(
      30,
      [90, 110, 120].map((at) => [at, NaN] as const),
    )
    expect(countWindowTokens(exchange, WINDOW)).toEqual({ tokens: 20, events: 2 })
  })

  it('are the differences of cumulative counts where every event states one', () => {
    const straddling: [number, number][] = [
      [80, 1],
      [90, 9],
      [150, 10],
      [160, 14],
      [210, 40],
    ]
    expect(countWindowTokens(withTokens(40, straddling), WINDOW)).toEqual({ tokens: 5, events: 2 })
    expect(countWindowTokens(withTokens(14, straddling.slice(2, 4)), WINDOW)).toEqual({ tokens: 14, events: 2 })
  })

  it('are not taken from counts of which one is missing', () => {
    const events: [number, number][] = [
      [90, 1],
      [110, NaN],
      [120, 90],
      [130, 91],
    ]
    expect(countWindowTokens(withTokens(100, events), WINDOW)).toEqual({ tokens: 75, events: 3 })
  })

  it('are all so far while the window has not ended, and none before it began', () => {
    const exchange = withTokens(
      3,
      [90, 110, 500].map((at) => [at, NaN] as const),
    )
    expect(countWindowTokens(exchange, { startAt: 100, endAt: null })).toEqual({ tokens: 2, events: 2 })
    expect(countWindowTokens(exchange, { startAt: null, endAt: null })).toEqual({ tokens: 0, events: 0 })
    expect(countWindowTokens(withTokens(0, []), WINDOW)).toEqual({ tokens: 0, events: 0 })
  })
})
