import { expect, test } from 'vitest'
import type { HistoryRow } from '../../src/report/history.ts'
import { decideVerdict } from '../../src/verdict/decide.ts'
import { entriesOf } from '../../src/report/history-row.ts'
import { aRow, inputOf, judged, lost, of, passesOf, spreadValues, steady, unusable, screenRun } from './recorded.ts'

const slow = aRow({ tpot: 1.2 })
const two = { passes: [1, 1] } as const

/** What is screened, by the names of metrics. */
function nameScreened(...given: Parameters<typeof inputOf>) {
  const { metrics, levels } = screenRun(inputOf(...given))
  return { metrics: metrics.map(({ metric }) => metric), levels }
}

/** With a second look of two passes; null: it could not be measured. */
function lookedAgain(candidate: HistoryRow, fresh: HistoryRow | null, history = steady(10)) {
  return judged(candidate, history, { secondLook: fresh ?? 'unusable' })
}

test('what is worse is screened, with the levels of its metrics', () => {
  expect(nameScreened(slow, steady(10))).toEqual({ metrics: ['tpot-p50'], levels: [1, 2, 4, 8] })
  expect(nameScreened(aRow({ throughput: 1.2 }), steady(10))).toEqual({
    metrics: ['plateau-throughput'],
    levels: [4, 8],
  })
})

test('what is screened is named as its comparison names it: no plateau where none was reached', () => {
  const levels = [1, 2, 4]
  const history = spreadValues(10, 0.01).map((y) => aRow({ all: Math.exp(y) }, { levels }))
  for (const [ofPlateau, input] of [
    [true, inputOf(aRow({ throughput: 1.2 }), steady(10))],
    [false, inputOf(aRow({ throughput: 1.2 }, { levels }), history)],
  ] as const)
    expect(screenRun(input).metrics).toEqual([{ metric: 'plateau-throughput', ofPlateau }])
})

test('nothing is screened in a run that did not change, nor by a change of 2 %', () => {
  const nothing = { metrics: [], levels: [] }
  expect(nameScreened(aRow(), steady(10))).toEqual(nothing)
  expect(nameScreened(aRow({ tpot: 1.02 }), steady(10, 0.001))).toEqual(nothing)
  expect(nameScreened(aRow({ tpot: 1.031 }), steady(10, 0.001)).metrics).toEqual(['tpot-p50'])
  expect(nameScreened(aRow({ tpot: 1.1 }), steady(10, 0.1))).toEqual(nothing)
})

test('a tolerance below 3 % lowers what is screened with it, a larger one does not raise it', () => {
  const metrics = (tpot: number, tolerance: number) =>
    nameScreened(aRow({ tpot }), steady(10, 0.001), {
      policy: { tolerance: { all: null, byMetric: { 'tpot-p50': tolerance } } },
    }).metrics
  expect(metrics(1.015, 0.01)).toEqual(['tpot-p50'])
  expect(metrics(1.009, 0.01)).toEqual([])
  expect(metrics(1.031, 0.2)).toEqual(['tpot-p50'])
})

test('nothing is screened where nothing can be compared', () => {
  const nothing = { metrics: [], levels: [] }
  expect(nameScreened(slow, [])).toEqual(nothing)
  expect(nameScreened(slow, steady(10), { baseline: null })).toEqual(nothing)
  expect(nameScreened(slow, steady(10), { trouble: 'cancelled' })).toEqual(nothing)
  expect(nameScreened(slow, steady(10), { policy: { decision: 'threshold' } })).toEqual(nothing)
})

test('a throughput inside latencies needs all levels again', () => {
  const within = (value: number) => aRow({}, { within: { limit: 'ttft-p90 <= 500ms', value } })
  const history = [1000, 1010, 990, 1005, 995, 1000, 1010, 990].map(within)
  expect(nameScreened(within(700), history, { policy: { metrics: ['throughput-within'] } })).toEqual({
    metrics: ['throughput-within'],
    levels: [1, 2, 4, 8],
  })
})

test('a change that the fresh passes show too is red', () => {
  const verdict = lookedAgain(slow, aRow({ tpot: 1.19 }, two))
  expect(verdict).toMatchObject({ verdict: 'regressed', reasons: ['tpot-p50'] })
  expect(of(verdict, 'tpot-p50').confirmed).toBe(true)
  expect(verdict.confirmation).toEqual({ metrics: ['tpot-p50'], levels: [1, 2, 4, 8], passes: 2 })
})

test('what is shown is the mean of all passes, each of the same weight', () => {
  const verdict = lookedAgain(slow, aRow({ tpot: 1.1 }, two))
  // Three passes at 12 ms, two at 11 ms.
  expect(of(verdict, 'tpot-p50').candidate).toBeCloseTo(10 * 1.2 ** 0.6 * 1.1 ** 0.4, 8)
  expect(of(verdict, 'tpot-p50').byLevel[0]!.candidate).toBeCloseTo(10 * 1.2 ** 0.6 * 1.1 ** 0.4, 8)
})

