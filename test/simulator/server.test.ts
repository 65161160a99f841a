import { request } from 'node:http'
import { afterEach, describe, expect, it } from 'vitest'
import { listTurnCosts } from '../support/closed-form.ts'
import { ENGINE_DEFAULTS } from '../../src/simulator/engine/engine.ts'
import { CACHE_DEFAULTS } from '../../src/simulator/cost.ts'
import type { SimulatorClock } from '../../src/simulator/clock.ts'
import type { SimulatorOptions } from '../../src/simulator/settings/options.ts'
import type { SentRequest } from '../../src/simulator/answer.ts'
import { startSimulator, type Simulator } from '../../src/simulator/server.ts'
import { createVirtualClock } from '../support/virtual-clock.ts'
import {
  eventsOf,
  jsonEventsOf,
  openRequest,
  PATIENT,
  rawRequest,
  tokensIn,
  type Json,
  type RawRequest,
} from './raw-client.ts'

const FAST = { overheadMs: 0, prefillMsPerToken: 0.01, decodeMs: 1, decodeMsPerSequence: 0.1 }
const CHAT = { messages: [{ role: 'user', content: 'nonce-17 count to ten' }], max_tokens: 6 }
const running: Simulator[] = []

async function start(
  options: Partial<SimulatorOptions> = {},
  clock: SimulatorClock = createVirtualClock(),
): Promise<Simulator> {
  const simulator = await startSimulator({ engine: FAST, ...options }, { clock })
  running.push(simulator)
  return simulator
}

async function post(simulator: Simulator, path: string, body: unknown, options: RawRequest = {}) {
  return rawRequest(simulator.url + path, { body, ...options })
}

afterEach(async () => {
  await Promise.all(running.splice(0).map((simulator) => simulator.close()))
})

it.each(['//', '//v1/models', 'http://example.com//'])(
  'a request for %s is one for a path that is not there',
  async (path) => {
    const { url } = await start()
    const { hostname, port } = new URL(url)
    const status = new Promise<number | undefined>((resolve, reject) => {
      request({ hostname, port, path }, (answer) => resolve(answer.resume().statusCode))
        .on('error', reject)
        .end()
    })
    expect(await status).toBe(404)
  },
)

