import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { searchNextLevel } from '../../../src/metrics/plateau/level-search.ts'
import type { SearchedLevel } from '../../../src/metrics/plateau/level-search.ts'
import type { SearchBounds } from '../../../src/plan/ladder.ts'
import { drawNormal, seedRandom } from '../../../src/random.ts'
import { MOST_SEARCHED } from '../../../src/vocabulary/load.ts'
import { aNumberFrom } from '../../support/numbers.ts'

const WORKERS: SearchBounds = {
  load: 'concurrency',
  first: 1,
  least: 1,
  most: 4096,
  mostBy: 'process',
  mostTokensPerSecond: null,
  mostSeconds: null,
}
const SPEEDS: SearchBounds = { ...WORKERS, load: 'speed', first: 0.06, least: 0.001, most: 10_000 }
const RATES: SearchBounds = { ...WORKERS, load: 'rate', first: 0.5, least: 0.01, most: 100_000 }

type Measured = Partial<Omit<SearchedLevel, 'level'>>
/** What a server shows at a load. */
type Server = (level: number) => Measured

/** So many slots, and time that a sequence costs beside the others, of what a step takes anyway; a queue beyond the slots. */
function aServer(slots: number, perSequence = 0.002): Server {
  return (level) => {
    const batch = Math.min(level, slots)
    const throughput = (100 * batch) / (1 + perSequence * batch)
    const latencyMs = (1000 * level) / throughput
    return { throughput, outputTokensPerSecond: throughput, latencyMs }
  }
}

/** A queue that a rate fills: the time of a request is 1 / (1 - load) of one alone. */
function aQueue(most: number): Server {
  return (rate) => {
    if (rate >= most) return { throughput: null, failing: 'too-much' }
    const latencyMs = 100 / (1 - rate / most)
    return { throughput: rate, latencyMs, strain: latencyMs / 400 }
  }
}

/** Follows a search to its end. */
function follow(server: Server, bounds: Partial<SearchBounds> = {}, share?: number) {
  const whole = { ...WORKERS, ...bounds }
  const done: SearchedLevel[] = []
  for (;;) {
    const step = searchNextLevel(done, whole, share)
    if ('ended' in step) return { done, levels: done.map(({ level }) => level), ...step }
    const usual = {
      throughput: 0,
      outputTokensPerSecond: null,
      latencyMs: null,
      strain: null,
      failing: null,
      used: 0,
      seconds: 0,
    }
    done.push({ ...usual, ...server(step.next), level: step.next })
    if (done.length > 20) throw new Error('no end')
  }
}

function ascending(levels: readonly number[]): number[] {
  return levels.toSorted((a, b) => a - b)
}

