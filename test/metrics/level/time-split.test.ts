import { expect, test } from 'vitest'
import { summariseLevel } from '../../../src/metrics/level.ts'
import { splitTime } from '../../../src/metrics/level/time-split.ts'
import { aFailure, aLevelRun, aRecord, steadyRecords } from '../../support/builders.ts'

/** Answers of 100 tokens: the first after 50 ms, the others 10 ms apart, the end 1 ms after the last. */
const STEADY = [aLevelRun({ concurrency: 4 })]

test('the parts of a median request add up to it: connection, first token, tokens, end', () => {
  const split = splitTime(STEADY, 'chat', { queueMs: 20, firstTokenMs: null })!
  expect(split).toEqual({ lateMs: 0, connectMs: 0, firstTokenMs: 50, queueMs: 20, decodeMs: 990, drainMs: 1 })
  const connecting = [aLevelRun({ records: steadyRecords(1, { connectMs: 8 }) })]
  expect(splitTime(connecting, 'chat', null)).toMatchObject({ connectMs: 8, firstTokenMs: 50, queueMs: null })
})

test('the requests around the median speak for it, not the slowest or the fastest', () => {
  const records = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map((i) =>
    aRecord({ ttftMs: 10 * i + 10, lastTokenMs: 500 + 100 * i }),
  )
  const { firstTokenMs, decodeMs } = splitTime([aLevelRun({ records })], 'chat', null)!
  expect(firstTokenMs).toBeCloseTo(60, 9)
  expect(firstTokenMs + decodeMs).toBeCloseTo(1000, 9)
})

test('a median request waits for as long as a mean prefill leaves, because requests differ in their wait', () => {
  const of = (queueMs: number, firstTokenMs: number) => splitTime(STEADY, 'chat', { queueMs, firstTokenMs })!.queueMs
  // Of 40 ms on average 35 are the queue, so a first token after 50 ms has waited for 45.
  expect(of(35, 40)).toBe(45)
  expect(of(0, 60)).toBe(0)
  expect(of(41, 40)).toBeNull()
})

test('in an open loop waiting to be sent and connecting are apart from the first token, which counts from when it was due', () => {
  const open = { maxInFlight: 8, peakInFlight: 4, waited: 0, dropped: 0, queue: null }
  const records = steadyRecords(1, { ttftMs: 50, queueMs: 12, connectMs: 8 })
  expect(splitTime([aLevelRun({ records, open })], 'chat', null)).toMatchObject({
    lateMs: 12,
    connectMs: 8,
    firstTokenMs: 30,
    decodeMs: 990,
  })
})

test('answers that do not stream, embeddings and failures have no split', () => {
  expect(splitTime([aLevelRun({ records: steadyRecords(1, { buffered: true }) })], 'chat', null)).toBeNull()
  expect(splitTime(STEADY, 'embeddings', null)).toBeNull()
  expect(splitTime([aLevelRun({ records: [aFailure('http_500')] })], 'chat', null)).toBeNull()
})

test('a level has it, over all its passes', () => {
  expect(summariseLevel(STEADY, { task: 'chat', tolerance: 0.05 }).split).toMatchObject({ firstTokenMs: 50 })
})
