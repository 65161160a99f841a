import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Ladder } from '../../src/plan/ladder.ts'
import { planSweep } from '../../src/plan/plan.ts'
import type { PlanOptions } from '../../src/plan/plan.ts'

function plan({ ladder, ...overrides }: Partial<Omit<PlanOptions, 'ladder'>> & { ladder?: Partial<Ladder> } = {}) {
  return planSweep({
    ladder: { levels: [1, 2, 4, 8], named: [], mostPasses: 3, seed: 'a seed', ...ladder },
    levelDurationMs: 8_000,
    levelRequests: null,
    warmupRequests: 1,
    maxDurationMs: null,
    maxRequests: null,
    maxOutputTokens: null,
    minSamples: () => 1,
    lone: { latencyMs: 1_000, inputTokens: 512, outputTokens: 128 },
    sentinel: null,
    soak: false,
    ...overrides,
  })
}

describe('the cost of a sweep', () => {
  it('is that of warm-up, window and tail of every level in every pass', () => {
    const { expected, cut } = plan({ ladder: { levels: [1], mostPasses: 2 } })
    // One worker alone has an eighth of a request before a window and half of one after it.
    expect(expected).toEqual({ seconds: 17, requests: 17, inputTokens: 17.25 * 512, outputTokens: 17.25 * 128 })
    expect(cut).toEqual([])
  })

  it('counts what is sent beside the levels, of which the budgets hold what comes after the first of them', () => {
    const bare = plan({ ladder: { levels: [1], mostPasses: 2 } }).expected
    const { expected, budgeted, singles } = plan({
      ladder: { levels: [1], mostPasses: 2 },
      sentinel: 'apart',
      soak: true,
    })
    // Three slices of eight requests of two fifths of a second each; three times three single requests.
    expect(expected.seconds - bare.seconds).toBe(Math.round(3 * 8 * 0.4 + 3 * 3.125))
    expect(budgeted.seconds - bare.seconds).toBe(Math.round(17.25 + 2 * 3.125) - 17)
    expect(singles).toEqual({ middleSeconds: 3.125, endSeconds: 3.125 })
  })

  it('has no single requests beside the levels where those of level 1 tell as much', () => {
    const secondsOf = (levels: readonly number[], passes: number, sentinel: PlanOptions['sentinel']) =>
      plan({ ladder: { levels, mostPasses: passes }, sentinel }).expected.seconds
    expect(secondsOf([1, 4], 3, 'level 1')).toBe(secondsOf([1, 4], 3, null))
    // Measured once, it tells of no change.
    expect(secondsOf([1, 4], 1, 'level 1') - secondsOf([1, 4], 1, null)).toBeGreaterThanOrEqual(3)
    const without = plan({ ladder: { levels: [2, 4], mostPasses: 3 }, sentinel: 'level 1' })
    expect([without.sentinel, without.expected.seconds]).toEqual(['apart', secondsOf([2, 4], 3, 'apart')])
  })

  it('grows with concurrency, because requests grow slower together', () => {
    const [one, eight] = [1, 8].map((level) => plan({ ladder: { levels: [level], mostPasses: 1 } }).expected)
    expect(eight!.seconds).toBeGreaterThan(one!.seconds)
    expect(eight!.requests).toBeGreaterThan(5 * one!.requests)
    expect(eight!.requests).toBeLessThan(8 * one!.requests)
  })

  it('grows with the requests that a percentile needs', () => {
    const { expected, minRequests } = plan({ ladder: { levels: [1] }, minSamples: () => 90 })
    expect(minRequests(1)).toBe(30)
    expect(expected.seconds).toBe(Math.round(3 * (0.125 + 30 + 0.5)))
  })

  it('shrinks with a fixed number of requests, of which each worker has one', () => {
    expect(plan({ ladder: { levels: [1], mostPasses: 1 }, levelRequests: 3 }).expected.seconds).toBe(4)
    expect(plan({ ladder: { levels: [8], mostPasses: 1 }, levelRequests: 3 }).expected.requests).toBe(18)
  })

  it('reckons with requests that are longer than the window', () => {
    const lone = { latencyMs: 30_000, inputTokens: 1, outputTokens: 1 }
    expect(plan({ ladder: { levels: [4], mostPasses: 1 }, lone }).expected.seconds).toBeGreaterThan(90)
  })
})

describe('passes that are to be found', () => {
  const found = { leastPasses: 3, mostPasses: 10 }

  it('cost as much as the fewest, and may be as many as the budgets hold', () => {
    const open = plan({ ladder: found })
    expect([open.ladder.leastPasses, open.ladder.mostPasses]).toEqual([3, 10])
    expect(open.expected).toEqual(plan().expected)
    const bound = plan({ ladder: found, maxDurationMs: 2.1 * open.expected.seconds * 1000 })
    expect([bound.ladder.leastPasses, bound.ladder.mostPasses, bound.cut]).toEqual([3, 6, []])
  })

  it('are cut like others where not even the fewest fit', () => {
    const { ladder, cut } = plan({
      ladder: found,
      maxDurationMs: plan({ ladder: { mostPasses: 2 } }).expected.seconds * 1000,
    })
    expect([ladder.mostPasses, ladder.leastPasses, cut.length]).toEqual([2, undefined, 1])
  })
})

