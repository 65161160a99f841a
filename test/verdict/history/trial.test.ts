import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { HistoryRow } from '../../../src/report/history.ts'
import { observeRun } from '../../../src/verdict/history/observe.ts'
import { levelSetOf, pastOf } from '../../../src/verdict/history/trial.ts'
import { aRow, LEVELS, judged, of, recorded, steady, aBaseline } from '../recorded.ts'

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

describe('recorded runs that lost levels to a busy machine', () => {
  const withLevels = (usable: readonly number[]): HistoryRow =>
    aRow({}, { level: (level) => (usable.includes(level) ? {} : { valid: false, state: 'client-saturated' }) })
  const slowerRun = aRow({ all: 1.4 })
  const judgedBeside = (...usable: readonly (readonly number[])[]) =>
    judged(
      slowerRun,
      recorded(usable.map(withLevels), () => ({ runId: 'one' })),
    )

  test('a run that has other levels than the one before it takes nothing from that one', () => {
    expect(of(judgedBeside([1, 2], [8]), 'tpot-p50')).toMatchObject({
      levels: [1, 2],
      baseline: expect.closeTo(10, 8),
      change: expect.closeTo(0.4, 8),
    })
    expect(of(judgedBeside([8], [1, 2]), 'tpot-p50')).toMatchObject({ levels: [1, 2] })
  })

  test('runs that all have another level are compared over the lowest of them', () => {
    expect(of(judgedBeside([1], [2], [8]), 'tpot-p50')).toMatchObject({ levels: [1] })
  })

  test('whatever levels they have, one can be compared as long as any is usable', () => {
    const someLevels = fc.subarray([...LEVELS])
    fc.assert(
      fc.property(fc.array(someLevels, { minLength: 1, maxLength: 6 }), (runs) => {
        const seen = runs.map((levels) => observeRun(withLevels(levels), 'tpot-p50'))
        const { levels } = levelSetOf('tpot-p50', seen, null)
        expect(levels.length > 0).toBe(runs.some((usable) => usable.length > 0))
        expect(seen.some((run) => levels.every((level) => run.has(level)))).toBe(true)
      }),
    )
  })
})

test('the baseline is summed up', () => {
  const entries = recorded(steady(3))
  const verdict = judged(aRow(), entries, {
    baseline: aBaseline(entries, { origin: 'artifacts of perf.yml', ancestor: false, passedOver: ['a bad one'] }),
  })
  expect(verdict.baseline).toEqual({
    origin: 'artifacts of perf.yml',
    runs: 3,
    groups: 3,
    newest: { sha: 'sha-2', startedAt: '2026-09-03T00:00:00.000Z', url: null },
    ancestor: false,
    skipped: ['a bad one'],
    unreadable: null,
    lost: null,
    uncomparedInARow: 0,
  })
  expect(verdict).toMatchObject({ schema: 'plateau/verdict@1', name: 'llama-8b', falseAlarmRate: 0.01 })
})

test('runs that were compared with nothing are counted up to this one', () => {
  const words = ['no-change-seen', 'not-comparable', 'not-comparable'] as const
  const others = recorded(steady(3), (i) => ({ verdict: words[i]! })).map((entry) => ({
    ...entry,
    row: { ...entry.row, series: { ...entry.row.series, key: 'f'.repeat(64) } },
  }))
  expect(judged(aRow(), others).baseline.uncomparedInARow).toBe(3)
  expect(judged(aRow(), steady(3)).baseline.uncomparedInARow).toBe(0)
  expect(judged(aRow(), [], { baseline: null }).baseline.uncomparedInARow).toBe(0)
})
