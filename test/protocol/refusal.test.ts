import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readRefusal, findNamedField, readComplaint } from '../../src/protocol/refusal.ts'
import { CODE_POINT } from '../support/text-units.ts'

describe('the body of a refusal', () => {
  test.each([
    ['{"error":{"message":"model not found","type":"invalid_request_error"}}', 'model not found'],
    ['{"error":"queue is full"}', 'queue is full'],
    ['{"error":"Bad Request","message":"json: unknown field \\"seed\\""}', 'json: unknown field "seed"'],
    ['{"error_code":"BAD_REQUEST","message":"json: unknown field"}', 'BAD_REQUEST: json: unknown field'],
    ['{"error_code":"RESOURCE_EXHAUSTED"}', 'RESOURCE_EXHAUSTED'],
    ['{"message":"slow down"}', 'slow down'],
    ['{"detail":"Not Found"}', 'Not Found'],
    ['{"detail":[{"loc":["body","messages"],"msg":"field required"}]}', 'body.messages: field required'],
    ['{"errors":[{"message":"one"},{"message":"two"}]}', 'one; two'],
    ['{"code":7}', '{"code":7}'],
    ['REQUEST_LIMIT_EXCEEDED: too many\n\trequests', 'REQUEST_LIMIT_EXCEEDED: too many requests'],
    ['<html><head><title>502 Bad Gateway</title></head><body>…</body></html>', '502 Bad Gateway'],
    ['<HTML><TITLE>Error</TITLE><pre>upstream &lt;x&gt; <b>died</b></pre></HTML>', 'Error: upstream <x> died'],
    ['<p>no</p>', 'an HTML page'],
    ['\u001F\uFFFD\b', 'a compressed body without Content-Encoding'],
    ['', null],
    [' \n', null],
    ['\u0000\u0001', 'nothing but control characters'],
  ])('%j says %j', (body, message) => {
    expect(readRefusal(body)).toBe(message)
  })

  test('is one line of at most 300 characters whatever it holds', () => {
    const json = fc.json().map((text) => (text.length % 2 === 0 ? `{"error":${text}}` : text))
    fc.assert(
      fc.property(
        fc.oneof(
          json,
          fc.string({ unit: CODE_POINT }),
          fc.string({ minLength: 400 }).map((s) => `<title>${s}`),
        ),
        (body) => {
          const message = readRefusal(body)
          if (message === null) return
          expect(message.length).toBeLessThanOrEqual(300)
          expect(message).not.toMatch(/[\n\r\p{Cc}]/u)
        },
      ),
    )
  })

  test.each([
    ['an object', `${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`, null],
    ['a message', `{"message":${'['.repeat(20_000)}${']'.repeat(20_000)}}`, null],
    ['a place', `{"detail":[{"msg":"no","loc":["body",${'['.repeat(20_000)}${']'.repeat(20_000)}]}]}`, 'body: no'],
    ['a place that is no text', '{"detail":[{"msg":"no","loc":[{"toString":1},0]}]}', '0: no'],
  ])('that nests %s without end is read, too', (_, body, message) => {
    expect(readRefusal(body)).toBe(message)
  })

  test('does not end in half a character', () => {
    expect(readRefusal('😀'.repeat(400))!.isWellFormed()).toBe(true)
    expect(readRefusal(`a${'😀'.repeat(400)}`)!.isWellFormed()).toBe(true)
  })
})

test.each([
  ['POST https://h.example/v1?key=SECRET failed', 'POST https://h.example/v1?… failed'],
  ['see "http://u:SECRET@h.example:80/a?b=SECRET", then', 'see "http://h.example:80/a?…", then'],
  ['http://SECRET@h.example', 'http://h.example'],
  ['Is it up? See https://h.example/docs', 'Is it up? See https://h.example/docs'],
])('of a URL in the words of a server only host and path are shown: %s', (said, shown) => {
  expect(readRefusal(said)).toBe(shown)
})

