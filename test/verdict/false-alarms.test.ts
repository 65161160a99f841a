import { expect, test } from 'vitest'
import { aRow, judged, of, steady } from './recorded.ts'
import { shareFalseAlarmRate } from '../../src/verdict/false-alarms.ts'

test('the outlook counts with the spread that is expected', () => {
  const runs = (expectedSpread: number | 'auto') =>
    judged(aRow(), [], { policy: { expectedSpread } }).outlook.find(({ metric }) => metric === 'tpot-p50')!
  expect(runs(0.02).smallestVisible).toBeLessThan(0.21)
  expect(runs('auto').smallestVisible).toBeGreaterThan(0.4)
})

const policy = { decision: 'threshold' } as const

test('how often it is wrong by chance is estimated from the spread', () => {
  const rate = (sd: number, k = 10) => judged(aRow(), steady(k, sd), { policy }).falseAlarmRate
  // Three metrics, each P(Z > ln 1.05 / (.05 √(1 + π/21))) = P(Z > .91010) = .18138: 1 − .81862³.
  expect(rate(0.05)).toBeCloseTo(0.45142, 4)
  expect(rate(0.01)).toBeLessThan(0.01)
  expect(rate(0.05, 2)).toBeNull()
  // SciPy: 1 - norm.cdf(log(1.05) / (0.02 * sqrt(1 + pi / 7))) ** 3.
  expect(rate(0.02, 3)).toBeCloseTo(0.06268, 4)
  expect(judged(aRow(), [], { policy }).falseAlarmRate).toBeNull()
})

const green = judged(aRow(), steady(20))

/** Red alone, where a gate of three metrics asks for p below .003; eight of them ask for .000375. */
const narrow = judged(aRow({ tpot: 1.083 }), steady(20))

const clear = judged(aRow({ tpot: 1.3 }), steady(20))

const seven = Array.from({ length: 7 }, () => green)

test('what is red in a gate of its own is suspect where eight gates share one false-alarm rate, and says why', () => {
  expect(narrow).toMatchObject({ verdict: 'regressed', check: 'fail' })
  const [together] = shareFalseAlarmRate([narrow, ...seven])
  expect(together).toMatchObject({ verdict: 'suspect', check: 'warn', reasons: ['tpot-p50'] })
  expect(of(together!, 'tpot-p50')).toMatchObject({
    doubt: 'many-gates',
    note: expect.stringContaining('the gates of this pull request'),
  })
})

test('a clear regression stays red among many gates, and makes room for the next', () => {
  expect(shareFalseAlarmRate([clear, ...seven])[0]).toBe(clear)
  // Two of 24 metrics are tested at .009/24 and then .009/23: Holm steps down.
  expect(shareFalseAlarmRate([clear, clear, ...seven])).toEqual([clear, clear, ...seven])
})

test('a gate alone is judged as it judged itself, and so is a plain threshold, which promises nothing', () => {
  expect(shareFalseAlarmRate([narrow])).toEqual([narrow])
  const threshold = judged(aRow({ tpot: 1.083 }), steady(20), { policy: { decision: 'threshold' } })
  const nothing = judged(aRow(), [])
  expect(shareFalseAlarmRate([threshold, threshold, narrow, nothing])).toEqual([threshold, threshold, narrow, nothing])
})

test('the smallest of their false-alarm rates is shared', () => {
  const lax = judged(aRow({ tpot: 1.083 }), steady(20), { policy: { falseAlarmRate: 0.05 } })
  expect(shareFalseAlarmRate([lax, lax])).toEqual([lax, lax])
  const strict = judged(aRow(), steady(20), { policy: { falseAlarmRate: 0.001 } })
  expect(shareFalseAlarmRate([lax, strict]).map(({ verdict }) => verdict)).toEqual(['suspect', strict.verdict])
})

test('a risen error rate and a lost level are held to their share by the number of gates', () => {
  const risen = {
    ...green,
    verdict: 'regressed',
    check: 'fail',
    reasons: ['error-rate'],
    errorRate: { ...green.errorRate!, verdict: 'regressed', p: 0.0004 },
  } as const
  expect(shareFalseAlarmRate([risen, ...seven])[0]).toMatchObject({
    verdict: 'suspect',
    errorRate: { verdict: 'suspect' },
  })
  const sure = { ...risen, errorRate: { ...risen.errorRate, p: 0.00006 } }
  expect(shareFalseAlarmRate([sure, ...seven])[0]).toBe(sure)
  const level = { concurrency: 8, verdict: 'regressed', p: 0.0004, reason: '', repeatFailed: true } as const
  const counts = { candidate: { ok: 0, failed: 9 }, baseline: { ok: 9, failed: 0 } }
  const lost = {
    ...green,
    verdict: 'regressed',
    reasons: ['level-lost'],
    lostLevels: [{ ...level, ...counts }],
  } as const
  expect(shareFalseAlarmRate([lost, ...seven])[0]).toMatchObject({
    verdict: 'suspect',
    lostLevels: [{ verdict: 'suspect' }],
  })
})
