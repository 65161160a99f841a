import { describe, expect, it } from 'vitest'
import type { Task } from '../../src/vocabulary/load.ts'
import type { ApiName } from '../../src/vocabulary/endpoint-names.ts'
import { ALL_APIS, findApi } from '../../src/vendors/apis.ts'
import { readComplaint, readRefusal } from '../../src/protocol/refusal.ts'
import { destinationOf, offer, ourBody, refusal } from './speak.ts'

/** The refusal of our own request to this API, changed by `extra`, under other rules. */
function refused(name: ApiName, extra: Record<string, unknown>, rules: Parameters<typeof offer>[2] = {}) {
  const api = findApi(name)
  const task = api.tasks[0]!
  return refusal(destinationOf(api, task), { ...ourBody(api, task), ...extra }, rules)
}

describe('a field that is not documented', () => {
  it.each([
    [
      'openai-chat',
      400,
      {
        error: {
          message: 'Unrecognized request argument supplied: x',
          type: 'BadRequestError',
          param: null,
          code: 400,
        },
      },
    ],
    ['openai-responses', 400, { error: { message: "Unknown parameter: 'x'." } }],
    ['databricks', 400, { error_code: 'BAD_REQUEST', message: 'Bad request: json: unknown field "x"' }],
    ['tgi', 422, { error: expect.stringContaining('unknown field `x`'), error_type: 'validation' }],
    ['llamacpp', 400, { error: { code: 400, message: 'unknown field "x"', type: 'invalid_request_error' } }],
    ['ollama', 400, { error: 'unknown field "x"' }],
    ['triton', 400, { error: "unexpected inference input 'x' for the model" }],
    [
      'anthropic',
      400,
      { type: 'error', error: { type: 'invalid_request_error', message: 'x: Extra inputs are not permitted' } },
    ],
    [
      'gemini',
      400,
      {
        error: {
          code: 400,
          message: 'Invalid JSON payload received. Unknown name "x": Cannot find field.',
          status: 'INVALID_ARGUMENT',
        },
      },
    ],
    ['cohere', 400, { message: "invalid request: unknown field: parameter 'x' is not a valid field" }],
    ['bedrock', 400, { message: expect.stringContaining('extraneous key [x] is not permitted') }],
  ] as const)('is refused by %s in its own words', (name, status, json) => {
    expect(refused(name, { x: 1 })).toMatchObject({ status, json })
  })

  it.each([
    ['gemini', { generationConfig: { x: 1 } }, `Unknown name "x" at 'generation_config'`],
    ['ollama', { options: { x: 1 } }, 'options.x'],
    ['tgi', { parameters: { x: 1 } }, 'parameters.x'],
    ['bedrock', { inferenceConfig: { x: 1 } }, 'inferenceConfig.x'],
    ['anthropic', { messages: [{ role: 'user', content: 'hi', x: 1 }] }, 'messages.0.x'],
  ] as const)('is found by %s where it stands: %j', (name, extra, words) => {
    expect(JSON.stringify(refused(name, extra).json)).toContain(JSON.stringify(words).slice(1, -1))
  })

  it('passes where the server is not strict, except at Databricks', () => {
    const lenient = { strict: false }
    const taken = ALL_APIS.filter((api) => {
      const task = api.tasks[0]!
      return !('status' in offer(destinationOf(api, task), { ...ourBody(api, task), x: 1 }, lenient))
    })
    expect(taken).toEqual(ALL_APIS.filter(({ name }) => name !== 'databricks'))
  })
})

