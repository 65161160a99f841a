import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Dialect, OptionalField, RequestSpec } from '../../src/protocol/api.ts'
import { generatesTokens } from '../../src/vocabulary/load.ts'
import { WAY_WORDS } from '../../src/vocabulary/endpoint-names.ts'
import type { Task } from '../../src/vocabulary/load.ts'
import type { ApiName } from '../../src/vocabulary/endpoint-names.ts'
import { ALL_APIS, findApi, guessApi } from '../../src/vendors/apis.ts'
import { findKeyPlaceAt, WAYS } from '../../src/vendors/vendors.ts'

const SPEC: RequestSpec = { prompts: ['count'], outputTokens: 8, nonce: 'n1' }

function dialect(task: Task, rest: Partial<Dialect> = {}): Dialect {
  return { task, model: 'm', fields: new Set<OptionalField>(), lengthField: 'max_tokens', extraBody: {}, ...rest }
}

it('every word of `auth` that one owner takes is a way of one owner', () => {
  expect(WAYS.map(({ word }) => word).sort()).toEqual([...WAY_WORDS].sort())
})

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
    expect(findApi(api).url(new URL(given), task, null).href).toBe(expected)
  })

  it.each<[ApiName, Task, string, string, string | null]>([
    ['gemini', 'chat', 'http://h', 'law', 'http://h/v1beta/models/law:streamGenerateContent?alt=sse'],
    ['gemini', 'chat', 'http://h', 'tunedModels/law', 'http://h/v1beta/tunedModels/law:streamGenerateContent?alt=sse'],
    ['gemini', 'chat', 'http://h', 'a$&b/c', 'http://h/v1beta/models/a%24%26b%2Fc:streamGenerateContent?alt=sse'],
    [
      'gemini',
      'chat',
      'https://l-aiplatform.googleapis.com/v1/projects/p/locations/l/endpoints/7',
      '8',
      'https://l-aiplatform.googleapis.com/v1/projects/p/locations/l/endpoints/8:streamGenerateContent?alt=sse',
    ],
    ...[
      ['/endpoints/7', 'endpoints/8', '/endpoints/8'],
      ['/endpoints/7', 'projects/p/locations/l/endpoints/8', '/endpoints/8'],
      ['/endpoints/7', 'publishers/google/models/law', '/publishers/google/models/law'],
      ['/publishers/google/models/base', 'projects/p/locations/l/endpoints/8', '/endpoints/8'],
      ['/publishers/o/models/base', 'law', '/publishers/o/models/law'],
      ['', 'endpoints/8', '/endpoints/8'],
    ].map(([given, model, expected]): [ApiName, Task, string, string, string] => [
      'gemini',
      'chat',
      `https://l-aiplatform.googleapis.com/v1/projects/p/locations/l${given}`,
      model!,
      `https://l-aiplatform.googleapis.com/v1/projects/p/locations/l${expected}:streamGenerateContent?alt=sse`,
    ]),
    ['gemini', 'chat', 'http://h/v1/mine:streamGenerateContent', 'law', null],
    ['bedrock', 'chat', 'http://h', 'arn:a/b', 'http://h/model/arn%3Aa%2Fb/converse-stream'],
    ['triton', 'completions', 'http://h', 'law', 'http://h/v2/models/law/generate_stream'],
    ['triton', 'completions', 'http://h/p/v2/models/m/versions/2', 'law', 'http://h/p/v2/models/law/generate_stream'],
    [
      'triton',
      'completions',
      'http://h/v2/models/m/versions/2',
      'm',
      'http://h/v2/models/m/versions/2/generate_stream',
    ],
    [
      'databricks',
      'chat',
      'http://h/1/serving-endpoints/e?o=2',
      'law',
      'http://h/1/serving-endpoints/law/invocations?o=2',
    ],
    [
      'databricks',
      'chat',
      'http://h/serving-endpoints/e%2Ee/invocations/',
      'e.e',
      'http://h/serving-endpoints/e%2Ee/invocations/',
    ],
    ['databricks', 'chat', 'http://h/serving-endpoints/e/served-models/s', 'law', null],
    ['databricks', 'chat', 'http://h/serving-endpoints', 'law', null],
    [
      'openai-chat',
      'chat',
      'http://h/openai/deployments/gpt?api-version=1',
      'law',
      'http://h/openai/deployments/law/chat/completions?api-version=1',
    ],
    ['openai-chat', 'chat', 'http://h/v1', 'law', null],
  ])('%s %s: %s for the model %s → %s', (api, task, given, model, expected) => {
    const { url, urlOfModel } = findApi(api)
    expect(urlOfModel!(url(new URL(given), task, 'base'), model)?.href ?? null).toBe(expected)
  })

  it('stands at the host of the endpoint whatever a model is called', () => {
    const names = fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units))
    fc.assert(
      fc.property(
        fc.constantFrom(...ALL_APIS),
        fc.oneof(names, fc.constant('a/\ud800')),
        ({ url, urlOfModel, tasks }, model) => {
          const own = url(new URL('http://h/base'), tasks[0]!, model)
          for (const { host } of [own, urlOfModel?.(own, model) ?? own]) expect(host).toBe('h')
        },
      ),
    )
  })

  it('or its body has a place for a model, but for TGI, which serves one', () => {
    const without = ALL_APIS.filter(({ name, modelInBody, urlOfModel, url, tasks }) => {
      const given = name === 'databricks' ? 'http://h/serving-endpoints/e/invocations' : 'http://h'
      const full = url(new URL(given), tasks[0]!, 'base')
      return modelInBody(full, 'law') === null && (urlOfModel?.(full, 'law') ?? null) === null
    })
    expect(without.map(({ name }) => name)).toEqual(['tgi'])
  })

  it.each<[ApiName, string, string]>([
    // Azure: deployments name the model, the newer path does not.
    ['openai-chat', 'https://r.openai.azure.com', 'https://r.openai.azure.com/openai/v1/chat/completions'],
    ['openai-chat', 'https://r.openai.azure.com/openai/', 'https://r.openai.azure.com/openai/v1/chat/completions'],
    ['openai-responses', 'https://r.openai.azure.com/openai/v1', 'https://r.openai.azure.com/openai/v1/responses'],
    [
      'openai-chat',
      'https://r.services.ai.azure.com/models?api-version=1',
      'https://r.services.ai.azure.com/models/chat/completions?api-version=1',
    ],
    [
      'openai-completions',
      'https://r.cognitiveservices.azure.com/openai/deployments/d?api-version=1',
      'https://r.cognitiveservices.azure.com/openai/deployments/d/completions?api-version=1',
    ],
    ['openai-embeddings', 'https://g.azure-api.net/x/openai', 'https://g.azure-api.net/x/openai/v1/embeddings'],
    ['openai-responses', 'http://h:8000', 'http://h:8000/v1/responses'],
    ['openai-responses', 'http://h/v1/', 'http://h/v1/responses'],
    ['openai-responses', 'http://h/v1/responses?x=1', 'http://h/v1/responses?x=1'],
    ['openai-responses', 'https://w/serving-endpoints/a/invocations', 'https://w/serving-endpoints/a/invocations'],
    ['openai-responses', 'https://w/serving-endpoints/responses', 'https://w/serving-endpoints/responses'],
    ['databricks', 'https://w/serving-endpoints/responses', 'https://w/serving-endpoints/responses'],
    ['anthropic', 'https://api.anthropic.com', 'https://api.anthropic.com/v1/messages'],
    ['anthropic', 'http://h:8000/v1/', 'http://h:8000/v1/messages'],
    ['anthropic', 'https://h/anthropic', 'https://h/anthropic/v1/messages'],
    ['anthropic', 'https://h/anthropic/v1/messages', 'https://h/anthropic/v1/messages'],
    ['cohere', 'https://api.cohere.com', 'https://api.cohere.com/v2/chat'],
    ['cohere', 'https://api.cohere.com/v2', 'https://api.cohere.com/v2/chat'],
    ['cohere', 'https://h/x/v2/chat', 'https://h/x/v2/chat'],
    ['tgi', 'http://h:8080', 'http://h:8080/generate_stream'],
    ['llamacpp', 'http://h:8080', 'http://h:8080/completion'],
    ['ollama', 'http://h:11434', 'http://h:11434/api/chat'],
    ['triton', 'http://h:8000', 'http://h:8000/v2/models/m%201/generate_stream'],
    [
      'bedrock',
      'https://bedrock-runtime.eu-west-1.amazonaws.com',
      'https://bedrock-runtime.eu-west-1.amazonaws.com/model/m%201/converse-stream',
    ],
  ])('%s: %s → %s', (api, given, expected) => {
    const task = findApi(api).tasks[0]!
    expect(findApi(api).url(new URL(given), task, 'm 1').href).toBe(expected)
  })

  it.each<[string, string | null, string]>([
    ['https://generativelanguage.googleapis.com', 'g-1', '/v1beta/models/g-1:streamGenerateContent?alt=sse'],
    ['https://generativelanguage.googleapis.com/v1', 'models/g-1', '/v1/models/g-1:streamGenerateContent?alt=sse'],
    ['https://h/v1beta/models', 'tunedModels/t', '/v1beta/tunedModels/t:streamGenerateContent?alt=sse'],
    ['https://h/v1beta/models/g-1', 'other', '/v1beta/models/g-1:streamGenerateContent?alt=sse'],
    ['https://h/v1beta/models/g-1:generateContent?alt=json', null, '/v1beta/models/g-1:streamGenerateContent?alt=sse'],
    ['https://h/v1beta', '../x', '/v1beta/models/..%2Fx:streamGenerateContent?alt=sse'],
    [
      'https://l-aiplatform.googleapis.com/v1/projects/p/locations/l',
      'g-1',
      '/v1/projects/p/locations/l/publishers/google/models/g-1:streamGenerateContent?alt=sse',
    ],
    [
      'https://aiplatform.googleapis.com/v1/publishers/google/',
      'g-1',
      '/v1/publishers/google/models/g-1:streamGenerateContent?alt=sse',
    ],
    [
      'https://aiplatform.googleapis.com',
      'publishers/google/models/g-1',
      '/v1/publishers/google/models/g-1:streamGenerateContent?alt=sse',
    ],
    [
      'https://l-aiplatform.googleapis.com/v1/projects/p/locations/l/endpoints/7',
      'g-1',
      '/v1/projects/p/locations/l/endpoints/7:streamGenerateContent?alt=sse',
    ],
  ])('gemini: %s with model %s', (given, model, expected) => {
    const { pathname, search } = findApi('gemini').url(new URL(given), 'chat', model)
    expect(pathname + search).toBe(expected)
  })

  it.each(ALL_APIS.map(({ name, tasks }) => [name, tasks] as const))(
    'is the same when given again: %s',
    (name, tasks) => {
      const api = findApi(name)
      for (const task of tasks) {
        const full = api.url(new URL('https://h/'), task, 'm')
        expect(api.url(full, task, 'm').href).toBe(full.href)
      }
    },
  )
})

