import { expect, test } from 'vitest'
import { isUndecided } from '../../../src/commands/demo/bench.ts'
import { aComparison, aRegression, aVerdict } from '../../support/verdict-builders.ts'

test('a candidate is measured again where too little was measured to decide in one metric, though another decides', () => {
  const plateau = aRegression({ metric: 'plateau-throughput' })
  const redWith = (tpot: Parameters<typeof aComparison>[0]) => ({
    verdict: aVerdict({ verdict: 'regressed', check: 'fail', comparisons: [plateau, aComparison(tpot)] }),
  })
  expect(isUndecided(redWith({ verdict: 'not-measured', confirmed: null }))).toBe(true)
  expect(isUndecided(redWith({ verdict: 'suspect', confirmed: null }))).toBe(true)
  expect(isUndecided(redWith({ verdict: 'suspect', confirmed: false }))).toBe(false)
  expect(isUndecided(redWith({ verdict: 'proven' }))).toBe(false)
})
