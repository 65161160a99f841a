import { expect, it } from 'vitest'
import { countRequiredSamples, planLevels } from '../../src/plan/run-plan.ts'
import { readLatencyBounds, readLimits } from '../../src/settings/values/limits.ts'
import { settingsFor } from '../support/run-settings.ts'

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

it('level 1 tells whether the endpoint changed where its prompts are alike, else single requests beside the levels', () => {
  const sentinelOf = (...flags: readonly string[]) =>
    planLevels(settingsFor('http://127.0.0.1:1', flags), {
      lone: { latencyMs: 200, inputTokens: 512, outputTokens: 128 },
    }).sentinel
  expect(sentinelOf()).toBe('level 1')
  expect(sentinelOf('--input-tokens', '300', '--output-tokens', 'uniform(50,90)')).toBe('level 1')
  expect(sentinelOf('--input-tokens', 'uniform(50,90)')).toBe('apart')
  expect(sentinelOf('--concurrency', '4,8')).toBe('apart')
  expect(sentinelOf('--preflight', 'false')).toBeNull()
})

it('a window is as long as it was given, else as the noise asks for; a number of requests ends it itself', () => {
  const windowsOf = (...flags: readonly string[]) =>
    planLevels(settingsFor('http://127.0.0.1:1', flags), {
      lone: { latencyMs: 200, inputTokens: 512, outputTokens: 128 },
    }).windows
  expect(windowsOf()).toEqual({ firstMs: 3_000, leastMs: 3_000, mostMs: 8_000 })
  expect(windowsOf('--level-duration', '5s')).toEqual({ firstMs: 5_000, leastMs: 5_000, mostMs: 5_000 })
  expect(windowsOf('--level-requests', '300')).toEqual({ firstMs: 8_000, leastMs: 8_000, mostMs: 8_000 })
})