describe('a model that is not there is recognised', () => {
  test.each([
    ['vLLM', 404, 'The model `llama-9` does not exist.'],
    ['OpenAI', 404, 'The model `llama-9` does not exist or you do not have access to it.'],
    ['Ollama', 404, "model 'llama-9' not found"],
    ['Anthropic', 404, 'model: llama-9'],
    ['Gemini', 404, 'models/llama-9 is not found for API version v1beta'],
    ['Bedrock', 400, 'The provided model identifier is invalid.'],
    ['LiteLLM', 400, '/chat/completions: Invalid model name passed in model=llama-9. Call `/v1/models` to see more'],
    ['OpenRouter', 400, 'llama-9 is not a valid model ID'],
    ['Mistral', 400, 'Invalid model: llama-9'],
    ['DeepSeek', 400, 'Model Not Exist'],
    ['Azure', 404, 'The API deployment for this resource does not exist.'],
    ['Databricks', 404, 'RESOURCE_DOES_NOT_EXIST: The given endpoint does not exist'],
    ['Triton', 404, "Request for unknown model: 'llama-9' is not found"],
    ['a gateway that says it with a 500', 500, 'model_not_found'],
  ])('%s', (_, status, message) => {
    expect(readComplaint(status, message)).toEqual({ about: 'model' })
  })

  test('and a path that is not there is none', () => {
    for (const words of [
      'Not Found',
      "ENDPOINT_NOT_FOUND: No API found for 'POST /v1/x'",
      '404 page not found',
      'no route matched with those values',
      null,
    ]) {
      expect(readComplaint(404, words)).toBeNull()
    }
  })

  test('nor is a request that names none', () => {
    for (const words of [
      'you must provide a model parameter',
      'model is required',
      "missing required field: 'model'",
    ]) {
      expect(readComplaint(400, words)).toEqual({ about: 'no-model' })
    }
  })
})

test.each([
  ['vLLM, embedding model', 400, 'The model does not support Chat Completions API', null],
  ['Ollama, embedding model', 400, '"nomic-embed-text" does not support chat', null],
  [
    'llama.cpp with --embeddings',
    501,
    'This server does not support completions. Start it without `--embeddings`',
    'openai-embeddings',
  ],
  ['llama.cpp without', 501, 'This server does not support embeddings. Start it with `--embeddings`', 'openai-chat'],
  ['vLLM, chat model', 400, 'The model does not support Embeddings API', 'openai-chat'],
  ['OpenAI, embedding', 403, 'You are not allowed to generate embeddings from this model', 'openai-chat'],
  [
    'OpenAI, base model',
    404,
    'This is not a chat model and thus not supported in the v1/chat/completions endpoint. Did you mean to use v1/completions?',
    'openai-completions',
  ],
  [
    'OpenAI, chat model',
    404,
    'This is a chat model and not supported in the v1/completions endpoint. Did you mean to use v1/chat/completions?',
    'openai-chat',
  ],
  [
    'OpenAI, newest',
    404,
    'This model is only supported in v1/responses and not in v1/chat/completions.',
    'openai-responses',
  ],
  ['FastAPI, a prompt sent to chat', 422, 'body.messages: Field required', 'openai-chat'],
  ['serde, a prompt sent to chat', 422, 'missing field `messages` at line 1 column 40', 'openai-chat'],
  ['FastAPI, messages sent to completions', 422, 'body.prompt: Field required', 'openai-completions'],
] as const)('a model or path for another task is recognised: %s', (_, status, message, api) => {
  expect(readComplaint(status, message)).toEqual({ about: 'task', api })
})

