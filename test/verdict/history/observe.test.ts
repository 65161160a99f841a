import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isRed, runStudy } from '../../../bench/support/calibration.ts'
import {
  explainTokenText,
  findSteepness,
  chooseLevelSet,
  observeBeside,
  observeRun,
  WHOLE_RUN,
} from '../../../src/verdict/history/observe.ts'
import type { HistoryRow, RowLevel } from '../../../src/report/history.ts'
import { readObjectives } from '../../../src/settings/values/objectives.ts'
import { UNCHANGED, USUAL } from '../../support/simulated-history.ts'
import { aRow, judged, LEVELS, lost, of, POLICY, recorded, spreadValues, steady, unusable } from '../recorded.ts'

/** The same run with this much text in each token, at every level and in every pass, and so many tokens an event. */
function withText(row: HistoryRow, charactersPerToken: number, { tokensPerEvent = 1, spread = 0.02 } = {}): HistoryRow {
  const noise = spreadValues(3 * LEVELS.length, spread)
  return {
    ...row,
    levels: row.levels.map((level, i) => ({
      ...level,
      passes: level.passes.map((pass, j) => ({
        ...pass,
        tokenText: { charactersPerToken: charactersPerToken * Math.exp(noise[3 * i + j]!), tokensPerEvent },
      })),
    })),
  }
}

const history = steady(10).map((row) => withText(row, 4))

test('a server that sends half the tokens in half the chunks and claims all is not improved', () => {
  const claims = withText(aRow({ tpot: 0.5, throughput: 0.5 }), 2, { tokensPerEvent: 2 })
  const verdict = judged(claims, history)
  expect(verdict.verdict).not.toBe('improved')
  for (const metric of ['tpot-p50', 'plateau-throughput'] as const) {
    expect(of(verdict, metric)).toMatchObject({
      verdict: 'not-comparable',
      note: 'tokens are counted differently (characters a token 4 → 2, tokens an event 1 → 2)',
    })
  }
  expect(of(verdict, 'ttft-p50').change).not.toBeNull()
})

test('a server that guesses ahead sends as much text in each token, and is improved', () => {
  const faster = withText(aRow({ tpot: 0.5, throughput: 0.5 }), 4, { tokensPerEvent: 2 })
  expect(of(judged(faster, history), 'tpot-p50')).toMatchObject({ verdict: 'improved' })
})

test('what the answers happen to say is noise, up to four standard errors', () => {
  const before = withText(aRow(), 4)
  expect(explainTokenText(before, withText(aRow(), 4 * 1.04))).toBeNull()
  expect(explainTokenText(before, withText(aRow(), 4 * 1.1))).toContain('tokens are counted differently')
  expect(explainTokenText(before, withText(aRow(), 4 * 1.1, { spread: 0.2 }))).toBeNull()
  const once = (text: number) => {
    const { levels, ...row } = withText(aRow(), text, { spread: 0 })
    return { ...row, levels: levels.slice(0, 1).map((level) => ({ ...level, passes: level.passes.slice(0, 1) })) }
  }
  expect(explainTokenText(once(4), once(4.6))).toBeNull()
  expect(explainTokenText(once(4), once(2))).not.toBeNull()
})

test('runs that do not say how much text a token has are compared as before', () => {
  expect(explainTokenText(aRow(), withText(aRow(), 4))).toBeNull()
  expect(of(judged(aRow({ tpot: 0.5 }), history), 'tpot-p50')).toMatchObject({ verdict: 'improved' })
})

test('only runs that count alike are compared', () => {
  const mixed = [...steady(5).map((row) => withText(row, 2)), ...steady(6).map((row) => withText(row, 4))]
  expect(of(judged(withText(aRow(), 4), mixed), 'tpot-p50')).toMatchObject({ groups: 6, leftOut: 5 })
})

const SLO = { objectives: 'ttft <= 500ms', share: 0.95 }

const capable = (value: number, slo: Partial<typeof SLO> = {}) =>
  aRow({}, { slo: { ...SLO, ...slo, capacity: { value, passes: [0.98 * value, value, value / 0.98] } } })

