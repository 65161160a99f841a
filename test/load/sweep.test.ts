import { describe, expect, it } from 'vitest'
import { EndpointError } from '../../src/errors.ts'
import type { BudgetLimits } from '../../src/load/budget.ts'
import { measureSweep } from '../../src/load/sweep.ts'
import type { Sweep, SweepPorts } from '../../src/load/sweep.ts'
import { planThreads } from '../../src/plan/shares.ts'
import type { Ladder } from '../../src/plan/ladder.ts'
import { planSweep } from '../../src/plan/plan.ts'
import type { PlanOptions } from '../../src/plan/plan.ts'
import type { WorkloadOptions } from '../../src/plan/compose-request.ts'
import { virtualCrew } from './virtual-crew.ts'
import { healthyClient, scriptedEndpoint, SCRIPTED_WORKLOAD } from './scripted-endpoint.ts'
import type { Answer, Call, ScriptedEndpoint } from './scripted-endpoint.ts'
import { SEARCH_BOUNDS } from '../plan/search-bounds.ts'

const NO_LIMITS = { maxDurationMs: null, maxRequests: null, maxOutputTokens: null }

function aWorkload(): WorkloadOptions {
  let nonces = 0
  return { ...SCRIPTED_WORKLOAD, nonce: () => (nonces++).toString(16).padStart(16, '0') }
}

/** A search that doubles up to this level, or to one that does not hold. */
function ascendTo(highest: number): SweepPorts['searchLevel'] {
  return (measured) => {
    const top = measured.at(-1)
    if (top === undefined) return { next: 1 }
    if (!top.held) return { ended: 'too-much', atCapacity: [] }
    return top.run.concurrency >= highest ? { ended: 'plateau', atCapacity: [] } : { next: 2 * top.run.concurrency }
  }
}

interface Setup {
  readonly ladder?: Partial<Ladder>
  readonly plan?: Partial<PlanOptions>
  readonly limits?: Partial<BudgetLimits & { soak: boolean }>
  readonly ports?: (endpoint: ScriptedEndpoint) => Partial<SweepPorts>
  readonly answer?: (call: Pick<Call, 'worker' | 'spec' | 'startAt' | 'number'>, concurrency: number) => Answer
}

/** A sweep over 1, 2, 4 and 8 in 2 passes; 50 ms a token unless `answer` says else. */
async function sweep({ ladder, plan, limits, ports, answer }: Setup = {}) {
  let concurrency = 0
  const endpoint = scriptedEndpoint((call) => answer?.(call, concurrency) ?? { latencyMs: 50 * call.spec.outputTokens })
  const started: string[] = []
  const log: string[] = []
  let opened = 0
  let closed = 0
  const result: Sweep = await endpoint.run(
    measureSweep(
      planSweep({
        ladder: { levels: [1, 2, 4, 8], named: [], mostPasses: 2, seed: 'a seed', ...ladder },
        levelDurationMs: 5_000,
        levelRequests: null,
        warmupRequests: 1,
        ...NO_LIMITS,
        minSamples: () => 1,
        lone: { latencyMs: 1_000, inputTokens: 64, outputTokens: 20 },
        sentinel: null,
        soak: true,
        ...plan,
      }),
      aWorkload(),
      { ...NO_LIMITS, soak: false, ...limits },
      {
        clock: endpoint.clock,
        openTransport() {
          opened++
          return { ...endpoint.transport, close: async () => void closed++ }
        },
        health: healthyClient,
        collectGarbage: () => {},
        signal: new AbortController().signal,
        log: (line) => void log.push(line),
        onLevelStart(level) {
          concurrency = level.concurrency
          started.push(`${level.concurrency}/${level.pass}`)
        },
        onLevelEnd(run) {
          concurrency = 0
          return run.stopped === null
        },
        searchLevel: ascendTo(Infinity),
        chooseWindowMs: () => 5_000,
        isPrecise: () => false,
        target: 'http://127.0.0.1:8000',
        serverMetrics: null,
        control: null,
        ...ports?.(endpoint),
      },
    ),
  )
  return { ...result, endpoint, started, log, opened, closed }
}

