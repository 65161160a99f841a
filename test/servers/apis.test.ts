import { afterEach, describe, expect, it } from 'vitest'
import { CACHE_DEFAULTS } from '../../src/simulator/cost.ts'
import { findApi } from '../../src/vendors/apis.ts'
import type { SimulatorOptions } from '../../src/simulator/settings/options.ts'
import type { Simulator } from '../../src/simulator/server.ts'
import { createVirtualClock } from '../support/virtual-clock.ts'
import { rawRequest } from '../simulator/raw-client.ts'
import { startWitness } from './repertoire.ts'
import { readBy } from './speak.ts'

const FAST = { overheadMs: 0, prefillMsPerToken: 0.01, decodeMs: 1, decodeMsPerSequence: 0.1 }
const MESSAGES = [{ role: 'user', content: 'count to ten' }]
const running: Simulator[] = []

async function start(options: Partial<SimulatorOptions> = {}): Promise<Simulator> {
  const simulator = await startWitness({ engine: FAST, ...options }, { clock: createVirtualClock() })
  running.push(simulator)
  return simulator
}

async function post({ url }: Simulator, path: string, body: unknown, headers: Record<string, string> = {}) {
  return rawRequest(url + path, { body, headers })
}

afterEach(async () => {
  await Promise.all(running.splice(0).map((simulator) => simulator.close()))
})