test('a disturbance that has passed is not red', () => {
  const verdict = lookedAgain(slow, aRow({}, two))
  expect(verdict.verdict).toBe('suspect')
  expect(of(verdict, 'tpot-p50').confirmed).toBe(false)
  expect(lookedAgain(aRow({ tpot: 1.08 }), aRow({}, two)).verdict).toBe('no-change-seen')
})

test('the fresh passes alone must show it: a huge first look does not carry them', () => {
  // All passes together are 35 % slower, the fresh ones 6 %, which ten runs cannot tell from chance.
  const verdict = lookedAgain(aRow({ tpot: 1.6 }), aRow({ tpot: 1.06 }, two))
  expect(of(verdict, 'tpot-p50').worsening).toBeGreaterThan(0.3)
  expect(verdict.verdict).toBe('suspect')
})

test('the fresh passes alone must exceed the tolerance, however certain they are', () => {
  const steadier = steady(10, 0.005)
  // All passes together are 13 % slower and the fresh ones 4 %: beyond chance for both, beyond 5 % for one.
  const verdict = lookedAgain(aRow({ tpot: 1.2 }), aRow({ tpot: 1.04 }, two), steadier)
  expect(of(verdict, 'tpot-p50').worsening).toBeCloseTo(1.2 ** 0.6 * 1.04 ** 0.4 - 1, 8)
  expect(of(verdict, 'tpot-p50')).toMatchObject({ verdict: 'suspect', confirmed: false })
  const beyond = lookedAgain(aRow({ tpot: 1.2 }), aRow({ tpot: 1.06 }, two), steadier)
  expect(of(beyond, 'tpot-p50')).toMatchObject({ verdict: 'regressed', confirmed: true })
})

test('the fresh passes cannot make red what the first look did not suspect', () => {
  const verdict = lookedAgain(aRow(), aRow({ tpot: 2 }, two))
  expect(verdict).toMatchObject({ verdict: 'proven', confirmation: null })
  expect(of(verdict, 'tpot-p50')).toMatchObject({ confirmed: null, change: expect.closeTo(0, 9) })
})

test('without fresh passes a change that would be red is not measured, a smaller one suspect', () => {
  const verdict = lookedAgain(slow, null)
  expect(verdict).toMatchObject({ verdict: 'not-measured', check: 'fail', confirmation: { passes: 0 } })
  expect(of(verdict, 'tpot-p50').confirmed).toBeNull()
  expect(of(verdict, 'tpot-p50').note).toContain('nothing confirms it')
  expect(lookedAgain(aRow({ tpot: 1.07 }), null)).toMatchObject({ verdict: 'suspect', check: 'warn' })
})

test.each(['client-saturated', 'invalid', 'limited'] as const)(
  'fresh passes that come out %s leave a change that would be red not measured, whatever the setting does with that',
  (state) => {
    const useless = aRow({ tpot: 1.2 }, { ...two, level: () => unusable(state) })
    const verdict = lookedAgain(slow, useless)
    expect(verdict).toMatchObject({ verdict: 'not-measured', check: 'fail', reasons: ['tpot-p50'] })
    const input = inputOf(slow, steady(10), { secondLook: useless, policy: { onUnmeasured: 'warn' } })
    expect(decideVerdict(input)).toMatchObject({ verdict: 'not-measured', check: 'warn' })
    expect(lookedAgain(aRow({ tpot: 1.07 }), useless)).toMatchObject({ verdict: 'suspect', check: 'warn' })
  },
)

test('when no second look is wanted the first decides', () => {
  expect(judged(slow, steady(10), { secondLook: 'none' })).toMatchObject({ verdict: 'regressed' })
})

test('a level that the fresh passes lack is left out of both, more than half of them is not', () => {
  const again = (missing: readonly number[]) =>
    aRow({ tpot: 1.2 }, { ...two, level: (concurrency) => (missing.includes(concurrency) ? unusable('invalid') : {}) })
  const verdict = lookedAgain(slow, again([8]))
  expect(of(verdict, 'tpot-p50')).toMatchObject({ verdict: 'regressed', levels: [1, 2, 4], confirmed: true })
  expect(of(lookedAgain(slow, again([4, 8])), 'tpot-p50')).toMatchObject({ verdict: 'regressed', levels: [1, 2] })
  expect(of(lookedAgain(slow, again([2, 4, 8])), 'tpot-p50')).toMatchObject({
    verdict: 'not-measured',
    confirmed: null,
  })
})

