import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createEngine, createFactors } from '../../../src/simulator/engine/engine.ts'
import type { Engine, TokenEvent, FactorSpreads } from '../../../src/simulator/engine/engine.ts'
import { serverOf } from '../../support/virtual/servers.ts'
import { createVirtualEndpoint } from '../../support/virtual-endpoint.ts'

const PLAIN = { slots: 2, overheadMs: 0, prefillMsPerToken: 1, decodeMs: 8, decodeMsPerSequence: 1 }

function drain(engine: Engine): TokenEvent[] {
  const events: TokenEvent[] = []
  for (let at = engine.nextEventAt(); at !== null; at = engine.nextEventAt()) events.push(...engine.advanceTo(at))
  return events
}

function times(events: readonly TokenEvent[], id: number): number[] {
  return events.filter((event) => event.id === id).map(({ at }) => at)
}

describe('the engine', () => {
  it('sends the first token after overhead and prefill, then one for each step', () => {
    const engine = createEngine({ ...PLAIN, overheadMs: 5 })
    engine.submit(1, { inputTokens: 10, outputTokens: 3, at: 100 })
    expect(drain(engine)).toEqual([
      { at: 115, id: 1, tokens: 1, last: false },
      { at: 124, id: 1, tokens: 2, last: false },
      { at: 133, id: 1, tokens: 3, last: true },
    ])
    expect(engine.nextEventAt()).toBeNull()
  })

  it('makes a step longer for each sequence in the batch', () => {
    const engine = createEngine({ ...PLAIN, prefillMsPerToken: 0 })
    engine.submit(1, { inputTokens: 1, outputTokens: 2, at: 0 })
    engine.submit(2, { inputTokens: 1, outputTokens: 2, at: 0 })
    expect(times(drain(engine), 2)).toEqual([0, 10])
  })

  it('prefills one prompt after the other', () => {
    const engine = createEngine(PLAIN)
    engine.submit(1, { inputTokens: 10, outputTokens: 2, at: 0 })
    engine.submit(2, { inputTokens: 20, outputTokens: 2, at: 0 })
    const events = drain(engine)
    expect(times(events, 1)).toEqual([10, 40])
    expect(times(events, 2)).toEqual([30, 40])
  })

  it('lets whoever arrives during a step wait for its end, and delays the decoding of the others by the prefill', () => {
    const engine = createEngine(PLAIN)
    engine.submit(1, { inputTokens: 1, outputTokens: 4, at: 0 })
    engine.submit(2, { inputTokens: 50, outputTokens: 2, at: 3 })
    const events = drain(engine)
    expect(times(events, 1)).toEqual([1, 10, 70, 79])
    expect(times(events, 2)).toEqual([60, 70])
  })

  it('admits a request that arrives exactly at a boundary', () => {
    const engine = createEngine(PLAIN)
    engine.submit(1, { inputTokens: 1, outputTokens: 3, at: 0 })
    expect(engine.advanceTo(1)).toHaveLength(1)
    expect(engine.nextEventAt()).toBe(10)
    expect(engine.advanceTo(10)).toHaveLength(1)
    engine.submit(2, { inputTokens: 5, outputTokens: 1, at: 10 })
    expect(times(drain(engine), 2)).toEqual([15])
  })

  it('queues beyond its slots, first come first served', () => {
    const engine = createEngine({ ...PLAIN, prefillMsPerToken: 0 })
    for (let id = 1; id <= 4; id++) engine.submit(id, { inputTokens: 1, outputTokens: 3, at: 0 })
    expect(engine.waiting).toBe(4)
    engine.advanceTo(5)
    expect([engine.running, engine.waiting]).toEqual([2, 2])
    const events = drain(engine)
    expect(times(events, 3)[0]).toBe(20)
    expect(times(events, 4)[0]).toBe(20)
    expect([engine.running, engine.waiting]).toEqual([0, 0])
  })

  it('frees the slot of a cancelled request at the next boundary', () => {
    const engine = createEngine({ ...PLAIN, slots: 1 })
    engine.submit(1, { inputTokens: 1, outputTokens: 100, at: 0 })
    engine.submit(2, { inputTokens: 1, outputTokens: 1, at: 0 })
    engine.advanceTo(15)
    expect(engine.cancel(1)).toBe(true)
    expect(engine.waiting).toBe(1)
    const events = drain(engine)
    expect(times(events, 1)).toEqual([])
    expect(times(events, 2)).toEqual([20])
    expect(engine.cancel(1)).toBe(false)
  })

  it('forgets a request that is cancelled in the queue or between two steps', () => {
    const engine = createEngine({ ...PLAIN, slots: 1 })
    engine.submit(1, { inputTokens: 1, outputTokens: 5, at: 0 })
    engine.submit(2, { inputTokens: 1, outputTokens: 5, at: 0 })
    engine.advanceTo(5)
    engine.cancel(2)
    engine.advanceTo(10)
    engine.cancel(1)
    expect(engine.nextEventAt()).toBeNull()
    expect([engine.running, engine.waiting]).toEqual([0, 0])
  })

  it('sends the first token alone and then whole chunks, the rest with the last', () => {
    const engine = createEngine({ ...PLAIN, tokensPerChunk: 4 })
    engine.submit(1, { inputTokens: 1, outputTokens: 11, at: 0 })
    expect(drain(engine).map(({ tokens, last }) => [tokens, last])).toEqual([
      [1, false],
      [5, false],
      [9, false],
      [11, true],
    ])
  })

  it('gives the same events however it is advanced', () => {
    const build = () => {
      const engine = createEngine({ ...PLAIN, overheadMs: 2, jitter: 0.2 })
      for (let id = 0; id < 20; id++) engine.submit(id, { inputTokens: 7, outputTokens: 5 + id, at: id * 11 })
      return engine
    }
    expect(build().advanceTo(1e9)).toEqual(drain(build()))
  })

  it('keeps the mean time of a step whatever the jitter', () => {
    const engine = createEngine({ ...PLAIN, jitter: 0.3 })
    engine.submit(1, { inputTokens: 0, outputTokens: 20_001, at: 0 })
    const at = times(drain(engine), 1)
    const gaps = at.slice(1).map((time, i) => time - at[i]!)
    const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length
    const sd = Math.sqrt(gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length)
    expect(mean).toBeCloseTo(9, 1)
    expect(sd / mean).toBeCloseTo(0.3, 1)
  })

  it('tells an observer when a prefill starts, how long the request queued, and how many decode together', () => {
    const told: unknown[] = []
    const engine = createEngine(
      { ...PLAIN, overheadMs: 5, slots: 1 },
      {
        noteAdmission: (id, startsAt, queuedMs) => told.push({ id, startsAt, queuedMs }),
        noteStep: (batch) => told.push(batch),
      },
    )
    engine.submit(1, { inputTokens: 10, outputTokens: 2, at: 100 })
    engine.submit(2, { inputTokens: 10, outputTokens: 1, at: 101 })
    drain(engine)
    expect(told).toEqual([{ id: 1, startsAt: 105, queuedMs: 0 }, 1, { id: 2, startsAt: 124, queuedMs: 18 }])
  })

  it('refuses a request without tokens, and an id that is taken', () => {
    const engine = createEngine()
    expect(() => engine.submit(1, { inputTokens: 1, outputTokens: 0, at: 0 })).toThrow('at least 1')
    engine.submit(1, { inputTokens: 1, outputTokens: 1, at: 0 })
    expect(() => engine.submit(1, { inputTokens: 1, outputTokens: 1, at: 0 })).toThrow('already')
  })

  it('gives every request exactly its tokens, in order, never back in time', () => {
    const request = fc.record({
      gap: fc.nat(60),
      inputTokens: fc.nat(80),
      outputTokens: fc.integer({ min: 1, max: 40 }),
      cancelAfter: fc.option(fc.nat(200)),
    })
    const options = fc.record({
      slots: fc.integer({ min: 1, max: 5 }),
      overheadMs: fc.nat(30),
      prefillMsPerToken: fc.constantFrom(0, 0.1, 1),
      decodeMs: fc.constantFrom(0, 5),
      decodeMsPerSequence: fc.constantFrom(0, 1),
      tokensPerChunk: fc.integer({ min: 1, max: 6 }),
      jitter: fc.constantFrom(0, 0.5),
    })
    fc.assert(
      fc.property(options, fc.array(request, { maxLength: 25 }), (model, requests) => {
        const engine = createEngine(model)
        const events: TokenEvent[] = []
        const cancelled = new Set<number>()
        const submitAt: number[] = []
        let clock = 0
        const acts = requests.flatMap(({ gap, cancelAfter }, id) => {
          clock += gap
          submitAt.push(clock)
          return [
            { at: clock, id, submit: true },
            ...(cancelAfter === null ? [] : [{ at: clock + cancelAfter, id, submit: false }]),
          ]
        })
        for (const { at, id, submit } of acts.sort((a, b) => a.at - b.at)) {
          for (let next = engine.nextEventAt(); next !== null && next <= at; next = engine.nextEventAt()) {
            events.push(...engine.advanceTo(next))
          }
          events.push(...engine.advanceTo(at))
          if (submit) engine.submit(id, { ...requests[id]!, at })
          else if (engine.cancel(id)) cancelled.add(id)
        }
        events.push(...drain(engine))

        expect(events.map(({ at }) => at)).toEqual(events.map(({ at }) => at).sort((a, b) => a - b))
        requests.forEach(({ outputTokens }, id) => {
          const own = events.filter((event) => event.id === id)
          const counts = own.map(({ tokens }) => tokens)
          expect(counts).toEqual([...new Set(counts)].sort((a, b) => a - b))
          expect(own.every(({ at }) => at >= submitAt[id]! + model.overheadMs)).toBe(true)
          expect(own.filter(({ last }) => last)).toHaveLength(cancelled.has(id) ? 0 : 1)
          if (!cancelled.has(id)) expect(own.at(-1)).toMatchObject({ tokens: outputTokens, last: true })
          else expect(counts.every((count) => count < outputTokens)).toBe(true)
        })
        expect([engine.running, engine.waiting]).toEqual([0, 0])
      }),
      { seed: 7, numRuns: 300 },
    )
  })
})

