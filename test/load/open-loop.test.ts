import { describe, expect, it } from 'vitest'
import { measureLevel } from '../../src/load/level.ts'
import type { LevelPorts } from '../../src/load/level.ts'
import type { LevelSpec } from '../../src/load/level/board.ts'
import { isQueueGrowing } from '../../src/load/level/overload.ts'
import { listArrivals } from '../../src/plan/arrivals.ts'
import type { DrawnSchedule, OpenBounds } from '../../src/plan/arrivals.ts'
import { createLevelWorkload } from '../../src/plan/workload.ts'
import { ENGINE_DEFAULTS } from '../../src/simulator/engine/engine.ts'
import { findOpenState } from '../support/closed-form.ts'
import type { RequestRecord } from '../../src/vocabulary/request-facts.ts'
import { listFacts } from '../support/builders.ts'
import { createVirtualEndpoint } from '../support/virtual-endpoint.ts'
import { aLevelSpec, aWorkload, portsOf, scriptedEndpoint, SCRIPTED_WORKLOAD } from './scripted-endpoint.ts'
import type { ScriptedEndpoint } from './scripted-endpoint.ts'

type OpenLoad = DrawnSchedule & OpenBounds

function anOpenLoad(open: Partial<OpenLoad> = {}): OpenLoad {
  const usual = { ratePerSecond: 50, arrivals: { kind: 'poisson' }, maxInFlight: 1000, usuallyInFlight: 1 } as const
  return { ...usual, seed: 'a seed', ...open }
}

/** Serves one request after another, each for so long; nobody is served from `from` on for as long as it stops. */
function queueingEndpoint(serviceMs: number, stop = { from: Infinity, ms: 0 }): ScriptedEndpoint {
  let freeAt = 0
  return scriptedEndpoint(({ startAt }) => {
    const at = Math.max(freeAt, startAt)
    const begins = at + serviceMs > stop.from && at < stop.from + stop.ms ? Math.max(at, stop.from + stop.ms) : at
    freeAt = begins + serviceMs
    return { latencyMs: freeAt - startAt }
  })
}

async function measure(
  endpoint: Pick<ScriptedEndpoint, 'transport' | 'clock' | 'run'>,
  spec: Partial<LevelSpec>,
  ports: Partial<LevelPorts> = {},
) {
  const whole = aLevelSpec(spec)
  const run = await endpoint.run(measureLevel(whole, portsOf(endpoint, { concurrency: 1 }, ports)))
  return { ...run, records: Array.from(run.records, listFacts) }
}

function ofRate(open: OpenLoad): Partial<LevelSpec> {
  return { concurrency: open.ratePerSecond, open }
}

function counted({ records }: { readonly records: readonly RequestRecord[] }): RequestRecord[] {
  return records.filter(({ phase }) => phase === 'counted')
}

