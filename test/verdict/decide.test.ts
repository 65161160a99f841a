import { expect, test } from 'vitest'
import type { ReportLimit } from '../../src/report/run-report.ts'
import { REASONS } from '../../src/report/reasons.ts'
import { aBaseline, aRow, inputOf, judged, of, POLICY, recorded, steady } from './recorded.ts'
import { decideVerdict } from '../../src/verdict/decide.ts'
import { concludeWithoutFigures } from '../../src/verdict/conclude.ts'

function aLimit(outcome: ReportLimit['outcome']): ReportLimit {
  return { limit: 'ttft-p50@2 <= 40ms', concurrency: 2, outcome, value: 50, bound: 49, reason: null }
}

test.each([
  [1.3, 'regressed', 'fail', ['tpot-p50']],
  [1.07, 'suspect', 'warn', ['tpot-p50']],
  [1.04, 'no-change-seen', 'pass', []],
  [1, 'proven', 'pass', []],
] as const)('a TPOT %d-fold is %s and the check does %s', (tpot, word, check, reasons) => {
  expect(judged(aRow({ tpot }), steady(10, 0.025))).toMatchObject({ verdict: word, check, reasons })
})

test('a run is improved when every metric is, and as good as its worst one', () => {
  expect(judged(aRow({ all: 0.8 }), steady(10))).toMatchObject({ verdict: 'improved', check: 'pass' })
  const mixed = judged(aRow({ tpot: 0.8 }), steady(10))
  expect(of(mixed, 'tpot-p50').verdict).toBe('improved')
  expect(mixed.verdict).toBe('proven')
})

test('an improvement below the tolerance or within the noise is none', () => {
  expect(of(judged(aRow({ tpot: 0.97 }), steady(10, 0.001)), 'tpot-p50').verdict).toBe('proven')
  expect(of(judged(aRow({ tpot: 0.9 }), steady(10, 0.1)), 'tpot-p50').verdict).toBe('no-change-seen')
})

test('a change beyond the tolerance that chance explains is not even suspect', () => {
  expect(judged(aRow({ tpot: 1.07 }), steady(10, 0.1))).toMatchObject({ verdict: 'no-change-seen', check: 'pass' })
})

test('a change below the tolerance is never red, however certain', () => {
  expect(judged(aRow({ tpot: 1.045 }), steady(10, 0.001)).verdict).toBe('proven')
  expect(judged(aRow({ tpot: 1.049 }), steady(10, 0.001)).verdict).toBe('no-change-seen')
  expect(judged(aRow({ tpot: 1.051 }), steady(10, 0.001)).verdict).toBe('regressed')
  const strict = { policy: { tolerance: { all: null, byMetric: { 'tpot-p50': 0.01 } } } } as const
  expect(judged(aRow({ tpot: 1.015 }), steady(10, 0.001), strict).reasons).toEqual(['tpot-p50'])
})

test('the worst metric comes first', () => {
  const { comparisons } = judged(aRow({ tpot: 1.3, throughput: 1.5 }), steady(10))
  expect(comparisons.map(({ metric }) => metric)).toEqual(['plateau-throughput', 'tpot-p50', 'ttft-p50'])
})

test('nothing recorded under this name is no baseline, and says what more runs would see', () => {
  const other = recorded(steady(3).map((row) => aRow({}, { series: { name: 'another' }, startedAt: row.startedAt })))
  const verdict = judged(aRow(), other)
  expect(verdict).toMatchObject({ verdict: 'no-baseline', check: 'pass', reasons: [], notComparable: null })
  const tpot = verdict.outlook.filter(({ metric }) => metric === 'tpot-p50')
  expect(tpot.map(({ runs }) => runs)).toEqual([1, 3, 8])
  // (t(1 − .009/3; 4) + t(.84; 4)) · .05 √2 = (5.321376 + 1.134397) · .070711.
  expect(tpot[0]!.smallestVisible).toBeCloseTo(Math.expm1(6.455772 * 0.0707107), 5)
  expect(tpot[2]!.smallestVisible).toBeLessThan(tpot[1]!.smallestVisible)
})

