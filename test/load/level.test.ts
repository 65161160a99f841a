import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { EndpointError } from '../../src/errors.ts'
import { createBudget } from '../../src/load/budget.ts'
import { measureLevel } from '../../src/load/level.ts'
import type { LevelPorts } from '../../src/load/level.ts'
import type { LevelSpec } from '../../src/load/level/board.ts'
import type { LevelRun } from '../../src/metrics/level/level-run.ts'
import type { RequestRecord } from '../../src/vocabulary/request-facts.ts'
import { seedRandom } from '../../src/random.ts'
import { listFacts } from '../support/builders.ts'
import { createVirtualEndpoint } from '../support/virtual-endpoint.ts'
import { aLevelSpec, aWorkload, portsOf, scriptedEndpoint } from './scripted-endpoint.ts'
import type { Call, ScriptedEndpoint } from './scripted-endpoint.ts'

/** 100 ms a token: a full answer takes a second. */
function steadyEndpoint(): ScriptedEndpoint {
  return scriptedEndpoint(({ spec }) => ({ latencyMs: 100 * spec.outputTokens }))
}

/** A measured level with its records as a list. */
type Measured = Omit<LevelRun, 'records'> & { readonly records: readonly RequestRecord[] }

async function measure(
  endpoint: ScriptedEndpoint,
  spec: LevelSpec = aLevelSpec(),
  ports: Partial<LevelPorts> = {},
): Promise<Measured> {
  const run = await endpoint.run(measureLevel(spec, portsOf(endpoint, spec, ports)))
  return { ...run, records: Array.from(run.records, listFacts) }
}

function phase({ records }: Measured, name: RequestRecord['phase']): RequestRecord[] {
  return records.filter((record) => record.phase === name)
}

function endOf(record: RequestRecord): number {
  return record.startMs + record.endMs
}

function callsOf(endpoint: ScriptedEndpoint, worker: number): Call[] {
  return endpoint.calls.filter((call) => call.worker === worker)
}

/** What arrived inside the window, by the endpoint's own account. */
function tokensInside(calls: readonly Call[], { startMs, endMs }: { startMs: number; endMs: number }): number {
  return calls.flatMap(({ tokenAt }) => tokenAt).filter((at) => startMs <= at && at < endMs).length
}