describe('the order of a sweep', () => {
  it('has every level once in each pass, one pass after the other', async () => {
    const { levelRuns, started, error } = await sweep()
    expect(levelRuns.map(({ concurrency, pass }) => `${concurrency}/${pass}`)).toEqual(started)
    expect(started.slice(0, 4).toSorted()).toEqual(['1/1', '2/1', '4/1', '8/1'])
    expect(started.slice(4).toSorted()).toEqual(['1/2', '2/2', '4/2', '8/2'])
    expect(error).toBeNull()
  })

  it('is shuffled anew in each pass, by the seed, and the same in every run', async () => {
    const { started } = await sweep()
    const passes = [started.slice(0, 4), started.slice(4)].map((pass) => pass.map((level) => level.split('/')[0]))
    expect(passes[0]).not.toEqual(passes[1])
    expect((await sweep()).started).toEqual(started)
    const others = await Promise.all(['b', 'c', 'd'].map((seed) => sweep({ ladder: { seed } })))
    expect(others.some((other) => other.started.join() !== started.join())).toBe(true)
  })

  it('is that of a search in the first pass, and has what it found and what limits name in every further one', async () => {
    const { started, searchEnd, log } = await sweep({
      ladder: { search: SEARCH_BOUNDS, named: [3] },
      ports: () => ({ searchLevel: ascendTo(8) }),
    })
    expect(started.slice(0, 5)).toEqual(['1/1', '2/1', '4/1', '8/1', '3/1'])
    expect(started.slice(5).toSorted()).toEqual(['1/2', '2/2', '3/2', '4/2', '8/2'])
    expect(searchEnd).toBe('plateau')
    expect(log).toContain('the search for levels has ended, because throughput grows no more')
  })

  it('is not gone on with at a server that has died, whose lower levels would say nothing', async () => {
    let isDead = false
    const { started, searchEnd } = await sweep({
      ladder: { search: SEARCH_BOUNDS },
      ports: () => ({ searchLevel: (measured) => ({ next: measured.length === 0 ? 8 : 4 }), onLevelEnd: () => false }),
      answer(_, concurrency) {
        isDead ||= concurrency === 8
        return isDead ? { latencyMs: 1, failure: 'connect' } : { latencyMs: 100 }
      },
    })
    expect(started).toEqual(['8/1'])
    expect(searchEnd).toBe('gone')
  })

  it('says of a search that the budgets ended it, where they were used up in the middle of it', async () => {
    const { started, searchEnd } = await sweep({
      ladder: { search: SEARCH_BOUNDS },
      limits: { maxRequests: 3 },
      ports: () => ({ searchLevel: ascendTo(8) }),
    })
    expect(started).toEqual(['1/1'])
    expect(searchEnd).toBe('max-requests')
  })

  it('tells a search what each level used of the budgets, of which two passes have to hold', async () => {
    const asked: { used: number[]; share: number }[] = []
    await sweep({
      ladder: { search: SEARCH_BOUNDS, mostPasses: 4 },
      limits: { maxRequests: 1_000_000, maxDurationMs: 100_000 },
      ports: () => ({
        searchLevel(measured, bounds, share) {
          asked.push({ used: measured.map(({ used }) => used), share })
          return ascendTo(2)(measured, bounds, share)
        },
      }),
    })
    expect(asked.map(({ share }) => share)).toEqual([0.5, 0.5, 0.5])
    const [one, two] = asked.at(-1)!.used
    // Warm-up, a window of five seconds and its tail, of a hundred.
    for (const used of [one!, two!]) {
      expect(used).toBeGreaterThan(0.05)
      expect(used).toBeLessThan(0.1)
    }
  })

  it('has as many passes over what a search has found as the budgets hold', async () => {
    const { started } = await sweep({
      ladder: { search: SEARCH_BOUNDS, mostPasses: 4 },
      limits: { maxDurationMs: 30_000 },
      ports: () => ({ searchLevel: ascendTo(2) }),
    })
    // A pass takes more than a third of them.
    expect(started.slice(2).toSorted()).toEqual(['1/2', '2/2'])
  })

  it('leaves out every level above one that does not hold', async () => {
    const { started } = await sweep({
      ladder: { search: SEARCH_BOUNDS },
      answer: ({ spec }, concurrency) =>
        concurrency === 4 ? { latencyMs: 5, failure: 'http_500', status: 500 } : { latencyMs: 50 * spec.outputTokens },
    })
    expect(started.slice(0, 3)).toEqual(['1/1', '2/1', '4/1'])
    expect(started.filter((level) => level.startsWith('8'))).toEqual([])
  })

  it('opens fresh connections for each level and closes them', async () => {
    const { opened, closed } = await sweep()
    expect([opened, closed]).toEqual([8, 8])
  })

  it('places each level in time after the one before', async () => {
    const { levelRuns } = await sweep()
    const windows = levelRuns.map(({ window }) => window!)
    for (const [i, { startMs }] of windows.entries()) {
      expect(startMs).toBeGreaterThanOrEqual(levelRuns[i]!.startedAtSeconds * 1000)
      if (i > 0) expect(levelRuns[i]!.startedAtSeconds * 1000).toBeGreaterThanOrEqual(windows[i - 1]!.endMs)
    }
  })
})

