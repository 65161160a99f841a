import { describe, expect, test } from 'vitest'
import { compareWithTruth, findBeyondProof, findHighestRate, planRate } from '../../src/metrics/self-proof.ts'
import { aFailure, aRecord } from '../support/builders.ts'

/** 1.27 s from the first of 128 tokens to the last. */
const LONE = { latencyMs: 1280, outputTokens: 128 }

/** A server that received a request at 100 and sent its first token at 150, the last one at 250. */
function truthOf(requestId: string, { firstTokenAtMs = 150, lastTokenAtMs = 250 } = {}) {
  return { requestId, receivedAtMs: 100, firstTokenAtMs, lastTokenAtMs }
}

describe('the errors of a client', () => {
  test('are those of each answer against what was sent of it, whichever came first', () => {
    const records = [
      aRecord({ requestId: 'a', ttftMs: 50.5, lastTokenMs: 151.77 }),
      aRecord({ requestId: 'b', ttftMs: 69, lastTokenMs: 169 }),
    ]
    const sent = [truthOf('b', { firstTokenAtMs: 170, lastTokenAtMs: 270 }), truthOf('a')]
    const errors = compareWithTruth(records, sent, { streams: 1, lone: LONE })!
    expect(errors.answers).toBe(2)
    expect(errors.ttftErrorMs.p50).toBeCloseTo(0.5)
    expect(errors.ttftErrorMs.p99).toBeCloseTo(1)
    expect(errors.tpotError!.p50).toBeCloseTo(0)
    // 1.27 ms between two stamps, of the 1270 ms that a planned answer has between them.
    expect(errors.tpotError!.p99).toBeCloseTo(0.001)
  })

  test('count an answer that came early like one that came late', () => {
    const errors = compareWithTruth([aRecord({ requestId: 'a', ttftMs: 49, lastTokenMs: 149 })], [truthOf('a')], {
      streams: 1,
      lone: LONE,
    })
    expect(errors!.ttftErrorMs.p50).toBeCloseTo(1)
  })

  test('are of counted answers that came whole and that the server knows', () => {
    const records = [
      aRecord({ requestId: 'a', phase: 'warmup' }),
      aRecord({ requestId: 'b', phase: 'tail' }),
      aFailure('connect', { requestId: 'c' }),
      aRecord({ requestId: 'd' }),
    ]
    const sent = ['a', 'b', 'c'].map((id) => truthOf(id))
    expect(compareWithTruth(records, sent, { streams: 1, lone: LONE })).toBeNull()
  })

  test('are those of all streams, or none: where time was up only the fast answers had come', () => {
    const records = ['a', 'b'].map((requestId) => aRecord({ requestId }))
    const sent = ['a', 'b'].map((id) => truthOf(id))
    expect(compareWithTruth(records, sent, { streams: 2, lone: LONE })!.answers).toBe(2)
    expect(compareWithTruth(records, sent, { streams: 3, lone: LONE })).toBeNull()
  })

  test('have their p99 among a hundred answers, and no TPOT where one token is planned', () => {
    const ids = Array.from({ length: 200 }, (_, i) => String(i))
    const records = ids.map((requestId, i) => aRecord({ requestId, ttftMs: 50 + (i + 1) / 10, lastTokenMs: 160 }))
    const errors = compareWithTruth(
      records,
      ids.map((id) => truthOf(id)),
      { streams: 1, lone: { latencyMs: 1000, outputTokens: 1 } },
    )
    expect(errors!.ttftErrorMs.p50).toBeCloseTo(10)
    expect(errors!.ttftErrorMs.p99).toBeCloseTo(19.8)
    expect(errors!.tpotError).toBeNull()
  })
})

describe('the rate that a machine can hold', () => {
  test('is the one at which the event loop would be as busy as a level may have it', () => {
    expect(findHighestRate({ tokens: 5000, seconds: 0.5, utilization: 0.35 })).toBeCloseTo(20_000)
  })

  test('is what a plan is compared with, before any load', () => {
    const plan = { streams: 500, lone: LONE }
    expect(planRate(plan)).toBe(50_000)
    expect(planRate({ ...plan, inFlight: 12.5 })).toBe(1_250)
    expect(findBeyondProof({ plannedTokensPerSecond: 50_000, tokensPerSecond: 50_000 }, plan)).toEqual([])
    expect(findBeyondProof({ plannedTokensPerSecond: 50_000, tokensPerSecond: 38_123 }, plan)).toEqual([
      {
        code: 'beyond-proof',
        message: 'With 500 requests at once the plan may come to 50,000 tokens/s; this machine can hold 38,100.',
      },
    ])
    // Each thread can hold what one has shown.
    const rates = { plannedTokensPerSecond: 50_000, tokensPerSecond: 20_000 }
    expect(findBeyondProof(rates, { ...plan, threads: 3 })).toEqual([])
    expect(findBeyondProof(rates, { ...plan, threads: 2 })[0]!.message).toMatch(
      /this machine can hold 20,000 in each of 2 threads\.$/,
    )
  })
})
