import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createBudget } from '../../src/load/budget.ts'
import { measureLevel } from '../../src/load/level.ts'
import type { LevelPorts } from '../../src/load/level.ts'
import type { LevelSpec } from '../../src/load/level/board.ts'
import type { ServerMetrics } from '../../src/load/server-readings.ts'
import type { ServerSample } from '../../src/protocol/server-metrics.ts'
import { takeMedian } from '../../src/metrics/level/server-side.ts'
import { seedRandom } from '../../src/random.ts'
import { aLevelSpec, portsOf, scriptedEndpoint } from './scripted-endpoint.ts'
import type { Answer, ScriptedEndpoint } from './scripted-endpoint.ts'
import { assumeTarget } from '../../src/load/preflight/candidates.ts'
import { findServerMetrics } from '../../src/load/server-readings.ts'
import { refuse } from '../support/answers.ts'
import { createDeadlines, NO_DEADLINE } from '../support/deadlines.ts'
import { freePort, serve } from '../support/http-server.ts'
import { testPorts } from '../support/readiness-ports.ts'
import { settingsFor } from '../support/run-settings.ts'

/** One reading as the server saw it. */
interface Reading {
  readonly startAt: number
  endAt: number
  readonly inFlight: number
}

/** Metrics that take `readMs` to read and say how many requests are in flight, plus what `linger` adds. */
function metricsOf(
  endpoint: ScriptedEndpoint,
  {
    readMs = 40,
    linger = () => 0,
    fails = () => false,
  }: { readMs?: number; linger?: () => number; fails?: (index: number) => boolean } = {},
): ServerMetrics & { readonly readings: readonly Reading[] } {
  const readings: Reading[] = []
  return {
    readings,
    async read(signal) {
      const startAt = endpoint.clock.now()
      const open = endpoint.calls.filter((call) => !(call.endAt <= startAt)).length
      const reading: Reading = { startAt, endAt: NaN, inFlight: open }
      readings.push(reading)
      await endpoint.clock.sleep(readMs, signal)
      reading.endAt = endpoint.clock.now()
      return fails(readings.length - 1) || signal.aborted ? null : aSample(open + linger())
    },
  }
}

function aSample(running: number): ServerSample {
  const nothing = { waiting: null, kvCacheUsage: null, ttft: null, tpot: null, queue: null }
  return { server: 'scripted', running, ...nothing, prefixQueries: null, prefixHits: null, preemptions: null }
}

function steady(answer: Partial<Answer> = {}): ScriptedEndpoint {
  return scriptedEndpoint(({ spec }) => ({ latencyMs: 100 * spec.outputTokens, ...answer }))
}

async function measure(
  endpoint: ScriptedEndpoint,
  serverMetrics: ServerMetrics,
  { spec = aLevelSpec(), ...ports }: Partial<LevelPorts> & { spec?: LevelSpec } = {},
) {
  const run = await endpoint.run(measureLevel(spec, portsOf(endpoint, spec, { serverMetrics, ...ports })))
  return { ...run, records: [...run.records] }
}