describe('the warm-up', () => {
  it('lets each worker enter with its own share of a full answer, once', async () => {
    const endpoint = steadyEndpoint()
    const workload = { ...aWorkload(4, 100), spread: [0.625, 0.125, 0.875, 0.375] }
    await measure(endpoint, aLevelSpec({ concurrency: 4, warmupRequests: 2 }), { workload })
    const asked = [0, 1, 2, 3].map((worker) => callsOf(endpoint, worker).map(({ spec }) => spec.outputTokens))
    expect(asked.map(([first]) => first)).toEqual([63, 13, 88, 38])
    for (const [, ...further] of asked) expect(new Set(further)).toEqual(new Set([100]))
  })

  it('lasts until the last worker has entered, and no shortened answer counts', async () => {
    const endpoint = scriptedEndpoint(() => ({ latencyMs: 1_000, firstTokenMs: 400 }))
    const run = await measure(endpoint, aLevelSpec({ concurrency: 4 }), { workload: aWorkload(4, 100) })
    const entered = [0, 1, 2, 3].map((worker) => callsOf(endpoint, worker)[0]!.startAt)
    expect(Math.max(...entered)).toBeGreaterThan(1_000)
    expect(run.window!.startMs).toBe(Math.max(...entered) + 400)
    expect(new Set(phase(run, 'warmup').map(({ worker }) => worker))).toEqual(new Set([0, 1, 2, 3]))
  })

  it('of short answers begins for all at once, and lasts until half of them have warmed up', async () => {
    const endpoint = scriptedEndpoint(({ spec }) => ({ latencyMs: 100 * spec.outputTokens, firstTokenMs: 90 }))
    const workload = { ...aWorkload(4, 80), spread: [0.625, 0.125, 0.875, 0.375] }
    const run = await measure(endpoint, aLevelSpec({ concurrency: 4 }), { workload })
    expect([0, 1, 2, 3].map((worker) => callsOf(endpoint, worker)[0]!.startAt)).toEqual([0, 0, 0, 0])
    expect(run.window!.startMs).toBe(5_000)
  })

  it('lets all in after one answer that shows no first token before its end, and lasts until half of them have warmed up', async () => {
    const endpoint = scriptedEndpoint(({ spec }) => ({ latencyMs: 100 * spec.outputTokens, firstTokenMs: null }))
    const workload = { ...aWorkload(4, 100), spread: [0.625, 0.125, 0.875, 0.375] }
    const run = await measure(endpoint, aLevelSpec({ concurrency: 4 }), { workload })
    expect([1, 2, 3].map((worker) => callsOf(endpoint, worker)[0]!.startAt)).toEqual([6_300, 6_300, 6_300])
    // Worker 0 has warmed up; worker 1 is the second, worker 3 the third.
    expect(run.window!.startMs).toBe(6_300 + 3_800)
  })

  it.each([
    ['http_429', 'rate-limited'],
    ['timeout_first_byte', 'failing'],
  ] as const)('lets all in after one %s, and ends where all are so', async (failure, stopped) => {
    const endpoint = scriptedEndpoint(() => ({ latencyMs: 1_000, firstTokenMs: null, failure }))
    const run = await measure(endpoint, aLevelSpec({ concurrency: 20 }))
    expect(run.stopped).toBe(stopped)
    expect(new Set(endpoint.calls.map(({ startAt }) => startAt < 2_000))).toEqual(new Set([true]))
  })

  it('spreads the workers over their answers, so that they do not end in waves', async () => {
    const endpoint = steadyEndpoint()
    await measure(endpoint, aLevelSpec({ concurrency: 4 }), { workload: aWorkload(4, 100) })
    const starts = [0, 1, 2, 3].map((worker) => callsOf(endpoint, worker)[1]!.startAt)
    expect(starts).toEqual([1_300, 3_800, 6_300, 8_800])
  })

  it('lasts until one worker more than an eighth of them has finished its own', async () => {
    const endpoint = scriptedEndpoint(({ worker, number }) => ({ latencyMs: worker > 1 && number < 16 ? 7_000 : 400 }))
    const run = await measure(endpoint, aLevelSpec({ concurrency: 16 }), { workload: aWorkload(16, 100) })
    expect(run.window).toEqual({ startMs: 7_000, endMs: 17_000 })
    const early = [...run.records].filter(({ startMs }) => startMs < 7_000)
    expect(early.length).toBeGreaterThan(20)
    expect(new Set(early.map((record) => record.phase))).toEqual(new Set(['warmup']))
    expect(Math.min(...phase(run, 'counted').map(({ startMs }) => startMs))).toBe(7_000)
  })

  it('need not be over for the other workers', async () => {
    const workload = { ...aWorkload(4, 100), spread: [0.625, 0.125, 0.875, 0.375] }
    const run = await measure(steadyEndpoint(), aLevelSpec({ concurrency: 4 }), { workload })
    expect(run.window!.startMs).toBe(1_300)
    const longest = phase(run, 'warmup').find(({ worker }) => worker === 2)!
    expect(longest.endMs).toBe(8_800)
    // What it still answers in the window is throughput.
    expect(longest.windowTokens).toBeGreaterThan(20)
  })

  it('has as many requests a worker as asked for', async () => {
    const endpoint = steadyEndpoint()
    const run = await measure(endpoint, aLevelSpec({ concurrency: 1, warmupRequests: 3 }))
    expect(phase(run, 'warmup').map(({ requestedTokens }) => requestedTokens)).toEqual([5, 10, 10])
    expect(run.window!.startMs).toBe(2_500)
  })

  it('can be left out', async () => {
    const run = await measure(steadyEndpoint(), aLevelSpec({ concurrency: 1, warmupRequests: 0 }))
    expect(run.window!.startMs).toBe(0)
    expect(phase(run, 'warmup')).toEqual([])
    expect(run.records[0]).toMatchObject({ phase: 'counted', requestedTokens: 10 })
  })
})

