import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  chooseNextLevel,
  fixLadder,
  listLadderLevels,
  listLevelRunsLeft,
  chooseOnce,
  countAffordablePasses,
} from '../../src/plan/ladder.ts'
import type { DoneLevel, Ladder } from '../../src/plan/ladder.ts'
import { MOST_SEARCHED } from '../../src/vocabulary/load.ts'
import { SEARCH_BOUNDS } from './search-bounds.ts'
import { aNumberFrom } from '../support/numbers.ts'

function aLadder(overrides: Partial<Ladder> = {}): Ladder {
  return { levels: [1, 2, 4, 8], named: [], mostPasses: 1, seed: 'a seed', ...overrides }
}

/** Follows a ladder to its end; levels from `breaksAt` on do not hold. */
function follow(ladder: Ladder, { breaksAt = Infinity } = {}, before: readonly DoneLevel[] = []): DoneLevel[] {
  const done = [...before]
  for (;;) {
    const next = chooseNextLevel(ladder, done)
    if (next === null) return done
    done.push({ ...next, held: next.concurrency < breaksAt })
    if (done.length > 1_000) throw new Error('no end')
  }
}

function levelsOf(done: readonly DoneLevel[], pass = 1): number[] {
  return done.filter((level) => level.pass === pass).map(({ concurrency }) => concurrency)
}

function ascending(levels: readonly number[]): number[] {
  return levels.toSorted((a, b) => a - b)
}

describe('the ladder of a search', () => {
  const searching = aLadder({ search: SEARCH_BOUNDS, named: [3, 2, 24], mostPasses: 3 })
  const found = [1, 2, 8, 32, 16].map((concurrency) => ({ concurrency, pass: 1, held: true }))

  it('has in further passes what the first has found, and what limits name', () => {
    const done = follow(fixLadder(searching, found), {}, found)
    expect(levelsOf(done)).toEqual([1, 2, 8, 32, 16, ...levelsOf(done).slice(5)])
    for (const pass of [1, 2, 3]) expect(ascending(levelsOf(done, pass))).toEqual([1, 2, 3, 8, 16, 24, 32])
  })

  it('has levels of which one pass has to do in the first pass only', () => {
    const done = follow(fixLadder(searching, found, { once: [16, 32] }), {}, found)
    for (const pass of [2, 3]) expect(ascending(levelsOf(done, pass))).toEqual([1, 2, 3, 8, 24])
    const left = listLevelRunsLeft(fixLadder(aLadder({ ...searching, named: [] }), found, { once: [16, 32] }), [
      ...found,
      { concurrency: 2, pass: 2, held: true },
    ])
    expect(left).toEqual({ left: [1, 8, 1, 2, 8], isMost: false })
    // Where it is so of all, there is no other pass.
    const alone = aLadder({ mostPasses: 3, once: [1, 2, 4, 8] })
    expect(follow(alone).map(({ pass }) => pass)).toEqual([1, 1, 1, 1])
  })

  it('has no named level above one that does not hold', () => {
    const broken = found.slice(0, 3).map((level) => ({ ...level, held: level.concurrency < 8 }))
    const done = follow(fixLadder(searching, broken), { breaksAt: 8 }, broken)
    expect(ascending(levelsOf(done, 2))).toEqual([1, 2, 3, 8])
  })

  it('is expected to be what the plan says until something is measured', () => {
    expect(listLadderLevels(searching, [])).toEqual([1, 2, 4, 8])
    expect(listLadderLevels(searching, found)).toEqual([1, 2, 8, 16, 32])
  })

  it('says how many levels there are at most until the second pass', () => {
    const most = listLevelRunsLeft(searching, found)
    expect([most.left.length + found.length, most.isMost]).toEqual([3 * (MOST_SEARCHED + 3), true])
    const later = [...found, { concurrency: 2, pass: 2, held: true }]
    expect(listLevelRunsLeft({ ...searching, mostPasses: 2 }, later)).toEqual({ left: [1, 8, 16, 32], isMost: false })
  })
})

