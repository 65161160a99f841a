import { describe, expect, test } from 'vitest'
import { isRed, runStudy } from '../../../bench/support/calibration.ts'
import { WHOLE_RUN } from '../../../src/verdict/history/observe.ts'
import { findSteepness, observeBeside } from '../../../src/verdict/history/objectives.ts'
import type { HistoryRow, RowLevel } from '../../../src/report/history.ts'
import { readObjectives } from '../../../src/settings/values/objectives.ts'
import { UNCHANGED, USUAL } from '../../support/simulated-history.ts'
import { aRow, judged, lost, of, POLICY, unusable, passesOf, spreadValues } from '../recorded.ts'

/** Strain grows with the root of the load, and reaches 1 at 4, between levels 2 and 8. */
const STRAINS: Readonly<Record<number, number>> = { 1: 0.5, 2: Math.SQRT1_2, 4: 1, 8: Math.SQRT2 }

/** A run whose capacity was found to be `value`, with what its levels are besides their strain. */
const capable = (value: number, level: (concurrency: number) => Partial<RowLevel> = () => ({})): HistoryRow =>
  aRow(
    {},
    {
      slo: { objectives: 'tpot <= 20ms', share: 0.95, capacity: { value, passes: [value, value] } },
      level: (concurrency) => ({
        kept: { attainment: 1, goodput: 1, strain: STRAINS[concurrency]! },
        ...level(concurrency),
      }),
    },
  )
const without =
  (level: number, state: 'invalid' | 'client-saturated' = 'invalid') =>
  (concurrency: number) =>
    concurrency === level ? unusable(state) : {}
const whole = capable(4)
const capacityOf = (row: HistoryRow, now: HistoryRow) => {
  const run = observeBeside(row, 'capacity', now).get(WHOLE_RUN)
  return run === undefined ? null : Math.exp(-run.y)
}

/** On a straight line from 2 to 8. */
const WIDE = 2 + (6 * (1 - Math.SQRT1_2)) / (Math.SQRT2 - Math.SQRT1_2)

test('a capacity is seen between the levels that the judged run has', () => {
  const now = capable(WIDE, without(4))
  expect(capacityOf(whole, whole)).toBeCloseTo(4, 9)
  expect(capacityOf(whole, now)).toBeCloseTo(WIDE, 9)
  expect(capacityOf(now, now)).toBeCloseTo(WIDE, 9)
  expect(observeBeside(whole, 'capacity', now).get(WHOLE_RUN)!.passes).toHaveLength(2)
})

test('a run that lacks a level next to its capacity shows none, and one that lacks another one does', () => {
  expect(capacityOf(capable(WIDE, without(4)), whole)).toBeNull()
  expect(capacityOf(capable(4, without(1)), whole)).toBeCloseTo(4, 9)
  expect(capacityOf(capable(4, without(8)), capable(4, without(8)))).toBeCloseTo(4, 9)
  expect(capacityOf(capable(4, without(8)), whole)).toBeNull()
  // A level that was too much was measured.
  const low = capable(2, (concurrency) => (concurrency === 4 ? lost() : {}))
  expect(capacityOf(low, whole)).toBeCloseTo(2, 9)
})

describe('a recorded run without strains', () => {
  const old = capable(3.5, () => ({ kept: { attainment: 1, goodput: 1 } }))

  test('stands as it was found', () => {
    expect(capacityOf(old, whole)).toBeCloseTo(3.5, 9)
    expect(capacityOf(old, capable(4, without(1)))).toBeCloseTo(3.5, 9)
  })

  test('has no capacity beside a run that lacks a level next to it', () => {
    for (const level of [2, 4]) expect(capacityOf(old, capable(4, without(level)))).toBeNull()
  })

  test('does not make unchanged code red that lacks the level above', () => {
    const found = capable(5, () => ({ kept: { attainment: 1, goodput: 1 } }))
    const strains: Readonly<Record<number, number>> = { 1: 0.5, 2: 0.7, 4: 0.9, 8: 1.3 }
    const now = capable(4, (level) => ({
      kept: { attainment: 1, goodput: 1, strain: strains[level]! },
      ...without(8)(level),
    }))
    const { comparisons } = judged(now, Array<HistoryRow>(12).fill(found))
    expect(comparisons.filter(({ metric, verdict }) => metric === 'capacity' && verdict === 'regressed')).toEqual([])
  })
})