describe('windows that are to be found', () => {
  const found = { leastDurationMs: 3_000, levelDurationMs: 8_000 }

  it('begin with three requests, one after another, within their bounds', () => {
    const firstOf = (latencyMs: number) =>
      plan({ ...found, lone: { latencyMs, inputTokens: 1, outputTokens: 1 } }).windows.firstMs
    expect([200, 1_500, 30_000].map(firstOf)).toEqual([3_000, 4_500, 8_000])
    expect(plan(found).expected).toEqual(plan({ levelDurationMs: 3_000 }).expected)
  })

  it('are no longer than the budgets hold, should all of them become that long, before passes are cut', () => {
    const seconds = plan({ levelDurationMs: 5_000 }).expected.seconds
    const bound = plan({ ...found, maxDurationMs: seconds * 1000 })
    expect([bound.ladder.mostPasses, bound.cut]).toEqual([3, []])
    expect(bound.windows.mostMs).toBeLessThanOrEqual(5_000)
    expect(bound.windows.mostMs).toBeGreaterThan(3_900)
    const tight = plan({ ...found, maxDurationMs: plan({ levelDurationMs: 2_900 }).expected.seconds * 1000 })
    expect([tight.ladder.mostPasses, tight.windows.mostMs]).toEqual([2, 3_000])
  })
})

describe('a control', () => {
  it('doubles the cost, and together only the requests', () => {
    const [alone, turns, together] = [null, 'turns', 'together'].map(
      (control) => plan({ control } as Partial<PlanOptions>).expected,
    )
    expect(turns!.seconds / alone!.seconds).toBeCloseTo(2, 1)
    expect(turns!.requests).toBe(2 * alone!.requests)
    // Together it is found out first whether one slows the other down: three times seven single requests.
    expect(Math.abs(together!.seconds - alone!.seconds - 3 * 7.5)).toBeLessThanOrEqual(1)
    expect(together!.requests).toBeGreaterThan(2 * alone!.requests)
  })
})

