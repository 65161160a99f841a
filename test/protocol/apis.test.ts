import { describe, expect, it } from 'vitest'
import type { ApiName, Dialect, OptionalField, RequestSpec, Task } from '../../src/protocol/api.ts'
import { apiByName, guessApi } from '../../src/protocol/apis.ts'

const SPEC: RequestSpec = { prompts: ['count'], outputTokens: 8, nonce: 'n1' }

function dialect(task: Task, rest: Partial<Dialect> = {}): Dialect {
  return { task, model: 'm', fields: new Set<OptionalField>(), lengthField: 'max_tokens', extraBody: {}, ...rest }
}

describe('the URL of a request', () => {
  it.each<[ApiName, Task, string, string]>([
    ['openai-chat', 'chat', 'http://h:8000', 'http://h:8000/v1/chat/completions'],
    ['openai-chat', 'chat', 'http://h:8000/', 'http://h:8000/v1/chat/completions'],
    ['openai-chat', 'chat', 'http://h/v1/', 'http://h/v1/chat/completions'],
    ['openai-chat', 'chat', 'http://h/gateway', 'http://h/gateway/v1/chat/completions'],
    ['openai-chat', 'chat', 'http://h/v1beta/openai', 'http://h/v1beta/openai/chat/completions'],
    ['openai-chat', 'chat', 'http://h/api/paas/v4?k=1', 'http://h/api/paas/v4/chat/completions?k=1'],
    [
      'openai-chat',
      'chat',
      'https://h/openai/deployments/gpt?api-version=1',
      'https://h/openai/deployments/gpt/chat/completions?api-version=1',
    ],
    ['openai-chat', 'chat', 'http://h/odd/chat/completions?a=b', 'http://h/odd/chat/completions?a=b'],
    ['openai-completions', 'completions', 'http://h', 'http://h/v1/completions'],
    ['openai-embeddings', 'embeddings', 'http://h/v1', 'http://h/v1/embeddings'],
    ['databricks', 'chat', 'https://w/serving-endpoints/e/invocations', 'https://w/serving-endpoints/e/invocations'],
    ['databricks', 'chat', 'https://w/serving-endpoints/e', 'https://w/serving-endpoints/e/invocations'],
    [
      'databricks',
      'embeddings',
      'https://w/serving-endpoints/e/served-models/s',
      'https://w/serving-endpoints/e/served-models/s/invocations',
    ],
    ['databricks', 'chat', 'https://w/serving-endpoints', 'https://w/serving-endpoints/chat/completions'],
    ['databricks', 'embeddings', 'https://w/serving-endpoints/', 'https://w/serving-endpoints/embeddings'],
    ['databricks', 'completions', 'https://w', 'https://w/serving-endpoints/completions'],
    ['databricks', 'chat', 'https://w/ai-gateway', 'https://w/ai-gateway/mlflow/v1/chat/completions'],
    ['databricks', 'chat', 'https://w/ai-gateway/mlflow/v1', 'https://w/ai-gateway/mlflow/v1/chat/completions'],
    [
      'databricks',
      'chat',
      'https://i.x/9/serving-endpoints/e/invocations',
      'https://i.x/9/serving-endpoints/e/invocations',
    ],
  ])('%s %s: %s → %s', (api, task, given, expected) => {
    expect(apiByName(api).url(new URL(given), task).href).toBe(expected)
  })
})

describe('api: auto', () => {
  it.each<[string, ApiName]>([
    ['http://h:8000', 'openai-chat'],
    ['http://h/v1/chat/completions', 'openai-chat'],
    ['http://h/v1/completions/', 'openai-completions'],
    ['http://h/v1/embeddings?x=1', 'openai-embeddings'],
    ['https://w/serving-endpoints/chat/completions', 'databricks'],
    ['https://w/ai-gateway/mlflow/v1/chat/completions', 'databricks'],
    ['https://adb-1.2.azuredatabricks.net', 'databricks'],
    ['https://dbc-1.cloud.databricks.com', 'databricks'],
    ['https://databricks.com.example.org', 'openai-chat'],
  ])('takes %s for %s', (url, api) => {
    expect(guessApi(new URL(url))).toBe(api)
  })

  it('leaves the task of a native Databricks URL to preflight', () => {
    const api = apiByName('databricks')
    expect(api.taskOf(new URL('https://w/serving-endpoints/e/invocations'))).toBeNull()
    expect(api.taskOf(new URL('https://w/serving-endpoints/embeddings'))).toBe('embeddings')
    expect(apiByName('openai-completions').taskOf(new URL('http://h'))).toBe('completions')
  })
})

describe('the body of a request', () => {
  it('is the least that every chat server takes', () => {
    expect(apiByName('openai-chat').body(dialect('chat'), SPEC)).toEqual({
      model: 'm',
      messages: [{ role: 'user', content: 'count' }],
      max_tokens: 8,
      stream: true,
    })
  })

  it('has the optional fields that the endpoint accepts, and the extra members last', () => {
    const api = apiByName('openai-chat')
    const fields = new Set(api.optionalFields('chat'))
    const all = dialect('chat', {
      fields,
      lengthField: 'max_completion_tokens',
      extraBody: { temperature: 0.7, seed: 1 },
    })
    expect(api.body(all, SPEC)).toEqual({
      model: 'm',
      messages: [{ role: 'user', content: 'count' }],
      max_completion_tokens: 8,
      stream: true,
      stream_options: { include_usage: true },
      temperature: 0.7,
      ignore_eos: true,
      min_tokens: 8,
      cache_salt: 'n1',
      seed: 1,
    })
  })

  it('takes the messages of a prompts file as they are', () => {
    const messages = [{ role: 'system', content: 'be brief' }]
    expect(apiByName('openai-chat').body(dialect('chat'), { ...SPEC, messages })).toMatchObject({ messages })
  })

  it('has a prompt and always max_tokens for completions', () => {
    const body = apiByName('openai-completions').body(
      dialect('completions', { lengthField: 'max_completion_tokens' }),
      SPEC,
    )
    expect(body).toEqual({ model: 'm', prompt: 'count', max_tokens: 8, stream: true })
  })

  it('has one text or a list of texts for embeddings, and nothing about streams', () => {
    const api = apiByName('openai-embeddings')
    expect(api.body(dialect('embeddings'), SPEC)).toEqual({ model: 'm', input: 'count' })
    expect(api.body(dialect('embeddings'), { ...SPEC, prompts: ['a', 'b'] })).toEqual({ model: 'm', input: ['a', 'b'] })
  })

  it('leaves the model out for a native Databricks URL and keeps it for the others', () => {
    const api = apiByName('databricks')
    expect(api.modelInBody(new URL('https://w/serving-endpoints/e/invocations'), 'm')).toBeNull()
    expect(api.modelInBody(new URL('https://w/serving-endpoints/chat/completions'), 'm')).toBe('m')
    expect(api.modelInBody(new URL('https://w/serving-endpoints'), 'm')).toBe('m')
    expect(api.modelInBody(new URL('https://w/ai-gateway/mlflow/v1'), 'm')).toBe('m')
    expect(api.body(dialect('completions', { model: null }), SPEC)).toEqual({
      prompt: 'count',
      max_tokens: 8,
      stream: true,
    })
    expect(api.body(dialect('embeddings', { model: null }), SPEC)).toEqual({ input: 'count' })
    expect(api.optionalFields('chat')).toEqual(['temperature', 'stream_options'])
    expect(api.optionalFields('embeddings')).toEqual([])
  })
})
