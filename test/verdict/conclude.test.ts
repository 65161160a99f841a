import { expect, test } from 'vitest'
import { VERDICT_WORDS } from '../../src/report/verdict.ts'
import type { VerdictWord } from '../../src/report/verdict.ts'
import type { Consequence } from '../../src/settings/lists/gate-settings.ts'
import {
  decideCheck,
  exitCodeOf,
  VERDICT_TABLE,
  applyAcceptances,
  concludeWithoutFigures,
  shareFalseAlarmRate,
} from '../../src/verdict/conclude.ts'
import { POLICY, aRow, inputOf, judged, of, recorded, steady } from './recorded.ts'
import type { Acceptance } from '../../src/settings/values/acceptance.ts'
import { decideVerdict } from '../../src/verdict/decide.ts'
import { buildEntries } from '../../src/report/history-row.ts'

const one = (word: VerdictWord, policy = {}, byFile = false): Consequence =>
  decideCheck([{ word, byFile }], { ...POLICY, ...policy })

/** Word, check, release: the table of the documentation. */
const TABLE: readonly (readonly [VerdictWord, Consequence, Consequence])[] = [
  ['cancelled', 'fail', 'fail'],
  ['regressed', 'fail', 'fail'],
  ['not-measured', 'fail', 'fail'],
  ['suspect', 'warn', 'fail'],
  ['not-comparable', 'warn', 'fail'],
  ['no-baseline', 'pass', 'fail'],
  ['skipped', 'pass', 'fail'],
  ['accepted', 'pass', 'fail'],
  ['no-change-seen', 'pass', 'fail'],
  ['proven', 'pass', 'pass'],
  ['improved', 'pass', 'pass'],
]

test.each(TABLE)('%s: check %s, release %s', (word, check, release) => {
  expect(one(word)).toBe(check)
  expect(one(word, { gate: 'release' })).toBe(release)
  expect(one(word, { gate: 'observe' })).toBe(check === 'fail' ? 'warn' : check)
})

test('every word has a rule', () => {
  expect(Object.keys(VERDICT_TABLE)).toEqual([...VERDICT_WORDS])
  expect(TABLE.map(([word]) => word)).toEqual([...VERDICT_WORDS])
})

test('three words do what a setting says', () => {
  for (const consequence of ['pass', 'warn', 'fail'] as const) {
    expect(one('not-comparable', { onNotComparable: consequence })).toBe(consequence)
    expect(one('not-measured', { onUnmeasured: consequence })).toBe(consequence)
    expect(one('skipped', { onSkip: consequence })).toBe(consequence)
  }
})

test('a release takes an acceptance from a reviewed file', () => {
  expect(one('accepted', { gate: 'release' }, true)).toBe('pass')
})

test('the most severe part decides the check', () => {
  const part = (word: VerdictWord) => ({ word, byFile: false })
  expect(decideCheck([part('proven'), part('suspect')], POLICY)).toBe('warn')
  expect(decideCheck([part('suspect'), part('regressed'), part('proven')], POLICY)).toBe('fail')
  expect(decideCheck([], POLICY)).toBe('pass')
})

test.each([
  ['regressed', 'fail', ['tpot-p50'], 1],
  ['regressed', 'warn', ['tpot-p50'], 0],
  ['not-measured', 'fail', ['endpoint'], 3],
  ['not-measured', 'pass', ['endpoint'], 0],
  ['not-comparable', 'fail', [], 3],
  ['cancelled', 'fail', ['cancelled'], 3],
  ['no-change-seen', 'fail', ['not-proven'], 4],
  ['suspect', 'fail', ['tpot-p50', 'not-proven'], 4],
  ['suspect', 'warn', ['tpot-p50'], 0],
  ['proven', 'pass', [], 0],
] as const)('%s with a check of %s and reasons %j exits with %d', (verdict, check, reasons, code) => {
  expect(exitCodeOf({ verdict, check, reasons })).toBe(code)
})

