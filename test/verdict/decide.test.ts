import { describe, expect, test } from 'vitest'
import { buildEntries } from '../../src/report/history-row.ts'
import type { ReportLimit } from '../../src/report/run-report.ts'
import { REASONS } from '../../src/report/verdict.ts'
import { computeLevelOfLook } from '../../src/stats/chance.ts'
import { concludeWithoutFigures } from '../../src/verdict/conclude.ts'
import { decideVerdict, findOpenGrounds } from '../../src/verdict/decide.ts'
import type { DecideInput, DecisionPolicy } from '../../src/verdict/look.ts'
import {
  POLICY,
  aBaseline,
  aRow,
  inputOf,
  judged,
  lost,
  of,
  recorded,
  spreadValues,
  steady,
  unusable,
} from './recorded.ts'

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

// Sessions so far.

const TPOT = { metrics: ['tpot-p50'] } as const
const SOURCE = { sha: null, ref: null, runId: '1', attempt: 1, event: 'push', url: null }

/** Whether another session may follow, else what the verdict then is. */
function wordSoFar(input: DecideInput): 'red' | 'green' | 'open' {
  if (findOpenGrounds(input).length > 0) return 'open'
  return decideVerdict(input).verdict === 'regressed' ? 'red' : 'green'
}

/** Fresh sessions without history, each slower than its control by so much; the controls spread, too. */
function sessionsOf(
  differences: readonly number[],
  { policy = {}, most = 4, fresh = true }: { policy?: Partial<DecisionPolicy>; most?: number; fresh?: boolean } = {},
): DecideInput {
  const hours = [0, 0.03, -0.02, 0.05]
  const at = (y: number) => aRow({ all: Math.exp(y) })
  return {
    ...inputOf(
      differences.map((d, i) => at(d + hours[i]!)),
      [],
      { policy: { ...TPOT, ...policy } },
    ),
    controls: differences.map((_, i) => at(hours[i]!)),
    sessions: { fresh, most },
  }
}

test.each<[string, readonly number[], 'red' | 'green' | 'open']>([
  ['a small difference, once', [0], 'green'],
  ['a difference that may be twice the tolerance', [0.033], 'open'],
  ['a large one, once', [0.25], 'open'],
  ['the same in two sessions', [0.25, 0.24], 'red'],
  ['a huge one, once', [0.35], 'red'],
  ['one that is not yet clear', [0.1], 'open'],
  ['the same after three sessions', [0.1, 0.095, 0.105], 'red'],
  ['one that went away', [0.04, -0.01], 'green'],
  ['one that went away as far as deployments are not assumed to differ', [0.05, -0.02], 'open'],
])('%s: %j is %3$s', (_, differences, word) => {
  expect(wordSoFar(sessionsOf(differences))).toBe(word)
})

test('red is what the word is, and green is never red', () => {
  for (const differences of [[0.35], [0.1, 0.095, 0.105]])
    expect(decideVerdict(sessionsOf(differences))).toMatchObject({ verdict: 'regressed', reasons: ['tpot-p50'] })
  expect(decideVerdict(sessionsOf([0])).check).toBe('pass')
})

test('what the last session leaves open is no change seen, with what would have been found', () => {
  const input = sessionsOf([0.045, 0.05, 0.04, 0.045], { policy: { tolerance: { all: 0.02, byMetric: {} } } })
  const open = { ...input, policy: { ...input.policy, falseAlarmRate: 1e-6 } }
  expect(wordSoFar(open)).toBe('open')
  const verdict = decideVerdict(open)
  expect(of(verdict, 'tpot-p50').smallestVisible).toBeGreaterThan(0.05)
  expect(verdict.check).not.toBe('fail')
})

test('green is at the level that the sessions so far leave of 5 %, where nothing is recorded', () => {
  // ln 1.1 = .0953, less t.95(4) = 2.132 times .03, and less t.9696(5) = 2.412 times √((4 · .03² + 2 · .017²) / 5 / 2).
  expect(computeLevelOfLook(0.05, { most: 2, look: 2, bound: 'constant' })).toBeCloseTo(0.030367, 5)
  expect([[0.0312], [0.0315]].map((each) => wordSoFar(sessionsOf(each)))).toEqual(['green', 'open'])
  expect([0.0458, 0.0462].map((d) => wordSoFar(sessionsOf([d - 0.017, d + 0.017])))).toEqual(['green', 'open'])
})

