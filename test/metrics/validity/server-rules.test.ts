import { expect, test } from 'vitest'
import { findCachedAnswers, findFallbacks } from '../../../src/metrics/validity/server-rules.ts'
import { summariseLevel } from '../../../src/metrics/level.ts'
import type { MeasuredLevel } from '../../../src/metrics/level/level-metrics.ts'
import type { GatewayCounts } from '../../../src/metrics/level/level-run.ts'
import { aLevelRun, aRecord, steadyRecords } from '../../support/builders.ts'

/** Two passes of 200 requests each, at 8 at once, with what gateways did in the first. */
function judge(gateway: Partial<GatewayCounts>): MeasuredLevel {
  const records = steadyRecords(8, {}).slice(0, 200)
  const quiet = { retried: 0, cached: 0, fellBack: 0, names: [] }
  return summariseLevel(
    [
      aLevelRun({ concurrency: 8, records, gateway: { ...quiet, ...gateway } }),
      aLevelRun({ concurrency: 8, pass: 2, records, gateway: quiet }),
    ],
    { task: 'chat', tolerance: 0.05 },
  )
}

const requests = judge({}).passes.reduce((sum, { requests: { ok } }) => sum + ok, 0)
const found = ({ findings }: MeasuredLevel): string[] => findings.map(({ code, message }) => `${code}: ${message}`)

test('answers from a cache of a gateway make a level invalid, from 1 % on', () => {
  const few = Math.floor(requests / 100)
  expect(found(judge({ cached: few, names: ['LiteLLM'] }))).toEqual([])
  const level = judge({ cached: few + 1, names: ['LiteLLM'] })
  expect(level).toMatchObject({ valid: false, invalidReasons: ['gateway-cached'] })
  expect(found(level)).toEqual([`gateway-cached: LiteLLM answered ${few + 1} of ${requests} requests from a cache.`])
})

test('so do answers of a fallback, of gateways that give no name, too', () => {
  const level = judge({ fellBack: requests / 2 })
  expect(level).toMatchObject({ valid: false, invalidReasons: ['gateway-fell-back'] })
  expect(found(level)[0]).toContain(`A gateway or cache sent ${requests / 2} of ${requests} requests to a fallback.`)
})

test('every retry is told of and invalidates nothing', () => {
  const level = judge({ retried: 1, names: ['Envoy', 'Portkey'] })
  expect(level.valid).toBe(true)
  expect(found(level)).toEqual([`gateway-retried: Envoy and Portkey repeated 1 of ${requests} requests.`])
})

test('a server that loads its model before counted answers is told of', () => {
  const counted = steadyRecords(1).map((record, i) => ({ ...record, serverLoadMs: i < 2 ? 2_500 : 40 }))
  const records = [...counted, aRecord({ phase: 'warmup', startMs: -1_000, serverLoadMs: 9_000 })]
  const level = summariseLevel([aLevelRun({ records })], { task: 'chat', tolerance: 0.05 })
  expect(level.invalidReasons).toEqual([])
  expect(found(level)).toEqual([
    `cold-load: For 2 of ${counted.length} requests the server loaded the model first, for up to 2500 ms.`,
  ])
})

test('exactly one answer in a hundred is forgiven', () => {
  const passOf = (cached: number) => ({
    runs: [
      aLevelRun({
        records: Array.from({ length: 200 }, () => aRecord()),
        gateway: { retried: 0, cached, fellBack: cached, names: [] },
      }),
    ],
  })
  expect([findCachedAnswers(passOf(2)), findFallbacks(passOf(2))]).toEqual([null, null])
  expect(findCachedAnswers(passOf(3))).toContain('3 of 200')
  expect(findFallbacks(passOf(3))).toContain('3 of 200')
})