describe('the window', () => {
  it('counts what starts inside it', async () => {
    const run = await measure(steadyEndpoint(), aLevelSpec({ concurrency: 1 }))
    expect(run.window).toEqual({ startMs: 500, endMs: 10_500 })
    expect(phase(run, 'counted').map(({ startMs }) => startMs)).toEqual(
      Array.from({ length: 10 }, (_, i) => 500 + 1_000 * i),
    )
    expect(run).toMatchObject({ concurrency: 1, pass: 1, stopped: null, inFlight: 1 })
  })

  it('has a counted request of each worker even where one request outlasts it', async () => {
    const endpoint = scriptedEndpoint(() => ({ latencyMs: 30_000 }))
    const run = await measure(endpoint, aLevelSpec({ concurrency: 8, durationMs: 1_000 }))
    expect(new Set(phase(run, 'counted').map(({ worker }) => worker)).size).toBe(8)
    expect(run.stopped).toBeNull()
  })

  it('stays open until the level has the requests it needs', async () => {
    const run = await measure(steadyEndpoint(), aLevelSpec({ durationMs: 1_000, minRequests: 25 }))
    expect(phase(run, 'counted')).toHaveLength(25)
    expect(run.window!.endMs - run.window!.startMs).toBe(12_000)
  })

  it('ends with exactly as many requests as are asked for', async () => {
    const run = await measure(steadyEndpoint(), aLevelSpec({ concurrency: 1, maxRequests: 7 }))
    expect(phase(run, 'counted')).toHaveLength(7)
    expect(run.window).toEqual({ startMs: 500, endMs: 7_500 })
    const many = await measure(steadyEndpoint(), aLevelSpec({ concurrency: 8, maxRequests: 30 }))
    expect(phase(many, 'counted')).toHaveLength(30)
  })

  it('has a counted request of each worker even where fewer are asked for', async () => {
    const run = await measure(steadyEndpoint(), aLevelSpec({ concurrency: 8, maxRequests: 3 }))
    expect(new Set(phase(run, 'counted').map(({ worker }) => worker)).size).toBe(8)
    expect(phase(run, 'counted')).toHaveLength(8)
  })

  it('is the only time at which the client’s health is watched', async () => {
    const endpoint = steadyEndpoint()
    const seen: string[] = []
    const health = {
      start: () => void seen.push(`start at ${endpoint.clock.now()}`),
      read() {
        seen.push(`read at ${endpoint.clock.now()}`)
        return { eventLoopUtilization: 0.4, delayP90Ms: 0.2, delayP99Ms: 0.3 }
      },
      stallAt: (atMs: number) => (atMs < 3_000 ? 0 : 370),
      stop: () => void seen.push('stop'),
    }
    const run = await measure(endpoint, aLevelSpec({ concurrency: 1 }), { health })
    expect(seen).toEqual(['start at 500', 'read at 10500', 'stop'])
    const stalled = [...run.records].map(({ startMs, ttftMs, stallMs }) => [startMs + ttftMs! >= 3_000, stallMs > 0])
    for (const [isLate, isStalled] of stalled) expect(isStalled).toBe(isLate)
    expect(new Set(stalled.map(String)).size).toBe(2)
    for (const { startMs, endMs, endStallMs } of run.records) expect(endStallMs).toBe(startMs + endMs < 3_000 ? 0 : 370)
    expect(run.client).toEqual({ eventLoopUtilization: 0.4, delayP90Ms: 0.2, delayP99Ms: 0.3, queueP99Ms: 0 })
  })
})

describe('the time that requests wait in the client', () => {
  it('is that of counted requests: the first ones of a process wait while its code is cold', async () => {
    const endpoint = scriptedEndpoint(({ startAt }) => ({ latencyMs: 100, queueMs: startAt < 5_000 ? 40 : 1 }))
    const run = await measure(endpoint, aLevelSpec({ concurrency: 1, warmupRequests: 50 }))
    expect(phase(run, 'warmup').map(({ queueMs }) => queueMs)).toEqual(Array.from({ length: 50 }, () => 40))
    expect(run.client.queueP99Ms).toBe(1)
  })

  it('is told by its p99: one request in a hundred may wait longer', async () => {
    const late = (counted: number) =>
      scriptedEndpoint(({ number }) => ({ latencyMs: 100, queueMs: number < 1 + counted ? 7 : 0 }))
    expect((await measure(late(1), aLevelSpec({ concurrency: 1 }))).client.queueP99Ms).toBe(0)
    expect((await measure(late(2), aLevelSpec({ concurrency: 1 }))).client.queueP99Ms).toBe(7)
  })
})

