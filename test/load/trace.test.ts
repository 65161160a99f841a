import { describe, expect, it } from 'vitest'
import { createBudget } from '../../src/load/budget.ts'
import { measureLevel } from '../../src/load/level.ts'
import type { LevelPorts } from '../../src/load/level.ts'
import type { LevelSpec } from '../../src/load/level/board.ts'
import { sendOnSchedule } from '../../src/load/level/send-on-schedule.ts'
import { findBacklog } from '../../src/load/level/overload.ts'
import { listArrivals } from '../../src/plan/arrivals.ts'
import { createLevelWorkload } from '../../src/plan/workload.ts'
import type { Dialect } from '../../src/protocol/api.ts'
import { seedRandom } from '../../src/random.ts'
import { computeRepeatedShare } from '../../src/settings/trace.ts'
import type { Trace, TraceLengths } from '../../src/settings/trace.ts'
import { createPrefixCache } from '../../src/simulator/cost.ts'
import { findApi } from '../../src/vendors/apis.ts'
import { listFacts } from '../support/builders.ts'
import { aLevelSpec, portsOf, scriptedEndpoint, SCRIPTED_WORKLOAD } from './scripted-endpoint.ts'
import type { ScriptedEndpoint } from './scripted-endpoint.ts'

/** 60 requests in bursts of three, some of which begin alike, as those of a conversation or of a tool do. */
const TRACE: Trace = traceOf(60)

function traceOf(requests: number): Trace {
  const random = seedRandom('a trace')
  let blocks = 0
  const begun: number[][] = [[]]
  const lengths = Array.from({ length: requests }, (): TraceLengths => {
    const before = begun[Math.floor(random() * begun.length)]!
    const own = Array.from({ length: 1 + Math.floor(4 * random()) }, () => blocks++)
    const all = [...before.slice(0, Math.ceil(random() * before.length)), ...own]
    // What ends inside of a block is no beginning of another one.
    begun.push(all.slice(0, -1))
    const inputTokens = 64 * (all.length - 1) + 1 + Math.floor(63 * random())
    return { inputTokens, outputTokens: 1 + Math.floor(30 * random()), blocks: all }
  })
  const atMs = lengths.map((_, i) => 500 * Math.floor(i / 3))
  return { atMs, lengths, blockTokens: 64 }
}

const WORKLOAD = { ...SCRIPTED_WORKLOAD, trace: { ...TRACE, asksForLength: false } }

const A_PROMPT = { kind: 'prompt', text: 'Why?', maxTokens: null } as const

const SALTED: Dialect = {
  task: 'chat',
  model: 'm',
  fields: new Set(['cache_salt']),
  lengthField: 'max_tokens',
  extraBody: {},
}

function ofTrace(speed = 1, { atMs }: Trace = TRACE): LevelSpec {
  const dueMs = atMs.map((ms) => ms / speed)
  const open = { dueMs, maxInFlight: 1000, usuallyInFlight: 1 }
  return aLevelSpec({ concurrency: speed, warmupRequests: 0, durationMs: 1, open, nonce: '00ff00ff00ff00ff' })
}

async function replay(endpoint: ScriptedEndpoint, spec: LevelSpec = ofTrace(), ports: Partial<LevelPorts> = {}) {
  const workload = createLevelWorkload(WORKLOAD, spec)
  const run = await endpoint.run(measureLevel(spec, portsOf(endpoint, { concurrency: 1 }, { workload, ...ports })))
  return { ...run, records: Array.from(run.records, listFacts) }
}

/** What the prompts of a level in one pass are. */
function listPrompts(spec: LevelSpec, workload = WORKLOAD): string[] {
  const requests = createLevelWorkload(workload, spec)
  return workload.trace.atMs.map((_, number) => requests.next(number, null).prompts[0]!)
}