describe('openai-chat', () => {
  it('streams a role-only event, one event for each token, a finish, the usage and [DONE]', async () => {
    const simulator = await start({ model: 'tiny' })
    const body = { ...CHAT, stream: true, stream_options: { include_usage: true } }
    const answer = await post(simulator, '/v1/chat/completions', body)
    expect(answer.status).toBe(200)
    expect(answer.headers['content-type']).toContain('text/event-stream')
    expect(eventsOf(answer.body).at(-1)).toBe('[DONE]')
    const events = jsonEventsOf(answer.body)
    expect(events).toHaveLength(9)
    expect(events[0].choices[0].delta).toEqual({ role: 'assistant', content: '' })
    expect(events.slice(1, 7).map((event) => event.choices[0].delta)).toEqual(
      Array.from({ length: 6 }, () => ({ content: ' token' })),
    )
    expect(events[7].choices[0]).toMatchObject({ delta: {}, finish_reason: 'length' })
    // Four words and the eight tokens of the template.
    expect(events[8]).toMatchObject({
      choices: [],
      usage: { prompt_tokens: 12, completion_tokens: 6, total_tokens: 18 },
    })
    expect(new Set(events.map((event) => `${event.id} ${event.object} ${event.model}`)).size).toBe(1)
    expect(events[0]).toMatchObject({ object: 'chat.completion.chunk', model: 'tiny' })
  })

  it('sends no usage chunk unless it is asked for', async () => {
    const answer = await post(await start(), '/v1/chat/completions', { ...CHAT, stream: true })
    expect(jsonEventsOf(answer.body).some((event) => 'usage' in event)).toBe(false)
  })

  it('answers in one piece without stream', async () => {
    const answer = await post(await start(), '/v1/chat/completions', CHAT)
    const json = JSON.parse(answer.body)
    expect(json).toMatchObject({ object: 'chat.completion', usage: { completion_tokens: 6 } })
    expect(json.choices[0]).toMatchObject({ finish_reason: 'length', message: { content: ' token'.repeat(6) } })
  })

  it.each([
    ['finish-chunk', [null, null, null, null, 6]],
    ['every-chunk', [0, 1, 5, 6, 6]],
    ['none', [null, null, null, null, null]],
  ] as const)('places usage as told: %s', async (usage, expected) => {
    const simulator = await start({ usage, engine: { ...FAST, tokensPerChunk: 4 } })
    const answer = await post(simulator, '/v1/chat/completions', { ...CHAT, stream: true })
    const counts = jsonEventsOf(answer.body).map((event) => (event.usage?.completion_tokens as number) ?? null)
    expect(counts).toEqual(expected)
  })

  it('puts usage into every chunk for continuous_usage_stats', async () => {
    const stream_options = { include_usage: true, continuous_usage_stats: true }
    const answer = await post(await start(), '/v1/chat/completions', { ...CHAT, stream: true, stream_options })
    const counts = jsonEventsOf(answer.body).map((event) => event.usage.completion_tokens as number)
    expect(counts).toEqual([0, 1, 2, 3, 4, 5, 6, 6, 6])
  })

  it('packs several tokens into an event', async () => {
    const simulator = await start({ engine: { ...FAST, tokensPerChunk: 4 } })
    const answer = await post(simulator, '/v1/chat/completions', { ...CHAT, max_tokens: 7, stream: true })
    const texts = jsonEventsOf(answer.body).map((event) => (event.choices[0].delta.content as string) ?? '')
    expect(texts.map((text) => text.split(' token').length - 1)).toEqual([0, 1, 4, 2, 0])
  })

  it('ends early in some answers, unless ignore_eos or min_tokens forbid it', async () => {
    const simulator = await start({ earlyStop: 1, seed: 'early' })
    const lengthOf = async (extra: object) => {
      const answer = await post(simulator, '/v1/chat/completions', { ...CHAT, max_tokens: 40, ...extra })
      const json = JSON.parse(answer.body)
      return { tokens: json.usage.completion_tokens as number, finish: json.choices[0].finish_reason as string }
    }
    const free = await Promise.all(Array.from({ length: 8 }, () => lengthOf({})))
    expect(free.some(({ tokens, finish }) => tokens < 40 && finish === 'stop')).toBe(true)
    expect(await lengthOf({ ignore_eos: true })).toEqual({ tokens: 40, finish: 'length' })
    expect(await lengthOf({ min_tokens: 40 })).toEqual({ tokens: 40, finish: 'length' })
  })

  it('takes max_completion_tokens and content parts', async () => {
    const messages = [{ role: 'user', content: [{ type: 'text', text: 'one two' }] }]
    const answer = await post(await start(), '/v1/chat/completions', { messages, max_completion_tokens: 3 })
    expect(JSON.parse(answer.body).usage).toMatchObject({ prompt_tokens: 10, completion_tokens: 3 })
  })
})

describe('openai-completions and openai-embeddings', () => {
  it('streams completions without a role event and without a template', async () => {
    const body = { prompt: 'one two three', max_tokens: 3, stream: true, stream_options: { include_usage: true } }
    const events = jsonEventsOf((await post(await start(), '/v1/completions', body)).body)
    expect(events.map((event) => event.choices[0]?.text as string)).toEqual([
      ' token',
      ' token',
      ' token',
      '',
      undefined,
    ])
    expect(events[3].choices[0].finish_reason).toBe('length')
    expect(events[4].usage).toMatchObject({ prompt_tokens: 3, completion_tokens: 3 })
  })

  it('counts a prompt of token numbers by its numbers', async () => {
    const answer = await post(await start(), '/v1/completions', { prompt: [1, 2, 3, 4], max_tokens: 1 })
    expect(JSON.parse(answer.body).usage.prompt_tokens).toBe(4)
  })

  it('embeds a batch', async () => {
    const simulator = await start({ embeddingDimensions: 5 })
    const answer = await post(simulator, '/v1/embeddings', { input: ['one two', 'three'] })
    const json = JSON.parse(answer.body)
    expect(json.usage).toEqual({ prompt_tokens: 3, total_tokens: 3 })
    expect(json.data.map((item: Json) => [item.index, item.embedding.length])).toEqual([
      [0, 5],
      [1, 5],
    ])
  })
})

