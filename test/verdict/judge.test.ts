import { expect, test } from 'vitest'
import { aRow, judged, of, steady } from './recorded.ts'

const policy = { decision: 'threshold' } as const

test('a plain threshold is the tolerance against the median, whatever the noise', () => {
  const history = [1, 1, 1, 3, 0.9].map((tpot) => aRow({ tpot }))
  const verdict = judged(aRow({ tpot: 1.06 }), history, { policy })
  expect(verdict).toMatchObject({ verdict: 'regressed', reasons: ['tpot-p50'], check: 'fail' })
  expect(of(verdict, 'tpot-p50')).toMatchObject({ p: null, baseline: expect.closeTo(10, 9) })
  expect(judged(aRow({ tpot: 1.04 }), history, { policy }).verdict).toBe('no-change-seen')
  expect(of(judged(aRow({ tpot: 0.9 }), history, { policy }), 'tpot-p50').verdict).toBe('improved')
})

test('the median is that of the history, not its mean', () => {
  // The mean on the log scale is 1.09: a run at 1.06 is better than it and worse than the median.
  const history = [1, 1, 1, 1.55, 1].map((tpot) => aRow({ tpot }))
  const tpot = of(judged(aRow({ tpot: 1.06 }), history, { policy }), 'tpot-p50')
  expect(tpot).toMatchObject({ verdict: 'regressed', change: expect.closeTo(0.06, 8) })
})

test('it decides from the first recorded run, at once and without a second look', () => {
  expect(judged(aRow({ tpot: 1.06 }), steady(1), { policy, secondLook: 'unusable' })).toMatchObject({
    verdict: 'regressed',
    confirmation: null,
  })
})

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

test('a release proves by the spread whatever decides otherwise', () => {
  expect(judged(aRow(), steady(10), { policy: { ...policy, gate: 'release' } })).toMatchObject({
    verdict: 'proven',
    check: 'pass',
  })
  expect(judged(aRow(), steady(10, 0.1), { policy: { ...policy, gate: 'release' } }).reasons).toEqual(['not-proven'])
})

test('a release trusts no spread that is all too small, and says so', () => {
  const release = { policy: { gate: 'release' } } as const
  const tpotAt = (tpot: number, sd: number) => of(judged(aRow({ tpot }), steady(10, sd), release), 'tpot-p50')
  expect(tpotAt(1.04, 0.01).verdict).toBe('proven')
  // Worse by .0583, s taken as .025: .0583 + 1.833 · .025 · √1.1 = .106 > ln 1.1 = .0953; with .01 it would be .0775.
  expect(tpotAt(1.06, 0.01)).toMatchObject({
    verdict: 'no-change-seen',
    note: expect.stringContaining('is not trusted to last'),
  })
  // A spread that is no smaller is what it is: nothing to be said.
  expect(tpotAt(1.06, 0.026)).toMatchObject({ verdict: 'no-change-seen', note: null })
})
