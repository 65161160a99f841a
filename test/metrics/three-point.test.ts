import { expect, test } from 'vitest'
import { judgeCrossCheck, chooseThreeLengths, computeThreePoint } from '../../src/metrics/three-point.ts'
import type { ThreePoint } from '../../src/metrics/three-point.ts'
import { aFailure, aLevel, aLevelRun, aRecord } from '../support/builders.ts'

/** A level of whole answers with these latencies. */
function wholeAnswers(outputTokens: number, latencies: readonly number[]) {
  const records = latencies.map((lastTokenMs) =>
    aRecord({ outputTokens, lastTokenMs, ttftMs: null, tpotMs: null, inputTokens: 500 }),
  )
  return aLevelRun({ records })
}

const POINT: ThreePoint = {
  concurrency: 1,
  requests: 15,
  ttftMs: 100,
  tpotMs: 10,
  latencyMs: 1000,
  notebookThroughput: 600,
  streamed: { ttftMs: 100, tpotMs: 10 },
}

function codesOf(...levels: readonly Partial<ThreePoint>[]) {
  const points = levels.map((level) => ({ ...POINT, ...level }))
  return judgeCrossCheck({ outputTokens: [1, 50, 100], levels: points }).map(({ level, message }) => [level, message])
}

test('the lengths are 1, n/2 and n, of whole tokens', () => {
  expect(chooseThreeLengths(128)).toEqual([1, 64, 128])
  expect(chooseThreeLengths(5.4)).toEqual([1, 3, 5])
  expect(chooseThreeLengths(3)).toBeNull()
})

test('medians are taken of the answers that succeeded, and the slope by the tokens that came', () => {
  const one = aLevelRun({ records: [...wholeAnswers(1, [90, 100, 900]).records, aFailure('http_500')] })
  const half = wholeAnswers(50, [590, 590, 590])
  const full = wholeAnswers(90, [990, 990, 2000])
  const point = computeThreePoint({ concurrency: 2, one, half, full }, aLevel(2))
  expect(point).toEqual({
    concurrency: 2,
    requests: 9,
    ttftMs: 100,
    tpotMs: 10,
    latencyMs: 990,
    notebookThroughput: ((500 + 90) * 2) / 0.99,
    streamed: { ttftMs: expect.closeTo(50) as number, tpotMs: expect.closeTo(10) as number },
  })
})

test('counts that cannot be true, and answers without one, say nothing of the time per token', () => {
  const one = wholeAnswers(1, [100, 100, 100])
  const half = wholeAnswers(50, [600, 600, 600])
  const full = (outputTokens: number, countDoubt: string | null) =>
    aLevelRun({
      records: [...wholeAnswers(100, [1100, 1100]).records, ...wholeAnswers(100, [1100, 1100, 1100]).records].map(
        (record, i) => (i < 2 ? { ...record, outputTokens, countDoubt } : record),
      ),
    })
  const pointOf = (run: ReturnType<typeof full>) => computeThreePoint({ concurrency: 1, one, half, full: run }, null)
  expect(pointOf(full(700, 'above-asked'))).toMatchObject({
    tpotMs: 10,
    notebookThroughput: expect.closeTo(600 / 1.1, 9) as number,
  })
  expect(pointOf(full(0, null)).tpotMs).toBe(10)
  const all = aLevelRun({ records: [...full(0, null).records].map((record) => ({ ...record, outputTokens: 0 })) })
  expect(pointOf(all)).toMatchObject({ latencyMs: 1100, tpotMs: null, notebookThroughput: null })
})

test('what cannot be told is null: too few answers, answers of one length, longer ones that come sooner', () => {
  const ok = wholeAnswers(100, [1000, 1000, 1000])
  const few = wholeAnswers(1, [100, 100])
  expect(computeThreePoint({ concurrency: 1, one: few, half: ok, full: ok }, null)).toMatchObject({
    ttftMs: null,
    tpotMs: null,
  })
  const slow = wholeAnswers(50, [2000, 2000, 2000])
  expect(computeThreePoint({ concurrency: 1, one: ok, half: slow, full: ok }, null).tpotMs).toBeNull()
})

test('a clear difference at the lowest level is a finding, noise and higher levels are none', () => {
  expect(codesOf({})).toEqual([])
  expect(codesOf({ ttftMs: 120, tpotMs: 12 }, { concurrency: 8, ttftMs: 900 })).toEqual([])
  expect(codesOf({ ttftMs: 8, streamed: { ttftMs: 4, tpotMs: 10 } })).toEqual([])
  expect(codesOf({ ttftMs: null, streamed: { ttftMs: null, tpotMs: null } })).toEqual([])
  expect(codesOf({ ttftMs: 160, tpotMs: 6 })).toEqual([
    [1, 'TTFT is 100 ms by streams and 160 ms by the three points.'],
    [1, 'TPOT is 10 ms by streams and 6 ms by the three points.'],
  ])
})
