import { expect, test } from 'vitest'
import { VERDICT_WORDS } from '../../src/report/verdict.ts'
import type { VerdictWord } from '../../src/report/verdict.ts'
import type { Consequence } from '../../src/settings/lists/gate-settings.ts'
import {
  checkOf,
  exitCodeOf,
  pickWorse,
  VERDICT_TABLE,
  applyAcceptances,
  concludeWithoutFigures,
} from '../../src/verdict/conclude.ts'
import { POLICY, aRow, inputOf, judged, of, recorded, steady } from './recorded.ts'
import type { Acceptance } from '../../src/settings/values/acceptance.ts'
import { decideVerdict } from '../../src/verdict/decide.ts'
import { entriesOf } from '../../src/report/history-row.ts'

const one = (word: VerdictWord, policy = {}, byFile = false): Consequence =>
  checkOf([{ word, byFile }], { ...POLICY, ...policy })

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
  expect(checkOf([part('proven'), part('suspect')], POLICY)).toBe('warn')
  expect(checkOf([part('suspect'), part('regressed'), part('proven')], POLICY)).toBe('fail')
  expect(checkOf([], POLICY)).toBe('pass')
})

test('the worse of two words is the earlier one', () => {
  expect(pickWorse('proven', 'suspect')).toBe('suspect')
  expect(pickWorse('regressed', 'not-measured')).toBe('regressed')
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
  const next = decideVerdict(inputOf(slow, [...history, ...entriesOf(merged, [slow], source)]))
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
