import { expect, test } from 'vitest'
import type { ReportLimit } from '../../src/report/run-report.ts'
import { REASONS } from '../../src/report/reasons.ts'
import { aBaseline, aRow, inputOf, judged, of, POLICY, recorded, steady } from './recorded.ts'
import { decide } from '../../src/verdict/decide.ts'
import { concludeWithoutFigures } from '../../src/verdict/without-figures.ts'

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

test('the outlook counts with the spread that is expected', () => {
  const runs = (expectedSpread: number | 'auto') =>
    judged(aRow(), [], { policy: { expectedSpread } }).outlook.find(({ metric }) => metric === 'tpot-p50')!
  expect(runs(0.02).smallestVisible).toBeLessThan(0.21)
  expect(runs('auto').smallestVisible).toBeGreaterThan(0.4)
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
  const lost = { baseline: null, controls: [null], controlTroubles: ['it answers no single request any more'] }
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

test('what the check does when nothing could be measured is a setting', () => {
  const verdict = judged(aRow(), steady(3), { trouble: 'endpoint', policy: { onUnmeasured: 'warn' } })
  expect(verdict).toMatchObject({ verdict: 'not-measured', check: 'warn' })
})

test('a broken limit is red beside a history in which nothing changed', () => {
  const verdict = judged(aRow(), steady(10), { limits: [aLimit('pass'), aLimit('fail')] })
  expect(verdict).toMatchObject({ verdict: 'regressed', reasons: ['limit'], check: 'fail' })
})

test('observing never fails', () => {
  const policy = { gate: 'observe' } as const
  expect(judged(aRow({ tpot: 2 }), steady(10), { policy })).toMatchObject({ verdict: 'regressed', check: 'warn' })
  expect(judged(aRow(), steady(10), { policy, trouble: 'endpoint' }).check).toBe('warn')
  expect(judged(aRow(), steady(10), { policy }).check).toBe('pass')
})

test('what is mild never hides what is severe for the check', () => {
  // Not measured may pass, but TPOT is suspect.
  const verdict = judged(aRow({ tpot: 1.07 }), steady(10, 0.025), {
    policy: { onUnmeasured: 'pass', metrics: ['tpot-p50', 'ttft-p99'] },
  })
  expect(verdict).toMatchObject({ verdict: 'not-measured', reasons: ['ttft-p99'], check: 'warn' })
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

test('percentiles above the median are pooled over the passes and assumed to spread by 20 %', () => {
  const tails = (p99: number) => aRow({}, { level: () => ({ tails: { 'ttft-p99': p99 } }) })
  const verdict = judged(tails(120), [tails(100)], { policy: { metrics: ['ttft-p99'] } })
  expect(of(verdict, 'ttft-p99')).toMatchObject({ baseline: expect.closeTo(100, 9), candidate: expect.closeTo(120, 9) })
  expect(of(verdict, 'ttft-p99').spread).toBeCloseTo(0.2, 10)
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

const SLO = { objectives: 'ttft <= 500ms', share: 0.95 }
const capable = (value: number, slo: Partial<typeof SLO> = {}) =>
  aRow({}, { slo: { ...SLO, ...slo, capacity: { value, passes: [0.98 * value, value, value / 0.98] } } })

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

test('deciding changes nothing that it is given, and twice is the same', () => {
  const input = inputOf(aRow({ tpot: 1.2 }), steady(10))
  const before = structuredClone(input)
  expect(decide(input)).toEqual(decide(input))
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

test.each([
  ['fork', 'skipped', 'pass'],
  ['dependabot', 'skipped', 'pass'],
  ['no-key', 'skipped', 'pass'],
  ['no-writer', 'skipped', 'pass'],
  ['foreign-commit', 'skipped', 'pass'],
  ['nothing-to-measure', 'skipped', 'pass'],
  ['cancelled', 'cancelled', 'fail'],
  ['endpoint', 'not-measured', 'fail'],
  ['leg-missing', 'not-measured', 'fail'],
] as const)('without any figures, for %s, a run is %s and the check does %s', (reason, word, check) => {
  expect(concludeWithoutFigures('llama-8b', reason, POLICY)).toMatchObject({
    name: 'llama-8b',
    verdict: word,
    reasons: [reason],
    check,
  })
})

test('what a skipped check does is a setting', () => {
  expect(concludeWithoutFigures('llama-8b', 'fork', { ...POLICY, onSkip: 'fail' }).check).toBe('fail')
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
