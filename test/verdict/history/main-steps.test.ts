import { expect, test } from 'vitest'
import { findSlowDrift } from '../../../src/verdict/history/main-steps.ts'
import { aBaseline, aRow, judged, POLICY, recorded, steady } from '../recorded.ts'

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
