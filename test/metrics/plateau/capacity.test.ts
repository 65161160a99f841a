import fc from 'fast-check'
import { expect, test } from 'vitest'
import { findCapacity, sumUpKept, findBestWithin } from '../../../src/metrics/plateau/capacity.ts'
import { readObjectives } from '../../../src/settings/values/objectives.ts'
import { aLevel, aLevelRun, steadyRecords, aFailure } from '../../support/builders.ts'
import { summariseLevel } from '../../../src/metrics/level.ts'
import { figureOf, countMissingRequests } from '../../../src/metrics/level/level-metrics.ts'

/** Levels of which every request of a pass has this TTFT, against an objective of 100 ms. */
const ladder = (levels: Readonly<Record<number, readonly number[]>>) =>
  Object.entries(levels).map(([concurrency, ttfts]) => {
    const slo = { objectives: readObjectives('ttft <= 100ms'), share: 0.95 }
    const level = aLevel(
      Number(concurrency),
      ttfts.map((ttftMs) => ({ ttftMs })),
      { task: 'chat', tolerance: 0.05, slo },
    )
    return { ...level, valid: true, state: 'ok' as const }
  })

test('it lies where the time of the wanted share reaches its objective, on a straight line between two levels', () => {
  const { state, concurrency } = findCapacity(ladder({ 4: [40], 8: [60], 16: [140] }), 'concurrency')
  expect(state).toBe('found')
  expect(concurrency).toEqual({ value: expect.closeTo(12, 9), low: null, high: null })
})

test('between two rates it lies where 1/strain, which falls as a queue grows, reaches 1 on a straight line', () => {
  // One server of 10 requests a second: times as 1/(1 − rate/10), which are at the objective at 6.
  const queue = ladder({ 4: [400 / 6], 8: [200] })
  expect(findCapacity(queue, 'rate').concurrency!.value).toBeCloseTo(6, 9)
  for (const load of ['concurrency', 'speed'] as const)
    expect(findCapacity(queue, load).concurrency!.value).toBeCloseTo(5, 9)
})

test('where every level is inside it is at least the highest, where none is below the lowest', () => {
  expect(findCapacity(ladder({ 4: [40], 8: [100] }), 'concurrency')).toMatchObject({
    state: 'at-least',
    concurrency: { value: 8 },
  })
  expect(findCapacity(ladder({ 4: [101], 8: [140] }), 'concurrency')).toMatchObject({
    state: 'below',
    concurrency: { value: 4 },
  })
})

test('a level that was lost ends it at the one before; one that is not usable is left out', () => {
  const [four, eight, sixteen] = ladder({ 4: [40], 8: [60], 16: [140] })
  const lost = { ...eight!, valid: false, state: 'lost' as const }
  expect(findCapacity([four!, lost, sixteen!], 'concurrency')).toMatchObject({
    state: 'found',
    concurrency: { value: 4 },
  })
  const busy = { ...eight!, valid: false, state: 'client-saturated' as const }
  expect(findCapacity([four!, busy, sixteen!], 'concurrency').concurrency!.value).toBeCloseTo(4 + (60 / 100) * 12, 9)
  expect(findCapacity([lost], 'concurrency')).toMatchObject({ state: 'below' })
  expect(findCapacity([busy], 'concurrency')).toEqual({ state: 'unknown', concurrency: null, passes: [] })
  expect(findCapacity([aLevel(1)], 'concurrency')).toMatchObject({ state: 'unknown' })
})

test('one noisy level between two that agree moves it little', () => {
  const noisy = findCapacity(ladder({ 4: [40], 8: [105], 16: [95], 32: [300] }), 'concurrency')
  expect(noisy.concurrency!.value).toBeGreaterThan(16)
  expect(noisy.concurrency!.value).toBeLessThan(17)
})

test('its interval is that of the capacities of the passes', () => {
  const { concurrency, passes } = findCapacity(ladder({ 8: [60, 62, 58], 16: [140, 142, 138] }), 'concurrency')
  expect(passes).toHaveLength(3)
  expect(passes.reduce((product, pass) => product * pass, 1)).toBeCloseTo(concurrency!.value ** 3, 6)
  expect(concurrency!.low).toBeLessThan(12)
  expect(concurrency!.high).toBeGreaterThan(12)
})

test('a level that it is far from needs no passes of its own for an interval, one that it is near does', () => {
  const passesOf = (levels: Readonly<Record<number, readonly number[]>>) =>
    findCapacity(ladder(levels), 'concurrency').passes
  expect(passesOf({ 8: [96, 98, 94], 16: [140] })).toHaveLength(3)
  expect(passesOf({ 8: [60], 16: [104, 102, 106] })).toHaveLength(3)
  expect(passesOf({ 8: [60, 62, 58], 16: [140] })).toHaveLength(1)
  expect(passesOf({ 8: [96], 16: [140, 142, 138] })).toHaveLength(1)
})

