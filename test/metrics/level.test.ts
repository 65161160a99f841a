import { expect, test } from 'vitest'
import { createLogHistogram } from '../../src/stats/percentile.ts'
import { pickSlowest, summariseLevel } from '../../src/metrics/level.ts'
import type { LevelRun } from '../../src/metrics/level/level-run.ts'
import type { RequestRecord } from '../../src/vocabulary/request-facts.ts'
import { aFailure, aLevel, aLevelRun, aRecord, steadyRecords } from '../support/builders.ts'

const CHAT = { task: 'chat', tolerance: 0.05 } as const

function chat(...records: ReturnType<typeof aRecord>[]) {
  return summariseLevel([aLevelRun({ records })], CHAT)
}

test('only requests that started inside the window give times', () => {
  const level = chat(
    aRecord({ phase: 'warmup', ttftMs: 900 }),
    aRecord({ ttftMs: 40 }),
    aRecord({ ttftMs: 60 }),
    aRecord({ phase: 'tail', ttftMs: 900 }),
  )
  expect(level.ttftMs).toMatchObject({ n: 2, mean: 50, min: 40, max: 60 })
  expect(level.ttftMs!.p50).toBeCloseTo(50, 10)
  expect(level.requests).toEqual({ ok: 2, failed: 0, short: 0 })
})

test('failed requests are infinitely slow in percentiles and absent from means', () => {
  const level = chat(aRecord({ ttftMs: 40 }), aRecord({ ttftMs: 60 }), aFailure('http_500'))
  expect(level.ttftMs).toMatchObject({ n: 2, mean: 50 })
  expect(level.ttftMs!.p50).toBeCloseTo(60, 10)
  expect(level.failures).toEqual({ http_500: 1 })
  const worse = chat(aRecord(), aFailure('http_500'), aFailure('timeout_total'))
  expect(worse.latencyMs!.p50).toBeNull()
  expect(worse.failures).toEqual({ http_500: 1, timeout_total: 1 })
})

test('output tokens count by their events, in every phase and of cancelled requests too', () => {
  const records = [
    aRecord({ phase: 'warmup', startMs: -500, windowTokens: 40 }),
    aRecord({ windowTokens: 100 }),
    aRecord({ phase: 'tail', startMs: 12_000, windowTokens: 0 }),
  ]
  const level = summariseLevel([aLevelRun({ records, cancelledWindowTokens: 60 })], CHAT)
  expect(level.outputTokensPerSecond).toBeCloseTo(200 / 10, 10)
})

test('requests and input tokens count with the share of their time inside the window', () => {
  const level = chat(
    aRecord({ phase: 'warmup', startMs: -500, endMs: 1000 }),
    aRecord({ startMs: 1000, endMs: 1000 }),
    aRecord({ startMs: 9000, endMs: 4000 }),
  )
  expect(level.requestsPerSecond).toBeCloseTo(1.75 / 10, 10)
  expect(level.inputTokensPerSecond).toBeCloseTo((1.75 * 512) / 10, 10)
})

test('failed requests are no throughput', () => {
  expect(chat(aRecord(), aFailure('empty')).requestsPerSecond).toBeCloseTo(0.1, 10)
})

test('an answer in one piece counts its tokens like its time', () => {
  const level = chat(aRecord({ startMs: 9000, endMs: 4000, tokenEvents: 1, windowTokens: 0, outputTokens: 100 }))
  expect(level.outputTokensPerSecond).toBeCloseTo(25 / 10, 10)
})

test('embeddings have latency and rates but nothing of tokens that stream', () => {
  const records = steadyRecords(1, {
    ttftMs: 20,
    tpotMs: null,
    lastTokenMs: 20,
    endMs: 20,
    outputTokens: 0,
    tokenEvents: 0,
  })
  const level = summariseLevel([aLevelRun({ records })], { task: 'embeddings', tolerance: 0.05 })
  expect(level).toMatchObject({
    ttftMs: null,
    ttfoMs: null,
    tpotMs: null,
    interChunkMs: null,
    outputTokensPerSecond: null,
  })
  expect(level.latencyMs!.p50).toBeCloseTo(20, 10)
  expect(level.requestsPerSecond).toBeCloseTo(50, 10)
  expect(level.inputTokensPerSecond).toBeCloseTo(50 * 512, 6)
  expect(level.requests.short).toBe(0)
  expect(level.valid).toBe(true)
})