describe('a search for the plateau', () => {
  it('goes up in wide steps while throughput grows with the load, and ends where it grows no more', () => {
    expect(follow(aServer(512, 0))).toMatchObject({ ended: 'plateau', levels: [1, 4, 32, 128, 512, 1024, 256] })
  })

  it('looks back into a step that holds the knee before it goes on', () => {
    expect(follow(aServer(64, 0))).toMatchObject({ ended: 'plateau', levels: [1, 4, 32, 128, 64] })
    expect(follow(aServer(16, 0))).toMatchObject({ ended: 'plateau', levels: [1, 4, 32, 11, 16] })
    expect(follow(aServer(4, 0))).toMatchObject({ ended: 'plateau', levels: [1, 4, 32, 2] })
  })

  it('sends a small server hardly more than it can work on', () => {
    expect(follow(aServer(1)).levels).toEqual([1, 4])
    expect(Math.max(...follow(aServer(2)).levels)).toBeLessThanOrEqual(8)
  })

  it('doubles where throughput grows slower', () => {
    const { levels, ended } = follow(aServer(256, 0.05))
    expect(ended).toBe('plateau')
    const up = ascending(levels)
    expect(up.slice(-3)).toEqual([up.at(-1)! / 4, up.at(-1)! / 2, up.at(-1)!])
  })

  it('ends at what was too much, limited or beyond this machine, and says which', () => {
    const failingFrom =
      (from: number, failing: SearchedLevel['failing']): Server =>
      (level) =>
        level >= from ? { throughput: null, failing } : { throughput: level }
    expect(follow(failingFrom(8, 'limited'))).toMatchObject({ ended: 'limited', levels: [1, 4, 32, 11, 7] })
    expect(follow(failingFrom(8, 'client'))).toMatchObject({ ended: 'client', levels: [1, 4, 32, 64] })
    expect(follow(failingFrom(1, 'too-much'))).toMatchObject({ ended: 'too-much', levels: [1] })
    // What it holds is known to a doubling.
    expect(follow(failingFrom(20, 'too-much'))).toMatchObject({ ended: 'too-much', levels: [1, 4, 32, 11, 19] })
  })

  it('goes on after one level that this machine could not carry, which may be chance', () => {
    const server: Server = (level) => (level === 4 ? { throughput: null, failing: 'client' } : aServer(16, 0)(level))
    expect(follow(server)).toMatchObject({ ended: 'plateau', levels: [1, 4, 8, 64, 23, 14] })
  })

  it('ends at the highest that is allowed, which need not be a doubling, and names what says so', () => {
    expect(follow(aServer(512), { most: 12, mostBy: 'max-concurrency' })).toMatchObject({
      ended: 'max-concurrency',
      levels: [1, 4, 12],
    })
    expect(follow(aServer(512), { most: 1, mostBy: 'stated' })).toMatchObject({ ended: 'stated', levels: [1] })
  })

  it('ends before a level that would send more tokens than this machine was proven to read', () => {
    const { levels, ended } = follow(aServer(512, 0), { mostTokensPerSecond: 5000 })
    expect([levels, ended]).toEqual([[1, 4, 32], 'proof'])
  })

  it('keeps its share of the budgets, and takes a smaller step where the larger one would not fit', () => {
    const costly: Server = (level) => ({ throughput: level, used: level / 100 })
    const { levels, ended, done } = follow(costly, {}, 0.34)
    expect([levels, ended]).toEqual([[1, 4, 16], 'budget'])
    expect(done.reduce((sum, { used }) => sum + used, 0)).toBeLessThanOrEqual(0.34)
  })

  it('goes on where the time of a request grows in step with the workers, and no batch is full yet', () => {
    const { levels } = follow(aServer(512, 0.05))
    // Throughput hardly grew fourfold from 4 to 32 and by three fifths from there, and 64 would show nothing else.
    expect(levels.slice(0, 4)).toEqual([1, 4, 32, 128])
    expect(levels).not.toContain(64)
  })

  it('ends before a level that alone would take most of the time that a run may take, and looks nowhere for which no time is left', () => {
    const slow: Server = (level) => ({ ...aServer(512, 0.02)(level), seconds: level / 10 })
    expect(follow(slow, { mostSeconds: 100 })).toMatchObject({ ended: 'time', levels: [1, 4, 32, 128, 512] })
    expect(follow(slow, { mostSeconds: 70 })).toMatchObject({ ended: 'time', levels: [1, 4, 32, 128, 256] })
    const small: Server = (level) => ({ ...aServer(32, 0)(level), seconds: level / 8 })
    expect(follow(small, { mostSeconds: 30 }).levels).toContain(11)
    expect(follow(small, { mostSeconds: 24 }).levels).toEqual([1, 4, 32, 128])
  })

  it('gives up on an endpoint whose levels cannot be used', () => {
    expect(follow(() => ({ throughput: null }))).toMatchObject({ ended: 'unusable', levels: [1, 2, 4] })
  })
})