describe('the load', () => {
  it('is kept on until the last counted request has ended, then what is in flight is cancelled', async () => {
    // One worker is slow: the others must go on while its counted request, sent just before the end, is answered.
    const endpoint = scriptedEndpoint(({ worker }) => ({ latencyMs: worker === 0 ? 9_900 : 700 }))
    const run = await measure(endpoint, aLevelSpec({ concurrency: 3 }))
    const last = Math.max(...phase(run, 'counted').map(endOf))
    const tail = phase(run, 'tail')
    expect(last).toBeGreaterThan(run.window!.endMs + 5_000)
    expect(tail.length).toBeGreaterThan(10)
    for (const { startMs } of tail) expect(startMs).toBeGreaterThanOrEqual(run.window!.endMs)
    for (const worker of [1, 2]) {
      const calls = callsOf(endpoint, worker)
      for (const [i, call] of calls.entries()) if (i > 0) expect(call.startAt).toBe(calls[i - 1]!.endAt)
      expect(calls.at(-1)).toMatchObject({ endAt: last, cancelled: true })
    }
    expect(endpoint.clock.now()).toBe(last)
    const cancelled = endpoint.calls.filter((call) => call.cancelled)
    expect(run.records).toHaveLength(endpoint.calls.length - cancelled.length)
  })

  it('ends with the last counted request where a worker still owes its next one', async () => {
    const endpoint = scriptedEndpoint(({ number }) =>
      number === 9 ? { latencyMs: 0, failure: 'http_500', status: 500 } : { latencyMs: 1_000 },
    )
    const run = await measure(endpoint, aLevelSpec({ concurrency: 1, durationMs: 8_020 }))
    expect(run.window!.endMs).toBe(9_020)
    expect(phase(run, 'tail')).toEqual([])
    expect(endpoint.clock.now()).toBe(9_050)
  })

  it('ends at once with a last counted request that failed', async () => {
    const endpoint = scriptedEndpoint(({ number }) =>
      number === 8 ? { latencyMs: 3_000, failure: 'timeout_total' } : { latencyMs: 1_000 },
    )
    const run = await measure(endpoint, aLevelSpec({ concurrency: 1, durationMs: 8_000 }))
    expect(phase(run, 'counted').at(-1)).toMatchObject({ failure: 'timeout_total', startMs: 8_000 })
    expect(endpoint.clock.now()).toBe(11_000)
  })

  it('says how many connections were opened for how many requests', async () => {
    const endpoint = scriptedEndpoint(({ number }) => ({ latencyMs: 1_000, ...(number < 2 ? { connectMs: 5 } : {}) }))
    const run = await measure(endpoint)
    expect(run.connections).toEqual({ opened: 2, requests: endpoint.calls.length })
  })

  it('gives gaps between chunks of counted requests only', async () => {
    const run = await measure(steadyEndpoint(), aLevelSpec({ concurrency: 1 }))
    expect(run.interChunk.count).toBe(10 * 9)
    expect(Math.abs(run.interChunk.quantile(0.5)! / (1_000 / 11) - 1)).toBeLessThan(0.01)
  })
})

