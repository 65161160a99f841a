import { expect, test } from 'vitest'
import { tellTimeline } from '../../src/verdict/timeline.ts'
import type { Timeline } from '../../src/verdict/timeline.ts'
import { POLICY } from './recorded.ts'
import { recordMonths, YEAR } from '../support/month-history.ts'
import type { Months } from '../support/month-history.ts'

const tell = (months: Months, releases?: Parameters<typeof tellTimeline>[2]): Timeline =>
  tellTimeline(recordMonths(months), POLICY, releases)!

test('two versions are told by medians and the difference of their means, with an interval', () => {
  const [before, now] = tell(YEAR).versions as [Timeline['versions'][number], Timeline['versions'][number]]
  expect([before, now].map(({ server, points, runs }) => [server, points, runs])).toEqual([
    ['vllm 0.11.0', 120, 120],
    ['vllm 0.12.0', 30, 30],
  ])
  const [old, tpot] = [before, now].map(({ metrics }) => metrics.find(({ metric }) => metric === 'tpot-p50')!) as [
    (typeof now.metrics)[number],
    (typeof now.metrics)[number],
  ]
  expect(old.difference).toBeNull()
  expect(old.median! / 10).toBeCloseTo(1, 1)
  expect(tpot.median! / 12).toBeCloseTo(1, 1)
  const { change, low, high } = tpot.difference!
  expect(change).toBeGreaterThan(low)
  expect(low).toBeGreaterThan(0.17)
  expect(high).toBeLessThan(0.23)
})

test('versions of which each has one run are compared with what is assumed of the spread', () => {
  const { versions } = tell({ runs: 2, servers: YEAR.servers!.map((server, i) => ({ ...server, at: i })) })
  const { low, high } = versions[1]!.metrics[1]!.difference!
  expect(high - low).toBeGreaterThan(0.2)
})

test('the interval of two versions covers a difference that is none about as often as it says', () => {
  // Twenty alternating versions of unchanged code: 95 of 100 intervals hold 0.
  const servers = Array.from({ length: 20 }, (_, i) => ({ at: 10 * i, version: `v${i}` }))
  const { versions } = tell({ runs: 200, servers })
  const covering = versions
    .slice(1)
    .flatMap(({ metrics }) => metrics.map(({ difference }) => difference!.low <= 0 && difference!.high >= 0))
  expect(covering.filter((covers) => covers).length / covering.length).toBeGreaterThan(0.85)
})