describe('a budget', () => {
  it('that is large enough takes nothing away', () => {
    const full = plan()
    const { expected } = full
    const fitting = plan({
      maxDurationMs: 1_000 * expected.seconds,
      maxRequests: expected.requests,
      maxOutputTokens: expected.outputTokens,
    })
    const functions = { minRequests: null, secondsOf: null, mostRequestsOf: null, chooseOnce: null }
    expect({ ...fitting, ...functions }).toEqual({ ...full, ...functions })
  })

  it('takes passes first', () => {
    const { ladder, windows, cut, expected } = plan({ maxDurationMs: 95_000 })
    expect(ladder.mostPasses).toBe(2)
    expect(windows).toEqual({ firstMs: 8_000, leastMs: 8_000, mostMs: 8_000 })
    expect(cut).toEqual([
      expect.stringMatching(/^2 passes instead of 3: max-duration 95s would not hold, 1\d\d(\.\d)?s would$/),
    ])
    expect(expected.seconds).toBeLessThanOrEqual(95)
  })

  it('then shortens the windows of the one pass that is left', () => {
    const { ladder, windows, cut, expected } = plan({ maxDurationMs: 30_000 })
    expect(ladder.mostPasses).toBe(1)
    expect(windows.mostMs).toBeLessThan(8_000)
    expect(windows.mostMs).toBeGreaterThan(1_000)
    expect(cut).toHaveLength(2)
    expect(cut[0]).toMatch(/^1 pass instead of 3: max-duration 30s would not hold, [\d.]+s would$/)
    expect(cut[1]).toMatch(/^windows of [\d.]+ s instead of 8 s: max-duration 30s would not hold, [\d.]+s would$/)
    expect(expected.seconds).toBeLessThanOrEqual(30)
  })

  it('says nothing about passes where there was one only', () => {
    const { cut } = plan({ ladder: { mostPasses: 1 }, maxDurationMs: 30_000 })
    expect(cut).toEqual([expect.stringMatching(/^windows of/)])
  })

  it('never shortens a window below one request or a second', () => {
    expect(plan({ maxDurationMs: 1_000 }).windows.mostMs).toBe(1_000)
    const slow = { latencyMs: 3_000, inputTokens: 1, outputTokens: 1 }
    expect(plan({ maxDurationMs: 1_000, lone: slow }).windows.mostMs).toBe(3_000)
    expect(plan({ maxDurationMs: 1_000, levelDurationMs: 400 }).windows.mostMs).toBe(400)
  })

  it('of requests or tokens works the same way and is named', () => {
    const requests = plan({ maxRequests: 200 })
    expect(requests.expected.requests).toBeLessThanOrEqual(200)
    expect(requests.cut[0]).toContain('max-requests 200')
    const tokens = plan({ maxOutputTokens: 25_000 })
    expect(tokens.expected.outputTokens).toBeLessThanOrEqual(25_000)
    expect(tokens.cut[0]).toContain('max-output-tokens 25000')
  })

  it('that takes something away names each budget with what would do, and what it names does', () => {
    const budget = fc.option(fc.integer({ min: 1_000, max: 400_000 }), { nil: null })
    fc.assert(
      fc.property(budget, budget, budget, (maxDurationMs, maxRequests, maxOutputTokens) => {
        const limits = { maxDurationMs, maxRequests, maxOutputTokens }
        const { cut } = plan(limits)
        const said = cut[0]?.matchAll(/(max-[a-z-]+) [\d.]+s? would not hold, ([\d.]+)s? would/g) ?? []
        const needed = new Map(Array.from(said, ([, setting, value]) => [setting!, Number(value)]))
        if (cut.length > 0) expect(needed.size).toBeGreaterThan(0)
        const seconds = needed.get('max-duration')
        const raised = {
          maxDurationMs: seconds === undefined ? maxDurationMs : 1_000 * seconds,
          maxRequests: needed.get('max-requests') ?? maxRequests,
          maxOutputTokens: needed.get('max-output-tokens') ?? maxOutputTokens,
        }
        expect(plan(raised).cut).toEqual([])
      }),
    )
  })

  it('that costs passes leaves each of the others more of the samples a percentile needs', () => {
    const { ladder, minRequests } = plan({ minSamples: () => 64, maxDurationMs: 150_000 })
    expect(ladder.mostPasses).toBeLessThan(3)
    expect(minRequests(1)).toBe(Math.ceil(64 / ladder.mostPasses))
  })

  it('never takes a level, and takes less the larger it is', () => {
    const budget = fc.option(fc.integer({ min: 1_000, max: 400_000 }))
    fc.assert(
      fc.property(budget, budget, budget, (maxDurationMs, maxRequests, maxOutputTokens) => {
        const limits = { maxDurationMs, maxRequests, maxOutputTokens }
        const tight = plan(limits)
        expect(tight.ladder).toMatchObject({ levels: [1, 2, 4, 8] })
        expect(tight.ladder.mostPasses).toBeGreaterThanOrEqual(1)
        if (tight.ladder.mostPasses > 1) expect(tight.windows.mostMs).toBe(8_000)
        const wide = plan({ ...limits, maxDurationMs: maxDurationMs === null ? null : 2 * maxDurationMs })
        expect(wide.ladder.mostPasses).toBeGreaterThanOrEqual(tight.ladder.mostPasses)
        expect(wide.windows.mostMs).toBeGreaterThanOrEqual(tight.windows.mostMs)
      }),
    )
  })
})

describe('the requests of a level', () => {
  it('are at least three in each pass', () => {
    expect(plan({ minSamples: () => 1 }).minRequests(1)).toBe(3)
  })
})

describe('a plan at rates', () => {
  const open = { arrivals: { kind: 'poisson' }, maxInFlight: 100 } as const
  const lone = { latencyMs: 500, inputTokens: 100, outputTokens: 50 }

  it('costs what is sent, from warm-up to tail', () => {
    const { expected } = plan({
      ladder: { levels: [10], mostPasses: 2 },
      open,
      lone,
      levelDurationMs: 8_000,
      warmupRequests: 1,
      sentinel: null,
      soak: false,
    })
    // Five under way at once: half a second to send them, half until the last of them has ended, and the tail.
    expect(expected.seconds).toBe(2 * 9.5)
    expect(expected.requests).toBe(2 * 95)
  })

  it('gives each pass moments of its own, the same in every run', () => {
    const { openLoad } = plan({ ladder: { levels: [10] }, open, lone })
    expect(openLoad!(10, 1)).toEqual(plan({ ladder: { levels: [10] }, open, lone }).openLoad!(10, 1))
    expect(openLoad!(10, 1)).not.toEqual(openLoad!(10, 2))
  })

  it('knows how many requests a rate asks for at once, whatever the ceiling', () => {
    expect(plan({ ladder: { levels: [4000] }, open, lone }).openLoad!(4000, 1)).toMatchObject({
      usuallyInFlight: 2000,
      maxInFlight: 100,
    })
  })

  it('takes no level for one request at a time', () => {
    expect(plan({ ladder: { levels: [1] }, open, lone, sentinel: 'level 1' }).sentinel).toBe('apart')
    expect(plan({ ladder: { levels: [1] }, lone, sentinel: 'level 1' }).sentinel).toBe('level 1')
  })
})