describe('a ladder that is given', () => {
  const given = aLadder({ levels: [1, 2, 4, 8, 16], mostPasses: 3 })

  it('is measured completely', () => {
    const done = follow(given)
    for (const pass of [1, 2, 3]) expect(ascending(levelsOf(done, pass))).toEqual([1, 2, 4, 8, 16])
  })

  it('has an order of its own in each pass, from the seed, the first pass too', () => {
    const orders = (seed: string) => [1, 2, 3].map((pass) => levelsOf(follow({ ...given, seed }), pass).join())
    expect(orders('a seed')).toEqual(orders('a seed'))
    expect(new Set(orders('a seed')).size).toBe(3)
    expect(new Set(['a', 'b', 'c', 'd'].map((seed) => orders(seed)[0])).size).toBeGreaterThan(1)
  })

  it('begins with its lowest level and ends with it, where the last pass may be any from one on, too', () => {
    for (const seed of ['a', 'b', 'c', 'd', 'e', 'f']) {
      const done = follow({ ...given, seed })
      expect([done[0]!.concurrency, done.at(-1)!.concurrency]).toEqual([1, 1])
    }
    const open = follow({ ...given, mostPasses: 6, leastPasses: 3 })
    expect([2, 3, 4, 5, 6].map((pass) => levelsOf(open, pass).at(-1) === 1)).toEqual([false, true, true, true, true])
  })

  it('loses the levels above one that does not hold', () => {
    const done = follow(given, { breaksAt: 4 })
    const broken = done.findIndex(({ held }) => !held)
    const lowest = Math.min(...done.filter(({ held }) => !held).map(({ concurrency }) => concurrency))
    expect(broken).toBeGreaterThanOrEqual(0)
    expect(ascending(levelsOf(done, 3))).toEqual([1, 2, 4])
    expect(lowest).toBe(4)
  })
})

describe('every ladder', () => {
  const anyLadder = fc.record({
    levels: fc.uniqueArray(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 9 }).map(ascending),
    named: fc.constant([]),
    mostPasses: fc.integer({ min: 1, max: 4 }),
    seed: fc.string(),
  })
  const anyEndpoint = fc.record({ breaksAt: fc.integer({ min: 1, max: 400 }) })

  it('is known in its length: never too short', () => {
    fc.assert(
      fc.property(anyLadder, anyEndpoint, (ladder, endpoint) => {
        const done = follow(ladder, endpoint)
        for (let count = 0; count <= done.length; count++) {
          const { left } = listLevelRunsLeft(ladder, done.slice(0, count))
          expect(count + left.length).toBeGreaterThanOrEqual(done.length)
        }
        expect(listLevelRunsLeft(ladder, done).left).toEqual([])
      }),
    )
    const known = listLevelRunsLeft(aLadder({ levels: [1, 2, 4], mostPasses: 2 }), [])
    expect(known).toEqual({ left: [1, 2, 4, 1, 2, 4], isMost: false })
  })

  it('ends, repeats no level in a pass, goes pass by pass and never above what broke', () => {
    fc.assert(
      fc.property(anyLadder, anyEndpoint, (ladder, endpoint) => {
        const done = follow(ladder, endpoint)
        expect(new Set(done.map(({ concurrency, pass }) => `${concurrency}/${pass}`)).size).toBe(done.length)
        expect(done.map(({ pass }) => pass)).toEqual(ascending(done.map(({ pass }) => pass)))
        let broken = Infinity
        for (const { concurrency, held } of done) {
          expect(concurrency).toBeLessThanOrEqual(broken)
          if (!held) broken = Math.min(broken, concurrency)
        }
        for (const { concurrency } of done) expect(ladder.levels).toContain(concurrency)
      }),
    )
  })
})

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