test('a level that came out unusable is no change of capacity, on either side', () => {
  const history = Array.from({ length: 12 }, (_, i) => (i % 6 === 5 ? capable(WIDE, without(4)) : whole))
  expect(of(judged(whole, history), 'capacity')).toMatchObject({ verdict: 'proven', baseline: expect.closeTo(4, 9) })
  expect(of(judged(capable(WIDE, without(4)), history), 'capacity')).toMatchObject({
    verdict: 'proven',
    baseline: expect.closeTo(WIDE, 9),
    candidate: expect.closeTo(WIDE, 9),
  })
})

test('its steepness is by how much more load a longer time would carry', () => {
  expect(findSteepness(whole)).toBeCloseTo(2, 9)
  expect(findSteepness(capable(8, () => ({ kept: { attainment: 1, goodput: 1, strain: 0.5 } })))).toBeNull()
  expect(findSteepness(aRow())).toBeNull()
})

test('a release trusts no spread of times far below what is assumed of them, so one of capacity where the curve is flat even less', () => {
  const withStrain = (strain: (concurrency: number) => number) =>
    capable(4, (concurrency) => ({ kept: { attainment: 1, goodput: 1, strain: strain(concurrency) } }))
  const steep = withStrain((concurrency) => (concurrency + 0.1) / 4)
  const flat = withStrain((concurrency) => 1 + (concurrency - 3.9) / 100)
  const release = (row: HistoryRow) =>
    of(judged(row, Array(20).fill(row), { policy: { gate: 'release', metrics: ['capacity'] } }), 'capacity')
  expect(release(steep).verdict).toBe('proven')
  expect(release(flat)).toMatchObject({
    verdict: 'no-change-seen',
    note: expect.stringContaining('is not trusted to last'),
  })
})

test('until recorded runs tell, it is assumed to spread by what times do, times how much load a little more time costs', () => {
  const spreadWhere = (power: number): number => {
    const row = capable(4, (concurrency) => ({
      kept: { attainment: 1, goodput: 1, strain: (concurrency / 4) ** power },
    }))
    return of(judged(row, Array(3).fill(row)), 'capacity').spread!
  }
  const [asTable, steep] = [spreadWhere(1), spreadWhere(1 / 8)]
  // 8 times the 5 % of times, against the 10 % of the table.
  expect(steep / asTable).toBeCloseTo(4, 6)
  expect(spreadWhere(1 / 2)).toBe(asTable)
})

/** A bounded version of `npm run bench -- capacity --only gate`: seeded, so that it cannot fail by chance twice. */
test('unchanged code is not red where a little more time costs much load, and 10 % more is found', () => {
  const study = (objectives: string, spread: number, groups: number) =>
    runStudy({
      world: { ...USUAL, spread, objectives: readObjectives(objectives) },
      policy: { ...POLICY, metrics: ['capacity'] },
      groups: [groups],
      histories: 12,
      seed: `bounded/${spread}`,
      questions: [
        { name: 'same', slowdown: UNCHANGED, candidates: 8, counts: { red: isRed } },
        { name: 'slower', slowdown: { ttft: 1.1, tpot: 1.1, throughput: 1.1 }, candidates: 4, counts: { red: isRed } },
      ],
    }).map(({ rates }) => rates['red']!.share)
  const [steepSame] = study('tpot <= 10.8ms', 0.04, 3)
  expect(steepSame).toBeLessThanOrEqual(0.01)
  const [same, slower] = study('tpot <= 20ms', 0.01, 10)
  expect(same).toBeLessThanOrEqual(0.02)
  expect(slower).toBeGreaterThanOrEqual(0.95)
})

