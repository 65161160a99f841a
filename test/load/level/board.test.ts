import { describe, expect, it } from 'vitest'
import { createWindow } from '../../../src/load/level/board.ts'
import type { WindowRule } from '../../../src/load/level/board.ts'

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

  it('takes as warm-up what starts before a moment that was agreed on beforehand', () => {
    const window = aWindow()
    window.open(100)
    expect(window.phaseOf(0, 99.9)).toBe('warmup')
    expect(window.phaseOf(0, 100)).toBe('counted')
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