describe('a search for the capacity', () => {
  it('goes beyond the plateau while what waits may still miss the objectives', () => {
    const server: Server = (level) => {
      const measured = aServer(64, 0)(level)
      return { ...measured, strain: Math.max(measured.latencyMs! - 10, 1) / 35 }
    }
    const { levels, ended } = follow(server)
    expect(ended).toBe('plateau')
    // A latency of 45 ms is that of 288 requests at 6,400 a second.
    expect(levels).toContain(288)
  })

  it('does not go on where more load changes nothing about them', () => {
    const server: Server = (level) => ({ ...aServer(64, 0)(level), strain: 0.5 })
    expect(follow(server)).toMatchObject({ ended: 'plateau', levels: [1, 4, 32, 128, 64] })
  })

  it('measures where the strain is about 1', () => {
    const server: Server = (level) => ({ ...aServer(512)(level), strain: (1 + 0.01 * level) / 3 })
    const { levels } = follow(server)
    expect(Math.min(...levels.map((level) => Math.abs(Math.log(level / 200))))).toBeLessThan(0.1)
  })

  it('names the levels that decide where it lies: one that it is next to, else the two around it', () => {
    const strainOf = (strain: (level: number) => number): Server => {
      return (level) => ({ ...aServer(64, 0)(level), strain: strain(level) })
    }
    expect(follow(strainOf((level) => level / 50))).toMatchObject({ levels: [1, 4, 32, 128, 64, 50], atCapacity: [50] })
    // A line between 32 and 64 does not tell where in it a step is.
    const step = follow(strainOf((level) => (level <= 52 ? 0.9 : 1.3)))
    expect(step.atCapacity).toEqual([51, 54])
    expect(follow(strainOf(() => 0.5)).atCapacity).toEqual([])
    expect(follow(strainOf(() => 2)).atCapacity).toEqual([])
    expect(follow(aServer(64)).atCapacity).toEqual([])
  })

  it('names the last level that was held where it lies there, because the next one was too much', () => {
    const most: Server = (level) =>
      level > 100 ? { throughput: null, failing: 'too-much' } : { ...aServer(64, 0)(level), strain: 0.9 }
    const { levels, atCapacity } = follow(most)
    expect(atCapacity).toEqual([Math.max(...levels.filter((level) => level <= 100))])
    expect(follow((level) => ({ ...most(level), strain: null })).atCapacity).toEqual([])
    expect(follow(() => ({ throughput: null, failing: 'too-much' })).atCapacity).toEqual([])
  })

  it('takes the time for a level near it that a knee would not get', () => {
    const slow: Server = (level) => ({ ...aServer(64, 0)(level), strain: level / 100, seconds: level / 4 })
    expect(follow(slow, { mostSeconds: 58 })).toMatchObject({ levels: [1, 4, 32, 128, 64, 100], atCapacity: [100] })
  })
})

describe('a search for a rate', () => {
  it('ends where requests come faster than they end, and knows what is carried to a fourth', () => {
    for (const most of [0.3, 3, 47, 610]) {
      const { done, ended } = follow((rate) => ({ ...aQueue(most)(rate), strain: null }), RATES)
      const held = Math.max(...done.filter(({ failing }) => failing === null).map(({ level }) => level))
      const tooMuch = Math.min(...done.filter(({ failing }) => failing !== null).map(({ level }) => level))
      expect(ended).toBe('too-much')
      expect(held).toBeLessThan(most)
      expect(tooMuch / held, `${most}: ${held} to ${tooMuch}`).toBeLessThan(1.3)
    }
  })

  it('ends where the objectives are missed, and measures around it', () => {
    for (const most of [0.6, 3, 47, 610]) {
      const { levels, ended } = follow(aQueue(most), RATES)
      expect(['objectives', 'too-much']).toContain(ended)
      const capacity = 0.75 * most
      expect(Math.min(...levels.map((level) => Math.abs(Math.log(level / capacity)))), `${most}`).toBeLessThan(0.12)
    }
  })

  it('ends where this machine is late or its ceiling is reached', () => {
    expect(follow(() => ({ throughput: null, failing: 'ceiling' }), RATES).ended).toBe('ceiling')
    expect(
      follow(
        (rate) => (rate > 30 ? { throughput: null, failing: 'client' } : { throughput: rate, latencyMs: 9 }),
        RATES,
      ),
    ).toMatchObject({
      ended: 'client',
      levels: [0.5, 4, 32, 64],
    })
  })

  it('looks for what a rate limit allows to a doubling, whatever the objectives', () => {
    const limited: Server = (rate) =>
      rate > 3 ? { throughput: null, failing: 'limited' } : { throughput: rate, latencyMs: 9, strain: 0.1 }
    expect(follow(limited, RATES)).toMatchObject({ ended: 'limited', levels: [0.5, 4, 1.4, 2.4] })
    expect(follow(() => ({ throughput: null, failing: 'limited' }), RATES).levels).toEqual([0.5])
  })
})

