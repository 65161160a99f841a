import { describe, expect, it } from 'vitest'
import { drawNormal, seedRandom } from '../../../src/random.ts'
import type { HistoryRow } from '../../../src/report/history.ts'
import { placeRuns } from '../../../src/verdict/audit/audit.ts'
import { aRow, POLICY, recorded } from '../recorded.ts'

const LATER = Date.UTC(2026, 11, 1)
const later = (i: number): string => new Date(LATER + i * 3_600_000).toISOString()

/** Thirty recorded runs that spread by 2 %. */
function aHistory() {
  const random = seedRandom('main')
  return recorded(Array.from({ length: 30 }, () => aRow({ all: Math.exp(0.02 * drawNormal(random)) })))
}

/** Runs of pull requests about a level of their own. */
function pulls(count: number, { spread = 0.02, shift = 0 } = {}): HistoryRow[] {
  const random = seedRandom(`pulls ${spread} ${shift}`)
  return Array.from({ length: count }, (_, i) =>
    aRow({ all: Math.exp(shift + spread * drawNormal(random)) }, { startedAt: later(i) }),
  )
}

function placeTpot(rows: readonly HistoryRow[]) {
  return placeRuns(rows, aHistory(), POLICY).metrics.find(({ metric }) => metric === 'tpot-p50')!
}

describe('runs of pull requests', () => {
  it('that spread as main does sit about it as promised', () => {
    const { counts, worse, differs } = placeTpot(pulls(100))
    expect(differs).toEqual([])
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(100)
    expect(counts[0]).toBeGreaterThan(55)
    expect(counts[3]).toBeLessThan(4)
    expect(worse).toBeGreaterThan(30)
    expect(worse).toBeLessThan(70)
  })

  it('that spread further are told as that, and those that look changed are no part of it', () => {
    const { counts, differs } = placeTpot([...pulls(40, { spread: 0.06 }), ...pulls(5, { shift: 0.4 })])
    expect(differs).toContain('wider')
    expect(counts[3]).toBeGreaterThanOrEqual(5)
    const changed = placeTpot([...pulls(60), ...pulls(30, { shift: 0.4 })])
    expect(changed.differs).toEqual([])
    expect(changed.counts[3]).toBeGreaterThanOrEqual(30)
  })

  it('that are slower or faster than main more often than not are told as that', () => {
    expect(placeTpot(pulls(60, { shift: 0.03 })).differs).toContain('worse')
    expect(placeTpot(pulls(60, { shift: -0.03 })).differs).toContain('better')
  })

  it('of another series, of main, or before main has said anything are left out and counted', () => {
    const [first, ...entries] = aHistory()
    const early = aRow({}, { startedAt: '2026-09-03T12:00:00.000Z' })
    const other = aRow({}, { startedAt: later(0), series: { passes: 5 } })
    const found = placeRuns([early, other, first!.row, ...pulls(3)], [first!, ...entries], POLICY)
    expect(found).toMatchObject({ placed: 3, leftOut: { otherSeries: 1, ofMain: 1, tooEarly: 1 } })
  })

  it('are placed against what was recorded before them, not after', () => {
    const rows = Array.from({ length: 20 }, (_, i) =>
      aRow({ all: Math.exp(i % 2 === 0 ? 0.01 : -0.01) + (i < 10 ? 0 : 0.5) }),
    )
    const entries = recorded(rows, (i) => (i === 10 ? { segments: { 'tpot-p50': 'accepted' } } : {}))
    const between = aRow({}, { startedAt: '2026-09-10T12:00:00.000Z' })
    const tpot = placeRuns([between], entries, POLICY).metrics.find(({ metric }) => metric === 'tpot-p50')!
    expect(tpot.counts).toEqual([1, 0, 0, 0])
  })
})