test('slower answers never make it larger, and it stays between the lowest and the highest level', () => {
  const times = fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 3, maxLength: 3 })
  fc.assert(
    fc.property(times, fc.integer({ min: 0, max: 2 }), fc.integer({ min: 1, max: 200 }), (ttfts, slower, byMs) => {
      const of = (all: readonly number[]) =>
        findCapacity(ladder({ 2: [all[0]!], 4: [all[1]!], 8: [all[2]!] }), 'concurrency').concurrency!
      const before = of(ttfts).value
      expect(before).toBeGreaterThanOrEqual(2)
      expect(before).toBeLessThanOrEqual(8)
      const after = of(ttfts.map((ms, i) => (i === slower ? ms + byMs : ms))).value
      expect(after).toBeLessThanOrEqual(before + 1e-9)
    }),
    { numRuns: 60 },
  )
})

/** A level of two passes of which every `late`th request misses its objective. */
const level = (concurrency: number, late: number) => {
  const slo = { objectives: readObjectives('ttft <= 500ms'), share: 0.95 }
  const records = steadyRecords(concurrency).map((record, i) => (i % late === 0 ? { ...record, ttftMs: 900 } : record))
  const runs = [1, 2].map((pass) => aLevelRun({ concurrency, pass, records }))
  return { ...summariseLevel(runs, { task: 'chat', tolerance: 0.05, slo }), valid: true, state: 'ok' as const }
}

test('attainment over a run is the mean over its levels, and goodput that of the best level', () => {
  const levels = [level(4, 4), level(8, 2)]
  const { attainment, goodput } = sumUpKept(levels)
  expect(attainment).toEqual({ value: 0.625, passes: [0.625, 0.625] })
  expect(goodput!.value).toBe(levels[1]!.attained!.requestsPerSecond)
  expect(goodput!.passes).toEqual(levels[1]!.passes.map(({ attained }) => attained!.requestsPerSecond))
})

test('a level that was lost keeps nothing; one that cannot be used is taken to be like its neighbours', () => {
  const [two, four, eight] = [level(2, 1000), level(4, 4), level(8, 2)]
  const keepsNone = { ...eight, valid: false, state: 'lost' as const }
  expect(sumUpKept([four, keepsNone])).toMatchObject({
    attainment: { value: 0.375 },
    goodput: { value: four.attained!.requestsPerSecond },
  })
  const busy = { ...four, valid: false, state: 'client-saturated' as const }
  const between = (two.attained!.attainment! + 0.5) / 2
  expect(sumUpKept([two, busy, eight]).attainment!.value).toBeCloseTo(
    (two.attained!.attainment! + between + 0.5) / 3,
    9,
  )
  expect(sumUpKept([{ ...busy, concurrency: 16 }, eight]).attainment!.value).toBe(0.5)
  for (const levels of [[busy], [aLevel(1)], []]) {
    expect(sumUpKept(levels)).toEqual({ attainment: null, goodput: null })
  }
})

const levelsOfTtft = (...ttfts: number[]) => ttfts.map((ttftMs, i) => aLevel(2 ** i, [{ ttftMs }]))
const budget = (valueMs: number) => [{ metric: 'ttft-p50', valueMs } as const]

test('the best level inside the budget counts, and the way to the next one', () => {
  const levels = levelsOfTtft(50, 100, 400)
  const within = findBestWithin(levels, budget(200))
  expect(within.limit).toBe('ttft-p50 <= 200ms')
  expect(within.concurrency).toBeCloseTo(2 * Math.SQRT2, 10)
  const [, two, four] = levels.map((level) => level.outputTokensPerSecond!)
  expect(within.outputTokensPerSecond).toBeCloseTo(Math.sqrt(two! * four!), 8)
  expect(within.requestsPerSecond).toBeGreaterThan(0)
})

test('inside everywhere it is the highest throughput, outside everywhere nothing', () => {
  const levels = levelsOfTtft(50, 100, 400)
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
  const within = findBestWithin(levelsOfTtft(50, 100, 400), [...budget(200), { metric: 'tpot-p50', valueMs: 5 }])
  expect(within.limit).toBe('ttft-p50 <= 200ms, tpot-p50 <= 5ms')
  expect(within.concurrency).toBeNull()
})

test('a level that is not valid, or whose percentile is not measurable, is a wall', () => {
  const [one, two, four] = levelsOfTtft(50, 100, 400)
  expect(findBestWithin([one!, { ...two!, valid: false }, four!], budget(1000)).concurrency).toBe(4)
  expect(findBestWithin([one!, { ...two!, valid: false }, four!], budget(200)).concurrency).toBe(1)
  expect(findBestWithin([one!], [{ metric: 'ttft-p99', valueMs: 1e6 }]).concurrency).toBeNull()
})

test('a wider budget is never worse', () => {
  const times = fc.array(fc.integer({ min: 1, max: 5000 }), { minLength: 1, maxLength: 5 })
  const limit = fc.integer({ min: 1, max: 6000 })
  fc.assert(
    fc.property(times, limit, limit, (ttfts, a, b) => {
      const levels = levelsOfTtft(...ttfts).map((level) => ({ ...level, valid: true }))
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
