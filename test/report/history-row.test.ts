import { expect, test } from 'vitest'
import { explainDifference } from '../../src/verdict/history/observe.ts'
import { buildEntries, buildRow } from '../../src/report/history-row.ts'
import { decodeRunReport, encodeRunReport } from '../../src/report/run-report-codec.ts'
import { addSeriesKey } from '../../src/report/series.ts'
import { aComparison, aVerdict } from '../support/verdict-builders.ts'
import { aRow, judged, steady } from '../verdict/recorded.ts'
import { aFailure, aLevel, aLevelRun, aReport, SERIES_FIELDS, steadyRecords } from '../support/builders.ts'
import { mapRates } from '../../src/vocabulary/metrics.ts'
import { summariseLevel } from '../../src/metrics/level.ts'
import type { Acceptance } from '../../src/settings/values/acceptance.ts'

test('a row has the medians and the throughput of each pass in five significant digits', () => {
  const measured = [aLevel(2, [{ ttftMs: 50.1234567, tpotMs: 10.98765432 }, {}, {}])]
  const [level] = buildRow(aReport({ measured })).levels
  expect(level).toMatchObject({ concurrency: 2, valid: true, state: 'ok' })
  expect(level!.passes).toHaveLength(3)
  expect(level!.passes[0]!.figures).toMatchObject({ 'ttft-p50': 50.123, 'ttfo-p50': 50.123, 'tpot-p50': 10.988 })
  const { throughput } = level!.passes[1]!.figures
  expect(throughput).toBe(Number(measured[0]!.passes[1]!.outputTokensPerSecond!.toPrecision(5)))
  expect(level!.passes[1]!.ok).toBe(measured[0]!.passes[1]!.requests.ok)
})

test('tails are there where the sample allows, pooled over the passes', () => {
  const few = buildRow(aReport({ measured: [aLevel(1)] })).levels[0]!
  expect(few.tails).toEqual({})
  const many = aLevel(32)
  const { tails } = buildRow(aReport({ measured: [many] })).levels[0]!
  expect(tails['ttft-p90']).toBe(many.ttftMs!.p90)
  expect(Object.keys(tails)).not.toContain('ttft-p50')
})

test('what may say why a level is as it is stands in its row, in three digits, and not in that of a level that cannot be used', () => {
  const level = aLevel(2, [{ ttftMs: 50.1234567, cachedTokens: 128 }])
  const { clues } = buildRow(aReport({ measured: [level] })).levels[0]!
  expect(clues).toMatchObject({
    firstTokenMs: 50.1,
    drainMs: 1,
    cachedShare: 0.25,
    refusedShare: 0,
    clientDelayMs: 0.1,
  })
  expect(clues).not.toHaveProperty('serverQueueMs')
  expect(buildRow(aReport({ measured: [{ ...level, valid: false }] })).levels[0]).not.toHaveProperty('clues')
})

test('levels stand by rising concurrency, whatever the report does', () => {
  const report = aReport({ measured: [aLevel(4), aLevel(1), aLevel(2)] })
  expect(buildRow(report).levels.map(({ concurrency }) => concurrency)).toEqual([1, 2, 4])
})

test('a level that answered nothing has counts and no figures', () => {
  const records = [aFailure('http_500'), aFailure('http_500'), aFailure('http_500')]
  const lost = summariseLevel([aLevelRun({ concurrency: 2, records })], { task: 'chat', tolerance: 0.05 })
  const [, level] = buildRow(aReport({ measured: [aLevel(1), lost] })).levels
  expect(level).toMatchObject({ concurrency: 2, valid: false, state: 'lost', tails: {} })
  expect(level!.passes).toEqual([{ ok: 0, failed: 3, figures: {} }])
})

test('throughput and the best within a budget count what the plateau counts', () => {
  const level = aLevel(1)
  const noTokens = { outputTokensPerSecond: null, inputTokensPerSecond: 4321.987 }
  const report = aReport({
    measured: [{ ...level, ...noTokens, passes: level.passes.map((pass) => ({ ...pass, ...noTokens })) }],
    within: {
      limit: 'latency-p50 <= 2s',
      ...mapRates(() => 1),
      inputTokensPerSecond: 4000.004,
      concurrency: 1,
    },
  })
  const row = buildRow(report)
  expect(row.throughputMetric).toBe('inputTokensPerSecond')
  expect(row.levels[0]!.passes[0]!.figures.throughput).toBe(4322)
  expect(row.within).toEqual({ limit: 'latency-p50 <= 2s', value: 4000 })
  const never = { ...report, within: { ...report.within!, inputTokensPerSecond: null } }
  expect(buildRow(never).within).toBeNull()
})

