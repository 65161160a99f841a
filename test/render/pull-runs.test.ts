import { expect, test } from 'vitest'
import { renderPullRuns } from '../../src/render/pull-runs.ts'
import type { PlacedMetric } from '../../src/verdict/pull-runs.ts'

const NONE = { otherSeries: 0, ofMain: 0, tooEarly: 0 }
const TPOT: PlacedMetric = { metric: 'tpot-p50', counts: [14, 5, 1, 2], worse: 9, differs: [] }

test('shows where runs of pull requests lie beside what is promised', () => {
  const text = renderPullRuns({ placed: 22, leftOut: NONE, metrics: [TPOT] })
  expect(text).toMatch(/^22 runs of pull requests\n/)
  expect(text).toMatch(/^promised +68 % +27 % +4 % +– +50 %$/m)
  expect(text).toMatch(/^TPOT +70 % +25 % +5 % +2 +45 %$/m)
  expect(text).toContain('They sit about main as its own runs do')
  expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80)
})

test('says in what they differ, and what was left out', () => {
  const text = renderPullRuns({
    placed: 22,
    leftOut: { otherSeries: 2, ofMain: 1, tooEarly: 3 },
    metrics: [{ ...TPOT, differs: ['wider', 'worse'] }],
  }).replace(/\s+/g, ' ')
  expect(text).toContain('left out: 2 of another series, 1 recorded already, 3 with fewer than eight points')
  expect(text).toContain('TPOT: they lie further from main than its runs lie from each other')
  expect(text).toContain('TPOT: they are worse than main more often than not')
  expect(text).not.toContain('as far as so many runs can tell')
})

test('says nothing of metrics where no run can be placed', () => {
  expect(renderPullRuns({ placed: 0, leftOut: { ...NONE, otherSeries: 1 }, metrics: [] })).toBe(
    '0 runs of pull requests; left out: 1 of another series\n',
  )
})