test('only what was screened can be red, and the family stays as large', () => {
  // TTFT moved by 2.9 %: significant with this history, but not worth a second look.
  const candidate = aRow({ tpot: 1.2, ttft: 1.029 })
  const verdict = lookedAgain(candidate, aRow({ tpot: 1.2 }, two), steady(10, 0.002))
  expect(verdict.reasons).toEqual(['tpot-p50'])
  expect(verdict.confirmation!.metrics).toEqual(['tpot-p50'])
})

test('a metric that was not screened makes it no easier for another to be red', () => {
  // TTFT and throughput repeat twenty times better than TPOT: 2.9 % of TTFT is certain, and below what is screened.
  const history = spreadValues(10, 0.02).map((y) =>
    aRow({ tpot: Math.exp(y), ttft: Math.exp(y / 20), throughput: Math.exp(y / 20) }),
  )
  // t = .0719 / (.02 √1.1) = 3.43 with 9 degrees: p = .0037, between .009/3 and .009/2.
  const verdict = judged(aRow({ tpot: 1.0746, ttft: 1.029 }), history)
  expect(of(verdict, 'ttft-p50').p).toBeLessThan(1e-6)
  expect(of(verdict, 'tpot-p50').p).toBeCloseTo(0.0037, 3)
  expect(of(verdict, 'tpot-p50').verdict).toBe('suspect')
})

test('a lost level is repeated with the metrics', () => {
  const broken = aRow({}, { level: (concurrency) => (concurrency === 8 ? lost() : {}) })
  expect(nameScreened(broken, steady(10))).toEqual({ metrics: [], levels: [8] })
  const input = inputOf(broken, steady(10), { secondLook: 'unusable' })
  const verdict = decideVerdict({
    ...input,
    secondLook: passesOf(aRow({}, { ...two, levels: [8], level: () => lost() })),
  })
  expect(verdict).toMatchObject({ verdict: 'regressed', reasons: ['level-lost'] })
  expect(verdict.confirmation).toEqual({ metrics: [], levels: [8], passes: 1 })
})

test('levels that are missing by mishap are measured again, and what they say is compared', () => {
  const hiccup = aRow({}, { level: (concurrency) => (concurrency === 8 ? unusable('client-saturated') : {}) })
  expect(nameScreened(hiccup, steady(10))).toEqual({ metrics: [], levels: [8] })
  expect(lookedAgain(hiccup, null)).toMatchObject({
    verdict: 'not-measured',
    reasons: ['plateau-throughput', 'levels-missing'],
  })
  const fresh = aRow({}, { ...two, levels: [8] })
  const filled = lookedAgain(hiccup, fresh)
  expect(filled).toMatchObject({ verdict: 'proven', reasons: [] })
  expect(of(filled, 'plateau-throughput')).toMatchObject({ levels: [4, 8], confirmed: null })
  expect(lookedAgain(hiccup, aRow({}, { ...two, levels: [8], level: () => unusable('invalid') })).verdict).toBe(
    'not-measured',
  )
})

test('a metric that was filled up was seen once: what looks worse is suspect, what looks far worse is not measured', () => {
  const filledUp = (throughput: number) => {
    const hiccup = aRow(
      { throughput },
      { level: (concurrency) => (concurrency === 8 ? unusable('client-saturated') : {}) },
    )
    return lookedAgain(hiccup, aRow({ throughput }, { ...two, levels: [8] }))
  }
  expect(filledUp(1.07)).toMatchObject({ verdict: 'suspect', check: 'warn', reasons: ['plateau-throughput'] })
  expect(filledUp(1.5)).toMatchObject({ verdict: 'not-measured', check: 'fail', reasons: ['plateau-throughput'] })
  // The fresh passes are what was used, and are counted beside it.
  expect(filledUp(1.5).comparisons[0]!.note).toContain('only one look at it could be used, so nothing confirms it')
  expect(filledUp(1.5).confirmation!.passes).toBe(2)
  // On main the runs that follow decide whether it was a step.
  const source = { sha: 'abc', ref: 'main', runId: '7', attempt: 1, event: 'push', url: null }
  expect(entriesOf(filledUp(1.5), [aRow()], source)[0]!.segments).toEqual({ 'plateau-throughput': 'opens' })
  expect(entriesOf(filledUp(1.07), [aRow()], source)[0]!.segments).toEqual({})
})

test('a level that ran into a rate limit is not tried again', () => {
  const limited = aRow({}, { level: (concurrency) => (concurrency === 8 ? unusable('limited') : {}) })
  expect(nameScreened(limited, steady(10))).toEqual({ metrics: [], levels: [] })
})

test('the outlook counts with the spread that is expected', () => {
  const runs = (expectedSpread: number | 'auto') =>
    judged(aRow(), [], { policy: { expectedSpread } }).outlook.find(({ metric }) => metric === 'tpot-p50')!
  expect(runs(0.02).smallestVisible).toBeLessThan(0.21)
  expect(runs('auto').smallestVisible).toBeGreaterThan(0.4)
})
