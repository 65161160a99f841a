import { expect, test } from 'vitest'
import { readLimits } from '../../src/settings/values/limits.ts'
import { seriesOf } from '../../src/report/series.ts'
import type { RunReport } from '../../src/report/run-report.ts'
import { checkLimits } from '../../src/verdict/limits.ts'
import { findBestWithin } from '../../src/metrics/plateau/within.ts'
import type { CapacityState } from '../../src/metrics/plateau/capacity.ts'
import { readObjectives } from '../../src/settings/values/objectives.ts'
import { summariseLevel } from '../../src/metrics/level.ts'
import { aFailure, aLevel, aLevelOf, aLevelRun, aReport, SERIES_FIELDS, steadyRecords } from '../support/builders.ts'

const LISTED = seriesOf({ ...SERIES_FIELDS, concurrency: [1, 2, 4] })

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
