import { expect, test } from 'vitest'
import { describeLevels } from '../../../../src/render/view/compared/where.ts'
import { regressedBy } from '../../../support/verdict-builders.ts'

test('the levels at which something moved are told shortly', () => {
  expect(describeLevels(regressedBy('tpot-p50', [0.2, 0.2, 0.2]))).toBe('TPOT +20 % at concurrency 1 to 4')
  expect(describeLevels(regressedBy('tpot-p50', [0.15, 0.2, 0.25]))).toBe('TPOT +15 % at concurrency 1 to +25 % at 4')
  expect(describeLevels(regressedBy('ttft-p50', [0, 0.02, 0.5, 0.8]))).toBe(
    'TTFT at concurrency 4 and 8, most +80 % at 8',
  )
  expect(describeLevels(regressedBy('ttft-p50', [0.3]))).toBe('TTFT +30 % at concurrency 1')
  expect(describeLevels(regressedBy('ttft-p50', [0, 0, 0.01, 0.22]))).toBe('TTFT +22 % at concurrency 8')
  expect(describeLevels(regressedBy('plateau-throughput', [-0.1, -0.1]))).toBe(
    'plateau throughput −10 % at concurrency 1 to 2',
  )
  expect(describeLevels(regressedBy('tpot-p50', []))).toBeNull()
})
