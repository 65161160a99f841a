import { describe, expect, test } from 'vitest'
import { isRed, runStudy } from '../../../bench/support/calibration.ts'
import type { RowLevel } from '../../../src/report/history.ts'
import { readObjectives } from '../../../src/settings/values/objectives.ts'
import { findUnlikeness } from '../../../src/verdict/compare/stand.ts'
import { UNCHANGED, USUAL } from '../../support/simulated-history.ts'
import {
  aRow,
  fiveADay,
  judged,
  lost,
  of,
  passesOf,
  POLICY,
  recorded,
  spreadValues,
  steady,
  stepped,
} from '../recorded.ts'

test('while main may have moved, red means worse than both levels', () => {
  const innocent = judged(aRow({ tpot: 1.2 }), stepped([1.2]))
  expect(innocent.verdict).toBe('no-change-seen')
  const tpot = of(innocent, 'tpot-p50')
  expect(tpot.change).toBeCloseTo(0, 10)
  expect(tpot.provisional).toEqual({
    sha: 'sha-10',
    startedAt: '2026-09-11T00:00:00.000Z',
    runs: 1,
    mainChange: expect.closeTo(0.2, 6),
    changeFromBefore: expect.closeTo(0.2, 6),
  })
  const returned = of(judged(aRow(), stepped([1.2])), 'tpot-p50')
  expect(returned.verdict).toBe('proven')
  expect(returned.change).toBeCloseTo(1 / 1.2 - 1, 6)
  expect(judged(aRow({ tpot: 1.4 }), stepped([1.2])).reasons).toEqual(['tpot-p50'])
})

test('better too means better than both', () => {
  expect(of(judged(aRow({ tpot: 0.8 }), stepped([1.2])), 'tpot-p50').verdict).toBe('improved')
})

test('while main may have moved, the weaker of the two tests counts', () => {
  // One run of the new level says so little that 6 % from it may be chance; from the old level it is 27 %.
  const worse = of(judged(aRow({ tpot: 1.27 }), stepped([1.2])), 'tpot-p50')
  expect(worse.verdict).toBe('suspect')
  expect(worse.p).toBeGreaterThan(0.01)
  // The same from the other side: 6 % above the old level, far above the new one.
  const fromOld = of(judged(aRow({ tpot: 1.06 }), stepped([0.8])), 'tpot-p50')
  expect(fromOld.verdict).toBe('regressed')
  expect(fromOld.p).toBeGreaterThan(0.0005)
  const better = of(judged(aRow({ tpot: 0.755 }), stepped([0.8])), 'tpot-p50')
  expect(better.verdict).toBe('proven')
})

test('a run that opened a segment alone and was nearly followed may have been the step', () => {
  const judgedAfter = (newest: readonly number[]) =>
    of(
      judged(
        aRow({ tpot: Math.exp(0.08) }),
        recorded(
          [...spreadValues(12, 0.02), ...newest].map((y) => aRow({ tpot: Math.exp(y) })),
          (i) => (i === 12 ? { segments: { 'tpot-p50': 'opens' } } : {}),
        ),
      ),
      'tpot-p50',
    )
  expect(judgedAfter([0.075, 0.02])).toMatchObject({ verdict: 'suspect', doubt: 'main-moved' })
  // Far from what was measured since, it was an outlier.
  expect(judgedAfter([0.2, 0.02])).toMatchObject({ verdict: 'regressed', doubt: null })
})

test('the newest two or three runs of main may be a level that nothing has called one, and the newest alone no sign of it', () => {
  const calm = spreadValues(20, 0.02)
  const judgedAfter = (newest: readonly number[], y: number) =>
    of(
      judged(
        aRow({ tpot: Math.exp(y) }),
        [...calm, ...newest].map((each) => aRow({ all: Math.exp(each) })),
      ),
      'tpot-p50',
    )
  expect(judgedAfter([0.06, 0.02], 0.09).doubt).toBe('main-moved')
  expect(judgedAfter([0.055, 0.04, 0.035], 0.09).doubt).toBe('main-moved')
  expect(judgedAfter([0.055, -0.01, 0.01], 0.09)).toMatchObject({ verdict: 'regressed', doubt: null })
  // Whatever main does: it is worse than its newest runs by more than chance.
  expect(judgedAfter([0.05, 0.05, 0.05], 0.14)).toMatchObject({ verdict: 'regressed', doubt: null })
})

