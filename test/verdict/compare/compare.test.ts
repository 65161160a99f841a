import { expect, test } from 'vitest'
import type { HistoryRow } from '../../../src/report/history.ts'
import { aRow, judged, LEVELS, lost, of, steady, unusable } from '../recorded.ts'

const without = (missing: readonly number[], state: 'limited' | 'client-saturated' | 'invalid' = 'invalid') =>
  aRow({}, { level: (concurrency) => (missing.includes(concurrency) ? unusable(state) : {}) })

test('TTFT is compared up to the knee, throughput from it on, TPOT everywhere', () => {
  const verdict = judged(aRow(), steady(10))
  expect(of(verdict, 'ttft-p50').levels).toEqual([1, 2])
  expect(of(verdict, 'tpot-p50').levels).toEqual([1, 2, 4, 8])
  expect(of(verdict, 'plateau-throughput')).toMatchObject({ levels: [4, 8], ofPlateau: true, note: null })
})

test('without a knee TTFT is compared everywhere and throughput at the highest level', () => {
  const levels = [1, 2, 4]
  const verdict = judged(
    aRow({}, { levels }),
    Array.from({ length: 10 }, () => aRow({}, { levels })),
  )
  expect(of(verdict, 'ttft-p50').levels).toEqual([1, 2, 4])
  expect(of(verdict, 'plateau-throughput')).toMatchObject({
    levels: [4],
    ofPlateau: false,
    note: 'no plateau was reached',
  })
})

test('the candidate moves no level', () => {
  // Its own throughput grows to the end: it has no knee.
  const levels = [1, 2, 4, 8].map((concurrency) => ({ ...aRow({}, { levels: [concurrency] }).levels[0]! }))
  const growing: HistoryRow = {
    ...aRow(),
    levels: levels.map((level) => ({
      ...level,
      passes: level.passes.map((pass) => ({
        ...pass,
        figures: { ...pass.figures, throughput: 100 * level.concurrency },
      })),
    })),
  }
  const verdict = judged(growing, steady(10))
  expect(of(verdict, 'ttft-p50').levels).toEqual([1, 2])
  expect(of(verdict, 'plateau-throughput').levels).toEqual([4, 8])
})

test('what a recorded run lacks lies where its other levels lead one to expect', () => {
  const hiccup = aRow({ tpot: 1.21 }, { level: (concurrency) => (concurrency > 2 ? unusable('invalid') : {}) })
  const history = [...steady(10), hiccup]
  const tpot = of(judged(aRow(), history), 'tpot-p50')
  expect(tpot).toMatchObject({ groups: 11, leftOut: 0, levels: [1, 2, 4, 8] })
  expect(tpot.baseline).toBeCloseTo(10 * 1.21 ** (1 / 11), 8)
  expect(tpot.byLevel.map((level) => level.baseline)).toEqual(tpot.byLevel.map(() => expect.closeTo(tpot.baseline!, 8)))
})

test('a recorded run with less than half of the levels is left out, for this metric only', () => {
  const verdict = judged(aRow(), [...steady(10), without([2, 4, 8])])
  expect(of(verdict, 'tpot-p50')).toMatchObject({ groups: 10, leftOut: 1, levels: [1, 2, 4, 8] })
  expect(of(verdict, 'ttft-p50')).toMatchObject({ groups: 11, leftOut: 0 })
})

test('when too few would remain the level goes instead', () => {
  const history = [...steady(2), without([8]), without([8])]
  expect(of(judged(aRow(), history), 'tpot-p50')).toMatchObject({ groups: 4, leftOut: 0, levels: [1, 2, 4] })
  const enough = [...steady(3), without([8]), without([8])]
  expect(of(judged(aRow(), enough), 'tpot-p50')).toMatchObject({ groups: 5, leftOut: 0, levels: [1, 2, 4, 8] })
  const most = [...steady(4), ...Array.from({ length: 5 }, () => without([8]))]
  expect(of(judged(aRow(), most), 'tpot-p50')).toMatchObject({ groups: 9, levels: [1, 2, 4] })
})

test('a recorded run without any level takes none away', () => {
  expect(of(judged(aRow(), [...steady(2), without([...LEVELS])]), 'tpot-p50')).toMatchObject({ groups: 2, leftOut: 1 })
})

test('levels that only the candidate has are not compared', () => {
  const verdict = judged(aRow({}, { levels: [1, 2, 4, 8, 16] }), steady(10))
  expect(of(verdict, 'tpot-p50').levels).toEqual([1, 2, 4, 8])
})

test('a candidate that lacks less than half of the levels is compared over the rest, as is the history', () => {
  // TPOT of the history grows with concurrency: other levels would look like a change.
  const rising = (row: HistoryRow): HistoryRow => ({
    ...row,
    levels: row.levels.map((level) => ({
      ...level,
      passes: level.passes.map((pass) => ({
        ...pass,
        figures: { ...pass.figures, 'tpot-p50': pass.figures['tpot-p50']! * level.concurrency },
      })),
    })),
  })
  const verdict = judged(rising(without([8], 'client-saturated')), steady(10).map(rising))
  const tpot = of(verdict, 'tpot-p50')
  expect(tpot.levels).toEqual([1, 2, 4])
  expect(tpot.baseline).toBeCloseTo(20, 6)
  expect(tpot.change).toBeCloseTo(0, 6)
  expect(tpot.byLevel.map(({ concurrency, baseline }) => [concurrency, Math.round(baseline)])).toEqual([
    [1, 10],
    [2, 20],
    [4, 40],
  ])
})