describe('a level that replays a trace', () => {
  it('sends each request when it came, its speed faster, with the lengths that it had', async () => {
    const endpoint = scriptedEndpoint(() => ({ latencyMs: 700 }))
    await replay(endpoint, ofTrace(2))
    expect(endpoint.calls.map(({ startAt }) => startAt)).toEqual(TRACE.atMs.map((ms) => ms / 2))
    const asked = endpoint.calls.map(({ spec }) => spec)
    expect(asked.map(({ outputTokens }) => outputTokens)).toEqual(
      TRACE.lengths!.map(({ outputTokens }) => outputTokens),
    )
    expect(asked.map(({ prompts }) => prompts[0]!.split(' ').length)).toEqual(
      TRACE.lengths!.map(({ inputTokens }) => inputTokens),
    )
  })

  it('counts all of it, from the first request to the last answer', async () => {
    const run = await replay(scriptedEndpoint(({ number }) => ({ latencyMs: number === 7 ? 30_000 : 20 })))
    expect(run.records.map(({ phase }) => phase)).toEqual(Array.from({ length: 60 }, () => 'counted'))
    // The eighth came after a second.
    expect(run.window).toEqual({ startMs: 0, endMs: 31_000 })
    expect(run).toMatchObject({
      stopped: null,
      open: { peakInFlight: 4, dropped: 0, trace: { startMs: 0, lastMs: 9_500 } },
    })
  })

  it('is the same from several threads, each of which has its part of the requests', () => {
    const { open } = ofTrace()
    const parts = [0, 1, 2].map((first) => [...listArrivals(open!, { first, of: 3 })])
    expect(parts.flat().toSorted((a, b) => a.number - b.number)).toEqual([...listArrivals(open!)])
    expect(listPrompts(ofTrace())).toEqual(listPrompts(ofTrace()))
  })

  it.each([
    ['lengths', TRACE, null],
    ['prompts', { ...TRACE, lengths: null }, TRACE.atMs.map(() => A_PROMPT)],
  ])('gives each request of its %s an id of its own, and all of a pass one salt of caches', (_, trace, prompts) => {
    let nonces = 0
    const nonce = (): string => String(nonces++)
    const requests = createLevelWorkload(
      { ...SCRIPTED_WORKLOAD, prompts, trace: { ...trace, asksForLength: false }, nonce },
      ofTrace(),
    )
    const asked = trace.atMs.map((_at, number) => requests.next(number, null))
    expect(new Set(asked.map((request) => request.nonce)).size).toBe(60)
    const salts = asked.map((request) => findApi('openai-chat').body(SALTED, request)['cache_salt'])
    expect(new Set(salts)).toEqual(new Set(['00ff00ff00ff00ff']))
  })

  it('waits for the ceiling of requests in flight, and sends what waited', async () => {
    const spec = ofTrace()
    const run = await replay(
      scriptedEndpoint(() => ({ latencyMs: 100 })),
      { ...spec, open: { ...spec.open!, maxInFlight: 2 } },
    )
    expect(run.records).toHaveLength(60)
    expect(run.open).toMatchObject({ peakInFlight: 2, waited: 20, dropped: 0 })
    expect(run.records.filter(({ queueMs }) => queueMs === 0)).toHaveLength(40)
    expect(run.records.map(({ endMs }) => Math.round(endMs)).toSorted((a, b) => b - a)[0]).toBe(200)
  })

  it('ends where a budget does, and says so', async () => {
    const endpoint = scriptedEndpoint(() => ({ latencyMs: 100 }))
    const budget = createBudget({ maxDurationMs: 4_200, maxRequests: null, maxOutputTokens: null }, endpoint.clock)
    const run = await replay(endpoint, ofTrace(), { budget })
    expect(run.stopped).toBe('budget')
    expect(run.records.filter(({ phase }) => phase === 'counted')).toHaveLength(27)
    expect(run.window!.endMs).toBeCloseTo(4_500)
  })

  it('is sent with prompts of a file where it has no lengths, which share in a pass what they share', () => {
    const prompts = ['Why is the sky blue?', 'Why?', 'Why is the sky blue?'].map(
      (text) => ({ kind: 'prompt', text, maxTokens: text === 'Why?' ? 3 : null }) as const,
    )
    const trace = { atMs: [0, 1, 2], lengths: null, blockTokens: null, asksForLength: false }
    const requests = createLevelWorkload({ ...SCRIPTED_WORKLOAD, prompts, trace }, ofTrace())
    const [first, second, third] = [0, 1, 2].map((number) => requests.next(number, null))
    expect(third!.prompts).toEqual(first!.prompts)
    expect(first!.prompts[0]).toMatch(/^(\w+ ){8}Why is the sky blue\?$/)
    expect(second!.outputTokens).toBe(3)
    expect(first!.outputTokens).toBeGreaterThan(10)
  })
})