describe('output tokens', () => {
  it('of whole requests are all inside a window that a number of requests has ended', async () => {
    const run = await measure(steadyEndpoint(), aLevelSpec({ concurrency: 1, maxRequests: 7 }))
    expect(run.records.map(({ windowTokens }) => windowTokens)).toEqual([0, ...Array.from({ length: 7 }, () => 10)])
  })

  it('count by the time of their events, those of straddling requests too', async () => {
    const endpoint = scriptedEndpoint(({ worker, spec }) => ({
      latencyMs: (worker === 2 ? 530 : 270) * spec.outputTokens,
    }))
    const run = await measure(endpoint, aLevelSpec({ concurrency: 3 }))
    const { startMs, endMs } = run.window!
    const straddling = (edge: number) => run.records.filter((record) => record.startMs < edge && endOf(record) > edge)
    expect(straddling(startMs)).toHaveLength(2)
    expect(straddling(endMs)).toHaveLength(3)
    for (const edge of [startMs, endMs]) {
      expect(straddling(edge).some(({ windowTokens }) => windowTokens > 0 && windowTokens < 10)).toBe(true)
    }
    const counted = run.records.reduce((sum, record) => sum + record.windowTokens, 0)
    expect(counted).toBe(tokensInside(endpoint.calls, { startMs, endMs }))
  })

  it('of a request that is cancelled are its events at what an event carried elsewhere', async () => {
    // Worker 0 is still at its second warm-up request when the budget ends the window.
    const endpoint = scriptedEndpoint(({ worker, number, spec }) =>
      worker === 0 && number >= 2
        ? { latencyMs: 60_000, events: 60, tokensPerEvent: 2 }
        : { latencyMs: 100 * spec.outputTokens, events: spec.outputTokens / 2, tokensPerEvent: 2 },
    )
    const budget = createBudget({ maxDurationMs: 4_000, maxRequests: null, maxOutputTokens: null }, endpoint.clock)
    const workload = { ...aWorkload(2), spread: [0.2, 1] }
    const run = await measure(endpoint, aLevelSpec(), { workload, budget })
    expect(run.window).toEqual({ startMs: 1_000, endMs: 4_000 })
    // Sent at 200, an event nearly every second: the first three at about 1 200, 2 200 and 3 200.
    expect(run.cancelledWindowTokens).toBe(3 * 2)
    const counted = run.records.reduce((sum, record) => sum + record.windowTokens, 0)
    expect(counted + run.cancelledWindowTokens).toBe(2 * tokensInside(endpoint.calls, run.window!))
  })
})

describe('a rate limit', () => {
  it('above 1 % stops the level at once', async () => {
    const endpoint = scriptedEndpoint(({ number }) =>
      number >= 40 ? { latencyMs: 5, failure: 'http_429', status: 429 } : { latencyMs: 1_000 + number },
    )
    const run = await measure(endpoint, aLevelSpec({ durationMs: 600_000, concurrency: 4 }))
    expect(run.stopped).toBe('rate-limited')
    expect([...run.records].filter(({ failure }) => failure === 'http_429')).toHaveLength(3)
    expect(endpoint.clock.now()).toBeLessThan(11_000)
    expect(endpoint.calls.filter(({ cancelled }) => cancelled).length).toBeGreaterThan(0)
  })

  it('that refuses one of very many does not', async () => {
    const endpoint = scriptedEndpoint(({ number }) =>
      number % 150 === 149 ? { latencyMs: 5, failure: 'http_429', status: 429 } : { latencyMs: 50 },
    )
    const run = await measure(endpoint, aLevelSpec({ durationMs: 60_000 }))
    expect([...run.records].filter(({ failure }) => failure !== null).length).toBeGreaterThan(10)
    expect(run.stopped).toBeNull()
  })

  it('in the warm-up stops it before there is a window', async () => {
    const endpoint = scriptedEndpoint(() => ({ latencyMs: 5, failure: 'http_429', status: 429 }))
    const run = await measure(endpoint, aLevelSpec({ concurrency: 1, warmupRequests: 5 }))
    expect(run).toMatchObject({ stopped: 'rate-limited', window: null, inFlight: 0 })
    expect(run.records).toHaveLength(3)
  })
})

