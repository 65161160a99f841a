import { expect, test } from 'vitest'
import { describeLevels, shortenLabel } from '../../src/words/metric-words.ts'
import type { Comparison } from '../../src/report/verdict.ts'
import { regressedBy } from '../support/verdict-builders.ts'

const tellLevels = (comparison: Comparison) => describeLevels(comparison, 'concurrency')

test('the levels at which something moved are told shortly', () => {
  expect(tellLevels(regressedBy('tpot-p50', [0.2, 0.2, 0.2]))).toBe('TPOT +20 % at concurrency 1 to 4')
  expect(tellLevels(regressedBy('tpot-p50', [0.15, 0.2, 0.25]))).toBe('TPOT +15 % at concurrency 1 to +25 % at 4')
  expect(tellLevels(regressedBy('ttft-p50', [0, 0.02, 0.5, 0.8]))).toBe('TTFT at concurrency 4 and 8, most +80 % at 8')
  expect(tellLevels(regressedBy('ttft-p50', [0.3]))).toBe('TTFT +30 % at concurrency 1')
  expect(tellLevels(regressedBy('ttft-p50', [0, 0, 0.01, 0.22]))).toBe('TTFT +22 % at concurrency 8')
  expect(tellLevels(regressedBy('plateau-throughput', [-0.1, -0.1]))).toBe(
    'plateau throughput −10 % at concurrency 1 to 2',
  )
  expect(tellLevels(regressedBy('tpot-p50', []))).toBeNull()
})

test.each([
  ['plateau-throughput', true, 'Plateau'],
  ['plateau-throughput', false, 'Highest'],
  ['throughput-within', null, 'Within limit'],
  ['tpot-p50', null, 'TPOT'],
] as const)('where columns are narrow, %s (of a plateau: %s) is called %s', (metric, ofPlateau, label) => {
  expect(shortenLabel({ metric, ofPlateau })).toBe(label)
})
