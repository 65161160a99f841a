import { expect, it, afterEach, describe } from 'vitest'
import { createEngine } from '../../src/simulator/engine/engine.ts'
import { createForeignLoad } from '../../src/simulator/endpoint.ts'
import { createTally } from '../../src/simulator/tally.ts'
import { CACHE_DEFAULTS } from '../../src/simulator/cost.ts'
import type { SimulatorClock } from '../../src/simulator/clock.ts'
import type { SimulatorOptions } from '../../src/simulator/settings/options.ts'
import { startSimulator } from '../../src/simulator/server.ts'
import type { Simulator } from '../../src/simulator/server.ts'
import { SHIPPED } from '../../src/simulator/repertoire.ts'
import { SERVERS } from '../../src/simulator/servers.ts'
import { createVirtualClock } from '../support/virtual-clock.ts'
import { openRequest, PATIENT, rawRequest, tokensIn } from './raw-client.ts'
import type { Json, RawRequest } from './raw-client.ts'

it('keeps foreign requests in the engine for ever, and they take its time', () => {
  const tally = createTally()
  const engine = createEngine({ slots: 4, overheadMs: 0, prefillMsPerToken: 0, decodeMs: 5, decodeMsPerSequence: 1 })
  const foreign = createForeignLoad(3, engine, tally)
  foreign.begin(0)
  engine.submit(1, { inputTokens: 1, outputTokens: 100_000, at: 0 })
  let own = 0
  for (let now = 0; now <= 4000; now += 9) {
    for (const event of engine.advanceTo(now)) {
      tally.noteTokens(event, now)
      if (!foreign.take(event, now)) own++
    }
    engine.nextEventAt()
    if (now > 9) expect(engine.running + engine.waiting).toBe(4)
  }
  // A step of four takes 9 ms and one of 3, right after an end, 8.
  expect(own).toBeGreaterThan(4000 / 9 - 1)
  expect(own).toBeLessThan(4000 / 8)
  expect(tally.totals.finished.length).toBeGreaterThan(6)
})

const ENGINE = { overheadMs: 0, prefillMsPerToken: 0.125, decodeMs: 1, decodeMsPerSequence: 0, slots: 4 }
const CHAT = { messages: [{ role: 'user', content: 'hello there' }], max_tokens: 4 }
const INVOCATIONS = '/serving-endpoints/chat/invocations'
const ENDPOINT = '/api/2.0/serving-endpoints/chat'
const running: Simulator[] = []

async function start(options: Partial<SimulatorOptions> = {}, clock: SimulatorClock = createVirtualClock()) {
  const simulator = await startSimulator({ engine: ENGINE, model: 'tiny', ...options }, { clock })
  running.push(simulator)
  return async (path: string, request: RawRequest = {}) => rawRequest(simulator.url + path, request)
}

afterEach(async () => {
  await Promise.all(running.splice(0).map((simulator) => simulator.close()))
})

/** The value of a sample, whatever its labels. */
function sample(page: string, name: string): number {
  const line = page.split('\n').find((text) => text.startsWith(`${name}{`) || text.startsWith(`${name} `))
  return Number(line?.split(' ').at(-1))
}