describe('the list of models', () => {
  it.each<[ApiName, string, string | null]>([
    ['openai-chat', 'http://h:8000', 'http://h:8000/v1/models'],
    ['openai-chat', 'http://h/v1/chat/completions', 'http://h/v1/models'],
    ['openai-embeddings', 'http://h/v1/', 'http://h/v1/models'],
    ['openai-responses', 'http://h/v1/responses', 'http://h/v1/models'],
    // Azure lists what can be deployed, and is asked for what was.
    ['openai-chat', 'https://r.openai.azure.com', null],
    ['openai-responses', 'https://w/serving-endpoints/a/invocations', null],
    ['anthropic', 'https://api.anthropic.com/v1/messages', 'https://api.anthropic.com/v1/models'],
    ['anthropic', 'https://h/anthropic', 'https://h/anthropic/v1/models'],
    ['cohere', 'https://api.cohere.com/v2/chat', 'https://api.cohere.com/v1/models?endpoint=chat'],
    [
      'gemini',
      'https://generativelanguage.googleapis.com/v1beta/models/g-1:streamGenerateContent',
      'https://generativelanguage.googleapis.com/v1beta/models',
    ],
    ['gemini', 'https://l-aiplatform.googleapis.com/v1/projects/p/locations/l', null],
  ])('of %s at %s is %s', (api, given, expected) => {
    expect(findApi(api).modelsUrl(new URL(given))?.href ?? null).toBe(expected)
  })

  it('holds names that can be asked for', () => {
    const listed = { data: [{ id: 'a' }, { id: 7 }, null, { id: 'b' }] }
    expect(findApi('openai-chat').modelNames(listed)).toEqual(['a', 'b'])
    expect(findApi('anthropic').modelNames(listed)).toEqual(['a', 'b'])
    expect(findApi('cohere').modelNames({ models: [{ name: 'c' }] })).toEqual(['c'])
    const gemini = [
      { name: 'models/g-1', supportedGenerationMethods: ['generateContent'] },
      { name: 'models/e-1', supportedGenerationMethods: ['embedContent'] },
      { name: 'tunedModels/t' },
    ]
    expect(findApi('gemini').modelNames({ models: gemini })).toEqual(['g-1', 'tunedModels/t'])
  })

  it.each(ALL_APIS.map(({ name }) => name))('is empty when %s answers with something else', (name) => {
    for (const odd of [null, [], 'x', { data: {} }, { models: 7 }]) expect(findApi(name).modelNames(odd)).toEqual([])
  })
})

