import { expect, test } from 'vitest'
import type { Clues } from '../../src/report/clues.ts'
import type { HistoryEntry, HistoryRow } from '../../src/report/history.ts'
import { decideVerdict } from '../../src/verdict/decide.ts'
import { takeFirstLook } from '../../src/verdict/look.ts'
import { addSides } from '../../src/verdict/sides.ts'
import { aRow, inputOf, judged, of, recorded, steady } from './recorded.ts'

function sidesOf(now: HistoryRow, entries: readonly HistoryEntry[], rest: Parameters<typeof inputOf>[2] = {}) {
  const input = inputOf(now, entries, rest)
  const first = takeFirstLook(input)
  return addSides(decideVerdict(input, first), input, first).sides
}

test('what main was stands in the verdict at every level that it has, the lowest and the highest run beside the mean', () => {
  const { baseline, control } = sidesOf(aRow({}, { levels: [1, 2] }), recorded(steady(3, 0.02)))!
  expect(control).toBeUndefined()
  expect(baseline!.runs).toBe(3)
  expect(baseline!.levels.map(({ concurrency }) => concurrency)).toEqual([1, 2, 4, 8])
  const { value, low, high } = baseline!.levels[3]!.figures['tpot-p50']!
  expect(low!).toBeLessThan(value)
  expect(high!).toBeGreaterThan(value)
  expect(baseline!.levels[3]!.figures.throughput!.value).toBeGreaterThan(300)
})

test('of a main that has moved only the runs since then are drawn', () => {
  const entries = recorded([...steady(6, 0.005), ...steady(4, 0.005, { tpot: 1.5 })], (i) => ({
    segments: i === 6 ? { 'tpot-p50': 'accepted' } : {},
  }))
  const { baseline } = sidesOf(aRow({ tpot: 1.5 }), entries)!
  expect(baseline!.runs).toBe(4)
  expect(baseline!.levels[0]!.figures['tpot-p50']!.value).toBeCloseTo(15, 1)
})

test('a level that cannot be used has no figure, and tails and objectives are there where they were measured', () => {
  const level = (concurrency: number) => ({
    valid: concurrency !== 4,
    tails: { 'ttft-p90': 80 },
    kept: { attainment: concurrency === 8 ? 0 : 1, goodput: concurrency },
  })
  const now = aRow()
  const { baseline } = sidesOf(now, recorded([aRow({}, { level })]))!
  expect(baseline!.levels.map(({ concurrency }) => concurrency)).toEqual([1, 2, 8])
  expect(baseline!.levels[2]!.figures).toMatchObject({ attainment: { value: 0 }, 'ttft-p90': { value: 80 } })
})

test('what may say why stands beside them, each clue as the mean of the runs that know it; older runs know none', () => {
  const run = (clues: Clues) => aRow({}, { level: () => ({ clues }) })
  const { baseline } = sidesOf(aRow(), recorded([aRow(), run({ waiting: 2, running: 8 }), run({ waiting: 4 })]))!
  expect(baseline!.levels[0]!.clues).toEqual({ waiting: 3, running: 8 })
  expect(sidesOf(aRow(), recorded(steady(2)))!.baseline!.levels[0]).not.toHaveProperty('clues')
})

test('the control stands beside them, and a run that is not valid has its history all the same', () => {
  const controls = [aRow({ tpot: 0.9 })]
  expect(sidesOf(aRow(), [], { controls })!.control!.levels[0]!.figures['tpot-p50']).toEqual({ value: 9 })
  expect(sidesOf(aRow(), recorded(steady(2)), { trouble: 'run-invalid' })!.baseline!.runs).toBe(2)
})

test('a first run has nothing beside it', () => {
  expect(sidesOf(aRow(), [])).toBeUndefined()
})

test('a capacity that no level ended is at least that, on either side', () => {
  const slo = (value: number) => ({
    slo: { objectives: 'ttft <= 500ms', share: 0.95, capacity: { value, passes: [value] } },
  })
  const bounds = (before: number, now: number) =>
    of(judged(aRow({}, slo(now)), [aRow({}, slo(before))]), 'capacity').bounds
  expect(bounds(8, 8)).toEqual({ baseline: 'at-least', candidate: 'at-least' })
  expect(bounds(8, 5)).toEqual({ baseline: 'at-least' })
  expect(bounds(5, 1)).toEqual({ candidate: 'below' })
  expect(bounds(5, 5)).toBeUndefined()
})
