import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Usage } from '../../../src/protocol/delta.ts'
import { createTokenCounter, isBuffered, computeTpotMs } from '../../../src/protocol/answer/token-count.ts'

const NO_USAGE: Usage = {
  inputTokens: null,
  outputTokens: null,
  reasoningTokens: null,
  cachedTokens: null,
  totalTokens: null,
}

function totals(...usages: Partial<Usage>[]) {
  const counter = createTokenCounter()
  for (const usage of usages) counter.add({ ...NO_USAGE, ...usage })
  return counter.totals()
}

describe('the token count', () => {
  it('is the last one stated, never a sum', () => {
    expect(totals({ outputTokens: 1 }, { outputTokens: 25 }, { outputTokens: 26 }, { outputTokens: 26 })).toMatchObject(
      {
        outputTokens: 26,
        tokenSource: 'usage',
      },
    )
  })

  it('does not lose a count to a later null or 0', () => {
    expect(
      totals({ inputTokens: 5, outputTokens: 9 }, { outputTokens: null }, { inputTokens: 0, outputTokens: 0 }),
    ).toMatchObject({
      inputTokens: 5,
      outputTokens: 9,
    })
  })

  it('is missing when only nulls and zeros were stated', () => {
    expect(totals({ outputTokens: 0 }, { outputTokens: null })).toMatchObject({
      outputTokens: null,
      tokenSource: 'chunks',
    })
  })

  it('adds reasoning where the total shows that it was left out, and only there', () => {
    const stated = { inputTokens: 12, outputTokens: 1, reasoningTokens: 290 }
    expect(totals({ ...stated, totalTokens: 303 })).toMatchObject({ outputTokens: 291, tokenSource: 'usage+reasoning' })
    expect(totals({ inputTokens: 12, outputTokens: 300, reasoningTokens: 290, totalTokens: 312 })).toMatchObject({
      outputTokens: 300,
      tokenSource: 'usage',
    })
    expect(totals(stated)).toMatchObject({ outputTokens: 1, tokenSource: 'usage' })
  })
})

describe('TPOT', () => {
  const facts = {
    firstTokenAt: 100,
    lastTokenAt: 1090,
    tokenEvents: 100,
    outputTokens: 100,
    hiddenTokens: 0,
    firstCount: NaN,
  }

  it('divides by the tokens after the first event', () => {
    expect(computeTpotMs(facts)).toBe(10)
  })

  it('takes the tokens of the first event from its stated count, else from the mean', () => {
    expect(computeTpotMs({ ...facts, outputTokens: 200 })).toBe(990 / 198)
    expect(computeTpotMs({ ...facts, outputTokens: 200, firstCount: 20 })).toBe(990 / 180)
  })

  it('counts what shows when reasoning was hidden, whether or not the first count holds it', () => {
    const hidden = { ...facts, outputTokens: 150, hiddenTokens: 50 }
    expect(computeTpotMs(hidden)).toBe(10)
    expect(computeTpotMs({ ...hidden, firstCount: 51 })).toBe(10)
    expect(computeTpotMs({ ...hidden, firstCount: 1 })).toBe(10)
  })

  it('is unknown for fewer than two events or tokens, and for tokens of one instant', () => {
    expect(computeTpotMs({ ...facts, tokenEvents: 1 })).toBeNull()
    expect(computeTpotMs({ ...facts, outputTokens: 1 })).toBeNull()
    expect(computeTpotMs({ ...facts, firstCount: 100 })).toBeNull()
    expect(computeTpotMs({ ...facts, lastTokenAt: 100 })).toBeNull()
  })

  it('keeps latency = TTFT + TPOT × (tokens after the first event)', () => {
    const scene = fc.record({
      gap: fc.double({ min: 0.1, max: 1000, noNaN: true }),
      events: fc.integer({ min: 2, max: 500 }),
      each: fc.integer({ min: 1, max: 9 }),
    })
    fc.assert(
      fc.property(scene, ({ gap, events, each }) => {
        const lastTokenAt = 100 + gap * (events - 1)
        const tpot = computeTpotMs({ ...facts, lastTokenAt, tokenEvents: events, outputTokens: events * each })
        expect(100 + tpot! * (events * each - each)).toBeCloseTo(lastTokenAt, 6)
      }),
    )
  })
})

describe('a buffered answer', () => {
  const at = (times: readonly number[]) => isBuffered(Float64Array.from(times), times.length)

  it('has at least 16 token events, 90 % of them within 2 ms', () => {
    const burst = Array.from({ length: 18 }, (_, i) => 500 + i / 9)
    expect(at([100, 200, ...burst])).toBe(true)
    expect(at([...burst.map((t) => t - 400), 300, 400])).toBe(true)
    expect(at([100, 200, 300, ...burst.slice(0, 17)])).toBe(false)
    expect(at(burst.slice(0, 16))).toBe(true)
    expect(at(burst.slice(0, 15))).toBe(false)
    expect(at(Array.from({ length: 100 }, (_, i) => i))).toBe(false)
  })

  it('does not look at memory beyond its own events', () => {
    const scratch = new Float64Array(64)
    scratch.set(Array.from({ length: 16 }, (_, i) => 10 * i))
    expect(isBuffered(scratch, 16)).toBe(false)
  })
})