test('auto compares latency and throughput where answers do not stream', () => {
  const buffered = { traits: { tokenSource: 'usage', buffered: true, reasoning: false } }
  const metrics = (row: ReturnType<typeof aRow>) =>
    judged(row, [row])
      .comparisons.map(({ metric }) => metric)
      .sort()
  expect(metrics(aRow({}, buffered))).toEqual(['latency-p50', 'plateau-throughput'])
  const workload = { ...aRow().series.workload, task: 'embeddings' }
  expect(metrics(aRow({}, { series: { workload } }))).toEqual(['latency-p50', 'plateau-throughput'])
})

test('auto compares the time to the answer of a model that reasons, where the answer comes in time', () => {
  const traits = { tokenSource: 'usage', buffered: false, reasoning: true }
  const names = (row: ReturnType<typeof aRow>) => judged(row, [row]).comparisons.map(({ metric }) => metric)
  expect(names(aRow({ ttfo: 1 }, { traits }))).toContain('ttfo-p50')
  expect(names(aRow({}, { traits }))).not.toContain('ttfo-p50')
  expect(names(aRow({ ttfo: 1 }))).not.toContain('ttfo-p50')
})

test('auto forgets TPOT where neither side has it, and asks for it where the history has', () => {
  const without = () =>
    aRow(
      {},
      {
        level: () => ({ passes: [{ ok: 200, failed: 0, figures: { 'ttft-p50': 50, throughput: 100 } }] }),
      },
    )
  expect(judged(without(), [without()]).comparisons.map(({ metric }) => metric)).not.toContain('tpot-p50')
  expect(of(judged(without(), steady(10)), 'tpot-p50').verdict).toBe('not-measured')
})

test('runs whose tokens were counted in another way are left out for what counts tokens', () => {
  const chunks = { traits: { tokenSource: 'chunks', buffered: false, reasoning: false } }
  const history = [...steady(5).map(() => aRow({ tpot: 3 }, chunks)), ...steady(6)]
  const verdict = judged(aRow(), history)
  expect(of(verdict, 'tpot-p50')).toMatchObject({ groups: 6, leftOut: 5 })
  expect(of(verdict, 'plateau-throughput')).toMatchObject({ groups: 6, leftOut: 5 })
  expect(of(verdict, 'ttft-p50')).toMatchObject({ groups: 11, leftOut: 0 })
  expect(of(judged(aRow({}, chunks), steady(6)), 'tpot-p50')).toMatchObject({
    verdict: 'not-comparable',
    note: 'tokens were counted in another way',
  })
})

test('objectives that are new have nothing to be compared with, and other ones cannot be', () => {
  const first = judged(capable(20), steady(10))
  expect(first.comparisons.map(({ metric }) => metric)).not.toContain('capacity')
  expect(first.verdict).toBe('proven')
  const history = Array.from({ length: 10 }, () => capable(24))
  for (const other of [{ objectives: 'ttft <= 400ms' }, { share: 0.9 }]) {
    expect(of(judged(capable(20, other), history), 'capacity')).toMatchObject({
      verdict: 'not-comparable',
      note: '`slo` had other objectives, or another share',
    })
  }
  const named = judged(aRow({}, { slo: SLO }), history, { policy: { metrics: ['capacity'] } })
  expect(of(named, 'capacity')).toMatchObject({
    verdict: 'not-measured',
    note: 'the answers do not have the times that `slo` is about',
  })
})

test('percentiles above the median are pooled over the passes and assumed to spread by 20 %', () => {
  const tails = (p99: number) => aRow({}, { level: () => ({ tails: { 'ttft-p99': p99 } }) })
  const verdict = judged(tails(120), [tails(100)], { policy: { metrics: ['ttft-p99'] } })
  expect(of(verdict, 'ttft-p99')).toMatchObject({ baseline: expect.closeTo(100, 9), candidate: expect.closeTo(120, 9) })
  expect(of(verdict, 'ttft-p99').spread).toBeCloseTo(0.2, 10)
})

