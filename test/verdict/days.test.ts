import { expect, test } from 'vitest'
import { findUnlikeness, groupByDay, poolDays } from '../../src/verdict/days.ts'
import { aRow, judged, of, recorded, spreadValues, steady } from './recorded.ts'

const HOUR = 3_600_000
const at = (hours: readonly number[]) => hours.map((hour) => hour * HOUR)
const points = (hours: readonly number[]) => at(hours).map((ms) => ({ y: 0, at: ms }))

test('a day ends with six hours in which nothing was recorded, not at midnight', () => {
  const days = groupByDay(points([22, 23, 26, 31.9, 38, 50])).map((day) => day.map((point) => point.at / HOUR))
  expect(days).toEqual([[22, 23, 26, 31.9], [38], [50]])
  expect(groupByDay([])).toEqual([])
})

test('the squares between days and inside them are those of an analysis of variance', () => {
  const days = [
    [1, 1.2, 1.1],
    [1.5, 1.4],
    [0.9, 1, 1.3, 1.2],
  ]
  const segment = days.flatMap((ys, day) => ys.map((y, i) => ({ y, at: (24 * day + i) * HOUR })))
  const { between, within, size } = poolDays([segment, [{ y: 9, at: 99 * 24 * HOUR }]])
  // SciPy: f_oneway(*days).statistic.
  expect(between.squares / between.degrees / (within.squares / within.degrees)).toBeCloseTo(4.573333333333333, 12)
  expect([between.degrees, within.degrees]).toEqual([2, 6])
  expect(size).toBeCloseTo(2.888888888888889, 12)
  expect(poolDays([segment.slice(0, 3)]).size).toBe(0)
})

test('a run is unlike recorded ones of a single day when it is of another', () => {
  expect(findUnlikeness(at([8, 10, 12]), 15.9 * HOUR)).toBeNull()
  expect(findUnlikeness(at([8, 10, 12]), 17.9 * HOUR)).not.toBe('day')
  expect(findUnlikeness(at([8, 10, 12]), 18 * HOUR)).toBe('day')
  expect(findUnlikeness(at([8, 10, 12]), 33 * HOUR)).toBe('day')
  expect(findUnlikeness(at([8, 10, 33]), 57 * HOUR)).toBeNull()
})

test('a run is unlike recorded ones when none was made at its time of the day, round the clock', () => {
  const nights = at([1, 25, 49, 73])
  expect(findUnlikeness(nights, (72 + 4.9) * HOUR)).toBeNull()
  expect(findUnlikeness(nights, (72 + 5) * HOUR)).toBe('hour')
  expect(findUnlikeness(nights, (72 + 13) * HOUR)).toBe('hour')
  expect(findUnlikeness(nights, (72 + 21.1) * HOUR)).toBeNull()
  expect(findUnlikeness([...nights, 30 * HOUR], (72 + 5) * HOUR)).toBeNull()
})

test('what would be red at a time of the day that no recorded run has is suspect, and says why', () => {
  const slower = aRow({ tpot: 1.15 })
  expect(of(judged(slower, steady(10)), 'tpot-p50')).toMatchObject({ verdict: 'regressed', doubt: null })
  const byDay = judged({ ...slower, startedAt: '2026-11-22T12:00:00.000Z' }, steady(10))
  expect(byDay).toMatchObject({ verdict: 'suspect', check: 'warn' })
  expect(of(byDay, 'tpot-p50')).toMatchObject({ doubt: 'other-hour', note: expect.stringContaining('this time, too') })
})

test('a change beyond all that hours are assumed to differ by is red at any of them', () => {
  const byDay = judged({ ...aRow({ tpot: 1.6 }), startedAt: '2026-11-22T12:00:00.000Z' }, steady(10))
  expect(of(byDay, 'tpot-p50')).toMatchObject({ verdict: 'regressed', doubt: null })
})

test('while the spread is partly assumed, that covers other hours, too', () => {
  const byDay = (k: number) => judged({ ...aRow({ tpot: 1.25 }), startedAt: '2026-11-22T12:00:00.000Z' }, steady(k))
  expect(of(byDay(7), 'tpot-p50').doubt).toBeNull()
  expect(of(byDay(8), 'tpot-p50').doubt).toBe('other-hour')
})

test('a release at an hour that no recorded run has is not proven', () => {
  const release = { policy: { gate: 'release' } } as const
  expect(judged(aRow(), steady(10), release).verdict).toBe('proven')
  expect(judged({ ...aRow(), startedAt: '2026-11-22T12:00:00.000Z' }, steady(10), release)).toMatchObject({
    verdict: 'no-change-seen',
    check: 'fail',
  })
})

/** Five runs a day of which the days lie `between` apart (standard deviation) and the runs of one day `within`. */
function fiveADay(days: number, between: number, within: number) {
  const levels = spreadValues(days, between)
  const noise = spreadValues(5, within)
  const rows = levels.flatMap((day) => noise.map((y) => aRow({ all: Math.exp(day + y) })))
  return recorded(rows).map((entry, i) => ({
    ...entry,
    row: { ...entry.row, startedAt: new Date(Date.UTC(2026, 8, 1 + Math.floor(i / 5), i % 5)).toISOString() },
  }))
}

test('runs of one day that are alike count for what they say of other days', () => {
  const alike = of(judged(aRow({ tpot: 1.1 }), fiveADay(9, 0.03, 0.01)), 'tpot-p50')
  // E(between) = .01² + 5 σ²between is 5 · .03², so a run of another day has σ²between + .01² = .03² + .8 · .01².
  expect(alike.spread).toBeCloseTo(Math.sqrt(0.0009 + 0.8 * 0.0001), 8)
  // One run in nine days would be as good to 1/9; five a day have .03² − .01²/5 in common.
  const shared = (0.0009 - 0.00002) / (0.0009 + 0.00008)
  const se = alike.spread! * Math.sqrt(1 + shared / 9 + (1 - shared) / 45)
  // SciPy: t.ppf(.975, df), df of Satterthwaite 9.4688; outliers are looked for, so 10 % more.
  expect(Math.log(1 + alike.interval!.high) - Math.log(1 + alike.change!)).toBeCloseTo(1.1 * se * 2.2451988139789805, 6)
  expect(alike.verdict).toBe('suspect')
  const different = of(judged(aRow({ tpot: 1.1 }), fiveADay(9, 0.001, 0.01)), 'tpot-p50')
  // Pooled: 9 · 4 · .01² + 8 · 5 · .001² over 44.
  expect(different.spread).toBeCloseTo(Math.sqrt((36 * 0.0001 + 40 * 0.000001) / 44), 8)
  expect(different.verdict).toBe('regressed')
})
