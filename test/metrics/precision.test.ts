import { describe, expect, it } from 'vitest'
import { isPreciseEnough } from '../../src/metrics/precision.ts'
import { aLevel, aLevelOf } from '../support/builders.ts'

describe('passes are enough', () => {
  it('where they hardly differ', () => {
    expect(isPreciseEnough([aLevelOf(1, [100, 101, 99])], null, 'auto')).toBe(true)
    expect(isPreciseEnough([aLevelOf(1, [100])], null, 'auto')).toBe(true)
  })

  it('not where one figure differs by much, and after more of them where their mean no longer does', () => {
    expect(isPreciseEnough([aLevelOf(1, [100, 110, 90])], null, 'auto')).toBe(false)
    const many = Array.from({ length: 20 }, (_, i) => [100, 110, 90][i % 3]!)
    expect(isPreciseEnough([aLevelOf(1, many)], null, 'auto')).toBe(true)
    const times = [
      { ttftMs: 50, tpotMs: 10 },
      { ttftMs: 50, tpotMs: 12 },
      { ttftMs: 50, tpotMs: 10 },
    ]
    expect(isPreciseEnough([aLevel(1, times)], null, 'auto')).toBe(false)
  })

  it('of a difference from the control, what both share is no noise', () => {
    const [own, same] = [aLevelOf(1, [100, 120, 80]), aLevelOf(1, [200, 240, 160])]
    expect(isPreciseEnough([own], [same], 'auto')).toBe(true)
    expect(isPreciseEnough([own], [aLevelOf(1, [200, 200, 200])], 'auto')).toBe(false)
  })

  it('less is enough beside runs that differ by more', () => {
    const levels = [aLevelOf(1, [100, 110, 90])]
    expect(isPreciseEnough(levels, null, 0.2)).toBe(true)
    expect(isPreciseEnough([aLevelOf(1, [100, 101, 99])], null, 0.002)).toBe(false)
  })

  it('a level that one side lacks says nothing', () => {
    const wild = aLevelOf(2, [100, 200, 50])
    expect(isPreciseEnough([aLevelOf(1, [100, 101, 99]), wild], [aLevelOf(1, [100, 101, 99])], 'auto')).toBe(true)
  })
})