test('the token source is what the levels say, without preflight too, and a mixture is one of its own', () => {
  const source = (...sources: ('usage' | 'chunks' | 'server-final')[]) =>
    buildRow(
      aReport({ measured: sources.map((tokenSource, i) => aLevel(2 ** i, [{ tokenSource }])), capabilities: {} }),
    ).traits.tokenSource
  expect(source('server-final', 'server-final')).toBe('server-final')
  expect(source('usage', 'chunks')).toBe('chunks and usage')
})

test('tokens that the server states and cannot have sent are never recorded as its count', () => {
  const doubted = { tokenSource: 'chunks', statedTokens: 2, countDoubt: 'below-events' } as const
  const before = buildRow(aReport({ measured: [aLevel(1, [{}])], capabilities: { tokenSource: 'usage' } }))
  const now = buildRow(aReport({ measured: [aLevel(1, [doubted])], capabilities: { tokenSource: 'usage' } }))
  expect(now.traits.tokenSource).toBe('chunks')
  for (const metric of ['tpot-p50', 'plateau-throughput'] as const) {
    expect(explainDifference(metric, before, now)).toBe('tokens were counted in another way')
  }
  expect(explainDifference('ttft-p50', before, now)).toBeNull()
})

test('in a report from before levels said it, preflight names the token source', () => {
  const level = aLevel(1)
  const { tokenSources: _, reasoningShare: __, ...older } = level
  const report = decodeRunReport(
    encodeRunReport(
      aReport({ measured: [{ ...older, findings: [], servedModels: [] }], capabilities: { tokenSource: 'usage' } }),
    ),
  )
  expect(buildRow(report).traits).toEqual({ tokenSource: 'usage', buffered: false, reasoning: false })
})

test('the traits survive the report file', () => {
  const report = aReport({ measured: [aLevel(1, [{ tokenSource: 'chunks', ttfoMs: 500 }])] })
  expect(buildRow(decodeRunReport(encodeRunReport(report))).traits).toEqual({
    tokenSource: 'chunks',
    buffered: false,
    reasoning: true,
  })
})

test.each([
  ['text that starts after other output', { ttftMs: 50, ttfoMs: 400 }, true],
  ['an answer that ends before its text', { ttftMs: 50, ttfoMs: null }, true],
  ['reasoning that is counted and not shown', { reasoningTokens: 40 }, true],
  ['an answer that begins with its text', {}, false],
])('%s: reasoning %s', (_, record, reasoning) => {
  expect(buildRow(aReport({ measured: [aLevel(1, [record])] })).traits.reasoning).toBe(reasoning)
})

test('a run is buffered when most of its levels are', () => {
  const buffered = { buffered: true, tpotMs: null }
  const traits = (measured: ReturnType<typeof aLevel>[]) => buildRow(aReport({ measured })).traits
  expect(traits([aLevel(1, [buffered]), aLevel(2, [buffered])]).buffered).toBe(true)
  for (const heldBack of ['time', 'size']) {
    const held = { heldBack }
    expect(traits([aLevel(1, [held]), aLevel(2, [held])]).buffered).toBe(true)
  }
  expect(traits([aLevel(1), aLevel(2, [buffered])]).buffered).toBe(false)
})

test('embeddings have no token source', () => {
  const records = steadyRecords(1, { outputTokens: 0, lastTokenMs: 100, ttftMs: null, ttfoMs: null, tpotMs: null })
  const level = summariseLevel([aLevelRun({ records })], { task: 'embeddings', tolerance: 0.05 })
  const report = aReport({ measured: [level], capabilities: { task: 'embeddings', tokenSource: 'usage' } })
  expect(buildRow(report).traits).toEqual({ tokenSource: null, buffered: false, reasoning: false })
})

test('long texts of others are cut, and a change in the cut part still shows', () => {
  const report = (end: string) => {
    const workload = { ...SERIES_FIELDS.workload, extraBody: `{"a":"${'x'.repeat(5000)}${end}"}` }
    const context = { ...aReport().context, servedModel: 'm'.repeat(5000) }
    return buildRow(aReport({ series: addSeriesKey({ ...SERIES_FIELDS, workload }), context }))
  }
  const [one, other] = [report('1'), report('2')]
  expect(one.context.servedModel).toHaveLength(200)
  expect(one.series.workload.extraBody!.length).toBeLessThan(250)
  expect(one.series.workload.extraBody).not.toBe(other.series.workload.extraBody)
  expect(one.series.key).not.toBe(other.series.key)
})

