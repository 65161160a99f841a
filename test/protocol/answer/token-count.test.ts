import { describe, expect, it, test } from 'vitest'
import type { Usage } from '../../../src/protocol/api.ts'
import { TokenCounter, believeCount } from '../../../src/protocol/answer/token-count.ts'
import type { CountFacts } from '../../../src/protocol/answer/token-count.ts'
import { chunk, DONE, event, FINISH, readParts, words } from '../streams.ts'

const NO_USAGE: Usage = {
  inputTokens: null,
  outputTokens: null,
  reasoningTokens: null,
  cachedTokens: null,
  totalTokens: null,
}

function totals(...usages: Partial<Usage>[]) {
  const counter = new TokenCounter()
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

  it('adds reasoning where the total shows that it was left out, or that there is more of it than of all, and only there', () => {
    const stated = { inputTokens: 12, outputTokens: 1, reasoningTokens: 290 }
    expect(totals({ ...stated, totalTokens: 303 })).toMatchObject({ outputTokens: 291, tokenSource: 'usage+reasoning' })
    expect(totals({ inputTokens: 12, outputTokens: 300, reasoningTokens: 290, totalTokens: 312 })).toMatchObject({
      outputTokens: 300,
      tokenSource: 'usage',
    })
    expect(totals(stated)).toMatchObject({ outputTokens: 291, tokenSource: 'usage+reasoning' })
    expect(totals({ ...stated, outputTokens: 300 })).toMatchObject({ outputTokens: 300, tokenSource: 'usage' })
  })
})

/** An answer of 24 token events with 64 tokens of prompt; `stated` tokens at its end, `counts` at its token events. */
function facts(
  stated: number | null,
  overrides: Partial<CountFacts> & { counts?: readonly number[] } = {},
): CountFacts {
  const { counts = Array.from({ length: 24 }, () => NaN), ...rest } = overrides
  return {
    totals: {
      inputTokens: 64,
      outputTokens: stated,
      cachedTokens: null,
      reasoningTokens: null,
      tokenSource: stated === null ? 'chunks' : 'usage',
    },
    totalTokens: null,
    tokenEvents: counts.length,
    countAt: Float64Array.from(counts),
    characters: 4 * counts.length,
    asked: { tokens: 24, forced: true },
    ...rest,
  }
}

const every = (count: number, events = 24) => Array.from({ length: events }, () => count)
const running = (events = 24, each = 1) => Array.from({ length: events }, (_, i) => each * (i + 1))
const flawOf = (...given: Parameters<typeof facts>) => believeCount(facts(...given)).flaw

describe('a stated count is believed', () => {
  it('while there are as many tokens as token events, or more', () => {
    expect(believeCount(facts(24))).toMatchObject({ outputTokens: 24, tokenSource: 'usage', flaw: null })
    expect(flawOf(24, { counts: every(NaN, 8) })).toBeNull()
    // The rest of a character, or a name, is an event and no token.
    expect(flawOf(23)).toBeNull()
  })

  it('where it runs with the events', () => {
    expect(believeCount(facts(24, { counts: running() }))).toMatchObject({ countsEvents: true, flaw: null })
    expect(believeCount(facts(25, { counts: running() }))).toMatchObject({ outputTokens: 25, countsEvents: true })
  })

  it('where it is below the events of a text that somebody sends character by character', () => {
    expect(flawOf(24, { counts: every(NaN, 96), characters: 96 })).toBeNull()
    expect(flawOf(2, { counts: every(NaN, 96), characters: 96 })).toBe('below-events')
  })

  it('where it is above what was asked for and the server takes no notice of lengths', () => {
    expect(flawOf(96, { counts: every(NaN, 96) })).toBeNull()
    expect(flawOf(48, { asked: { tokens: 24, forced: false } })).toBeNull()
    expect(flawOf(48, { asked: null })).toBeNull()
  })

  it('where a server that guesses ahead overruns what was asked for', () => {
    const { totals } = facts(300)
    const overrun = { totals: { ...totals, inputTokens: 128 }, counts: every(NaN, 150) }
    expect(flawOf(300, { ...overrun, asked: { tokens: 256, forced: false } })).toBeNull()
  })

  it('where hidden reasoning is in it', () => {
    const { totals } = facts(524)
    expect(flawOf(524, { totals: { ...totals, reasoningTokens: 500 } })).toBeNull()
  })
})

