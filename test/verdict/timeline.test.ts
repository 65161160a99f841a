import { expect, test } from 'vitest'
import { auditHistory } from '../../src/verdict/audit.ts'
import { tellTimeline } from '../../src/verdict/timeline.ts'
import type { Timeline } from '../../src/verdict/timeline.ts'
import { aRow, judged, POLICY, recorded, steady } from './recorded.ts'
import { recordMonths, YEAR } from '../support/month-history.ts'
import type { Months } from '../support/month-history.ts'

const tell = (months: Months, releases?: Parameters<typeof tellTimeline>[2]): Timeline =>
  tellTimeline(recordMonths(months), POLICY, releases)!

const metricOf = (timeline: Timeline, metric: string) => timeline.metrics.find((each) => each.metric === metric)!

test('level, tolerance and spread are those with which the gate compares', () => {
  const history = recorded(steady(12, 0.02))
  const { comparisons } = judged(aRow(), history)
  const timeline = tellTimeline(history, POLICY)!
  expect(timeline.metrics.map(({ metric }) => metric)).toEqual(['ttft-p50', 'tpot-p50', 'plateau-throughput'])
  for (const { metric, baseline, spread, tolerance, unit, levels } of comparisons) {
    const told = metricOf(timeline, metric)
    expect(told.stretches.at(-1)!.level).toBeCloseTo(baseline!, 9)
    expect(told.spread).toBeCloseTo(spread!, 9)
    expect(told).toMatchObject({ tolerance, unit, levels })
    const [{ low, high, level }] = told.stretches as [Timeline['metrics'][number]['stretches'][number]]
    expect(Math.sqrt(low * high)).toBeCloseTo(level, 6)
    expect(high / level).toBeCloseTo(1 + tolerance, 9)
  }
})

test('steps are those that an audit names, with the server that came with them', () => {
  const months = { ...YEAR, runs: 40, steps: [{ at: 30, factor: 1.2, mark: 'opens' as const }], servers: [] }
  const steps = tell(months).steps.map(({ at: _at, last: _last, model: _model, server: _server, ...step }) => step)
  expect(steps).toEqual(auditHistory(recordMonths(months), POLICY)!.steps)
  expect(tell(YEAR).steps[0]).toMatchObject({
    at: 120,
    last: 119,
    server: { before: 'vllm 0.11.0', now: 'vllm 0.12.0' },
    model: null,
  })
})

test('all points are told, and not only those that a comparison needs', () => {
  const timeline = tell({ ...YEAR, steps: [{ at: 20, factor: 1.2, mark: 'opens' }] })
  expect(timeline.points).toHaveLength(150)
  expect(timeline.steps.map(({ at }) => at)).toEqual([20, 20, 20])
  const { figures, stretches } = metricOf(timeline, 'tpot-p50')
  expect(figures).toHaveLength(150)
  expect(stretches.map(({ from, to }) => [from, to])).toEqual([
    [0, 19],
    [20, 149],
  ])
})

test('a step for the worse stands while it is new and nobody accepted it', () => {
  const standing = (mark: 'opens' | 'accepted', at: number) =>
    metricOf(tell({ runs: 40, steps: [{ at, factor: 1.2, mark }] }), 'tpot-p50').standing
  expect(standing('opens', 30)).toMatchObject({ points: 10 })
  expect(standing('accepted', 30)).toBeNull()
  expect(standing('opens', 5)).toBeNull()
})

test('runs of one workflow run are one point, and what somebody accepted is told of it', () => {
  const history = recorded(steady(6), (i) => ({ runId: `run-${Math.floor(i / 2)}` }))
  const timeline = tellTimeline(history, POLICY)!
  expect(timeline.points.map(({ runs }) => runs)).toEqual([2, 2, 2])
  expect(timeline.runs).toBe(6)
  const accepted = tell({ runs: 12, steps: [{ at: 8, factor: 1.2, mark: 'accepted' }] })
  expect(accepted.points.map((point) => point.accepted.length > 0).indexOf(true)).toBe(8)
})

test('a point without a figure is told as such, and keeps its place', () => {
  const history = recorded(steady(8))
  const entry = history[4]!
  const levels = entry.row.levels.map((level) => ({ ...level, valid: false }))
  const broken = history.map((each) => (each === entry ? { ...entry, row: { ...entry.row, levels } } : each))
  const { figures } = metricOf(tellTimeline(broken, POLICY)!, 'tpot-p50')
  expect(figures.map((figure) => figure === null)).toEqual([false, false, false, false, true, false, false, false])
})

test('a pause is a gap where it is long beside the usual ones', () => {
  expect(tell({ runs: 30, gaps: [10, 20] }).gaps).toEqual([
    { after: 9, days: 20 },
    { after: 19, days: 20 },
  ])
  const monthly = recorded(steady(4), () => ({})).map((entry, i) => ({
    ...entry,
    row: { ...entry.row, startedAt: `2026-0${i + 1}-01T04:00:00.000Z` },
  }))
  expect(tellTimeline(monthly, POLICY)!.gaps).toEqual([])
})

test('a release stands where its commit was measured, else at the first run after it', () => {
  const months: Months = {
    runs: 20,
    overrides: (i) => (i === 12 ? { event: 'release', ref: 'v1.2' } : {}),
  }
  const { source } = recordMonths(months)[5]!
  const { releases } = tell(months, [
    { name: 'v1.0', at: '2026-01-09T00:00:00Z', sha: source.sha },
    { name: 'v1.1', at: '2026-01-04T12:00:00Z', sha: 'f'.repeat(40) },
    { name: 'before', at: '2025-01-01T00:00:00Z', sha: null },
    { name: 'after', at: '2027-01-01T00:00:00Z', sha: null },
  ])
  expect(releases).toEqual([
    { name: 'v1.0', at: 5 },
    { name: 'v1.1', at: 6 },
    { name: 'v1.2', at: 12 },
  ])
})

test('runs of other settings are counted, with what differs', () => {
  const old = recordMonths({ runs: 3 })
  const others = old.map((entry) => ({
    ...entry,
    row: { ...entry.row, series: { ...entry.row.series, key: 'f'.repeat(64), passes: 2 } },
  }))
  const timeline = tellTimeline([...others, ...recordMonths({ runs: 4 })], POLICY)!
  expect(timeline.points).toHaveLength(4)
  expect(timeline.otherwise).toMatchObject({ runs: 3, differences: [{ field: 'passes', before: '2', now: '3' }] })
  expect(tell({ runs: 4 }).otherwise).toBeNull()
})

test('one run is a timeline, none is not', () => {
  expect(tellTimeline([], POLICY)).toBeNull()
  const one = tell({ runs: 1 })
  expect(one).toMatchObject({ runs: 1, steps: [], gaps: [], releases: [] })
  expect(one.metrics).toHaveLength(3)
})

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
