import { describe, expect, test } from 'vitest'
import { readLimit } from '../../src/settings/values/limits.ts'
import type { ReportLimit } from '../../src/report/run-report.ts'
import { viewLimits } from '../../src/render/view/limits.ts'
import { renderVerdictText } from '../../src/render/text.ts'
import type { EarlierAttempt } from '../../src/report/looks.ts'
import { decide } from '../../src/verdict/decide.ts'
import { aRow, inputOf, judged, steady } from './recorded.ts'

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
    decide(
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
    expect(viewLimits(verdict.limits).rows[0]!.verdict).toEqual([
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
  const [row] = viewLimits([near!]).rows
  expect(row!.verdict).toEqual(['✅ Holds', ', near the limit: within two spreads of runs'])
  expect(row!.found.at(-1)).toBe('near the limit: within two spreads of runs')
})