const HOUR = 3_600_000

const at = (hours: readonly number[]) => hours.map((hour) => hour * HOUR)

const rows = (ys: readonly number[]) => ys.map((y) => aRow({ all: Math.exp(y) }))

test('a run is unlike recorded ones of a single day when it is of another', () => {
  expect(findUnlikeness(at([8, 10, 12]), 15.9 * HOUR)).toBeNull()
  expect(findUnlikeness(at([8, 10, 12]), 17.9 * HOUR)?.what).not.toBe('day')
  expect(findUnlikeness(at([8, 10, 12]), 18 * HOUR)).toEqual({ what: 'day', share: 1 })
  expect(findUnlikeness(at([8, 10, 12]), 33 * HOUR)).toEqual({ what: 'day', share: 1 })
})

test('a run is less unlike recorded ones of two days when it is of a third', () => {
  expect(findUnlikeness(at([33, 8, 10]), 57 * HOUR)).toEqual({ what: 'day', share: 0.4 })
  // A weekend between them does not make them more.
  expect(findUnlikeness(at([8, 10, 81]), 105 * HOUR)).toEqual({ what: 'day', share: 0.4 })
  expect(findUnlikeness(at([8, 10, 33]), 36 * HOUR)).toBeNull()
  expect(findUnlikeness(at([8, 33, 57]), 81 * HOUR)).toBeNull()
})

test('a run is unlike recorded ones when none was made at its time of the day, round the clock', () => {
  const nights = at([1, 25, 49, 73])
  expect(findUnlikeness(nights, (72 + 4.9) * HOUR)).toBeNull()
  expect(findUnlikeness(nights, (72 + 5) * HOUR)?.what).toBe('hour')
  expect(findUnlikeness(nights, (72 + 13) * HOUR)?.what).toBe('hour')
  expect(findUnlikeness(nights, (72 + 21.1) * HOUR)).toBeNull()
  expect(findUnlikeness([...nights, 30 * HOUR], (72 + 5) * HOUR)).toBeNull()
})

test('while the spread is partly assumed, that covers other hours, too', () => {
  const byDay = (k: number) => judged({ ...aRow({ tpot: 1.25 }), startedAt: '2026-11-22T12:00:00.000Z' }, steady(k))
  expect(of(byDay(7), 'tpot-p50').doubt).toBeNull()
  expect(of(byDay(8), 'tpot-p50').doubt).toBe('other-hour')
})

test('what two days say of a third is believed with part of what is assumed of days', () => {
  const onNextDay = (tpot: number, days: number) =>
    of(judged({ ...aRow({ tpot }), startedAt: '2026-09-20T01:00:00.000Z' }, fiveADay(days, 0.001, 0.02)), 'tpot-p50')
  expect(onNextDay(1.1, 2)).toMatchObject({ verdict: 'suspect', doubt: 'other-day' })
  expect(onNextDay(1.2, 2)).toMatchObject({ verdict: 'regressed', doubt: null })
  expect(onNextDay(1.1, 3)).toMatchObject({ verdict: 'regressed', doubt: null })
})

test('a proof must hold against the newest five points, too: main may have crept away from the mean of all', () => {
  const policy = { gate: 'release' } as const
  // By a tenth of a per cent a run: too slowly for the newest one or two to be better by more than chance.
  const creeping = rows(spreadValues(30, 0.024).map((y, i) => y - 0.001 * i))
  const judgedAt = (worse: number) =>
    of(judged(aRow({ all: Math.exp(-0.03 + worse) }), creeping, { policy }), 'tpot-p50').verdict
  expect(judgedAt(0.046)).toBe('proven')
  // Still inside the bound against the mean of all, and outside of it against the newest five.
  expect(judgedAt(0.054)).toBe('no-change-seen')
})

