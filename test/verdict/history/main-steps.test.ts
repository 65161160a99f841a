import { expect, test } from 'vitest'
import { findSlowDrift } from '../../../src/verdict/history/main-steps.ts'
import { aBaseline, aRow, judged, POLICY, recorded, steady, of, spreadValues, stepped } from '../recorded.ts'
import { renderComment } from '../../../src/render/comment.ts'
import { decodeVerdict, encodeVerdict } from '../../../src/report/verdict-codec.ts'

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
