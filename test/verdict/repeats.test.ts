import { expect, test } from 'vitest'
import { addRepeats, shareOfRuns } from '../../src/verdict/repeats.ts'
import { aRow, judged, of, recorded, spreadValues, steady } from './recorded.ts'

/** `runs` rows of each of `groups` workflow runs; these spread by `shared`, and the runs inside them by `own`. */
function repeated(groups: number, runs: number, { shared, own }: { readonly shared: number; readonly own: number }) {
  const inside = runs === 1 ? [0] : spreadValues(runs, own)
  const rows = spreadValues(groups, shared).flatMap((hour) => inside.map((y) => aRow({ all: Math.exp(hour + y) })))
  return recorded(rows, (i) => ({ runId: `run-${Math.floor(i / runs)}` }))
}

test('one run spreads by what its group does and by what the runs of a group do among themselves', () => {
  const points = [
    { ys: [1, 3], perPass: 1 },
    { ys: [5], perPass: 1 },
  ]
  // B = 2 with 3 degrees; W = 2 with 1, and h = 3/4: s² = 2.5, ν = 6.25 / (4/3 + 1/4), 1 − ρ = 2/2.5 · 1/5.
  const { variance, degrees, own } = addRepeats({ squares: 6, degrees: 3 }, points)
  expect([variance, own]).toEqual([2.5, 0.16])
  expect(degrees).toBeCloseTo(6.25 / (4 / 3 + 1 / 4), 12)
  expect([1, 2, 4].map((n) => shareOfRuns(n, 0.5))).toEqual([1, 0.75, 0.625])
})

test('while no group holds two runs, what a repeated candidate averages away is not known', () => {
  expect(addRepeats({ squares: 6, degrees: 3 }, [{ ys: [1], perPass: 1 }])).toEqual({ variance: 2, degrees: 3, own: 0 })
  const [once, thrice] = [1, 3].map((n) => of(judged(steady(n, 1e-9), steady(10)), 'tpot-p50'))
  expect(thrice!.smallestVisible).toBeCloseTo(once!.smallestVisible!, 6)
})

test('a single run is not measured with the spread of means of five', () => {
  const history = repeated(10, 5, { shared: 0.01, own: 0.03 })
  // s² = .01² + (1 − 1/5) · .03².
  expect(of(judged(aRow(), history), 'tpot-p50').spread).toBeCloseTo(Math.sqrt(0.01 ** 2 + 0.8 * 0.03 ** 2), 10)
  expect(judged(aRow({ tpot: 1.07 }), history).verdict).toBe('suspect')
  expect(judged(aRow({ tpot: 1.07 }), repeated(10, 1, { shared: 0.01, own: 0 })).verdict).toBe('regressed')
})

test('a candidate of five runs finds less than one of one run misses, once recorded groups show what five average away', () => {
  const history = repeated(10, 5, { shared: 0.01, own: 0.03 })
  const five = [0, 1, 2, 3, 4].map(() => aRow())
  const [one, more] = [aRow(), five].map((candidate) => of(judged(candidate, history), 'tpot-p50').smallestVisible!)
  expect(more!).toBeLessThan(0.7 * one!)
})

test('a run of fewer passes than the recorded ones is not held to their spread', () => {
  const wide = [1.1, 1 / 1.1, 1.1, 1 / 1.1]
  const history = spreadValues(10, 0.1).map((y) => aRow({ all: Math.exp(y) }, { passes: wide }))
  const [few, many] = [wide.slice(0, 2), wide].map((passes) => of(judged(aRow({}, { passes }), history), 'tpot-p50'))
  // S_w² = 4/3 (ln 1.1)², of which a run of two passes has a quarter more than one of four.
  expect(few!.spread! ** 2 - many!.spread! ** 2).toBeCloseTo(Math.log(1.1) ** 2 / 3, 10)
  expect(many!.spread).toBeCloseTo(0.1, 10)
})

test('however often an hour was repeated, something is assumed before eight groups', () => {
  const tpot = of(judged(aRow(), repeated(2, 20, { shared: 0.001, own: 0.01 })), 'tpot-p50')
  // What was seen of groups has one degree of freedom, so what is assumed has four.
  expect(tpot.spread).toBeGreaterThan(0.015)
})
