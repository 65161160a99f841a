import { expect, test, describe } from 'vitest'
import { readLimits, readLimit } from '../../src/settings/values/limits.ts'
import { addSeriesKey } from '../../src/report/series.ts'
import type { RunReport, ReportLimit } from '../../src/report/run-report.ts'
import { checkLimits } from '../../src/verdict/limits.ts'
import { findBestWithin } from '../../src/metrics/plateau/capacity.ts'
import type { CapacityState } from '../../src/metrics/plateau/capacity.ts'
import { readObjectives } from '../../src/settings/values/objectives.ts'
import { summariseLevel } from '../../src/metrics/level.ts'
import { aFailure, aLevel, aLevelOf, aLevelRun, aReport, SERIES_FIELDS, steadyRecords } from '../support/builders.ts'
import { viewLimits } from '../../src/render/view/report.ts'
import { renderVerdictText } from '../../src/render/text.ts'
import type { EarlierAttempt } from '../../src/report/looks.ts'
import { decideVerdict } from '../../src/verdict/decide.ts'
import { aRow, inputOf, judged, steady } from './recorded.ts'

const LISTED = addSeriesKey({ ...SERIES_FIELDS, concurrency: [1, 2, 4] })

function check(text: string, report: RunReport) {
  return checkLimits(readLimits(text), report)
}

const outcomes = (text: string, report: RunReport) => check(text, report).map(({ outcome }) => outcome)

test('one pass is judged by its value', () => {
  const report = aReport({ measured: [aLevel(1, [{ ttftMs: 50 }])] })
  expect(check('ttft-p50@1 <= 50.1ms', report)).toMatchObject([{ outcome: 'pass', concurrency: 1, bound: null }])
  expect(outcomes('ttft-p50@1 <= 49.9ms', report)).toEqual(['fail'])
  expect(outcomes('throughput@1 >= 1000tok/s', report)).toEqual(['fail'])
})

test('with several passes the bound must be beyond the limit as well as the mean', () => {
  const report = aReport({ measured: [aLevel(1, [{ ttftMs: 90 }, { ttftMs: 100 }, { ttftMs: 120 }])] })
  const [unsure] = check('ttft-p50@1 <= 100ms', report)
  expect(unsure).toMatchObject({ outcome: 'pass' })
  expect(unsure!.value).toBeCloseTo((90 * 100 * 120) ** (1 / 3), 6)
  expect(unsure!.bound).toBeLessThan(100)
  expect(outcomes('ttft-p50@1 <= 80ms', report)).toEqual(['fail'])
})

test('a lower limit mirrors an upper one', () => {
  const report = aReport({ measured: [aLevelOf(1, [90, 100, 120])] })
  const [unsure] = check('throughput@1 >= 105tok/s', report)
  expect(unsure).toMatchObject({ outcome: 'pass' })
  expect(unsure!.bound).toBeGreaterThan(105)
  expect(outcomes('throughput@1 >= 140tok/s', report)).toEqual(['fail'])
})

test('a limit without a level is checked at every level of an explicit list', () => {
  const measured = [aLevel(1, [{ ttftMs: 50 }]), aLevel(2, [{ ttftMs: 70 }]), aLevel(4, [{ ttftMs: 150 }])]
  const results = check('ttft-p50 <= 100ms', aReport({ measured, series: LISTED }))
  expect(results.map(({ concurrency, outcome }) => [concurrency, outcome])).toEqual([
    [1, 'pass'],
    [2, 'pass'],
    [4, 'fail'],
  ])
})

test('with auto a throughput without a level is that of the best one', () => {
  const measured = [aLevelOf(1, [100]), aLevelOf(2, [190]), aLevelOf(4, [180])]
  expect(check('throughput >= 150tok/s', aReport({ measured }))).toMatchObject([{ concurrency: 2, outcome: 'pass' }])
})

