import { describe, expect, test } from 'vitest'
import type { HistoryRow } from '../../src/report/history.ts'
import { decodeLooks, encodeLooks } from '../../src/report/looks.ts'
import type { EarlierAttempt, Looks } from '../../src/report/looks.ts'
import { decodeVerdict, encodeVerdict } from '../../src/report/verdict-codec.ts'
import { decideVerdict } from '../../src/verdict/decide.ts'
import { countLooks } from '../../src/verdict/judge.ts'
import { buildEntries } from '../../src/report/history-row.ts'
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
  expect(buildEntries(filledUp(1.5), [aRow()], source)[0]!.segments).toEqual({ 'plateau-throughput': 'opens' })
  expect(buildEntries(filledUp(1.07), [aRow()], source)[0]!.segments).toEqual({})
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

// Earlier attempts.

/** Ten runs that spread by 2 %: alone a TPOT 10 % slower is red. */
const HISTORY = steady(10)

/** A red attempt, in which everything was as slow again in the fresh passes. */
function attemptOf(tpot: number, more: Partial<EarlierAttempt> = {}): EarlierAttempt {
  const row = aRow({ tpot })
  return { attempt: 1, verdict: 'regressed', candidates: [row], secondLook: passesOf(row), ...more }
}

/** The next attempt, with fresh passes like itself where it screens. */
function again(tpot: number, earlier: readonly EarlierAttempt[], history = HISTORY) {
  const row = aRow({ tpot })
  const input = inputOf(row, history, { earlier })
  const secondLook = screenRun(input).levels.length === 0 ? 'none' : passesOf(row)
  return decideVerdict({ ...input, secondLook })
}

const tpotOf = (verdict: ReturnType<typeof again>) => of(verdict, 'tpot-p50')

test('attempts are judged by the mean of what all of them measured', () => {
  const verdict = again(1.1, [attemptOf(1.2)])
  expect(tpotOf(verdict).change!).toBeCloseTo(Math.sqrt(1.1 * 1.2) - 1, 9)
  // The mean of three, and not of the newest two.
  const third = again(1.1, [attemptOf(1.2), attemptOf(1.3, { attempt: 2 })])
  expect(tpotOf(third).change!).toBeCloseTo(Math.cbrt(1.1 * 1.2 * 1.3) - 1, 9)
  expect(verdict.earlier).toEqual([{ attempt: 1, verdict: 'regressed', isCounted: true }])
})

test('a slowdown stays red when it is measured again, also where the second time alone would not be', () => {
  expect(judged(aRow({ tpot: 1.06 }), HISTORY, { secondLook: aRow({ tpot: 1.06 }) }).verdict).toBe('suspect')
  expect(again(1.06, [attemptOf(1.14)])).toMatchObject({ verdict: 'regressed', reasons: ['tpot-p50'] })
  expect(again(1.2, [attemptOf(1.2)]).verdict).toBe('regressed')
})

test('what an attempt alone does not show is not red for what one before it measured, and says so', () => {
  const verdict = again(1, [attemptOf(1.3)])
  expect(verdict).toMatchObject({ verdict: 'suspect', check: 'warn', confirmation: null })
  expect(tpotOf(verdict)).toMatchObject({ doubt: 'attempts-differ' })
  expect(tpotOf(verdict).note).toContain('did not come again')
  // Nothing needs a second look then.
  expect(screenRun(inputOf(aRow(), HISTORY, { earlier: [attemptOf(1.3)] })).levels).toEqual([])
})

test('what is red alone is not red beside attempts that were not worse', () => {
  const green = attemptOf(1, { verdict: 'no-change-seen', secondLook: 'none' })
  expect(again(1.1, []).verdict).toBe('regressed')
  expect(again(1.1, [green, green]).verdict).not.toBe('regressed')
})

test('a second attempt is no more independent than runs of one job are known to be', () => {
  const alone = tpotOf(again(1.1, []))
  const both = tpotOf(again(1.1, [attemptOf(1.1)]))
  expect(both.interval!.high - both.interval!.low).toBeCloseTo(alone.interval!.high - alone.interval!.low, 9)
})

test('fresh passes of all attempts confirm together', () => {
  const row = aRow({ tpot: 1.12 })
  const lookedAgain = (earlier: EarlierAttempt) =>
    judged(row, HISTORY, { earlier: [earlier], secondLook: aRow({ tpot: 1.06 }) }).verdict
  expect(lookedAgain(attemptOf(1.12))).toBe('regressed')
  expect(lookedAgain(attemptOf(1.12, { secondLook: 'none' }))).toBe('suspect')
  // An attempt that could not be looked at again confirms nothing of this one.
  const unconfirmed = judged(row, HISTORY, { earlier: [attemptOf(1.12)], secondLook: 'unusable' })
  expect(unconfirmed.verdict).toBe('not-measured')
  expect(tpotOf(unconfirmed).note).toMatch(/only one look at it could be used, so nothing confirms it: run it again/)
})

