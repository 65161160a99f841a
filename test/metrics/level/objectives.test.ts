import fc from 'fast-check'
import { expect, test } from 'vitest'
import { figureOf } from '../../../src/metrics/level/level-metrics.ts'
import { summariseLevel } from '../../../src/metrics/level.ts'
import { computeStrain } from '../../../src/metrics/level/objectives.ts'
import { readObjectives } from '../../../src/settings/values/objectives.ts'
import { aFailure, aLevelRun, aRecord, steadyRecords } from '../../support/builders.ts'

const slo = (text: string, share = 0.95) => ({ objectives: readObjectives(text), share })
const level = (records: Parameters<typeof aLevelRun>[0] & object, text: string, share?: number) =>
  summariseLevel([aLevelRun(records)], { task: 'chat', tolerance: 0.05, slo: slo(text, share) })

test('a request keeps its objectives when it keeps each of them, to the millisecond', () => {
  const strain = (text: string, facts = {}) => computeStrain(aRecord(facts), readObjectives(text))
  expect(strain('ttft <= 50ms, tpot <= 10ms')).toBe(1)
  expect(strain('ttft <= 49ms, tpot <= 10ms')).toBeGreaterThan(1)
  expect(strain('ttft <= 100ms, tpot <= 8ms')).toBe(1.25)
  expect(strain('latency <= 2s')).toBe(0.52)
})

test('an answer of one token keeps any time per token; a time that never came keeps nothing', () => {
  const strain = (text: string, facts: Parameters<typeof aRecord>[0]) =>
    computeStrain(aRecord(facts), readObjectives(text))
  expect(strain('tpot <= 1ms', { tpotMs: null })).toBe(0)
  expect(strain('ttfo <= 1s', { ttfoMs: null })).toBe(Infinity)
  expect(strain('ttft <= 1s', { ttftMs: null })).toBe(Infinity)
  const cut = aFailure('incomplete', { ttftMs: 10, lastTokenMs: 20 })
  expect(computeStrain(cut, readObjectives('ttft <= 1s, latency <= 1s'))).toBe(Infinity)
})

test('attainment counts failed requests as missed, and leaves out what this machine could not send', () => {
  const steady = steadyRecords(2)
  const slow = steady.slice(0, 3).map((record) => ({ ...record, ttftMs: 900 }))
  const records = [...steady.slice(3), ...slow, aFailure('http_500'), aFailure('client_ports')]
  const { attained, requests } = level({ concurrency: 2, records }, 'ttft <= 500ms')
  expect(requests.ok + requests.failed).toBe(steady.length + 1)
  expect(attained!.inside).toBe(steady.length - 3)
  expect(attained!.attainment).toBe((steady.length - 3) / (steady.length + 1))
})

test('where all keep them goodput is the throughput, and no more than that elsewhere', () => {
  const records = [
    ...steadyRecords(2, { ttftMs: 100 }),
    ...steadyRecords(1, { ttftMs: 900, windowMs: 3_000, phase: 'tail' }),
  ]
  const all = level({ concurrency: 2, records }, 'latency <= 60s')
  expect(figureOf(all, 'goodput')).toBe(all.requestsPerSecond)
  expect(figureOf(all, 'goodput-tokens')).toBe(all.outputTokensPerSecond)
  const some = level({ concurrency: 2, records }, 'ttft <= 500ms')
  const kept = steadyRecords(2, { ttftMs: 100 }).reduce((sum, { windowTokens }) => sum + windowTokens, 0)
  expect(figureOf(some, 'goodput-tokens')).toBeCloseTo(kept / 10, 9)
  expect(figureOf(some, 'goodput')).toBeLessThan(some.requestsPerSecond!)
})

test('the strain is 1 or less exactly where the wanted share keeps the objectives', () => {
  const times = fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 1, maxLength: 40 })
  const share = fc.constantFrom(0.5, 0.9, 0.95, 0.99)
  fc.assert(
    fc.property(times, fc.nat(3), share, (ttfts, failures, share) => {
      const records = [
        ...ttfts.map((ttftMs) => aRecord({ ttftMs })),
        ...Array.from({ length: failures }, () => aFailure('http_500')),
      ]
      const { attainment, strain } = level({ records }, 'ttft <= 500ms', share).attained!
      expect(strain !== null && strain <= 1).toBe(attainment! >= share - 1e-9)
    }),
    { numRuns: 60 },
  )
})

test('without a stream nothing is said of times of tokens, and latency is as ever', () => {
  const records = steadyRecords(4, { buffered: true })
  expect(level({ concurrency: 4, records }, 'ttft <= 500ms').attained).toBeUndefined()
  expect(level({ concurrency: 4, records }, 'latency <= 60s').attained).toMatchObject({ attainment: 1 })
})

test('a time that answers do not tell is neither kept nor missed', () => {
  const tagged = steadyRecords(4, { tagsReasoning: true, ttfoMs: null })
  expect(level({ concurrency: 4, records: tagged }, 'ttfo <= 5s').attained).toBeUndefined()
  expect(level({ concurrency: 4, records: tagged }, 'ttft <= 5s').attained).toMatchObject({ attainment: 1 })
  const concealed = steadyRecords(4, { tpotMs: null })
  expect(level({ concurrency: 4, records: concealed }, 'tpot <= 1ms').attained).toBeUndefined()
  const ofOneToken = steadyRecords(4, { tpotMs: null, tokenEvents: 1, outputTokens: 1 })
  expect(level({ concurrency: 4, records: ofOneToken }, 'tpot <= 1ms').attained).toMatchObject({ attainment: 1 })
})

test('without objectives a level says nothing of them', () => {
  const plain = summariseLevel([aLevelRun()], { task: 'chat', tolerance: 0.05 })
  expect(plain).not.toHaveProperty('attained')
  expect(figureOf(plain, 'attainment')).toBeNull()
})
