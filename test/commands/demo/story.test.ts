import { expect, test } from 'vitest'
import {
  findSurprises,
  tellAgain,
  tellComment,
  tellEnding,
  tellRun,
  tellSurprises,
  tellVerdict,
} from '../../../src/commands/demo/story.ts'
import { aLevel, aReport } from '../../support/builders.ts'
import { aRegression, aVerdict } from '../../support/verdict-builders.ts'

const PASSED = aVerdict()
const FAILED = aVerdict({ verdict: 'regressed', check: 'fail', reasons: ['tpot-p50'], comparisons: [aRegression()] })

test('the story is told when the unchanged candidate passes and the slower one fails', () => {
  expect(findSurprises(PASSED, null)).toEqual([])
  expect(findSurprises(PASSED, FAILED)).toEqual([])
  expect(tellEnding(null)).toContain('What this assumed')
  expect(tellEnding(null)).toContain('node dist/cli.js')
  expect(tellEnding('/tmp/demo')).toContain('plateau audit /tmp/demo/history.json')
})

test.each([
  [FAILED, FAILED, ['the unchanged candidate came out as "regressed"']],
  [PASSED, aVerdict({ verdict: 'suspect', check: 'warn' }), ['the slower candidate came out as "suspect"']],
  [
    aVerdict({ verdict: 'not-measured', check: 'fail' }),
    PASSED,
    ['the unchanged candidate came out as "not measured"', 'the slower candidate came out as "no change seen"'],
  ],
])('otherwise it says what happened', (unchanged, slower, surprises) => {
  expect(findSurprises(unchanged, slower)).toEqual(surprises)
  expect(tellAgain(surprises, 4).replaceAll('\n', ' ')).toContain(surprises.join(' and '))
  expect(tellSurprises(surprises).replaceAll('\n', ' ')).toContain(`did not go as told: ${surprises.join(' and ')}.`)
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

test('a comment is shown as it reads, not as it is escaped', () => {
  const shown = tellComment(
    '### llama\\-8b: limit broken, ttft\\-p90@\u200b8 &lt;\\= 2s\n\n<sub>of 2026\\-11\\-28</sub>\n',
  )
  expect(shown).toContain('### llama-8b: limit broken, ttft-p90@8 <= 2s\n\nof 2026-11-28\n')
})

test('a recorded run is a line, which tells a plateau only where its levels could be measured', () => {
  const report = aReport({ measured: [2, 8, 16].map((concurrency) => aLevel(concurrency)) })
  const plateau = { ...report.plateau, state: 'reached' } as const
  expect(tellRun(1, { ...report, plateau })).toMatch(/^ {3}run 1: TPOT at concurrency 8: 10\.0 ms; plateau \d[^;]*\n$/)
  const levels = report.levels.map((level) => ({ ...level, valid: level.concurrency === 2 }))
  expect(tellRun(2, { ...report, levels, plateau: { ...plateau, state: 'not-reached' } })).toBe(
    '   run 2: this machine was too busy to measure concurrency 8 and 16\n',
  )
})

test('who has no command is told what to write for it, from a clone and from the package', () => {
  const told = tellEnding(null)
  expect(told.replaceAll(/\s+/g, ' ')).toMatch(
    /write node dist\/cli\.js for plateau, or npx \.\/plateau-\d+\.\d+\.\d+\.tgz/,
  )
  expect(Math.max(...told.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80)
})