describe('a search for the speed of a trace', () => {
  it('is one for a rate, in smaller steps, because what is too much is waited for to the end', () => {
    for (const most of [0.02, 0.3, 1, 47]) {
      const { levels, ended } = follow(aQueue(most), SPEEDS)
      expect(['objectives', 'too-much']).toContain(ended)
      expect(Math.min(...levels.map((level) => Math.abs(Math.log(level / (0.75 * most))))), `${most}`).toBeLessThan(
        0.12,
      )
    }
    expect(follow(aQueue(1), SPEEDS).levels.slice(0, 3)).toEqual([0.06, 0.24, 0.96])
    expect(follow(aQueue(0.0001), SPEEDS).levels.at(-1)).toBeGreaterThanOrEqual(0.001)
  })
})

describe('every search', () => {
  const anyServer = fc.record({
    slots: fc.integer({ min: 1, max: 5000 }),
    perSequence: aNumberFrom(0, 1),
    breaksAt: fc.integer({ min: 1, max: 10_000 }),
    objective: fc.option(fc.double({ min: 0.5, max: 100, noNaN: true })),
    noise: aNumberFrom(0, 0.2),
    used: aNumberFrom(0, 0.01),
    seed: fc.string(),
  })
  const anyBounds = fc.record({
    load: fc.constantFrom('concurrency' as const, 'rate' as const, 'speed' as const),
    most: fc.integer({ min: 1, max: 4096 }),
  })

  it('has at most nine levels, none twice, none beyond its bounds, and the same each time', () => {
    fc.assert(
      fc.property(anyServer, anyBounds, ({ slots, perSequence, breaksAt, objective, noise, used, seed }, bounds) => {
        const play = () => {
          const random = seedRandom(seed)
          return follow(
            (level) => {
              const factor = Math.exp(noise * drawNormal(random))
              if (level >= breaksAt) return { throughput: null, failing: 'too-much', used }
              const { throughput, latencyMs } = aServer(slots, perSequence)(level)
              const strain = objective === null ? null : (factor * latencyMs!) / (10 * objective)
              return { throughput: factor * throughput!, latencyMs: latencyMs!, strain, used: used * level }
            },
            bounds,
            1,
          )
        }
        const { levels, done } = play()
        expect(levels.length).toBeLessThanOrEqual(MOST_SEARCHED)
        expect(new Set(levels).size).toBe(levels.length)
        for (const level of levels) {
          expect(level).toBeGreaterThan(0)
          expect(level).toBeLessThanOrEqual(bounds.most)
        }
        // Nothing above what was too much is tried after it.
        let broken = Infinity
        for (const { level, failing } of done) {
          expect(level).toBeLessThan(broken)
          if (failing !== null) broken = level
        }
        expect(play().levels).toEqual(levels)
      }),
    )
  })

  it('finds the knee of a noisy curve to a doubling', () => {
    for (let i = 0; i < 200; i++) {
      const random = seedRandom(`noise ${i}`)
      const slots = Math.round(2 ** (1 + 10 * random()))
      const { done } = follow((level) => {
        const { throughput } = aServer(slots, 0)(level)
        return { throughput: throughput! * Math.exp(0.01 * drawNormal(random)) }
      })
      const best = Math.max(...done.map(({ throughput }) => throughput!))
      const reaches = ascending(
        done.filter(({ throughput }) => throughput! > 0.93 * best).map(({ level }) => level),
      )[0]!
      expect(Math.abs(Math.log2(reaches / slots)), `${slots}: ${reaches}`).toBeLessThanOrEqual(1.1)
    }
  })
})
