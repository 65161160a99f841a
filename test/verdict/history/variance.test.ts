import { expect, test } from 'vitest'
import { addRepeats, findGrownSpread, groupByDay, poolDays } from '../../../src/verdict/history/spread.ts'
import { findUnlikeness, shareOfRuns } from '../../../src/verdict/compare/stand.ts'
import { aRow, judged, of, recorded, spreadValues, steady } from '../recorded.ts'
import { fTail } from '../../../src/stats/significance.ts'

const HOUR = 3_600_000
const at = (hours: readonly number[]) => hours.map((hour) => hour * HOUR)
const pointsAt = (hours: readonly number[]) => at(hours).map((ms) => ({ y: 0, at: ms }))

test('a day ends with six hours in which nothing was recorded, not at midnight', () => {
  const days = groupByDay(pointsAt([22, 23, 26, 31.9, 38, 50])).map((day) => day.map((point) => point.at / HOUR))
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
  expect(findUnlikeness(at([8, 10, 12]), 17.9 * HOUR)?.what).not.toBe('day')
  expect(findUnlikeness(at([8, 10, 12]), 18 * HOUR)).toEqual({ what: 'day', share: 1 })
  expect(findUnlikeness(at([8, 10, 12]), 33 * HOUR)).toEqual({ what: 'day', share: 1 })
})

test('a run is less unlike recorded ones of two days when it is of a third', () => {
  expect(findUnlikeness(at([33, 8, 10]), 57 * HOUR)).toEqual({ what: 'day', share: 0.4 })
  // A weekend between them does not make them more.
  expect(findUnlikeness(at([8, 10, 81]), 105 * HOUR)).toEqual({ what: 'day', share: 0.4 })
  expect(findUnlikeness(at([8, 10, 33]), 36 * HOUR)).toBeNull()
  expect(findUnlikeness(at([8, 33, 57]), 81 * HOUR)).toBeNull()
})

test('a run is unlike recorded ones when none was made at its time of the day, round the clock', () => {
  const nights = at([1, 25, 49, 73])
  expect(findUnlikeness(nights, (72 + 4.9) * HOUR)).toBeNull()
  expect(findUnlikeness(nights, (72 + 5) * HOUR)?.what).toBe('hour')
  expect(findUnlikeness(nights, (72 + 13) * HOUR)?.what).toBe('hour')
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
  // SciPy: t.ppf(.975, df), df of Satterthwaite 9.4688; outliers are looked for, so 3 % more.
  expect(Math.log(1 + alike.interval!.high) - Math.log(1 + alike.change!)).toBeCloseTo(
    1.03 * se * 2.2451988139789805,
    6,
  )
  expect(alike.verdict).toBe('suspect')
  const different = of(judged(aRow({ tpot: 1.1 }), fiveADay(9, 0.001, 0.01)), 'tpot-p50')
  // Pooled: 9 · 4 · .01² + 8 · 5 · .001² over 44.
  expect(different.spread).toBeCloseTo(Math.sqrt((36 * 0.0001 + 40 * 0.000001) / 44), 8)
  expect(different.verdict).toBe('regressed')
})

test('what two days say of a third is believed with part of what is assumed of days', () => {
  const onNextDay = (tpot: number, days: number) =>
    of(judged({ ...aRow({ tpot }), startedAt: '2026-09-20T01:00:00.000Z' }, fiveADay(days, 0.001, 0.02)), 'tpot-p50')
  expect(onNextDay(1.1, 2)).toMatchObject({ verdict: 'suspect', doubt: 'other-day' })
  expect(onNextDay(1.2, 2)).toMatchObject({ verdict: 'regressed', doubt: null })
  expect(onNextDay(1.1, 3)).toMatchObject({ verdict: 'regressed', doubt: null })
})

