import { expect, test } from 'vitest'
import { buildBaselineOfHistory } from '../../src/commands/recorded/recorded.ts'
import { judgeReport } from '../../src/commands/judge.ts'
import { decodeHistory } from '../../src/report/history-codec.ts'
import { buildRow } from '../../src/report/history-row.ts'
import { decodeLooks, encodeLooks } from '../../src/report/looks.ts'
import type { Looks, SecondLook } from '../../src/report/looks.ts'
import { DECISION_SETTINGS, listDeciding } from '../../src/settings/lists/run-settings.ts'
import { readFlags, resolveFlags } from '../../src/settings/reading/flags.ts'
import { aStoredHistory, aStoredRun } from '../support/stored-runs.ts'

const SLOWER = aStoredRun(20, 1.2)

/** The verdict of a slower run beside what its artifact says that was looked at. */
function judged(looks: Looks | null, flags: readonly string[] = []) {
  const baseline = buildBaselineOfHistory(decodeHistory(aStoredHistory()), 'file', buildRow(SLOWER))
  return judgeReport(SLOWER, baseline, resolveFlags(DECISION_SETTINGS, flags), { looks })
}

function looked(secondLook: SecondLook): Looks {
  return { candidates: [buildRow(SLOWER)], secondLook, limits: [] }
}

test.each<[string, SecondLook, string]>([
  ['agreed', { row: buildRow(aStoredRun(20, 1.2)), control: null }, 'regressed'],
  ['saw nothing', { row: buildRow(aStoredRun(20, 1)), control: null }, 'suspect'],
  ['was interrupted', 'unusable', 'not-measured'],
  ['was not taken', 'none', 'regressed'],
])('a stored report whose second look %s comes to the verdict of its run', (_, secondLook, word) => {
  expect(judged(decodeLooks(encodeLooks(looked(secondLook)))).verdict).toBe(word)
})

test('limits that a run found over all of its measurements are not checked over the last one alone', () => {
  const broken = { limit: 'ttft-p50@1 <= 1s', concurrency: 1, outcome: 'fail', value: 1100, bound: null, reason: null }
  const looks = { ...looked('none'), limits: [broken] } as Looks
  // The bound follows from the history.
  const { bound: _, ...found } = broken
  expect(judged(looks, ['--limits', broken.limit]).limits).toMatchObject([found])
  expect(judged(looks).limits).toMatchObject([found])
  expect(judged(looks, ['--limits', 'ttft-p50@1 <= 2s']).limits).toMatchObject([{ outcome: 'pass' }])
})

test('the settings that decide are listed on a line each, without those that are as always', () => {
  const flags = ['--tolerance', '# for now\n5%\nttft-p50: 10%', '--gate', 'check', '--decision', ' threshold ']
  expect(listDeciding(readFlags(DECISION_SETTINGS, flags).given)).toEqual([
    { setting: 'tolerance', value: '5%, ttft-p50: 10%' },
    { setting: 'decision', value: 'threshold' },
  ])
})

test('looks with a control are read back whole, and those of before there were controls as they were', () => {
  const row = buildRow(SLOWER)
  const whole: Looks = {
    candidates: [row, row],
    controls: [row, null],
    controlTroubles: ['it could not be reached'],
    sessions: { fresh: true, most: 4 },
    secondLook: { row, control: row },
    limits: [],
  }
  expect(decodeLooks(encodeLooks(whole))).toEqual(whole)
  const before = { schema: 'plateau/looks@1', candidates: [row], secondLook: row, limits: [] }
  expect(decodeLooks(JSON.stringify(before))).toEqual(looked({ row, control: null }))
  expect(() => decodeLooks(encodeLooks({ ...whole, controls: [row] }))).toThrow('one for each of the candidates')
})

test('what is not exactly a look is refused', () => {
  const text = encodeLooks(looked('none'))
  for (const spoilt of [
    '{}',
    text.replace('"none"', '"maybe"'),
    text.replace('looks@1', 'looks@9'),
    '[',
    '{"__proto__":1}',
  ]) {
    expect(() => decodeLooks(spoilt)).toThrow()
  }
})
