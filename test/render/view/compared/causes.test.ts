import { describe, expect, it, test } from 'vitest'
import { renderComment } from '../../../../src/render/comment.ts'
import { describeThrottling, listCauses } from '../../../../src/render/view/compared/causes.ts'
import type { CluesOfBoth } from '../../../../src/render/view/compared/causes.ts'
import type { Comparison } from '../../../../src/report/verdict.ts'
import type { Clue, Clues } from '../../../../src/report/clues.ts'
import { SITUATIONS } from '../../../support/situations.ts'
import { aComparison, regressedBy } from '../../../support/verdict-builders.ts'

const FLAT = [0.2, 0.2, 0.2, 0.2]
/** From 100 ms to 190 ms at concurrency 8, as before at 1. */
const GROWING = [0, 0.01, 0.4, 0.9]

const steadyTtft = aComparison({ metric: 'ttft-p50' })
const steadyTpot = aComparison()
const laterFirst = regressedBy('ttft-p50', GROWING)
const slowerTokens = regressedBy('tpot-p50', FLAT)
const lessThroughput = regressedBy('plateau-throughput', [-0.2, -0.2, -0.2, -0.2])

/** The same clues at each level of both sides. */
function both(before: Clues, now: Clues): CluesOfBoth {
  const atEach = (clues: Clues) => new Map([1, 2, 4, 8].map((level) => [level, clues]))
  return { before: atEach(before), now: atEach(now), beside: 'main', load: 'concurrency' }
}

test('without figures of both sides the levels at which it moved say what it looks like', () => {
  const causes = (...comparisons: readonly Comparison[]) => listCauses(comparisons, null).join(' ')
  expect(causes(slowerTokens, steadyTtft)).toMatch(/^decode: .*; the first comes as before\.$/)
  expect(causes(slowerTokens)).toBe('decode: tokens after the first come slower.')
  const unproven = aComparison({ metric: 'ttft-p50', change: 0.28, interval: { low: -0.13, high: 0.9 } })
  expect(causes(slowerTokens, unproven)).toBe('decode: tokens after the first come slower.')
  expect(causes(regressedBy('ttft-p50', FLAT), steadyTpot)).toMatch(/^prefill: .*; those after it come as before\.$/)
  expect(causes(laterFirst, steadyTpot)).toMatch(/^queueing: /)
  expect(causes(regressedBy('ttft-p50', FLAT), slowerTokens)).toBe('prefill and decode: every step is slower.')
  expect(causes(laterFirst, slowerTokens)).toMatch(/^decode: .* queueing: /)
  expect(causes(lessThroughput, steadyTpot)).toMatch(/^capacity: /)
  expect(causes(regressedBy('ttfo-p50', FLAT))).toMatch(/^reasoning: /)
  expect(causes(regressedBy('latency-p50', FLAT))).toMatch(/^the whole request: /)
  expect(causes(steadyTtft, steadyTpot)).toBe('')
})

test('tokens after the first that come later by far less than it, and not those of a lone request, wait for prefills', () => {
  const causes = (ttft: readonly number[], tpot: readonly number[]) =>
    listCauses([regressedBy('ttft-p50', ttft), regressedBy('tpot-p50', tpot)], null).join(' ')
  const held = 'prefill: the first token comes later at any load, and the tokens of other requests wait meanwhile.'
  expect(causes([0.55, 0.56, 0.55, 0.6], [0, 0.06, 0.12, 0.25])).toBe(held)
  expect(causes([0.55, 0.56, 0.55, 0.6], [0.1, 0.06, 0.12, 0.25])).toBe('prefill and decode: every step is slower.')
  expect(causes([0.55, 0.56, 0.55, 0.6], [0, 0.06, 0.12, 0.4])).toBe('prefill and decode: every step is slower.')
})

describe('a first token that comes later by no more than the tokens after it', () => {
  const causes = (ttft: readonly number[], tpot: readonly number[], queue: CluesOfBoth | null = null) =>
    listCauses([regressedBy('ttft-p50', ttft), regressedBy('tpot-p50', tpot)], queue).join(' ')
  /** At concurrency 8 most of TTFT is a wait in the queue, which rose with it. */
  const queue = both({ serverQueueMs: 200 }, { serverQueueMs: 260 })

  it('needs no cause of its own, though it waits longer in a queue', () => {
    expect(causes([0.3, 0.31, 0.29, 0.32], [0.3, 0.3, 0.31, 0.3], queue)).toBe(
      'prefill and decode: every step is slower.',
    )
    expect(causes([0, 0.01, 0.2, 0.33], [0.3, 0.3, 0.31, 0.3], queue)).toBe(
      'decode: tokens after the first come slower, and with many requests the first waits for them.',
    )
  })

  it('has one where it rose by more at any level', () => {
    expect(causes([0.3, 0.31, 0.29, 0.9], [0.3, 0.3, 0.31, 0.3], queue)).toMatch(/^decode: .* queueing: /)
    expect(causes([0, 0.01, 0.3, 0.39], [0.3, 0.3, 0.31, 0.3])).toMatch(/^decode: .* queueing: /)
  })
})