describe('databricks', () => {
  it('says role, content and cumulative usage in every chunk', async () => {
    const answer = await post(await start(), '/serving-endpoints/llama/invocations', { ...CHAT, stream: true })
    expect(eventsOf(answer.body).at(-1)).toBe('[DONE]')
    const events = jsonEventsOf(answer.body)
    expect(events.map((event) => event.choices[0].delta.role as string)).toEqual(Array(7).fill('assistant'))
    expect(events.map((event) => event.usage.completion_tokens as number)).toEqual([1, 2, 3, 4, 5, 6, 6])
    expect(events[0].choices[0].delta.content).toBe(' token')
    expect(events[6].choices[0]).toMatchObject({ delta: { content: '' }, finish_reason: 'length' })
  })

  it('refuses unknown fields the way Databricks does', async () => {
    const simulator = await start()
    for (const path of ['/serving-endpoints/llama/invocations', '/serving-endpoints/chat/completions']) {
      const answer = await post(simulator, path, { ...CHAT, stream: true, stream_options: { include_usage: true } })
      expect(answer.status).toBe(400)
      expect(answer.body).toBe(
        '{"error_code":"BAD_REQUEST","message":"Bad request: json: unknown field \\"stream_options\\""}',
      )
    }
  })

  it('lets the body decide the task, and serves the OpenAI-compatible paths', async () => {
    const simulator = await start()
    const invocations = '/serving-endpoints/any/served-models/one/invocations'
    const objectOf = async (path: string, body: unknown) =>
      JSON.parse((await post(simulator, path, body)).body).object as string
    expect(await objectOf(invocations, CHAT)).toBe('chat.completion')
    expect(await objectOf(invocations, { prompt: 'hello', max_tokens: 1 })).toBe('text_completion')
    expect(await objectOf(invocations, { input: 'hello' })).toBe('list')
    expect(await objectOf('/serving-endpoints/embeddings', { input: 'hello', model: 'any' })).toBe('list')
    expect((await post(simulator, invocations, { inputs: 'hello' })).status).toBe(400)
  })

  it('says whether the endpoint is ready', async () => {
    const { url } = await start()
    const answer = await rawRequest(`${url}/api/2.0/serving-endpoints/llama`)
    expect(JSON.parse(answer.body)).toMatchObject({
      name: 'llama',
      state: { ready: 'READY', config_update: 'NOT_UPDATING' },
    })
  })
})

