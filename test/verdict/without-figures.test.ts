import { expect, test } from 'vitest'
import { POLICY } from './recorded.ts'
import { concludeWithoutFigures } from '../../src/verdict/conclude.ts'

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
