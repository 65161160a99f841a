import { expect, test } from 'vitest'
import { sumUpMix } from '../../../src/metrics/level/mixed-scenarios.ts'
import { summariseLevel } from '../../../src/metrics/level.ts'
import type { RequestRecord } from '../../../src/vocabulary/request-facts.ts'
import { aFailure, aRecord, aLevelRun } from '../../support/builders.ts'

const OPTIONS = { task: 'chat', tolerance: 0.05 } as const

/** `n` requests of a part. */
function ofPart(part: string, n: number, facts: Partial<RequestRecord> = {}): RequestRecord[] {
  return Array.from({ length: n }, (_, i) => aRecord({ part, ttftMs: 10 + i, ...facts }))
}

test('the parts of a level add up to it, warm-up and tail left out', () => {
  const warmUp = ofPart('chat', 5).map((record) => ({ ...record, phase: 'warmup' as const }))
  const records = [...warmUp, ...ofPart('chat', 7), ...ofPart('rag', 3, { outputTokens: 9, inputTokens: 20 })]
  const { requests, parts } = summariseLevel([aLevelRun({ records })], OPTIONS)
  expect(requests).toMatchObject({ ok: 10, failed: 0 })
  expect(parts).toMatchObject([
    { name: 'chat', requests: { ok: 7, failed: 0 }, inputTokens: 7 * 512, outputTokens: 700, ttftMs: { p50: 13 } },
    { name: 'rag', requests: { ok: 3, failed: 0 }, inputTokens: 60, outputTokens: 27, ttftMs: { p50: 11, p95: null } },
  ])
})

test('failed requests of a part have no time and count against its percentiles', () => {
  const failures = Array.from({ length: 3 }, () => ({ ...aFailure('http_500'), part: 'rag' }))
  const [rag] = sumUpMix([aLevelRun({ records: [...ofPart('rag', 2), ...failures] })], 'chat')
  expect(rag).toMatchObject({ requests: { ok: 2, failed: 3 }, ttftMs: { p50: null }, latencyMs: { p50: null } })
})

test('a level of requests that are all alike has no parts', () => {
  expect(summariseLevel([aLevelRun({ records: [aRecord()] })], OPTIONS).parts).toBeUndefined()
})

test('models of its own for each part are no change of the model, two for one part are', () => {
  const own = [...ofPart('chat', 5, { servedModel: 'base' }), ...ofPart('law', 5, { servedModel: 'lora' })]
  const codesOf = (records: RequestRecord[]) =>
    summariseLevel([aLevelRun({ records })], OPTIONS).findings.map(({ code }) => code)
  expect(codesOf(own)).not.toContain('served-model-changed')
  expect(codesOf([...own, ...ofPart('chat', 5, { servedModel: 'other' })])).toContain('served-model-changed')
})
