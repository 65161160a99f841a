import { expect, test, describe } from 'vitest'
import { aRow, judged, of, steady, recorded, spreadValues, aBaseline, inputOf, lost, unusable } from './recorded.ts'
import type { HistoryRow, HistoryEntry } from '../../src/report/history.ts'
import { computeLevelOfLook } from '../../src/stats/chance.ts'
import { decideVerdict } from '../../src/verdict/decide.ts'
import { judgeSoFar } from '../../src/verdict/judge.ts'
import { entriesOf } from '../../src/report/history-row.ts'
import type { DecideInput, DecisionPolicy } from '../../src/verdict/look.ts'

const policy = { decision: 'threshold' } as const

test('a plain threshold is the tolerance against the median, whatever the noise', () => {
  const history = [1, 1, 1, 3, 0.9].map((tpot) => aRow({ tpot }))
  const verdict = judged(aRow({ tpot: 1.06 }), history, { policy })
  expect(verdict).toMatchObject({ verdict: 'regressed', reasons: ['tpot-p50'], check: 'fail' })
  expect(of(verdict, 'tpot-p50')).toMatchObject({ p: null, baseline: expect.closeTo(10, 9) })
  expect(judged(aRow({ tpot: 1.04 }), history, { policy }).verdict).toBe('no-change-seen')
  expect(of(judged(aRow({ tpot: 0.9 }), history, { policy }), 'tpot-p50').verdict).toBe('improved')
})

test('the median is that of the history, not its mean', () => {
  // The mean on the log scale is 1.09: a run at 1.06 is better than it and worse than the median.
  const history = [1, 1, 1, 1.55, 1].map((tpot) => aRow({ tpot }))
  const tpot = of(judged(aRow({ tpot: 1.06 }), history, { policy }), 'tpot-p50')
  expect(tpot).toMatchObject({ verdict: 'regressed', change: expect.closeTo(0.06, 8) })
})

test('it decides from the first recorded run, at once and without a second look', () => {
  expect(judged(aRow({ tpot: 1.06 }), steady(1), { policy, secondLook: 'unusable' })).toMatchObject({
    verdict: 'regressed',
    confirmation: null,
  })
})

test('a release proves by the spread whatever decides otherwise', () => {
  expect(judged(aRow(), steady(10), { policy: { ...policy, gate: 'release' } })).toMatchObject({
    verdict: 'proven',
    check: 'pass',
  })
  expect(judged(aRow(), steady(10, 0.1), { policy: { ...policy, gate: 'release' } }).reasons).toEqual(['not-proven'])
})

test('a release trusts no spread that is all too small, and says so', () => {
  const release = { policy: { gate: 'release' } } as const
  const tpotAt = (tpot: number, sd: number) => of(judged(aRow({ tpot }), steady(10, sd), release), 'tpot-p50')
  const isUntrusted = { verdict: 'no-change-seen', note: expect.stringContaining('is not trusted to last') }
  // Worse by .0488, s taken as .0225: .0488 + 1.833 · .0225 · √1.1 = .0921 < ln 1.1 = .0953, and .0583 + .0433 = .1016 is beyond it.
  expect(tpotAt(1.05, 0.022).verdict).toBe('proven')
  expect(tpotAt(1.06, 0.022)).toMatchObject({ verdict: 'no-change-seen', note: null })
  expect(tpotAt(1.06, 0.01)).toMatchObject(isUntrusted)
})

test('a release trusts still less a spread that does not explain what is measured', () => {
  const release = { policy: { gate: 'release' } } as const
  const tpotAt = (tpot: number, sd: number) => of(judged(aRow({ tpot }), steady(10, sd), release), 'tpot-p50')
  // .0392 is 3.7 standard errors of .01 √1.1 (p = .002), so s is taken as .0325: .0392 + 1.833 · .0325 · √1.1 = .1017 > .0953.
  expect(tpotAt(1.04, 0.01)).toMatchObject({
    verdict: 'no-change-seen',
    note: expect.stringContaining('is not trusted to last'),
  })
  // Of .018 √1.1 it is 2.1 (p = .034): .0392 + 1.833 · .0225 · √1.1 = .0825.
  expect(tpotAt(1.04, 0.018).verdict).toBe('proven')
  expect(tpotAt(1.025, 0.001).verdict).toBe('proven')
})