function quantile(values: readonly number[], p: number): number {
  return [...values].sort((a, b) => a - b)[Math.ceil(p * values.length) - 1]!
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

describe('a level of a rate', () => {
  it('sends each request when it is due, whatever became of those before', async () => {
    const open = anOpenLoad({ ratePerSecond: 20 })
    const endpoint = scriptedEndpoint(({ number }) => ({ latencyMs: number % 7 === 0 ? 900 : 30 }))
    await measure(endpoint, ofRate(open))
    const due = listArrivals(open).take(endpoint.calls.length).toArray()
    expect(endpoint.calls.map(({ startAt }) => startAt)).toEqual(due.map(({ atMs }) => expect.closeTo(atMs, 6)))
  })

  it('counts the requests that were due in its window', async () => {
    const open = anOpenLoad({ arrivals: { kind: 'constant' } })
    const run = await measure(queueingEndpoint(5), ofRate(open))
    expect(run.window!.endMs - run.window!.startMs).toBe(10_000)
    expect(counted(run)).toHaveLength(500)
    expect(run.stopped).toBeNull()
  })

  it('opens its window when as many have ended as are usually under way', async () => {
    const open = anOpenLoad({ arrivals: { kind: 'constant' }, usuallyInFlight: 5 })
    const run = await measure(queueingEndpoint(5), ofRate(open))
    expect(run.window!.startMs).toBeCloseTo(5 * 20 + 5, 6)
  })

  it('is the same load from several threads as from one', async () => {
    const workload = createLevelWorkload(SCRIPTED_WORKLOAD, { concurrency: 50, pass: 1, open: {} })
    const again = createLevelWorkload(SCRIPTED_WORKLOAD, { concurrency: 50, pass: 1, open: {} })
    const inOrder = [0, 1, 2, 3].map((number) => workload.next(number, null))
    expect([3, 1, 2, 0].map((number) => again.next(number, null))).toEqual([3, 1, 2, 0].map((i) => inOrder[i]))
    expect(new Set(inOrder.map(({ prompts }) => prompts[0])).size).toBe(4)
  })

  it('meets the queue of the kind M/D/1 that one slot is', async () => {
    const model = { slots: 1, overheadMs: 0, prefillMsPerToken: 1, decodeMs: 0.5, decodeMsPerSequence: 0.5 }
    const endpoint = createVirtualEndpoint(model)
    const state = findOpenState({ ...ENGINE_DEFAULTS, ...model }, { inputTokens: 1, outputTokens: 10 }, 60)
    expect(state.load).toBeCloseTo(0.6)
    const run = await measure(
      endpoint,
      { ...ofRate(anOpenLoad({ ratePerSecond: 60 })), durationMs: 60_000 },
      { workload: aWorkload(1, 10) },
    )
    const latencies = counted(run).map(({ lastTokenMs }) => lastTokenMs!)
    expect(average(latencies) / state.latencyMs).toBeGreaterThan(0.95)
    expect(average(latencies) / state.latencyMs).toBeLessThan(1.05)
  })
})

describe('the time of a request', () => {
  const STOP = { from: 10_000, ms: 2_000 }

  /** What a queue that forgets nobody makes of the same moments. */
  function trueLatencies(open: OpenLoad, window: { readonly startMs: number; readonly endMs: number }): number[] {
    let freeAt = 0
    const latencies: number[] = []
    for (const { atMs } of listArrivals(open)) {
      if (atMs >= window.endMs) return latencies
      const at = Math.max(freeAt, atMs)
      freeAt = (at + 10 > STOP.from && at < STOP.from + STOP.ms ? STOP.from + STOP.ms : at) + 10
      if (atMs >= window.startMs) latencies.push(freeAt - atMs)
    }
    return latencies
  }

  it('counts from when it was due: of a server that stops for two seconds the p99 is right within 2 %, where a closed loop says a tenth', async () => {
    const p99 = async (spec: Partial<LevelSpec>) => {
      const run = await measure(queueingEndpoint(10, STOP), { ...spec, durationMs: 20_000 })
      const whole = counted(run).map(({ endMs }) => endMs)
      return { p99: quantile(whole, 0.99), window: run.window! }
    }
    const unbound = await p99(ofRate(anOpenLoad()))
    const truth = quantile(trueLatencies(anOpenLoad(), unbound.window), 0.99)
    expect(truth).toBeGreaterThan(1_000)
    expect(unbound.p99 / truth).toBeGreaterThan(0.98)
    expect(unbound.p99 / truth).toBeLessThan(1.02)
    // Waiting in this client is no less waiting.
    const bound = await p99(ofRate(anOpenLoad({ maxInFlight: 4 })))
    expect(bound.p99 / quantile(trueLatencies(anOpenLoad(), bound.window), 0.99)).toBeCloseTo(1, 2)
    expect((await p99({ concurrency: 1 })).p99).toBeLessThan(truth / 10)
  })

  it('says of each request by how much it was sent late', async () => {
    const open = anOpenLoad({ arrivals: { kind: 'constant' }, maxInFlight: 1 })
    const run = await measure(queueingEndpoint(10, STOP), { ...ofRate(open), durationMs: 20_000 })
    expect(
      quantile(
        counted(run).map(({ queueMs }) => queueMs),
        0.5,
      ),
    ).toBe(0)
    expect(run.client.queueP99Ms).toBeGreaterThan(1_000)
    expect(run.open!.waited).toBeGreaterThan(100)
  })
})

describe('a ceiling of requests in flight', () => {
  it('is never passed, and what waited for it is counted', async () => {
    const run = await measure(
      scriptedEndpoint(() => ({ latencyMs: 78 })),
      ofRate(anOpenLoad({ maxInFlight: 5 })),
    )
    expect(run.open).toMatchObject({ maxInFlight: 5, peakInFlight: 5, dropped: 0 })
    expect(run.open!.waited).toBeGreaterThan(50)
    expect(run.open!.waited).toBeLessThan(counted(run).length)
  })
})

describe('a queue without an end', () => {
  it('ends the level when its window ends: it is overloaded, and what was never sent is counted', async () => {
    const run = await measure(queueingEndpoint(40), ofRate(anOpenLoad({ maxInFlight: 20 })))
    expect(run.stopped).toBe('overloaded')
    expect(run.open!.dropped).toBeGreaterThan(100)
  })

  it('is told from one that a stop of the server made, and that is over', async () => {
    const run = await measure(queueingEndpoint(10, { from: 3_000, ms: 1_000 }), ofRate(anOpenLoad()))
    expect(run.stopped).toBeNull()
  })

  it('is one that grows by more than chance, and by more than a twentieth of what came', () => {
    expect(isQueueGrowing({ before: 0, after: 21, arrivals: 400 })).toBe(true)
    expect(isQueueGrowing({ before: 0, after: 20, arrivals: 400 })).toBe(false)
    expect(isQueueGrowing({ before: 99, after: 143, arrivals: 400 })).toBe(false)
    expect(isQueueGrowing({ before: 99, after: 144, arrivals: 400 })).toBe(true)
    // A few in flight come and go, and a window may open while none is.
    expect(isQueueGrowing({ before: 0, after: 8, arrivals: 90 })).toBe(false)
    // More came than the rate brings on average, and the server ended as many as that.
    expect(isQueueGrowing({ before: 2, after: 40, arrivals: 430, expected: 400 })).toBe(false)
    expect(isQueueGrowing({ before: 2, after: 60, arrivals: 430, expected: 400 })).toBe(true)
    // Fewer came: the queue still has to grow.
    expect(isQueueGrowing({ before: 2, after: 14, arrivals: 340, expected: 400 })).toBe(false)
    // A burst after idle time: it ended 155 of the 168 that come on average, and more than come while the queue was longer.
    const burst = { before: 0, after: 17, arrivals: 172, expected: 168 }
    expect(isQueueGrowing(burst)).toBe(true)
    expect(isQueueGrowing({ ...burst, longer: { before: 0, after: 17, arrivals: 76, expected: 56 } })).toBe(false)
    expect(isQueueGrowing({ ...burst, longer: { before: 0, after: 17, arrivals: 170, expected: 165 } })).toBe(true)
  })

  it('is given up before the window where ten thousand wait', async () => {
    const open = anOpenLoad({ ratePerSecond: 5_000, maxInFlight: 1, arrivals: { kind: 'constant' } })
    const run = await measure(
      scriptedEndpoint(() => ({ latencyMs: 1e6 })),
      ofRate(open),
    )
    expect(run).toMatchObject({ stopped: 'overloaded', window: null })
  })
})
