import { expect, it } from 'vitest'
import { countRequiredSamples } from '../../src/plan/run-plan.ts'
import { readLatencyBounds, readLimits } from '../../src/settings/values/limits.ts'

it('a level needs the samples of the highest percentile that a limit or a budget names', () => {
  const required = (limits: string, within: string | null = null) =>
    countRequiredSamples(
      {
        limits: limits === '' ? [] : readLimits(limits),
        throughputWithin: within === null ? null : readLatencyBounds(within),
      },
      4,
    )
  expect(required('')).toBe(1)
  expect(required('ttft-p50 <= 300ms')).toBe(1)
  expect(required('throughput >= 100tok/s, error-rate <= 1%')).toBe(1)
  expect(required('ttft-p90 <= 300ms')).toBe(64)
  expect(required('ttft-p90 <= 300ms, latency-p99@4 <= 9s')).toBe(662)
  expect(required('ttft-p50 <= 300ms', 'tpot-p95 <= 50ms')).toBe(130)
  expect(required('ttft-p90@8 <= 300ms')).toBe(1)
})