test('what was not measured is not a pass and says why', () => {
  const lost = { ...aLevel(2), valid: false, state: 'lost', invalidReasons: ['errors'] } as const
  const report = aReport({ measured: [aLevel(1, [{}]), lost] })
  const reason = (text: string) => {
    const [result] = check(text, report)
    expect(result).toMatchObject({ outcome: 'not-measured', value: null })
    return result!.reason
  }
  expect(reason('ttft-p50@8 <= 1s')).toBe('the level was not measured')
  expect(reason('ttft-p50@2 <= 1s')).toBe('the server did not hold it (errors)')
  expect(reason('ttft-p90@1 <= 1s')).toMatch(/^it needs \d+ more requests$/)
  expect(reason('inter-chunk-p50@1 <= 1s')).toBe('the endpoint does not let it be measured')
  expect(reason('throughput-within >= 1tok/s')).toBe('`throughput-within` is not set')
})

test('a percentile that only all passes together hold is judged by its value', () => {
  const level = aLevel(4, [{}, {}, {}])
  expect(level.passes[0]!.ttftMs!.p90).toBeNull()
  expect(check('ttft-p90@4 <= 60ms', aReport({ measured: [level] }))).toMatchObject([{ outcome: 'pass', bound: null }])
})

test('the error rate is judged over the run and at a level, valid or not', () => {
  const records = [...steadyRecords(2), aFailure('http_500'), aFailure('http_500')]
  const failing = summariseLevel([aLevelRun({ concurrency: 2, records })], { task: 'chat', tolerance: 0.05 })
  const report = aReport({ measured: [aLevel(1, [{}]), failing] })
  expect(outcomes('error-rate <= 10%', report)).toEqual(['pass'])
  expect(outcomes('error-rate <= 1%', report)).toEqual(['fail'])
  expect(check('error-rate@2 <= 1%', report)).toMatchObject([{ outcome: 'fail', concurrency: 2 }])
  expect(outcomes('error-rate@1 <= 0%', report)).toEqual(['pass'])
  const empty = summariseLevel([aLevelRun({ records: [] })], { task: 'chat', tolerance: 0.05 })
  expect(outcomes('error-rate <= 1%', aReport({ measured: [empty] }))).toEqual(['not-measured'])
})

test('a plateau keeps a limit; one that was not reached cannot break it', () => {
  const flat = aReport({ measured: [aLevelOf(1, [400, 402]), aLevelOf(2, [790, 805]), aLevelOf(4, [800, 795])] })
  expect(outcomes('plateau-throughput >= 780tok/s', flat)).toEqual(['pass'])
  expect(outcomes('plateau-throughput >= 1500tok/s', flat)).toEqual(['fail'])
  expect(check('plateau-throughput >= 780tok/s', flat)[0]!.value).toBeCloseTo(797.5, 0)
  const growing = aReport({ measured: [aLevelOf(1, [100]), aLevelOf(2, [200])] })
  expect(outcomes('plateau-throughput >= 150tok/s', growing)).toEqual(['pass'])
  expect(check('plateau-throughput >= 500tok/s', growing)).toMatchObject([
    { outcome: 'not-measured', reason: 'throughput still grows at the highest level before the plateau was reached' },
  ])
})

test('no limit is decided by tokens that the server cannot have sent, and all others are', () => {
  const doubted = { tokenSource: 'chunks', statedTokens: 2, countDoubt: 'below-events' } as const
  const measured = [aLevel(1, [doubted, doubted]), aLevel(2, [{}, {}])]
  const report = aReport({ measured, series: LISTED })
  const reason = 'the server states token counts that cannot be true (impossible-count)'
  for (const text of ['tpot-p50@1 <= 1ms', 'throughput@1 >= 1tok/s', 'plateau-throughput >= 1tok/s']) {
    expect(check(text, report)).toMatchObject([{ outcome: 'not-measured', value: null, reason }])
  }
  expect(outcomes('ttft-p50@1 <= 1ms, latency-p50@1 <= 3600s, error-rate <= 1%', report)).toEqual([
    'fail',
    'pass',
    'pass',
  ])
  expect(outcomes('tpot-p50@2 <= 1ms', report)).toEqual(['fail'])
})

