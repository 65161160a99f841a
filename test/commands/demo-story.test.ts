import { expect, test } from 'vitest'
import { tellComment, tellEnding, tellRun, tellVerdict } from '../../src/commands/demo-story.ts'
import { aLevel, aReport } from '../support/builders.ts'
import { aRegression, aVerdict } from '../support/verdict-builders.ts'

const PASSED = aVerdict()
const FAILED = aVerdict({ verdict: 'regressed', check: 'fail', reasons: ['tpot-p50'], comparisons: [aRegression()] })

test('the story was told when the unchanged candidate passes and the slower one fails', () => {
  expect(tellEnding(PASSED, FAILED, null)).toEqual({ told: true, text: expect.stringContaining('What this assumed') })
  expect(tellEnding(PASSED, FAILED, '/tmp/demo').text).toContain('plateau audit /tmp/demo/history.json')
})

test.each([
  [FAILED, FAILED, 'the unchanged candidate came out as regressed.'],
  [PASSED, aVerdict({ verdict: 'suspect', check: 'warn' }), 'the slower candidate came out as suspect.'],
  [
    aVerdict({ verdict: 'not-measured', check: 'fail' }),
    PASSED,
    'the unchanged candidate came out as not-measured, and the slower candidate came out as no-change-seen.',
  ],
])('otherwise it says what happened', (unchanged, slower, what) => {
  const { told, text } = tellEnding(unchanged, slower, null)
  expect(told).toBe(false)
  expect(text).toContain(`The story did not go as told: ${what}`)
  expect(text).not.toContain('What this assumed')
})

test('a verdict stands with the exit code that a workflow would see', () => {
  expect(tellVerdict(PASSED, false)).toMatch(/^\n✅ [^]*\n {3}exit code 0: the check passes\n$/)
  expect(tellVerdict(FAILED, false)).toMatch(/^\n❌ [^]*\n {3}exit code 1: the check fails\n$/)
})

test('what a comment folds is left out', () => {
  const shown = tellComment(
    '### title\n\ntext\n\n<details><summary>Levels</summary>\n\n| a |\n\n</details>\n\nfooter\n',
  )
  expect(shown).toContain('### title\n\ntext\n\nfooter\n─')
  expect(shown).not.toContain('Levels')
})

test('a recorded run is a line, also when its level could not be measured', () => {
  const levels = [aLevel(8)]
  expect(tellRun(1, aReport({ measured: levels }))).toMatch(/^ {3}run 1: TPOT at concurrency 8: 10\.0 ms; plateau \d/)
  const invalid = aReport({ levels: levels.map((level) => ({ ...level, valid: false })) })
  expect(tellRun(2, invalid)).toContain('not measured, this machine was too busy')
})
