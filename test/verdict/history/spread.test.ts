import { aRow, judged, of, recorded, spreadValues, steady } from '../recorded.ts'
import { expect, test } from 'vitest'
import { weighAssumed, estimateSpread, poolSquares } from '../../../src/verdict/history/spread.ts'
import fc from 'fast-check'

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

test('segments are pooled, each about a mean of its own, which costs it a degree of freedom', () => {
  expect(poolSquares([[1, 3], [10, 10, 13], [7]])).toEqual({ squares: 2 + 6, degrees: 3 })
})

test('an expected spread stands until two degrees of freedom contradict it by half', () => {
  const used = (observed: number, degrees: number) =>
    estimateSpread(
      { squares: observed ** 2 * degrees, degrees },
      { within: { squares: 0, degrees: 0 }, passes: 3, defaultSd: 0.05, expected: 0.02 },
    ).assumed
  expect(used(0.0299, 2)).toBe(true)
  expect(used(0.0301, 2)).toBe(false)
  expect(used(0.0301, 1)).toBe(true)
})