describe('a failing server', () => {
  it('is given up after ten failures that are more than half of all', async () => {
    const endpoint = scriptedEndpoint(() => ({ latencyMs: 0, failure: 'http_503', status: 503 }))
    const run = await measure(endpoint, aLevelSpec({ concurrency: 1 }))
    expect(run).toMatchObject({ stopped: 'failing', failureWords: { http_503: 'as the script says' } })
    expect(run.records).toHaveLength(10)
  })

  it('is asked ever more rarely, up to every two seconds', async () => {
    const endpoint = scriptedEndpoint(() => ({ latencyMs: 0, failure: 'connect' }))
    await measure(endpoint, aLevelSpec({ concurrency: 1 }))
    const pauses = endpoint.calls.slice(1).map(({ startAt }, i) => startAt - endpoint.calls[i]!.startAt)
    expect(pauses).toEqual([50, 100, 200, 400, 800, 1_600, 2_000, 2_000, 2_000])
  })

  it('that recovers is asked at full speed again', async () => {
    const endpoint = scriptedEndpoint(({ number }) =>
      number === 3 || number === 6 ? { latencyMs: 0, failure: 'http_500', status: 500 } : { latencyMs: 1_000 },
    )
    const run = await measure(endpoint, aLevelSpec({ concurrency: 1 }))
    const pauses = endpoint.calls.slice(1).map(({ startAt }, i) => startAt - endpoint.calls[i]!.endAt)
    expect(pauses).toEqual(pauses.map((_, i) => (i === 3 || i === 6 ? 50 : 0)))
    expect(run.stopped).toBeNull()
    expect(run.inFlight).toBeCloseTo(0.99, 9)
    expect(phase(run, 'counted').filter(({ outcome }) => outcome === 'failed')).toHaveLength(2)
  })

  it('that fails less than half the time is measured to the end', async () => {
    const endpoint = scriptedEndpoint(({ number }) =>
      number % 3 === 1 ? { latencyMs: 10, failure: 'http_500', status: 500 } : { latencyMs: 100 },
    )
    const run = await measure(endpoint)
    expect(run.stopped).toBeNull()
    expect(run.window).not.toBeNull()
  })
})

describe('an endpoint that will never answer', () => {
  it.each([401, 403, 404])('with %i ends the run with what to do about it', async (status) => {
    const endpoint = scriptedEndpoint(({ number }) =>
      number === 5 ? { latencyMs: 5, failure: `http_${status}`, status } : { latencyMs: 1_000 },
    )
    const error = await measure(endpoint).catch((error: unknown) => error)
    expect(error).toBeInstanceOf(EndpointError)
    expect((error as EndpointError).message).toContain(String(status))
    expect((error as EndpointError).message).toContain('http://127.0.0.1:8000/v1/chat/completions')
    expect(endpoint.calls.length).toBeLessThan(8)
    expect(endpoint.calls.filter(({ endAt }) => Number.isNaN(endAt))).toEqual([])
  })

  it('because it redirects says where to, without the query', async () => {
    const endpoint = scriptedEndpoint(() => ({
      latencyMs: 5,
      failure: 'http_307',
      status: 307,
      location: 'https://elsewhere.example/login?token=secret',
    }))
    const error = await measure(endpoint).catch((error: unknown) => error)
    expect(error).toBeInstanceOf(EndpointError)
    expect((error as EndpointError).message).toContain('https://elsewhere.example/login')
    expect((error as EndpointError).message).not.toContain('secret')
  })
})

describe('a token that is refused in the middle', () => {
  const refusal = { latencyMs: 5, failure: 'http_401', status: 401 } as const

  it('and has been replaced leaves out the requests that met it, and nothing else', async () => {
    const endpoint = scriptedEndpoint(({ number }) =>
      number >= 5 && number < 17 ? { ...refusal, renewed: true } : { latencyMs: 1_000 },
    )
    const run = await measure(endpoint)
    expect(run.stopped).toBeNull()
    expect(run.window).not.toBeNull()
    expect([...run.records].every(({ outcome }) => outcome === 'ok')).toBe(true)
    expect(run.requestsWithEndedToken).toBe(12)
  })

  it('and cannot be replaced ends the run with the reason, after what is in flight', async () => {
    const reason = new EndpointError('no token', { tried: 'POST', remedy: 'wait' })
    const endpoint = scriptedEndpoint(({ number }) =>
      number === 5 ? { latencyMs: 5, unproven: reason } : { latencyMs: 1_000 },
    )
    expect(await measure(endpoint).catch((error: unknown) => error)).toBe(reason)
    expect(endpoint.calls.length).toBeLessThan(8)
    expect(endpoint.calls.filter(({ endAt }) => Number.isNaN(endAt))).toEqual([])
  })
})

