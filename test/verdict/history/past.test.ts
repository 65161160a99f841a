import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { HistoryRow } from '../../../src/report/history.ts'
import { observeRun } from '../../../src/verdict/history/observe.ts'
import { levelSetOf, pastOf, recallLadder } from '../../../src/verdict/history/past.ts'
import { aRow, LEVELS, judged, of, recorded, steady, lost } from '../recorded.ts'

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

test('the ladder is what most of the newest comparable runs measured, lost levels too', () => {
  const { series } = aRow()
  const ladderOf = (...past: Parameters<typeof recallLadder>) =>
    recallLadder(...past)?.map(({ level }) => level) ?? null
  const rows = (ladders: readonly (readonly number[])[]) => recorded(ladders.map((levels) => aRow({}, { levels })))
  expect(ladderOf([], series)).toBeNull()
  expect(ladderOf(rows([[1, 2, 4, 8]]), series)).toEqual([1, 2, 4, 8])
  expect(
    ladderOf(
      rows([
        [1, 2],
        [1, 2, 4],
        [2, 4, 1],
        [1, 2, 4],
        [1, 2],
        [1, 2],
      ]),
      series,
    ),
  ).toEqual([1, 2, 4])
  expect(
    ladderOf(
      rows([
        [1, 2, 4],
        [1, 2, 4],
        [1, 2],
        [1, 2],
        [1, 2],
        [1, 2],
      ]),
      series,
    ),
  ).toEqual([1, 2])
  const broken = recorded(Array.from({ length: 5 }, () => aRow({}, { level: (c) => (c === 8 ? lost() : {}) })))
  expect(ladderOf(broken, series)).toEqual([1, 2, 4, 8])
  expect(ladderOf(rows([[1, 2]]), aRow({}, { series: { passes: 5 } }).series)).toBeNull()
})