test('sessions that differ by more than is assumed take its place, half as much again, where no pair shows better', () => {
  // 2 · .03² is 2 of .03², so 3 · .03² is assumed: .0953 less 2.412 times √((4 · 3 · .03² + 2 · .03²) / 5 / 2).
  expect([0.0095, 0.0099].map((d) => wordSoFar(sessionsOf([d - 0.03, d + 0.03])))).toEqual(['green', 'open'])
})

test('a spread that all metrics show together counts in each of them', () => {
  const tpot = [0.1, 0.095, 0.105]
  const inAll = (throughput: readonly number[]): DecideInput => {
    const input = sessionsOf(tpot)
    const rows = tpot.map((d, i) => aRow({ tpot: Math.exp(d), throughput: Math.exp(-throughput[i]!) }))
    return {
      ...input,
      candidates: rows,
      controls: rows.map(() => aRow()),
      policy: { ...input.policy, metrics: ['tpot-p50', 'plateau-throughput'] },
    }
  }
  expect(wordSoFar(inAll([0, 0.005, -0.005]))).toBe('red')
  expect(wordSoFar(inAll([0, 0.1, -0.1]))).toBe('open')
})

test('what a user expects runs to spread by is not widened by what sessions of other metrics show', () => {
  const differences = [0.07, 0.0, 0.07]
  const expected = (expectedSpread: DecisionPolicy['expectedSpread']) =>
    of(decideVerdict(sessionsOf(differences, { policy: { expectedSpread } })), 'tpot-p50').spread
  // s² = (4 · .03² + 2 · .0404²) / 6, and with .03 assumed by default 1.5 · .0404² in place of .03².
  expect(expected(0.03)).toBeCloseTo(Math.sqrt((4 * 0.03 ** 2 + (2 / 3) * 0.07 ** 2) / 6), 6)
  expect(expected('auto')).toBeCloseTo(Math.sqrt((4 * 0.5 * 0.07 ** 2 + (2 / 3) * 0.07 ** 2) / 6), 6)
})

test('what is suspect is measured again, although it cannot be twice the tolerance', () => {
  const calm = recorded(
    spreadValues(19, 0.018).map((y) => aRow({ all: Math.exp(y) })),
    () => ({ control: aRow() }),
  )
  const beside = (d: number) => ({ ...sessionsOf([d]), baseline: aBaseline(calm) })
  expect([0.045, 0.052].map((d) => decideVerdict(beside(d)).verdict)).toEqual(['no-change-seen', 'suspect'])
  expect([0.045, 0.052].map((d) => wordSoFar(beside(d)))).toEqual(['green', 'open'])
})

describe('the bound', () => {
  // s² = (4 · .03²) / 4 with 4 degrees of freedom: D = t · .03.
  const alone = (d: number, most: number) => wordSoFar(sessionsOf([d], { most }))
  test('is that of Wang and Tsiatis over as many looks as there may be, where nothing is recorded', () => {
    // t(4) beyond p, times .03: .1161 at p = .009, and .3186 at the .00022256 that the first of four looks has of it.
    expect(computeLevelOfLook(0.009, { most: 4, look: 1, bound: 'falling' })).toBeCloseTo(0.00022256, 7)
    expect([alone(0.1159, 1), alone(0.1163, 1)]).toEqual(['green', 'red'])
    expect([alone(0.318, 4), alone(0.319, 4)]).toEqual(['open', 'red'])
  })

  test('is lower where fewer sessions are allowed', () => {
    expect(alone(0.2, 2)).toBe('red')
    expect(alone(0.2, 4)).toBe('open')
  })

  test('is that of Wang and Tsiatis where pairs show the spread, too', () => {
    const pairs = recorded(
      spreadValues(12, 0.03).map((y) => aRow({ all: Math.exp(y) })),
      () => ({ control: aRow() }),
    )
    const beside = (d: number) => ({ ...sessionsOf([d]), baseline: aBaseline(pairs) })
    // t(11) beyond the same .00022256, 4.936, times .03 √(1 + 1/12).
    expect([0.153, 0.155].map((d) => wordSoFar(beside(d)))).toEqual(['open', 'red'])
  })
})