describe('a level that is cancelled', () => {
  it('stops at once and keeps the requests that had ended', async () => {
    const endpoint = steadyEndpoint()
    const controller = new AbortController()
    void endpoint.clock.sleep(3_210).then(() => controller.abort())
    const run = await measure(endpoint, aLevelSpec(), { signal: controller.signal })
    expect(endpoint.clock.now()).toBe(3_210)
    expect(run.stopped).toBe('cancelled')
    expect(run.records.length).toBe(endpoint.calls.filter(({ cancelled }) => !cancelled).length)
    expect(run.records.length).toBeGreaterThan(3)
  })

  it('before it began sends nothing', async () => {
    const endpoint = steadyEndpoint()
    const run = await measure(endpoint, aLevelSpec(), { signal: AbortSignal.abort() })
    expect(endpoint.calls).toEqual([])
    expect(run).toMatchObject({ stopped: 'cancelled', window: null, records: [] })
  })

  it('does not sit out the pause of a worker that failed', async () => {
    const endpoint = scriptedEndpoint(() => ({ latencyMs: 0, failure: 'connect' }))
    const controller = new AbortController()
    void endpoint.clock.sleep(4_000).then(() => controller.abort())
    await measure(endpoint, aLevelSpec({ concurrency: 1 }), { signal: controller.signal })
    expect(endpoint.clock.now()).toBe(4_000)
  })
})

describe('a budget that is used up', () => {
  const limits = { maxDurationMs: null, maxRequests: null, maxOutputTokens: null }

  it('ends the window early and keeps the counted requests', async () => {
    const endpoint = steadyEndpoint()
    const budget = createBudget({ ...limits, maxRequests: 10 }, endpoint.clock)
    const run = await measure(endpoint, aLevelSpec(), { budget })
    expect(run.stopped).toBe('budget')
    expect(run.window!.endMs - run.window!.startMs).toBeLessThan(5_000)
    expect(phase(run, 'counted').length).toBeGreaterThanOrEqual(6)
    expect(phase(run, 'counted').every(({ outcome }) => outcome === 'ok')).toBe(true)
  })

  it('waits for the counted requests that are under way', async () => {
    const endpoint = scriptedEndpoint(({ worker, number }) => ({ latencyMs: worker === 1 && number > 1 ? 9_000 : 400 }))
    const budget = createBudget({ ...limits, maxRequests: 8 }, endpoint.clock)
    const run = await measure(endpoint, aLevelSpec(), { budget })
    const slow = phase(run, 'counted').filter(({ worker }) => worker === 1)
    expect(slow.map(({ outcome, endMs }) => [outcome, endMs])).toEqual([['ok', 9_000]])
    expect(endpoint.calls).toHaveLength(8)
    expect(endpoint.calls.some(({ cancelled }) => cancelled)).toBe(false)
  })

  it('of time does so too, although the level lacks requests', async () => {
    const endpoint = steadyEndpoint()
    const budget = createBudget({ ...limits, maxDurationMs: 4_000 }, endpoint.clock)
    const run = await measure(endpoint, aLevelSpec({ minRequests: 1_000 }), { budget })
    expect(run.stopped).toBe('budget')
    expect(run.window!.endMs).toBe(4_300)
    expect(endpoint.clock.now()).toBeLessThan(5_500)
  })

  it('after the window took nothing away', async () => {
    const endpoint = steadyEndpoint()
    const budget = createBudget({ ...limits, maxDurationMs: 10_800 }, endpoint.clock)
    const run = await measure(endpoint, aLevelSpec(), { budget })
    expect(run.window!.endMs - run.window!.startMs).toBe(10_000)
    expect(run.stopped).toBeNull()
  })

  it('before the window leaves none', async () => {
    const endpoint = steadyEndpoint()
    const early = await measure(endpoint, aLevelSpec(), {
      budget: createBudget({ ...limits, maxRequests: 1 }, endpoint.clock),
    })
    expect(early).toMatchObject({ stopped: 'budget', window: null })
    expect(phase(early, 'counted')).toEqual([])
    const exact = createBudget({ ...limits, maxRequests: 1 }, endpoint.clock)
    const opening = await measure(endpoint, aLevelSpec({ concurrency: 1 }), { budget: exact })
    expect(opening).toMatchObject({ stopped: 'budget', window: null })
    expect(opening.records).toHaveLength(1)
  })
})

