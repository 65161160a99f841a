import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { HistoryEntry, HistoryRow } from '../../../src/report/history.ts'
import { addSeriesKey } from '../../../src/report/series.ts'
import type { Comparison, Verdict } from '../../../src/report/verdict.ts'
import type { DecisionPolicy } from '../../../src/verdict/look.ts'
import { SERIES_FIELDS } from '../../support/builders.ts'
import { aRow, inputOf, judged, lost, of, recorded, spreadValues, screenRun } from '../recorded.ts'
import { aNumberFrom } from '../../support/numbers.ts'
import { rateAssumed } from '../../../src/verdict/compare/control.ts'

const Y = [0.01, -0.02, 0.03, 0, -0.01, 0.02, -0.03, 0.005, 0.015, -0.02]
const X = [0.03, -0.01, 0.02, -0.025, 0.012, 0.01, -0.035, 0.02, -0.002, -0.02]

/** A run of which everything is slower by this, on the log scale. */
function at(y: number, overrides: Partial<HistoryRow> = {}): HistoryRow {
  return { ...aRow({ all: Math.exp(y) }), ...overrides }
}

/** Runs of main, each beside its control. */
function paired(ys: readonly number[], xs: readonly number[], control: Partial<HistoryRow> = {}): HistoryEntry[] {
  return recorded(
    ys.map((y) => at(y)),
    (i) => ({ control: at(xs[i]!, control) }),
  )
}

/** TPOT alone, with a candidate slower by each of `ys` beside controls that are slower by `xs`. */
function judgedBeside(
  history: readonly HistoryEntry[],
  ys: readonly number[],
  xs: readonly (number | null)[],
  { fresh = false, most = 1, policy = {} }: { fresh?: boolean; most?: number; policy?: Partial<DecisionPolicy> } = {},
): Verdict {
  return judged(
    ys.map((y) => at(y)),
    history,
    {
      controls: xs.map((x) => (x === null ? null : at(x))),
      ...(fresh && { sessions: { fresh, most } }),
      policy: { metrics: ['tpot-p50'], ...policy },
    },
  )
}

function tpotOf(verdict: Verdict): Comparison {
  return of(verdict, 'tpot-p50')
}

/** In NumPy and SciPy, by the formulas of the methodology. */
describe.each([
  {
    what: 'ten pairs and one session',
    judge: () => judgedBeside(paired(Y, X), [0.09], [0.02]),
    golden: { theta: 0.6502917278161578, pairs: 10, d: 0.07699416544367683, p: 0.0005013753713374565 },
    interval: { low: 0.042223333146706184, high: 0.11922007294007052 },
  },
  {
    what: 'ten pairs and three fresh sessions',
    judge: () => judgedBeside(paired(Y, X), [0.09, 0.1, 0.075], [0.02, 0.01, -0.01], { fresh: true }),
    golden: { theta: 0.6502917278161578, pairs: 10, d: 0.08399805514789228, p: 1.1828077444979608e-6 },
    interval: { low: 0.06613923649270195, high: 0.10954739202240787 },
  },
  {
    what: 'one pair',
    judge: () => judgedBeside(paired([0.01], [0.012]), [0.2], [0.02]),
    golden: { theta: 0.7, pairs: 1, d: 0.18055, p: 0.004395848582787469 },
    interval: { low: 0.0785559355469295, high: 0.33039640978014473 },
  },
  {
    what: 'no pair and three fresh sessions',
    judge: () => judgedBeside([], [0.095, 0.105, 0.08], [0, 0.012, -0.006], { fresh: true }),
    golden: { theta: 1, pairs: 0, d: 0.09133333333333334, p: 0.00033758797900865884 },
    interval: { low: 0.058142232269568904, high: 0.1344544870317175 },
  },
  {
    what: 'no pair and one session',
    judge: () => judgedBeside([], [0.2], [0.01]),
    golden: { theta: 1, pairs: 0, d: 0.19, p: 0.0035735390048677105 },
    interval: { low: 0.08967916464959842, high: 0.3419404875052765 },
  },
])('beside a control, with $what', ({ judge, golden, interval }) => {
  test('the figures are those of the formulas', () => {
    const tpot = tpotOf(judge())
    expect(tpot.control).toEqual({ theta: expect.closeTo(golden.theta, 9), pairs: golden.pairs })
    expect(Math.log1p(tpot.worsening!)).toBeCloseTo(golden.d, 9)
    expect(tpot.p! / golden.p).toBeCloseTo(1, 6)
    expect(tpot.interval).toEqual({ low: expect.closeTo(interval.low, 8), high: expect.closeTo(interval.high, 8) })
  })

  test('the baseline is what the control makes one expect now, level by level', () => {
    const tpot = tpotOf(judge())
    expect(tpot.candidate! / tpot.baseline!).toBeCloseTo(1 + tpot.change!, 12)
    expect(tpot.groups).toBe(golden.pairs)
    for (const { change } of tpot.byLevel) expect(change).toBeCloseTo(tpot.change!, 9)
  })
})