describe('the prompts of a trace', () => {
  it('hit the blocks of a prefix cache that the trace says, and none of another pass', () => {
    const cache = createPrefixCache({ blockWords: 16, capacity: 100_000 })
    const hitIn = (nonce: string): number =>
      listPrompts({ ...ofTrace(), nonce }).reduce((sum, prompt) => sum + cache.take(prompt), 0)
    const tokens = TRACE.lengths!.reduce((sum, { inputTokens }) => sum + inputTokens, 0)
    const implied = computeRepeatedShare(TRACE) * tokens
    expect(implied).toBeGreaterThan(3_000)
    // All blocks of it are of 64 tokens, four of the server's.
    expect(hitIn('00ff00ff00ff00ff')).toBe(implied)
    expect(hitIn('ff00ff00ff00ff00')).toBe(implied)
  })

  it('begin alike for as many tokens as their blocks, without those of the template, whose count is that of the server', () => {
    const promptModel = { baseTokens: 9, tokensPerWord: 1.25 }
    const lengths = [
      { inputTokens: 1000, outputTokens: 1, blocks: [0, 1] },
      { inputTokens: 1800, outputTokens: 1, blocks: [0, 1, 2, 3] },
      { inputTokens: 600, outputTokens: 1, blocks: [0, 4] },
    ]
    const trace = { atMs: [0, 1, 2], lengths, blockTokens: 512, asksForLength: false }
    const [a, b, c] = listPrompts(ofTrace(), { ...WORKLOAD, promptModel, trace }).map((prompt) => prompt.split(' '))
    for (const [i, words] of [a!, b!, c!].entries()) {
      expect(9 + 1.25 * words.length).toBeGreaterThan(lengths[i]!.inputTokens - 1)
      expect(9 + 1.25 * words.length).toBeLessThan(lengths[i]!.inputTokens + 1)
    }
    const countCommon = (x: readonly string[], y: readonly string[]): number => x.findIndex((word, i) => word !== y[i])
    expect(b!.slice(0, a!.length)).toEqual(a)
    expect(countCommon(b!, c!)).toBe(Math.round((512 - 9) / 1.25))
  })

  it('ask for a long answer where the server cannot be told how long, and are no longer for that', () => {
    const asking = listPrompts(ofTrace(), { ...WORKLOAD, trace: { ...WORKLOAD.trace, asksForLength: true } })
    const plain = listPrompts(ofTrace())
    const last = plain.findIndex((prompt) => prompt.split(' ').length > 100)
    expect(asking[last]).toMatch(/ Write a long 9000-word story .* conclude it\.$/)
    expect(asking[last]!.split(' ')).toHaveLength(plain[last]!.split(' ').length)
  })

  it('share nothing where the trace names no blocks', () => {
    const lengths = [1, 2].map(() => ({ inputTokens: 100, outputTokens: null, blocks: null }))
    let nonces = 0
    const workload = {
      ...WORKLOAD,
      nonce: () => String(nonces++).repeat(16),
      trace: { atMs: [0, 1], lengths, blockTokens: null, asksForLength: false },
    }
    const [one, other] = listPrompts(ofTrace(), workload)
    expect(one!.split(' ')[0]).not.toBe(other!.split(' ')[0])
    expect(one!.split(' ')).toHaveLength(100)
  })
})

describe('a speed at which the server falls behind', () => {
  const LONG = traceOf(900)

  /** Serves one request after another, each for so long. */
  async function serveFor(serviceMs: number, trace: Trace = LONG) {
    let freeAt = 0
    const endpoint = scriptedEndpoint(({ startAt }) => {
      freeAt = Math.max(freeAt, startAt) + serviceMs
      return { latencyMs: freeAt - startAt }
    })
    const workload = createLevelWorkload({ ...WORKLOAD, trace: { ...trace, asksForLength: false } }, ofTrace())
    return replay(endpoint, ofTrace(1, trace), { workload })
  }

  it('is told by more and more requests under way, and not by bursts', async () => {
    // Three each half second: six a second.
    const behind = await serveFor(190)
    expect(behind).toMatchObject({ stopped: 'overloaded', open: { queue: { before: expect.any(Number) } } })
    expect(behind.open!.queue!.after).toBeGreaterThan(behind.open!.queue!.before + 30)
    expect(await serveFor(160)).toMatchObject({ stopped: null, open: { queue: null } })
  })

  it('is not one at which busier times have more requests under way', () => {
    const spans = (count: (second: number) => number) =>
      Array.from({ length: 100 }, (_, second) =>
        Array.from({ length: count(second) }, (_, i) => ({ startMs: 1000 * second + i, endMs: 4_000 })),
      ).flat()
    const whole = { startMs: 0, lastMs: 100_000 }
    expect(
      findBacklog(
        spans((second) => (second < 70 ? 4 : 12)),
        whole,
      ),
    ).toBeNull()
    const growing = spans(() => 4).map(({ startMs }) => ({ startMs, endMs: startMs / 2 }))
    expect(findBacklog(growing, whole)).toMatchObject({
      before: expect.closeTo(50, -1),
      after: expect.closeTo(116, -1),
    })
    expect(findBacklog(growing, { startMs: 0, lastMs: 0 })).toBeNull()
  })
})

describe('requests of one moment', () => {
  it('are ready before it, so that none is late for the work on another', async () => {
    const endpoint = scriptedEndpoint(() => ({ latencyMs: 1 }))
    const told: string[] = []
    const { clock } = endpoint
    await endpoint.run(
      sendOnSchedule(
        listArrivals({ dueMs: [10, 10, 10, 20] }),
        [0, 1, 2, 3],
        { clock, stopping: new AbortController().signal, beganAt: 0 },
        {
          prepare: (number) => told.push(`${number} ready at ${clock.now()}`),
          take: (_, dueAt) => told.push(`sent at ${dueAt}`),
          onWaiting() {},
          send: async () => clock.sleep(1).then(() => null),
        },
      ),
    )
    expect(told).toEqual([
      ...[0, 1, 2].map((number) => `${number} ready at 0`),
      ...[0, 1, 2].map(() => 'sent at 10'),
      '3 ready at 10',
      'sent at 20',
    ])
  })
})
