import { expect, test } from 'vitest'
import { sumUpKept } from '../../../src/metrics/plateau/kept.ts'
import { summariseLevel } from '../../../src/metrics/level.ts'
import { readObjectives } from '../../../src/settings/values/objectives.ts'
import { aLevel, aLevelRun, steadyRecords } from '../../support/builders.ts'

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