describe('the metrics of the server', () => {
  test('are read before the first request, now and then under the load, once more before it is cancelled, and after that', async () => {
    const endpoint = steady()
    const metrics = metricsOf(endpoint)
    const run = await measure(endpoint, metrics)
    const [before, ...others] = metrics.readings
    const [last, after] = others.splice(-2)
    expect(before).toMatchObject({ startAt: 0, inFlight: 0 })
    expect(endpoint.calls[0]!.startAt).toBe(before!.endAt)
    const counted = run.records.filter(({ phase }) => phase === 'counted')
    expect(last!.startAt).toBe(Math.max(...counted.map(({ startMs, endMs }) => startMs + endMs)))
    expect(after!.startAt).toBe(last!.endAt)
    expect(others.length).toBeGreaterThan(3)
    for (const { startAt, endAt } of others) {
      expect(startAt).toBeGreaterThan(run.window!.startMs)
      expect(endAt).toBeLessThan(last!.startAt)
    }
    const full = others.map(() => aSample(2))
    expect(run.server).toEqual({ before: aSample(0), loaded: full, last: aSample(last!.inFlight), after: aSample(0) })
  })

  test('are read rarely under the load: at most once a second, eight times a window, and a fiftieth of the time', async () => {
    for (const [durationMs, readMs, pauseMs] of [
      [4_000, 10, 1_000],
      [40_000, 10, 5_000],
      [10_000, 60, 3_000],
    ] as const) {
      const endpoint = steady()
      const metrics = metricsOf(endpoint, { readMs })
      await measure(endpoint, metrics, { spec: aLevelSpec({ durationMs }) })
      const underLoad = metrics.readings.slice(1, -2)
      expect(underLoad.length).toBeGreaterThan(1)
      for (const [i, { startAt }] of underLoad.slice(1).entries()) {
        expect(startAt - underLoad[i]!.endAt).toBeCloseTo(pauseMs, 6)
      }
    }
  })

  test('are those of a full load also where every moment at which an answer has ended shows a gap', async () => {
    // An engine takes up a request with its next step.
    const endpoint = scriptedEndpoint(() => ({ latencyMs: 970 }))
    const isNew = (): boolean => endpoint.calls.at(-1)!.startAt > endpoint.clock.now() - 30
    const metrics = metricsOf(endpoint, { readMs: 5, linger: () => (endpoint.calls.length > 0 && isNew() ? -1 : 0) })
    const run = await measure(endpoint, metrics, { spec: aLevelSpec({ concurrency: 1 }) })
    expect(run.server).toMatchObject({ last: { running: 0 } })
    expect(takeMedian(run.server!.loaded, 'running')).toBe(1)
  })

  test('find the load still on: the other workers go on until the reading is there', async () => {
    const endpoint = steady()
    const metrics = metricsOf(endpoint, { readMs: 400 })
    const run = await measure(endpoint, metrics, { spec: aLevelSpec({ concurrency: 4 }) })
    const { startAt, endAt, inFlight } = metrics.readings.at(-2)!
    expect(inFlight).toBeGreaterThanOrEqual(3)
    const during = endpoint.calls.filter((call) => call.startAt <= endAt && call.endAt > startAt)
    expect(new Set(during.map(({ worker }) => worker)).size).toBe(4)
    expect(endpoint.calls.filter(({ cancelled }) => cancelled).every((call) => call.endAt === endAt)).toBe(true)
    expect(run.connections.requests).toBe(endpoint.calls.length)
  })

  test('change nothing about what is counted', async () => {
    const spec = aLevelSpec({ concurrency: 3 })
    const without = steady()
    const plain = await without.run(measureLevel(spec, portsOf(without, spec)))
    const endpoint = steady()
    const run = await measure(endpoint, metricsOf(endpoint), { spec })
    const counted = (records: Iterable<{ phase: string; startMs: number; lastTokenMs: number | null }>, from: number) =>
      [...records].flatMap(({ phase, startMs, lastTokenMs }) =>
        phase === 'counted' ? [[Math.round(startMs - from), lastTokenMs]] : [],
      )
    expect(counted(run.records, run.window!.startMs)).toEqual(counted(plain.records, plain.window!.startMs))
    expect(plain.server).toBeNull()
  })

  test('are awaited until the requests that were cancelled have left, and no longer than a second', async () => {
    const endpoint = steady()
    let left = 3
    const isOver = (of: ScriptedEndpoint) => of.calls.some(({ cancelled }) => cancelled)
    const metrics = metricsOf(endpoint, { linger: () => (isOver(endpoint) && left > 0 ? left-- : 0) })
    const run = await measure(endpoint, metrics)
    expect(left).toBe(0)
    expect(run.server!.after).toEqual(aSample(0))

    const stuck = steady()
    const never = metricsOf(stuck, { linger: () => (isOver(stuck) ? 5 : 0) })
    expect((await measure(stuck, never)).server!.after).toEqual(aSample(5))
    const overAt = stuck.calls.find(({ cancelled }) => cancelled)!.endAt
    expect(stuck.clock.now() - overAt).toBeLessThan(1_200)
  })

  test('are not read further where the first reading fails, and a later failure loses only its own', async () => {
    const endpoint = steady()
    const metrics = metricsOf(endpoint, { fails: () => true })
    expect((await measure(endpoint, metrics)).server).toBeNull()
    expect(metrics.readings).toHaveLength(1)

    const other = steady()
    const once = metricsOf(other, { fails: (index) => index === 1 })
    const { server } = await measure(other, once)
    expect(server!.loaded).toHaveLength(once.readings.length - 4)
    const last = steady()
    const isLast = (): boolean => last.calls.some(({ cancelled }) => cancelled)
    expect((await measure(last, metricsOf(last, { fails: isLast }))).server).toBeNull()
  })

  test('have no last reading where the load ends before it: a rate limit, or a spent budget', async () => {
    const limited = scriptedEndpoint(({ number }) =>
      number > 20 ? { latencyMs: 5, failure: 'http_429', status: 429 } : { latencyMs: 500 },
    )
    const metrics = metricsOf(limited)
    expect(await measure(limited, metrics)).toMatchObject({ stopped: 'rate-limited', server: { last: null } })

    const endpoint = steady()
    const budget = createBudget({ maxDurationMs: null, maxRequests: 10, maxOutputTokens: null }, endpoint.clock)
    const run = await measure(endpoint, metricsOf(endpoint), { budget })
    expect(run).toMatchObject({ stopped: 'budget', server: { last: null } })
  })

  test('have no last reading either where the load ended while it was read', async () => {
    const refusal = { latencyMs: 5, failure: 'http_429', status: 429 } as const
    const endpoint: ScriptedEndpoint = scriptedEndpoint(() =>
      metrics.readings.length === 2 ? refusal : { latencyMs: 500 },
    )
    // So slow a page is not read under load.
    const metrics = metricsOf(endpoint, { readMs: 900 })
    const run = await measure(endpoint, metrics)
    expect(run).toMatchObject({ stopped: 'rate-limited', server: { loaded: [], last: null } })
    expect(metrics.readings).toHaveLength(3)
  })

  test('do not hold up a run that is cancelled', async () => {
    const endpoint = steady()
    const controller = new AbortController()
    void endpoint.clock.sleep(5_000).then(() => controller.abort())
    const run = await measure(endpoint, metricsOf(endpoint, { readMs: 900 }), { signal: controller.signal })
    expect(run).toMatchObject({ stopped: 'cancelled', server: null })
    expect(endpoint.clock.now()).toBe(5_000)
  })

  test('are read one after another, with the load on and never beyond it, whatever the endpoint does', async () => {
    const anyTask = fc.record({
      concurrency: fc.integer({ min: 1, max: 5 }),
      durationMs: fc.integer({ min: 100, max: 3_000 }),
      maxRequests: fc.option(fc.integer({ min: 1, max: 20 })),
      warmupRequests: fc.integer({ min: 0, max: 2 }),
      readMs: fc.integer({ min: 0, max: 900 }),
      seed: fc.string(),
    })
    await fc.assert(
      fc.asyncProperty(anyTask, async ({ seed, readMs, ...asked }) => {
        const random = seedRandom(seed)
        const endpoint = scriptedEndpoint(() =>
          random() < 0.05
            ? { latencyMs: 500 * random(), failure: 'http_500', status: 500 }
            : { latencyMs: 50 + 2_000 * random() ** 3 },
        )
        const metrics = metricsOf(endpoint, { readMs })
        const run = await measure(endpoint, metrics, { spec: aLevelSpec(asked) })
        for (const [i, { startAt }] of metrics.readings.slice(1).entries()) {
          expect(startAt).toBeGreaterThanOrEqual(metrics.readings[i]!.endAt)
        }
        const { loaded, last } = run.server!
        const underLoad = metrics.readings.slice(1, 1 + loaded.length)
        for (const { startAt, endAt } of underLoad) {
          expect(startAt).toBeGreaterThan(run.window!.startMs)
          expect(endpoint.calls.every((call) => !call.cancelled || call.endAt >= endAt)).toBe(true)
        }
        if (run.stopped === null) expect(last).not.toBeNull()
      }),
      { numRuns: 60, seed: 1 },
    )
  })
})

