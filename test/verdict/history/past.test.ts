import fc from 'fast-check'
import { expect, test } from 'vitest'
import { renderComment } from '../../../src/render/comment.ts'
import type { SegmentMark } from '../../../src/report/history.ts'
import { decodeVerdict, encodeVerdict } from '../../../src/report/verdict-codec.ts'
import { findSlowDrift, markOfGroup, pickPast, replaySegments } from '../../../src/verdict/history/past.ts'
import { aBaseline, aRow, judged, of, POLICY, recorded, spreadValues, steady, stepped } from '../recorded.ts'

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
  const past = pickPast(twice, aRow().series)!
  expect(past.entries).toHaveLength(100)
  expect(past.groups.map(({ entries }) => entries.map(({ source }) => source.sha))).toEqual(
    Array.from({ length: 50 }, (_, i) => [`sha-${i + 2}`, `sha-${i + 54}`]),
  )
})

test('runs of another series are no past', () => {
  const others = recorded([aRow({}, { series: { passes: 5 } })])
  expect(pickPast(others, aRow().series)).toBeNull()
  expect(pickPast([...others, ...recorded([aRow()])], aRow().series)!.entries).toHaveLength(1)
})

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

/** Twelve runs up to the release, then TPOT creeps up by a percent a run. */
const ROWS = [...steady(12, 0.01), ...[1, 2, 3, 4, 5, 6, 7].map((i) => aRow({ tpot: 1.01 ** i }))]

const HISTORY = recorded(ROWS)

const { series } = ROWS[0]!

const V1 = { name: 'v1.4', until: HISTORY[11]!.row.startedAt }

test('the mean of the newest five is compared with the runs up to the release', () => {
  const drift = findSlowDrift(HISTORY, V1, series, POLICY)!
  expect(drift).toMatchObject({ since: 'v1.4', released: 12, newest: 5 })
  const changes = new Map(drift.metrics.map(({ metric, change }) => [metric, change]))
  expect([...changes.keys()]).toEqual(['ttft-p50', 'tpot-p50', 'plateau-throughput'])
  // The geometric mean of 1.01³ to 1.01⁷.
  expect(changes.get('tpot-p50')).toBeCloseTo(1.01 ** 5 - 1, 9)
  expect(changes.get('ttft-p50')).toBeCloseTo(0, 9)
})

test('throughput that falls is a change below zero', () => {
  const history = recorded([...steady(4), ...Array.from({ length: 4 }, () => aRow({ throughput: 1.1 }))])
  const drift = findSlowDrift(history, { name: 'v1', until: history[3]!.row.startedAt }, series, POLICY)!
  expect(drift.metrics.find(({ metric }) => metric === 'plateau-throughput')!.change).toBeCloseTo(1 / 1.1 - 1, 9)
})

test('fewer than three runs on a side tell nothing, and runs of one workflow run are one', () => {
  const until = (i: number) => ({ name: 'v1', until: HISTORY[i]!.row.startedAt })
  expect(findSlowDrift(HISTORY, until(16), series, POLICY)).toEqual({
    since: 'v1',
    released: 17,
    newest: 2,
    metrics: [],
  })
  expect(findSlowDrift(HISTORY, until(1), series, POLICY)).toMatchObject({ released: 2, newest: 5, metrics: [] })
  const together = recorded(ROWS, (i) => ({ runId: i < 12 ? 'one' : `run-${i}` }))
  expect(findSlowDrift(together, V1, series, POLICY)).toMatchObject({ released: 1, metrics: [] })
  expect(findSlowDrift([], V1, series, POLICY)).toBeNull()
})

test('a drift is told and decides nothing', () => {
  const quiet = judged(aRow({ tpot: 1.05 }), HISTORY)
  const told = judged(aRow({ tpot: 1.05 }), HISTORY, { baseline: aBaseline(HISTORY, { release: V1 }) })
  expect(quiet.drift).toBeNull()
  expect(told).toEqual({ ...quiet, drift: findSlowDrift(HISTORY, V1, series, POLICY) })
})

test('a step that has stayed is named with its commits, its size and its age until it is accepted or twenty points old', () => {
  const step = (after: readonly number[]) => of(judged(aRow({ tpot: 1.2 }), stepped(after)), 'tpot-p50').step
  expect(step([1.2, 1.2])).toBeUndefined()
  expect(step([1.2, 1.2, 1.2])).toEqual({
    after: 'sha-9',
    sha: 'sha-10',
    startedAt: '2026-09-11T00:00:00.000Z',
    points: 3,
    mainChange: expect.closeTo(0.2, 6),
  })
  expect(step(Array.from({ length: 20 }, () => 1.2))).toMatchObject({ points: 20 })
  expect(step(Array.from({ length: 21 }, () => 1.2))).toBeUndefined()
  // For the better there is nothing to accept.
  expect(step([0.8, 0.8, 0.8])).toBeUndefined()
  const accepted = stepped([1.2, 1.2, 1.2]).map((entry, i) =>
    i === 10 ? ({ ...entry, segments: { 'tpot-p50': 'accepted' } } as const) : entry,
  )
  expect(of(judged(aRow({ tpot: 1.2 }), accepted), 'tpot-p50').step).toBeUndefined()
})

test('a verdict that names a step of main is read as it was written, and says it to the reader', () => {
  const verdict = judged(aRow({ tpot: 1.2 }), stepped([1.2, 1.2, 1.2]))
  expect(of(decodeVerdict(encodeVerdict(verdict)), 'tpot-p50').step).toEqual(of(verdict, 'tpot-p50').step)
  expect(renderComment({ verdict, report: null }).replaceAll('\u00a0', ' ').replaceAll('\\', '')).toContain(
    'Main has been 20 % slower in TPOT since sha-9…sha-10 (2026-09-11), 3 points and not accepted',
  )
})

test('a step of one metric is none of another', () => {
  const verdict = judged(aRow({ tpot: 1.2 }), stepped([1.2]))
  expect(of(verdict, 'ttft-p50')).toMatchObject({ provisional: null, groups: 11 })
})

test('a step is seen although its first run lacks a level', () => {
  const history = recorded(
    [
      ...spreadValues(10, 0.015).map((y) => aRow({ all: Math.exp(y) })),
      aRow({ tpot: 1.2 }, { level: (concurrency) => (concurrency === 8 ? { valid: false, state: 'invalid' } : {}) }),
    ],
    (i) => (i === 10 ? { segments: { 'tpot-p50': 'opens' } } : {}),
  )
  const verdict = judged(aRow({ tpot: 1.2 }), history)
  expect(verdict.verdict).not.toBe('regressed')
  expect(of(verdict, 'tpot-p50').provisional).toMatchObject({ runs: 1, mainChange: expect.closeTo(0.2, 8) })
})