test('without a usable level nothing is said of what is inside the budget', () => {
  const measured = [{ ...aLevel(1), valid: false, state: 'client-saturated' as const }]
  const within = findBestWithin(measured, [{ metric: 'ttft-p50', valueMs: 100 }])
  expect(check('throughput-within >= 50tok/s', aReport({ measured, within }))).toMatchObject([
    { reason: 'no usable level' },
  ])
})

test('attainment breaks a limit where chance would not, whatever the passes say, and goodput is a figure like any other', () => {
  const slo = { objectives: readObjectives('ttft <= 500ms'), share: 0.95 }
  const late = (every: number) => {
    const records = steadyRecords(8).map((record, i) => (i % every === 0 ? { ...record, ttftMs: 900 } : record))
    return summariseLevel([aLevelRun({ concurrency: 8, records })], { task: 'chat', tolerance: 0.05, slo })
  }
  const report = (every: number) => aReport({ measured: [late(every)], series: LISTED })
  expect(check('attainment@8 >= 95%', report(4))).toMatchObject([{ outcome: 'fail', value: 0.75 }])
  expect(check('attainment@8 >= 95%', report(16))).toMatchObject([{ outcome: 'pass', value: 0.9375 }])
  expect(check('attainment@8 >= 95%', report(16))[0]!.bound).toBeGreaterThan(0.95)
  expect(outcomes('goodput@8 >= 1req/s, goodput-tokens@8 >= 100tok/s', report(4))).toEqual(['pass', 'pass'])
  expect(outcomes('goodput@8 >= 100req/s', report(4))).toEqual(['fail'])
  expect(check('attainment@1 >= 95%', aReport({ measured: [aLevel(1, [{}])] }))).toMatchObject([
    { outcome: 'not-measured', reason: 'its requests do not have the times that `slo` is about' },
  ])
})

test('a capacity that is only known from one side keeps or breaks what that side tells', () => {
  const capable = (state: CapacityState, value: number | null, passes: readonly number[] = []) => {
    const concurrency = value === null ? null : { value, low: null, high: null }
    return aReport({
      slo: {
        objectives: 'ttft <= 500ms',
        share: 0.95,
        capacity: { state, concurrency, passes },
        attainment: null,
        goodput: null,
      },
    })
  }
  expect(outcomes('capacity >= 16', capable('found', 20, [19, 20, 21.05]))).toEqual(['pass'])
  expect(outcomes('capacity >= 24', capable('found', 20, [19, 20, 21.05]))).toEqual(['fail'])
  expect(check('capacity >= 21', capable('found', 20, [17, 20, 23.5]))).toMatchObject([{ outcome: 'pass' }])
  expect(outcomes('capacity >= 16', capable('at-least', 32))).toEqual(['pass'])
  expect(check('capacity >= 64', capable('at-least', 32))).toMatchObject([
    { outcome: 'not-measured', reason: 'the highest level keeps the objectives, and it is below it' },
  ])
  expect(check('capacity >= 4', capable('below', 4))).toMatchObject([
    { outcome: 'fail', value: null, reason: 'at no level 95 % of the requests keep ttft <= 500ms' },
  ])
  const busy = { ...aLevel(2), valid: false }
  expect(check('capacity >= 4', { ...capable('below', 4), levels: [busy, aLevel(4)] })).toMatchObject([
    { reason: 'at no usable level 95 % of the requests keep ttft <= 500ms' },
  ])
  expect(outcomes('capacity >= 2', capable('below', 4))).toEqual(['not-measured'])
  expect(outcomes('capacity >= 2', capable('unknown', null))).toEqual(['not-measured'])
  expect(check('capacity >= 2', aReport())).toMatchObject([{ reason: '`slo` is not set' }])
})