describe('a rate limit', () => {
  const refusing = (retryAfterMs: number, status: 429 | 503 = 429): Setup => ({
    ladder: { levels: [1, 2, 4, 8], mostPasses: 1 },
    answer: ({ spec }, concurrency) =>
      concurrency === 4
        ? { latencyMs: 5, failure: `http_${status}`, status, retryAfterMs }
        : { latencyMs: 50 * spec.outputTokens },
  })

  async function pauseAfterRefusal(retryAfterMs: number, status: 429 | 503 = 429): Promise<number> {
    const { levelRuns, endpoint } = await sweep({ ...refusing(retryAfterMs, status), plan: { sentinel: 'apart' } })
    const refused = levelRuns.find(({ concurrency }) => concurrency === 4)!
    expect(refused.stopped).toBe(status === 429 ? 'rate-limited' : 'failing')
    const last = Math.max(...[...refused.records].map(({ startMs, endMs }) => startMs + endMs))
    return endpoint.calls.find(({ startAt }) => startAt > last)!.startAt - last
  }

  it('pauses the sweep for as long as it asks', async () => {
    expect(await pauseAfterRefusal(7_000)).toBeCloseTo(7_000, 6)
  })

  it('is not the only one that may ask for a pause: an overloaded server does, too', async () => {
    expect(await pauseAfterRefusal(7_000, 503)).toBeCloseTo(7_000, 6)
  })

  it('pauses it for a minute at most', async () => {
    expect(await pauseAfterRefusal(3_600_000)).toBeCloseTo(60_000, 6)
  })

  it('keeps higher levels from being tried', async () => {
    const { started } = await sweep({ ...refusing(1_000), ladder: { search: SEARCH_BOUNDS, mostPasses: 1 } })
    expect(started).toEqual(['1/1', '2/1', '4/1'])
  })
})