const PAGE = 'vllm:num_requests_running{model_name="m"} 2\nvllm:num_requests_waiting{model_name="m"} 1\n'
const NEVER = new AbortController().signal

/** A server with a page of metrics at some paths, and nothing else. */
async function metricsServer(pages: Readonly<Record<string, string>>) {
  return serve((response, { path }) =>
    pages[path] === undefined ? refuse(response, 404, 'no such page') : response.end(pages[path]),
  )
}

async function find(endpoint: string, ...flags: readonly string[]) {
  const settings = settingsFor(endpoint, flags)
  return findServerMetrics(settings, assumeTarget(settings, testPorts()), NEVER, NO_DEADLINE)
}

function pathsOf({ requests }: { requests: readonly { path: string }[] }): string[] {
  return requests.map(({ path }) => path)
}

describe('server-metrics: auto', () => {
  test('finds the page once and reads it every time', async () => {
    const server = await metricsServer({ '/metrics': PAGE })
    const { metrics, findings } = await find(server.url)
    expect(findings).toEqual([])
    expect(await metrics!.read(NEVER)).toMatchObject({ server: 'vLLM', running: 2, waiting: 1 })
    await metrics!.read(NEVER)
    expect(pathsOf(server)).toEqual(['/metrics', '/metrics', '/metrics'])
  })

  test('finds those of NIM, behind a page of something else', async () => {
    const server = await metricsServer({
      '/metrics': 'http_requests_total 3\n',
      '/v1/metrics': 'num_requests_running 1\n',
    })
    const { metrics } = await find(`${server.url}/v1`)
    expect(await metrics!.read(NEVER)).toMatchObject({ server: 'NIM', running: 1 })
    expect(pathsOf(server)).toEqual(['/metrics', '/v1/metrics', '/v1/metrics'])
  })

  test('says nothing where there are none', async () => {
    const server = await metricsServer({})
    expect(await find(server.url)).toEqual({ metrics: null, findings: [] })
    expect(await find(`http://127.0.0.1:${await freePort()}`)).toEqual({ metrics: null, findings: [] })
  })

  test('asks for nothing without preflight, and off never does', async () => {
    const server = await metricsServer({ '/metrics': PAGE })
    expect((await find(server.url, '--preflight', 'false', '--soak', 'off')).metrics).toBeNull()
    expect((await find(server.url, '--server-metrics', 'off')).metrics).toBeNull()
    expect(server.requests).toEqual([])
  })
})

