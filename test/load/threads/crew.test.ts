import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, onTestFinished, test } from 'vitest'
import { EndpointError } from '../../../src/errors.ts'
import type { Authorizer } from '../../../src/load/ports.ts'
import { createAuthorizer } from '../../../src/load/auth/authorizers.ts'
import { createBudget } from '../../../src/load/budget.ts'
import type { BudgetLimits } from '../../../src/load/budget.ts'
import { healthyClient } from '../scripted-endpoint.ts'
import { systemClock } from '../../../src/load/runtime.ts'
import { measureLevel, measureSharedLevel } from '../../../src/load/level.ts'
import type { LevelSpec } from '../../../src/load/level/board.ts'
import { assumePreflight } from '../../../src/load/preflight/preflight.ts'
import { createCrew, orderEndpoint } from '../../../src/load/threads/crew.ts'
import { openTransport } from '../../../src/load/transport/target.ts'
import type { LevelRun } from '../../../src/metrics/level/level-run.ts'
import { listArrivals } from '../../../src/plan/arrivals.ts'
import { createLevelWorkload } from '../../../src/plan/workload.ts'
import { findApi } from '../../../src/vendors/apis.ts'
import { askedFor, bodyOf, chatAnswer, refuse, sendJson } from '../../support/answers.ts'
import { serve } from '../../support/http-server.ts'
import type { Seen, TestServer } from '../../support/http-server.ts'
import { settingsFor } from '../../support/run-settings.ts'

const CREW = createCrew()
afterAll(() => CREW.close())

const NO_LIMITS = { maxDurationMs: null, maxRequests: null, maxOutputTokens: null }
const SPEC: LevelSpec = {
  concurrency: 7,
  pass: 1,
  durationMs: 60,
  minRequests: 1,
  maxRequests: null,
  warmupRequests: 1,
}

interface Setup {
  /** 0: this one. */
  readonly threads?: number
  readonly spec?: Partial<LevelSpec>
  readonly limits?: Partial<BudgetLimits>
  readonly outputTokens?: number
  readonly flags?: readonly string[]
  readonly signal?: AbortSignal
  readonly crew?: ReturnType<typeof createCrew>
  /** Default: one that was never let in. */
  readonly auth?: Authorizer
}

/** Measures one level of an endpoint in so many threads. */
async function measure(
  url: string,
  { threads = 2, spec, limits, outputTokens = 20, flags = [], signal, crew = CREW, auth: given }: Setup = {},
) {
  const settings = settingsFor(url, ['--model', 'tiny', '--output-tokens', String(outputTokens), ...flags])
  const auth = given ?? createAuthorizer(settings, { clock: systemClock, wallClock: () => new Date(), hide: () => {} })
  const api = findApi('openai-chat')
  const target = {
    api,
    auth,
    dialect: {
      task: 'chat',
      model: 'tiny',
      fields: new Set(['stream_options'] as const),
      lengthField: 'max_tokens',
      extraBody: {},
    },
    url: api.url(settings.endpoint, 'chat', null),
  } as const
  const { workload } = assumePreflight(settings, target, () => crypto.randomUUID().replaceAll('-', '').slice(0, 16))
  const ports = {
    clock: systemClock,
    budget: createBudget({ ...NO_LIMITS, ...limits }, systemClock),
    sweepStartAt: systemClock.now(),
    signal: signal ?? new AbortController().signal,
    target: url,
    serverMetrics: null,
  }
  const level = { ...SPEC, ...spec }
  if (threads > 0) {
    const carried = { endpoint: orderEndpoint(settings, target), auth, workload }
    return { run: await measureSharedLevel(level, ports, crew.carryIn(threads, carried)), ports }
  }
  const transport = openTransport(settings, target)
  onTestFinished(() => transport.close())
  const prompts = createLevelWorkload(workload, level)
  const own = { transport, health: healthyClient(), workload: prompts, collectGarbage: () => {} }
  return { run: await measureLevel(level, { ...ports, ...own }), ports }
}

/** Answers with as many tokens as are asked for, a while after the question. */
async function answering(log: Map<string, Sent> = new Map()): Promise<TestServer> {
  return serve((response, seen) => {
    const sent: Sent = { seen, tokens: askedFor(seen), arrivedAt: systemClock.now(), endedAt: NaN }
    log.set(idOf(seen), sent)
    setTimeout(() => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write(chatAnswer(sent.tokens))
      sent.endedAt = systemClock.now()
      response.end()
    }, 3)
  })
}