describe('while main may just have moved, as its newest run was worse', () => {
  const pairs = recorded(
    [...spreadValues(19, 0.02), 0.05].map((y) => aRow({ all: Math.exp(y) })),
    () => ({ control: aRow() }),
  )
  const beside = (d: number, most = 4) => ({ ...sessionsOf([d], { most }), baseline: aBaseline(pairs) })

  test('red does not end the sessions before the last, unless it is that much worse', () => {
    expect([0.13, 0.14].map((d) => wordSoFar(beside(d)))).toEqual(['open', 'red'])
    expect(wordSoFar(beside(0.13, 1))).toBe('red')
  })

  test('what the budget ends is judged as after the last', () => {
    expect([0.11, 0.13].map((d) => decideVerdict(beside(d)).verdict)).toEqual(['suspect', 'regressed'])
  })
})

test('nothing is open where nothing is deployed anew, nor without anything to compare with', () => {
  expect(wordSoFar(sessionsOf([0.05], { fresh: false }))).toBe('green')
  expect(wordSoFar(sessionsOf([0.25], { fresh: false }))).toBe('red')
  const { controls: _, ...alone } = sessionsOf([0.05])
  expect(wordSoFar(alone)).toBe('green')
  expect(wordSoFar({ ...sessionsOf([0.25]), trouble: 'endpoint' })).toBe('green')
})

test('a release goes on until it is proven', () => {
  const release = { gate: 'release' } as const
  const words = [1, 2, 3].map((n) => wordSoFar(sessionsOf(Array(n).fill(0.005), { policy: release })))
  expect(words).toEqual(['open', 'open', 'green'])
})

test('what could not be measured, what was lost and errors that rise are repeated', () => {
  const with_ = (level: Parameters<typeof aRow>[1], n = 1): DecideInput => ({
    ...sessionsOf(Array(n).fill(0)),
    candidates: Array.from({ length: n }, () => aRow({}, level)),
    controls: Array.from({ length: n }, () => aRow()),
  })
  const broken = { level: (c: number) => (c === 8 ? lost() : {}) }
  expect(wordSoFar(with_(broken))).toBe('open')
  expect(wordSoFar(with_(broken, 2))).toBe('red')
  expect(wordSoFar(with_({ level: () => unusable('client-saturated') }))).toBe('open')
  const passes = aRow().levels[0]!.passes.map((pass) => ({ ...pass, ok: 180, failed: 20 }))
  expect(wordSoFar(with_({ level: () => ({ passes }) }))).toBe('open')
  expect(wordSoFar(with_({ level: () => ({ passes }) }, 2))).toBe('red')
})

test('of fresh sessions the history keeps the first, which was not chosen by what it said', () => {
  const input = sessionsOf([0.05, 0.04, 0.06])
  const kept = buildEntries(decideVerdict(input), input.candidates, SOURCE, input.controls)
  expect(kept.map(({ row, control }) => [row, control])).toEqual([[input.candidates[0], input.controls![0]]])
  const repeated = { ...input, sessions: { fresh: false, most: 3 } }
  expect(buildEntries(decideVerdict(repeated), repeated.candidates, SOURCE, repeated.controls)).toHaveLength(3)
})

describe('what keeps another session coming', () => {
  const TIMES = { metrics: ['ttft-p50', 'tpot-p50'] } as const

  test('is named with how far it may still be worse, and where that would be enough', () => {
    // ln 1.1 = .0953, beyond which .05 + 2.132 · .03 = .1140 lies.
    const [open, ...others] = findOpenGrounds(sessionsOf([0.05]))
    expect(others).toEqual([])
    expect(open).toMatchObject({ what: 'wide', metric: 'tpot-p50' })
    const { change, most, needed } = open as Record<'change' | 'most' | 'needed', number>
    expect([change, most, needed].map((each) => Math.log1p(each).toFixed(4))).toEqual(['0.0500', '0.1140', '0.0953'])
  })

  test('is never what became better: only the other metric is', () => {
    const faster = sessionsOf([-0.2], { policy: TIMES })
    expect(findOpenGrounds(faster)).toEqual([])
    const candidates = faster.candidates.map((row) => ({
      ...row,
      levels: row.levels.map((level) => ({
        ...level,
        passes: level.passes.map((pass) => ({
          ...pass,
          figures: { ...pass.figures, 'ttft-p50': pass.figures['ttft-p50']! / Math.exp(-0.2) },
        })),
      })),
    }))
    expect(findOpenGrounds({ ...faster, candidates })).toMatchObject([{ what: 'wide', metric: 'ttft-p50' }])
  })

  test('is nothing once it is red', () => {
    expect(findOpenGrounds(sessionsOf([0.35]))).toEqual([])
  })
})