const LABEL: Acceptance = { metric: 'tpot-p50', at: null, since: null, why: null, by: 'ada', form: 'label' }

const LINE: Acceptance = {
  metric: 'tpot-p50',
  at: 0.18,
  since: '2026-11-20',
  why: 'larger model',
  by: null,
  form: 'file',
}

const slow = aRow({ tpot: 1.2 })

test('a label makes the change accepted, green, and says who and how much', () => {
  const verdict = judged(slow, steady(10), { accepted: [LABEL] })
  expect(verdict).toMatchObject({ verdict: 'accepted', check: 'pass', reasons: ['tpot-p50'] })
  expect(of(verdict, 'tpot-p50').accepted).toEqual({ by: 'ada', at: expect.closeTo(0.2, 8), why: null })
})

test('a line of the config file accepts up to its figure and the tolerance', () => {
  const word = (tpot: number) => judged(aRow({ tpot }), steady(10), { accepted: [LINE] }).verdict
  expect(word(1.229)).toBe('accepted')
  expect(word(1.231)).toBe('regressed')
  expect(of(judged(slow, steady(10), { accepted: [LINE] }), 'tpot-p50').accepted).toEqual({
    by: null,
    at: 0.18,
    why: 'larger model',
  })
})

test('what was only suspected can be accepted too', () => {
  expect(judged(aRow({ tpot: 1.07 }), steady(10, 0.025), { accepted: [LABEL] }).verdict).toBe('accepted')
})

test('accepting one metric leaves the others red', () => {
  const verdict = judged(aRow({ tpot: 1.2, ttft: 1.5 }), steady(10), { accepted: [LABEL] })
  expect(verdict).toMatchObject({ verdict: 'regressed', reasons: ['ttft-p50'] })
  expect(of(verdict, 'tpot-p50').verdict).toBe('accepted')
})

test('nothing that did not change is accepted, nor an improvement', () => {
  expect(of(judged(aRow(), steady(10), { accepted: [LABEL] }), 'tpot-p50').accepted).toBeNull()
  expect(of(judged(aRow({ tpot: 0.7 }), steady(10), { accepted: [LABEL] }), 'tpot-p50').verdict).toBe('improved')
})

test('a line holds from its day on, and is spent when a run has recorded the change', () => {
  const before = { ...slow, startedAt: '2026-11-19T23:59:59.000Z' }
  expect(judged(before, steady(10), { accepted: [LINE] }).verdict).toBe('regressed')
  const recordedSince = (day: string) => {
    const entries = recorded(steady(10), (i) => (i === 9 ? { segments: { 'tpot-p50': 'accepted' } } : {}))
    return entries.map((entry, i) =>
      i === 9 ? { ...entry, row: { ...entry.row, startedAt: `${day}T08:00:00.000Z` } } : entry,
    )
  }
  const far = aRow({ tpot: 2 })
  const roomy = [{ ...LINE, at: 2 }]
  expect(judged(far, recordedSince('2026-11-21'), { accepted: roomy }).verdict).toBe('regressed')
  expect(judged(far, recordedSince('2026-11-20'), { accepted: roomy }).verdict).toBe('regressed')
  expect(judged(far, recordedSince('2026-11-19'), { accepted: roomy }).verdict).toBe('accepted')
})

test('a label that is read later concludes the verdict again', () => {
  const red = judged(slow, steady(10))
  expect(red.check).toBe('fail')
  const green = applyAcceptances(red, [LABEL])
  expect(green).toMatchObject({ verdict: 'accepted', check: 'pass', reasons: ['tpot-p50'] })
  expect(green).toEqual(judged(slow, steady(10), { accepted: [LABEL] }))
  expect(applyAcceptances(red, [{ ...LABEL, metric: 'ttft-p50' }])).toBe(red)
  expect(applyAcceptances(red, [])).toBe(red)
})

