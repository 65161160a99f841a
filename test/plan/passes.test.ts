import fc from 'fast-check'
import { expect, it } from 'vitest'
import { chooseOnce, countAffordablePasses } from '../../src/plan/passes.ts'
import { aNumberFrom } from '../support/numbers.ts'

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

it('takes no longer than it may, unless one pass of all and the further ones of those that have them in any case do', () => {
  const anyLevels = fc.uniqueArray(
    fc.record({ level: fc.nat(5000), seconds: aNumberFrom(0, 100), decides: fc.boolean() }),
    { selector: ({ level }) => level },
  )
  fc.assert(
    fc.property(anyLevels, fc.integer({ min: 1, max: 10 }), aNumberFrom(0, 1000), (levels, passes, mostSeconds) => {
      const atCapacity = levels.flatMap(({ level, decides }) => (decides ? level : []))
      const once = chooseOnce(levels, { passes, mostSeconds, atCapacity })
      const count = (isOnce: (level: number) => boolean): number =>
        levels.reduce((sum, { level, seconds }) => sum + (isOnce(level) ? 1 : passes) * seconds, 0)
      const fixed = new Set([...atCapacity, Math.min(...levels.map(({ level }) => level))])
      const least = count((level) => !fixed.has(level))
      expect(count((level) => once.includes(level))).toBeLessThanOrEqual(Math.max(least, mostSeconds) + 1e-6)
      expect(once.filter((level) => fixed.has(level))).toEqual([])
    }),
  )
})

it('counts the passes that a budget holds, of which all but the first are without the levels that have one', () => {
  const used = [
    { level: 1, used: 0.05 },
    { level: 8, used: 0.1 },
    { level: 64, used: 0.3 },
  ]
  expect(countAffordablePasses(used, [])).toBe(2)
  expect(countAffordablePasses(used, [64])).toBe(4)
  expect(countAffordablePasses(used, [8, 64])).toBe(12)
  expect(countAffordablePasses([{ level: 1, used: 0 }], [])).toBe(Infinity)
})