test('a release takes no spread for less than .45 of what is assumed at first, even where it explains all that is measured', () => {
  const tpotOf = (tpot: number) =>
    of(judged(aRow({ tpot }), steady(10, 0.0215), { policy: { gate: 'release' } }), 'tpot-p50')
  // .0530 is 2.35 standard errors of .0215 √1.1 (p = .022). By that spread .0530 + 1.833 · .0215 · √1.1 = .0943 would be within ln 1.1 = .0953, by .0225 .0963 is not.
  expect(tpotOf(Math.exp(0.053))).toMatchObject({
    verdict: 'no-change-seen',
    note: expect.stringContaining('is not trusted to last'),
  })
  expect(tpotOf(Math.exp(0.051)).verdict).toBe('proven')
})

test('how often a plain threshold is wrong by chance is estimated from the spread', () => {
  const rate = (sd: number, k = 10) => judged(aRow(), steady(k, sd), { policy }).falseAlarmRate
  // Three metrics, each P(Z > ln 1.05 / (.05 √(1 + π/21))) = P(Z > .91010) = .18138: 1 − .81862³.
  expect(rate(0.05)).toBeCloseTo(0.45142, 4)
  expect(rate(0.01)).toBeLessThan(0.01)
  expect(rate(0.05, 2)).toBeNull()
  // SciPy: 1 - norm.cdf(log(1.05) / (0.02 * sqrt(1 + pi / 7))) ** 3.
  expect(rate(0.02, 3)).toBeCloseTo(0.06268, 4)
  expect(judged(aRow(), [], { policy }).falseAlarmRate).toBeNull()
})

const RELEASE = { gate: 'release' } as const

test('a release has wider tolerances of its own', () => {
  expect(of(judged(aRow({ tpot: 1.04 }), steady(10), { policy: RELEASE }), 'tpot-p50')).toMatchObject({
    verdict: 'proven',
    tolerance: 0.1,
  })
  expect(of(judged(aRow(), steady(10), { policy: RELEASE }), 'ttft-p50').tolerance).toBe(0.15)
  // ln 1.08 + t(.95; 9) · .02 √1.1 = .0770 + 1.8331 · .020976 = .1154 > ln 1.1 = .0953.
  expect(judged(aRow({ tpot: 1.08 }), steady(10), { policy: RELEASE }).reasons).toEqual(['not-proven'])
})

test('a release needs eight groups to prove anything', () => {
  const seven = judged(aRow(), steady(7, 0.001), { policy: RELEASE })
  expect(seven).toMatchObject({ check: 'fail', reasons: ['not-proven'] })
  expect(of(seven, 'tpot-p50').note).toBe('a proof needs 8 recorded runs, and has 7')
  expect(judged(aRow(), steady(8, 0.001), { policy: RELEASE }).check).toBe('pass')
  expect(judged(aRow({ all: 0.5 }), steady(7, 0.001), { policy: RELEASE }).check).toBe('fail')
  expect(judged(aRow({ all: 0.5 }), steady(8, 0.001), { policy: RELEASE })).toMatchObject({
    verdict: 'improved',
    check: 'pass',
  })
})

test('while main has just moved a release is proven against both levels', () => {
  const history = recorded([...steady(10), aRow({ tpot: 1.4 })], (i) =>
    i === 10 ? { segments: { 'tpot-p50': 'opens' } } : {},
  )
  expect(judged(aRow({ tpot: 1.4 }), history, { policy: RELEASE }).check).toBe('fail')
  expect(judged(aRow(), history, { policy: RELEASE }).check).toBe('pass')
})

test('what is no clearer than the newest recorded run alone is suspect: main may have moved', () => {
  const calm = [...spreadValues(10, 0.015).map((y) => aRow({ all: Math.exp(y) })), aRow()]
  expect(of(judged(aRow({ tpot: 1.1 }), calm), 'tpot-p50')).toMatchObject({ verdict: 'regressed', doubt: null })
  // The newest is 7 % slower and was not called so.
  const moved = [...calm.slice(0, -1), aRow({ tpot: 1.07 })]
  const innocent = judged(aRow({ tpot: 1.12 }), moved)
  expect(innocent).toMatchObject({ verdict: 'suspect', check: 'warn' })
  expect(of(innocent, 'tpot-p50')).toMatchObject({
    doubt: 'main-moved',
    note: expect.stringContaining('may just have become so'),
  })
})