test.each(['limited', 'client-saturated', 'invalid'] as const)(
  'half of the levels missing because they are %s is not measured',
  (state) => {
    const verdict = judged(without([1, 8], state), steady(10))
    expect(of(verdict, 'tpot-p50')).toMatchObject({
      verdict: 'not-measured',
      change: null,
      note: 'it could not be measured at concurrency 1, 8',
    })
    expect(verdict).toMatchObject({ verdict: 'not-measured', check: 'fail' })
    expect(verdict.reasons).toContain('levels-missing')
  },
)

test('levels that the server lost, and those not tried because of it, are not missing', () => {
  const broken = aRow({}, { levels: [1, 2, 4], level: (concurrency) => (concurrency === 4 ? lost() : {}) })
  const verdict = judged(broken, steady(10))
  expect(of(verdict, 'tpot-p50')).toMatchObject({ levels: [1, 2], verdict: 'proven' })
  expect(verdict.reasons).not.toContain('levels-missing')
})

test('levels that a few failures spoilt are for the error rate to judge', () => {
  const spoilt = aRow(
    {},
    {
      level: (concurrency) =>
        concurrency > 2
          ? {
              valid: false,
              state: 'invalid',
              passes: Array.from({ length: 3 }, () => ({ ok: 190, failed: 10, figures: {} })),
            }
          : {},
    },
  )
  const verdict = judged(spoilt, steady(10))
  expect(of(verdict, 'tpot-p50')).toMatchObject({ levels: [1, 2], verdict: 'proven' })
  expect(verdict.errorRate).toMatchObject({ verdict: 'regressed' })
})

test('a metric of which the server holds no level cannot be compared, and the run is red for another reason', () => {
  const broken = aRow({}, { level: (concurrency) => (concurrency > 2 ? lost() : {}) })
  const verdict = judged(broken, steady(10), { secondLook: broken })
  expect(of(verdict, 'plateau-throughput')).toMatchObject({
    verdict: 'not-measured',
    note: 'the server does not hold concurrency 4, 8',
  })
  expect(verdict).toMatchObject({ verdict: 'regressed' })
  expect(verdict.reasons).toContain('level-lost')
})

test('of several runs in one go the complete ones count', () => {
  const verdict = judged([without([8]), aRow({ tpot: 1.02 })], steady(10))
  expect(of(verdict, 'tpot-p50').levels).toEqual([1, 2, 4, 8])
  expect(of(verdict, 'tpot-p50').candidate).toBeCloseTo(10.2, 6)
  expect(of(judged([without([8]), without([1])], steady(10)), 'tpot-p50').verdict).toBe('not-measured')
})

test('a level where the curve is flat from is on both sides of the knee', () => {
  // The throughput of one sequence is that of all: the knee is at 1.
  const flat = (slower = {}) => {
    const row = aRow(slower)
    return {
      ...row,
      levels: row.levels.map((level) => ({
        ...level,
        passes: level.passes.map((pass) => ({ ...pass, figures: { ...pass.figures, throughput: 400 } })),
      })),
    }
  }
  const verdict = judged(
    flat(),
    Array.from({ length: 10 }, () => flat()),
  )
  expect(of(verdict, 'ttft-p50').levels).toEqual([1])
  expect(of(verdict, 'plateau-throughput').levels).toEqual([1, 2, 4, 8])
})

test('levels below one that the server lost are missing all the same', () => {
  const broken = aRow({}, { levels: [4, 8], level: (concurrency) => (concurrency === 8 ? lost() : {}) })
  expect(of(judged(broken, steady(10)), 'tpot-p50')).toMatchObject({
    verdict: 'not-measured',
    note: 'it could not be measured at concurrency 1, 2',
  })
})

test('the throughput inside latencies is one figure of the run', () => {
  const row = (value: number | null) =>
    aRow({}, { within: value === null ? null : { limit: 'ttft-p90 <= 500ms', value } })
  const history = Array.from({ length: 10 }, (_, i) => row(1000 * (1 + 0.01 * (i % 3))))
  const policy = { metrics: ['throughput-within'] } as const
  expect(of(judged(row(800), history, { policy }), 'throughput-within')).toMatchObject({
    verdict: 'regressed',
    levels: [],
    byLevel: [],
    candidate: expect.closeTo(800, 6),
  })
  expect(of(judged(row(null), history, { policy }), 'throughput-within')).toMatchObject({
    verdict: 'not-measured',
    note: 'no level is inside the latencies',
  })
  const busy = aRow({}, { level: () => ({ valid: false, state: 'client-saturated' }) })
  expect(of(judged({ ...busy, within: null }, history, { policy }), 'throughput-within')).toMatchObject({
    verdict: 'not-measured',
    note: 'no usable level',
  })
})

test('a metric that the user named and nobody measured is not measured', () => {
  const verdict = judged(aRow(), steady(10), { policy: { metrics: ['tpot-p50', 'ttfo-p50'] } })
  expect(of(verdict, 'ttfo-p50')).toMatchObject({ verdict: 'not-measured', note: 'it could not be measured' })
  expect(verdict).toMatchObject({ verdict: 'not-measured', reasons: ['ttfo-p50'] })
})

test('a metric that is new cannot be compared', () => {
  const verdict = judged(aRow({ ttfo: 1 }), steady(10), { policy: { metrics: ['ttfo-p50'] } })
  expect(of(verdict, 'ttfo-p50')).toMatchObject({ verdict: 'not-comparable', note: 'no recorded run has measured it' })
  expect(verdict.check).toBe('warn')
})
