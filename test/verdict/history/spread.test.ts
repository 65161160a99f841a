import { aRow, judged, of, recorded, spreadValues, steady, fiveADay } from '../recorded.ts'
import { expect, test } from 'vitest'
import {
  weighAssumed,
  estimateSpread,
  addRepeats,
  findGrownSpread,
  findOutliers,
  groupByDay,
  poolDays,
  poolSquares,
} from '../../../src/verdict/history/spread.ts'
import fc from 'fast-check'
import { shareOfRuns } from '../../../src/verdict/compare/stand.ts'

/** Four metrics that get all of a false-alarm rate of 1 %. */
const FOUR = {
  metrics: ['ttft-p50', 'tpot-p50', 'latency-p50', 'plateau-throughput'],
  falseAlarmRate: 0.01 / 0.9,
} as const

test('with one recorded run TPOT fails from +48 % on', () => {
  // t(.9975; 4) = 5.5976, s = .05, SE = .05 √2: D = .3958, which is +48.6 %.
  expect(judged(aRow({ tpot: 1.48 }), steady(1), { policy: FOUR }).verdict).toBe('suspect')
  expect(judged(aRow({ tpot: 1.49 }), steady(1), { policy: FOUR }).reasons).toEqual(['tpot-p50'])
  expect(judged(aRow({ tpot: 1.49 }), steady(1), { policy: FOUR }).verdict).toBe('regressed')
})

test('with two recorded runs that spread by 2 % TPOT fails from +30 % on', () => {
  // s² = (4 · .05² + 1 · .02²) / 5, SE = s √1.5 = .05586, t(.9975; 5) = 4.7733: D = .2666, which is +30.6 %.
  expect(judged(aRow({ tpot: 1.3 }), steady(2), { policy: FOUR }).verdict).toBe('suspect')
  expect(judged(aRow({ tpot: 1.31 }), steady(2), { policy: FOUR }).verdict).toBe('regressed')
})

test('with ten recorded runs nothing is assumed', () => {
  const verdict = judged(aRow({ tpot: 1.05 }), steady(10, 0.02))
  const tpot = of(verdict, 'tpot-p50')
  // SE = .02 √1.1 = .020976; D = ln 1.05 = .048790; T = 2.3260 with 9 degrees of freedom.
  expect(tpot.spread).toBeCloseTo(0.02, 10)
  expect(tpot.p).toBeCloseTo(0.02254, 4)
  expect(tpot.baseline).toBeCloseTo(10, 10)
  expect(tpot.candidate).toBeCloseTo(10.5, 10)
  expect(tpot.change).toBeCloseTo(0.05, 10)
  // t(.975; 9) = 2.26216: ln 1.05 ± .047452.
  expect(tpot.interval!.low).toBeCloseTo(Math.expm1(0.04879 - 0.047452), 5)
  expect(tpot.interval!.high).toBeCloseTo(Math.expm1(0.04879 + 0.047452), 5)
  // (t(1 − .009/3; 9) + t(.84; 9)) SE = (3.572577 + 1.052515) · .0209762 = .097017.
  expect(tpot.smallestVisible).toBeCloseTo(Math.expm1(4.625092828845427 * 0.02 * Math.sqrt(1.1)), 5)
  expect(tpot).toMatchObject({ groups: 10, leftOut: 0, tolerance: 0.05, better: 'lower', assumedSpread: false })
})

test('how much of the spread is assumed is said from one run, of which all is, to the eighth, of which nothing is', () => {
  const shares = [1, 4, 7, 8].map((runs) => of(judged(aRow(), steady(runs)), 'tpot-p50').assumedShare)
  // 4 assumed degrees of freedom beside none, 4 beside 3, 1 beside 6.
  expect(shares).toEqual([1, 4 / 7, 1 / 7, undefined])
})

test('the smallest visible change is never below the tolerance', () => {
  const tpot = of(judged(aRow(), steady(10, 0.001), { policy: { tolerance: { all: 0.2, byMetric: {} } } }), 'tpot-p50')
  // ln 1.2 + t(.84; 9) · .001 √1.1.
  expect(tpot.smallestVisible).toBeCloseTo(Math.expm1(Math.log(1.2) + 1.052515 * 0.0010488), 5)
})

test('a throughput that is 5 % worse is shown as 1/1.05', () => {
  const throughput = of(judged(aRow({ throughput: 1.05 }), steady(10)), 'plateau-throughput')
  expect(throughput.worsening).toBeCloseTo(0.05, 10)
  expect(throughput.change).toBeCloseTo(1 / 1.05 - 1, 10)
  expect(throughput.interval!.low).toBeLessThan(throughput.change!)
  expect(throughput.interval!.high).toBeGreaterThan(throughput.change!)
  expect(throughput).toMatchObject({ better: 'higher', unit: 'tok/s', ofPlateau: true })
})