interface Sent {
  readonly seen: Seen
  readonly tokens: number
  /** On the clock of this thread. */
  readonly arrivedAt: number
  /** Just before the end of the answer was sent; NaN: it was not. */
  endedAt: number
}

function idOf({ headers }: Seen): string {
  return headers['x-request-id'] as string
}

/** What a user asked, without what makes it another prompt each time. */
function promptOf({ seen }: Sent): string {
  const [{ content }] = bodyOf(seen)['messages'] as [{ content: string }]
  return content
}

describe.each([1, 2, 3])('a level in %i threads', (threads) => {
  test('has a record for every answer, exact to the token, and asks nothing twice', async () => {
    const log = new Map<string, Sent>()
    const server = await answering(log)
    const { run } = await measure(server.url, { threads })
    expect(run).toMatchObject({ stopped: null, concurrency: 7, client: threads === 1 ? {} : { threads } })
    const records = [...run.records]
    expect(records.length).toBeGreaterThan(7)
    expect(new Set(records.map(({ requestId }) => requestId)).size).toBe(records.length)
    expect(new Set(records.map(({ worker }) => worker))).toEqual(new Set([0, 1, 2, 3, 4, 5, 6]))
    for (const { requestId, outputTokens, failure } of records) {
      expect({ outputTokens, failure }).toEqual({ outputTokens: log.get(requestId!)!.tokens, failure: null })
    }
    // What is in flight when the load ends is cancelled, and may not have come to the server.
    const cancelled = run.connections.requests - records.length
    expect(log.size).toBeGreaterThanOrEqual(records.length)
    expect(log.size).toBeLessThanOrEqual(records.length + cancelled)
    expect(cancelled).toBeLessThanOrEqual(7)
    expect(run.connections.opened).toBe(7)
    expect(server.connections).toBe(7)
    expect(new Set(server.requests.map(idOf)).size).toBe(server.requests.length)
    expect(new Set(server.requests.map(({ body }) => body)).size).toBe(server.requests.length)
    const gaps = records
      .filter(({ phase }) => phase === 'counted')
      .reduce((sum, { tokenEvents }) => sum + tokenEvents - 1, 0)
    expect(run.interChunk.count).toBe(gaps)
  })
})

test('a level of a rate is sent by several threads as by one: each request is due once, at the moment that the schedule says', async () => {
  const open = {
    // So slow that hardly a machine falls behind: a queue that grows would end the level.
    ratePerSecond: 25,
    arrivals: { kind: 'poisson' },
    seed: 'a',
    maxInFlight: 64,
    usuallyInFlight: 2,
  } as const
  const { run } = await measure((await answering()).url, {
    threads: 3,
    spec: { concurrency: 25, open, maxRequests: 40, durationMs: 60_000 },
  })
  const counted = [...run.records].filter(({ phase }) => phase === 'counted')
  // A machine that falls behind ends the level for that.
  if (run.stopped === null) expect(counted).toHaveLength(40)
  else expect(run.stopped).toBe('overloaded')
  const moments = [...run.records].map(({ startMs }) => startMs).sort((a, b) => a - b)
  const due = listArrivals(open)
    .take(moments.length + 64)
    .toArray()
  const findDue = (at: number) =>
    due.find(({ atMs }) => Math.abs(atMs - due[0]!.atMs - (at - moments[0]!)) < 1e-3)?.number
  const numbers = moments.map(findDue)
  expect(numbers).not.toContain(undefined)
  expect(new Set(numbers).size).toBe(moments.length)
  expect(run.open).toMatchObject({ maxInFlight: 64, dropped: 0 })
})

test('a level ends with exactly as many counted requests as were asked for, over all threads', async () => {
  const { run } = await measure((await answering()).url, {
    threads: 3,
    spec: { maxRequests: 40, durationMs: 60_000 },
  })
  expect([...run.records].filter(({ phase }) => phase === 'counted')).toHaveLength(40)
})

test('a budget is spent to the last request by all threads, and not beyond', async () => {
  const server = await answering()
  const { run } = await measure(server.url, { threads: 3, limits: { maxRequests: 50 }, spec: { durationMs: 60_000 } })
  expect(run.stopped).toBe('budget')
  // Where threads begin late some were sent before the window, and are cancelled when its last one has ended.
  expect(run.connections.requests).toBe(50)
  expect(server.requests).toHaveLength(50)
})