describe('the metrics of the server', () => {
  it('grow with what it does, and agree with the log of what it sent', async () => {
    const ask = await start({ prefixCache: CACHE_DEFAULTS })
    const words = Array.from({ length: 32 }, (_, i) => `w${i}`).join(' ')
    const body = { messages: [{ role: 'user', content: words }], max_tokens: 5, stream: true }
    for (let i = 0; i < 3; i++) await ask('/v1/chat/completions', { body })
    await ask('/v1/embeddings', { body: { input: 'one two' } })
    const { headers, body: page } = await ask('/metrics')
    expect(headers['content-type']).toContain('text/plain; version=0.0.4')
    expect(sample(page, 'vllm:generation_tokens_total')).toBe(15)
    expect(sample(page, 'vllm:prompt_tokens_total')).toBe(3 * 40 + 2)
    expect(sample(page, 'vllm:prefix_cache_hits_total')).toBe(64)
    expect(sample(page, 'vllm:time_to_first_token_seconds_count')).toBe(3)
    expect(sample(page, 'vllm:inter_token_latency_seconds_count')).toBe(12)
    expect(sample(page, 'vllm:e2e_request_latency_seconds_count')).toBe(4)
    const log = running[0]!.log().filter(({ stream }) => stream)
    const seen = log.reduce((sum, { firstTokenAtMs, receivedAtMs }) => sum + firstTokenAtMs! - receivedAtMs, 0)
    // The prefill of 40 tokens, and twice that of the 8 which are not in the cache.
    expect(seen).toBe(0.125 * (40 + 8 + 8))
    expect(sample(page, 'vllm:time_to_first_token_seconds_sum')).toBeCloseTo(seen / 1000, 9)
  })

  it('do not know what happens behind the engine', async () => {
    const ask = await start()
    const headers = { 'x-simulate-fault': 'slow-start=300ms' }
    await ask('/v1/chat/completions', { body: { ...CHAT, stream: true }, headers })
    const { body } = await ask('/metrics')
    expect(sample(body, 'vllm:time_to_first_token_seconds_sum')).toBeCloseTo(0.00125, 9)
    const sent = running[0]!.log()[0]!
    expect(sent.firstTokenAtMs! - sent.receivedAtMs).toBe(300)
  })

  it('count a client that left, and show foreign requests that nobody asked for', async () => {
    const clock = createVirtualClock()
    clock.hold()
    const ask = await start({ foreignLoad: 3 }, clock)
    const state = async () => {
      const page = (await ask('/metrics')).body
      const inEngine = sample(page, 'vllm:num_requests_running') + sample(page, 'vllm:num_requests_waiting')
      return [inEngine, Number(/finished_reason="abort"\} (\d+)/.exec(page)![1])]
    }
    const body = { ...CHAT, max_tokens: 100_000, stream: true }
    const request = openRequest(`${running[0]!.url}/v1/chat/completions`, { body })
    await expect.poll(state, PATIENT).toEqual([4, 0])
    // Three foreign prefills of 32 ms each, and steps of 1 ms.
    await clock.pass(120)
    await expect.poll(() => tokensIn(request.bytes()), PATIENT).toBeGreaterThan(10)
    request.leave()
    await expect.poll(async () => (await state())[1], PATIENT).toBe(1)
    await clock.pass(1)
    expect(await state()).toEqual([3, 1])
  })

  it('are none when that is asked for', async () => {
    expect((await (await start({ metrics: 'none' }))('/metrics')).status).toBe(404)
  })

  it('of a Databricks endpoint stand under its own page', async () => {
    const ask = await start()
    await ask(INVOCATIONS, { body: CHAT })
    const { body } = await ask(`${ENDPOINT}/metrics`)
    expect(sample(body, 'request_latency_ms_count')).toBe(1)
    expect(sample(body, 'provisioned_concurrent_requests_total')).toBe(4)
  })
})

describe('a server that is played', () => {
  it('has its own pages, headers and APIs, and no others', async () => {
    const ask = await start({ server: SERVERS.azure })
    const models = await ask('/openai/v1/models')
    expect([models.status, models.headers['x-ms-region']]).toEqual([200, 'Simulated'])
    expect((await ask('/openai/v1/chat/completions', { body: CHAT })).status).toBe(200)
    expect((await ask('/version')).status).toBe(404)
    const chat = await ask('/v1/chat/completions', { body: CHAT })
    expect([chat.status, JSON.parse(chat.body).error.code]).toEqual([404, '404'])
  })

  it.each(['vllm', 'openai', 'azure'] as const)('has nothing of a Databricks workspace when it is %s', async (name) => {
    const ask = await start({ server: SERVERS[name], clientId: 'me', clientSecret: 'secret' })
    const statusOf = async (path: string, request: RawRequest = {}) => (await ask(path, request)).status
    const form = new URLSearchParams({
      grant_type: 'client_credentials',
      scope: 'all-apis',
      client_id: 'me',
      client_secret: 'secret',
    })
    expect(await statusOf('/oidc/v1/token', { body: form.toString() })).toBe(404)
    expect(await statusOf('/oidc/.well-known/oauth-authorization-server')).toBe(404)
    expect(await statusOf('/api/2.0/serving-endpoints')).toBe(404)
    expect(await statusOf(ENDPOINT)).toBe(404)
    expect(await statusOf(`${ENDPOINT}/metrics`)).toBe(404)
  })

  it('has the tokens, the page and the metrics of its endpoint when it is a Databricks workspace', async () => {
    const ask = await start({ server: SHIPPED.servers['databricks']! })
    const { token_endpoint } = JSON.parse((await ask('/oidc/.well-known/oauth-authorization-server')).body)
    expect(token_endpoint).toBe(`${running[0]!.url}/oidc/v1/token`)
    expect(JSON.parse((await ask(ENDPOINT)).body)).toMatchObject({ name: 'chat' })
    expect(sample((await ask(`${ENDPOINT}/metrics`)).body, 'provisioned_concurrent_requests_total')).toBe(4)
  })
})

