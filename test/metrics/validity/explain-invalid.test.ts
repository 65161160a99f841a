import { expect, test } from 'vitest'
import { explainInvalid } from '../../../src/metrics/validity/explain-invalid.ts'
import { FINDINGS, invalidates } from '../../../src/metrics/findings.ts'
import { judgeRun } from '../../../src/metrics/validity.ts'
import { summariseLevel } from '../../../src/metrics/level.ts'
import { dropCodeMarks, makeClause } from '../../../src/text.ts'
import { renderTitle } from '../../../src/render/text.ts'
import { aLevelRun, aReport } from '../../support/builders.ts'
import { aVerdict } from '../../support/verdict-builders.ts'

const CHAT = { task: 'chat', tolerance: 0.05 } as const
const NOT_VALID = aVerdict({ verdict: 'not-measured', check: 'fail', comparisons: [], reasons: ['run-invalid'] })

const levelsWith = (...reasons: readonly (readonly string[])[]) => reasons.map((invalidReasons) => ({ invalidReasons }))

test('nothing is wrong with a run of valid levels', () => {
  expect(explainInvalid(levelsWith([], []), [])).toBeNull()
  expect(explainInvalid(levelsWith([]), [{ code: 'plan-cut', message: 'Cut.' }])).toBeNull()
})

test('what is wrong with the whole run comes before what is wrong with levels', () => {
  const gone = { code: 'endpoint-gone', message: 'Single requests after the last level all failed.' } as const
  expect(explainInvalid(levelsWith(['errors'], ['errors']), [gone])).toBe(
    'single requests after the last level all failed',
  )
  // What was said of one level is no word about the run.
  expect(explainInvalid(levelsWith(['errors']), [{ ...gone, level: 1 }])).toMatch(/^clearly more than 1 % /)
})

test('of levels it is what explains most of them, and of the rest what explains most of that', () => {
  const levels = levelsWith(['drift', 'errors'], ['client-saturated'], ['errors'], ['rate-limited'], [])
  expect(explainInvalid(levels, [])).toBe(
    'clearly more than 1 % of the requests failed (one-sided 95 % bound) (2 of 5 levels); this machine was too busy: it, not the server, was the bottleneck (1 of 5 levels)',
  )
  expect(explainInvalid(levelsWith(['of-a-newer-version']), [])).toBe('of-a-newer-version (the only level)')
})

test('the headline of a run that this machine was too busy for says so', () => {
  const client = { eventLoopUtilization: 0.99, delayP90Ms: 80, delayP99Ms: 120, queueP99Ms: 40 }
  const levels = [1, 8].map((concurrency) => summariseLevel([aLevelRun({ concurrency, client })], CHAT))
  expect(levels.map(({ state }) => state)).toEqual(['client-saturated', 'client-saturated'])
  const report = aReport({ measured: levels, validity: judgeRun(levels) })
  expect(renderTitle(NOT_VALID, report)).toBe(
    '❌ llama-8b: could not be measured: this machine was too busy: it, not the server, was the bottleneck (both levels)',
  )
})

test.each(FINDINGS.filter(invalidates))('the headline of a run that $code makes invalid names the cause', (kind) => {
  const headline = (cause: string | null) =>
    renderTitle(NOT_VALID, aReport({ validity: { ok: false, cause: cause!, findings: [] } }))
  const ofRun = explainInvalid([], [{ code: kind.code, message: 'It was 17 of 19.' }])
  expect(headline(ofRun)).toBe('❌ llama-8b: could not be measured: it was 17 of 19')
  const ofLevels = headline(explainInvalid(levelsWith([kind.code]), []))
  expect(ofLevels).toContain(dropCodeMarks(makeClause(kind.meaning)).slice(0, 100))
  expect(ofLevels).not.toContain('as a whole')
})