/** Each pattern: what moved, the figures that show it, and those that just do not. */
const PATTERNS: readonly {
  readonly says: string
  readonly moved: Comparison
  readonly before: Clues
  readonly now: Clues
  readonly short: Clues
}[] = [
  {
    says: 'this machine, not the server: at concurrency 8 its own delay makes times up to 50.0 ms too long (main: 2.00 ms).',
    moved: laterFirst,
    before: { clientDelayMs: 2 },
    now: { clientDelayMs: 50 },
    short: { clientDelayMs: 46 },
  },
  {
    says: 'the way to the server: at concurrency 8 the mean TTFT rose by 80.0 ms on this machine and by 10.0 ms by the server’s own clock.',
    moved: laterFirst,
    before: { clientTtftMs: 100, serverTtftMs: 98 },
    now: { clientTtftMs: 180, serverTtftMs: 108 },
    short: { clientTtftMs: 180, serverTtftMs: 119 },
  },
  {
    says: 'the way to the server: at concurrency 1 the mean TPOT rose by 2.00 ms on this machine and not at all by the server’s own clock.',
    moved: slowerTokens,
    before: { clientTpotMs: 10, serverTpotMs: 10 },
    now: { clientTpotMs: 12, serverTpotMs: 9.9 },
    short: { clientTpotMs: 12, serverTpotMs: 10.6 },
  },
  {
    says: 'the prefix cache: 2 % of the prompt tokens come from it at concurrency 8 (main: 71 %), the others are computed.',
    moved: laterFirst,
    before: { prefixHitShare: 0.71 },
    now: { prefixHitShare: 0.02 },
    short: { prefixHitShare: 0.67 },
  },
  {
    says: 'the prefix cache: 0 % of the prompt tokens come from it at concurrency 8 (main: 50 %), the others are computed.',
    moved: laterFirst,
    before: { cachedShare: 0.5 },
    now: { cachedShare: 0 },
    short: { cachedShare: 0.46 },
  },
  {
    says: 'a full KV cache: at concurrency 1 running requests were evicted 14.0 times for 100 requests (main: 0), and their work is done again.',
    moved: slowerTokens,
    before: { preemptions: 0 },
    now: { preemptions: 0.14 },
    short: { preemptions: 0.009 },
  },
  {
    says: 'a full KV cache: 98 % of it is in use at concurrency 8 and 4 requests wait (main: 60 % and 0).',
    moved: laterFirst,
    before: { kvCacheUsage: 0.6, waiting: 0 },
    now: { kvCacheUsage: 0.98, waiting: 4 },
    short: { kvCacheUsage: 0.85, waiting: 4 },
  },
  {
    says: 'a lower batch limit: at concurrency 8 the server works on 4 requests at once and 4 wait (main: 8 and 0).',
    moved: laterFirst,
    before: { running: 8, waiting: 0 },
    now: { running: 4, waiting: 4 },
    short: { running: 7, waiting: 1 },
  },
  {
    says: 'a lower batch limit: at concurrency 1 the server works on 4 requests at once and 4 wait (main: 8 and 0).',
    moved: lessThroughput,
    before: { running: 8, waiting: 0 },
    now: { running: 4, waiting: 4 },
    short: { running: 4, waiting: 0 },
  },
  {
    says: 'larger batches: at concurrency 1 the server works on 40 requests at once (main: 20), which share each of its steps.',
    moved: slowerTokens,
    before: { running: 20 },
    now: { running: 40 },
    short: { running: 22.5 },
  },
  {
    says: 'queueing: at concurrency 8 a request waits 60.0 ms in the server’s queue (main: 5.00 ms).',
    moved: laterFirst,
    before: { serverQueueMs: 5 },
    now: { serverQueueMs: 60 },
    short: { serverQueueMs: 49 },
  },
]

describe.each(PATTERNS)('$says', ({ says, moved, before, now, short }) => {
  it('is said where the figures of both sides show it', () => {
    expect(listCauses([moved], both(before, now))).toEqual([says])
  })

  it('is not said where they fall short of it, or show the opposite', () => {
    expect(listCauses([moved], both(before, short))).not.toContain(says)
    for (const [one, other] of [
      [before, short],
      [now, before],
      [before, before],
    ] as const) {
      const pattern = says.slice(0, says.indexOf(':'))
      expect(listCauses([moved], both(one, other)).join(' ')).not.toContain(pattern)
    }
  })

  it('is not said where a figure is missing on either side, or was measured at a level that did not move', () => {
    for (const clue of Object.keys(before) as Clue[]) {
      const without = (clues: Clues): Clues =>
        Object.fromEntries(Object.entries(clues).filter(([name]) => name !== clue))
      expect(listCauses([moved], both(without(before), now))).not.toContain(says)
      expect(listCauses([moved], both(before, without(now)))).not.toContain(says)
    }
    expect(listCauses([moved], { ...both(before, now), before: new Map() })).not.toContain(says)
    const asBefore = { ...moved, byLevel: moved.byLevel.map((level) => ({ ...level, change: 0 })) }
    expect(listCauses([asBefore], both(before, now))).not.toContain(says)
    expect(listCauses([steadyTtft, steadyTpot], both(before, now))).toEqual([])
  })
})