describe('the place of a key', () => {
  it.each<[ApiName, string, string]>([
    ['openai-chat', 'https://api.example.com/v1', 'bearer'],
    ['openai-chat', 'https://r.openai.azure.com/openai/deployments/d?api-version=1', 'api-key'],
    ['openai-completions', 'https://r.cognitiveservices.azure.com', 'api-key'],
    ['openai-embeddings', 'https://r.services.ai.azure.com/openai/v1/embeddings', 'api-key'],
    ['openai-responses', 'https://r.openai.azure.us/openai/v1', 'api-key'],
    ['openai-chat', 'https://proxy.example.com/openai/deployments/d/chat/completions', 'api-key'],
    ['openai-chat', 'https://g.azure-api.net/x/openai', 'api-key'],
    ['openai-chat', 'https://g.azure-api.net/my-model', 'bearer'],
    ['openai-chat', 'https://openai.azure.com.example.org', 'bearer'],
    ['openai-chat', 'https://api.groq.com/openai/v1', 'bearer'],
    ['anthropic', 'https://api.anthropic.com', 'x-api-key'],
    ['anthropic', 'https://w.cloud.databricks.com/serving-endpoints/anthropic', 'bearer'],
    ['anthropic', 'https://bedrock-mantle.eu-west-1.api.aws/anthropic', 'x-api-key'],
    ['gemini', 'https://w.cloud.databricks.com/serving-endpoints/gemini', 'bearer'],
    ['gemini', 'https://generativelanguage.googleapis.com', 'x-goog-api-key'],
    ['gemini', 'https://l-aiplatform.googleapis.com/v1/projects/p/locations/l', 'bearer'],
    ['gemini', 'https://aiplatform.googleapis.com/v1/publishers/google', 'x-goog-api-key'],
    ['cohere', 'https://api.cohere.com', 'bearer'],
    ['databricks', 'https://w.cloud.databricks.com', 'bearer'],
    ['tgi', 'http://h', 'bearer'],
  ])('of %s at %s is %s', (api, endpoint, expected) => {
    const place = findKeyPlaceAt(new URL(endpoint), findApi(api))
    expect(place === 'bearer' ? place : place.header).toBe(expected)
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
    ['https://r.openai.azure.com/openai/deployments/d/chat/completions?api-version=1', 'openai-chat'],
    ['http://h/v1/responses', 'openai-responses'],
    ['https://w.cloud.databricks.com/serving-endpoints/responses', 'openai-responses'],
    ['https://api.anthropic.com', 'anthropic'],
    ['https://api.anthropic.com/v1/chat/completions', 'openai-chat'],
    ['http://h:8000/v1/messages', 'anthropic'],
    ['https://api.example.com/anthropic', 'anthropic'],
    ['https://generativelanguage.googleapis.com/v1beta', 'gemini'],
    ['https://generativelanguage.googleapis.com/v1beta/openai/', 'openai-chat'],
    ['https://h/x/models/g-1:streamGenerateContent', 'gemini'],
    ['https://l-aiplatform.googleapis.com/v1/projects/p/locations/l', 'gemini'],
    ['https://l-aiplatform.googleapis.com/v1/projects/p/locations/l/endpoints/openapi', 'openai-chat'],
    ['https://l-aiplatform.googleapis.com/v1/projects/p/locations/l/publishers/anthropic/models/c', 'openai-chat'],
    ['https://api.cohere.com', 'cohere'],
    ['https://api.cohere.ai/compatibility/v1', 'openai-chat'],
    ['https://h/v2/chat', 'cohere'],
    ['http://h:8080/generate_stream', 'tgi'],
    ['http://h:8080/completion', 'llamacpp'],
    ['http://h:11434', 'ollama'],
    ['http://h/api/generate', 'ollama'],
    ['http://h:11434/v1', 'openai-chat'],
    ['http://h:11434/v1/chat/completions', 'openai-chat'],
    ['http://h:8000/v2/models/m/generate_stream', 'triton'],
    ['https://bedrock-runtime.eu-west-1.amazonaws.com', 'bedrock'],
    ['https://bedrock-runtime.eu-west-1.amazonaws.com/openai/v1/chat/completions', 'openai-chat'],
  ])('takes %s for %s', (url, api) => {
    expect(guessApi(new URL(url))).toBe(api)
  })

  it.each(ALL_APIS.map(({ name }) => name).filter((name) => name !== 'openai-chat'))(
    'recognises the full URL of %s',
    (name) => {
      const api = findApi(name)
      for (const task of api.tasks) expect(guessApi(api.url(new URL('https://h'), task, 'm'))).toBe(name)
    },
  )

  it('leaves the task of a native Databricks URL to preflight', () => {
    const api = findApi('databricks')
    expect(api.taskOf(new URL('https://w/serving-endpoints/e/invocations'))).toBeNull()
    expect(api.taskOf(new URL('https://w/serving-endpoints/embeddings'))).toBe('embeddings')
    expect(findApi('openai-completions').taskOf(new URL('http://h'))).toBe('completions')
  })
})

