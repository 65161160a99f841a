import { describe, expect, it, onTestFinished } from 'vitest'
import { systemClock } from '../../src/load/runtime.ts'
import { measureLevel } from '../../src/load/level.ts'
import { NO_AUTH } from '../../src/load/auth/authorizers.ts'
import { createHttpTransport } from '../../src/load/transport/http-transport.ts'
import type { Transport } from '../../src/load/ports.ts'
import { averageThinking, sumUpConversations } from '../../src/metrics/level/conversations.ts'
import { summariseLevel } from '../../src/metrics/level.ts'
import { listArrivals } from '../../src/plan/arrivals.ts'
import type { DrawnSchedule, OpenBounds } from '../../src/plan/arrivals.ts'
import { createLevelWorkload } from '../../src/plan/workload.ts'
import { fixLength } from '../../src/settings/values/distributions.ts'
import type { ConversationOptions } from '../../src/plan/compose-request.ts'
import type { RequestSpec } from '../../src/protocol/api.ts'
import { findConversationTimes, listTurnCosts } from '../support/closed-form.ts'
import { ENGINE_DEFAULTS } from '../../src/simulator/engine/engine.ts'
import { CACHE_DEFAULTS } from '../../src/simulator/cost.ts'
import { startSimulator } from '../../src/simulator/server.ts'
import { ALL_APIS, findApi } from '../../src/vendors/apis.ts'
import { listFacts } from '../support/builders.ts'
import { rawRequest } from '../simulator/raw-client.ts'
import { createSpokenEndpoint } from '../support/virtual/spoken.ts'
import { createVirtualEndpoint } from '../support/virtual-endpoint.ts'
import { aLevelSpec, portsOf, scriptedEndpoint, SCRIPTED_WORKLOAD } from './scripted-endpoint.ts'

type OpenLoad = DrawnSchedule & OpenBounds

const TALK: ConversationOptions = { turns: fixLength(4), thinkTime: { kind: 'fixed', ms: 0 }, systemTokens: 48 }
let nonces = 0

function workloadOf(conversations: Partial<ConversationOptions>, outputTokens = 20) {
  const nonce = (): string => (++nonces).toString(16).padStart(16, '0')
  return {
    ...SCRIPTED_WORKLOAD,
    nonce,
    prefixCache: 'allow',
    inputTokens: fixLength(40),
    // No jitter: of a mean that is one token, half are one token shorter or longer.
    outputTokens: { kind: 'uniform', min: outputTokens, max: outputTokens },
    conversations: { ...TALK, ...conversations },
  } as const
}

/** A level of conversations in virtual time. */
async function converse(concurrency: number, conversations: Partial<ConversationOptions> = {}, durationMs = 8_000) {
  const endpoint = createVirtualEndpoint({}, { templateTokens: 8, prefixCache: CACHE_DEFAULTS })
  const spec = aLevelSpec({ concurrency, durationMs })
  const workload = createLevelWorkload(workloadOf(conversations), spec)
  const run = await endpoint.run(measureLevel(spec, portsOf(endpoint, spec, { workload })))
  return { run, records: Array.from(run.records, listFacts) }
}

