import { describe, expect, it } from 'vitest'
import { createHistogram, createTally, type RememberedRequest } from '../../src/simulator/tally.ts'

const REQUEST: RememberedRequest = {
  atMs: 1000,
  inputTokens: 100,
  cachedTokens: 32,
  generates: true,
  finishReason: 'length',
}

describe('the tally', () => {
  it('divides a request into queue, prefill and decode', () => {
    const tally = createTally()
    tally.noteArrival(1, REQUEST)
    tally.noteAdmission(1, 1030, 20)
    tally.noteTokens({ id: 1, tokens: 1, last: false, at: 0 }, 1080)
    tally.noteTokens({ id: 1, tokens: 2, last: false, at: 0 }, 1090)
    tally.noteTokens({ id: 1, tokens: 5, last: true, at: 0 }, 1120)
    const { totals } = tally
    const sums = { queue: 0.02, prefill: 0.05, firstToken: 0.08, decode: 0.04, inference: 0.09, request: 0.12 }
    for (const [name, sum] of Object.entries(sums)) {
      expect(totals[name as keyof typeof sums].sum, name).toBeCloseTo(sum, 9)
    }
    expect([totals.perOutputToken.sum, totals.perToken.sum]).toEqual([0.01, 0.018])
    // Four gaps of 10 ms: the last three tokens came together.
    expect([totals.interToken.count, totals.interToken.sum]).toEqual([4, 0.04])
    expect([totals.promptTokens, totals.cachedTokens, totals.generatedTokens]).toEqual([100, 32, 5])
    expect(totals.finished).toEqual({ stop: 0, length: 1, abort: 0 })
  })

  it('counts what left before its end apart, and a first token only once', () => {
    const tally = createTally()
    tally.noteArrival(1, REQUEST)
    tally.noteTokens({ id: 1, tokens: 1, last: false, at: 0 }, 1050)
    tally.noteDeparture(1)
    tally.noteDeparture(1)
    tally.noteTokens({ id: 1, tokens: 2, last: true, at: 0 }, 1060)
    expect(tally.totals.finished.abort).toBe(1)
    expect([tally.totals.firstToken.count, tally.totals.request.count]).toEqual([1, 0])
  })

  it('gives embeddings no output tokens', () => {
    const { totals, ...tally } = createTally()
    tally.noteArrival(1, { ...REQUEST, generates: false })
    tally.noteTokens({ id: 1, tokens: 1, last: true, at: 0 }, 1050)
    expect([totals.generatedTokens, totals.firstToken.count, totals.outputTokens.count]).toEqual([0, 0, 0])
    expect([totals.promptTokens, totals.request.count]).toEqual([100, 1])
  })
})

describe('a histogram', () => {
  it('puts a value at a bound below it and one above all bounds nowhere but in the count', () => {
    const histogram = createHistogram([1, 2])
    for (const value of [0.5, 1, 1.5, 2, 3]) histogram.observe(value)
    expect([histogram.counts, histogram.count, histogram.sum]).toEqual([[2, 2], 5, 8])
  })
})
