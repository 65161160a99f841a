import type { SegmentMark } from '../../../src/report/history.ts'
import { expect, test } from 'vitest'
import { markOfGroup, replaySegments } from '../../../src/verdict/history/segments.ts'
import { aRow, judged, of, recorded, spreadValues, stepped } from '../recorded.ts'
import fc from 'fast-check'

/** Points by value; `o` and `a` after it: opens, accepted. */
function points(text: string) {
  return text.split(' ').map((part): { y: number; mark: SegmentMark | null } => ({
    y: Number.parseFloat(part),
    mark: part.endsWith('o') ? 'opens' : part.endsWith('a') ? 'accepted' : null,
  }))
}

function replay(text: string) {
  const { definite, provisional } = replaySegments(points(text))
  return {
    definite: definite.map((segment) => segment.map(({ y }) => y)),
    provisional: provisional?.map(({ y }) => y) ?? null,
  }
}

test('a history without marks is one segment', () => {
  expect(replay('0 1 0 5')).toEqual({ definite: [[0, 1, 0, 5]], provisional: null })
})

test('a run that moved opens a provisional segment', () => {
  expect(replay('0 0 10o')).toEqual({ definite: [[0, 0]], provisional: [10] })
  expect(replay('0 0 10o 9')).toEqual({ definite: [[0, 0]], provisional: [10, 9] })
})

test('the step is believed when the next two agree', () => {
  expect(replay('0 0 10o 9 8')).toEqual({
    definite: [
      [0, 0],
      [10, 9, 8],
    ],
    provisional: null,
  })
  expect(replay('0 0 10o 9 8 0')).toEqual({
    definite: [
      [0, 0],
      [10, 9, 8, 0],
    ],
    provisional: null,
  })
})

test('the first that returns makes all of it part of the old segment', () => {
  expect(replay('0 0 10o 1')).toEqual({ definite: [[0, 0, 10, 1]], provisional: null })
  expect(replay('0 0 10o 9 1')).toEqual({ definite: [[0, 0, 10, 9, 1]], provisional: null })
})

test('who is as far from one as from the other has not agreed', () => {
  expect(replay('0 10o 5')).toEqual({ definite: [[0, 10, 5]], provisional: null })
})

test('while one is provisional no other opens', () => {
  expect(replay('0 0 10o 20o')).toEqual({ definite: [[0, 0]], provisional: [10, 20] })
  expect(replay('0 0 10o -9o')).toEqual({ definite: [[0, 0, 10, -9]], provisional: null })
})

test('an accepted change is a segment at once', () => {
  expect(replay('0 0 10a')).toEqual({ definite: [[0, 0], [10]], provisional: null })
  expect(replay('10a 10')).toEqual({ definite: [[10, 10]], provisional: null })
})

test('an acceptance makes the open step definite, when it is that step', () => {
  expect(replay('0 0 10o 9a')).toEqual({
    definite: [
      [0, 0],
      [10, 9],
    ],
    provisional: null,
  })
  expect(replay('0 0 10o -20a')).toEqual({ definite: [[0, 0, 10], [-20]], provisional: null })
})

test('no run is lost or counted twice, in whatever order they are marked', () => {
  const point = fc.record({
    y: fc.integer({ min: -3, max: 3 }),
    mark: fc.constantFrom(null, 'opens' as const, 'accepted' as const),
  })
  fc.assert(
    fc.property(fc.array(point, { minLength: 1, maxLength: 20 }), (marked) => {
      const { definite, provisional } = replaySegments(marked)
      expect([...definite, provisional ?? []].flat()).toEqual(marked)
      expect(definite.every((segment) => segment.length > 0)).toBe(true)
      expect(provisional?.length ?? 1).toBeLessThan(3)
    }),
  )
})

test('when the step has stayed, the next change is found against it', () => {
  const history = stepped([1.2, 1.21, 1.19])
  expect(of(judged(aRow({ tpot: 1.2 }), history), 'tpot-p50')).toMatchObject({ provisional: null, groups: 3 })
  expect(judged(aRow({ tpot: 1.2 }), history).verdict).toBe('proven')
  expect(judged(aRow({ tpot: 1.32 }), history).reasons).toEqual(['tpot-p50'])
})

test('the spread of all segments is kept', () => {
  // Nine degrees of the ten old runs, none of the one new run.
  const { spread, groups } = of(judged(aRow({ tpot: 1.2 }), stepped([1.2], 'accepted')), 'tpot-p50')
  expect(groups).toBe(1)
  expect(spread).toBeCloseTo(0.015, 8)
})

test('one run of main that did not stay is an outlier: it hides no change of its own size', () => {
  const history = stepped([1.2, 1])
  expect(of(judged(aRow(), history), 'tpot-p50')).toMatchObject({ provisional: null, groups: 11 })
  expect(of(judged(aRow({ tpot: 1.15 }), history), 'tpot-p50').verdict).toBe('regressed')
})

test('two runs of main that moved and did not stay are part of the history again', () => {
  expect(of(judged(aRow(), stepped([1.2, 1.2, 1])), 'tpot-p50')).toMatchObject({ provisional: null, groups: 13 })
})

test('what opened a segment alone is known for an outlier from five runs before it on', () => {
  const outliers = (text: string) => [...replaySegments(points(text)).outliers].map(({ y }) => y)
  expect(outliers('0 0 0 0 0 10o 1')).toEqual([10])
  expect(outliers('0 0 0 0 10o 1')).toEqual([])
  expect(outliers('0 0 0 0 0 10o 9 1')).toEqual([])
  expect(outliers('0 0 0 0 0 10o 9 8')).toEqual([])
})

test('an acceptance of a run that cannot be used begins the segment with the next', () => {
  const history = recorded(
    [
      ...spreadValues(10, 0.015).map((y) => aRow({ all: Math.exp(y) })),
      aRow({ tpot: 1.2 }, { level: (concurrency) => (concurrency > 1 ? { valid: false, state: 'limited' } : {}) }),
      aRow({ tpot: 1.2 }),
    ],
    (i) => (i === 10 ? { segments: { 'tpot-p50': 'accepted' } } : {}),
  )
  expect(of(judged(aRow({ tpot: 1.2 }), history), 'tpot-p50')).toMatchObject({ groups: 1, leftOut: 1 })
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