test('stamps of all threads are on the clock of this one', async () => {
  const log = new Map<string, Sent>()
  const server = await answering(log)
  const { run, ports } = await measure(server.url, { threads: 3 })
  for (const { requestId, startMs, endMs } of run.records) {
    const { arrivedAt, endedAt } = log.get(requestId!)!
    const startAt = ports.sweepStartAt + startMs
    expect(startAt).toBeLessThan(arrivedAt)
    expect(startAt + endMs).toBeGreaterThan(endedAt)
  }
})

test('warm-up, window and tail begin and end at one moment for all threads', async () => {
  const { run } = await measure((await answering()).url, { threads: 3, spec: { warmupRequests: 2 } })
  const { startMs, endMs } = run.window!
  expect(endMs - startMs).toBeGreaterThanOrEqual(60)
  for (const { phase, startMs: at, endMs: lasted } of run.records) {
    if (phase === 'warmup') expect(at).toBeLessThanOrEqual(endMs)
    if (phase === 'counted') expect(at).toBeGreaterThan(startMs)
    if (phase === 'tail') expect(at + lasted).toBeGreaterThan(endMs)
  }
  expect(new Set(Array.from(run.records, ({ worker, phase }) => `${worker} ${phase}`)).size).toBeGreaterThanOrEqual(14)
})

test('the prompts of a worker are those that it has in one thread', async () => {
  const ask = async (threads: number): Promise<string[]> => {
    const log = new Map<string, Sent>()
    const { url } = await answering(log)
    // Answers that come in one piece let all workers in at once, in their phases.
    const { run } = await measure(url, { threads, outputTokens: 200, flags: ['--prefix-cache', 'allow'] })
    const own = Map.groupBy(run.records, ({ worker }) => worker)
    return [...own.keys()]
      .sort((a, b) => a - b)
      .flatMap((worker) => {
        const inOrder = own
          .get(worker)!
          .toSorted((a, b) => a.startMs - b.startMs)
          .slice(0, 2)
        return inOrder.map(({ requestId, requestedTokens }) => `${requestedTokens} ${promptOf(log.get(requestId!)!)}`)
      })
  }
  const alone = await ask(0)
  expect(alone).toHaveLength(14)
  expect(await ask(3)).toEqual(alone)
})

test('a level without warm-up opens its window when all threads are ready', async () => {
  const { run } = await measure((await answering()).url, { threads: 3, spec: { warmupRequests: 0 } })
  expect(new Set(Array.from(run.records, ({ phase }) => phase))).not.toContain('warmup')
  expect(run.client.eventLoopUtilization).toBeGreaterThan(0)
  expect(run.window).not.toBeNull()
})

test('a level that is cancelled ends in all threads, and nothing more is sent', async () => {
  const cancelling = new AbortController()
  const server = await answering()
  setTimeout(() => cancelling.abort(), 60)
  const { run } = await measure(server.url, { threads: 3, signal: cancelling.signal, spec: { durationMs: 3_600_000 } })
  expect(run.stopped).toBe('cancelled')
  await expectQuiet(server)
})

test('a run that is cancelled before a level begins sends nothing', async () => {
  const server = await answering()
  const { run } = await measure(server.url, { threads: 2, signal: AbortSignal.abort() })
  expect({ stopped: run.stopped, records: run.records.length }).toEqual({ stopped: 'cancelled', records: 0 })
  expect(server.requests).toEqual([])
})

test('what ends a level ends it in all threads: a key that is refused is told once', async () => {
  const server = await serve((response) => refuse(response, 401, 'no such key'))
  const tell = async (threads: number): Promise<EndpointError> =>
    measure(server.url, { threads, flags: ['--api-key', 'key-0123456789'], spec: { durationMs: 3_600_000 } }).then(
      () => expect.unreachable(),
      (error: EndpointError) => error,
    )
  const alone = await tell(0)
  const shared = await tell(3)
  expect(shared).toBeInstanceOf(EndpointError)
  expect(shared.message).toBe(alone.message)
  expect(new Set(server.requests.map(({ headers }) => headers.authorization))).toEqual(
    new Set(['Bearer key-0123456789']),
  )
})