describe('sentinel requests', () => {
  it('are read at the start, after the first pass and at the end', async () => {
    const { sentinelMs, levelRuns } = await sweep({ plan: { sentinel: 'apart' } })
    expect(sentinelMs).toHaveLength(3)
    for (const latency of sentinelMs) expect(latency).toBeCloseTo(sentinelMs[0]!, 6)
    expect(levelRuns.every(({ pass }) => pass > 0)).toBe(true)
  })

  it('show an endpoint that changed under the sweep', async () => {
    const { sentinelMs } = await sweep({
      plan: { sentinel: 'apart' },
      answer: ({ spec, startAt }) => ({ latencyMs: (startAt > 40_000 ? 100 : 50) * spec.outputTokens }),
    })
    expect(sentinelMs[2]! / sentinelMs[0]!).toBeCloseTo(2, 9)
  })

  it('say nothing where answers ended early', async () => {
    const { sentinelMs, endedWell } = await sweep({
      plan: { sentinel: 'apart' },
      answer: ({ spec, startAt }) => {
        const tokens = startAt > 40_000 ? spec.outputTokens / 2 : spec.outputTokens
        return { latencyMs: 50 * tokens, events: tokens }
      },
    })
    expect(sentinelMs).toHaveLength(2)
    expect(endedWell).toBe(true)
  })

  it('are those of level 1 in each pass where the plan says so, whatever their lengths, and none beside it', async () => {
    const { sentinelMs, levelRuns, started, endpoint, endedWell } = await sweep({ plan: { sentinel: 'level 1' } })
    expect([started[0], started.at(-1)]).toEqual(['1/1', '1/2'])
    // 20 tokens of 50 ms each, the first after 1/21 of it.
    expect(sentinelMs).toHaveLength(2)
    for (const latency of sentinelMs) expect(latency).toBeCloseTo(952, -1)
    expect(endedWell).toBe(true)
    const inLevels = levelRuns.reduce((sum, { connections }) => sum + connections.requests, 0)
    expect(endpoint.calls).toHaveLength(inLevels)
  })

  it('of level 1 show an endpoint that changed under the sweep', async () => {
    const { sentinelMs } = await sweep({
      plan: { sentinel: 'level 1' },
      answer: ({ spec, startAt }) => ({ latencyMs: (startAt > 40_000 ? 100 : 50) * spec.outputTokens }),
    })
    expect(sentinelMs[1]! / sentinelMs[0]!).toBeCloseTo(2, 2)
  })

  it('are sent after the levels where level 1 was measured once, or was not answered in the end', async () => {
    const once = await sweep({ ladder: { levels: [1], mostPasses: 1 }, plan: { sentinel: 'level 1' } })
    expect([once.sentinelMs.length, once.endedWell]).toEqual([2, true])
    let alone = 0
    const gone = await sweep({
      plan: { sentinel: 'level 1' },
      answer: ({ spec }, concurrency) =>
        concurrency === 1 && alone++ > 8
          ? { latencyMs: 5, failure: 'http_500', status: 500 }
          : { latencyMs: 50 * spec.outputTokens },
    })
    expect([gone.sentinelMs.length, gone.endedWell]).toEqual([2, true])
  })

  it('are not sent when they are not wanted', async () => {
    expect((await sweep()).sentinelMs).toEqual([])
  })
})

describe('a sweep that ends early', () => {
  it('because the endpoint refuses keeps what was measured, with the error', async () => {
    const { levelRuns, started, error, opened, closed } = await sweep({
      answer: ({ spec, startAt }) =>
        startAt > 25_000 ? { latencyMs: 5, failure: 'http_401', status: 401 } : { latencyMs: 50 * spec.outputTokens },
    })
    expect(error).toBeInstanceOf(EndpointError)
    expect(levelRuns.length).toBeGreaterThan(1)
    expect(levelRuns).toHaveLength(started.length - 1)
    expect(opened).toBe(closed)
  })

  it('because it was cancelled keeps what was measured', async () => {
    const { levelRuns, error, sentinelMs, endpoint } = await sweep({
      plan: { sentinel: 'apart' },
      ports: ({ clock }) => {
        const controller = new AbortController()
        void clock.sleep(20_000).then(() => controller.abort())
        return { signal: controller.signal }
      },
    })
    expect(endpoint.clock.now()).toBe(20_000)
    expect(levelRuns.at(-1)!.stopped).toBe('cancelled')
    expect(levelRuns.length).toBeGreaterThan(1)
    expect([error, sentinelMs.length]).toEqual([null, 1])
  })

  it('because a budget is used up begins no further level', async () => {
    const { levelRuns, endpoint } = await sweep({ limits: { maxDurationMs: 19_000 } })
    expect(levelRuns.length).toBeLessThan(5)
    expect(levelRuns.at(-1)!.stopped).toBe('budget')
    expect(endpoint.clock.now()).toBeLessThan(21_000)
  })

  it('because of a fault of our own does not hide it', async () => {
    const broken = sweep({
      ports: () => ({
        onLevelEnd() {
          throw new TypeError('a fault')
        },
      }),
    })
    await expect(broken).rejects.toThrow('a fault')
  })
})