describe('the page of a Databricks endpoint', () => {
  it('can be changed, and be denied', async () => {
    const ask = await start({ endpointPage: { task: 'llm/v1/embeddings' } })
    expect(JSON.parse((await ask(ENDPOINT)).body)).toMatchObject({ name: 'chat', task: 'llm/v1/embeddings' })
    expect((await (await start({ endpointPage: 'denied' }))(ENDPOINT)).status).toBe(403)
  })
})

describe('who may ask', () => {
  it('is asked of pages with models in them, too, and not of health and metrics', async () => {
    const ask = await start({ apiKey: 'k' })
    const statusOf = async (path: string, headers = {}) => (await ask(path, { headers })).status
    expect(await statusOf('/v1/models')).toBe(401)
    expect(await statusOf('/v1/models', { authorization: 'Bearer k' })).toBe(200)
    expect(await statusOf(ENDPOINT)).toBe(401)
    expect(JSON.parse((await ask(ENDPOINT)).body).error_code).toBeDefined()
    expect([await statusOf('/health'), await statusOf('/metrics')]).toEqual([200, 200])
  })

  it('fetches a token with client credentials, which holds for its lifetime and no longer', async () => {
    const clock = createVirtualClock()
    const ask = await start({ clientId: 'me', clientSecret: 'secret', tokenLifetimeMs: 60_000 }, clock)
    const { token_endpoint } = JSON.parse((await ask('/oidc/.well-known/oauth-authorization-server')).body)
    expect(token_endpoint).toBe(`${running[0]!.url}/oidc/v1/token`)
    const form = new URLSearchParams({ grant_type: 'client_credentials', scope: 'all-apis' })
    const proof = { authorization: `Basic ${Buffer.from('me:secret').toString('base64')}` }
    const token: Json = JSON.parse((await ask('/oidc/v1/token', { body: form.toString(), headers: proof })).body)
    const until = clock.now() + 60_000
    const headers = { authorization: `Bearer ${token.access_token as string}` }
    const chat = async () => ask(INVOCATIONS, { body: CHAT, headers })
    await clock.pass(59_999)
    expect((await chat()).status).toBe(200)
    await clock.pass(until - clock.now())
    const late = await chat()
    expect([late.status, late.headers['www-authenticate']]).toEqual([401, expect.stringContaining('invalid_token')])
  })

  it('is not told by GitHub: nobody vouches for jobs here', async () => {
    const ask = await start({ clientId: 'me' })
    expect((await ask('/github-oidc?audience=x', { headers: { authorization: 'bearer job' } })).status).toBe(404)
    const grant_type = 'urn:ietf:params:oauth:grant-type:token-exchange'
    const form = new URLSearchParams({ grant_type, scope: 'all-apis' })
    expect(JSON.parse((await ask('/oidc/v1/token', { body: form.toString() })).body).error).toBe(
      'unsupported_grant_type',
    )
  })
})

describe('adapters', () => {
  const ADAPTERS = { adapters: ['law', 'code'] }

  it('are listed beside the model, and asked for by name', async () => {
    const ask = await start({ ...ADAPTERS, server: SERVERS.vllm })
    const { data } = JSON.parse((await ask('/v1/models')).body)
    expect(data.map(({ id, parent }: Json) => [id, parent])).toEqual([
      ['tiny', null],
      ['law', 'tiny'],
      ['code', 'tiny'],
    ])
    const answer = await ask('/v1/chat/completions', { body: { ...CHAT, model: 'code' } })
    expect(JSON.parse(answer.body)).toMatchObject({ model: 'code' })
    expect((await ask('/v1/chat/completions', { body: { ...CHAT, model: 'art' } })).status).toBe(404)
  })

  it('are loaded once, while others are served', async () => {
    const ask = await start({ ...ADAPTERS, adapterLoadMs: 700 })
    const took = async (...models: string[]) => {
      const known = running[0]!.log().length
      await Promise.all(models.map((model) => ask('/v1/completions', { body: { model, prompt: 'x', max_tokens: 1 } })))
      return running[0]!
        .log()
        .slice(known)
        .map(({ firstTokenAtMs, receivedAtMs }) => firstTokenAtMs! - receivedAtMs)
    }
    const [base, first] = await took('tiny', 'law')
    expect(base).toBeLessThan(1)
    expect(first).toBeGreaterThanOrEqual(700)
    expect(first).toBeLessThan(702)
    expect((await took('law'))[0]).toBeLessThan(1)
    expect((await took('code'))[0]).toBeGreaterThanOrEqual(700)
  })
})