describe('an attempt does not count', () => {
  const counts = (earlier: EarlierAttempt, row: HistoryRow = aRow({ tpot: 1.1 })) =>
    judged(row, HISTORY, { earlier: [earlier] }).earlier![0]!.isCounted
  const withBuild = (build?: string): HistoryRow => {
    const row = aRow({ tpot: 1.1 })
    return { ...row, context: { ...row.context, ...(build !== undefined && { build }) } }
  }

  test('that asked for something else', () => {
    const other = aRow({ tpot: 1.3 }, { series: { passes: 5 } })
    expect(counts(attemptOf(1.3))).toBe(true)
    expect(counts(attemptOf(1.3, { candidates: [other] }))).toBe(false)
    const verdict = judged(aRow({ tpot: 1.1 }), HISTORY, { earlier: [attemptOf(1.3, { candidates: [other] })] })
    expect(tpotOf(verdict).change!).toBeCloseTo(0.1, 9)
  })

  test('that met a server of another build', () => {
    expect(counts(attemptOf(1.3, { candidates: [withBuild('b1')] }), withBuild('b2'))).toBe(false)
    expect(counts(attemptOf(1.3, { candidates: [withBuild('b1')] }), withBuild('b1'))).toBe(true)
    expect(counts(attemptOf(1.3, { candidates: [withBuild()] }), withBuild('b2'))).toBe(true)
  })

  test('that deployed anew what this one does not', () => {
    expect(counts(attemptOf(1.3, { sessions: { fresh: true, most: 4 } }))).toBe(false)
  })

  test('in a metric that meant something else, or at levels that it lacks', () => {
    const otherTokens = aRow(
      { tpot: 1.3, ttft: 1.3 },
      { traits: { tokenSource: 'chunks', buffered: false, reasoning: false } },
    )
    const verdict = judged(aRow({}), HISTORY, { earlier: [attemptOf(1, { candidates: [otherTokens] })] })
    expect(tpotOf(verdict).change!).toBeCloseTo(0, 9)
    expect(of(verdict, 'ttft-p50').change!).toBeCloseTo(Math.sqrt(1.3) - 1, 9)
    const broken = aRow({ tpot: 1.3 }, { level: (concurrency) => (concurrency === 2 ? lost() : {}) })
    expect(tpotOf(judged(aRow(), HISTORY, { earlier: [attemptOf(1, { candidates: [broken] })] })).change!).toBeCloseTo(
      0,
      9,
    )
  })
})

test('what this attempt cannot measure is not taken from one before it', () => {
  const broken = aRow(
    {},
    { level: (concurrency) => (concurrency < 4 ? { valid: false, state: 'client-saturated' } : {}) },
  )
  expect(judged(broken, HISTORY, { earlier: [attemptOf(1.3)] }).verdict).toBe('not-measured')
})

test('with a plain threshold all attempts and this one must be over it', () => {
  const word = (now: number, before: number) =>
    judged(aRow({ tpot: now }), HISTORY, { earlier: [attemptOf(before)], policy: { decision: 'threshold' } }).verdict
  expect(word(1.1, 1.1)).toBe('regressed')
  expect(word(1.01, 1.3)).toBe('no-change-seen')
  expect(word(1.1, 0.95)).toBe('no-change-seen')
})

test('beside a control only attempts that had the same one count', () => {
  const [slow, control] = [aRow({ tpot: 1.2 }), aRow()]
  const history = steady(10).map((row, i) => ({
    row: { ...row, startedAt: new Date(Date.UTC(2026, 8, 1 + i)).toISOString() },
    control: row,
    source: { sha: null, ref: null, runId: String(i), attempt: 1, event: 'push', url: null },
    verdict: 'no-change-seen' as const,
    segments: {},
  }))
  const changeOf = (before: HistoryRow | null) =>
    of(
      judged(aRow(), history, {
        controls: [control],
        earlier: [attemptOf(1, { candidates: [slow], controls: [before] })],
      }),
      'tpot-p50',
    ).change!
  expect(changeOf(control)).toBeCloseTo(Math.sqrt(1.2) - 1, 6)
  expect(changeOf(null)).toBeCloseTo(0, 6)
  expect(changeOf({ ...control, context: { ...control.context, model: 'other' } })).toBeCloseTo(0, 6)
})

test('all fresh sessions of all attempts share one level', () => {
  const sessions = { fresh: true, most: 3 }
  const earlier = attemptOf(1.06, { sessions, controls: [aRow()], secondLook: 'none' })
  const p = (before: readonly EarlierAttempt[]) =>
    of(judged(aRow({ tpot: 1.06 }), HISTORY, { controls: [aRow()], sessions, earlier: before }), 'tpot-p50').p!
  const twice = judged([aRow({ tpot: 1.06 }), aRow({ tpot: 1.06 })], HISTORY, { controls: [aRow(), aRow()], sessions })
  // The same two sessions, but with twice as many looks.
  expect(p([earlier])).toBeGreaterThan(of(twice, 'tpot-p50').p!)
})

test('each attempt counts as the sessions that its budget held', () => {
  const after = (most: number, ...earlier: readonly (readonly [most: number, measured: number])[]) =>
    countLooks({
      candidates: [aRow()],
      sessions: { fresh: true, most },
      earlier: earlier.map(([most, measured]) =>
        attemptOf(1, { candidates: Array.from({ length: measured }, () => aRow()), sessions: { fresh: true, most } }),
      ),
    })
  expect(after(4, [4, 2])).toEqual({ most: 8, look: 3 })
  // Not the fourth of four: a second one of this attempt is yet to come.
  expect(after(2, [4, 4])).toEqual({ most: 6, look: 5 })
  expect(after(4, [2, 2])).toEqual({ most: 6, look: 3 })
})

test('looks and verdicts keep the attempts before them', () => {
  const earlier = [
    attemptOf(1.2),
    attemptOf(1.1, { attempt: 2, controls: [aRow()], secondLook: { row: aRow(), control: aRow() } }),
  ]
  const looks: Looks = { candidates: [aRow()], secondLook: 'none', limits: [], earlier }
  expect(decodeLooks(encodeLooks(looks))).toEqual(looks)
  const verdict = judged(aRow(), HISTORY, { earlier })
  expect(decodeVerdict(encodeVerdict(verdict)).earlier).toEqual(verdict.earlier)
  expect(judged(aRow(), HISTORY)).not.toHaveProperty('earlier')
})