describe('whatever the endpoint does', () => {
  const anyTask = fc.record({
    concurrency: fc.integer({ min: 1, max: 6 }),
    durationMs: fc.integer({ min: 100, max: 5_000 }),
    minRequests: fc.integer({ min: 1, max: 20 }),
    maxRequests: fc.option(fc.integer({ min: 1, max: 20 })),
    warmupRequests: fc.integer({ min: 0, max: 2 }),
    seed: fc.string(),
  })

  it('the protocol holds', async () => {
    await fc.assert(
      fc.asyncProperty(anyTask, async ({ seed, ...asked }) => {
        const random = seedRandom(seed)
        const endpoint = scriptedEndpoint(() =>
          random() < 0.02
            ? { latencyMs: 500 * random(), failure: 'http_500', status: 500 }
            : { latencyMs: 50 + 4_000 * random() ** 3 },
        )
        const spec = aLevelSpec(asked)
        const run = await measure(endpoint, spec)
        if (run.stopped !== null) return
        const { startMs, endMs } = run.window!
        const counted = phase(run, 'counted')

        for (const record of run.records) {
          const expected = record.startMs < startMs ? 'warmup' : record.startMs < endMs ? 'counted' : 'tail'
          // Where edge and start coincide the order of turns decides.
          if (record.startMs !== startMs && record.startMs !== endMs) expect(record.phase).toBe(expected)
        }
        expect(new Set(counted.map(({ worker }) => worker)).size).toBe(spec.concurrency)
        if (spec.maxRequests === null) {
          expect(counted.length).toBeGreaterThanOrEqual(spec.minRequests)
          expect(endMs - startMs).toBeGreaterThanOrEqual(spec.durationMs - 1e-6)
        } else if (counted.length > spec.maxRequests) {
          const last = counted.toSorted((a, b) => a.startMs - b.startMs).at(-1)!
          expect(counted.filter(({ worker }) => worker === last.worker)).toEqual([last])
        }

        for (const worker of Array.from({ length: spec.concurrency }, (_, i) => i)) {
          const calls = callsOf(endpoint, worker)
          for (const [i, call] of calls.entries()) {
            if (i > 0) expect(call.startAt).toBeGreaterThanOrEqual(calls[i - 1]!.endAt)
          }
        }
        // A counted request is never cancelled, and nothing is sent once the last one has ended.
        const last = Math.max(...counted.map(endOf))
        const cancelled = endpoint.calls.filter((call) => call.cancelled)
        expect(cancelled.every(({ startAt }) => startAt <= startMs || startAt >= endMs)).toBe(true)
        expect(endpoint.clock.now()).toBeGreaterThanOrEqual(last)
        expect(run.records.length + cancelled.length).toBe(endpoint.calls.length)

        const tokens = run.records.reduce((sum, record) => sum + record.windowTokens, 0) + run.cancelledWindowTokens
        expect(tokens).toBeCloseTo(tokensInside(endpoint.calls, run.window!), 6)
      }),
      { numRuns: 100, seed: 1 },
    )
  })
})

describe('on the simulated engine', () => {
  async function simulated() {
    const endpoint = createVirtualEndpoint({ slots: 4, decodeMs: 9, decodeMsPerSequence: 1, jitter: 0.05 })
    const spec = aLevelSpec({ concurrency: 8 })
    const run = await endpoint.run(measureLevel(spec, portsOf(endpoint, spec, { workload: aWorkload(8, 50) })))
    return { ...run, records: Array.from(run.records, listFacts), interChunk: [...run.interChunk.buckets] }
  }

  it('a level is the same every time', async () => {
    expect(await simulated()).toEqual(await simulated())
  })

  it('as many requests are in flight as there are workers, queued ones included', async () => {
    const { inFlight, records } = await simulated()
    expect(inFlight).toBeCloseTo(8, 9)
    expect(records.every(({ outcome }) => outcome === 'ok')).toBe(true)
  })
})
