import fc from 'fast-check'
import { expect, test } from 'vitest'
import { figureOf, countMissingRequests } from '../../../src/metrics/level/level-metrics.ts'
import { findBestWithin } from '../../../src/metrics/plateau/within.ts'
import { aFailure, aLevel, aLevelRun, steadyRecords } from '../../support/builders.ts'
import { summariseLevel } from '../../../src/metrics/level.ts'

const ladder = (...ttfts: number[]) => ttfts.map((ttftMs, i) => aLevel(2 ** i, [{ ttftMs }]))
const budget = (valueMs: number) => [{ metric: 'ttft-p50', valueMs } as const]

test('the best level inside the budget counts, and the way to the next one', () => {
  const levels = ladder(50, 100, 400)
  const within = findBestWithin(levels, budget(200))
  expect(within.limit).toBe('ttft-p50 <= 200ms')
  expect(within.concurrency).toBeCloseTo(2 * Math.SQRT2, 10)
  const [, two, four] = levels.map((level) => level.outputTokensPerSecond!)
  expect(within.outputTokensPerSecond).toBeCloseTo(Math.sqrt(two! * four!), 8)
  expect(within.requestsPerSecond).toBeGreaterThan(0)
})

test('inside everywhere it is the highest throughput, outside everywhere nothing', () => {
  const levels = ladder(50, 100, 400)
  expect(findBestWithin(levels, budget(1000)).concurrency).toBe(4)
  expect(findBestWithin(levels, budget(10))).toEqual({
    limit: 'ttft-p50 <= 10ms',
    outputTokensPerSecond: null,
    inputTokensPerSecond: null,
    requestsPerSecond: null,
    concurrency: null,
  })
})

test('all latencies of the budget must hold', () => {
  const within = findBestWithin(ladder(50, 100, 400), [...budget(200), { metric: 'tpot-p50', valueMs: 5 }])
  expect(within.limit).toBe('ttft-p50 <= 200ms, tpot-p50 <= 5ms')
  expect(within.concurrency).toBeNull()
})

test('a level that is not valid, or whose percentile is not measurable, is a wall', () => {
  const [one, two, four] = ladder(50, 100, 400)
  expect(findBestWithin([one!, { ...two!, valid: false }, four!], budget(1000)).concurrency).toBe(4)
  expect(findBestWithin([one!, { ...two!, valid: false }, four!], budget(200)).concurrency).toBe(1)
  expect(findBestWithin([one!], [{ metric: 'ttft-p99', valueMs: 1e6 }]).concurrency).toBeNull()
})

test('a wider budget is never worse', () => {
  const times = fc.array(fc.integer({ min: 1, max: 5000 }), { minLength: 1, maxLength: 5 })
  const limit = fc.integer({ min: 1, max: 6000 })
  fc.assert(
    fc.property(times, limit, limit, (ttfts, a, b) => {
      const levels = ladder(...ttfts).map((level) => ({ ...level, valid: true }))
      const best = (ms: number) => findBestWithin(levels, budget(ms)).outputTokensPerSecond ?? 0
      expect(best(Math.min(a, b))).toBeLessThanOrEqual(best(Math.max(a, b)) * (1 + 1e-12))
    }),
    { numRuns: 50 },
  )
})

test('a metric name finds its figure', () => {
  const level = aLevel(1)
  expect(figureOf(level, 'ttft-p50')).toBeCloseTo(50, 8)
  expect(figureOf(level, 'inter-chunk-p50')).toBeNull()
  expect(figureOf(level, 'throughput')).toBe(level.outputTokensPerSecond)
  expect(figureOf(level, 'input-throughput')).toBe(level.inputTokensPerSecond)
  expect(figureOf(level, 'requests-per-second')).toBe(level.requestsPerSecond)
  expect(figureOf(level, 'error-rate')).toBe(0)
  expect(figureOf(level, 'plateau-throughput')).toBeNull()
})

test('it says how many requests a percentile still needs, failed ones included', () => {
  const records = [...steadyRecords(1).slice(0, 8), aFailure('empty')]
  const level = summariseLevel([aLevelRun({ records })], { task: 'chat', tolerance: 0.05 })
  expect(countMissingRequests(level, 'ttft-p90')).toBe(55)
  expect(countMissingRequests(level, 'ttft-p50')).toBe(0)
})

test('of several latencies the one that ends first ends the stretch, in whatever order they stand', () => {
  const levels = [aLevel(1, [{ ttftMs: 50, tpotMs: 10 }]), aLevel(4, [{ ttftMs: 200, tpotMs: 40 }])]
  const tight = { metric: 'ttft-p50', valueMs: 100 } as const
  const wide = { metric: 'tpot-p50', valueMs: 30 } as const
  for (const budgets of [
    [tight, wide],
    [wide, tight],
  ]) {
    expect(findBestWithin(levels, budgets).concurrency).toBeCloseTo(2, 10)
  }
})