describe('conversations', () => {
  it('pay for what the prefix cache does not hold of each turn, as the closed form says', async () => {
    const { run, records } = await converse(1)
    const shape = { turns: 4, systemTokens: 48, userTokens: 40, outputTokens: 20 }
    const truth = listTurnCosts(ENGINE_DEFAULTS, shape, { templateTokens: 8, blockWords: 16 })
    const counted = records.filter(({ phase }) => phase === 'counted')
    expect(counted.length).toBeGreaterThan(20)
    // The first one begins with a short answer, which warms up.
    for (const { turn, inputTokens, cachedTokens, ttftMs } of counted.filter(({ conversation }) => conversation! > 1)) {
      const { ttftMs: expected, ...costs } = truth[turn! - 1]!
      expect({ inputTokens, cachedTokens }).toEqual(costs)
      expect(ttftMs).toBeCloseTo(expected, 6)
    }
    const { conversations, cachedShare } = summariseLevel([run], {
      task: 'chat',
      tolerance: 0.05,
      prefixCache: 'allow',
    })
    expect(conversations!.turns.map(({ turn, ttftMs }) => [turn, ttftMs])).toEqual(
      truth.map(({ ttftMs }, i) => [i + 1, expect.closeTo(ttftMs, 6)]),
    )
    const sum = (of: 'inputTokens' | 'cachedTokens') => counted.reduce((all, record) => all + record[of]!, 0)
    expect(cachedShare).toBeCloseTo(sum('cachedTokens') / sum('inputTokens'), 12)
  })

  it('are held by as many workers, at all their turns from the beginning of the window', async () => {
    const { records } = await converse(8)
    const counts = [1, 2, 3, 4].map(
      (turn) => records.filter((one) => one.phase === 'counted' && one.turn === turn).length,
    )
    expect(Math.max(...counts) / Math.min(...counts)).toBeLessThan(1.15)
    const first = records.filter(({ phase }) => phase === 'counted').slice(0, 16)
    expect(new Set(first.map(({ turn }) => turn)).size).toBe(4)
  })

  it('are pauses of users for as long as they think, in which no worker is idle', async () => {
    const { run, records } = await converse(4, { thinkTime: { kind: 'fixed', ms: 1000 } })
    const mine = records.filter(({ worker }) => worker === 0)
    for (const [i, record] of mine.entries()) {
      const before = mine[i - 1]
      if (before === undefined) continue
      const pause = record.startMs - before.startMs - before.endMs
      expect(pause).toBeCloseTo(record.turn === 1 ? 0 : 1000, 6)
    }
    const options = { task: 'chat', tolerance: 0.05, prefixCache: 'allow' } as const
    const level = summariseLevel([run], options)
    expect(level.findings).toEqual([])
    const restless = { ...run, records: records.map((record) => ({ ...record, thinkMs: null })) }
    expect(summariseLevel([restless], options).invalidReasons).toEqual(['not-full'])
    const { whole, latencyMs, spanMs } = level.conversations!
    expect(whole).toBeGreaterThan(3)
    expect(spanMs! - latencyMs!).toBeGreaterThan(2999)
    expect(spanMs! - latencyMs!).toBeLessThan(3010)
  })

  it.each([
    ['always the same', { kind: 'fixed', ms: 700 }, 1e-6],
    ['drawn', { kind: 'lognormal', mean: 700, sd: 350 }, 0.05],
  ] as const)(
    'take the share of think-time that the closed form says, where it is %s',
    async (_, thinkTime, within) => {
      const { run, records } = await converse(1, { thinkTime }, 300_000)
      const shape = { turns: 4, systemTokens: 48, userTokens: 40, outputTokens: 20 }
      const truth = findConversationTimes(ENGINE_DEFAULTS, shape, { templateTokens: 8, blockWords: 16 }, 700)
      const { latencyMs, whole } = sumUpConversations([run])!
      expect(whole).toBeGreaterThan(80)
      expect(latencyMs).toBeCloseTo(truth.latencyMs, 3)
      const thought = averageThinking([run])
      expect(Math.abs(thought / truth.thinkShare - 1)).toBeLessThan(within + 0.01)
      const pauses = records.flatMap(({ thinkMs }) => thinkMs ?? [])
      expect(Math.abs(pauses.reduce((sum, ms) => sum + ms, 0) / pauses.length / 700 - 1)).toBeLessThan(within)
    },
  )

  describe('that arrive at a rate', () => {
    const open: OpenLoad = {
      ratePerSecond: 5,
      arrivals: { kind: 'poisson' },
      seed: 'a seed',
      maxInFlight: 1000,
      usuallyInFlight: 2,
      conversationsUnderWay: 17,
    }
    const thinkTime = { kind: 'fixed', ms: 1000 } as const

    async function arrive(answer: Parameters<typeof scriptedEndpoint>[0], load: Partial<typeof open> = {}) {
      const endpoint = scriptedEndpoint(answer)
      const spec = aLevelSpec({ concurrency: 5, durationMs: 30_000, open: { ...open, ...load } })
      const workload = createLevelWorkload(workloadOf({ thinkTime }), spec)
      const run = await endpoint.run(measureLevel(spec, portsOf(endpoint, { concurrency: 1 }, { workload })))
      return { run, calls: endpoint.calls, records: Array.from(run.records, listFacts) }
    }

    it('begin when they are due, and each turn follows the answer before it after its think-time', async () => {
      const { calls, run, records } = await arrive(() => ({ latencyMs: 100 }))
      const begun = calls.filter(({ spec }) => spec.turn!.turn === 1)
      const due = listArrivals(open).take(begun.length).toArray()
      expect(begun.map(({ startAt }) => startAt)).toEqual(due.map(({ atMs }) => expect.closeTo(atMs, 6)))
      for (const { spec, startAt } of begun.slice(0, 50)) {
        const mine = calls.filter(({ spec: other }) => other.turn!.conversation === spec.turn!.conversation)
        expect(mine.map((call) => call.startAt - startAt)).toEqual(mine.map((_, i) => expect.closeTo(1100 * i, 6)))
      }
      // The last token comes a gap before the end.
      const answerMs = (100 * 20) / 21
      expect(sumUpConversations([run])).toMatchObject({
        latencyMs: expect.closeTo(4 * answerMs, 6),
        spanMs: expect.closeTo(3300 + answerMs, 6),
        endedEarly: 0,
      })
      expect(Math.max(...records.map(({ queueMs }) => queueMs))).toBeLessThan(1e-6)
    })

    it('are offered as many requests a second as they have turns, from when as many have ended as are under way', async () => {
      const { run, records } = await arrive(() => ({ latencyMs: 100 }), { arrivals: { kind: 'constant' } })
      expect(run.window!.startMs).toBeCloseTo(17 * 200 + 3400, 3)
      const counted = records.filter(({ phase }) => phase === 'counted')
      for (const turn of [1, 2, 3, 4])
        expect(Math.abs(counted.filter((one) => one.turn === turn).length - 5 * 30)).toBeLessThanOrEqual(1)
      expect(run.stopped).toBeNull()
    })

    it('pay for what the prefix cache does not hold of each turn, as the closed form says', async () => {
      const endpoint = createVirtualEndpoint({ slots: 64 }, { templateTokens: 8, prefixCache: CACHE_DEFAULTS })
      const spec = aLevelSpec({ concurrency: 5, durationMs: 30_000, open: { ...open, ratePerSecond: 0.5 } })
      const workload = createLevelWorkload(workloadOf({ thinkTime }), spec)
      const run = await endpoint.run(measureLevel(spec, portsOf(endpoint, { concurrency: 1 }, { workload })))
      const shape = { turns: 4, systemTokens: 48, userTokens: 40, outputTokens: 20 }
      const truth = listTurnCosts(ENGINE_DEFAULTS, shape, { templateTokens: 8, blockWords: 16 })
      const { turns } = sumUpConversations([run])!
      expect(turns.map(({ inputTokens, cachedShare }) => [inputTokens, cachedShare])).toEqual(
        truth.map(({ inputTokens, cachedTokens }) => [inputTokens, expect.closeTo(cachedTokens / inputTokens, 9)]),
      )
    })

    it('are cut short by a turn that fails, and others go on', async () => {
      const { run } = await arrive(({ spec }) => {
        const fails = spec.turn!.turn === 2 && spec.turn!.conversation % 50 === 0
        return { latencyMs: 100, ...(fails && { failure: 'http_500' as const, status: 500 }) }
      })
      const { endedEarly, whole } = sumUpConversations([run])!
      expect(endedEarly).toBe(3)
      expect(whole).toBeGreaterThan(100)
    })

    it('are overloaded where more turns come than are answered', async () => {
      let freeAt = 0
      const { run } = await arrive(({ startAt }) => {
        freeAt = Math.max(freeAt, startAt) + 90
        return { latencyMs: freeAt - startAt }
      })
      expect(run.stopped).toBe('overloaded')
    })
  })

  it.each(ALL_APIS.filter(({ tasks }) => tasks.includes('chat')).map((api) => [api.name, api] as const))(
    'are spoken by %s: the answer that was read is sent with the next turn, and a strict server takes it',
    async (_, api) => {
      const { clock, openTransport } = createSpokenEndpoint({ strict: true, prefixCache: CACHE_DEFAULTS })
      const origin = new URL('http://127.0.0.1:8000/')
      const dialect = {
        task: 'chat',
        model: api.modelInBody(origin, 'simulated-model'),
        fields: new Set<never>(),
        lengthField: 'max_tokens',
        extraBody: {},
      } as const
      const target = { api, dialect, url: api.url(origin, 'chat', 'simulated-model'), auth: null as never }
      const through = openTransport(null as never, target)
      const sent: RequestSpec[] = []
      const transport: Transport = {
        ...through,
        send: async (worker, spec, signal) => through.send(worker, (sent.push(spec), spec), signal),
      }
      const spec = aLevelSpec({ concurrency: 1, durationMs: 0, minRequests: 6, warmupRequests: 0 })
      const workload = createLevelWorkload(workloadOf({ turns: fixLength(3) }), spec)
      const run = await measureLevel(spec, portsOf({ transport, clock }, spec, { workload }))
      const records = Array.from(run.records, listFacts)
      expect(records.slice(0, 6).map(({ failure, turn }) => [failure, turn])).toEqual(
        [1, 2, 3, 1, 2, 3].map((turn) => [null, turn]),
      )
      expect(sent[2]!.messages!.map(({ role }) => role)).toEqual([
        'system',
        'user',
        'assistant',
        'user',
        'assistant',
        'user',
      ])
      expect(sent[2]!.messages![4]!['content']).toBe(' token'.repeat(20))
    },
  )

  it('are counted by the server as by the client: every cached token, by its log and its metrics', async () => {
    const engine = { overheadMs: 0, prefillMsPerToken: 0.001, decodeMs: 0.2, decodeMsPerSequence: 0.01 }
    const simulator = await startSimulator({ engine, prefixCache: { blockWords: 16, capacity: 200 } })
    onTestFinished(() => simulator.close())
    const api = findApi('openai-chat')
    const url = new URL(`${simulator.url}/v1/chat/completions`)
    const transport = createHttpTransport({
      connection: { origin: url.origin, caCert: null, insecure: false, proxy: null, connectTimeoutMs: 10_000 },
      api,
      dialect: {
        task: 'chat',
        model: 'm',
        fields: new Set(['stream_options']),
        lengthField: 'max_tokens',
        extraBody: {},
      },
      url,
      headers: {},
      auth: NO_AUTH,
      requestTimeoutMs: 60_000,
    })
    const spec = aLevelSpec({ concurrency: 4, durationMs: 0, minRequests: 40, maxRequests: 40 })
    const workload = createLevelWorkload(workloadOf({}, 12), spec)
    let sent = 0
    const counting: Transport = { ...transport, send: async (...request) => (sent++, transport.send(...request)) }
    const run = await measureLevel(spec, portsOf({ transport: counting, clock: systemClock }, spec, { workload }))
    await transport.close()
    // A server notices later that a client has left.
    while (simulator.log().length < sent) await systemClock.sleep(5)
    const byId = new Map(simulator.log().map((one) => [one.requestId, one]))
    const records = Array.from(run.records, listFacts)
    expect(records.length).toBeGreaterThanOrEqual(40)
    for (const { requestId, cachedTokens, inputTokens } of records)
      expect(byId.get(requestId)).toMatchObject({ cachedTokens, inputTokens })
    const log = simulator.log()
    const { body: page } = await rawRequest(`${simulator.url}/metrics`)
    const hits = /^vllm:prefix_cache_hits_total\S* (\d+)$/m.exec(page)![1]
    const begun = log.filter(({ firstTokenAtMs }) => firstTokenAtMs !== null)
    expect(Number(hits)).toBe(begun.reduce((sum, { cachedTokens }) => sum + cachedTokens, 0))
    expect(Number(hits)).toBeGreaterThan(0)
  })
})
