import { describe, expect, it } from 'vitest'
import { isPreciseEnough, chooseWindowMs, countSavedMs } from '../../src/metrics/precision.ts'
import { aLevel, aLevelOf, aFailure, aLevelRun, aRecord } from '../support/builders.ts'
import fc from 'fast-check'
import type { LevelRun } from '../../src/metrics/level/level-run.ts'
import type { RequestRecord } from '../../src/vocabulary/request-facts.ts'
import { aNumberFrom } from '../support/numbers.ts'

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

const RANGE = { firstMs: 4_000, leastMs: 3_000, mostMs: 8_000, passes: 3 }
/** Of one sign after another, so that no group of successive answers has the same mean as the next only where it holds one. */
const SIGNS = [1, -1, -1, 1, 1, -1, 1, -1]

/** A window of four seconds with eight answers, whose TTFT is off by so large a share of it to either side. */
function aWindow(share: number, overrides: Partial<LevelRun> = {}, fact: Partial<RequestRecord> = {}): LevelRun {
  const records = SIGNS.map((sign, i) =>
    aRecord({ startMs: 500 * i, ttftMs: 100 * Math.exp(sign * share), tpotMs: 10, ...fact }),
  )
  return aLevelRun({ window: { startMs: 0, endMs: 4_000 }, records, ...overrides })
}

/** The error of the mean of eight values ± share, as an upper bound, after one millisecond. */
const neededMs = (share: number, spread: number) => 4_000 * ((1.353 * share * Math.sqrt(1 / 7)) / (0.5 * spread)) ** 2

describe('the length of the next window', () => {
  it('is that of the first pass where nothing was measured', () => {
    expect(chooseWindowMs([[]], RANGE, 'auto')).toBe(4_000)
    expect(chooseWindowMs([[], []], RANGE, 'auto')).toBe(4_000)
  })

  it('is the shortest where answers hardly differ, and the longest where they differ by much', () => {
    expect(chooseWindowMs([[aWindow(0.01)]], RANGE, 'auto')).toBe(3_000)
    expect(chooseWindowMs([[aWindow(0.8)]], RANGE, 'auto')).toBe(8_000)
  })

  it('brings the error over all passes to half of what runs differ by', () => {
    const share = 0.18
    const needed = neededMs(share, 0.1)
    expect(chooseWindowMs([[aWindow(share)]], RANGE, 'auto')).toBeCloseTo((needed - 4_000) / 2, 6)
    expect(chooseWindowMs([[aWindow(share), aWindow(share)]], { ...RANGE, leastMs: 0 }, 'auto')).toBeCloseTo(
      needed - 8_000,
      6,
    )
    expect(chooseWindowMs([[aWindow(share)]], { ...RANGE, mostMs: 6_000, passes: 5, leastMs: 0 }, 'auto')).toBeCloseTo(
      (needed - 4_000) / 4,
      6,
    )
  })

  it('goes by the spread that somebody knows', () => {
    const share = 0.09
    expect(chooseWindowMs([[aWindow(share)]], RANGE, 0.05)).toBeCloseTo((neededMs(share, 0.05) - 4_000) / 2, 6)
    expect(chooseWindowMs([[aWindow(share)]], RANGE, 0.3)).toBe(3_000)
  })

  it('goes by the difference of two sides where there is a control', () => {
    const share = 0.07
    const needed = 2 * neededMs(share, 0.06)
    expect(chooseWindowMs([[aWindow(share)], [aWindow(share)]], RANGE, 'auto')).toBeCloseTo((needed - 4_000) / 2, 6)
  })

  it('goes by the time that needs most', () => {
    const records = SIGNS.map((sign, i) =>
      aRecord({ startMs: 500 * i, ttftMs: 100, tpotMs: 10 * Math.exp(0.4 * sign) }),
    )
    expect(chooseWindowMs([[aWindow(0, { records })]], RANGE, 'auto')).toBe(8_000)
  })

  it('goes by the latency of whole answers, and by nothing of answers that failed or do not count', () => {
    const whole = (share: number) =>
      SIGNS.map((sign, i) =>
        aRecord({ startMs: 500 * i, ttftMs: null, tpotMs: null, lastTokenMs: 100 * Math.exp(sign * share) }),
      )
    expect(chooseWindowMs([[aWindow(0, { records: whole(0.01) })]], RANGE, 'auto')).toBe(3_000)
    expect(chooseWindowMs([[aWindow(0, { records: whole(0.8) })]], RANGE, 'auto')).toBe(8_000)
    const others = [aRecord({ phase: 'tail', ttftMs: 9_000 }), aFailure('http_500', { ttftMs: 5_000 })]
    const run = aWindow(0.01)
    expect(chooseWindowMs([[{ ...run, records: [...run.records, ...others] }]], RANGE, 'auto')).toBe(3_000)
  })

  it('is the longest where too few answers tell how noisy it is', () => {
    const two = [aRecord({ ttftMs: 100 }), aRecord({ ttftMs: 100 })]
    expect(chooseWindowMs([[aWindow(0, { records: two })]], RANGE, 'auto')).toBe(8_000)
    expect(chooseWindowMs([[aWindow(0, { records: [] })]], RANGE, 'auto')).toBe(8_000)
    const fewTpots = SIGNS.map((_, i) => aRecord({ ttftMs: 100, tpotMs: i < 2 ? 10 : null }))
    expect(chooseWindowMs([[aWindow(0, { records: fewTpots })]], RANGE, 'auto')).toBe(8_000)
    expect(chooseWindowMs([[aWindow(0, { records: [...two, two[0]!] })]], RANGE, 'auto')).toBe(3_000)
  })

  it('is long enough for a p90 where the longest windows would have one', () => {
    const many = (count: number) => aWindow(0, { records: Array.from({ length: count }, () => aRecord()) })
    // 64 are needed: 20 in four seconds are 12.8 s, and 10 more than three of the longest windows.
    expect(chooseWindowMs([[many(20)]], RANGE, 'auto')).toBeCloseTo((12_800 - 4_000) / 2, 6)
    expect(chooseWindowMs([[many(10)]], RANGE, 'auto')).toBe(3_000)
    expect(chooseWindowMs([[many(11)]], RANGE, 'auto')).toBe(8_000)
  })

  it('stays within its bounds, whatever was measured', () => {
    const time = fc.oneof(fc.constant(null), aNumberFrom(0, 1e7))
    const record = fc.record({ startMs: fc.nat(10_000), ttftMs: time, tpotMs: time, lastTokenMs: time })
    const run = fc
      .tuple(fc.array(record, { maxLength: 30 }), fc.boolean())
      .map(([facts, hasWindow]) =>
        aWindow(0, { records: facts.map((fact) => aRecord(fact)), ...(!hasWindow && { window: null }) }),
      )
    const runs = fc.array(run, { maxLength: 4 })
    fc.assert(
      fc.property(fc.array(runs, { minLength: 1, maxLength: 2 }), (sides) => {
        const ms = chooseWindowMs(sides, RANGE, 'auto')
        expect(ms).toBeGreaterThanOrEqual(3_000)
        expect(ms).toBeLessThanOrEqual(8_000)
      }),
      { numRuns: 50 },
    )
  })
})

it('what shorter windows save is counted over all that were opened', () => {
  const longer = aWindow(0, { window: { startMs: 1_000, endMs: 10_000 } })
  expect(countSavedMs([aWindow(0), aWindow(0), longer, aWindow(0, { window: null })], 8_000)).toBe(8_000)
})