describe('the metrics of the server', () => {
  it('are read around and in each level, and neither in the soak nor with single requests', async () => {
    const sample = {
      server: 'scripted',
      running: 0,
      waiting: 0,
      kvCacheUsage: null,
      ttft: null,
      tpot: null,
      queue: null,
    }
    const readAt: number[] = []
    const { levelRuns, sentinelMs } = await sweep({
      ladder: { mostPasses: 1 },
      plan: { sentinel: 'apart' },
      limits: { soak: true },
      ports: ({ clock }) => ({
        serverMetrics: {
          async read() {
            readAt.push(clock.now())
            return { ...sample, prefixQueries: null, prefixHits: null, preemptions: null }
          },
        },
      }),
    })
    const readings = levelRuns.map(({ server }) => 3 + server!.loaded.length)
    expect(readAt).toHaveLength(readings.reduce((sum, n) => sum + n))
    expect(levelRuns.every(({ server }) => server !== null)).toBe(true)
    expect(sentinelMs.length).toBeGreaterThan(0)
  })
})

describe('the soak', () => {
  it('comes before the sweep, is not recorded and spends little of the budget', async () => {
    const { levelRuns, log, endpoint } = await sweep({
      ladder: { mostPasses: 1 },
      limits: { soak: true, maxRequests: 10_000 },
    })
    expect(log).toEqual([expect.stringContaining('soak'), expect.stringMatching(/^soak: settled after \d/)])
    expect(levelRuns).toHaveLength(4)
    expect(levelRuns[0]!.startedAtSeconds).toBe(0)
    const recorded = levelRuns.reduce((sum, { connections }) => sum + connections.requests, 0)
    expect(recorded).toBeLessThan(endpoint.calls.length)
    const small = await sweep({ ladder: { mostPasses: 1 }, limits: { soak: true, maxRequests: 30 } })
    expect(small.levelRuns.length).toBeGreaterThan(0)
    expect(small.log[1]).toContain('soak: ended by the budget')
  })

  it('takes none of the time that the levels may take, however long it is itself', async () => {
    const { levelRuns, log } = await sweep({
      ladder: { levels: [1], mostPasses: 1 },
      limits: { soak: true, maxDurationMs: 7_500 },
      answer: ({ spec, startAt }) => ({
        latencyMs: (startAt < 70_000 ? 10 + 30 * (Math.floor(startAt / 2_500) % 3) : 50) * spec.outputTokens,
      }),
    })
    expect(log[1]).toBe('soak: not settled after 9.4 s')
    expect(levelRuns).toHaveLength(1)
  })

  it('asks for answers of two fifths of a second, or for whole ones that are shorter', async () => {
    const longestOf = async (latencyMs: number) => {
      const lone = { latencyMs, inputTokens: 64, outputTokens: 20 }
      const { endpoint } = await sweep({
        ladder: { levels: [4], mostPasses: 1 },
        limits: { soak: true },
        plan: { lone },
      })
      return Math.max(...endpoint.calls.slice(0, 24).map(({ spec }) => spec.outputTokens))
    }
    expect(await longestOf(1_000)).toBeLessThanOrEqual(9)
    expect(await longestOf(300)).toBeGreaterThanOrEqual(20)
  })

  it('says when the endpoint did not settle, and measures all the same', async () => {
    const { levelRuns, log } = await sweep({
      ladder: { mostPasses: 1 },
      limits: { soak: true },
      answer: ({ spec, startAt }) => ({
        latencyMs: (startAt < 70_000 ? 10 + 30 * (Math.floor(startAt / 2_500) % 3) : 50) * spec.outputTokens,
      }),
    })
    expect(log[1]).toMatch(/^soak: not settled after \d/)
    expect(levelRuns).toHaveLength(4)
  })
})

