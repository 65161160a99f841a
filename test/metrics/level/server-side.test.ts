import { expect, test } from 'vitest'
import { summariseLevel } from '../../../src/metrics/level.ts'
import type { LevelRun, ServerReadings } from '../../../src/metrics/level/level-run.ts'
import { summariseServerSide } from '../../../src/metrics/level/server-side.ts'
import type { ServerSample } from '../../../src/protocol/server-metrics.ts'
import { encodeRunReport } from '../../../src/report/run-report-codec.ts'
import { aLevelRun, aReport, steadyRecords } from '../../support/builders.ts'

function aSample(overrides: Partial<ServerSample> = {}): ServerSample {
  return {
    server: 'vLLM',
    running: 0,
    waiting: 0,
    kvCacheUsage: 0,
    ttft: { sumSeconds: 100, count: 1000 },
    tpot: { sumSeconds: 50, count: 1000 },
    queue: { sumSeconds: 10, count: 1000 },
    prefixQueries: 5000,
    prefixHits: 1000,
    preemptions: 40,
    ...overrides,
  }
}

/** Four workers, 36 requests with a TTFT of 50 ms; the server has observed all of them, at 48 ms. */
const RECORDS = steadyRecords(4, { ttftMs: 50 })
const N = RECORDS.length

function readings({
  before,
  loaded,
  last,
  after,
}: Partial<Record<keyof ServerReadings, Partial<ServerSample>>> = {}): ServerReadings {
  return {
    before: aSample(before),
    loaded: [aSample({ running: 3, waiting: 1, kvCacheUsage: 0.4, ...loaded })],
    last: last === undefined ? null : aSample(last),
    after: aSample({
      ttft: { sumSeconds: 100 + 0.048 * N, count: 1000 + N },
      tpot: { sumSeconds: 50 + 0.01 * N, count: 1000 + N },
      queue: { sumSeconds: 10 + 0.002 * N, count: 1000 + N },
      prefixQueries: 6000,
      prefixHits: 1050,
      ...after,
    }),
  }
}

function aRun(server: ServerReadings | null, overrides: Partial<LevelRun> = {}): LevelRun {
  return aLevelRun({ concurrency: 4, records: RECORDS, server, ...overrides })
}

function findings(...runs: readonly LevelRun[]): string[] {
  return summariseLevel(runs, { task: 'chat', tolerance: 0.05 }).findings.map(({ code }) => code)
}

/** The mean TTFT that the server says, in milliseconds. */
function ttft(meanMs: number, count = N): Partial<ServerSample> {
  return { ttft: { sumSeconds: 100 + (meanMs / 1000) * count, count: 1000 + count } }
}

test('means are the growth of the counters from before the level to after it', () => {
  const side = summariseServerSide([aRun(readings())])!
  expect(side).toMatchObject({ source: 'vLLM', running: 3, waiting: 1, kvCacheUsage: 0.4, prefixHitShare: 0.05 })
  expect(side.ttftMs).toBeCloseTo(48, 9)
  expect(side.clientTtftMs).toBeCloseTo(50, 9)
  expect(side.tpotMs).toBeCloseTo(10, 9)
  expect(side.queueMs).toBeCloseTo(2, 9)
})

test('requests running and waiting are the median of what was read under the load, and the last reading only where nothing else was', () => {
  const underLoad = (...running: readonly number[]) => running.map((value) => aSample({ running: value, waiting: 0 }))
  const gap = aSample({ running: 0, waiting: 1 })
  const run = (loaded: readonly ServerSample[], last: ServerSample | null) =>
    summariseServerSide([aRun({ ...readings(), loaded, last })])
  expect(run(underLoad(4, 1, 4, 4, 3), gap)).toMatchObject({ running: 4, waiting: 0 })
  expect(run([], gap)).toMatchObject({ running: 0, waiting: 1 })
  expect(run([], null)).toMatchObject({ running: null, waiting: null })
  const two = [aRun({ ...readings(), loaded: underLoad(4, 4) }), aRun({ ...readings(), loaded: underLoad(1) })]
  expect(summariseServerSide(two)!.running).toBe(4)
})

