import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { GATED_METRICS, toleranceOf } from '../../../src/vocabulary/metrics.ts'
import { readTolerance } from '../../../src/settings/values/tolerance.ts'
import { messageOf } from '../support.ts'

test('a tolerance is one share, a share for each metric, or both', () => {
  expect(readTolerance('5%')).toEqual({ all: 0.05, byMetric: {} })
  expect(readTolerance('5%\nttft-p50: 10%')).toEqual({ all: 0.05, byMetric: { 'ttft-p50': 0.1 } })
  expect(readTolerance('ttft-p50: 10%, tpot-p50:0.02')).toEqual({
    all: null,
    byMetric: { 'ttft-p50': 0.1, 'tpot-p50': 0.02 },
  })
})

test.each([
  ['101%', 'must be a share from 0% to 100%, for example 5%'],
  ['150 %', 'must be a share from 0% to 100%'],
  ['5', 'must be a share from 0% to 100%; did you mean 5%?'],
  ['1', 'must be a share from 0% to 100%'],
  ['-5%', 'must be a share from 0% to 100%'],
  ['ttft-p50: 120%', 'of ttft-p50 must be a share from 0% to 100%'],
  ['tftt-p50: 5%', 'has "tftt-p50", which cannot be compared; did you mean ttft-p50?'],
  ['error-rate: 5%', 'has "error-rate", which cannot be compared'],
  [`${'x'.repeat(999)}: 5%`, `has "${'x'.repeat(59)}…", which cannot be compared`],
  ['5%, 6%', 'must have one share for all metrics'],
  ['ttft-p50: 5%, ttft-p50: 6%', 'must name ttft-p50 once'],
  ['# none', 'must be a share, for example 5%'],
])('tolerance "%s" is refused', (text, message) => {
  expect(messageOf({ flags: ['--tolerance', text] })).toContain(`; ${message}`)
})

test('all lines that are wrong are reported', () => {
  const message = messageOf({ flags: ['--tolerance', '200%, itl: 5%, tpot-p50: 300%'] })
  expect(message).toMatch(/must be a share from 0% to 100%.*has "itl".*of tpot-p50 must be a share/)
})

test('a metric has its own tolerance, else that for all, else that of the gate', () => {
  const tolerance = readTolerance('3%\nttft-p50: 10%')
  expect(toleranceOf({ gate: 'check', tolerance }, 'ttft-p50')).toBe(0.1)
  expect(toleranceOf({ gate: 'release', tolerance }, 'tpot-p50')).toBe(0.03)
  expect(toleranceOf({ gate: 'check', tolerance: null }, 'latency-p50')).toBe(0.05)
  expect(toleranceOf({ gate: 'observe', tolerance: null }, 'latency-p50')).toBe(0.05)
  expect(toleranceOf({ gate: 'release', tolerance: null }, 'latency-p50')).toBe(0.15)
  expect(toleranceOf({ gate: 'release', tolerance: null }, 'ttfo-p50')).toBe(0.15)
  expect(toleranceOf({ gate: 'release', tolerance: null }, 'tpot-p50')).toBe(0.1)
})

test('whatever is written for a metric is what holds for it', () => {
  const shares = fc.dictionary(fc.constantFrom(...GATED_METRICS), fc.integer({ min: 0, max: 100 }), { minKeys: 1 })
  fc.assert(
    fc.property(shares, (percent) => {
      const text = Object.entries(percent).map(([metric, share]) => `${metric}: ${share}%`)
      const tolerance = readTolerance(text.join('\n'))
      for (const metric of GATED_METRICS) {
        const expected = Object.hasOwn(percent, metric) ? percent[metric]! / 100 : 0.05
        expect(toleranceOf({ gate: 'check', tolerance }, metric)).toBeCloseTo(expected, 12)
      }
    }),
  )
})