describe('the endpoint', () => {
  it('sends the frames of Bedrock over the wire, with its content type and request id', async () => {
    const body = { messages: [{ role: 'user', content: [{ text: 'count' }] }], inferenceConfig: { maxTokens: 5 } }
    const simulator = await start()
    const answer = await post(simulator, '/model/eu.some%3A0/converse-stream', body)
    expect(answer.headers['content-type']).toBe('application/vnd.amazon.eventstream')
    expect(answer.headers['x-amzn-requestid']).toBeDefined()
    expect(readBy(findApi('bedrock'), 'chat', [answer.bytes])).toMatchObject({ failure: null, outputTokens: 5 })
    expect(simulator.log()[0]).toMatchObject({ outputTokens: 5, tokenEvents: 5, stream: true })
    const broken = await post(simulator, '/model/some/converse-stream', body, { 'x-simulate-fault': 'error-event' })
    expect(readBy(findApi('bedrock'), 'chat', [broken.bytes])).toMatchObject({ failure: 'error_event' })
  })

  it('names the exception of Bedrock in a header', async () => {
    const answer = await post(await start(), '/model/some/converse', {}, { 'x-simulate-fault': '429' })
    expect([answer.status, answer.headers['x-amzn-errortype']]).toEqual([429, 'ThrottlingException'])
    expect(answer.headers['retry-after']).toBe('1')
  })

  it('streams lines for Ollama unless it is told not to', async () => {
    const simulator = await start()
    const body = { model: 'm', messages: MESSAGES, options: { num_predict: 4 } }
    const streamed = await post(simulator, '/api/chat', body)
    expect(streamed.headers['content-type']).toBe('application/x-ndjson')
    expect(streamed.body.trim().split('\n')).toHaveLength(5)
    const whole = await post(simulator, '/api/generate', {
      model: 'm',
      prompt: 'x',
      stream: false,
      options: { num_predict: 4 },
    })
    expect(JSON.parse(whole.body)).toMatchObject({ response: ' token'.repeat(4), done: true, eval_count: 4 })
  })

  it('times a whole answer from its tokens, though it is written at the end', async () => {
    const engine = { overheadMs: 3, prefillMsPerToken: 2, decodeMs: 4, decodeMsPerSequence: 0.5 }
    const simulator = await start({ engine })
    const answer = await post(simulator, '/completion', { prompt: 'one two three four', n_predict: 6 })
    const { timings } = JSON.parse(answer.body)
    expect(timings).toMatchObject({ prompt_n: 4, prompt_ms: 3 + 4 * 2, predicted_n: 6, predicted_ms: 5 * 4.5 })
  })

  it.each([
    ['TGI', '/generate', { inputs: 'x', parameters: { max_new_tokens: 7 } }],
    ['llama.cpp', '/completion', { prompt: 'x', n_predict: 7 }],
    ['Triton', '/v2/models/m/generate', { text_input: 'x', parameters: { max_tokens: 7 } }],
    ['Ollama', '/api/chat', { model: 'm', messages: MESSAGES, stream: false, options: { num_predict: 7 } }],
    ['Responses', '/v1/responses', { input: 'x', max_output_tokens: 7 }],
    ['Anthropic', '/v1/messages', { model: 'm', messages: MESSAGES, max_tokens: 7 }],
    [
      'Gemini',
      '/v1beta/models/m:generateContent',
      { contents: [{ parts: [{ text: 'x' }] }], generation_config: { max_output_tokens: 7 } },
    ],
    ['Cohere', '/v2/chat', { model: 'm', messages: MESSAGES, max_tokens: 7 }],
    [
      'Bedrock',
      '/model/m/converse',
      { messages: [{ role: 'user', content: [{ text: 'x' }] }], inferenceConfig: { maxTokens: 7 } },
    ],
    ['Databricks', '/ai-gateway/mlflow/v1/chat/completions', { model: 'm', messages: MESSAGES, max_tokens: 7 }],
    ['Databricks, route-optimised', '/123/serving-endpoints/m/invocations', { messages: MESSAGES, max_tokens: 7 }],
  ])('%s answers as long as its own field says', async (_, path, body) => {
    const simulator = await start()
    const answer = await post(simulator, path, body)
    expect(answer.status).toBe(200)
    expect(answer.body.split(' token')).toHaveLength(8)
    expect(simulator.log()[0]).toMatchObject({ outputTokens: 7, stream: false })
  })

  it('ends early only where the length cannot be forced', async () => {
    const simulator = await start({ earlyStop: 1, seed: 'early' })
    const lengths = async (path: string, body: object) => {
      const answers = await Promise.all(Array.from({ length: 4 }, () => post(simulator, path, body)))
      return Math.min(...answers.map(({ body }) => body.split(' token').length - 1))
    }
    expect(await lengths('/completion', { prompt: 'x', n_predict: 40, ignore_eos: true })).toBe(40)
    expect(await lengths('/completion', { prompt: 'x', n_predict: 40 })).toBeLessThan(40)
    const forced = { model: 'm', prompt: 'x', stream: false, options: { num_predict: 40 }, ignore_eos: true }
    expect(await lengths('/api/generate', forced)).toBeLessThan(40)
  })

  it('keeps its prefix cache from who forbids it, and apart for each salt', async () => {
    const simulator = await start({ prefixCache: CACHE_DEFAULTS })
    const prompt = Array.from({ length: 40 }, (_, i) => `w${i}`).join(' ')
    const cached = async (path: string, extra: object) => {
      await post(simulator, path, { prompt, max_tokens: 1, ...extra })
      return simulator.log().at(-1)!.cachedTokens
    }
    expect(await cached('/completion', {})).toBe(0)
    expect(await cached('/completion', {})).toBe(32)
    expect(await cached('/completion', { cache_prompt: false })).toBe(0)
    expect(await cached('/v1/completions', { cache_salt: 'one' })).toBe(0)
    expect(await cached('/v1/completions', { cache_salt: 'one' })).toBe(32)
    expect(await cached('/v1/completions', { cache_salt: 'two' })).toBe(0)
  })

  it('counts reasoning that it hides, and sends no event for it', async () => {
    const simulator = await start({ reasoning: 6, reasoningField: 'hidden' })
    const body = { messages: MESSAGES, max_tokens: 10, stream: true, stream_options: { include_usage: true } }
    const answer = await post(simulator, '/v1/chat/completions', body)
    const reading = readBy(findApi('openai-chat'), 'chat', [answer.bytes])
    expect(reading).toMatchObject({ tokenEvents: 4, outputTokens: 10, reasoningTokens: 6, hiddenReasoning: true })
    expect(simulator.log()[0]).toMatchObject({ outputTokens: 10, tokenEvents: 4 })
  })

  it('divides an event between the last thought and the first word', async () => {
    const simulator = await start({ reasoning: 3, engine: { ...FAST, tokensPerChunk: 4 } })
    const body = { model: 'm', messages: MESSAGES, max_tokens: 9, stream: true }
    const answer = await post(simulator, '/v1/messages', body)
    expect(readBy(findApi('anthropic'), 'chat', [answer.bytes])).toMatchObject({ failure: null, outputTokens: 9 })
    const texts = [...answer.body.matchAll(/"(thinking|text)":"((?: token)+)"/g)].map(([, kind, text]) => [
      kind,
      text!.length / 6,
    ])
    expect(texts).toEqual([
      ['thinking', 1],
      ['thinking', 2],
      ['text', 2],
      ['text', 4],
    ])
  })

  it('refuses what it does not know only when it is strict, and another model only when it looks', async () => {
    const body = { model: 'other', messages: MESSAGES, max_tokens: 1, ignore_eos: true, surprise: 1 }
    const statusOf = async (options: Partial<SimulatorOptions>) =>
      (await post(await start(options), '/v1/chat/completions', body)).status
    expect(await statusOf({})).toBe(200)
    expect(await statusOf({ strict: true })).toBe(400)
    expect(await statusOf({ checkModel: true })).toBe(404)
    expect(await statusOf({ checkModel: true, model: 'other' })).toBe(200)
    expect(await statusOf({ task: 'embeddings' })).toBe(400)
  })

  it.each([
    [
      '/v1/messages',
      { model: 'm', messages: MESSAGES, max_tokens: 90 },
      400,
      'prompt is too long: 11 tokens > 100 maximum',
    ],
    [
      '/generate',
      { inputs: 'x', parameters: { max_new_tokens: 100 } },
      422,
      '`inputs` tokens + `max_new_tokens` must be <= 100',
    ],
  ])('%s says in its own words what does not fit its context', async (path, body, status, words) => {
    const answer = await post(await start({ contextTokens: 100 }), path, body)
    expect(answer.status).toBe(status)
    expect(answer.body).toContain(words)
  })
})
