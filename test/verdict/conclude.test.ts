import { expect, test } from 'vitest'
import { VERDICT_WORDS } from '../../src/report/verdict.ts'
import type { VerdictWord } from '../../src/report/verdict.ts'
import type { Consequence } from '../../src/settings.ts'
import { checkOf, exitCodeOf, pickWorse, VERDICT_TABLE } from '../../src/verdict/conclude.ts'
import { POLICY } from './recorded.ts'

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