test('the p50 of a level is the geometric mean over passes, each of the same weight', () => {
  const run = (pass: number, n: number, ttftMs: number) =>
    aLevelRun({ pass, records: Array.from({ length: n }, () => aRecord({ ttftMs })) })
  const level = summariseLevel([run(1, 3, 40), run(2, 30, 90)], CHAT)
  expect(level.ttftMs!.p50).toBeCloseTo(60, 10)
  expect(level.passes.map(({ ttftMs }) => ttftMs?.p50)).toEqual([40, 90])
  expect(level.ttftMs!.n).toBe(33)
})

test('percentiles above the median come from all passes together', () => {
  const run = (pass: number) =>
    aLevelRun({ pass, records: Array.from({ length: 32 }, (_, i) => aRecord({ ttftMs: 40 + i })) })
  const level = summariseLevel([run(1), run(2)], CHAT)
  expect(level.passes[0]!.ttftMs!.p90).toBeNull()
  expect(level.ttftMs!.p90).toBeCloseTo(68, 10)
})

test('a pass in which everything failed leaves the level without a median', () => {
  const runs = [aLevelRun(), aLevelRun({ pass: 2, records: [aFailure('http_503'), aFailure('http_503')] })]
  expect(summariseLevel(runs, CHAT).ttftMs!.p50).toBeNull()
})

test('throughput over passes is all tokens over all seconds', () => {
  const runs = [
    aLevelRun({ records: [aRecord({ windowTokens: 100 })] }),
    aLevelRun({ pass: 2, window: { startMs: 0, endMs: 30_000 }, records: [aRecord({ windowTokens: 700 })] }),
  ]
  expect(summariseLevel(runs, CHAT).outputTokensPerSecond).toBeCloseTo(800 / 40, 10)
})

test('short answers are counted unless their tokens are only estimated', () => {
  const level = chat(
    aRecord({ outputTokens: 80, requestedTokens: 100 }),
    aRecord({ outputTokens: 80, requestedTokens: 100, tokenSource: 'chunks' }),
    aRecord(),
  )
  expect(level.requests.short).toBe(1)
})

test('gaps between chunks come from the histograms of all passes, within 1 %', () => {
  const histogram = (ms: number, n: number) => {
    const result = createLogHistogram()
    for (let i = 0; i < n; i++) result.add(ms)
    return result
  }
  const runs = [aLevelRun({ interChunk: histogram(10, 100) }), aLevelRun({ pass: 2, interChunk: histogram(40, 100) })]
  const { interChunkMs } = summariseLevel(runs, CHAT)
  expect(interChunkMs!.n).toBe(200)
  expect(Math.abs(interChunkMs!.mean! / 25 - 1)).toBeLessThan(0.01)
  expect(Math.abs(interChunkMs!.min! / 10 - 1)).toBeLessThan(0.01)
  expect(Math.abs(interChunkMs!.p95! / 40 - 1)).toBeLessThan(0.01)
  expect(interChunkMs!.p99).toBeNull()
  expect(summariseLevel([aLevelRun()], CHAT).interChunkMs).toBeNull()
})

test('connecting is summarised from every phase, because connections are opened in warm-up', () => {
  const records = [aRecord({ phase: 'warmup', connectMs: 12 }), ...steadyRecords(1)]
  expect(summariseLevel([aLevelRun({ records })], CHAT).connectMs).toMatchObject({ n: 1, mean: 12 })
})

test('a level that stopped before its window still says what failed', () => {
  const records = Array.from({ length: 10 }, () => aFailure('timeout_first_byte', { phase: 'warmup' }))
  const level = summariseLevel([aLevelRun({ window: null, records, stopped: 'failing' })], CHAT)
  expect(level).toMatchObject({ windowSeconds: 0, outputTokensPerSecond: null, requestsPerSecond: null, ttftMs: null })
  expect(level.requests.failed).toBe(10)
  expect(level.state).toBe('lost')
})