test.each([
  [
    'OpenAI, vLLM',
    "This model's maximum context length is 4096 tokens. However, you requested 5000 tokens (4500 in the messages, 500 in the completion).",
    4096,
  ],
  ['vLLM, long prompt', 'The decoder prompt (length 5000) is longer than the maximum model length of 4096.', 4096],
  [
    'vLLM, long answer',
    "'max_tokens' or 'max_completion_tokens' is too large: 9000. This model's maximum context length is 8192 tokens",
    8192,
  ],
  ['SGLang', "The input (5000 tokens) is longer than the model's context length (4096 tokens).", 4096],
  ['TGI, both', '`inputs` tokens + `max_new_tokens` must be <= 4096. Given: 4500 `inputs` tokens', 4096],
  ['TGI, prompt', '`inputs` must have less than 1024 tokens. Given: 1500', 1024],
  ['llama.cpp', 'request (5000 tokens) exceeds the available context size (4096 tokens), try increasing it', 4096],
  ['Anthropic, prompt', 'prompt is too long: 210000 tokens > 200000 maximum', 200_000],
  [
    'Anthropic, both',
    'input length and `max_tokens` exceed context limit: 190000 + 20000 > 200000, decrease input length',
    200_000,
  ],
  ['Gemini', 'The input token count (1050000) exceeds the maximum number of tokens allowed (1048576).', 1_048_576],
  [
    'Mistral',
    'Prompt contains 40000 tokens and 0 draft tokens, too large for model with 32768 maximum context length',
    32_768,
  ],
  ['Cohere', 'too many tokens: size limit exceeded by 1234 tokens. The limit for this model is 4096 tokens.', 4096],
  ['TensorRT-LLM', 'Prompt length (1030) exceeds maximum input length (1024).', 1024],
  ['Bedrock', 'Input is too long for requested model.', null],
  ['Groq', 'Please reduce the length of the messages or completion.', null],
])('a prompt over the context is recognised, and its limit read: %s', (_, message, limit) => {
  expect(readComplaint(400, message)).toEqual({ about: 'context', limit })
})

test.each([
  [413, null],
  [413, '413 Request Entity Too Large: nginx'],
  [400, 'request entity too large'],
  [400, 'Request body too large'],
  [422, 'Failed to buffer the request body: length limit exceeded'],
])('a body over the size limit is recognised: %i %s', (status, message) => {
  expect(readComplaint(status, message)).toEqual({ about: 'size' })
})

test.each([
  ['text-embeddings-inference', 413, 'batch size 64 > maximum allowed batch size 32', 32],
  ['OpenAI', 400, "'$.input' is too long. Maximum array length 2048.", 2048],
])('too many sequences are not taken for too many bytes: %s', (_, status, message, limit) => {
  expect(readComplaint(status, message)).toEqual({ about: 'batch', limit })
})

test('an expired key is told from a wrong one', () => {
  expect(readComplaint(401, 'Access token expired')).toEqual({ about: 'expired' })
  expect(readComplaint(403, 'The security token included in the request is expired')).toEqual({ about: 'expired' })
  expect(readComplaint(401, 'Incorrect API key provided')).toBeNull()
})

test('an unknown path that comes with a 200 is recognised', () => {
  expect(readComplaint(200, 'Unexpected endpoint or method. (POST /api/chat)')).toEqual({ about: 'path' })
  expect(readComplaint(200, 'engine died')).toBeNull()
})

test('words that say nothing of it are no complaint, whatever they are', () => {
  expect(readComplaint(400, 'json: unknown field "stream_options"')).toBeNull()
  fc.assert(
    fc.property(fc.string({ maxLength: 2_000 }), fc.integer({ min: 100, max: 599 }), (message, status) => {
      expect(['object']).toContain(typeof readComplaint(status, message))
    }),
    { numRuns: 100 },
  )
})

test.each([
  ['json: unknown field "stream_options"', 'stream_options'],
  ["Unsupported value: 'temperature' does not support 0 with this model.", 'temperature'],
  ['body.min_tokens: Extra inputs are not permitted; body.cache_salt: Extra inputs are not permitted', 'min_tokens'],
  ['unknown field `ignore_eos`, expected one of `model`, `temperature`, `stream_options`', 'ignore_eos'],
  ['min_tokens_per_beam and xtemperature are not known', null],
  ['no', null],
  [null, null],
])('the field that a refusal is about is the first that it names: %s', (message, field) => {
  const fields = ['stream_options', 'temperature', 'ignore_eos', 'min_tokens', 'cache_salt'] as const
  expect(findNamedField(message, fields)).toBe(field)
})
