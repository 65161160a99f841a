import { describe, expect, it, test } from 'vitest'
import { drawNormal, seedRandom } from '../../src/random.ts'
import type { HistoryRow } from '../../src/report/history.ts'
import { auditHistory, placeRuns } from '../../src/verdict/audit.ts'
import { aRow, judged, POLICY, recorded, steady } from './recorded.ts'

test('without recorded runs there is nothing to audit', () => {
  expect(auditHistory([], POLICY)).toBeNull()
})

test('the audit tells the spread between runs and within them, and what it lets be seen', () => {
  const passes = [Math.exp(-0.01), 1, Math.exp(0.01)]
  const history = recorded(
    steady(10, 0.02).map((row) => ({
      ...row,
      levels: aRow({}, { passes }).levels.map((level, i) => ({
        ...level,
        passes: level.passes.map((pass, j) => ({
          ...pass,
          figures: { ...pass.figures, 'tpot-p50': row.levels[i]!.passes[j]!.figures['tpot-p50']! * passes[j]! },
        })),
      })),
    })),
  )
  const result = auditHistory(history, POLICY)!
  expect(result).toMatchObject({
    name: 'llama-8b',
    runs: 10,
    groups: 10,
    judged: 10,
    alarms: 0,
    promisedAlarmRate: 0.01,
  })
  const tpot = result.metrics.find(({ metric }) => metric === 'tpot-p50')!
  expect(tpot).toMatchObject({ groups: 10, segments: 1, levels: [1, 2, 4, 8], tolerance: 0.05 })
  expect(tpot.causes.anyDay).toBeCloseTo(0.02, 8)
  expect(tpot.causes.pass).toBeCloseTo(0.01, 8)
  expect(tpot.causes).toMatchObject({ run: null, day: null, control: null })
  // The factors of a pass are those of all its levels: nothing is left of a level.
  expect(tpot.causes.level).toBeCloseTo(0, 8)
  expect(tpot.smallestVisible).toBeCloseTo(Math.expm1(4.625092828845427 * 0.02 * Math.sqrt(1.1)), 4)
  const remedies = new Map(tpot.remedies.map(({ what, smallestVisible }) => [what, smallestVisible]))
  for (const what of ['passes', 'runs', 'sessions'] as const)
    expect(remedies.get(what)).toBeLessThan(tpot.smallestVisible)
  // Nothing tells what a control would share; hours do, as all runs are of midnight.
  expect(remedies.get('control')).toBeUndefined()
  expect(tpot.remedies.find(({ what }) => what === 'hours')!.now).toBeGreaterThan(1.5 * tpot.smallestVisible)
  expect(result.recordedAt).toEqual({ days: 10, hours: [0] })
})

test('where the newest points spread more, what they spread by counts', () => {
  const [calm, wide] = [steady(12, 0.01), steady(6, 0.05)]
  const tpotOf = (rows: typeof calm) =>
    auditHistory(recorded(rows), POLICY)!.metrics.find(({ metric }) => metric === 'tpot-p50')!
  const { before, now } = tpotOf([...calm, ...wide]).grown!
  expect(before).toBeLessThan(0.015)
  expect(now).toBeGreaterThan(0.04)
  expect(tpotOf([...calm, ...steady(6, 0.01)]).grown).toBeNull()
})

test('each run is judged against all others: one that stands out is an alarm', () => {
  const rows = [...steady(6, 0.01), aRow({ tpot: 1.2 }), ...steady(6, 0.01)]
  expect(auditHistory(recorded(rows), POLICY)).toMatchObject({ judged: 13, alarms: 1 })
})

test('an outlier is judged, and the others without it', () => {
  const rows = steady(25, 0.01).map((row, i) => (i === 10 ? aRow({ tpot: 1.25 }) : row))
  expect(auditHistory(recorded(rows), POLICY)).toMatchObject({ judged: 25, alarms: 1 })
})

test.each([
  [1, 'statistical'],
  [6, 'statistical'],
  [12, 'statistical'],
  [25, 'statistical'],
  [6, 'threshold'],
  [25, 'threshold'],
] as const)('with %d runs and decision %s it sees what the gate sees', (k, decision) => {
  const rows = steady(k, 0.02)
  const policy = { ...POLICY, decision }
  const metrics = auditHistory(recorded(rows), policy)!.metrics
  const { comparisons } = judged(aRow(), rows, { policy })
  expect(metrics).toHaveLength(comparisons.length)
  for (const { metric, smallestVisible, groups } of metrics) {
    const compared = comparisons.find((comparison) => comparison.metric === metric)!
    expect(smallestVisible).toBeCloseTo(compared.smallestVisible!, 12)
    expect(groups).toBe(compared.groups)
  }
})

test.each([2, 3, 5, 8, 10, 25])('twice the runs of %d are what an audit of so many says', (k) => {
  const tpotOf = (runs: number) =>
    auditHistory(recorded(steady(runs, 0.02)), POLICY)!.metrics.find(({ metric }) => metric === 'tpot-p50')!
  const twice = tpotOf(k).remedies.find(({ what }) => what === 'runs')!
  expect(twice.smallestVisible).toBeCloseTo(tpotOf(2 * k).smallestVisible, 10)
})

test('a plain threshold is replayed against the median', () => {
  // Against the mean of the others, which the slow run lifts, none would be worse by 5 %.
  const rows = [1, 1, 1, 1, 1.5, 1.06].map((tpot) => aRow({ tpot }))
  expect(auditHistory(recorded(rows), { ...POLICY, decision: 'threshold' })).toMatchObject({ judged: 6, alarms: 2 })
})