/** A run in which level 8 has this share and strain; all keep the objectives below it. Its attainment is the mean of four. */
const kept = (share: number, strain: number | null | undefined, level8: Partial<RowLevel> = {}) => {
  const value = (3 + share) / 4
  return aRow(
    {},
    {
      slo: { objectives: 'tpot <= 20ms', share: 0.95, attainment: { value, passes: [value, value] } },
      level: (concurrency) =>
        concurrency < 8
          ? { kept: { attainment: 1, goodput: 1, strain: 0.5 } }
          : { kept: { attainment: share, goodput: 1, ...(strain !== undefined && { strain }) }, ...level8 },
    },
  )
}
/** Times spread by 4 %, which the share hardly shows. */
const keptUsually = spreadValues(12, 0.04).map((off, i) => kept(i % 2 === 0 ? 1 : 0.99, 0.95 * Math.exp(off)))

describe('a fall of attainment', () => {
  const verdictOf = (now: ReturnType<typeof kept>) =>
    of(judged(now, keptUsually, { policy: { metrics: ['attainment'] }, secondLook: passesOf(now) }), 'attainment')
      .verdict

  test('is no regression where the strain behind it is as that of recorded runs', () => {
    expect(verdictOf(kept(0.5, 1.0))).not.toBe('regressed')
  })

  test('is one where the strain is worse, too', () => {
    expect(verdictOf(kept(0.5, 1.15))).toBe('regressed')
  })

  test('is one where no time is long enough, the level is lost, or the strain is unknown', () => {
    for (const now of [kept(0.5, null), kept(0, null, lost()), kept(0.5, undefined)])
      expect(verdictOf(now)).toBe('regressed')
  })
})

describe('a fall of goodput', () => {
  const goodput = (value: number, share: number, strain: number) => {
    const row = kept(share, strain)
    return { ...row, slo: { ...row.slo!, goodput: { value, passes: [value, value] } } }
  }
  const usual = spreadValues(12, 0.04).map((off, i) => goodput(10, i % 2 === 0 ? 1 : 0.99, 0.95 * Math.exp(off)))
  const verdictOf = (now: ReturnType<typeof goodput>) =>
    of(judged(now, usual, { policy: { metrics: ['goodput'] }, secondLook: passesOf(now) }), 'goodput').verdict

  test('is no regression where attainment fell with it and the strain behind it is as that of recorded runs', () => {
    expect(verdictOf(goodput(5, 0.5, 1.0))).not.toBe('regressed')
    expect(verdictOf(goodput(5, 0.5, 1.15))).toBe('regressed')
  })

  test('is one where attainment did not fall, whatever the strain', () => {
    expect(verdictOf(goodput(5, 0.99, 0.95))).toBe('regressed')
  })
})

/** A bounded version of `npm run bench -- capacity --only gate`: seeded, so that it cannot fail by chance twice. */
test('unchanged code is not red by attainment or goodput where the lowest level just keeps the objectives, and 10 % more is found', () => {
  const study = (metric: 'attainment' | 'goodput', spread: number, groups: number) =>
    runStudy({
      world: { ...USUAL, spread, objectives: readObjectives('tpot <= 10.8ms') },
      policy: { ...POLICY, metrics: [metric] },
      groups: [groups],
      histories: 12,
      seed: `bounded/${spread}`,
      questions: [
        { name: 'same', slowdown: UNCHANGED, candidates: 8, counts: { red: isRed } },
        { name: 'slower', slowdown: { ttft: 1.1, tpot: 1.1, throughput: 1.1 }, candidates: 4, counts: { red: isRed } },
      ],
    }).map(({ rates }) => rates['red']!.share)
  for (const metric of ['attainment', 'goodput'] as const) {
    expect(study(metric, 0.04, 3)[0]).toBeLessThanOrEqual(0.01)
    expect(study(metric, 0.02, 10)[1]).toBeGreaterThanOrEqual(0.4)
  }
})
