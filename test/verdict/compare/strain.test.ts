import { describe, expect, test } from 'vitest'
import { isRed, runStudy } from '../../../bench/support/calibration.ts'
import type { RowLevel } from '../../../src/report/history.ts'
import { readObjectives } from '../../../src/settings/values/objectives.ts'
import { UNCHANGED, USUAL } from '../../support/simulated-history.ts'
import { aRow, judged, lost, of, passesOf, POLICY, spreadValues } from '../recorded.ts'

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
const history = spreadValues(12, 0.04).map((off, i) => kept(i % 2 === 0 ? 1 : 0.99, 0.95 * Math.exp(off)))

describe('a fall of attainment', () => {
  const verdictOf = (now: ReturnType<typeof kept>) =>
    of(judged(now, history, { policy: { metrics: ['attainment'] }, secondLook: passesOf(now) }), 'attainment').verdict

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
  const steady = spreadValues(12, 0.04).map((off, i) => goodput(10, i % 2 === 0 ? 1 : 0.99, 0.95 * Math.exp(off)))
  const verdictOf = (now: ReturnType<typeof goodput>) =>
    of(judged(now, steady, { policy: { metrics: ['goodput'] }, secondLook: passesOf(now) }), 'goodput').verdict

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