test('a label does not accept a broken limit', () => {
  const limit = {
    limit: 'tpot-p50@2 <= 11ms',
    concurrency: 2,
    outcome: 'fail',
    value: 12,
    bound: null,
    reason: null,
  } as const
  const verdict = judged(slow, steady(10), { accepted: [LABEL], limits: [limit] })
  expect(verdict).toMatchObject({ verdict: 'regressed', reasons: ['limit'], check: 'fail' })
})

test('a missing level stays a reason when a label is read later', () => {
  const row = aRow(
    { tpot: 1.2 },
    { level: (concurrency) => (concurrency === 8 ? { valid: false, state: 'limited' } : {}) },
  )
  const verdict = judged(row, steady(10))
  expect(verdict).toMatchObject({ verdict: 'regressed' })
  expect(applyAcceptances(verdict, [LABEL])).toMatchObject({
    verdict: 'not-measured',
    reasons: ['plateau-throughput', 'levels-missing'],
  })
})

test('after an accepted change has been recorded the next pull request is compared with it', () => {
  const source = { sha: 'abc', ref: 'main', runId: 'new', attempt: 1, event: 'push', url: null }
  const history = recorded(steady(10))
  const merged = judged(slow, history, { accepted: [LABEL] })
  const next = decideVerdict(inputOf(slow, [...history, ...buildEntries(merged, [slow], source)]))
  expect(of(next, 'tpot-p50')).toMatchObject({ groups: 1, provisional: null, change: expect.closeTo(0, 8) })
  expect(next.check).toBe('pass')
})

const RELEASE = { gate: 'release' } as const

test('a release passes on proof only', () => {
  const proven = judged(aRow(), steady(10), { policy: RELEASE })
  expect(proven).toMatchObject({ verdict: 'proven', check: 'pass', reasons: [] })
  expect(exitCodeOf(proven)).toBe(0)
  const noisy = judged(aRow(), steady(10, 0.08), { policy: RELEASE })
  expect(noisy).toMatchObject({ verdict: 'no-change-seen', check: 'fail', reasons: ['not-proven'] })
  expect(exitCodeOf(noisy)).toBe(4)
})

test('a regression fails a release as what it is', () => {
  const verdict = judged(aRow({ tpot: 1.5 }), steady(10), { policy: RELEASE })
  expect(verdict).toMatchObject({ verdict: 'regressed', reasons: ['tpot-p50'], check: 'fail' })
  expect(exitCodeOf(verdict)).toBe(1)
})

test('a release without anything to compare with is not proven', () => {
  expect(judged(aRow(), [], { policy: RELEASE })).toMatchObject({
    verdict: 'no-baseline',
    reasons: ['not-proven'],
    check: 'fail',
  })
})

test('a release honours a reviewed line, not a label', () => {
  const accepted = (acceptance: Acceptance, tpot = 1.2) =>
    judged(aRow({ tpot }), steady(10), { policy: RELEASE, accepted: [acceptance] })
  expect(accepted(LINE)).toMatchObject({ verdict: 'accepted', check: 'pass' })
  expect(accepted(LABEL)).toMatchObject({ verdict: 'accepted', check: 'fail', reasons: ['tpot-p50', 'not-proven'] })
  expect(exitCodeOf(accepted(LABEL))).toBe(4)
  // Not proven within 10 %, but within the 18 % that were agreed.
  expect(accepted(LINE, 1.08)).toMatchObject({ verdict: 'accepted', check: 'pass' })
})

test('a reviewed line counts before a label, whichever was found first', () => {
  for (const accepted of [
    [LABEL, LINE],
    [LINE, LABEL],
  ]) {
    const verdict = judged(slow, steady(10), { policy: RELEASE, accepted })
    expect(verdict).toMatchObject({ verdict: 'accepted', check: 'pass' })
    expect(of(verdict, 'tpot-p50').accepted).toMatchObject({ by: null, why: 'larger model' })
  }
})

test('for want of proof a release takes a reviewed line only: a label says nothing of what was not seen', () => {
  const verdict = judged(aRow({ tpot: 1.08 }), steady(10), { policy: RELEASE, accepted: [LABEL] })
  expect(of(verdict, 'tpot-p50')).toMatchObject({ verdict: 'no-change-seen', accepted: null })
  expect(verdict).toMatchObject({ check: 'fail', reasons: ['not-proven'] })
})