test('200,000 records are no trouble', () => {
  const requests = Array.from({ length: 100 }, (_, i) => aRecord({ startMs: 100 * i, ttftMs: 40 + i }))
  const records = Array.from({ length: 200_000 }, (_, i) => requests[i % 100]!)
  const level = summariseLevel([aLevelRun({ concurrency: 64, records })], CHAT)
  expect(level.ttftMs!.p99).toBeCloseTo(138, 0)
})

test('how full a level was is weighed by the windows of its passes', () => {
  const runs = [
    aLevelRun({ inFlight: 1 }),
    aLevelRun({ pass: 2, inFlight: 0.5, window: { startMs: 0, endMs: 30_000 } }),
  ]
  expect(summariseLevel(runs, CHAT).inFlight.mean).toBeCloseTo((1 * 10 + 0.5 * 30) / 40, 10)
})

test('a pass that was cancelled is left out where there are others, however many requests it has', () => {
  const slow = aLevelRun({ pass: 2, records: steadyRecords(1, { ttftMs: 900 }), stopped: 'cancelled' })
  const level = summariseLevel([aLevelRun(), slow], CHAT)
  expect(level.passes.map(({ pass }) => pass)).toEqual([1])
  expect(level.ttftMs!.max).toBe(50)
})

test('answers that do not state their input are taken to be like those that do', () => {
  const level = chat(aRecord(), aRecord({ inputTokens: null }), aRecord({ inputTokens: 256 }))
  expect(level.inputTokensPerSecond).toBeCloseTo((3 * (512 + 256)) / 2 / 10, 10)
  expect(chat(aRecord({ inputTokens: null })).inputTokensPerSecond).toBeNull()
})

test('utilisation and queue of the client are those of its worst pass, its delay the mean', () => {
  const client = (value: number) => ({
    eventLoopUtilization: value,
    delayP90Ms: value,
    delayP99Ms: value,
    queueP99Ms: value,
  })
  const runs = [aLevelRun({ client: client(0.2) }), aLevelRun({ pass: 2, client: client(0.6) })]
  expect(summariseLevel(runs, CHAT).client).toEqual({
    eventLoopUtilization: 0.6,
    delayP90Ms: expect.closeTo(0.4, 10),
    delayP99Ms: expect.closeTo(0.4, 10),
    queueP99Ms: 0.6,
  })
})

test('a level says how much text a stated token has, and how many of them an event; estimates say neither', () => {
  const said = (overrides: Partial<RequestRecord>) =>
    summariseLevel([aLevelRun({ records: steadyRecords(1, overrides) })], { task: 'chat', tolerance: 0.05 }).tokenText
  expect(said({ outputTokens: 100, tokenEvents: 50, characters: 400 })).toEqual({
    charactersPerToken: 4,
    tokensPerEvent: 2,
  })
  expect(said({ tokenSource: 'chunks', characters: 400 })).toBeUndefined()
  expect(said({ characters: 0 })).toBeUndefined()
  // Hidden reasoning is counted and shows no text: a model that thinks longer would seem to count otherwise.
  expect(said({ characters: 400, reasoningTokens: 400 })).toBeUndefined()
  expect(said({ characters: 400, tpotMs: null })).toBeUndefined()
})

/** `n` requests of a part. */
function ofPart(part: string, n: number, facts: Partial<RequestRecord> = {}): RequestRecord[] {
  return Array.from({ length: n }, (_, i) => aRecord({ part, ttftMs: 10 + i, ...facts }))
}

test('the parts of a level add up to it, warm-up and tail left out', () => {
  const warmUp = ofPart('chat', 5).map((record) => ({ ...record, phase: 'warmup' as const }))
  const records = [...warmUp, ...ofPart('chat', 7), ...ofPart('rag', 3, { outputTokens: 9, inputTokens: 20 })]
  const { requests, parts } = summariseLevel([aLevelRun({ records })], CHAT)
  expect(requests).toMatchObject({ ok: 10, failed: 0 })
  expect(parts).toMatchObject([
    { name: 'chat', requests: { ok: 7, failed: 0 }, inputTokens: 7 * 512, outputTokens: 700, ttftMs: { p50: 13 } },
    { name: 'rag', requests: { ok: 3, failed: 0 }, inputTokens: 60, outputTokens: 27, ttftMs: { p50: 11, p95: null } },
  ])
})