test('a first pair that agrees with what is assumed lets no more be missed than none, and further ones less', () => {
  const visible = (pairs: number, fresh: boolean) => {
    const xs = spreadValues(pairs + 1, 0.02).slice(0, pairs)
    const ys = xs.map((x, i) => x + (i % 2 === 0 ? 0.004 : -0.004))
    const sessions = fresh ? [0.01, -0.01, 0.02] : [0.01]
    return tpotOf(judgedBeside(paired(ys, xs), sessions, sessions, { fresh, most: 4 })).smallestVisible!
  }
  for (const fresh of [false, true]) {
    const seen = [0, 1, 2, 3, 4, 6, 8, 12].map((pairs) => visible(pairs, fresh))
    for (const each of seen.slice(1)) expect(each).toBeLessThan(1.05 * seen[0]!)
    expect(seen.at(-1)!).toBeLessThan(0.75 * seen[0]!)
  }
})

test('pairs that contradict what is assumed are not believed at once, and make nothing red', () => {
  // Main is a tenth slower than its control by nature.
  const xs = spreadValues(3, 0.01)
  const history = paired(
    xs.map((x) => x + 0.1),
    xs,
  )
  const verdict = judgedBeside(history, [0.1, 0.11, 0.09], [0, 0.01, -0.01], { fresh: true, most: 4 })
  expect(verdict.check).not.toBe('fail')
  expect(tpotOf(verdict).change).toBeCloseTo(Math.expm1((5 / 8) * 0.1), 3)
})

test('pairs that contradict what is assumed widen the interval', () => {
  const widthWhereMainIs = (slower: number) => {
    const xs = spreadValues(3, 0.01)
    const history = paired(
      xs.map((x) => x + slower),
      xs,
    )
    const { low, high } = tpotOf(judgedBeside(history, [0.1, 0.11, 0.09], [0, 0.01, -0.01], { fresh: true })).interval!
    return Math.log1p(high) - Math.log1p(low)
  }
  const asAssumed = widthWhereMainIs(0)
  // What chance would make of it says nothing against it.
  expect(widthWhereMainIs(0.01)).toBeCloseTo(asAssumed, 9)
  expect(widthWhereMainIs(0.06)).toBeGreaterThan(1.5 * asAssumed)
  expect(widthWhereMainIs(0.1)).toBeGreaterThan(2.5 * asAssumed)
})

test('a session that lacks a level still counts, completed as a recorded run is', () => {
  const judgedWith = (level: Parameters<typeof aRow>[1]) =>
    tpotOf(
      judged([at(0.09), { ...aRow({ all: Math.exp(0.11) }, level) }, at(0.1)], paired(Y, X), {
        controls: [at(0), at(0), at(0)],
        sessions: { fresh: true, most: 4 },
        policy: { metrics: ['tpot-p50'] },
      }),
    )
  const whole = judgedWith({})
  const lacking = judgedWith({ level: (concurrency) => (concurrency === 4 ? { valid: false } : {}) })
  expect(lacking.p! / whole.p!).toBeCloseTo(1, 6)
  expect(lacking.change).toBeCloseTo(whole.change!, 9)
})

test('all metrics together show whether too little is assumed of differences, and what is assumed is never taken to be less', () => {
  const shown = (observed: number | null, assumedSd: number, degrees = 6) => ({
    observed,
    assumedSd,
    degrees,
    assumedShare: 4 / degrees,
  })
  // Two degrees of freedom each: (2 · 2² + 2 · 1²) / 4 = 2.5, half as much again.
  expect(rateAssumed([shown(0.06, 0.03), shown(0.06, 0.06)])).toBeCloseTo(3.75, 12)
  expect(rateAssumed([shown(0.01, 0.03), shown(0.06, 0.06)])).toBe(1)
  expect(rateAssumed([shown(null, 0.03, 4)])).toBe(1)
  // Where nothing is assumed any more, nothing is widened.
  expect(rateAssumed([{ observed: 0.3, assumedSd: 0.03, degrees: 9, assumedShare: 0 }])).toBe(1)
})