test('what the check does when nothing could be measured is a setting', () => {
  const verdict = judged(aRow(), steady(3), { trouble: 'endpoint', policy: { onUnmeasured: 'warn' } })
  expect(verdict).toMatchObject({ verdict: 'not-measured', check: 'warn' })
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

const green = judged(aRow(), steady(20))

/** Red alone, where a gate of three metrics asks for p below .003; eight of them ask for .000375. */
const narrow = judged(aRow({ tpot: 1.083 }), steady(20))

const clear = judged(aRow({ tpot: 1.3 }), steady(20))

const seven = Array.from({ length: 7 }, () => green)

test('what is red in a gate of its own is suspect where eight gates share one false-alarm rate, and says why', () => {
  expect(narrow).toMatchObject({ verdict: 'regressed', check: 'fail' })
  const [together] = shareFalseAlarmRate([narrow, ...seven])
  expect(together).toMatchObject({ verdict: 'suspect', check: 'warn', reasons: ['tpot-p50'] })
  expect(of(together!, 'tpot-p50')).toMatchObject({
    doubt: 'many-gates',
    note: expect.stringContaining('the gates of this pull request'),
  })
})

test('a clear regression stays red among many gates, and makes room for the next', () => {
  expect(shareFalseAlarmRate([clear, ...seven])[0]).toBe(clear)
  // Two of 24 metrics are tested at .009/24 and then .009/23: Holm steps down.
  expect(shareFalseAlarmRate([clear, clear, ...seven])).toEqual([clear, clear, ...seven])
})

test('a gate alone is judged as it judged itself, and so is a plain threshold, which promises nothing', () => {
  expect(shareFalseAlarmRate([narrow])).toEqual([narrow])
  const threshold = judged(aRow({ tpot: 1.083 }), steady(20), { policy: { decision: 'threshold' } })
  const nothing = judged(aRow(), [])
  expect(shareFalseAlarmRate([threshold, threshold, narrow, nothing])).toEqual([threshold, threshold, narrow, nothing])
})

test('the smallest of their false-alarm rates is shared', () => {
  const lax = judged(aRow({ tpot: 1.083 }), steady(20), { policy: { falseAlarmRate: 0.05 } })
  expect(shareFalseAlarmRate([lax, lax])).toEqual([lax, lax])
  const strict = judged(aRow(), steady(20), { policy: { falseAlarmRate: 0.001 } })
  expect(shareFalseAlarmRate([lax, strict]).map(({ verdict }) => verdict)).toEqual(['suspect', strict.verdict])
})

test('a risen error rate and a lost level are held to their share by the number of gates', () => {
  const risen = {
    ...green,
    verdict: 'regressed',
    check: 'fail',
    reasons: ['error-rate'],
    errorRate: { ...green.errorRate!, verdict: 'regressed', p: 0.0004 },
  } as const
  expect(shareFalseAlarmRate([risen, ...seven])[0]).toMatchObject({
    verdict: 'suspect',
    errorRate: { verdict: 'suspect' },
  })
  const sure = { ...risen, errorRate: { ...risen.errorRate, p: 0.00006 } }
  expect(shareFalseAlarmRate([sure, ...seven])[0]).toBe(sure)
  const level = { concurrency: 8, verdict: 'regressed', p: 0.0004, reason: '', repeatFailed: true } as const
  const counts = { candidate: { ok: 0, failed: 9 }, baseline: { ok: 9, failed: 0 } }
  const lost = {
    ...green,
    verdict: 'regressed',
    reasons: ['level-lost'],
    lostLevels: [{ ...level, ...counts }],
  } as const
  expect(shareFalseAlarmRate([lost, ...seven])[0]).toMatchObject({
    verdict: 'suspect',
    lostLevels: [{ verdict: 'suspect' }],
  })
})