test('throughput within a budget is a figure like any other', () => {
  const measured = [aLevel(1, [{}]), aLevel(2, [{ ttftMs: 500 }])]
  const report = (valueMs: number) =>
    aReport({ measured, within: findBestWithin(measured, [{ metric: 'ttft-p50', valueMs }]) })
  expect(outcomes('throughput-within >= 50tok/s', report(100))).toEqual(['pass'])
  expect(outcomes('throughput-within >= 5000tok/s', report(100))).toEqual(['fail'])
  expect(outcomes('throughput-within >= 50tok/s', report(1))).toEqual(['not-measured'])
})

test('an error rate is judged by its value over all passes: one that failed as a whole is not forgiven', () => {
  const failed = summariseLevel(
    [
      aLevelRun({ pass: 1 }),
      aLevelRun({ pass: 2, records: steadyRecords(1).map(() => aFailure('http_500')) }),
      aLevelRun({ pass: 3 }),
    ],
    { task: 'chat', tolerance: 0.05 },
  )
  const [result] = check('error-rate@1 <= 10%', aReport({ measured: [failed] }))
  expect(result).toMatchObject({ outcome: 'fail', value: expect.closeTo(1 / 3, 8), bound: null })
})

/** What the passes of one run said: broken, with a bound as near as passes are to each other. */
function aLimit(limit: string, value: number, overrides: Partial<ReportLimit> = {}): ReportLimit {
  return { limit, concurrency: 2, outcome: 'fail', value, bound: value, reason: null, ...overrides }
}

const limitsOf = (limits: readonly ReportLimit[], k = 20, sd = 0.03) => judged(aRow(), steady(k, sd), { limits }).limits

test('a figure beyond its limit by no more than runs of the same code lie apart does not break it, and is said to be near', () => {
  // t(.95; 19) · .03 = .0519.
  const [near, clear, holding] = limitsOf([
    aLimit('tpot-p50@2 <= 10ms', 10.5),
    aLimit('tpot-p50@2 <= 10ms', 10.7),
    aLimit('tpot-p50@2 <= 10ms', 9, { outcome: 'pass' }),
  ])
  expect(near).toMatchObject({ outcome: 'pass', near: true })
  expect(near!.bound).toBeCloseTo(10.5 * Math.exp(-1.7291 * 0.03), 3)
  expect(clear).toMatchObject({ outcome: 'fail' })
  expect(clear).not.toHaveProperty('near')
  expect(holding).toMatchObject({ outcome: 'pass', value: 9 })
  expect(holding).not.toHaveProperty('near')
})

test('a limit of throughput mirrors it, at a level and of the plateau', () => {
  const [level, plateau, broken] = limitsOf([
    aLimit('throughput@2 >= 200tok/s', 192),
    aLimit('plateau-throughput >= 400tok/s', 384, { concurrency: null }),
    aLimit('throughput@2 >= 200tok/s', 180),
  ])
  expect([level, plateau, broken].map((one) => one!.outcome)).toEqual(['pass', 'pass', 'fail'])
  expect(level!.bound).toBeGreaterThan(200)
})

test('before eight groups, and of what no history keeps, the passes of the run decide', () => {
  const short = aLimit('tpot-p50@2 <= 10ms', 10.5)
  expect(limitsOf([short], 7)).toEqual([short])
  const others = [
    aLimit('error-rate <= 1%', 0.011, { concurrency: null }),
    aLimit('requests-per-second@2 >= 5req/s', 4.9),
    aLimit('tpot-p50@2 <= 10ms', 0, { outcome: 'not-measured', value: null, reason: 'the level was not measured' }),
  ]
  expect(limitsOf(others)).toEqual(others)
})

