import { expect, test } from 'vitest'
import { findCapacity } from '../../../src/metrics/plateau/capacity.ts'
import { summariseLevel } from '../../../src/metrics/level.ts'
import type { LevelOptions } from '../../../src/metrics/level/level-metrics.ts'
import type { LevelRun, OpenRun } from '../../../src/metrics/level/level-run.ts'
import { judgeRun } from '../../../src/metrics/validity.ts'
import { readObjectives } from '../../../src/settings/values/objectives.ts'
import { aLevelRun, aRecord, steadyRecords } from '../../support/builders.ts'

const OPEN: OpenRun = { maxInFlight: 100, peakInFlight: 9, waited: 0, dropped: 0, queue: { before: 3, after: 4 } }
const CHAT: LevelOptions = { task: 'chat', tolerance: 0.05 }

/** One pass at 50 requests a second; each was sent so late. */
function judge(
  open: Partial<OpenRun>,
  { queueMs = 0.1, ...run }: Partial<LevelRun> & { queueMs?: number } = {},
  options = CHAT,
) {
  const records = steadyRecords(8, { queueMs })
  return summariseLevel(
    [aLevelRun({ concurrency: 50, records, inFlight: 3, open: { ...OPEN, ...open }, ...run })],
    options,
  )
}

test('a level of a rate that kept its schedule is ok, however few of its connections were busy', () => {
  expect(judge({})).toMatchObject({ valid: true, state: 'ok', findings: [], concurrency: 50 })
  expect(judge({}).open).toEqual({
    maxInFlight: 100,
    peakInFlight: 9,
    waited: 0,
    dropped: 0,
    lagMs: { p50: 0.1, p99: 0.1 },
  })
})

test('it needs three requests a pass, not one for each of its number', () => {
  const records = steadyRecords(1).slice(0, 3)
  expect(judge({}, { records })).toMatchObject({ valid: true })
  expect(judge({}, { records: records.slice(1) })).toMatchObject({ invalidReasons: ['too-few-requests'] })
})

test('a rate whose window never opened before a budget was used up is said to be more than is carried', () => {
  const level = judge({}, { window: null, stopped: 'budget', records: [aRecord({ phase: 'warmup' })] })
  expect(level.findings.map(({ message }) => message)).toContainEqual(
    expect.stringMatching(/^The window of a pass never opened: .* The endpoint or this machine carries less\.$/),
  )
})

test('a rate of which a budget let nothing be sent is not said to have failed, nor to be more than is carried', () => {
  const level = judge({}, { window: null, stopped: 'budget', records: [] })
  expect(level.findings).toEqual([
    { code: 'too-few-requests', level: expect.any(Number), message: 'A pass has 0 counted requests; 3 are needed.' },
  ])
  expect(judgeRun([level]).ok).toBe(false)
  expect(judgeRun([level]).findings.map(({ code }) => code)).toEqual(['too-few-requests'])
})

test('a queue that grew without end makes it overloaded, and its other troubles are no news', () => {
  const level = judge({ queue: { before: 4, after: 310 } }, { stopped: 'overloaded', records: [] })
  expect(level).toMatchObject({ valid: false, state: 'overloaded', invalidReasons: ['overloaded'] })
  expect(level.findings[0]!.message).toBe(
    'More requests came than the server ended, in 1 of 1 pass: in its window the queue grew from 4 to 310.',
  )
})

test('more than one request in a hundred that waited for the ceiling make it another load', () => {
  expect(judge({ waited: 0 }).valid).toBe(true)
  const level = judge({ waited: 20, dropped: 2, maxInFlight: 8 }, { queueMs: 50 })
  expect(level).toMatchObject({ valid: false, state: 'invalid', invalidReasons: ['ceiling'] })
  expect(level.findings[0]!.message).toMatch(
    /^24\.4 % of the requests waited for one of 8 in flight \(`max-in-flight`\), 2 were never sent\.$/,
  )
})

test('requests that were sent late are the doing of this machine, from two milliseconds on and half of the tolerance', () => {
  expect(judge({}, { queueMs: 1.9 }).valid).toBe(true)
  expect(judge({}, { queueMs: 2.1 })).toMatchObject({ state: 'client-saturated', invalidReasons: ['late'] })
  expect(judge({}, { queueMs: 2.1 }, { ...CHAT, tolerance: 0.1 }).valid).toBe(true)
})

test('a rate that overloads the server ends the capacity at the one before it', () => {
  const slo = { objectives: readObjectives('ttft <= 100ms'), share: 0.95 }
  const held = judge({}, {}, { ...CHAT, slo })
  const beyond = judge({}, { concurrency: 80, stopped: 'overloaded' }, { ...CHAT, slo })
  expect(findCapacity([held, beyond], 'rate')).toMatchObject({ state: 'found', concurrency: { value: 50 } })
  expect(findCapacity([beyond], 'rate')).toMatchObject({ state: 'below', concurrency: { value: 80 } })
})