/** `runs` rows of each of `groups` workflow runs; these spread by `shared`, and the runs inside them by `own`. */
function repeated(groups: number, runs: number, { shared, own }: { readonly shared: number; readonly own: number }) {
  const inside = runs === 1 ? [0] : spreadValues(runs, own)
  const rows = spreadValues(groups, shared).flatMap((hour) => inside.map((y) => aRow({ all: Math.exp(hour + y) })))
  return recorded(rows, (i) => ({ runId: `run-${Math.floor(i / runs)}` }))
}

test('one run spreads by what its group does and by what the runs of a group do among themselves', () => {
  const points = [
    { ys: [1, 3], perPass: 1 },
    { ys: [5], perPass: 1 },
  ]
  // B = 2 with 3 degrees; W = 2 with 1, and h = 3/4: s² = 2.5, ν = 6.25 / (4/3 + 1/4), 1 − ρ = 2/2.5 · 1/5.
  const { variance, degrees, own } = addRepeats({ squares: 6, degrees: 3 }, points)
  expect([variance, own]).toEqual([2.5, 0.16])
  expect(degrees).toBeCloseTo(6.25 / (4 / 3 + 1 / 4), 12)
  expect([1, 2, 4].map((n) => shareOfRuns(n, 0.5))).toEqual([1, 0.75, 0.625])
})

test('while no group holds two runs, what a repeated candidate averages away is not known', () => {
  expect(addRepeats({ squares: 6, degrees: 3 }, [{ ys: [1], perPass: 1 }])).toEqual({ variance: 2, degrees: 3, own: 0 })
  const [once, thrice] = [1, 3].map((n) => of(judged(steady(n, 1e-9), steady(10)), 'tpot-p50'))
  expect(thrice!.smallestVisible).toBeCloseTo(once!.smallestVisible!, 6)
})

test('a single run is not measured with the spread of means of five', () => {
  const history = repeated(10, 5, { shared: 0.01, own: 0.03 })
  // s² = .01² + (1 − 1/5) · .03².
  expect(of(judged(aRow(), history), 'tpot-p50').spread).toBeCloseTo(Math.sqrt(0.01 ** 2 + 0.8 * 0.03 ** 2), 10)
  expect(judged(aRow({ tpot: 1.07 }), history).verdict).toBe('suspect')
  expect(judged(aRow({ tpot: 1.07 }), repeated(10, 1, { shared: 0.01, own: 0 })).verdict).toBe('regressed')
})

test('a candidate of five runs finds less than one of one run misses, once recorded groups show what five average away', () => {
  const history = repeated(10, 5, { shared: 0.01, own: 0.03 })
  const five = [0, 1, 2, 3, 4].map(() => aRow())
  const [one, more] = [aRow(), five].map((candidate) => of(judged(candidate, history), 'tpot-p50').smallestVisible!)
  expect(more!).toBeLessThan(0.7 * one!)
})

test('a run of fewer passes than the recorded ones is not held to their spread', () => {
  const wide = [1.1, 1 / 1.1, 1.1, 1 / 1.1]
  const history = spreadValues(10, 0.1).map((y) => aRow({ all: Math.exp(y) }, { passes: wide }))
  const [few, many] = [wide.slice(0, 2), wide].map((passes) => of(judged(aRow({}, { passes }), history), 'tpot-p50'))
  // S_w² = 4/3 (ln 1.1)², of which a run of two passes has a quarter more than one of four.
  expect(few!.spread! ** 2 - many!.spread! ** 2).toBeCloseTo(Math.log(1.1) ** 2 / 3, 10)
  expect(many!.spread).toBeCloseTo(0.1, 10)
})

test('however often an hour was repeated, something is assumed before eight groups', () => {
  const tpot = of(judged(aRow(), repeated(2, 20, { shared: 0.001, own: 0.01 })), 'tpot-p50')
  // What was seen of groups has one degree of freedom, so what is assumed has four.
  expect(tpot.spread).toBeGreaterThan(0.015)
})

