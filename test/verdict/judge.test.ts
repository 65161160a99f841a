import { describe, expect, test } from 'vitest'
import type { HistoryEntry, HistoryRow } from '../../src/report/history.ts'
import { buildEntries } from '../../src/report/history-row.ts'
import type { GatedMetric } from '../../src/vocabulary/metrics.ts'
import { aRow, judged, of, passesOf, recorded, spreadValues, steady } from './recorded.ts'
import type { Slower } from './recorded.ts'

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

// Doubts.

const METRICS = ['ttft-p50', 'tpot-p50', 'plateau-throughput'] satisfies GatedMetric[]
const RED = ['regressed', 'regressed', 'regressed']
const ALIKE = ['slower-alike', 'slower-alike', 'slower-alike']

function wordsOf(
  slower: Slower,
  history: Parameters<typeof judged>[1] = steady(10),
  overrides: Parameters<typeof judged>[2] = {},
) {
  const verdict = judged(aRow(slower), history, overrides)
  return METRICS.map((metric) => of(verdict, metric)).map((comparison) => comparison.doubt ?? comparison.verdict)
}

/** Sixteen runs that spread by 1 %, the eighth of them slower by `factor` in everything; main's verdict on it, if it was one. */
function withSlowRun(factor: number, mark: 'opens' | null = null) {
  const rows = spreadValues(16, 0.01).map((y, i) => aRow({ all: Math.exp(y) * (i === 7 ? factor : 1) }))
  const segments = { 'ttft-p50': 'opens', 'tpot-p50': 'opens', 'plateau-throughput': 'opens' } as const
  return recorded(rows, (i) => (i === 7 && mark !== null ? { segments } : {}))
}

describe('a recorded run that was as slow', () => {
  test('what one recorded run was, apart from all others in everything, is not red', () => {
    expect(wordsOf({ all: 1.12 }, withSlowRun(1.12))).toEqual(['seen-once', 'seen-once', 'seen-once'])
    expect(wordsOf({ all: 1.12 }, withSlowRun(1))).toEqual(RED)
  })

  test('the run that was as slow is named', () => {
    const history = withSlowRun(1.12).map((entry, i) => ({
      ...entry,
      source: { ...entry.source, sha: `${i}`.repeat(40).slice(0, 40) },
    }))
    const { note } = of(judged(aRow({ all: 1.12 }), history), 'tpot-p50')
    expect(note).toMatch(/apart from all others and about as bad.* \(7777777, 2026-\d\d-\d\d\)$/)
  })

  test('what is worse than that run, or far better, is red all the same', () => {
    expect(wordsOf({ all: 1.25 }, withSlowRun(1.12))).toEqual(RED)
    // It is known as an outlier, so that its spread hides nothing.
    expect(wordsOf({ all: 1.12 }, withSlowRun(1.12, 'opens'))).not.toContain('regressed')
    expect(wordsOf({ all: 1.12 }, withSlowRun(1.3, 'opens'))).toEqual(RED)
  })

  test('a run that is slower than that one in one metric alone is red in it', () => {
    const verdict = judged(aRow({ all: 1.12, tpot: 1.2 }), withSlowRun(1.12, 'opens'))
    expect(of(verdict, 'tpot-p50')).toMatchObject({ verdict: 'regressed', doubt: null })
    expect(of(verdict, 'ttft-p50')).toMatchObject({ verdict: 'suspect', doubt: 'seen-once' })
  })

  test('what is slower in one metric is not excused by a run that was so in all', () => {
    const verdict = judged(aRow({ tpot: 1.12 }), withSlowRun(1.12, 'opens'))
    expect(of(verdict, 'tpot-p50')).toMatchObject({ verdict: 'regressed', doubt: null })
  })

  test('the worst of runs that are alike is not apart from them', () => {
    // It is worse than main by 1.5 standard deviations, and better than this run by less than two. From thirty runs on a slow machine is known.
    const history = recorded(spreadValues(30, 0.02).map((y) => aRow({ all: Math.exp(y) })))
    expect(wordsOf({ all: 1.073 }, history)).toEqual(RED)
  })

  test('a re-run tells: what is as slow again is red, and what is not, is not', () => {
    const slow = aRow({ all: 1.12 })
    const earlier = [{ attempt: 1, verdict: 'suspect' as const, candidates: [slow], secondLook: passesOf(slow) }]
    const rerun = (all: number) => {
      const row = aRow({ all })
      return of(judged(row, withSlowRun(1.12), { earlier, secondLook: passesOf(row) }), 'tpot-p50')
    }
    expect(rerun(1.12)).toMatchObject({ verdict: 'regressed', doubt: null })
    expect(rerun(1)).toMatchObject({ verdict: 'no-change-seen', doubt: null })
  })
})