test('what recorded runs were now and then excuses one session, and not several that were deployed anew', () => {
  const ys = [0.01, 0.064, -0.01, 0.068, ...spreadValues(14, 0.01)]
  const history = paired(
    ys,
    ys.map(() => 0),
  )
  const once = judgedBeside(history, [0.083], [0])
  expect(tpotOf(once)).toMatchObject({ verdict: 'suspect', doubt: 'seen-before' })
  const often = judgedBeside(history, [0.083, 0.088, 0.078], [0, 0, 0], { fresh: true, most: 4 })
  expect(tpotOf(often)).toMatchObject({ verdict: 'regressed', doubt: null })
})

test('a first control is checked against the runs that were recorded without one, where these are many and of the same place', () => {
  const before = (k: number, host = 'staging.example') =>
    recorded(spreadValues(k, 0.02).map((y) => at(0.3 + y, { context: { ...aRow().context, host } })))
  const here = { context: { ...aRow().context, host: 'staging.example' } }
  const judgedFirst = (history: readonly HistoryEntry[], y: number) =>
    judged([at(y, here)], history, { controls: [at(0)], policy: { metrics: ['tpot-p50'] } })
  // As slow as main always was, and slower than this control.
  expect(tpotOf(judgedFirst(before(10), 0.3))).toMatchObject({
    verdict: 'suspect',
    doubt: 'history-disagrees',
    note: expect.stringContaining('without this control'),
  })
  expect(tpotOf(judgedFirst(before(10), 0.45))).toMatchObject({ verdict: 'regressed', doubt: null })
  expect(tpotOf(judgedFirst(before(5), 0.3)).verdict).toBe('regressed')
  expect(tpotOf(judgedFirst(before(10, 'other.example'), 0.3)).verdict).toBe('regressed')
})

test('what befalls both sides alike is no change, with pairs and without', () => {
  fc.assert(
    fc.property(aNumberFrom(-0.3, 0.3), (hour) => {
      const alone = tpotOf(judgedBeside([], [0.02 + hour], [0.01 + hour]))
      expect(Math.log1p(alone.worsening!)).toBeCloseTo(0.01, 9)
      const everything = paired(
        Y.map((y) => y + hour),
        X.map((x) => x + hour),
      )
      const beside = tpotOf(judgedBeside(everything, [0.09 + hour], [0.02 + hour]))
      expect(Math.log1p(beside.worsening!)).toBeCloseTo(0.07699416544367683, 9)
    }),
    { numRuns: 30 },
  )
})

test('a slow hour that the control shows makes nothing red, and a slow candidate is red in it', () => {
  // Main follows its control closely, so all but a tenth of the hour is taken off.
  const noise = spreadValues(20, 0.02)
  const history = paired(
    noise,
    noise.map((x, i) => x + 0.002 * (i % 2 === 0 ? 1 : -1)),
  )
  expect(judgedBeside(history, [0.05], [0.05]).check).toBe('pass')
  expect(judged(at(0.07), history, { policy: { metrics: ['tpot-p50'] } }).verdict).toBe('regressed')
  expect(judgedBeside(history, [0.14], [0.05]).verdict).toBe('regressed')
})

test('a control outside of what the pairs have seen makes what would be red suspect', () => {
  const verdict = judgedBeside(paired(Y, X), [0.5], [0.2])
  expect(verdict).toMatchObject({ verdict: 'suspect', check: 'warn' })
  expect(tpotOf(verdict)).toMatchObject({ doubt: 'control-elsewhere', note: expect.stringContaining('the control') })
  // Three standard deviations of X, of .02185 each.
  expect(tpotOf(judgedBeside(paired(Y, X), [0.5], [0.065])).doubt).toBeNull()
  expect(tpotOf(judgedBeside(paired(Y, X), [0.5], [0.066])).doubt).toBe('control-elsewhere')
})