test('capacity is compared wherever objectives are set, and is one figure of the run', () => {
  const history = Array.from({ length: 10 }, (_, i) => capable(24 * (1 + 0.01 * (i % 3))))
  expect(of(judged(capable(20), history), 'capacity')).toMatchObject({
    verdict: 'regressed',
    unit: 'in flight',
    better: 'higher',
    levels: [],
    candidate: expect.closeTo(20, 6),
  })
  expect(of(judged(capable(24), history), 'capacity').verdict).toBe('proven')
  expect(judged(aRow(), history).comparisons.map(({ metric }) => metric)).not.toContain('capacity')
})

test('attainment and goodput are compared where they are named, each as one figure of the run', () => {
  const keeping = (attainment: number, goodput: number) =>
    aRow(
      {},
      { slo: { ...SLO, attainment: { value: attainment, passes: [] }, goodput: { value: goodput, passes: [] } } },
    )
  const history = Array.from({ length: 10 }, (_, i) => keeping(0.8 + 0.004 * (i % 3), 12 + 0.1 * (i % 3)))
  const policy = { metrics: ['attainment', 'goodput'] } as const
  const verdict = judged(keeping(0.7, 12), history, { policy })
  expect(of(verdict, 'attainment')).toMatchObject({ verdict: 'regressed', unit: '%', levels: [] })
  expect(of(verdict, 'goodput')).toMatchObject({ unit: 'req/s', candidate: expect.closeTo(12, 6) })
  expect(of(verdict, 'goodput').verdict).not.toBe('regressed')
  expect(judged(keeping(0.7, 12), history).comparisons.map(({ metric }) => metric)).not.toContain('attainment')
})

/** Strain grows with the root of the load, and reaches 1 at 4, between levels 2 and 8. */
const STRAINS: Readonly<Record<number, number>> = { 1: 0.5, 2: Math.SQRT1_2, 4: 1, 8: Math.SQRT2 }

/** A run whose capacity was found to be `value`, with what its levels are besides their strain. */
const withCapacity = (value: number, level: (concurrency: number) => Partial<RowLevel> = () => ({})): HistoryRow =>
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
const whole = withCapacity(4)
const capacityOf = (row: HistoryRow, now: HistoryRow) => {
  const run = observeBeside(row, 'capacity', now).get(WHOLE_RUN)
  return run === undefined ? null : Math.exp(-run.y)
}

/** On a straight line from 2 to 8. */
const WIDE = 2 + (6 * (1 - Math.SQRT1_2)) / (Math.SQRT2 - Math.SQRT1_2)

test('a capacity is seen between the levels that the judged run has', () => {
  const now = withCapacity(WIDE, without(4))
  expect(capacityOf(whole, whole)).toBeCloseTo(4, 9)
  expect(capacityOf(whole, now)).toBeCloseTo(WIDE, 9)
  expect(capacityOf(now, now)).toBeCloseTo(WIDE, 9)
  expect(observeBeside(whole, 'capacity', now).get(WHOLE_RUN)!.passes).toHaveLength(2)
})

test('a run that lacks a level next to its capacity shows none, and one that lacks another one does', () => {
  expect(capacityOf(withCapacity(WIDE, without(4)), whole)).toBeNull()
  expect(capacityOf(withCapacity(4, without(1)), whole)).toBeCloseTo(4, 9)
  expect(capacityOf(withCapacity(4, without(8)), withCapacity(4, without(8)))).toBeCloseTo(4, 9)
  expect(capacityOf(withCapacity(4, without(8)), whole)).toBeNull()
  // A level that was too much was measured.
  const low = withCapacity(2, (concurrency) => (concurrency === 4 ? lost() : {}))
  expect(capacityOf(low, whole)).toBeCloseTo(2, 9)
})