test('a key that is refused after other threads, or the process itself, had been let in is said to have been accepted until then', async () => {
  let isRevoked = false
  const server = await serve((response, seen) => {
    if (isRevoked) return refuse(response, 401, 'revoked')
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.end(chatAnswer(askedFor(seen)))
  })
  const flags = ['--api-key', 'key-0123456789']
  const settings = settingsFor(server.url, flags)
  const auth = createAuthorizer(settings, { clock: systemClock, wallClock: () => new Date(), hide: () => {} })
  await measure(server.url, { threads: 2, flags, auth, spec: { maxRequests: 7, durationMs: 3_600_000 } })
  expect(auth.acceptedUntil()).toBeInstanceOf(Date)
  isRevoked = true
  const refused = measure(server.url, { threads: 3, flags, auth, spec: { durationMs: 3_600_000 } })
  await expect(refused).rejects.toThrow(/the key was accepted until .* and is refused now \(401\)/)
})

test('refusals are counted over all threads', async () => {
  const server = await serve((response) => refuse(response, 429, 'slow down'))
  const { run } = await measure(server.url, { threads: 3, spec: { durationMs: 3_600_000 } })
  expect(run.stopped).toBe('rate-limited')
  expect(run.failureWords).toHaveProperty('http_429')
})

test('a token is fetched once for all threads', async () => {
  const server = await serve((response, seen) => {
    if (seen.path === '/oidc/v1/token') return sendJson(response, 200, { access_token: 'tok', expires_in: 3600 })
    if (seen.headers.authorization !== 'Bearer tok') return refuse(response, 401, 'Invalid access token.')
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    setTimeout(() => response.end(chatAnswer(askedFor(seen))), 3)
  })
  const flags = ['--auth', 'databricks-oauth', '--client-id', 'id', '--client-secret', 'secret-0123456789']
  const { run } = await measure(server.url, { threads: 3, flags: [...flags, '--api', 'databricks'] })
  expect(run.stopped).toBeNull()
  expect(server.requests.filter(({ path }) => path === '/oidc/v1/token')).toHaveLength(1)
  expect([...run.records].filter(({ failure }) => failure !== null)).toEqual([])
})

describe('a thread that dies', () => {
  const DYING = fileURLToPath(new URL('dying-thread.ts', import.meta.url))

  test('ends the level with a failure of ours that says so, and leaves nobody who carries on', async () => {
    const crew = createCrew(DYING)
    const server = await answering()
    const error = await measure(server.url, { crew, spec: { durationMs: 3_600_000 } }).then(
      () => expect.unreachable(),
      (error: unknown) => error as EndpointError,
    )
    expect(error).toBeInstanceOf(EndpointError)
    expect(error.what).toBe('a thread of this client died at concurrency 7: no memory left')
    expect(error.remedy).toContain('more memory, or measure with `client-threads: 1`')
    await crew.close()
    await expectQuiet(server)
  })

  test('before it is one, where Node may have none, is a failure of ours, too', async () => {
    // What Node does not even try to start, as one that was started without --allow-worker.
    const error = await measure((await answering()).url, { crew: createCrew('no-path-of-a-thread') }).catch(
      (error: unknown) => error as EndpointError,
    )
    expect(error).toBeInstanceOf(EndpointError)
    expect((error as EndpointError).remedy).toContain('client-threads: 1')
  })

  test('for want of open files is told to raise that limit, and not to have more memory', async () => {
    const crew = createCrew(fileURLToPath(new URL('fileless-thread.ts', import.meta.url)))
    const server = await answering()
    const error = await measure(server.url, { crew, threads: 1 }).catch((error: unknown) => error as EndpointError)
    expect((error as EndpointError).remedy).toMatch(/^raise the limit of open files \(`ulimit -n`\), or measure with /)
    await crew.close()
  })
})

/** Whoever still carried load would ask again and again; what was on its way may still come. */
async function expectQuiet({ requests }: TestServer): Promise<void> {
  const { length } = requests
  await measure((await answering()).url, { spec: { durationMs: 50 } })
  expect(requests.length).toBeLessThanOrEqual(length + SPEC.concurrency)
}

function listPhases(run: LevelRun): string[] {
  return Array.from(run.records, ({ phase }) => phase)
}

test('two levels at once are carried by threads of their own', async () => {
  const servers = await Promise.all([answering(), answering()])
  const runs = await Promise.all(servers.map(async ({ url }) => measure(url, { threads: 1 })))
  for (const [i, { run }] of runs.entries()) {
    expect(listPhases(run)).toContain('counted')
    const ids = new Set(servers[i]!.requests.map(idOf))
    expect([...run.records].every(({ requestId }) => ids.has(requestId!))).toBe(true)
  }
})