test.each([
  ['is measured in another way', { series: addSeriesKey({ ...SERIES_FIELDS, levelDurationMs: 1 } as never) }],
  ['is at another place', { context: { ...aRow().context, host: 'another.example' } }],
  ['serves another model', { context: { ...aRow().context, model: 'llama-70b' } }],
])('pairs begin anew where the control %s', (_, control) => {
  const history = paired(Y, X, control)
  const now = at(0.02, { context: { ...aRow().context, host: 'here.example' } })
  const verdict = judged(at(0.09), history, { controls: [now], policy: { metrics: ['tpot-p50'] } })
  expect(verdict.control).toEqual({ pairs: 0, sessions: 1, fresh: false, troubles: [] })
  expect(tpotOf(verdict).control).toEqual({ theta: 1, pairs: 0 })
})

test('runs that were recorded without a control are no part of a comparison with one', () => {
  const without = recorded(spreadValues(9, 0.02).map((y) => at(0.3 + y)))
  const verdict = judgedBeside([...without, ...paired(Y, X)], [0.09], [0.02])
  expect(Math.log1p(tpotOf(verdict).worsening!)).toBeCloseTo(0.07699416544367683, 9)
  expect(verdict.control).toMatchObject({ pairs: 10 })
})

test('the first run of all is judged by its control, whose failures are the usual ones', () => {
  const first = (candidate: HistoryRow, control = at(0)) => judged(candidate, [], { controls: [control] })
  expect(first(at(0))).toMatchObject({ verdict: 'no-change-seen', control: { pairs: 0, sessions: 1 } })
  expect(first(at(0.3))).toMatchObject({ verdict: 'regressed', baseline: { runs: 0, uncomparedInARow: 0 } })
  const none = { ...inputOf(at(0.3), []), baseline: null, controls: [at(0)] }
  expect(judged(at(0.3), [], none)).toMatchObject({ verdict: 'regressed', baseline: { origin: null } })
  const broken = aRow({}, { level: (concurrency) => (concurrency === 8 ? lost() : {}) })
  expect(first(broken).lostLevels).toMatchObject([{ concurrency: 8, verdict: 'suspect' }])
  expect(first(broken, broken).lostLevels).toEqual([])
  expect(first(aRow(), aRow({}, { level: (c) => ({ concurrency: c }) })).whatElseChanged).toEqual([])
  const other = { ...at(0), context: { ...aRow().context, model: 'llama-70b', host: 'prod.example' } }
  const here = { ...at(0), context: { ...aRow().context, host: 'pr.example' } }
  expect(first(here, other).whatElseChanged).toEqual([{ what: 'model', before: 'llama-70b', now: 'llama-8b' }])
})

test('a run that is its own control is no worse than itself', () => {
  expect(judged(at(0.4), [], { controls: [at(0.4)] })).toMatchObject({ verdict: 'no-change-seen', check: 'pass' })
})

test('a metric that means something else beside the control is judged by the history, or not at all; the others are compared', () => {
  const chunks = at(0, { traits: { tokenSource: 'chunks', buffered: false, reasoning: false } })
  const alone = judged(at(0.01), [], { controls: [chunks] })
  expect(tpotOf(alone)).toMatchObject({ verdict: 'not-comparable', note: 'tokens were counted in another way' })
  expect(of(alone, 'ttft-p50')).toMatchObject({ verdict: 'no-change-seen', control: { pairs: 0 } })
  const history = recorded(spreadValues(10, 0.02).map((y) => at(y)))
  const both = judged(at(0.01), history, { controls: [chunks] })
  expect(tpotOf(both)).toMatchObject({ verdict: 'proven', control: null, groups: 10 })
  expect(of(both, 'ttft-p50').control).toEqual({ theta: 1, pairs: 0 })
  const besidePairs = judged(at(0.01), paired(Y, X), { controls: [chunks] })
  expect(tpotOf(besidePairs)).toMatchObject({ verdict: 'no-change-seen', control: null, groups: 10 })
  expect(of(besidePairs, 'ttft-p50').control).toMatchObject({ pairs: 10 })
})

test('where the control failed the history decides, and it is said why', () => {
  const history = paired(Y, X)
  const verdict = judged(at(0.15), history, { controls: [null], controlTroubles: ['it could not be reached'] })
  expect(verdict).toMatchObject({
    verdict: 'regressed',
    control: { pairs: 0, sessions: 0, fresh: false, troubles: ['it could not be reached'] },
  })
  expect(verdict.comparisons.map(({ control }) => control)).toEqual([null, null, null])
  expect(judged(at(0), history)).toMatchObject({ control: null })
  const other = at(0, { series: addSeriesKey({ ...SERIES_FIELDS, passes: 5 }) })
  expect(judged(at(0), history, { controls: [other] }).control!.troubles).toEqual([
    'it was measured in another way (passes)',
  ])
})

