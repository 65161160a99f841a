import { describe, expect, it } from 'vitest'
import { averageThinking, sumUpConversations } from '../../../src/metrics/level/conversations.ts'
import type { RequestRecord } from '../../../src/vocabulary/request-facts.ts'
import { aFailure, aLevelRun, aRecord } from '../../support/builders.ts'

/** One turn of the conversation of this number, of so many; its answer takes 100 ms and the first token came after 50. */
function aTurn(
  conversation: number,
  turn: number,
  turns: number,
  overrides: Partial<RequestRecord> = {},
): RequestRecord {
  const startMs = 10_000 * conversation + 1000 * turn
  const times = { startMs, ttftMs: 50, lastTokenMs: 100, inputTokens: 100 * turn, cachedTokens: 90 * (turn - 1) }
  return aRecord({ conversation, turn, turns, ...times, ...overrides })
}

function sumUp(...records: RequestRecord[]) {
  return sumUpConversations([aLevelRun({ records })])
}

describe('the conversations of a level', () => {
  it('are none where requests stand alone', () => {
    expect(sumUp(aRecord(), aRecord())).toBeNull()
  })

  it('have the times of those of which every turn was counted, with think-time and without', () => {
    const figures = sumUp(
      // It began in the warm-up.
      aTurn(1, 1, 2, { phase: 'warmup' }),
      aTurn(1, 2, 2),
      aTurn(2, 1, 2),
      aTurn(2, 2, 2, { lastTokenMs: 300 }),
      aTurn(3, 1, 2),
      // It ends after the window.
      aTurn(3, 2, 2, { phase: 'tail' }),
    )
    expect(figures).toMatchObject({ whole: 1, latencyMs: 400, spanMs: 1300, endedEarly: 0 })
  })

  it('ended early where one could not go on after a turn', () => {
    const figures = sumUp(
      aTurn(1, 1, 3),
      aFailure('http_500', { conversation: 1, turn: 2, turns: 3, cutShort: true }),
      aTurn(2, 1, 3, { cutShort: true }),
      aTurn(3, 1, 1),
      // Under way when the load ended.
      aTurn(4, 1, 3),
      aTurn(1, 1, 3, { worker: 1 }),
    )
    expect(figures).toMatchObject({ whole: 1, endedEarly: 2 })
  })

  it('are told apart by their numbers where they arrive at a rate, whichever connections send their turns', () => {
    const open = { maxInFlight: 9, peakInFlight: 2, waited: 0, dropped: 0, queue: null }
    const records = [
      aTurn(1, 1, 2, { worker: 0 }),
      aTurn(2, 1, 2, { worker: 1 }),
      aTurn(1, 2, 2, { worker: 1, lastTokenMs: 300 }),
      aTurn(2, 2, 2, { worker: 0, lastTokenMs: 300 }),
    ]
    expect(sumUpConversations([aLevelRun({ records, open })])).toMatchObject({ whole: 2, latencyMs: 400, spanMs: 1300 })
  })

  it('have of each turn the share of its input that the server took from its cache', () => {
    const { turns } = sumUp(aTurn(1, 1, 2), aTurn(1, 2, 2), aTurn(2, 1, 2), aTurn(2, 2, 2, { cachedTokens: 110 }))!
    expect(turns).toEqual([
      { turn: 1, requests: { ok: 2, failed: 0 }, inputTokens: 100, cachedShare: 0, ttftMs: 50, latencyMs: 100 },
      { turn: 2, requests: { ok: 2, failed: 0 }, inputTokens: 200, cachedShare: 0.5, ttftMs: 50, latencyMs: 100 },
    ])
  })

  it('say nothing of a cache where the server does not, and count failed turns as longer than any', () => {
    const place = { conversation: 1, turn: 1, turns: 1 }
    const silent = aTurn(1, 1, 1, { cachedTokens: null })
    const { turns } = sumUp(silent, aFailure('timeout_total', place), aFailure('timeout_total', place))!
    expect(turns[0]).toMatchObject({
      requests: { ok: 1, failed: 2 },
      inputTokens: 100,
      cachedShare: null,
      ttftMs: null,
    })
  })

  it('have one row for all turns from the tenth on', () => {
    const long = Array.from({ length: 12 }, (_, i) => aTurn(1, i + 1, 12))
    const { turns } = sumUp(...long)!
    expect(turns).toHaveLength(10)
    expect(turns.at(-1)).toMatchObject({ turn: 10, andLater: true, requests: { ok: 3, failed: 0 } })
    expect(sumUp(...long.slice(0, 10).map((one) => ({ ...one, turns: 10 })))!.turns.at(-1)).not.toHaveProperty(
      'andLater',
    )
  })

  it('keep so many workers waiting on average as think-time says', () => {
    const thought = { thinkMs: 1000 }
    const records = [aTurn(1, 1, 3), aTurn(1, 2, 3, thought), aTurn(1, 3, 3, thought)]
    const late = aTurn(2, 2, 3, { ...thought, phase: 'tail' })
    const runs = [aLevelRun({ records: [...records, late] }), aLevelRun({ records: [], window: null })]
    expect(averageThinking(runs)).toBe(0.2)
    expect(averageThinking([aLevelRun({ records, window: null })])).toBe(0)
  })
})