describe('the server', () => {
  it('describes itself', async () => {
    const { url } = await start({ model: 'tiny' })
    const get = async (path: string) => rawRequest(url + path)
    expect(JSON.parse((await get('/v1/models')).body)).toMatchObject({ data: [{ id: 'tiny' }] })
    expect((await get('/health')).status).toBe(200)
    expect((await get('/version')).body).toContain('version')
    expect((await get('/metrics')).body).toContain('vllm:num_requests_running{model_name="tiny",engine="0"} 0')
  })

  it('answers 404 for unknown paths, 405 for a wrong method, 400 for what is not a request', async () => {
    const simulator = await start()
    expect((await post(simulator, '/v2/chats', CHAT)).status).toBe(404)
    expect((await rawRequest(`${simulator.url}/nothing`)).status).toBe(404)
    expect((await rawRequest(`${simulator.url}/v1/chat/completions`)).status).toBe(405)
    const refused = ['not json', '[]', '{}', '{"messages":[]}', '{"messages":[{"role":"user"}]}', '{"messages":"hi"}']
    for (const body of refused) expect((await post(simulator, '/v1/chat/completions', body)).status).toBe(400)
    for (const max_tokens of [0, -1, 1.5, 'ten', 1e9]) {
      expect((await post(simulator, '/v1/chat/completions', { ...CHAT, max_tokens })).status).toBe(400)
    }
    expect((await post(simulator, '/v1/chat/completions', { ...CHAT, min_tokens: 7 })).status).toBe(400)
    expect((await post(simulator, '/v1/completions', { prompt: ['a', 'b'] })).status).toBe(400)
    expect((await post(simulator, '/v1/embeddings', { input: [{}] })).status).toBe(400)
  })

  it('refuses bodies over the limit', async () => {
    const simulator = await start({ bodyLimitBytes: 1000 })
    const messages = [{ role: 'user', content: 'x'.repeat(2000) }]
    expect((await post(simulator, '/v1/chat/completions', { messages })).status).toBe(413)
    expect((await post(simulator, '/v1/chat/completions', CHAT)).status).toBe(200)
  })

  it('asks for its key', async () => {
    const simulator = await start({ apiKey: 'secret' })
    const ask = async (headers: Readonly<Record<string, string>>) =>
      (await post(simulator, '/v1/chat/completions', CHAT, { headers })).status
    expect(await ask({})).toBe(401)
    expect(await ask({ authorization: 'Bearer wrong' })).toBe(401)
    expect(await ask({ authorization: 'Bearer secret' })).toBe(200)
  })

  it('states its rate limit and keeps it', async () => {
    const clock = createVirtualClock()
    const simulator = await start({ requestsPerMinute: 2 }, clock)
    const answers = []
    for (let i = 0; i < 3; i++) answers.push(await post(simulator, '/v1/chat/completions', CHAT))
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 429])
    expect(answers.map(({ headers }) => headers['x-ratelimit-remaining-requests'])).toEqual(['1', '0', '0'])
    expect(answers[0]!.headers['x-ratelimit-limit-requests']).toBe('2')
    expect(answers[2]!.headers['retry-after']).toBe('60')
    const [first, , third] = simulator.log()
    await clock.pass(first!.receivedAtMs + 59_999 - third!.receivedAtMs)
    const late = await post(simulator, '/v1/chat/completions', CHAT)
    expect([late.status, late.headers['retry-after']]).toEqual([429, '1'])
    await clock.pass(1)
    expect((await post(simulator, '/v1/chat/completions', CHAT)).status).toBe(200)
  })

  it('answers 503 until it has started', async () => {
    const clock = createVirtualClock()
    const simulator = await start({ coldStartMs: 1900 }, clock)
    const ask = async () => {
      const { status, headers } = await post(simulator, '/v1/chat/completions', CHAT)
      return [status, headers['retry-after'], (await rawRequest(`${simulator.url}/health`)).status]
    }
    expect(await ask()).toEqual([503, '2', 503])
    await clock.pass(1899)
    expect(await ask()).toEqual([503, '1', 503])
    await clock.pass(1)
    expect(await ask()).toEqual([200, undefined, 200])
  })

  it('reports what its prefix cache knew', async () => {
    const simulator = await start({ prefixCache: CACHE_DEFAULTS })
    const words = Array.from({ length: 40 }, (_, i) => `w${i}`).join(' ')
    const cached = async (prompt: string) => {
      const answer = await post(simulator, '/v1/completions', { prompt, max_tokens: 1 })
      return JSON.parse(answer.body).usage.prompt_tokens_details.cached_tokens as number
    }
    expect(await cached(words)).toBe(0)
    expect(await cached(words)).toBe(32)
    expect(await cached(`${words} and more`)).toBe(32)
    expect(await cached(`fresh ${words}`)).toBe(0)
  })

  it('charges each turn of a conversation for what its prefix cache does not hold, as the closed form says', async () => {
    const engine = { ...ENGINE_DEFAULTS, ...FAST }
    const simulator = await start({ prefixCache: CACHE_DEFAULTS })
    const shape = { turns: 4, systemTokens: 40, userTokens: 26, outputTokens: 30 }
    const say = (who: string, count: number) => Array.from({ length: count }, (_, i) => `${who}${i}`).join(' ')
    const messages = [{ role: 'system', content: say('system', shape.systemTokens) }]
    const converse = async (name: string) => {
      const talk = [...messages]
      for (let turn = 1; turn <= shape.turns; turn++) {
        talk.push({ role: 'user', content: say(`${name}${turn}-`, shape.userTokens) })
        const answer = await post(simulator, '/v1/chat/completions', { messages: talk, max_tokens: shape.outputTokens })
        talk.push(JSON.parse(answer.body).choices[0].message)
      }
    }
    await converse('first')
    await converse('second')
    const seen = simulator.log().slice(shape.turns)
    expect(
      seen.map(({ inputTokens, cachedTokens, firstTokenAtMs, receivedAtMs, outputTokens }) => ({
        inputTokens,
        cachedTokens,
        // A whole answer is written at its end.
        ttftMs: firstTokenAtMs! - receivedAtMs - (outputTokens - 1) * 1.1,
      })),
    ).toEqual(
      listTurnCosts(engine, shape, { templateTokens: 8, blockWords: 16 }).map(({ ttftMs, ...turn }) => ({
        ...turn,
        ttftMs: expect.closeTo(ttftMs, 6),
      })),
    )
    expect(seen.map(({ cachedTokens }) => cachedTokens)).toEqual([32, 80, 144, 192])
    expect(simulator.log()[0]).toMatchObject({ cachedTokens: 0 })
  })

  it('has nothing of an answer in its prefix cache where reasoning, which is not sent back, stands before it', async () => {
    const simulator = await start({ prefixCache: CACHE_DEFAULTS, reasoning: 16 })
    const user = { role: 'user', content: Array.from({ length: 16 }, (_, i) => `w${i}`).join(' ') }
    const ask = (messages: object[]) => post(simulator, '/v1/chat/completions', { messages, max_tokens: 48 })
    const { content } = JSON.parse((await ask([user])).body).choices[0].message
    expect(content).toBe(' token'.repeat(32))
    await ask([user, { role: 'assistant', content }, user])
    expect(simulator.log().map(({ cachedTokens }) => cachedTokens)).toEqual([0, 16])
  })

  it('serves many connections at once, each its own tokens', async () => {
    const simulator = await start({ engine: { ...FAST, slots: 4 } })
    const lengths = Array.from({ length: 24 }, (_, i) => 1 + ((i * 5) % 17))
    const answers = await Promise.all(
      lengths.map((max_tokens) => post(simulator, '/v1/chat/completions', { ...CHAT, max_tokens, stream: true })),
    )
    const tokens = answers.map(({ body }) => body.split(' token').length - 1)
    expect(tokens).toEqual(lengths)
    expect(answers.every(({ complete }) => complete)).toBe(true)
  })

  it('says which port is taken', async () => {
    const { port } = await start()
    await expect(startSimulator({ port })).rejects.toThrow('EADDRINUSE')
  })
})