test('the runs of one workflow run count as one', () => {
  const rows = steady(8)
  const alike = recorded(rows, () => ({ runId: 'the-same' }))
  expect(of(judged(aRow({ tpot: 1.2 }), alike), 'tpot-p50').groups).toBe(1)
  expect(judged(aRow({ tpot: 1.2 }), alike).baseline).toMatchObject({ runs: 8, groups: 1 })
  expect(of(judged(aRow({ tpot: 1.2 }), recorded(rows)), 'tpot-p50').groups).toBe(8)
})

test('the spread inside runs is a floor of the spread between them', () => {
  // Runs that agree by luck, with passes that spread by 6 % about their mean.
  const passes = [Math.exp(-0.06), 1, Math.exp(0.06)]
  const history = steady(10, 0.0001).map(() => aRow({}, { passes }))
  expect(of(judged(aRow({}, { passes }), history), 'tpot-p50').spread).toBeCloseTo(0.06 / Math.sqrt(3), 10)
})

test('a group of runs that differ raises the floor too', () => {
  const history = recorded(
    spreadValues(20, 0.08).map((y) => aRow({ all: Math.exp(y) }, { passes: [1] })),
    (i) => ({ runId: `run-${i % 2}` }),
  )
  const { spread } = of(judged(aRow({}, { passes: [1] }), history), 'tpot-p50')
  expect(spread).toBeGreaterThan(0.07)
})

test('runs of one go are one candidate, their mean', () => {
  const verdict = judged([aRow({ tpot: 1.1 }), aRow({ tpot: 1.21 })], steady(10))
  expect(of(verdict, 'tpot-p50').candidate).toBeCloseTo(10 * Math.sqrt(1.1 * 1.21), 10)
})

test('an expected spread makes the first runs useful and is said', () => {
  const verdict = judged(aRow({ tpot: 1.2 }), steady(1), { policy: { expectedSpread: 0.02 } })
  expect(of(verdict, 'tpot-p50')).toMatchObject({ verdict: 'regressed', assumedSpread: true })
  expect(of(verdict, 'tpot-p50').spread).toBeCloseTo(0.02, 12)
  expect(judged(aRow({ tpot: 1.2 }), steady(1)).verdict).toBe('suspect')
})

test('an expected spread that the history contradicts is dropped', () => {
  const spread = (sd: number, k: number) =>
    of(judged(aRow(), steady(k, sd), { policy: { expectedSpread: 0.02 } }), 'tpot-p50')
  expect(spread(0.029, 4).assumedSpread).toBe(true)
  expect(spread(0.031, 4).assumedSpread).toBe(false)
  // s² = (4 · .05² + 3 · .031²) / 7.
  expect(spread(0.031, 4).spread).toBeCloseTo(Math.sqrt((4 * 0.0025 + 3 * 0.031 ** 2) / 7), 10)
  expect(spread(0.2, 2).assumedSpread).toBe(true)
})

test('outliers are left out from twenty runs on', () => {
  const withOutlier = (k: number) => [aRow({ all: 1.5 }), ...steady(k - 1, 0.02)]
  const few = of(judged(aRow(), withOutlier(19)), 'tpot-p50')
  const many = of(judged(aRow(), withOutlier(20)), 'tpot-p50')
  expect(few).toMatchObject({ groups: 19 })
  expect(many).toMatchObject({ groups: 19, leftOut: 0 })
  expect(few.spread).toBeGreaterThan(0.08)
  expect(many.spread).toBeCloseTo(0.02, 10)
  const half = 0.02 * Math.sqrt(1 + 1 / 19) * 1.15 * 2.10092
  expect(many.interval!.high).toBeCloseTo(Math.expm1(half), 5)
})

test('the newest three are never outliers, and looking for outliers makes the error wider where there are none', () => {
  const newest = of(judged(aRow(), [...steady(24, 0.02), aRow({ all: 1.5 }), aRow()]), 'tpot-p50')
  expect(newest.groups).toBe(26)
  const clean = of(judged(aRow(), steady(25, 0.02)), 'tpot-p50')
  // t(.975; 24) = 2.06390.
  expect(clean.interval!.high).toBeCloseTo(Math.expm1(0.02 * Math.sqrt(1 + 1 / 25) * 1.03 * 2.0639), 5)
})

test('only the newest fifty groups count', () => {
  const old = Array.from({ length: 20 }, () => aRow({ all: 3 }))
  expect(of(judged(aRow(), [...old, ...steady(50)]), 'tpot-p50')).toMatchObject({ groups: 50 })
  expect(of(judged(aRow(), [...old, ...steady(50)]), 'tpot-p50').baseline).toBeCloseTo(10, 10)
})

test('the order of the runs of one group says nothing', () => {
  const order = fc.shuffledSubarray([0, 1, 2, 3], { minLength: 4, maxLength: 4 })
  const group = spreadValues(4, 0.05).map((y) => aRow({ all: Math.exp(y) }))
  const others = steady(6)
  const verdictFor = (indices: readonly number[]) => {
    const rows = [...others, ...indices.map((i) => group[i]!)]
    const entries = recorded(rows, (i) => (i < 6 ? {} : { runId: 'group' }))
    return judged(aRow({ tpot: 1.08 }), entries).comparisons.map(({ p, verdict }) => [p!.toPrecision(10), verdict])
  }
  const expected = verdictFor([0, 1, 2, 3])
  fc.assert(
    fc.property(order, (indices) => {
      expect(verdictFor(indices)).toEqual(expected)
    }),
  )
})