test('all metrics that look worse say together whether main has moved', () => {
  const calm = spreadValues(10, 0.02).map((y) => aRow({ all: Math.exp(y) }))
  const judgedAfter = (newest: HistoryRow, now: Parameters<typeof aRow>[0]) => judged(aRow(now), [...calm, newest])
  // In TPOT alone, the newest run is no sign of a move.
  const low = aRow({ tpot: 1.03, ttft: 1.11 })
  expect(of(judgedAfter(low, { tpot: 1.1 }), 'tpot-p50')).toMatchObject({ verdict: 'regressed', doubt: null })
  // TTFT, as bad in both, says that there was one.
  const both = judgedAfter(low, { tpot: 1.1, ttft: 1.11 })
  expect(of(both, 'tpot-p50')).toMatchObject({ verdict: 'suspect', doubt: 'main-moved' })
  // And the other way round: TPOT lay a little high by chance.
  const high = aRow({ tpot: 1.06 })
  expect(of(judgedAfter(high, { tpot: 1.12 }), 'tpot-p50').doubt).toBe('main-moved')
  expect(of(judgedAfter(high, { tpot: 1.12, ttft: 1.15 }), 'tpot-p50')).toMatchObject({
    verdict: 'regressed',
    doubt: null,
  })
})

test('what looks worse in several metrics must speak more clearly against a move of main than what does in one', () => {
  const calm = spreadValues(10, 0.02).map((y) => aRow({ all: Math.exp(y) }))
  const judgedAfter = (newest: HistoryRow, now: Parameters<typeof aRow>[0]) =>
    of(judged(aRow(now), [...calm, newest]), 'tpot-p50')
  expect(judgedAfter(aRow({ tpot: 1.042 }), { tpot: 1.105 })).toMatchObject({ verdict: 'regressed', doubt: null })
  const both = judgedAfter(aRow({ tpot: 1.042, ttft: 1.042 }), { tpot: 1.105, ttft: 1.105 })
  expect(both).toMatchObject({ verdict: 'suspect', doubt: 'main-moved' })
})

test('a metric in which main has just stepped says for the others that it may have moved', () => {
  const rows = [...spreadValues(12, 0.02).map((y) => aRow({ all: Math.exp(y) })), aRow({ tpot: 1.04, ttft: 1.15 })]
  const judgedAfter = (mark: Partial<HistoryEntry>) =>
    of(
      judged(
        aRow({ tpot: 1.1, ttft: 1.15 }),
        recorded(rows, (i) => (i === 12 ? mark : {})),
        { policy: { metrics: ['tpot-p50', 'ttft-p50'] } },
      ),
      'tpot-p50',
    )
  expect(judgedAfter({ segments: { 'ttft-p50': 'opens' } })).toMatchObject({ verdict: 'suspect', doubt: 'main-moved' })
  // Without that metric the newest run lay a little high by chance.
  const alone = of(judged(aRow({ tpot: 1.1 }), rows), 'tpot-p50')
  expect(alone).toMatchObject({ verdict: 'regressed', doubt: null })
})

test('better than both means better by the tolerance than each', () => {
  // The history is so quiet that 3 % below the old level is certain; below the new one it is 19 %.
  const quiet = recorded(
    [...spreadValues(10, 0.003).map((y) => aRow({ all: Math.exp(y) })), aRow({ tpot: 1.2 })],
    (i) => (i === 10 ? { segments: { 'tpot-p50': 'opens' } } : {}),
  )
  expect(of(judged(aRow({ tpot: 0.97 }), quiet), 'tpot-p50').verdict).toBe('proven')
  expect(of(judged(aRow({ tpot: 0.94 }), quiet), 'tpot-p50').verdict).toBe('improved')
})

test('what would be red at a time of the day that no recorded run has is suspect, and says why', () => {
  const slower = aRow({ tpot: 1.15 })
  expect(of(judged(slower, steady(10)), 'tpot-p50')).toMatchObject({ verdict: 'regressed', doubt: null })
  const byDay = judged({ ...slower, startedAt: '2026-11-22T12:00:00.000Z' }, steady(10))
  expect(byDay).toMatchObject({ verdict: 'suspect', check: 'warn' })
  expect(of(byDay, 'tpot-p50')).toMatchObject({ doubt: 'other-hour', note: expect.stringContaining('this time, too') })
})

test('a change beyond all that hours are assumed to differ by is red at any of them', () => {
  const byDay = judged({ ...aRow({ tpot: 1.6 }), startedAt: '2026-11-22T12:00:00.000Z' }, steady(10))
  expect(of(byDay, 'tpot-p50')).toMatchObject({ verdict: 'regressed', doubt: null })
})