test('a step that was accepted alarms nobody', () => {
  const rows = [...steady(8, 0.01), ...steady(8, 0.01, { tpot: 1.3 })]
  const entries = recorded(rows, (i) => (i === 8 ? { segments: { 'tpot-p50': 'accepted' } } : {}))
  const result = auditHistory(entries, POLICY)!
  expect(result).toMatchObject({ judged: 16, alarms: 0 })
  expect(result.metrics.find(({ metric }) => metric === 'tpot-p50')).toMatchObject({ segments: 2, groups: 8 })
  expect(result.steps).toEqual([
    {
      metric: 'tpot-p50',
      ofPlateau: null,
      startedAt: '2026-09-09T00:00:00.000Z',
      after: 'sha-7',
      sha: 'sha-8',
      change: expect.closeTo(0.3, 6),
      points: 8,
      accepted: true,
      provisional: false,
    },
  ])
})

test('on unchanged code it alarms about as often as is promised', () => {
  const random = seedRandom('audit')
  let judged = 0
  let alarms = 0
  for (let i = 0; i < 20; i++) {
    const rows = Array.from({ length: 30 }, () =>
      aRow({
        ttft: Math.exp(0.06 * drawNormal(random)),
        tpot: Math.exp(0.06 * drawNormal(random)),
        throughput: Math.exp(0.06 * drawNormal(random)),
      }),
    )
    const result = auditHistory(recorded(rows), { ...POLICY, falseAlarmRate: 0.1 })!
    judged += result.judged
    alarms += result.alarms
  }
  expect(judged).toBe(600)
  // 9 % are expected; the standard error of 600 correlated answers is about 1.5 points.
  expect(alarms / judged).toBeGreaterThan(0.04)
  expect(alarms / judged).toBeLessThan(0.14)
})

test('a plain threshold is audited as one', () => {
  const rows = [...steady(6, 0.01), aRow({ tpot: 1.06 }), ...steady(6, 0.01)]
  expect(auditHistory(recorded(rows), { ...POLICY, decision: 'threshold' })).toMatchObject({ alarms: 1 })
})

test('only the series of the newest run is audited', () => {
  const old = recorded(steady(5).map(() => aRow({}, { series: { passes: 5 } })))
  expect(auditHistory([...old, ...recorded(steady(3))], POLICY)).toMatchObject({ runs: 3 })
})

const LATER = Date.UTC(2026, 11, 1)
const later = (i: number): string => new Date(LATER + i * 3_600_000).toISOString()

/** Thirty recorded runs that spread by 2 %. */
function aHistory() {
  const random = seedRandom('main')
  return recorded(Array.from({ length: 30 }, () => aRow({ all: Math.exp(0.02 * drawNormal(random)) })))
}

/** Runs of pull requests about a level of their own. */
function pulls(count: number, { spread = 0.02, shift = 0 } = {}): HistoryRow[] {
  const random = seedRandom(`pulls ${spread} ${shift}`)
  return Array.from({ length: count }, (_, i) =>
    aRow({ all: Math.exp(shift + spread * drawNormal(random)) }, { startedAt: later(i) }),
  )
}

function placeTpot(rows: readonly HistoryRow[]) {
  return placeRuns(rows, aHistory(), POLICY).metrics.find(({ metric }) => metric === 'tpot-p50')!
}

describe('runs of pull requests', () => {
  it('that spread as main does sit about it as promised', () => {
    const { counts, worse, differs } = placeTpot(pulls(100))
    expect(differs).toEqual([])
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(100)
    expect(counts[0]).toBeGreaterThan(55)
    expect(counts[3]).toBeLessThan(4)
    expect(worse).toBeGreaterThan(30)
    expect(worse).toBeLessThan(70)
  })

  it('that spread further are told as that, and those that look changed are no part of it', () => {
    const { counts, differs } = placeTpot([...pulls(40, { spread: 0.06 }), ...pulls(5, { shift: 0.4 })])
    expect(differs).toContain('wider')
    expect(counts[3]).toBeGreaterThanOrEqual(5)
    const changed = placeTpot([...pulls(60), ...pulls(30, { shift: 0.4 })])
    expect(changed.differs).toEqual([])
    expect(changed.counts[3]).toBeGreaterThanOrEqual(30)
  })

  it('that are slower or faster than main more often than not are told as that', () => {
    expect(placeTpot(pulls(60, { shift: 0.03 })).differs).toContain('worse')
    expect(placeTpot(pulls(60, { shift: -0.03 })).differs).toContain('better')
  })

  it('of another series, of main, or before main has said anything are left out and counted', () => {
    const [first, ...entries] = aHistory()
    const early = aRow({}, { startedAt: '2026-09-03T12:00:00.000Z' })
    const other = aRow({}, { startedAt: later(0), series: { passes: 5 } })
    const found = placeRuns([early, other, first!.row, ...pulls(3)], [first!, ...entries], POLICY)
    expect(found).toMatchObject({ placed: 3, leftOut: { otherSeries: 1, ofMain: 1, tooEarly: 1 } })
  })

  it('are placed against what was recorded before them, not after', () => {
    const rows = Array.from({ length: 20 }, (_, i) =>
      aRow({ all: Math.exp(i % 2 === 0 ? 0.01 : -0.01) + (i < 10 ? 0 : 0.5) }),
    )
    const entries = recorded(rows, (i) => (i === 10 ? { segments: { 'tpot-p50': 'accepted' } } : {}))
    const between = aRow({}, { startedAt: '2026-09-10T12:00:00.000Z' })
    const tpot = placeRuns([between], entries, POLICY).metrics.find(({ metric }) => metric === 'tpot-p50')!
    expect(tpot.counts).toEqual([1, 0, 0, 0])
  })
})