describe('the body of a request', () => {
  it('is the least that every chat server takes', () => {
    expect(findApi('openai-chat').body(dialect('chat'), SPEC)).toEqual({
      model: 'm',
      messages: [{ role: 'user', content: 'count' }],
      max_tokens: 8,
      stream: true,
    })
  })

  it('has the optional fields that the endpoint accepts, and the extra members last', () => {
    const api = findApi('openai-chat')
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
    expect(findApi('openai-chat').body(dialect('chat'), { ...SPEC, messages })).toMatchObject({ messages })
  })

  it('has a prompt and always max_tokens for completions', () => {
    const body = findApi('openai-completions').body(
      dialect('completions', { lengthField: 'max_completion_tokens' }),
      SPEC,
    )
    expect(body).toEqual({ model: 'm', prompt: 'count', max_tokens: 8, stream: true })
  })

  it('has one text or a list of texts for embeddings, and nothing about streams', () => {
    const api = findApi('openai-embeddings')
    expect(api.body(dialect('embeddings'), SPEC)).toEqual({ model: 'm', input: 'count' })
    expect(api.body(dialect('embeddings'), { ...SPEC, prompts: ['a', 'b'] })).toEqual({ model: 'm', input: ['a', 'b'] })
  })

  it('asks for one whole answer where that is wanted, and then not for a count in a stream', () => {
    const fields = new Set<OptionalField>(['stream_options'])
    for (const name of ['openai-chat', 'openai-completions', 'openai-responses', 'anthropic', 'cohere'] as const) {
      const body = findApi(name).body(dialect('chat', { fields }), { ...SPEC, stream: false })
      expect(body).toMatchObject({ stream: false })
      expect(body).not.toHaveProperty('stream_options')
    }
  })

  it('adds the members of an object that the user gives to ours of the same name', () => {
    const fields = new Set<OptionalField>(['stream_options'])
    const extraBody = { stream_options: { continuous_usage_stats: true } }
    expect(findApi('openai-chat').body(dialect('chat', { fields, extraBody }), SPEC)).toMatchObject({
      stream_options: { include_usage: true, continuous_usage_stats: true },
    })
    const generationConfig = { thinkingConfig: { thinkingBudget: 0 } }
    expect(findApi('gemini').body(dialect('chat', { extraBody: { generationConfig } }), SPEC)).toMatchObject({
      generationConfig: { maxOutputTokens: 8, thinkingConfig: { thinkingBudget: 0 } },
    })
  })

  it('has a list as input and at least 16 tokens for Responses, which keeps no answer', () => {
    const api = findApi('openai-responses')
    const body = {
      model: 'm',
      input: [{ role: 'user', content: 'count' }],
      max_output_tokens: 16,
      stream: true,
      store: false,
    }
    expect(api.body(dialect('chat'), SPEC)).toEqual(body)
    const more = { ...SPEC, outputTokens: 64 }
    expect(api.body(dialect('chat', { fields: new Set(api.optionalFields('chat')) }), more)).toEqual({
      ...body,
      max_output_tokens: 64,
      temperature: 0,
      ignore_eos: true,
      cache_salt: 'n1',
    })
    expect(api.modelInBody(new URL('https://w/serving-endpoints/a/invocations'), 'm')).toBeNull()
  })

  it('keeps the words of the system apart for Anthropic and Gemini, and not for Cohere', () => {
    const messages = [
      { role: 'system', content: 'be brief' },
      { role: 'user', content: [{ type: 'text', text: 'hi' }] },
      { role: 'assistant', content: 'yes?' },
    ]
    const spec = { ...SPEC, messages }
    expect(findApi('anthropic').body(dialect('chat'), spec)).toEqual({
      model: 'm',
      system: 'be brief',
      messages: messages.slice(1),
      max_tokens: 8,
      stream: true,
    })
    expect(findApi('gemini').body(dialect('chat', { model: null }), spec)).toEqual({
      systemInstruction: { parts: [{ text: 'be brief' }] },
      contents: [
        { role: 'user', parts: [{ text: 'hi' }] },
        { role: 'model', parts: [{ text: 'yes?' }] },
      ],
      generationConfig: { maxOutputTokens: 8 },
    })
    expect(findApi('cohere').body(dialect('chat'), spec)).toEqual({
      model: 'm',
      messages,
      max_tokens: 8,
      stream: true,
    })
  })

  it('has the version of Anthropic’s API in its headers', () => {
    expect(findApi('anthropic').headers).toEqual({ 'anthropic-version': '2023-06-01' })
  })

  it.each(ALL_APIS.map(({ name, tasks }) => [name, tasks] as const))(
    'of %s holds the prompt and the length, and keeps what the user adds',
    (name, tasks) => {
      const api = findApi(name)
      for (const task of tasks) {
        const extraBody = { mine: { a: 1 } }
        const body = api.body(dialect(task, { fields: new Set(api.optionalFields(task)), extraBody }), {
          ...SPEC,
          prompts: ['a prompt of ours'],
          outputTokens: 77,
        })
        expect(body).toMatchObject(extraBody)
        expect(JSON.stringify(body)).toContain('a prompt of ours')
        if (generatesTokens(task)) expect(JSON.stringify(body)).toContain(':77')
      }
    },
  )

  it('leaves the model out for a native Databricks URL and keeps it for the others', () => {
    const api = findApi('databricks')
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
