import { describe, expect, test } from 'vitest'
import type { HistoryRow } from '../../src/report/history.ts'
import { decodeLooks, encodeLooks } from '../../src/report/looks.ts'
import type { EarlierAttempt, Looks } from '../../src/report/looks.ts'
import { decodeVerdict, encodeVerdict } from '../../src/report/verdict-codec.ts'
import { countLooks } from '../../src/verdict/judge.ts'
import { decideVerdict } from '../../src/verdict/decide.ts'
import { aRow, inputOf, judged, lost, of, passesOf, steady, screenRun, aBaseline, recorded } from './recorded.ts'

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
