import type { HistoryRow } from '../../../src/report/history.ts'
import { expect, test } from 'vitest'
import type { HistoryEntry, SegmentMark } from '../../../src/report/history.ts'
import { renderComment } from '../../../src/render/comment.ts'
import { decodeVerdict, encodeVerdict } from '../../../src/report/verdict-codec.ts'
import { replaySegments } from '../../../src/verdict/history/segments.ts'
import { aRow, judged, of, recorded, spreadValues } from '../recorded.ts'
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

/** Ten runs about 10 ms, then some of the given TPOT factor, the first of them marked. */
function stepped(factors: readonly number[], mark: SegmentMark = 'opens') {
  const before = spreadValues(10, 0.015).map((y) => aRow({ all: Math.exp(y) }))
  const after = factors.map((tpot) => aRow({ tpot }))
  return recorded([...before, ...after], (i) => (i === 10 ? { segments: { 'tpot-p50': mark } } : {}))
}

test('while main may have moved, red means worse than both levels', () => {
  const innocent = judged(aRow({ tpot: 1.2 }), stepped([1.2]))
  expect(innocent.verdict).toBe('no-change-seen')
  const tpot = of(innocent, 'tpot-p50')
  expect(tpot.change).toBeCloseTo(0, 10)
  expect(tpot.provisional).toEqual({
    sha: 'sha-10',
    startedAt: '2026-09-11T00:00:00.000Z',
    runs: 1,
    mainChange: expect.closeTo(0.2, 6),
    changeFromBefore: expect.closeTo(0.2, 6),
  })
  const returned = of(judged(aRow(), stepped([1.2])), 'tpot-p50')
  expect(returned.verdict).toBe('proven')
  expect(returned.change).toBeCloseTo(1 / 1.2 - 1, 6)
  expect(judged(aRow({ tpot: 1.4 }), stepped([1.2])).reasons).toEqual(['tpot-p50'])
})

test('better too means better than both', () => {
  expect(of(judged(aRow({ tpot: 0.8 }), stepped([1.2])), 'tpot-p50').verdict).toBe('improved')
})

test('while main may have moved, the weaker of the two tests counts', () => {
  // One run of the new level says so little that 6 % from it may be chance; from the old level it is 27 %.
  const worse = of(judged(aRow({ tpot: 1.27 }), stepped([1.2])), 'tpot-p50')
  expect(worse.verdict).toBe('suspect')
  expect(worse.p).toBeGreaterThan(0.01)
  // The same from the other side: 6 % above the old level, far above the new one.
  const fromOld = of(judged(aRow({ tpot: 1.06 }), stepped([0.8])), 'tpot-p50')
  expect(fromOld.verdict).toBe('regressed')
  expect(fromOld.p).toBeGreaterThan(0.0005)
  const better = of(judged(aRow({ tpot: 0.755 }), stepped([0.8])), 'tpot-p50')
  expect(better.verdict).toBe('proven')
})

