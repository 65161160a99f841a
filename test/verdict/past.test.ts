import { expect, test } from 'vitest'
import type { SegmentMark } from '../../src/report/history.ts'
import { markOfGroup, pastOf } from '../../src/verdict/past.ts'
import { aRow, judged, of, recorded, steady } from './recorded.ts'

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