test('of several sessions those count that have a control', () => {
  const some = judgedBeside(paired(Y, X), [0.09, 0.5], [0.02, null], { fresh: true })
  const one = judgedBeside(paired(Y, X), [0.09], [0.02], { fresh: true })
  expect(tpotOf(some)).toEqual(tpotOf(one))
  expect(some.control).toMatchObject({ sessions: 1, fresh: true })
})

test('sessions that deploy nothing anew count as one', () => {
  const repeated = tpotOf(judgedBeside(paired(Y, X), [0.09, 0.09, 0.09], [0.02, 0.02, 0.02]))
  const once = tpotOf(judgedBeside(paired(Y, X), [0.09], [0.02]))
  expect(repeated.p!).toBeCloseTo(once.p!, 12)
})

test('a second look is taken beside the control, and tells nothing without', () => {
  const input = { ...inputOf(at(0.15), paired(Y, X)), controls: [at(0.02)] }
  expect(screenRun(input).metrics).toContainEqual({ metric: 'tpot-p50', ofPlateau: null })
  const again = (row: HistoryRow, control: HistoryRow | null) =>
    judged(at(0.15), paired(Y, X), { controls: [at(0.02)], secondLook: { row, control } })
  expect(again(at(0.15), at(0.02))).toMatchObject({ verdict: 'regressed' })
  // The hour had become slow, for both; then only the candidate was.
  expect(again(at(0.13), at(0.15)).verdict).toBe('suspect')
  expect(again(at(0.2), at(0.07))).toMatchObject({ verdict: 'regressed' })
  expect(again(at(0.15), null)).toMatchObject({ verdict: 'not-measured' })
})

test('what fails beside the control, too, is not the doing of the candidate', () => {
  const failing = (failed: number) =>
    aRow(
      {},
      { level: () => ({ passes: aRow().levels[0]!.passes.map((pass) => ({ ...pass, ok: 200 - failed, failed })) }) },
    )
  const history = paired(Y, X)
  const judgedWith = (control: HistoryRow) => judged(failing(20), history, { controls: [control] }).errorRate!.verdict
  expect(judgedWith(at(0))).toBe('regressed')
  expect(judgedWith(failing(20))).toBe('no-change-seen')
  const broken = aRow({}, { level: (concurrency) => (concurrency === 8 ? lost() : {}) })
  const lostBeside = (control: HistoryRow) =>
    judged(broken, history, { controls: [control], secondLook: { row: broken, control } }).lostLevels[0]!.verdict
  expect(lostBeside(at(0))).toBe('regressed')
  expect(lostBeside(broken)).toBe('suspect')
})

test('a release is proven by three fresh sessions, or eight pairs, and not by less', () => {
  const release = { gate: 'release' } as const
  const word = (sessions: number) =>
    tpotOf(
      judgedBeside([], spreadValues(sessions, 0.005), spreadValues(sessions, 0.003), { fresh: true, policy: release }),
    ).verdict
  expect([word(2), word(3)]).toEqual(['no-change-seen', 'proven'])
  expect(tpotOf(judgedBeside(paired(Y, X), [0.01], [0], { policy: release })).verdict).toBe('proven')
  const few = tpotOf(judgedBeside(paired(Y.slice(0, 5), X.slice(0, 5)), [0.01], [0], { policy: release }))
  expect(few).toMatchObject({ verdict: 'no-change-seen', note: expect.stringContaining('with this control') })
})

test('another model and another source of token counts on the two sides are said, and what can be compared is', () => {
  const { context, traits } = aRow()
  const other = aRow(
    {},
    { context: { ...context, servedModel: 'llama-9b' }, traits: { ...traits, tokenSource: 'chunks' } },
  )
  const verdict = judged([other], [], { controls: [aRow()], sessions: { fresh: true, most: 4 } })
  expect(verdict.whatElseChanged).toEqual([
    { what: 'served model', before: 'llama-8b', now: 'llama-9b' },
    { what: 'token counts from', before: 'usage', now: 'chunks' },
  ])
  expect(of(verdict, 'ttft-p50').change).not.toBeNull()
  expect(of(verdict, 'tpot-p50')).toMatchObject({
    change: null,
    note: expect.stringContaining('counted in another way'),
  })
})
