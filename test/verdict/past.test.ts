import { expect, test } from 'vitest'
import type { SegmentMark } from '../../src/report/history.ts'
import { markOfGroup, pastOf, entriesOf } from '../../src/verdict/past.ts'
import { aRow, judged, of, recorded, steady } from './recorded.ts'
import { aComparison, aVerdict } from '../support/verdict-builders.ts'

test('the newest 50 groups are compared with, and nothing older', () => {
  // Before them the endpoint was twice as slow.
  const verdict = judged(aRow(), [...Array.from({ length: 10 }, () => aRow({ all: 2 })), ...steady(50)])
  expect(verdict.baseline).toMatchObject({ runs: 50, groups: 50 })
  expect(of(verdict, 'tpot-p50')).toMatchObject({ groups: 50, baseline: expect.closeTo(10, 8), verdict: 'proven' })
})

test('runs of one workflow run are one group, however many they are, and a group stands where its first run does', () => {
  const twice = recorded(
    Array.from({ length: 104 }, () => aRow()),
    (i) => ({ runId: `run-${i % 52}` }),
  )
  const past = pastOf(twice, aRow().series)!
  expect(past.entries).toHaveLength(100)
  expect(past.groups.map(({ entries }) => entries.map(({ source }) => source.sha))).toEqual(
    Array.from({ length: 50 }, (_, i) => [`sha-${i + 2}`, `sha-${i + 54}`]),
  )
})

test('runs of another series are no past', () => {
  const others = recorded([aRow({}, { series: { passes: 5 } })])
  expect(pastOf(others, aRow().series)).toBeNull()
  expect(pastOf([...others, ...recorded([aRow()])], aRow().series)!.entries).toHaveLength(1)
})

test('what somebody accepted is stronger than what was measured of the same group, in whatever order they ended', () => {
  const marks = (...all: readonly SegmentMark[]) =>
    markOfGroup(
      recorded(
        all.map(() => aRow()),
        (i) => ({ runId: 'one', segments: { 'tpot-p50': all[i]! } }),
      ),
      'tpot-p50',
    )
  expect(marks('opens', 'accepted')).toBe('accepted')
  expect(marks('accepted', 'opens')).toBe('accepted')
  expect(marks('opens')).toBe('opens')
  expect(marks()).toBeNull()
})

const SOURCE = { sha: 'abc', ref: 'main', runId: '7', attempt: 1, event: 'push', url: null }

test.each(['cancelled', 'run-invalid', 'endpoint'])(
  'a run whose figures mean nothing is not recorded: %s',
  (reason) => {
    const verdict = aVerdict({ verdict: 'not-measured', reasons: ['limit', reason] })
    expect(entriesOf(verdict, [aRow()], SOURCE)).toEqual([])
  },
)

test.each(['limit', 'error-rate', 'level-lost', 'baseline', 'levels-missing', 'tpot-p50'])(
  'every other run is, whatever its verdict: %s',
  (reason) => {
    const rows = [aRow(), aRow({ tpot: 1.1 })]
    const entries = entriesOf(aVerdict({ verdict: 'regressed', reasons: [reason] }), rows, SOURCE)
    expect(entries.map(({ row }) => row)).toEqual(rows)
    expect(entries.map(({ verdict, source }) => ({ verdict, source }))).toEqual(
      rows.map(() => ({ verdict: 'regressed', source: SOURCE })),
    )
  },
)

test('a metric that moved opens a segment, what somebody accepted is one at once, and the others go on', () => {
  const comparisons = [
    aComparison({ metric: 'tpot-p50', verdict: 'regressed' }),
    aComparison({ metric: 'ttft-p50', verdict: 'accepted' }),
    aComparison({ metric: 'plateau-throughput', verdict: 'improved' }),
    aComparison({ metric: 'latency-p50', verdict: 'suspect' }),
    aComparison({ metric: 'ttfo-p50', verdict: 'not-measured', worsening: null }),
  ]
  expect(entriesOf(aVerdict({ comparisons }), [aRow()], SOURCE)[0]!.segments).toEqual({
    'tpot-p50': 'opens',
    'ttft-p50': 'accepted',
    'plateau-throughput': 'opens',
  })
})