const HOUR = 3_600_000
const NONE: FactorSpreads = {
  startSpread: 0,
  hourSpread: 0,
  runSpread: 0,
  runPauseMs: 60_000,
  runSeed: 'this start',
  seed: 'this machine',
  epochMs: 0,
}
const SEEDS = Array.from({ length: 4000 }, (_, i) => `seed ${i}`)

const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length

/** The mean of what two series have in common about their means. */
function covary(a: readonly number[], b: readonly number[]): number {
  const [meanA, meanB] = [meanOf(a), meanOf(b)]
  return meanOf(a.map((value, i) => (value - meanA) * (b[i]! - meanB)))
}

describe('the spread of a simulated endpoint', () => {
  it.each([
    ['starts', (i: number) => createFactors({ ...NONE, startSpread: 0.1, runSeed: SEEDS[i]! }).at(0)],
    ['runs', (i: number) => createFactors({ ...NONE, runSpread: 0.1, runSeed: SEEDS[i]! }).at(0)],
    ['hours', (i: number) => createFactors({ ...NONE, hourSpread: 0.1 }).at(i * HOUR)],
  ])('between %s has mean 1 and the size that was asked for, half alike in prefill and decoding', (_, at) => {
    const factors = SEEDS.map((_, i) => at(i))
    const prefill = factors.map((factor) => factor.prefill)
    const decode = factors.map((factor) => factor.decode)
    const [sdOfPrefill, sdOfDecode] = [Math.sqrt(covary(prefill, prefill)), Math.sqrt(covary(decode, decode))]
    for (const mean of [meanOf(prefill), meanOf(decode)]) expect(mean).toBeCloseTo(1, 2)
    for (const sd of [sdOfPrefill, sdOfDecode]) expect(sd).toBeCloseTo(0.1, 2)
    expect(covary(prefill, decode) / (sdOfPrefill * sdOfDecode)).toBeCloseTo(0.5, 1)
  })

  it('keeps the factors of a start as long as it lives, and those of a run until nobody asks for the pause', () => {
    const start = createFactors({ ...NONE, startSpread: 0.1 })
    const run = createFactors({ ...NONE, runSpread: 0.1 })
    const [ofStart, ofRun] = [start.at(0), run.at(0)]
    for (const spread of [start, run]) spread.noteRequest(59_999, 0)
    expect(run.at(59_999)).toEqual(ofRun)
    for (const spread of [start, run]) spread.noteRequest(500_000, null)
    expect(run.at(500_000)).toEqual(ofRun)
    for (const spread of [start, run]) spread.noteRequest(560_000, 500_000)
    expect(run.at(560_000)).not.toEqual(ofRun)
    expect(start.at(560_000)).toEqual(ofStart)
  })

  it('repeats starts and runs for a seed, and gives all simulators of one seed the same hours', () => {
    const of = (runSeed: string, seed: string) =>
      createFactors({ ...NONE, startSpread: 0.1, runSpread: 0.1, runSeed, seed }).at(0)
    expect(of('monday', 'a')).toEqual(of('monday', 'b'))
    expect(of('monday', 'a')).not.toEqual(of('tuesday', 'a'))
    const hour = (runSeed: string, seed: string, epochMs: number) =>
      createFactors({ ...NONE, hourSpread: 0.1, runSeed, seed, epochMs }).at(0)
    expect(hour('monday', 'a', 0)).toEqual(hour('tuesday', 'a', HOUR - 1))
    expect(hour('monday', 'a', 0)).not.toEqual(hour('monday', 'a', HOUR))
    expect(hour('monday', 'a', 0)).not.toEqual(hour('monday', 'b', 0))
  })

  it('is on overhead, prefill and decoding alike, and begins a run anew where the engine was idle', () => {
    const model = { overheadMs: 5, prefillMsPerToken: 1, decodeMs: 8, decodeMsPerSequence: 1, runSeed: 'this start' }
    const engine = createEngine({ ...model, runSpread: 0.1, hourSpread: 0.1, seed: 'this machine' })
    const timesOf = (id: number, at: number): number[] => {
      engine.submit(id, { inputTokens: 10, outputTokens: 2, at })
      return engine.advanceTo(at + 1000).map((event) => event.at - at)
    }
    const { prefill, decode } = createFactors({ ...NONE, runSpread: 0.1, hourSpread: 0.1 }).at(0)
    const first = timesOf(1, 0)
    expect(first[0]).toBeCloseTo(15 * prefill, 9)
    expect(first[1]).toBeCloseTo(15 * prefill + 9 * decode, 9)
    expect(timesOf(2, 30_000)[1]).toBeCloseTo(first[1]!, 9)
    expect(timesOf(3, 120_000)[1]).not.toBeCloseTo(first[1]!, 2)
  })

  it('is that of a server in virtual time, too', async () => {
    const { engine } = serverOf(['--jitter', '0%', '--run-spread', '5%', '--run-pause', '10s', '--run-seed', 'a'])
    const { transport, clock, run } = createVirtualEndpoint(engine)
    const { signal } = new AbortController()
    const ask = async (pauseMs: number): Promise<number> => {
      await clock.sleep(pauseMs)
      return (await transport.send(0, { prompts: ['a prompt'], outputTokens: 4, nonce: '' }, signal)).tpotMs!
    }
    const [first, soon, later] = await run((async () => [await ask(0), await ask(9000), await ask(11_000)] as const)())
    expect(soon).toBeCloseTo(first, 9)
    expect(later).not.toBeCloseTo(first, 2)
  })
})