test('better than both means better by the tolerance than each', () => {
  // The history is so quiet that 3 % below the old level is certain; below the new one it is 19 %.
  const quiet = recorded(
    [...spreadValues(10, 0.003).map((y) => aRow({ all: Math.exp(y) })), aRow({ tpot: 1.2 })],
    (i) => (i === 10 ? { segments: { 'tpot-p50': 'opens' } } : {}),
  )
  expect(of(judged(aRow({ tpot: 0.97 }), quiet), 'tpot-p50').verdict).toBe('proven')
  expect(of(judged(aRow({ tpot: 0.94 }), quiet), 'tpot-p50').verdict).toBe('improved')
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

test('what is no clearer than the newest recorded run alone is suspect: main may have moved', () => {
  const calm = [...spreadValues(10, 0.015).map((y) => aRow({ all: Math.exp(y) })), aRow()]
  expect(of(judged(aRow({ tpot: 1.1 }), calm), 'tpot-p50')).toMatchObject({ verdict: 'regressed', doubt: null })
  // The newest is 7 % slower and was not called so.
  const moved = [...calm.slice(0, -1), aRow({ tpot: 1.07 })]
  const innocent = judged(aRow({ tpot: 1.12 }), moved)
  expect(innocent).toMatchObject({ verdict: 'suspect', check: 'warn' })
  expect(of(innocent, 'tpot-p50')).toMatchObject({
    doubt: 'main-moved',
    note: expect.stringContaining('may just have become so'),
  })
})

test('all metrics that look worse say together whether main has moved', () => {
  const calm = spreadValues(10, 0.02).map((y) => aRow({ all: Math.exp(y) }))
  const judgedAfter = (newest: HistoryRow, now: Parameters<typeof aRow>[0]) => judged(aRow(now), [...calm, newest])
  // In TPOT alone, the newest run is no sign of a move.
  const low = aRow({ tpot: 1.03, ttft: 1.11 })
  expect(of(judgedAfter(low, { tpot: 1.1 }), 'tpot-p50')).toMatchObject({ verdict: 'regressed', doubt: null })
  // TTFT, as bad in both, says that there was one.
  const both = judgedAfter(low, { tpot: 1.1, ttft: 1.11 })
  expect(of(both, 'tpot-p50')).toMatchObject({ verdict: 'suspect', doubt: 'main-moved' })
  // And the other way round: TPOT lay a little high by chance.
  const high = aRow({ tpot: 1.06 })
  expect(of(judgedAfter(high, { tpot: 1.12 }), 'tpot-p50').doubt).toBe('main-moved')
  expect(of(judgedAfter(high, { tpot: 1.12, ttft: 1.15 }), 'tpot-p50')).toMatchObject({
    verdict: 'regressed',
    doubt: null,
  })
})

test('a metric in which main has just stepped says for the others that it may have moved', () => {
  const rows = [...spreadValues(12, 0.02).map((y) => aRow({ all: Math.exp(y) })), aRow({ tpot: 1.04, ttft: 1.15 })]
  const judgedAfter = (mark: Partial<HistoryEntry>) =>
    of(
      judged(
        aRow({ tpot: 1.1, ttft: 1.15 }),
        recorded(rows, (i) => (i === 12 ? mark : {})),
        { policy: { metrics: ['tpot-p50', 'ttft-p50'] } },
      ),
      'tpot-p50',
    )
  expect(judgedAfter({ segments: { 'ttft-p50': 'opens' } })).toMatchObject({ verdict: 'suspect', doubt: 'main-moved' })
  // Without that metric the newest run lay a little high by chance.
  const alone = of(judged(aRow({ tpot: 1.1 }), rows), 'tpot-p50')
  expect(alone).toMatchObject({ verdict: 'regressed', doubt: null })
})

test('a run that opened a segment alone and was nearly followed may have been the step', () => {
  const judgedAfter = (newest: readonly number[]) =>
    of(
      judged(
        aRow({ tpot: Math.exp(0.08) }),
        recorded(
          [...spreadValues(12, 0.02), ...newest].map((y) => aRow({ tpot: Math.exp(y) })),
          (i) => (i === 12 ? { segments: { 'tpot-p50': 'opens' } } : {}),
        ),
      ),
      'tpot-p50',
    )
  expect(judgedAfter([0.075, 0.02])).toMatchObject({ verdict: 'suspect', doubt: 'main-moved' })
  // Far from what was measured since, it was an outlier.
  expect(judgedAfter([0.2, 0.02])).toMatchObject({ verdict: 'regressed', doubt: null })
})

test('the newest two or three runs of main may be a level that nothing has called one, and the newest alone no sign of it', () => {
  const calm = spreadValues(20, 0.02)
  const judgedAfter = (newest: readonly number[], y: number) =>
    of(
      judged(
        aRow({ tpot: Math.exp(y) }),
        [...calm, ...newest].map((each) => aRow({ all: Math.exp(each) })),
      ),
      'tpot-p50',
    )
  expect(judgedAfter([0.06, 0.02], 0.09).doubt).toBe('main-moved')
  expect(judgedAfter([0.055, 0.04, 0.035], 0.09).doubt).toBe('main-moved')
  expect(judgedAfter([0.055, -0.01, 0.01], 0.09)).toMatchObject({ verdict: 'regressed', doubt: null })
  // Whatever main does: it is worse than its newest runs by more than chance.
  expect(judgedAfter([0.05, 0.05, 0.05], 0.14)).toMatchObject({ verdict: 'regressed', doubt: null })
})

test('what recorded runs of the same code were now and then is not red', () => {
  // From two such runs of eighteen on; of twenty and more, which are looked through for outliers, from one of about the same size.
  const slow = (k: number, times: number, tpot = 1.13) =>
    spreadValues(k, 0.01).map((y, i) => (i % 7 === 3 && i / 7 < times ? aRow({ tpot }) : aRow({ all: Math.exp(y) })))
  const judgedBeside = (history: HistoryRow[], tpot = 1.2) => of(judged(aRow({ tpot }), history), 'tpot-p50')
  expect(judgedBeside(slow(18, 1, 1.2))).toMatchObject({ verdict: 'regressed', doubt: null })
  expect(judgedBeside(slow(19, 2), 1.155)).toMatchObject({ verdict: 'suspect', doubt: 'seen-before' })
  expect(judgedBeside(slow(20, 2), 1.13)).toMatchObject({ verdict: 'suspect', doubt: 'seen-before' })
  expect(judgedBeside(slow(20, 1), 1.13)).toMatchObject({ verdict: 'suspect', doubt: 'seen-before' })
  expect(judgedBeside(slow(20, 1, 1.3), 1.13)).toMatchObject({ verdict: 'regressed', doubt: null })
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