test('one metric has one cause: what lies outside the server before what lies in it, and what fills its queue before the queue', () => {
  const before = { serverQueueMs: 5, running: 8, waiting: 0, clientTtftMs: 100, serverTtftMs: 98 }
  const queued = { serverQueueMs: 80, running: 4, waiting: 4, clientTtftMs: 180, serverTtftMs: 178 }
  const [cause, ...others] = listCauses([laterFirst], both(before, queued))
  expect(cause).toMatch(/^a lower batch limit: /)
  expect(others).toEqual([])
  expect(listCauses([laterFirst], both(before, { ...queued, serverTtftMs: 99 }))[0]).toMatch(/^the way to the server: /)
})

test('one request more or less at work, of a few, is no change of batches', () => {
  const four = { running: 4, waiting: 0 }
  const three = { running: 3, waiting: 1 }
  for (const moved of [laterFirst, lessThroughput, slowerTokens]) {
    for (const [before, now] of [
      [four, three],
      [three, four],
    ] as const)
      expect(listCauses([moved], both(before, now)).join(' ')).not.toContain('batch')
  }
  expect(listCauses([lessThroughput], both(four, { running: 2, waiting: 2 }))[0]).toMatch(/^a lower batch limit: /)
})

test('one request fewer at work is a lower batch limit where requests wait anyway', () => {
  const [four, three] = [
    { running: 4, waiting: 4 },
    { running: 3, waiting: 5 },
  ]
  for (const moved of [laterFirst, lessThroughput]) {
    expect(listCauses([moved], both(four, three))[0]).toMatch(
      /^a lower batch limit: .* works on 3 requests at once and 5 wait/,
    )
    expect(listCauses([moved], both(three, four)).join(' ')).not.toContain('lower')
    expect(listCauses([moved], both(four, { running: 3.5, waiting: 4.5 })).join(' ')).not.toContain('batch')
    expect(listCauses([moved], both({ running: 40, waiting: 4 }, { running: 39, waiting: 5 })).join(' ')).not.toContain(
      'batch',
    )
  }
})

test('where the server’s own queue is as short as before, nobody says that requests queue', () => {
  expect(listCauses([laterFirst], both({ serverQueueMs: 5 }, { serverQueueMs: 6 }))).toEqual([])
  expect(listCauses([laterFirst], both({ serverQueueMs: 5 }, {}))[0]).toMatch(/^queueing: with few/)
})

test('a slower step and the queue that it makes are both said, and one cause of both only once', () => {
  const queue = both({ serverQueueMs: 5 }, { serverQueueMs: 80 })
  expect(listCauses([laterFirst, slowerTokens], queue)).toEqual([
    'decode: tokens after the first come slower.',
    expect.stringMatching(/^queueing: at concurrency 8 /) as string,
  ])
  const first = regressedBy('ttft-p50', FLAT)
  expect(listCauses([first, slowerTokens], both({ preemptions: 0 }, { preemptions: 0.2 }))).toHaveLength(1)
})

test('a larger refused share is throttling, at the level where it grew most', () => {
  const clues = both({ refusedShare: 0 }, { refusedShare: 0.005 })
  expect(describeThrottling(clues)).toBeNull()
  const now = new Map(clues.now).set(4, { refusedShare: 0.12 })
  expect(describeThrottling({ ...clues, now })).toBe(
    'throttling: at concurrency 4 the endpoint refused 12 % of the requests with 429 (main: 0 %).',
  )
  expect(describeThrottling({ ...clues, now, before: new Map() })).toBeNull()
  expect(describeThrottling({ ...clues, now, load: 'rate' })).toContain('at 4/s')
  expect(describeThrottling(null)).toBeNull()
})

test('the comment says it beside the levels, by the control where there is one, and a green one says nothing of refusals', () => {
  const told = SITUATIONS['red, and the server says why']
  const says = (input: typeof told) => renderComment(input).replaceAll('\u00a0', ' ')
  expect(says(told)).toContain(
    'Looks like the prefix cache: 2 % of the prompt tokens come from it at concurrency 1 (the control: 71 %), the others are computed.',
  )
  const { control: _, ...withoutControl } = told.verdict.sides!
  expect(says({ ...told, verdict: { ...told.verdict, sides: withoutControl } })).toContain(
    'come from it at concurrency 1 (main: 71 %)',
  )
  const levels = told.report!.levels.map((level) => ({
    ...level,
    requests: { ...level.requests, failed: 90 },
    failures: { http_429: 90 },
  }))
  const refused = { ...told, report: { ...told.report!, levels } }
  expect(says(refused)).toMatch(/Looks like throttling: .* Also like the prefix cache: /)
  const green = { ...refused, verdict: { ...SITUATIONS['no change seen'].verdict, sides: told.verdict.sides! } }
  expect(says(green as typeof told)).not.toContain('throttling')
})
