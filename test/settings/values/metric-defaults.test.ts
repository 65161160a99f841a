import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { RUN_SETTINGS } from '../../../src/settings/lists/run-settings.ts'
import { describeSpreads, describeTolerances } from '../../../src/settings/values/tolerance.ts'
import { toleranceOf } from '../../../src/vocabulary/metrics.ts'
import { GATED_ROWS } from '../../../src/vocabulary/metrics.ts'

test('the tolerances that help states are those that the gate has', () => {
  expect(describeTolerances()).toBe('5 %; for release 10 %, TTFT, TTFO and latency 15 %')
  for (const { name, family } of GATED_ROWS) {
    expect(toleranceOf({ gate: 'check', tolerance: null }, name)).toBe(0.05)
    const isSlack = ['ttft', 'ttfo', 'latency'].includes(family)
    expect(toleranceOf({ gate: 'release', tolerance: null }, name)).toBe(isSlack ? 0.15 : 0.1)
  }
})

test('the spreads that help states are those of the metrics', () => {
  expect(describeSpreads()).toBe(
    '5 % for TPOT, chunk gap and throughput, 10 % for TTFT, TTFO, latency, attainment, goodput and capacity, 20 % for tails',
  )
  expect(RUN_SETTINGS.expectedSpread.help).toContain(describeSpreads())
})

test('what the guide says of the tolerance in passing is its default', () => {
  const guide = readFileSync('docs/guide.md', 'utf8')
  const [check, release] = describeTolerances().split('; for release ')
  expect(guide).toContain(`A change below \`tolerance\` (${check}) is never red.`)
  expect(guide).toContain(`Only what is proven to be within \`tolerance\` (${release})`)
})
