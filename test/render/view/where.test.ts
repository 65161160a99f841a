import { expect, test } from 'vitest'
import { describeCause, describeLevels } from '../../../src/render/view/where.ts'
import type { Comparison } from '../../../src/report/verdict.ts'
import { aComparison, aLevelChange, aRegression } from '../../support/verdict-builders.ts'

/** A regressed metric whose change at level 1, 2, 4, 8 is given. */
function regressed(metric: Comparison['metric'], changes: readonly number[]): Comparison {
  const mean = changes.reduce((sum, change) => sum + change, 0) / changes.length
  return aRegression({
    metric,
    baseline: 100,
    candidate: 100 * (1 + mean),
    byLevel: changes.map((change, i) =>
      aLevelChange({ concurrency: 2 ** i, baseline: 100, candidate: 100 * (1 + change) }),
    ),
  })
}

test('the levels at which something moved are told shortly', () => {
  expect(describeLevels(regressed('tpot-p50', [0.2, 0.2, 0.2]))).toBe('TPOT +20 % at concurrency 1 to 4')
  expect(describeLevels(regressed('tpot-p50', [0.15, 0.2, 0.25]))).toBe('TPOT +15 % at concurrency 1 to +25 % at 4')
  expect(describeLevels(regressed('ttft-p50', [0, 0.02, 0.5, 0.8]))).toBe(
    'TTFT at concurrency 4 and 8, most +80 % at 8',
  )
  expect(describeLevels(regressed('ttft-p50', [0.3]))).toBe('TTFT +30 % at concurrency 1')
  expect(describeLevels(regressed('ttft-p50', [0, 0, 0.01, 0.22]))).toBe('TTFT +22 % at concurrency 8')
  expect(describeLevels(regressed('plateau-throughput', [-0.1, -0.1]))).toBe(
    'plateau throughput −10 % at concurrency 1 to 2',
  )
  expect(describeLevels(aRegression({ byLevel: [] }))).toBeNull()
})

test('the pattern of what moved points to a part of the serving', () => {
  const steadyTtft = aComparison({ metric: 'ttft-p50' })
  const steadyTpot = aComparison()
  const flat = [0.2, 0.2, 0.2, 0.2]
  expect(describeCause([regressed('tpot-p50', flat), steadyTtft])).toMatch(/^decode: .*; the first comes as before\.$/)
  expect(describeCause([regressed('tpot-p50', flat)])).toBe('decode: tokens after the first come slower.')
  expect(describeCause([regressed('ttft-p50', flat), steadyTpot])).toMatch(
    /^prefill: .*; those after it come as before\.$/,
  )
  expect(describeCause([regressed('ttft-p50', [0, 0.01, 0.4, 0.9]), steadyTpot])).toMatch(/^queueing: /)
  expect(describeCause([regressed('ttft-p50', flat), regressed('tpot-p50', flat)])).toMatch(/^prefill and decode: /)
  expect(describeCause([regressed('plateau-throughput', [-0.2, -0.2]), steadyTpot])).toMatch(/^capacity: /)
  expect(describeCause([regressed('ttfo-p50', flat)])).toMatch(/^reasoning: /)
  expect(describeCause([regressed('latency-p50', flat)])).toMatch(/^the whole request: /)
  expect(describeCause([steadyTtft, steadyTpot])).toBeNull()
})
