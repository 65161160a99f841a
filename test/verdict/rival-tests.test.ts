/** Values of SciPy 1.17.1: `ttest_ind(…, equal_var=False)`, `mannwhitneyu(…, method='asymptotic')`, `energy_distance`. */
import { describe, expect, it } from 'vitest'
import { findChanges, measureEnergy, testMannWhitney, testWelch } from '../../bench/support/rival-tests.ts'
import { compareTools, TOOLS } from '../../bench/support/rivals.ts'
import { worldStudies } from '../../bench/support/worlds.ts'
import { drawNormal, seedRandom } from '../../src/random.ts'

const A = [1.02, 1.05, 0.99, 1.11]
const B = [1, 0.97, 1.01, 0.98, 1.03, 0.99, 1.02]
/** With ties. */
const C = [3, 1, 2, 2, 5, 7, 7, 1]
const D = [1, 2, 2, 3, 4, 0]

describe('the tests of other tools', () => {
  it('Welch’s t says what SciPy says', () => {
    expect(testWelch(A, B)).toBeCloseTo(0.09821160851594461, 10)
    expect(testWelch(B, A)).toBeCloseTo(0.9017883914840554, 10)
    expect(testWelch([1.2, 1.5], [1.1, 1, 1.3])).toBeCloseTo(0.17846139816909265, 10)
  })

  it('Mann–Whitney says what SciPy says, with ties and without', () => {
    expect(testMannWhitney(A, B)).toBeCloseTo(0.07724442620519831, 6)
    expect(testMannWhitney(C, D)).toBeCloseTo(0.17878193736586784, 6)
    expect(testMannWhitney(D, C)).toBeCloseTo(0.8534735603463253, 6)
  })

  it('the energy of E-divisive is SciPy’s distance, with the pairs of one sample counted without themselves', () => {
    expect(measureEnergy(A, B)).toBeCloseTo(0.023030303030303, 12)
    expect(measureEnergy(C, D)).toBeCloseTo(0.3020408163265318, 12)
  })

  it('E-divisive finds a step where it is, two steps as two, and none in noise', () => {
    const random = seedRandom('changes')
    const draw = (n: number, centre: number): number[] =>
      Array.from({ length: n }, () => centre + 0.01 * drawNormal(random))
    expect(findChanges([...draw(12, 0), ...draw(8, 0.1)], random)).toEqual([12])
    expect(findChanges([...draw(10, 0), ...draw(10, 0.2), ...draw(10, 0.4)], random)).toEqual(
      expect.arrayContaining([10, 20]),
    )
    let alarms = 0
    for (let i = 0; i < 20; i++) if (findChanges(draw(15, 0), random).length > 0) alarms++
    // 5 % are promised for each: five or more of twenty come by chance once in 400.
    expect(alarms).toBeLessThan(5)
  })
})

it('every tool is asked about the same runs, and finds what is twice as slow as noise could be', () => {
  const study = { ...worldStudies(1)['independent, 2 %']!, groups: [10], histories: 1 }
  const rates = compareTools(study, 1)
  expect(Object.keys(rates)).toEqual([...TOOLS])
  for (const tool of TOOLS) expect(rates[tool], tool).toHaveLength(4)
  for (const tool of ['Plateau', 'fixed 10 %', 'mean ± 2 sd', 'E-divisive'] as const)
    expect(rates[tool][3], tool).toBe(1)
})
