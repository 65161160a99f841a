import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { listLevelRunsLeft, listLadderLevels, chooseNextLevel, listPossibleLevels } from '../../src/plan/ladder.ts'
import type { DoneLevel, Ladder } from '../../src/plan/ladder.ts'

function aLadder(overrides: Partial<Ladder> = {}): Ladder {
  return { levels: 'auto', maxConcurrency: 32, named: [], passes: 1, seed: 'a seed', ...overrides }
}

interface Endpoint {
  /** The plateau shows once this level is done. */
  readonly plateauAt?: number
  /** Levels from here on do not hold. */
  readonly breaksAt?: number
}

/** Follows `nextLevel` to the end. */
function follow(ladder: Ladder, { plateauAt = Infinity, breaksAt = Infinity }: Endpoint = {}): DoneLevel[] {
  const done: DoneLevel[] = []
  for (;;) {
    const reached = done.some(({ concurrency }) => concurrency >= plateauAt)
    const next = chooseNextLevel(ladder, done, () => reached)
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

describe('the automatic ladder', () => {
  it('doubles from 1 until the plateau is reached', () => {
    expect(levelsOf(follow(aLadder(), { plateauAt: 8 }))).toEqual([1, 2, 4, 8])
  })

  it('doubles up to the highest concurrency, which need not be a power of two', () => {
    expect(levelsOf(follow(aLadder()))).toEqual([1, 2, 4, 8, 16, 32])
    expect(levelsOf(follow(aLadder({ maxConcurrency: 12 })))).toEqual([1, 2, 4, 8, 12])
    expect(levelsOf(follow(aLadder({ maxConcurrency: 1 })))).toEqual([1])
  })

  it('asks whether the plateau is reached only while it could go on', () => {
    const neverAsked = (): boolean => {
      throw new Error('asked')
    }
    const held = { pass: 1, held: true }
    const top = [1, 2, 4].map((concurrency) => ({ ...held, concurrency }))
    expect(chooseNextLevel(aLadder({ maxConcurrency: 4, passes: 2 }), top, neverAsked)).toMatchObject({ pass: 2 })
    const broken = top.map((level) => ({ ...level, held: level.concurrency < 4 }))
    expect(chooseNextLevel(aLadder({ passes: 2 }), broken, neverAsked)).toMatchObject({ pass: 2 })
    const later = [...top, { ...held, concurrency: 2, pass: 2 }]
    expect(chooseNextLevel(aLadder({ passes: 2 }), later, neverAsked)).toMatchObject({ pass: 2 })
  })

  it('stops at the first level that does not hold', () => {
    expect(levelsOf(follow(aLadder(), { breaksAt: 8 }))).toEqual([1, 2, 4, 8])
    expect(levelsOf(follow(aLadder(), { breaksAt: 1 }))).toEqual([1])
  })

  it('measures in further passes what the first has found', () => {
    const done = follow(aLadder({ passes: 3 }), { plateauAt: 8 })
    for (const pass of [2, 3]) expect(ascending(levelsOf(done, pass))).toEqual([1, 2, 4, 8])
    expect(done).toHaveLength(12)
  })

  it('keeps at most seven levels: the first and the six highest', () => {
    const ladder = aLadder({ maxConcurrency: 512, passes: 2 })
    const done = follow(ladder)
    expect(levelsOf(done)).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 512])
    expect(listLadderLevels(ladder, done)).toEqual([1, 16, 32, 64, 128, 256, 512])
    expect(ascending(levelsOf(done, 2))).toEqual([1, 16, 32, 64, 128, 256, 512])
  })

  it('measures the levels that a limit names in any case', () => {
    const ladder = aLadder({ named: [3, 2, 24], passes: 2 })
    const done = follow(ladder, { plateauAt: 8 })
    expect(levelsOf(done).slice(0, 4)).toEqual([1, 2, 4, 8])
    expect(ascending(levelsOf(done))).toEqual([1, 2, 3, 4, 8, 24])
    expect(ascending(levelsOf(done, 2))).toEqual([1, 2, 3, 4, 8, 24])
  })

  it('does not try a named level above one that does not hold', () => {
    expect(ascending(levelsOf(follow(aLadder({ named: [3, 24] }), { breaksAt: 8 })))).toEqual([1, 2, 3, 4, 8])
  })
})

describe('a ladder that is given', () => {
  const given = aLadder({ levels: [1, 2, 4, 8, 16], passes: 3 })

  it('is measured completely, whatever the plateau', () => {
    const done = follow(given, { plateauAt: 1 })
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
    const open = follow({ ...given, passes: 6, leastPasses: 3 })
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
    levels: fc.oneof(
      fc.constant('auto' as const),
      fc.uniqueArray(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 9 }).map(ascending),
    ),
    maxConcurrency: fc.integer({ min: 1, max: 300 }),
    named: fc.array(fc.integer({ min: 1, max: 300 }), { maxLength: 3 }),
    passes: fc.integer({ min: 1, max: 4 }),
    seed: fc.string(),
  })
  const anyEndpoint = fc.record({
    plateauAt: fc.integer({ min: 1, max: 400 }),
    breaksAt: fc.integer({ min: 1, max: 400 }),
  })

  it('is known in its length: never too short, and exactly when no ascent may end before', () => {
    fc.assert(
      fc.property(anyLadder, anyEndpoint, (ladder, endpoint) => {
        const done = follow(ladder, endpoint)
        for (let count = 0; count <= done.length; count++) {
          const { left } = listLevelRunsLeft(ladder, done.slice(0, count))
          expect(count + left.length).toBeGreaterThanOrEqual(done.length)
        }
        const ended = listLevelRunsLeft(ladder, done)
        if (!ended.isMost) expect(ended.left).toEqual([])
        expect(ended.isMost && ladder.levels !== 'auto').toBe(false)
      }),
    )
    const known = listLevelRunsLeft(aLadder({ levels: [1, 2, 4], passes: 2 }), [])
    expect(known).toEqual({ left: [1, 2, 4, 1, 2, 4], isMost: false })
    const climbing = listLevelRunsLeft(aLadder({ passes: 3 }), [])
    expect([climbing.left.length, climbing.isMost]).toEqual([18, true])
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
        for (const { concurrency } of done) expect(listPossibleLevels(ladder)).toContain(concurrency)
        if (ladder.levels === 'auto') {
          expect(listLadderLevels(ladder, done).length).toBeLessThanOrEqual(7 + new Set(ladder.named).size)
          if (broken === Infinity) for (const level of ladder.named) expect(levelsOf(done)).toContain(level)
        }
      }),
    )
  })
})