test('a release at an hour that no recorded run has is not proven', () => {
  const release = { policy: { gate: 'release' } } as const
  expect(judged(aRow(), steady(10), release).verdict).toBe('proven')
  expect(judged({ ...aRow(), startedAt: '2026-11-22T12:00:00.000Z' }, steady(10), release)).toMatchObject({
    verdict: 'no-change-seen',
    check: 'fail',
  })
})

test('a release is not proven while main may just have become faster, and says so', () => {
  const policy = { gate: 'release' } as const
  const steadily = steady(12, 0.01)
  expect(of(judged(aRow(), steadily, { policy }), 'tpot-p50')).toMatchObject({ verdict: 'proven', note: null })
  // It is four per cent faster, and against that alone the bound still holds.
  const somewhat = [...steadily.slice(1), ...steady(1, 0, { tpot: 0.96 })]
  expect(of(judged(aRow(), somewhat, { policy }), 'tpot-p50').verdict).toBe('proven')
  for (const newest of [1, 2]) {
    const quicker = [...steadily.slice(newest), ...steady(newest, 0, { tpot: 0.93 })]
    expect(of(judged(aRow(), quicker, { policy }), 'tpot-p50')).toMatchObject({
      verdict: 'no-change-seen',
      note: expect.stringContaining('may just have become faster'),
    })
  }
})

test('what recorded runs of the same code were now and then is not red', () => {
  // From two such runs of eighteen on; of twenty and more, which are looked through for outliers, from one of about the same size.
  const slow = (k: number, times: number, tpot = 1.13) =>
    spreadValues(k, 0.01).map((y, i) => (i % 7 === 3 && i / 7 < times ? aRow({ tpot }) : aRow({ all: Math.exp(y) })))
  const judgedBeside = (history: HistoryRow[], tpot = 1.2) => of(judged(aRow({ tpot }), history), 'tpot-p50')
  expect(judgedBeside(slow(18, 1, 1.2))).toMatchObject({ verdict: 'regressed', doubt: null })
  expect(judgedBeside(slow(19, 2), 1.155)).toMatchObject({ verdict: 'suspect', doubt: 'seen-before' })
  expect(judgedBeside(slow(20, 2), 1.13)).toMatchObject({ verdict: 'suspect', doubt: 'seen-before' })
  expect(judgedBeside(slow(20, 1), 1.13)).toMatchObject({ verdict: 'suspect', doubt: 'seen-before' })
  expect(judgedBeside(slow(20, 1, 1.3), 1.13)).toMatchObject({ verdict: 'regressed', doubt: null })
})

const TPOT = { metrics: ['tpot-p50'] } as const
const SOURCE = { sha: null, ref: null, runId: '1', attempt: 1, event: 'push', url: null }

const wordSoFar = (input: DecideInput) => judgeSoFar(input).word

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
  const kept = entriesOf(decideVerdict(input), input.candidates, SOURCE, input.controls)
  expect(kept.map(({ row, control }) => [row, control])).toEqual([[input.candidates[0], input.controls![0]]])
  const repeated = { ...input, sessions: { fresh: false, most: 3 } }
  expect(entriesOf(decideVerdict(repeated), repeated.candidates, SOURCE, repeated.controls)).toHaveLength(3)
})

describe('what keeps another session coming', () => {
  const TIMES = { metrics: ['ttft-p50', 'tpot-p50'] } as const

  test('is named with how far it may still be worse, and where that would be enough', () => {
    // ln 1.1 = .0953, beyond which .05 + 2.132 · .03 = .1140 lies.
    const [open, ...others] = judgeSoFar(sessionsOf([0.05])).open
    expect(others).toEqual([])
    expect(open).toMatchObject({ what: 'wide', metric: 'tpot-p50' })
    const { change, most, needed } = open as Record<'change' | 'most' | 'needed', number>
    expect([change, most, needed].map((each) => Math.log1p(each).toFixed(4))).toEqual(['0.0500', '0.1140', '0.0953'])
  })

  test('is never what became better: only the other metric is', () => {
    const faster = sessionsOf([-0.2], { policy: TIMES })
    expect(judgeSoFar(faster)).toEqual({ word: 'green', open: [] })
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
    const { word, open } = judgeSoFar({ ...faster, candidates })
    expect(word).toBe('open')
    expect(open).toMatchObject([{ what: 'wide', metric: 'ttft-p50' }])
  })

  test('is nothing once it is red', () => {
    expect(judgeSoFar(sessionsOf([0.35]))).toEqual({ word: 'red', open: [] })
  })
})