test('without a baseline only limits decide', () => {
  const none = { baseline: null }
  expect(judged(aRow(), [], none)).toMatchObject({
    verdict: 'no-baseline',
    check: 'pass',
    outlook: [],
    baseline: { origin: null },
    falseAlarmRate: null,
  })
  expect(judged(aRow(), [], { ...none, limits: [aLimit('pass')] })).toMatchObject({ check: 'pass' })
  expect(judged(aRow(), [], { ...none, limits: [aLimit('fail')] })).toMatchObject({
    verdict: 'regressed',
    reasons: ['limit'],
    check: 'fail',
  })
  expect(judged(aRow(), [], { ...none, limits: [aLimit('not-measured')] })).toMatchObject({
    verdict: 'not-measured',
    reasons: ['limit-not-measured'],
    check: 'fail',
  })
})

test('recorded runs of another series cannot be compared, and the fields are named', () => {
  const others = recorded(steady(4).map(() => aRow({}, { series: { passes: 5 } })))
  const verdict = judged(aRow({ tpot: 9 }), others)
  expect(verdict).toMatchObject({ verdict: 'not-comparable', check: 'warn', comparisons: [] })
  expect(verdict.notComparable).toEqual({
    runs: 4,
    differences: [{ field: 'passes', setting: 'passes', before: '5', now: '3' }],
  })
  expect(judged(aRow(), others, { policy: { onNotComparable: 'fail' } }).check).toBe('fail')
  expect(judged(aRow(), others, { limits: [aLimit('fail')] }).verdict).toBe('regressed')
})

test('recorded runs that are all lost are no first run: it is what not comparable runs do', () => {
  const baseline = aBaseline([], { lost: 'all recorded runs have expired' })
  const expected = { verdict: 'not-comparable', reasons: ['history-lost'], notComparable: null }
  expect(judged(aRow(), [], { baseline })).toMatchObject({ ...expected, check: 'warn' })
  expect(judged(aRow(), [], { baseline, policy: { onNotComparable: 'fail' } })).toMatchObject({
    ...expected,
    check: 'fail',
  })
  expect(judged(aRow(), [], { baseline: aBaseline([]) })).toMatchObject({ verdict: 'no-baseline', check: 'pass' })
})

test('a control that could not be measured, and no recorded run instead, is no first run: it is what not comparable runs do', () => {
  const lost = { baseline: null, controls: [null], controlTroubles: ['it no longer answers single requests'] }
  const expected = { verdict: 'not-comparable', reasons: ['control-lost'], comparisons: [] }
  expect(judged(aRow(), [], lost)).toMatchObject({ ...expected, check: 'warn' })
  expect(judged(aRow(), [], { ...lost, baseline: aBaseline([]) })).toMatchObject(expected)
  expect(judged(aRow(), [], { ...lost, policy: { onNotComparable: 'fail' } }).check).toBe('fail')
})

test('a history that may exist and could not be read is not measured, whatever the limits allow', () => {
  const baseline = aBaseline([], { unreadable: { why: 'the network is lost', remedy: 'mend it' } })
  expect(judged(aRow(), [], { baseline })).toMatchObject({
    verdict: 'not-measured',
    reasons: ['baseline'],
    check: 'fail',
  })
  expect(judged(aRow(), [], { baseline, limits: [aLimit('fail')] })).toMatchObject({
    verdict: 'regressed',
    reasons: ['limit', 'baseline'],
  })
})

test.each([
  ['cancelled', 'cancelled'],
  ['endpoint', 'not-measured'],
  ['run-invalid', 'not-measured'],
] as const)('%s is %s: nothing is compared', (trouble, word) => {
  const verdict = judged(aRow({ tpot: 3 }), steady(10), { trouble })
  expect(verdict).toMatchObject({ verdict: word, reasons: [trouble], comparisons: [], check: 'fail' })
  expect(verdict.baseline).toMatchObject({ runs: 10, groups: 10 })
})

test('a broken limit is red beside a history in which nothing changed', () => {
  const verdict = judged(aRow(), steady(10), { limits: [aLimit('pass'), aLimit('fail')] })
  expect(verdict).toMatchObject({ verdict: 'regressed', reasons: ['limit'], check: 'fail' })
})