test('failed requests of a part have no time and count against its percentiles', () => {
  const failures = Array.from({ length: 3 }, () => ({ ...aFailure('http_500'), part: 'rag' }))
  const [rag] = chat(...ofPart('rag', 2), ...failures).parts!
  expect(rag).toMatchObject({ requests: { ok: 2, failed: 3 }, ttftMs: { p50: null }, latencyMs: { p50: null } })
})

test('a level of requests that are all alike has no parts', () => {
  expect(summariseLevel([aLevelRun({ records: [aRecord()] })], CHAT).parts).toBeUndefined()
})

test('models of its own for each part are no change of the model, two for one part are', () => {
  const own = [...ofPart('chat', 5, { servedModel: 'base' }), ...ofPart('law', 5, { servedModel: 'lora' })]
  const codesOf = (records: RequestRecord[]) =>
    summariseLevel([aLevelRun({ records })], CHAT).findings.map(({ code }) => code)
  expect(codesOf(own)).not.toContain('served-model-changed')
  expect(codesOf([...own, ...ofPart('chat', 5, { servedModel: 'other' })])).toContain('served-model-changed')
})

const slowestOf = (runs: readonly LevelRun[]) => summariseLevel(runs, CHAT).slowest
const runOf = (latencies: readonly number[], level = 1) =>
  aLevelRun({
    concurrency: level,
    records: latencies.map((lastTokenMs, i) => aRecord({ requestId: `${level}-${i}`, level, lastTokenMs })),
  })

test('the slowest of a level are those of the longest latency, with their ids and how many times the median they took', () => {
  const slowest = slowestOf([runOf([100, 100, 500, 100, 300, 100, 100])])
  expect(slowest.slice(0, 2)).toMatchObject([
    { id: '1-2', latencyMs: 500, timesMedian: 5 },
    { id: '1-4', latencyMs: 300, timesMedian: 3 },
  ])
  expect(slowestOf([runOf(Array.from({ length: 40 }, (_, i) => 100 + i))])).toHaveLength(10)
})

test('one that the server calls something else has that name, too', () => {
  const records = [aRecord({ requestId: 'a', serverRequestId: 'req_1', lastTokenMs: 9000 }), aRecord()]
  const [named, unnamed] = slowestOf([aLevelRun({ records })])
  expect(named).toMatchObject({ id: 'a', serverId: 'req_1' })
  expect(unnamed).not.toHaveProperty('serverId')
})

test('of a run those that stand out most come first, not all those of the level with the most load', () => {
  const levels = [runOf([100, 100, 400], 1), runOf([2000, 2000, 2100], 32)]
  expect(pickSlowest(levels.map((level) => ({ slowest: slowestOf([level]) })))[0]).toMatchObject({
    id: '1-2',
    level: 1,
  })
})

test('a failure and a request of the warm-up are none of them', () => {
  const records = [aRecord({ requestId: 'ok' }), aFailure('http_500'), aRecord({ phase: 'warmup', lastTokenMs: 9000 })]
  expect(slowestOf([aLevelRun({ records })]).map(({ id }) => id)).toEqual(['ok'])
  expect(slowestOf([aLevelRun({ records: [aFailure('http_500')] })])).toEqual([])
})

test('where a header of the settings took the place of their ids, they have only those that the server gave', () => {
  const records = [{ serverRequestId: 'req_1', lastTokenMs: 9000 }, {}, {}].map((facts) =>
    aRecord({ requestId: null, ...facts }),
  )
  const [named, ...others] = slowestOf([aLevelRun({ records })])
  expect(named).toMatchObject({ serverId: 'req_1', latencyMs: 9000 })
  for (const one of [named, ...others]) expect(one).not.toHaveProperty('id')
})

test('of any number of levels ten are kept', () => {
  expect(pickSlowest([aLevel(1), aLevel(2)])).toHaveLength(10)
  expect(pickSlowest([])).toEqual([])
})
