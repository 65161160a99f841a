import { expect, test } from 'vitest'
import { explainTokenText } from '../../../src/verdict/history/observe.ts'
import { aRow, judged, LEVELS, of, spreadValues, steady } from '../recorded.ts'
import type { HistoryRow } from '../../../src/report/history.ts'

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