test('a unit of time or a faster machine changes no verdict', () => {
  const scale = fc.double({ min: 0.01, max: 100, noNaN: true })
  const change = fc.double({ min: 0.8, max: 1.4, noNaN: true })
  fc.assert(
    fc.property(scale, change, (factor, tpot) => {
      const here = judged(aRow({ tpot }), steady(10))
      const there = judged(
        aRow({ tpot, all: factor }),
        spreadValues(10, 0.02).map((y) => aRow({ all: factor * Math.exp(y) })),
      )
      expect(there.verdict).toBe(here.verdict)
      expect(of(there, 'tpot-p50').p).toBeCloseTo(of(here, 'tpot-p50').p!, 9)
    }),
  )
})

test('a worse candidate never gets a better p, nor a better word', () => {
  const factor = fc.double({ min: 0.7, max: 1.6, noNaN: true })
  const severity = ['improved', 'proven', 'no-change-seen', 'suspect', 'regressed']
  fc.assert(
    fc.property(factor, factor, fc.integer({ min: 1, max: 12 }), (a, b, k) => {
      const [less, more] = [Math.min(a, b), Math.max(a, b)].map((tpot) =>
        of(judged(aRow({ tpot }), steady(k)), 'tpot-p50'),
      )
      expect(more!.p).toBeLessThanOrEqual(less!.p! + 1e-12)
      expect(severity.indexOf(more!.verdict)).toBeGreaterThanOrEqual(severity.indexOf(less!.verdict))
    }),
  )
})

test('two metrics that moved a little are judged together', () => {
  const three = { policy: { metrics: ['ttft-p50', 'tpot-p50', 'plateau-throughput'] } } as const
  // With nine degrees of freedom p of TPOT alone lies between .9 % / 3 and .9 % / 2.
  const alone = judged(aRow({ tpot: 1.075 }), steady(10), three)
  expect(of(alone, 'tpot-p50').p).toBeGreaterThan(0.003)
  expect(of(alone, 'tpot-p50').p).toBeLessThan(0.0045)
  expect(alone.verdict).toBe('suspect')
  const beside = judged(aRow({ tpot: 1.075, throughput: 1.3 }), steady(10), three)
  expect(of(beside, 'tpot-p50').verdict).toBe('regressed')
})

test('what is assumed counts like four runs at first and like none from the eighth recorded run on', () => {
  expect([0, 1, 2, 3, 4, 5, 6, 7, 8, 49].map(weighAssumed)).toEqual([4, 4, 4, 4, 3, 2, 1, 0, 0, 0])
})

test('an expected spread stands until two degrees of freedom contradict it by half', () => {
  const used = (observed: number, degrees: number) =>
    estimateSpread({ squares: observed ** 2 * degrees, degrees }, { defaultSd: 0.05, expected: 0.02 }).assumed
  expect(used(0.0299, 2)).toBe(true)
  expect(used(0.0301, 2)).toBe(false)
  expect(used(0.0301, 1)).toBe(true)
})

const HOUR = 3_600_000

const at = (hours: readonly number[]) => hours.map((hour) => hour * HOUR)

const pointsAt = (hours: readonly number[]) => at(hours).map((ms) => ({ y: 0, at: ms }))

/** `runs` rows of each of `groups` workflow runs; these spread by `shared`, and the runs inside them by `own`. */
function repeated(groups: number, runs: number, { shared, own }: { readonly shared: number; readonly own: number }) {
  const inside = runs === 1 ? [0] : spreadValues(runs, own)
  const rows = spreadValues(groups, shared).flatMap((hour) => inside.map((y) => aRow({ all: Math.exp(hour + y) })))
  return recorded(rows, (i) => ({ runId: `run-${Math.floor(i / runs)}` }))
}

const points = (ys: readonly number[]) => ys.map((y) => ({ y }))

const rows = (ys: readonly number[]) => ys.map((y) => aRow({ all: Math.exp(y) }))

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

test('squares of several sets are pooled, each about a mean of its own, which costs it a degree of freedom', () => {
  expect(poolSquares([[1, 3], [10, 10, 13], [7]])).toEqual({ squares: 2 + 6, degrees: 3 })
})

test('outliers lie further from the median than so many standard deviations of the MAD', () => {
  // Median 3, deviations 2 1 0 1 7, MAD 1: the limit is 3.5 × 1.4826 = 5.19.
  expect(findOutliers([1, 2, 3, 4, 10])).toEqual([false, false, false, false, true])
  expect(findOutliers([1, 2, 3, 4, 8.18])).toEqual([false, false, false, false, false])
})

test('without a MAD nothing is an outlier', () => {
  expect(findOutliers([1, 1, 1, 1, 50])).toEqual([false, false, false, false, false])
})
