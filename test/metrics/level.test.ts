import { expect, test } from 'vitest'
import { createLogHistogram } from '../../src/stats/percentile.ts'
import { summariseLevel } from '../../src/metrics/level.ts'
import type { RequestRecord } from '../../src/vocabulary/request-facts.ts'
import { aFailure, aLevelRun, aRecord, steadyRecords } from '../support/builders.ts'

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