test('a pass keeps how much text a stated token had, and how many made an event', () => {
  const records = steadyRecords(1, { characters: 412, tokenEvents: 50 })
  const measured = [summariseLevel([aLevelRun({ records })], { task: 'chat', tolerance: 0.05 })]
  const [level] = buildRow(decodeRunReport(encodeRunReport(aReport({ measured })))).levels
  expect(level!.passes[0]!.tokenText).toEqual({ charactersPerToken: 4.12, tokensPerEvent: 2 })
  expect(buildRow(aReport({ measured: [aLevel(1)] })).levels[0]!.passes[0]).not.toHaveProperty('tokenText')
})

const SOURCE = { sha: 'abc', ref: 'main', runId: '7', attempt: 1, event: 'push', url: null }

test.each(['cancelled', 'run-invalid', 'endpoint'])(
  'a run whose figures mean nothing is not recorded: %s',
  (reason) => {
    const verdict = aVerdict({ verdict: 'not-measured', reasons: ['limit', reason] })
    expect(buildEntries(verdict, [aRow()], SOURCE)).toEqual([])
  },
)

test.each(['limit', 'error-rate', 'level-lost', 'baseline', 'levels-missing', 'tpot-p50'])(
  'every other run is, whatever its verdict: %s',
  (reason) => {
    const rows = [aRow(), aRow({ tpot: 1.1 })]
    const entries = buildEntries(aVerdict({ verdict: 'regressed', reasons: [reason] }), rows, SOURCE)
    expect(entries.map(({ row }) => row)).toEqual(rows)
    expect(entries.map(({ verdict, source }) => ({ verdict, source }))).toEqual(
      rows.map(() => ({ verdict: 'regressed', source: SOURCE })),
    )
  },
)

test('a metric that moved opens a segment, what somebody accepted is one at once, and the others go on', () => {
  const comparisons = [
    aComparison({ metric: 'tpot-p50', verdict: 'regressed' }),
    aComparison({ metric: 'ttft-p50', verdict: 'accepted' }),
    aComparison({ metric: 'plateau-throughput', verdict: 'improved' }),
    aComparison({ metric: 'latency-p50', verdict: 'suspect' }),
    aComparison({ metric: 'ttfo-p50', verdict: 'not-measured', worsening: null }),
  ]
  expect(buildEntries(aVerdict({ comparisons }), [aRow()], SOURCE)[0]!.segments).toEqual({
    'tpot-p50': 'opens',
    'ttft-p50': 'accepted',
    'plateau-throughput': 'opens',
  })
})

const LABEL: Acceptance = { metric: 'tpot-p50', at: null, since: null, why: null, by: 'ada', form: 'label' }

test('what was accepted begins a segment, what moved opens one, and all else marks nothing', () => {
  const source = { sha: 'abc', ref: 'main', runId: '7', attempt: 1, event: 'push', url: null }
  const row = aRow({ tpot: 1.2, ttft: 1.5, throughput: 0.7 })
  const verdict = judged(row, steady(10), { accepted: [LABEL] })
  expect(buildEntries(verdict, [row, row], source)).toEqual([
    {
      row,
      source,
      verdict: 'regressed',
      segments: { 'tpot-p50': 'accepted', 'ttft-p50': 'opens', 'plateau-throughput': 'opens' },
    },
    {
      row,
      source,
      verdict: 'regressed',
      segments: { 'tpot-p50': 'accepted', 'ttft-p50': 'opens', 'plateau-throughput': 'opens' },
    },
  ])
  expect(buildEntries(judged(aRow(), steady(10)), [aRow()], source)[0]!.segments).toEqual({})
})

test('a run that cannot be used is not recorded', () => {
  const source = { sha: 'abc', ref: 'main', runId: '7', attempt: 1, event: 'push', url: null }
  for (const trouble of ['cancelled', 'run-invalid', 'endpoint'] as const) {
    expect(buildEntries(judged(aRow(), steady(3), { trouble }), [aRow()], source)).toEqual([])
  }
  expect(buildEntries(judged(aRow(), []), [aRow()], source)).toHaveLength(1)
})