/** A run in which level 8 has this share and strain; all keep the objectives below it. Its attainment is the mean of four. */
const kept = (share: number, strain: number | null | undefined, level8: Partial<RowLevel> = {}) => {
  const value = (3 + share) / 4
  return aRow(
    {},
    {
      slo: { objectives: 'tpot <= 20ms', share: 0.95, attainment: { value, passes: [value, value] } },
      level: (concurrency) =>
        concurrency < 8
          ? { kept: { attainment: 1, goodput: 1, strain: 0.5 } }
          : { kept: { attainment: share, goodput: 1, ...(strain !== undefined && { strain }) }, ...level8 },
    },
  )
}
/** Times spread by 4 %, which the share hardly shows. */
const history = spreadValues(12, 0.04).map((off, i) => kept(i % 2 === 0 ? 1 : 0.99, 0.95 * Math.exp(off)))

describe('a fall of attainment', () => {
  const verdictOf = (now: ReturnType<typeof kept>) =>
    of(judged(now, history, { policy: { metrics: ['attainment'] }, secondLook: passesOf(now) }), 'attainment').verdict

  test('is no regression where the strain behind it is as that of recorded runs', () => {
    expect(verdictOf(kept(0.5, 1.0))).not.toBe('regressed')
  })

  test('is one where the strain is worse, too', () => {
    expect(verdictOf(kept(0.5, 1.15))).toBe('regressed')
  })

  test('is one where no time is long enough, the level is lost, or the strain is unknown', () => {
    for (const now of [kept(0.5, null), kept(0, null, lost()), kept(0.5, undefined)])
      expect(verdictOf(now)).toBe('regressed')
  })
})

describe('a fall of goodput', () => {
  const goodput = (value: number, share: number, strain: number) => {
    const row = kept(share, strain)
    return { ...row, slo: { ...row.slo!, goodput: { value, passes: [value, value] } } }
  }
  const steady = spreadValues(12, 0.04).map((off, i) => goodput(10, i % 2 === 0 ? 1 : 0.99, 0.95 * Math.exp(off)))
  const verdictOf = (now: ReturnType<typeof goodput>) =>
    of(judged(now, steady, { policy: { metrics: ['goodput'] }, secondLook: passesOf(now) }), 'goodput').verdict

  test('is no regression where attainment fell with it and the strain behind it is as that of recorded runs', () => {
    expect(verdictOf(goodput(5, 0.5, 1.0))).not.toBe('regressed')
    expect(verdictOf(goodput(5, 0.5, 1.15))).toBe('regressed')
  })

  test('is one where attainment did not fall, whatever the strain', () => {
    expect(verdictOf(goodput(5, 0.99, 0.95))).toBe('regressed')
  })
})

/** A bounded version of `npm run bench -- capacity --only gate`: seeded, so that it cannot fail by chance twice. */
test('unchanged code is not red by attainment or goodput where the lowest level just keeps the objectives, and 10 % more is found', () => {
  const study = (metric: 'attainment' | 'goodput', spread: number, groups: number) =>
    runStudy({
      world: { ...USUAL, spread, objectives: readObjectives('tpot <= 10.8ms') },
      policy: { ...POLICY, metrics: [metric] },
      groups: [groups],
      histories: 12,
      seed: `bounded/${spread}`,
      questions: [
        { name: 'same', slowdown: UNCHANGED, candidates: 8, counts: { red: isRed } },
        { name: 'slower', slowdown: { ttft: 1.1, tpot: 1.1, throughput: 1.1 }, candidates: 4, counts: { red: isRed } },
      ],
    }).map(({ rates }) => rates['red']!.share)
  for (const metric of ['attainment', 'goodput'] as const) {
    expect(study(metric, 0.04, 3)[0]).toBeLessThanOrEqual(0.01)
    expect(study(metric, 0.02, 10)[1]).toBeGreaterThanOrEqual(0.4)
  }
})