describe('limits of a job that is run again', () => {
  const LIMIT = 'tpot-p50@2 <= 10ms'
  const alone = (value: number, bound: number | null = value, limit = LIMIT): ReportLimit => {
    const isBroken = [value, bound ?? value].every((figure) => figure > readLimit(limit).value)
    return aLimit(limit, value, { bound, outcome: isBroken ? 'fail' : 'pass' })
  }
  const again = (now: ReportLimit, before: readonly ReportLimit[], row = aRow()) =>
    decideVerdict(
      inputOf(aRow(), [], {
        limits: [now],
        earlier: before.map((limit, i): EarlierAttempt => {
          return { attempt: i + 1, verdict: 'regressed', candidates: [row], secondLook: 'none', limits: [limit] }
        }),
      }),
    )

  test('do not hold because they were tried often enough: the middle of all attempts must', () => {
    const verdict = again(alone(9.9), [alone(12)])
    expect(verdict).toMatchObject({ verdict: 'regressed', reasons: ['limit'] })
    expect(verdict.limits).toMatchObject([
      { outcome: 'fail', value: expect.closeTo(Math.sqrt(9.9 * 12), 9), alone: 9.9 },
    ])
    expect(again(alone(9.9), [alone(12), alone(11)]).limits).toMatchObject([
      { outcome: 'fail', value: expect.closeTo(11, 9) },
    ])
  })

  test('are not broken for what one attempt met, once two did not, nor by one of three', () => {
    expect(again(alone(9), [alone(100), alone(9.5)]).limits).toMatchObject([
      { outcome: 'pass', value: expect.closeTo(9.5, 9), alone: 9 },
    ])
    expect(again(alone(100), [alone(9), alone(9.5)]).verdict).toBe('no-baseline')
  })

  test('are broken only where the middle of the bounds is, too, and of rates the value decides', () => {
    const [limit] = again(alone(11, 9.5), [alone(12, 9.8)]).limits
    expect(limit).toMatchObject({ outcome: 'pass', alone: 11 })
    expect(limit!.bound).toBeCloseTo(Math.sqrt(9.5 * 9.8), 9)
    const rate = (value: number) => alone(value, null, 'error-rate@2 <= 1%')
    expect(again(rate(0), [rate(0.5)]).limits).toMatchObject([{ outcome: 'fail', value: 0.25, bound: null }])
    expect(again(rate(0), [rate(0.5), rate(0)]).limits).toMatchObject([{ outcome: 'pass', value: 0 }])
  })

  test('are taken alone where an attempt asked for something else, had another limit, or measured none', () => {
    const own = alone(9)
    expect(again(own, [alone(12)], aRow({}, { series: { passes: 2 } })).limits).toEqual([own])
    expect(again(own, [alone(12, 12, 'tpot-p50@2 <= 11ms')]).limits).toEqual([own])
    expect(again(own, [{ ...alone(12), concurrency: 4 }]).limits).toEqual([own])
    const unmeasured = aLimit(LIMIT, 0, { outcome: 'not-measured', value: null, bound: null, reason: 'x' })
    expect(again(own, [unmeasured]).limits).toEqual([own])
    expect(again(unmeasured, [alone(12)]).limits).toEqual([unmeasured])
  })

  test('say what is their own, and that they count together', () => {
    const verdict = again(alone(9.9), [alone(12)])
    expect(viewLimits(verdict.limits, 'concurrency').rows[0]!.verdict).toEqual([
      '❌ Broken',
      ', the median of all attempts (this one: 9.90 ms)',
    ])
    const text = renderVerdictText(verdict)
    expect(text.replaceAll(/\s+/g, ' ')).toContain(
      'Counted together with the attempt before (regressed): limits are judged by the median of both.',
    )
  })
})

test('the row of a limit that a run of the same code may break says so', () => {
  const [near] = limitsOf([aLimit('tpot-p50@2 <= 10ms', 10.5)])
  const [row] = viewLimits([near!], 'concurrency').rows
  expect(row!.verdict).toEqual(['✅ Holds', ', near the limit: within two spreads of runs'])
  expect(row!.found.at(-1)).toBe('near the limit: within two spreads of runs')
})