test('with a queue both sides are of the same requests: also of those that had a first token when they were cancelled', () => {
  // Four answers that had waited for 500 ms are cut off; four more in the queue have no token, and no side counts them.
  const cut = { cancelledTtft: { n: 4, sumMs: 4 * 500 }, connections: { opened: 4, requests: N + 8 } }
  const withCut = { ttft: { sumSeconds: 100 + 0.048 * N + 4 * 0.498, count: 1000 + N + 4 } }
  // When they are cancelled some servers count those of the queue, too, with the time that they have waited.
  const queue = { ttft: { sumSeconds: withCut.ttft.sumSeconds + 4 * 10, count: 1000 + N + 8 } }
  const side = summariseServerSide([aRun(readings({ last: withCut, after: queue }), cut)])!
  expect(side.clientTtftMs! - side.ttftMs!).toBeCloseTo(2, 9)
  expect(findings(aRun(readings({ last: withCut, after: queue }), cut))).toEqual([])
  // A server that counts an answer when it has ended has not counted these.
  const ended = summariseServerSide([aRun(readings({ last: ttft(48) }), cut)])!
  expect(ended).toMatchObject({ clientTtftMs: 50 })
  expect(ended.ttftMs).toBeCloseTo(48, 9)
})

test('a level and each of its passes have their own, and a healthy server nothing to find', () => {
  const runs = [aRun(readings()), aRun(readings({ after: ttft(40), loaded: { running: 4, waiting: 0 } }), { pass: 2 })]
  const level = summariseLevel(runs, { task: 'chat', tolerance: 0.05 })
  expect(level.findings).toEqual([])
  expect(level.passes.map(({ server }) => Math.round(server!.ttftMs!))).toEqual([48, 40])
  expect(level.server!.ttftMs).toBeCloseTo(44, 9)
  expect(level.server).toMatchObject({ running: 3.5, waiting: 0.5 })
})

test('figures that no server can have are left out, so that they cannot cost the report', () => {
  const stated = steadyRecords(4, { ttftMs: 50, serverTtftMs: 1e200, serverTpotMs: 9 })
  expect(summariseServerSide([aRun(null, { records: stated })])).toMatchObject({ ttftMs: null, tpotMs: 9 })
  const absurd = readings({
    loaded: { running: 1e300, waiting: 1 },
    after: { ttft: { sumSeconds: 1e300, count: 1000 + N } },
  })
  const level = summariseLevel([aRun(absurd)], { task: 'chat', tolerance: 0.05 })
  expect(level.server).toMatchObject({ ttftMs: null, running: null, waiting: 1 })
  expect(level.findings).toEqual([])
  expect(() => encodeRunReport(aReport({ measured: [level] }))).not.toThrow()
})

test('without metrics and without timings in the answers there is nothing', () => {
  expect(summariseLevel([aRun(null)], { task: 'chat', tolerance: 0.05 })).not.toHaveProperty('server')
})

test('what the answers state fills what the metrics lack', () => {
  const records = steadyRecords(4, { ttftMs: 50, serverTtftMs: 30, serverTpotMs: 9 }).map((record, i) =>
    i === 0 ? { ...record, serverTtftMs: -1, serverTpotMs: NaN } : record,
  )
  expect(summariseServerSide([aRun(null, { records })])).toEqual({
    source: 'answers',
    ttftMs: 30,
    tpotMs: 9,
    clientTtftMs: 50,
    clientTpotMs: 10,
    queueMs: null,
    running: null,
    waiting: null,
    kvCacheUsage: null,
    prefixHitShare: null,
    preemptions: null,
  })
  const llama = {
    server: 'llama.cpp',
    ttft: null,
    queue: null,
    prefixQueries: null,
    prefixHits: null,
    preemptions: null,
  }
  const some = readings({ before: llama, loaded: llama, after: { ...llama } })
  expect(summariseServerSide([aRun(some, { records })])).toMatchObject({
    source: 'llama.cpp and answers',
    ttftMs: 30,
    running: 3,
  })
})

test('what a server shows only once it has observed it began at nothing', () => {
  const fresh = readings({ before: { ttft: null }, after: { ttft: { sumSeconds: 0.048 * N, count: N } } })
  expect(summariseServerSide([aRun(fresh)])!.ttftMs).toBeCloseTo(48, 9)
})

test('preemptions are counted for each request that was sent, and none where the server does not count them', () => {
  expect(summariseServerSide([aRun(readings())])!.preemptions).toBe(0)
  expect(summariseServerSide([aRun(readings({ after: { preemptions: 40 + N / 2 } }))])!.preemptions).toBeCloseTo(0.5, 9)
  expect(summariseServerSide([aRun(readings({ before: { preemptions: null } }))])!.preemptions).toBeCloseTo(40 / N, 9)
  expect(summariseServerSide([aRun(readings({ after: { preemptions: null } }))])!.preemptions).toBeNull()
  expect(summariseServerSide([aRun(readings({ after: { preemptions: 1e15 } }))])!.preemptions).toBeNull()
  expect(findings(aRun(readings({ after: { preemptions: 0 } })))).toEqual(['server-restarted'])
})