describe('a count without growth', () => {
  it('of one token at every event is of each event: they are summed', () => {
    const counted = { outputTokens: 24, tokenSource: 'usage', countsEvents: false, flaw: null, disbelieved: null }
    expect(believeCount(facts(1, { counts: every(1) }))).toEqual(counted)
    expect(believeCount(facts(3, { counts: every(3, 8) }))).toEqual(counted)
  })

  it('is that of the whole answer where it is large enough for it', () => {
    expect(believeCount(facts(24, { counts: every(24) }))).toMatchObject({ outputTokens: 24, countsEvents: false })
  })

  it('is not needed where the end states the total', () => {
    expect(believeCount(facts(24, { counts: every(1) }))).toMatchObject({ outputTokens: 24, countsEvents: false })
  })

  it('and counts of each event that add up to the total say nothing about how many had come by then', () => {
    const counts = [3, 1, 2, 4, 1, 1]
    expect(believeCount(facts(12, { counts }))).toMatchObject({ outputTokens: 12, countsEvents: false, flaw: null })
  })
})

describe('a count is not believed, and the events are counted,', () => {
  const nothing = { outputTokens: null, tokenSource: 'chunks', countsEvents: false }

  it('below the token events', () => {
    expect(believeCount(facts(2))).toEqual({ ...nothing, flaw: 'below-events', disbelieved: 2 })
    expect(flawOf(22)).toBe('below-events')
    expect(flawOf(12)).toBe('below-events')
  })

  it('above what was asked for where the length was forced', () => {
    expect(believeCount(facts(480))).toEqual({ ...nothing, flaw: 'above-asked', disbelieved: 480 })
    expect(flawOf(48, { counts: every(NaN, 12) })).toBe('above-asked')
  })

  it('above what was asked for where it was not forced, and above the bytes of the text', () => {
    const asked = { tokens: 24, forced: false }
    expect(flawOf(4 * 96 + 1, { asked })).toBe('above-asked')
    expect(flawOf(4 * 96, { asked })).toBeNull()
    const { totals } = facts(500)
    expect(flawOf(500, { asked, totals: { ...totals, reasoningTokens: 450 } })).toBeNull()
  })

  it('also as the sum of what each event states, and then the sum is told', () => {
    const asked = { tokens: 24, forced: true }
    expect(believeCount(facts(4, { counts: every(4, 20), asked }))).toMatchObject({
      flaw: 'above-asked',
      disbelieved: 80,
    })
  })

  it('where it falls', () => {
    expect(believeCount(facts(1, { counts: running().reverse() }))).toEqual({
      ...nothing,
      flaw: 'falling',
      disbelieved: 1,
    })
    expect(flawOf(20, { counts: running() })).toBe('falling')
  })

  it('with the prompt in it', () => {
    expect(believeCount(facts(88))).toEqual({ ...nothing, flaw: 'with-prompt', disbelieved: 88 })
    const asked = { tokens: 24, forced: false }
    expect(flawOf(88, { asked })).toBe('with-prompt')
    // A short answer: nothing is above what was asked for, but the total is the count.
    expect(flawOf(74, { asked: { tokens: 128, forced: false }, counts: every(NaN, 10), totalTokens: 74 })).toBe(
      'with-prompt',
    )
    expect(flawOf(128, { asked: { tokens: 128, forced: true }, counts: every(NaN, 64) })).toBeNull()
  })
})

const usage = (completion_tokens: number, rest: object = {}) => ({
  usage: { prompt_tokens: 64, completion_tokens, total_tokens: 64 + completion_tokens, ...rest },
})
const end = (count: number) => [FINISH, event({ choices: [], ...usage(count) }), DONE]

test('a stream whose count is below its events has the TPOT of its events, and the flaw of the count is told', () => {
  expect(readParts([...words(24), ...end(2)])).toMatchObject({
    outputTokens: 24,
    tokenSource: 'chunks',
    tpotMs: 10,
    statedTokens: 2,
    countDoubt: 'below-events',
  })
})

test('a stream that counts one token in every event has as many tokens as events', () => {
  const parts = Array.from({ length: 24 }, () => chunk({ content: 'a ' }, usage(1)))
  expect(readParts([...parts, FINISH, DONE])).toMatchObject({
    outputTokens: 24,
    tokenSource: 'usage',
    tpotMs: 10,
    statedTokens: null,
    countDoubt: null,
  })
})