describe('a recorded run without strains', () => {
  const old = withCapacity(3.5, () => ({ kept: { attainment: 1, goodput: 1 } }))

  test('stands as it was found', () => {
    expect(capacityOf(old, whole)).toBeCloseTo(3.5, 9)
    expect(capacityOf(old, withCapacity(4, without(1)))).toBeCloseTo(3.5, 9)
  })

  test('has no capacity beside a run that lacks a level next to it', () => {
    for (const level of [2, 4]) expect(capacityOf(old, withCapacity(4, without(level)))).toBeNull()
  })

  test('does not make unchanged code red that lacks the level above', () => {
    const found = withCapacity(5, () => ({ kept: { attainment: 1, goodput: 1 } }))
    const strains: Readonly<Record<number, number>> = { 1: 0.5, 2: 0.7, 4: 0.9, 8: 1.3 }
    const now = withCapacity(4, (level) => ({
      kept: { attainment: 1, goodput: 1, strain: strains[level]! },
      ...without(8)(level),
    }))
    const { comparisons } = judged(now, Array<HistoryRow>(12).fill(found))
    expect(comparisons.filter(({ metric, verdict }) => metric === 'capacity' && verdict === 'regressed')).toEqual([])
  })
})

test('a level that came out unusable is no change of capacity, on either side', () => {
  const history = Array.from({ length: 12 }, (_, i) => (i % 6 === 5 ? withCapacity(WIDE, without(4)) : whole))
  expect(of(judged(whole, history), 'capacity')).toMatchObject({ verdict: 'proven', baseline: expect.closeTo(4, 9) })
  expect(of(judged(withCapacity(WIDE, without(4)), history), 'capacity')).toMatchObject({
    verdict: 'proven',
    baseline: expect.closeTo(WIDE, 9),
    candidate: expect.closeTo(WIDE, 9),
  })
})

test('its steepness is by how much more load a longer time would carry', () => {
  expect(findSteepness(whole)).toBeCloseTo(2, 9)
  expect(findSteepness(withCapacity(8, () => ({ kept: { attainment: 1, goodput: 1, strain: 0.5 } })))).toBeNull()
  expect(findSteepness(aRow())).toBeNull()
})

test('a release trusts no spread of times far below what is assumed of them, so one of capacity where the curve is flat even less', () => {
  const withStrain = (strain: (concurrency: number) => number) =>
    withCapacity(4, (concurrency) => ({ kept: { attainment: 1, goodput: 1, strain: strain(concurrency) } }))
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
    const row = withCapacity(4, (concurrency) => ({
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

describe('recorded runs that lost levels to a busy machine', () => {
  const withLevels = (usable: readonly number[]): HistoryRow =>
    aRow({}, { level: (level) => (usable.includes(level) ? {} : { valid: false, state: 'client-saturated' }) })
  const slowerRun = aRow({ all: 1.4 })
  const judgedBeside = (...usable: readonly (readonly number[])[]) =>
    judged(
      slowerRun,
      recorded(usable.map(withLevels), () => ({ runId: 'one' })),
    )

  test('a run that has other levels than the one before it takes nothing from that one', () => {
    expect(of(judgedBeside([1, 2], [8]), 'tpot-p50')).toMatchObject({
      levels: [1, 2],
      baseline: expect.closeTo(10, 8),
      change: expect.closeTo(0.4, 8),
    })
    expect(of(judgedBeside([8], [1, 2]), 'tpot-p50')).toMatchObject({ levels: [1, 2] })
  })

  test('runs that all have another level are compared over the lowest of them', () => {
    expect(of(judgedBeside([1], [2], [8]), 'tpot-p50')).toMatchObject({ levels: [1] })
  })

  test('whatever levels they have, one can be compared as long as any is usable', () => {
    const someLevels = fc.subarray([...LEVELS])
    fc.assert(
      fc.property(fc.array(someLevels, { minLength: 1, maxLength: 6 }), (runs) => {
        const seen = runs.map((levels) => observeRun(withLevels(levels), 'tpot-p50'))
        const { levels } = chooseLevelSet('tpot-p50', seen, null)
        expect(levels.length > 0).toBe(runs.some((usable) => usable.length > 0))
        expect(seen.some((run) => levels.every((level) => run.has(level)))).toBe(true)
      }),
    )
  })
})