test('counters that grew by other requests than ours say nothing about ours', () => {
  for (const count of [Math.floor(0.5 * N), Math.ceil(1.5 * N)]) {
    const side = summariseServerSide([aRun(readings({ after: ttft(48, count) }))])
    expect(side).toMatchObject({ ttftMs: null, tpotMs: null, queueMs: null, prefixHitShare: null, running: 3 })
    expect(findings(aRun(readings({ after: ttft(500, count) })))).toEqual([])
  }
  const cancelled = { connections: { opened: 4, requests: N + 4 } }
  expect(
    summariseServerSide([aRun(readings({ after: ttft(48, Math.floor(1.2 * N) + 4) }), cancelled)])!.ttftMs,
  ).toBeCloseTo(48, 9)
})

test('a client that is far above the server, or below it, is a finding', () => {
  expect(findings(aRun(readings({ after: ttft(34) })))).toEqual([])
  expect(findings(aRun(readings({ after: ttft(33) })))).toEqual(['server-ttft-off'])
  expect(findings(aRun(readings({ after: ttft(62) })))).toEqual([])
  expect(findings(aRun(readings({ after: ttft(63) })))).toEqual(['server-ttft-off'])
  const level = summariseLevel([aRun(readings({ after: ttft(20) }))], { task: 'chat', tolerance: 0.05 })
  expect(level.valid).toBe(true)
  expect(level.findings[0]!.message).toContain('50 ms on average for the client and 20 ms for the server: 30 ms')
})

test('a client that stood still itself is no finding, and one that did not is', () => {
  // Two of 36 first tokens came 370 ms late.
  const late = (stallMs: number) =>
    RECORDS.map((record, i) => (i < 2 ? { ...record, ttftMs: record.ttftMs! + 370, stallMs } : record))
  const off = { after: ttft(40) }
  expect(findings(aRun(readings(off), { records: late(0) }))).toEqual(['server-ttft-off'])
  expect(findings(aRun(readings(off), { records: late(370) }))).toEqual([])
  const proxied = RECORDS.map((record, i) => ({ ...record, ttftMs: 150, stallMs: i < 2 ? 370 : 0 }))
  expect(findings(aRun(readings(off), { records: proxied }))).toEqual(['server-ttft-off'])
})

test('a few milliseconds are no finding, whatever share they are', () => {
  const records = steadyRecords(4, { ttftMs: 6 })
  const run = aRun(readings({ after: ttft(2, records.length) }), { records })
  expect(findings(run)).toEqual([])
})

test('load of others in two readings around a pass makes the level invalid', () => {
  const foreign = (before: number, loaded: number, after: number) =>
    aRun(readings({ before: { running: before }, loaded: { running: loaded }, after: { waiting: after } }))
  expect(findings(foreign(2, 6, 0))).toEqual(['foreign-load'])
  expect(findings(foreign(2, 3, 2))).toEqual(['foreign-load'])
  expect(findings(foreign(1, 5, 1))).toEqual([])
  expect(findings(foreign(9, 3, 1))).toEqual([])
  const batches = summariseLevel([foreign(0, 4 * 8, 9)], { task: 'embeddings', tolerance: 0.05, sequences: 8 })
  expect(batches.invalidReasons).not.toContain('foreign-load')
  const level = summariseLevel([aRun(readings()), foreign(3, 7, 3)], { task: 'chat', tolerance: 0.05 })
  expect(level).toMatchObject({ valid: false, state: 'invalid', invalidReasons: ['foreign-load'] })
  expect(level.findings[0]!.message).toBe(
    'In 3 readings around a pass the server had more requests than this run had sent, up to 4 more.',
  )
})

test('requests that were cancelled and have not left yet are ours', () => {
  const left = readings({ before: { running: 3 }, after: { running: 4 } })
  expect(findings(aRun(left, { connections: { opened: 4, requests: N + 4 } }))).toEqual([])
})

test('counters that fell are a restart and give no figures', () => {
  const fell = readings({ last: { ttft: { sumSeconds: 1, count: 10 } } })
  expect(findings(aRun(fell))).toEqual(['server-restarted'])
  for (const after of [ttft(48, -900), { ttft: null }, { prefixQueries: 10 }]) {
    const run = aRun(readings({ after }))
    expect(findings(run)).toEqual(['server-restarted'])
    expect(summariseServerSide([run])).toMatchObject({ ttftMs: null, queueMs: null, prefixHitShare: null })
  }
})
