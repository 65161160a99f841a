import { expect, test } from 'vitest'
import {
  computeErrorRate,
  figureOf,
  chooseThroughput,
  countMissingRequests,
} from '../../../src/metrics/level/level-metrics.ts'
import { summariseLevel } from '../../../src/metrics/level.ts'
import { createLogHistogram } from '../../../src/stats/percentile.ts'
import { aFailure, aLevel, aLevelRun, aRecord } from '../../support/builders.ts'

const CHAT = { task: 'chat', tolerance: 0.05 } as const

/** A level of so many requests that succeeded, and that failed. */
function counted(ok: number, failed: number) {
  const interChunk = createLogHistogram()
  for (let i = 0; i < ok; i++) interChunk.add(10)
  const records = [
    ...Array.from({ length: ok }, () => aRecord()),
    ...Array.from({ length: failed }, () => aFailure('http_500')),
  ]
  return summariseLevel([aLevelRun({ records, interChunk })], CHAT)
}

test('a percentile needs fewer requests more when some of them failed: they are samples, too', () => {
  // 64 samples have a p90.
  expect(countMissingRequests(counted(50, 0), 'ttft-p90')).toBe(14)
  expect(countMissingRequests(counted(50, 4), 'ttft-p90')).toBe(10)
  expect(countMissingRequests(counted(64, 0), 'ttft-p90')).toBe(0)
})

test('gaps between chunks are of requests that succeeded only', () => {
  expect(countMissingRequests(counted(50, 4), 'inter-chunk-p90')).toBe(14)
})

test('what no number of requests would show lacks none', () => {
  const embeddings = summariseLevel([aLevelRun({ records: [aRecord({ ttftMs: null, tpotMs: null })] })], {
    task: 'embeddings',
    tolerance: 0.05,
  })
  expect(countMissingRequests(embeddings, 'ttft-p90')).toBe(0)
})

test('a metric name means its figure', () => {
  const level = aLevel(2)
  expect(figureOf(level, 'ttft-p50')).toBe(level.ttftMs!.p50)
  expect(figureOf(level, 'inter-chunk-p50')).toBe(level.interChunkMs?.p50 ?? null)
  expect(figureOf(level, 'latency-p50')).toBe(level.latencyMs!.p50)
  expect(figureOf(level, 'throughput')).toBe(level.outputTokensPerSecond)
  expect(figureOf(level, 'input-throughput')).toBe(level.inputTokensPerSecond)
  expect(figureOf(level, 'requests-per-second')).toBe(level.requestsPerSecond)
  expect(figureOf(level, 'error-rate')).toBe(0)
  expect(figureOf(level, 'plateau-throughput')).toBeNull()
})

test('an error rate is the share of all counted requests', () => {
  expect(computeErrorRate({ ok: 3, failed: 1 })).toBe(0.25)
  expect(computeErrorRate({ ok: 0, failed: 0 })).toBeNull()
})

test('the throughput that matters is output tokens, without them input tokens, without those requests', () => {
  const level = aLevel(1)
  expect(chooseThroughput([level])).toBe('outputTokensPerSecond')
  expect(chooseThroughput([{ ...level, outputTokensPerSecond: null }])).toBe('inputTokensPerSecond')
  expect(chooseThroughput([{ ...level, outputTokensPerSecond: 0, inputTokensPerSecond: null }])).toBe(
    'requestsPerSecond',
  )
  expect(chooseThroughput([])).toBe('outputTokensPerSecond')
})
