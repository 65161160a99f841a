import fc from 'fast-check'
import { expect, it } from 'vitest'
import { chooseOnce } from '../../src/plan/passes.ts'

const LEVELS = [
  { level: 64, seconds: 20 },
  { level: 1, seconds: 4 },
  { level: 32, seconds: 11 },
  { level: 4, seconds: 7 },
]

const choose = (passes: number, mostSeconds: number, atCapacity: readonly number[] = []) =>
  chooseOnce(LEVELS, { passes, mostSeconds, atCapacity })

it('gives further passes to the lowest level, and to those that cost least while there is time', () => {
  expect(choose(3, Infinity)).toEqual([])
  expect(choose(3, 3 * 42)).toEqual([])
  expect(choose(3, 3 * 42 - 1)).toEqual([64])
  expect(choose(3, 42 + 8 + 14)).toEqual([32, 64])
  expect(choose(3, 42 + 8 + 13)).toEqual([4, 32, 64])
  expect(choose(3, 10)).toEqual([4, 32, 64])
  expect(choose(1, 10)).toEqual([])
})

it('gives all passes to the levels that decide where the capacity lies, and what time they leave to the others', () => {
  expect(choose(3, 10, [32, 64])).toEqual([4])
  expect(choose(3, 42 + 8 + 14 + 21, [32])).toEqual([4, 64])
  expect(choose(3, 42 + 8 + 14 + 22, [32])).toEqual([64])
  expect(choose(3, 42 + 8 + 14 + 22, [1])).toEqual([64])
})

it('never takes longer than it may, if one pass and the further ones over the lowest level do not', () => {
  const anyLevels = fc.uniqueArray(
    fc.record({ level: fc.nat(5000), seconds: fc.double({ min: 0, max: 100, noNaN: true }) }),
    {
      selector: ({ level }) => level,
    },
  )
  fc.assert(
    fc.property(
      anyLevels,
      fc.integer({ min: 1, max: 10 }),
      fc.double({ min: 0, max: 1000, noNaN: true }),
      (levels, passes, most) => {
        const once = chooseOnce(levels, { passes, mostSeconds: most, atCapacity: [] })
        const lowest = levels.reduce((low, each) => (each.level < low.level ? each : low), {
          level: Infinity,
          seconds: 0,
        })
        const least = levels.reduce((sum, { seconds }) => sum + seconds, (passes - 1) * lowest.seconds)
        const all = levels.reduce((sum, { level, seconds }) => sum + (once.includes(level) ? 1 : passes) * seconds, 0)
        expect(all).toBeLessThanOrEqual(Math.max(least, most) + 1e-6)
      },
    ),
  )
})