test('a comparison says how often the baseline has moved, and has the levels that both sides have and that it left aside', () => {
  const rows = steady(8, 0.001).map((row, i) => ({
    ...row,
    ...aRow({ tpot: i < 4 ? 1 : 1.5 }, { startedAt: row.startedAt }),
  }))
  const history = recorded(rows).map((entry, i) => ({
    ...entry,
    segments: i === 4 ? { 'tpot-p50': 'accepted' as const } : {},
  }))
  const tpot = of(judged(aRow({ tpot: 1.5 }), history), 'tpot-p50')
  expect(tpot).toMatchObject({ groups: 4, segments: 2, aside: [] })
  const plateau = of(judged(aRow(), steady(8, 0.001)), 'plateau-throughput')
  expect(plateau.segments).toBe(1)
  expect(plateau.aside.map(({ concurrency }) => concurrency)).toEqual(
    aRow()
      .levels.map(({ concurrency }) => concurrency)
      .filter((level) => !plateau.levels.includes(level)),
  )
  for (const { change } of plateau.aside) expect(Math.abs(change)).toBeLessThan(0.01)
})

test('what else changed is said beside the verdict and changes nothing', () => {
  const before = aRow()
  const now = aRow(
    {},
    {
      context: {
        ...before.context,
        servedModel: 'llama-9b',
        serverVersion: '0.12',
        runner: { ...before.context.runner, cpuCount: 8 },
      },
      traits: { ...before.traits, reasoning: true },
    },
  )
  const verdict = judged(now, [aRow({}, { context: { ...before.context, servedModel: 'older' } }), before])
  expect(verdict.whatElseChanged).toEqual([
    { what: 'served model', before: 'llama-8b', now: 'llama-9b' },
    { what: 'runner CPUs', before: '4', now: '8' },
    { what: 'reasoning', before: 'no', now: 'yes' },
  ])
  expect(verdict.verdict).toBe(judged(before, [before, before]).verdict)
})

test('deciding changes nothing that it is given, and twice is the same', () => {
  const input = inputOf(aRow({ tpot: 1.2 }), steady(10))
  const before = structuredClone(input)
  expect(decideVerdict(input)).toEqual(decideVerdict(input))
  expect(input).toEqual(before)
})

test('every figure of a verdict is a number, even when runs repeat exactly', () => {
  const verdict = judged(
    aRow(),
    Array.from({ length: 12 }, () => aRow()),
  )
  for (const { p, spread, smallestVisible, change } of verdict.comparisons) {
    for (const value of [p, spread, smallestVisible, change]) expect(Number.isFinite(value)).toBe(true)
  }
  expect(verdict.verdict).toBe('proven')
})

test('every reason that is no metric is explained', () => {
  const codes = REASONS.map(({ code }) => code)
  const seen = [
    judged(aRow(), steady(3), { trouble: 'run-invalid' }),
    judged(aRow(), [], { limits: [aLimit('not-measured'), aLimit('fail')] }),
    concludeWithoutFigures('llama-8b', 'leg-missing', POLICY),
  ].flatMap(({ reasons }) => reasons)
  expect(seen.length).toBeGreaterThan(2)
  for (const reason of seen) expect(codes).toContain(reason)
})

test('the baseline is summed up', () => {
  const entries = recorded(steady(3))
  const verdict = judged(aRow(), entries, {
    baseline: aBaseline(entries, { origin: 'artifacts of perf.yml', ancestor: false, passedOver: ['a bad one'] }),
  })
  expect(verdict.baseline).toEqual({
    origin: 'artifacts of perf.yml',
    runs: 3,
    groups: 3,
    newest: { sha: 'sha-2', startedAt: '2026-09-03T00:00:00.000Z', url: null },
    ancestor: false,
    skipped: ['a bad one'],
    unreadable: null,
    lost: null,
    uncomparedInARow: 0,
  })
  expect(verdict).toMatchObject({ schema: 'plateau/verdict@1', name: 'llama-8b', falseAlarmRate: 0.01 })
})

test('runs that were compared with nothing are counted up to this one', () => {
  const words = ['no-change-seen', 'not-comparable', 'not-comparable'] as const
  const others = recorded(steady(3), (i) => ({ verdict: words[i]! })).map((entry) => ({
    ...entry,
    row: { ...entry.row, series: { ...entry.row.series, key: 'f'.repeat(64) } },
  }))
  expect(judged(aRow(), others).baseline.uncomparedInARow).toBe(3)
  expect(judged(aRow(), steady(3)).baseline.uncomparedInARow).toBe(0)
  expect(judged(aRow(), [], { baseline: null }).baseline.uncomparedInARow).toBe(0)
})
