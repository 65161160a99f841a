import { expect, test } from 'vitest'
import { fTail } from '../../src/stats/student-t.ts'
import { findGrownSpread } from '../../src/verdict/grown.ts'
import { aRow, judged, of, spreadValues, steady } from './recorded.ts'

const points = (ys: readonly number[]) => ys.map((y) => ({ y }))
const rows = (ys: readonly number[]) => ys.map((y) => aRow({ all: Math.exp(y) }))

test('the tail of a ratio of two variances is that of the tables', () => {
  // SciPy: f.sf(3.3258, 5, 10), f.sf(4, 2.5, 7.5), and of no difference in equal degrees of freedom a half.
  expect(fTail(3.325834530413011, 5, 10)).toBeCloseTo(0.05, 10)
  expect(fTail(1, 7, 7)).toBeCloseTo(0.5, 12)
  expect(fTail(Infinity, 3, 3)).toBe(0)
})

test('the newest six points count alone when they spread by far more than those before', () => {
  const [calm, loud] = [spreadValues(12, 0.01), spreadValues(6, 0.05)]
  const grown = findGrownSpread([points([...calm, ...loud])])
  // Deviations from the common mean, which is 0; 17 degrees of freedom, of which a third is theirs.
  expect(grown!.squares).toBeCloseTo(5 * 0.05 ** 2, 12)
  expect(grown!.degrees).toBeCloseTo(17 / 3, 12)
  expect(findGrownSpread([points([...calm, ...spreadValues(6, 0.012)])])).toBeNull()
  expect(findGrownSpread([points([...loud, ...calm])])).toBeNull()
  expect(findGrownSpread([points([...calm.slice(0, 5), ...loud])])).toBeNull()
  expect(findGrownSpread([points(Array.from({ length: 12 }, () => 1))])).toBeNull()
})

test('a place that has become noisier is judged by its new noise', () => {
  const calm = spreadValues(12, 0.01)
  const [before, after] = [calm, [...calm, ...spreadValues(6, 0.06)]].map((ys) =>
    of(judged(aRow({ tpot: 1.08 }), rows(ys)), 'tpot-p50'),
  )
  expect([before!.verdict, after!.verdict]).toEqual(['regressed', 'no-change-seen'])
  expect(after!.spread).toBeGreaterThan(0.05)
})

test('a release is not proven while main may just have become faster, and says so', () => {
  const policy = { gate: 'release' } as const
  const steadily = steady(12, 0.01)
  expect(of(judged(aRow(), steadily, { policy }), 'tpot-p50')).toMatchObject({ verdict: 'proven', note: null })
  for (const newest of [1, 2]) {
    const quicker = [...steadily.slice(newest), ...steady(newest, 0, { tpot: 0.96 })]
    expect(of(judged(aRow(), quicker, { policy }), 'tpot-p50')).toMatchObject({
      verdict: 'no-change-seen',
      note: expect.stringContaining('may just have become faster'),
    })
  }
})

test('a proof must hold against the newest five points, too: main may have crept away from the mean of all', () => {
  const policy = { gate: 'release' } as const
  const creeping = rows(Array.from({ length: 16 }, (_, i) => -0.005 * i))
  // The mean is 3.75 % above the newest; against it the bound is 8.5 %, against the newest five 11.3 %.
  expect(of(judged(aRow({ all: Math.exp(-0.0425 + 0.04) }), creeping, { policy }), 'tpot-p50').verdict).toBe(
    'no-change-seen',
  )
  expect(of(judged(aRow({ all: Math.exp(-0.0425) }), creeping, { policy }), 'tpot-p50').verdict).toBe('proven')
})