const points = (ys: readonly number[]) => ys.map((y) => ({ y }))
const rows = (ys: readonly number[]) => ys.map((y) => aRow({ all: Math.exp(y) }))

test('the tail of a ratio of two variances is that of the tables', () => {
  // SciPy: f.sf(3.3258, 5, 10), f.sf(4, 2.5, 7.5), and of no difference in equal degrees of freedom a half.
  expect(fTail(3.325834530413011, 5, 10)).toBeCloseTo(0.05, 10)
  expect(fTail(1, 7, 7)).toBeCloseTo(0.5, 12)
  expect(fTail(Infinity, 3, 3)).toBe(0)
})

test('the newest six points count alone when they spread by far more than those before', () => {
  const [calm, loud] = [spreadValues(12, 0.01), spreadValues(6, 0.05)]
  const grown = findGrownSpread([points([...calm, ...loud])])
  // Deviations from the common mean, which is 0; 17 degrees of freedom, of which a third is theirs.
  expect(grown!.squares).toBeCloseTo(5 * 0.05 ** 2, 12)
  expect(grown!.degrees).toBeCloseTo(17 / 3, 12)
  expect(grown!.before).toBeCloseTo(Math.sqrt((11 * 0.01 ** 2) / (34 / 3)), 12)
  expect(findGrownSpread([points([...calm, ...spreadValues(6, 0.012)])])).toBeNull()
  expect(findGrownSpread([points([...loud, ...calm])])).toBeNull()
  expect(findGrownSpread([points([...calm.slice(0, 5), ...loud])])).toBeNull()
  expect(findGrownSpread([points(Array.from({ length: 12 }, () => 1))])).toBeNull()
})

test('a place that has become noisier is judged by its new noise', () => {
  const calm = spreadValues(12, 0.01)
  const [before, after] = [calm, [...calm, ...spreadValues(6, 0.06)]].map((ys) =>
    of(judged(aRow({ tpot: 1.08 }), rows(ys)), 'tpot-p50'),
  )
  expect([before!.verdict, after!.verdict]).toEqual(['regressed', 'no-change-seen'])
  expect(after!.spread).toBeGreaterThan(0.05)
  expect([before!.spreadBefore, after!.spreadBefore]).toEqual([undefined, expect.closeTo(0.01, 2)])
})

test('a release is not proven while main may just have become faster, and says so', () => {
  const policy = { gate: 'release' } as const
  const steadily = steady(12, 0.01)
  expect(of(judged(aRow(), steadily, { policy }), 'tpot-p50')).toMatchObject({ verdict: 'proven', note: null })
  // It is four per cent faster, and against that alone the bound still holds.
  const somewhat = [...steadily.slice(1), ...steady(1, 0, { tpot: 0.96 })]
  expect(of(judged(aRow(), somewhat, { policy }), 'tpot-p50').verdict).toBe('proven')
  for (const newest of [1, 2]) {
    const quicker = [...steadily.slice(newest), ...steady(newest, 0, { tpot: 0.93 })]
    expect(of(judged(aRow(), quicker, { policy }), 'tpot-p50')).toMatchObject({
      verdict: 'no-change-seen',
      note: expect.stringContaining('may just have become faster'),
    })
  }
})

test('a proof must hold against the newest five points, too: main may have crept away from the mean of all', () => {
  const policy = { gate: 'release' } as const
  const creeping = rows(Array.from({ length: 16 }, (_, i) => -0.005 * i))
  // The mean is 3.75 % above the newest; against it the bound is 8.5 %, against the newest five 11.3 %.
  expect(of(judged(aRow({ all: Math.exp(-0.0425 + 0.04) }), creeping, { policy }), 'tpot-p50').verdict).toBe(
    'no-change-seen',
  )
  expect(of(judged(aRow({ all: Math.exp(-0.0425) }), creeping, { policy }), 'tpot-p50').verdict).toBe('proven')
})
