import { expect, test } from 'vitest'
import { findSlowest, MOST_SLOW, pickSlowest } from '../../../src/metrics/level/slowest.ts'
import { aFailure, aLevel, aLevelRun, aRecord } from '../../support/builders.ts'

const run = (latencies: readonly number[], level = 1) =>
  aLevelRun({
    concurrency: level,
    records: latencies.map((lastTokenMs, i) => aRecord({ requestId: `${level}-${i}`, level, lastTokenMs })),
  })

test('the slowest of a level are those of the longest latency, with their ids and how many times the median they took', () => {
  const slowest = findSlowest([run([100, 100, 500, 100, 300, 100, 100])])
  expect(slowest.slice(0, 2)).toMatchObject([
    { id: '1-2', latencyMs: 500, timesMedian: 5 },
    { id: '1-4', latencyMs: 300, timesMedian: 3 },
  ])
  expect(findSlowest([run(Array.from({ length: 40 }, (_, i) => 100 + i))])).toHaveLength(MOST_SLOW)
})

test('one that the server calls something else has that name, too', () => {
  const records = [aRecord({ requestId: 'a', serverRequestId: 'req_1', lastTokenMs: 9000 }), aRecord()]
  const [named, unnamed] = findSlowest([aLevelRun({ records })])
  expect(named).toMatchObject({ id: 'a', serverId: 'req_1' })
  expect(unnamed).not.toHaveProperty('serverId')
})

test('of a run those that stand out most come first, not all those of the level with the most load', () => {
  const levels = [run([100, 100, 400], 1), run([2000, 2000, 2100], 32)]
  expect(pickSlowest(levels.map((level) => ({ slowest: findSlowest([level]) })))[0]).toMatchObject({
    id: '1-2',
    level: 1,
  })
})

test('a failure and a request of the warm-up are none of them', () => {
  const records = [aRecord({ requestId: 'ok' }), aFailure('http_500'), aRecord({ phase: 'warmup', lastTokenMs: 9000 })]
  expect(findSlowest([aLevelRun({ records })]).map(({ id }) => id)).toEqual(['ok'])
  expect(findSlowest([aLevelRun({ records: [aFailure('http_500')] })])).toEqual([])
})

test('where a header of the settings took the place of their ids, they have only those that the server gave', () => {
  const records = [{ serverRequestId: 'req_1', lastTokenMs: 9000 }, {}, {}].map((facts) =>
    aRecord({ requestId: null, ...facts }),
  )
  const [named, ...others] = findSlowest([aLevelRun({ records })])
  expect(named).toMatchObject({ serverId: 'req_1', latencyMs: 9000 })
  for (const one of [named, ...others]) expect(one).not.toHaveProperty('id')
})

test('of any number of levels ten are kept', () => {
  expect(pickSlowest([aLevel(1), aLevel(2)])).toHaveLength(MOST_SLOW)
  expect(pickSlowest([])).toEqual([])
})