describe('the log of true send times', () => {
  it('says to the moment when each token could be read', async () => {
    const clock = createVirtualClock()
    clock.hold()
    const engine = { ...FAST, prefillMsPerToken: 2, decodeMs: 8, decodeMsPerSequence: 0.5 }
    const simulator = await start({ logStamps: true, engine }, clock)
    const headers = { 'x-request-id': 'mine-1' }
    const body = { ...CHAT, stream: true }
    const receivedAtMs = clock.now()
    const request = openRequest(`${simulator.url}/v1/chat/completions`, { body, headers })
    await clock.untilDue()
    const readAtMs: number[] = []
    for (const ms of [24, 8.5, 8.5, 8.5, 8.5, 8.5]) {
      await clock.pass(ms)
      // Time stands still until the client has read so many.
      await expect.poll(() => tokensIn(request.bytes()), PATIENT).toBe(readAtMs.length + 1)
      readAtMs.push(clock.now())
    }
    await request.answer
    expect(simulator.log()).toEqual([
      {
        id: 1,
        requestId: 'mine-1',
        prompt: 'nonce-17 count to ten',
        path: '/v1/chat/completions',
        stream: true,
        status: 200,
        outcome: 'ok',
        fault: null,
        inputTokens: 12,
        cachedTokens: 0,
        outputTokens: 6,
        tokenEvents: 6,
        receivedAtMs,
        firstTokenAtMs: readAtMs[0],
        lastTokenAtMs: readAtMs[5],
        endedAtMs: readAtMs[5],
        tokenAtMs: readAtMs,
      },
    ])
  })

  it('can be read over HTTP, and reset', async () => {
    const simulator = await start()
    await post(simulator, '/v1/chat/completions', CHAT)
    await post(simulator, '/v1/chat/completions', 'not json')
    const read = async () => {
      const { body } = await rawRequest(`${simulator.url}/simulator/log?reset=true`)
      return body
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as SentRequest)
    }
    expect((await read()).map(({ outcome, status }) => [outcome, status])).toEqual([
      ['ok', 200],
      ['refused', 400],
    ])
    expect(await read()).toEqual([])
  })

  it('keeps the newest requests only', async () => {
    const simulator = await start({ logLimit: 3 })
    for (let i = 0; i < 8; i++) await post(simulator, '/v1/chat/completions', { ...CHAT, max_tokens: 1 })
    expect(simulator.log().map(({ id }) => id)).toEqual([6, 7, 8])
  })

  it('notices when a client leaves, and frees its slot', async () => {
    const clock = createVirtualClock()
    clock.hold()
    const engine = { overheadMs: 0, prefillMsPerToken: 0.5, decodeMs: 5, decodeMsPerSequence: 0, slots: 1 }
    const simulator = await start({ engine }, clock)
    const body = { ...CHAT, max_tokens: 100_000, stream: true }
    const request = openRequest(`${simulator.url}/v1/chat/completions`, { body })
    await clock.untilDue()
    // Six tokens; the step of the seventh has just begun.
    await clock.pass(6 + 5 * 5)
    await expect.poll(() => tokensIn(request.bytes()), PATIENT).toBe(6)
    request.leave()
    await expect.poll(() => simulator.log(), PATIENT).toMatchObject([{ outcome: 'cancelled', outputTokens: 6 }])
    clock.flow()
    expect((await post(simulator, '/v1/chat/completions', CHAT)).status).toBe(200)
    const [left, next] = simulator.log()
    expect(next!.outcome).toBe('ok')
    expect(next!.endedAtMs - left!.endedAtMs).toBe(5 + 6 + 5 * 5)
  })
})