describe('server-metrics: a URL', () => {
  test('is read there, and the key stays at home', async () => {
    const endpoint = await metricsServer({})
    const server = await metricsServer({ '/m?x=1': PAGE })
    const flags = ['--server-metrics', `${server.url}/m?x=1`, '--headers', 'x-tenant: secret', '--preflight', 'false']
    const { metrics } = await find(endpoint.url, ...flags, '--soak', 'off')
    expect(await metrics!.read(NEVER)).toMatchObject({ running: 2 })
    expect(endpoint.requests).toEqual([])
    expect(server.requests[0]!.headers).not.toHaveProperty('x-tenant')
    const { metrics: own } = await find(server.url, ...flags, '--soak', 'off')
    await own!.read(NEVER)
    expect(server.requests.at(-1)!.headers).toMatchObject({ 'x-tenant': 'secret' })
  })

  test('that cannot be read is a finding, without its query', async () => {
    const server = await metricsServer({ '/other?key=secret': 'http_requests_total 3\n' })
    const messages = []
    for (const path of ['/none?key=secret', '/other?key=secret']) {
      const { metrics, findings } = await find(server.url, '--server-metrics', server.url + path)
      expect(metrics).toBeNull()
      expect(findings).toMatchObject([{ code: 'server-metrics-unread' }])
      messages.push(findings[0]!.message.replace(server.url, ''))
    }
    expect(messages).toEqual([
      'GET /none was answered with 404.',
      'GET /other has no metrics of a server that is known (vLLM, SGLang, TGI, llama.cpp, LMDeploy, TensorRT-LLM, NIM).',
    ])
    const gone = `http://127.0.0.1:${await freePort()}/metrics`
    expect((await find(server.url, '--server-metrics', gone)).findings[0]!.message).toBe(
      `GET ${gone} was not answered.`,
    )
  })
})

test('a reading that fails, or that nobody waits for any more, is none', async () => {
  let answers = 0
  const server = await serve((response) => (answers++ === 0 ? response.end(PAGE) : refuse(response, 503, 'busy')))
  const { metrics } = await find(server.url)
  expect(await metrics!.read(NEVER)).toBeNull()
  expect(await metrics!.read(AbortSignal.abort())).toBeNull()
})

test('a page that never ends is looked at for three seconds, and read for one', async () => {
  const { deadline, granted, pass } = createDeadlines()
  let isSilent = false
  const server = await serve((response) => {
    if (!isSilent) return response.end(PAGE)
    response.write(PAGE)
    return pass()
  })
  const settings = settingsFor(server.url)
  const target = assumeTarget(settings, testPorts())
  const { metrics } = await findServerMetrics(settings, target, NEVER, deadline)
  isSilent = true
  expect(await metrics!.read(NEVER)).toBeNull()
  expect(granted).toEqual([3_000, 1_000])

  const named = settingsFor(server.url, ['--server-metrics', `${server.url}/metrics`])
  const { findings } = await findServerMetrics(named, target, NEVER, deadline)
  expect(findings[0]!.message).toBe(`GET ${server.url}/metrics was not answered.`)
})