describe('what is not as it must be', () => {
  it.each([
    ['openai-chat', { max_tokens: 'ten' }],
    ['databricks', { max_tokens: 'ten' }],
    ['tgi', { parameters: { max_new_tokens: 'ten' } }],
    ['llamacpp', { n_predict: 'ten' }],
    ['ollama', { options: { num_predict: 'ten' } }],
    ['triton', { parameters: { max_tokens: 'ten' } }],
    ['anthropic', { max_tokens: 'ten' }],
    ['gemini', { generationConfig: { maxOutputTokens: 'ten' } }],
    ['cohere', { max_tokens: 'ten' }],
    ['bedrock', { inferenceConfig: { maxTokens: 'ten' } }],
  ] as const)('%s refuses a length that is no number: %j', (name, extra) => {
    expect(refused(name, extra).status).toBe(name === 'tgi' ? 422 : 400)
    // Lenient servers find it, too, as soon as they use it.
    expect(refused(name, extra, { strict: false }).status).toBe(name === 'tgi' ? 422 : 400)
  })

  it.each([
    ['openai-chat', 'messages'],
    ['openai-responses', 'input'],
    ['tgi', 'inputs'],
    ['llamacpp', 'prompt'],
    ['ollama', 'model'],
    ['triton', 'text_input'],
    ['anthropic', 'model'],
    ['anthropic', 'max_tokens'],
    ['gemini', 'contents'],
    ['cohere', 'model'],
    ['bedrock', 'messages'],
  ] as const)('%s refuses a request without %s', (name, field) => {
    expect(JSON.stringify(refused(name, { [field]: undefined }).json)).toContain(field)
  })

  it('Anthropic insists on its version, and Bedrock on an answer that is wanted', () => {
    expect(refused('anthropic', {}, { headers: {} }).json).toMatchObject({
      error: { message: 'anthropic-version: header is required' },
    })
    expect(refused('bedrock', {}, { headers: { accept: 'text/html' } }).status).toBe(400)
    const api = findApi('bedrock')
    for (const headers of [{}, { accept: '*/*' }, { accept: 'application/vnd.amazon.eventstream' }]) {
      expect(offer(destinationOf(api, 'chat'), ourBody(api, 'chat'), { headers })).toMatchObject({ task: 'chat' })
    }
  })
})

describe('what is asked for and not there', () => {
  it.each([
    ['openai-chat', 404],
    ['openai-embeddings', 404],
    ['databricks', 404],
    ['ollama', 404],
    ['triton', 404],
    ['anthropic', 404],
    ['gemini', 404],
    ['cohere', 404],
    ['bedrock', 400],
  ] as const)('%s says that it does not have the model, so that our client understands', (name, status) => {
    const said = refused(name, {}, { onlyModels: ['another-model'] })
    expect(said.status).toBe(status)
    expect(readComplaint(status, readRefusal(JSON.stringify(said.json)))).toEqual({ about: 'model' })
  })

  it.each(['tgi', 'llamacpp'] as const)('%s has one model and is not asked for it', (name) => {
    const api = findApi(name)
    const body = { ...ourBody(api, 'completions'), model: undefined }
    expect(offer(destinationOf(api, 'completions'), body, { onlyModels: ['another-model'] })).toMatchObject({
      model: null,
    })
  })

  it('Ollama takes a name with its default tag for the name without', () => {
    const api = findApi('ollama')
    const body = { ...ourBody(api, 'chat'), model: 'simulated-model:latest' }
    expect(offer(destinationOf(api, 'chat'), body)).toMatchObject({ model: 'simulated-model' })
  })

  it.each([
    ['openai-chat', 'chat', 'embeddings', 'The model does not support Chat Completions API'],
    ['openai-embeddings', 'embeddings', 'chat', 'The model does not support Embeddings API'],
    ['ollama', 'chat', 'embeddings', '"simulated-model" does not support chat'],
    ['llamacpp', 'completions', 'embeddings', 'Start it without `--embeddings`'],
    ['gemini', 'chat', 'embeddings', 'is not supported for generateContent'],
    ['cohere', 'chat', 'embeddings', 'is not supported by the chat API'],
    ['bedrock', 'chat', 'embeddings', "This action doesn't support the model"],
  ] as const)('%s refuses %s of a server for %s', (name, task: Task, onlyTask: Task, words) => {
    const api = findApi(name)
    const { json } = refusal(destinationOf(api, task), ourBody(api, task), { onlyTask })
    expect(JSON.stringify(json)).toContain(JSON.stringify(words).slice(1, -1))
  })
})