describe('what is slower in prefill and decode alike', () => {
  test('what is slower in prefill and decode alike, as on a slower machine, is suspect and not red', () => {
    expect(wordsOf({ all: 1.08 })).toEqual(ALIKE)
    expect(wordsOf({ ttft: 1.07, tpot: 1.08, throughput: 1.08 })).toEqual(ALIKE)
    const verdict = judged(aRow({ all: 1.08 }), steady(10))
    expect(verdict).toMatchObject({ verdict: 'suspect', check: 'warn' })
    expect(of(verdict, 'tpot-p50').note).toMatch(/TTFT and TPOT are slower by about the same factor.*run it again/)
  })

  test('what is slower in one of both is red', () => {
    expect(wordsOf({ tpot: 1.1 })[1]).toBe('regressed')
    expect(wordsOf({ tpot: 1.1, ttft: 1.03 })[1]).toBe('regressed')
    expect(wordsOf({ ttft: 1.1 })[0]).toBe('regressed')
    expect(wordsOf({ ttft: 0.91, tpot: 1.1 })[1]).toBe('regressed')
    // Both are, and each is as near to one factor as chance may have it, but not to that of the other.
    expect(wordsOf({ ttft: 1.04, tpot: 1.08 })[1]).toBe('regressed')
    expect(wordsOf({ ttft: 1.08, tpot: 1.04 })[0]).toBe('regressed')
  })

  test('a metric that is slower by another factor than both is red', () => {
    expect(wordsOf({ all: 1.08, throughput: 1.1 })).toEqual(['slower-alike', 'slower-alike', 'regressed'])
    expect(wordsOf({ throughput: 1.12 })[2]).toBe('regressed')
  })

  test('what is slower by more than machines of one kind differ is red', () => {
    expect(wordsOf({ all: 1.12 })).toEqual(RED)
  })

  test('with so many recorded runs that one of them would have met such a machine it is red', () => {
    expect(wordsOf({ all: 1.08 }, steady(29))).toEqual(ALIKE)
    expect(wordsOf({ all: 1.08 }, steady(30))).toEqual(RED)
  })

  test('where only one of both is compared it is red', () => {
    const [decode] = judged(aRow({ all: 1.08 }), steady(10), { policy: { metrics: ['tpot-p50'] } }).comparisons
    expect(decode).toMatchObject({ verdict: 'regressed', doubt: null })
  })

  test('a re-run tells: what is as slow again is red, and what is not, is not', () => {
    const slow = aRow({ all: 1.08 })
    const earlier = [{ attempt: 1, verdict: 'suspect' as const, candidates: [slow], secondLook: passesOf(slow) }]
    const rerun = (all: number) => wordsOf({ all }, steady(10), { earlier, secondLook: passesOf(aRow({ all })) })
    expect(rerun(1.08)).toEqual(RED)
    expect(rerun(1)).not.toContain('regressed')
  })

  test('a control meets the same machine: what is slower than it is red', () => {
    const pairs = recorded(steady(10)).map((entry) => ({ ...entry, control: { ...entry.row } }))
    expect(wordsOf({ all: 1.08 }, pairs, { controls: [aRow()] })).toEqual(RED)
  })

  test('on main it begins a segment as what is red does, so that a step of main in everything is known at once', () => {
    const row = aRow({ all: 1.08 })
    const source = { sha: 'abc', ref: 'main', runId: '7', attempt: 1, event: 'push', url: null }
    const [entry] = buildEntries(judged(row, steady(10)), [row], source)
    expect(entry!.segments).toEqual({ 'ttft-p50': 'opens', 'tpot-p50': 'opens', 'plateau-throughput': 'opens' })
  })
})