describe('the threads of the client', () => {
  const inThreads = (cores: number, isBusy: (threads: number, concurrency: number) => boolean) => {
    const carried: string[] = []
    const ports = ({ transport, clock }: ScriptedEndpoint): Partial<SweepPorts> => ({
      ...virtualCrew(
        clock,
        () => transport,
        (threads, level) => carried.push(`${level} in ${threads}`),
      ),
      threads: planThreads('auto', cores),
      isClientBusy: ({ client, concurrency }) => isBusy(client.threads ?? 1, concurrency),
    })
    return { carried, ports }
  }

  it('are as many as the plan has, and a level with few workers needs none but this one', async () => {
    const { carried, ports } = inThreads(4, () => false)
    const { opened } = await sweep({ ladder: { levels: [1, 64], mostPasses: 1 }, ports })
    expect(carried).toEqual(['64 in 2'])
    expect(opened).toBe(1)
  })

  it('become more where they cannot keep up: the level is measured again, and so are it and those above from then on', async () => {
    const { carried, ports } = inThreads(4, (threads, level) => level === 8 && threads < 4)
    const { levelRuns, log } = await sweep({ ladder: { levels: [4, 8], mostPasses: 2 }, ports })
    expect(levelRuns.map(({ concurrency, pass }) => `${concurrency}/${pass}`).toSorted()).toEqual([
      '4/1',
      '4/2',
      '8/1',
      '8/2',
    ])
    for (const { concurrency, client } of levelRuns) if (concurrency === 8) expect(client.threads).toBe(4)
    expect(carried).toEqual(['8 in 4', '8 in 4'])
    expect(log).toContain('level 8: this machine was too busy; again, with up to 4 threads')
  })

  it('are given up only where there are no more cores', async () => {
    const { carried, ports } = inThreads(6, (_, level) => level === 8)
    const { levelRuns, log } = await sweep({ ladder: { levels: [8], mostPasses: 1 }, ports })
    expect(levelRuns).toHaveLength(1)
    expect(carried).toEqual(['8 in 6'])
    expect(log.filter((line) => line.includes('too busy'))).toHaveLength(1)
  })

  it('do not change for a level that has no workers for more, nor for those above it', async () => {
    const { carried, ports } = inThreads(2, (_, level) => level === 1)
    const { levelRuns, log } = await sweep({ ladder: { levels: [1, 8], mostPasses: 1 }, ports })
    expect(levelRuns).toHaveLength(2)
    expect(carried).toEqual([])
    expect(log).toEqual([])
  })

  it('do not change where the endpoint is the reason, or there is but one core', async () => {
    expect(
      (await sweep({ ladder: { levels: [8], mostPasses: 1 }, ports: inThreads(1, () => true).ports })).log,
    ).toEqual([])
    const { ports } = inThreads(4, () => true)
    const lost: Setup = {
      ladder: { levels: [8], mostPasses: 1 },
      ports,
      answer: (): Answer => ({ latencyMs: 5, failure: 'http_500' }),
    }
    expect((await sweep(lost)).log.filter((line) => line.includes('too busy'))).toEqual([])
  })
})
