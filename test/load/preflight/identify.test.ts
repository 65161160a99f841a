import { expect, onTestFinished, test, describe } from 'vitest'
import { EndpointError } from '../../../src/errors.ts'
import { guessLikeliestApi } from '../../../src/load/preflight/candidates.ts'
import { identifyServer } from '../../../src/load/preflight/identify.ts'
import { waitUntilReady } from '../../../src/load/preflight/readiness.ts'
import type { Ready } from '../../../src/load/preflight/readiness.ts'
import { findApi } from '../../../src/vendors/apis.ts'
import { API_NAMES } from '../../../src/vocabulary/endpoint-names.ts'
import type { ApiName } from '../../../src/vocabulary/endpoint-names.ts'
import { describeVersion } from '../../../src/protocol/servers.ts'
import { servesApi } from '../../../src/simulator/servers.ts'
import { ALL_SERVERS, SERVER_NAMES, startWitness } from '../../servers/repertoire.ts'
import type { ServerName } from '../../servers/repertoire.ts'
import { sendJson, chatAnswer, refuse, sendStream } from '../../support/answers.ts'
import { createDeadlines, NO_DEADLINE } from '../../support/deadlines.ts'
import { serve } from '../../support/http-server.ts'
import type { TestServer } from '../../support/http-server.ts'
import { NO_AUTH } from '../../../src/load/auth/authorizers.ts'
import { testPorts } from '../../support/readiness-ports.ts'
import type { TestPorts } from '../../support/readiness-ports.ts'
import { settingsFor } from '../../support/run-settings.ts'

const PORTS = { signal: new AbortController().signal, deadline: NO_DEADLINE }

async function simulated(server: ServerName): Promise<string> {
  const engine = { overheadMs: 0, prefillMsPerToken: 0, decodeMs: 0.5, decodeMsPerSequence: 0 }
  const simulator = await startWitness({ server: ALL_SERVERS[server], engine })
  onTestFinished(() => simulator.close())
  return simulator.url
}

/** The APIs that a server has, wherever it has them. */
function apisOf(name: ServerName): readonly ApiName[] {
  const path = name === 'azure' ? '/openai/' : '/'
  return API_NAMES.filter((api) => servesApi(ALL_SERVERS[name], api, path))
}

test.each(SERVER_NAMES)('asked in a foreign API, %s is recognised and one of its own APIs suggested', async (name) => {
  const apis = apisOf(name)
  const foreign = (['anthropic', 'gemini', 'openai-chat'] as ApiName[]).find((api) => !apis.includes(api))!
  const endpoint = await simulated(name)
  const outcome: unknown = await waitUntilReady(
    settingsFor(endpoint, ['--api', foreign, '--model', 'simulated-model']),
    testPorts(),
  ).catch((error: unknown) => error)
  expect(outcome).toBeInstanceOf(EndpointError)
  const suggested = /^set `api` to ([a-z-]+)/.exec((outcome as EndpointError).remedy)?.[1]
  expect(apis).toContain(suggested)
})

test.each(SERVER_NAMES)('api: auto finds an API of %s from its base URL', async (name) => {
  const endpoint = `${await simulated(name)}${name === 'azure' ? '/openai/v1' : ''}`
  const { target } = await waitUntilReady(settingsFor(endpoint, ['--model', 'simulated-model']), testPorts())
  expect(apisOf(name)).toContain(target.api.name)
})

test.each([
  ['vllm', /^vLLM \d/],
  ['sglang', /^SGLang \d/],
  ['tgi', /^TGI \d/],
  ['llamacpp', /^llama\.cpp b\d/],
  ['ollama', /^Ollama \d/],
  ['triton', /^Triton \d/],
  ['nim', /^NIM \d/],
  ['tensorrt-llm', /^TensorRT-LLM \d/],
  ['litellm', /^LiteLLM \d/],
] as const)('for the report, %s shows its version in its own API', async (name, version) => {
  const settings = settingsFor(await simulated(name), ['--model', 'm'])
  const api = findApi(ALL_SERVERS[name].apis[0] as ApiName)
  const server = await identifyServer(settings, { api, auth: NO_AUTH }, { headers: {} }, PORTS)
  expect(describeVersion(server!)).toMatch(version)
})

test('vLLM that is asked as Anthropic shows its version, too', async () => {
  const settings = settingsFor(await simulated('vllm'), ['--model', 'm'])
  const server = await identifyServer(settings, { api: findApi('anthropic'), auth: NO_AUTH }, { headers: {} }, PORTS)
  expect(describeVersion(server!)).toMatch(/^vLLM \d/)
})

test('a service that its headers name is asked for no page', async () => {
  const server = await serve((response) => sendJson(response, 200, {}))
  const settings = settingsFor(server.url)
  const found = await identifyServer(
    settings,
    { api: guessLikeliestApi(settings), auth: NO_AUTH },
    { headers: { 'openai-processing-ms': '20' } },
    PORTS,
  )
  expect(found).toMatchObject({ name: 'the OpenAI API', version: null })
  expect(server.requests).toEqual([])
})

test('pages are looked for where a proxy put the server, and get the key of their own origin', async () => {
  const server = await serve((response, { path }) =>
    path === '/team/llm/version' ? sendJson(response, 200, { version: '7' }) : sendJson(response, 404, {}),
  )
  const settings = settingsFor(`${server.url}/team/llm/v1/chat/completions`)
  const auth = { ...NO_AUTH, headers: () => ({ authorization: 'Bearer k' }) }
  const found = await identifyServer(settings, { api: guessLikeliestApi(settings), auth }, { headers: null }, PORTS)
  expect(found).toMatchObject({ name: null, version: '7', apis: [] })
  expect(
    server.requests.every(({ path, headers }) => path.startsWith('/team/llm/') && headers.authorization === 'Bearer k'),
  ).toBe(true)
})

test.each([
  ['//v1', '//version'],
  ['//team/v1/', '//team/version'],
  ['/team//v1', '/team//version'],
])('an endpoint at %s, which two slashes got into, has its pages at its own host', async (path, page) => {
  const server = await serve((response, { path: asked }) =>
    asked === page ? sendJson(response, 200, { version: '7' }) : sendJson(response, 404, {}),
  )
  const settings = settingsFor(`${server.url}${path}`)
  const target = { api: guessLikeliestApi(settings), auth: NO_AUTH }
  expect(await identifyServer(settings, target, { headers: null }, PORTS)).toMatchObject({ version: '7' })
})

test('pages that never end hold nothing up for longer than three seconds', async () => {
  const { deadline, granted, pass } = createDeadlines()
  const server = await serve((response) => {
    response.write('{"version":')
    pass()
  })
  const settings = settingsFor(server.url)
  const target = { api: guessLikeliestApi(settings), auth: NO_AUTH }
  expect(await identifyServer(settings, target, { headers: null }, { ...PORTS, deadline })).toBeNull()
  expect(granted).toEqual([3_000])
})

/** The answer to one path: text is streamed, everything else is JSON. */
type Page = string | object

/** A server that answers these paths (`POST /x` or `GET /x`) with 200, and all others with `refusal`. */
async function serverWith(
  pages: Readonly<Record<string, Page>>,
  refusal: [number, Page] = [404, { detail: 'Not Found' }],
) {
  return serve((response, { method, path }) => {
    const page = pages[`${method} ${path.split('?')[0]}`]
    if (page === undefined) return sendJson(response, ...refusal)
    return typeof page === 'string' ? sendStream(response, page) : sendJson(response, 200, page)
  })
}

async function ready(endpoint: string, flags: readonly string[], ports: TestPorts = testPorts()): Promise<Ready> {
  return waitUntilReady(settingsFor(endpoint, flags), ports)
}

async function errorOf(endpoint: string, flags: readonly string[] = ['--model', 'm']): Promise<EndpointError> {
  const outcome: unknown = await ready(endpoint, flags).catch((error: unknown) => error)
  expect(outcome).toBeInstanceOf(EndpointError)
  return outcome as EndpointError
}

function posts({ requests }: TestServer): string[] {
  return requests.filter(({ method }) => method === 'POST').map(({ path }) => path)
}

const models = (owner: string, ...ids: string[]): object => ({
  object: 'list',
  data: ids.map((id) => ({ id, owned_by: owner })),
})
const OLLAMA = { 'GET /api/version': { version: '0.6.2' } }
const VLLM = { 'GET /version': { version: '0.11.0' }, 'GET /v1/models': models('vllm', 'm') }
const NDJSON = [
  '{"model":"m","message":{"role":"assistant","content":"a"},"done":false}',
  '{"model":"m","done":true,"done_reason":"stop","eval_count":1}',
].join('\n')

test.each([
  ['an embeddings URL of a model that generates', '/v1/embeddings', { 'POST /v1/chat/completions': chatAnswer(8) }],
  ['a chat URL of a model that makes embeddings', '/v1/chat/completions', { 'POST /v1/embeddings': {} }],
])('%s is told as that', async (_, path, pages) => {
  const server = await serverWith({ ...VLLM, ...pages })
  const error = await errorOf(`${server.url}${path}`)
  const end = path.replace('/v1', '')
  expect(error.what).toContain(`it looks like vLLM 0.11.0, and has no ${end}: its model may be made for something else`)
  expect(error.remedy).toBe(`take ${end} off the end of \`endpoint\`: what the model is made for is then found`)
})

describe('an API that does not match the endpoint', () => {
  test.each([
    ['ollama', { ...VLLM }, 'it looks like vLLM 0.11.0', 'set `api` to openai-chat or openai-completions'],
    ['anthropic', { ...OLLAMA }, 'it looks like Ollama 0.6.2', 'set `api` to ollama or openai-chat'],
    [
      'openai-chat',
      { 'GET /v2': { name: 'triton', version: '2.60.0', extensions: [] } },
      'it looks like Triton 2.60.0',
      'set `api` to triton',
    ],
    [
      'openai-chat',
      { 'GET /info': { model_id: 'm', version: '1.1.0', max_total_tokens: 2048 } },
      'it looks like TGI 1.1.0',
      'set `api` to tgi, or check `model`',
    ],
  ])('%s: what the endpoint is, and what to set', async (api, pages, what, remedy) => {
    const server = await serverWith(pages)
    const error = await errorOf(server.url, ['--api', api, '--model', 'm'])
    expect(error.what).toMatch(/^the endpoint answered 404: Not Found; /)
    expect(error.what).toContain(what)
    expect(error.remedy).toBe(remedy)
  })

  test('is seen in the shape of the answer, too', async () => {
    const anthropic = { type: 'error', error: { type: 'invalid_request_error', message: 'max_tokens: Field required' } }
    const strict = await serverWith({}, [400, anthropic])
    const error = await errorOf(`${strict.url}/v1/chat/completions`)
    expect(error.what).toBe(
      'the endpoint refused the request with 400: max_tokens: Field required; the answer is one of anthropic',
    )
    expect(error.remedy).toBe('set `api` to anthropic')

    const lines = await serverWith({ 'POST /v1/chat/completions': NDJSON })
    expect(await errorOf(lines.url, ['--api', 'openai-chat', '--model', 'm'])).toMatchObject({
      what: expect.stringContaining('JSON lines instead of a stream'),
      remedy: 'set `api` to ollama',
    })

    const stream = await serverWith({ 'POST /api/chat': chatAnswer(8) })
    expect(await errorOf(stream.url, ['--api', 'ollama', '--task', 'chat', '--model', 'm'])).toMatchObject({
      what: expect.stringContaining('the answer is one of openai-chat'),
      remedy: 'set `api` to openai-chat',
    })
  })

  test('a path that is wrong is told from it', async () => {
    const server = await serverWith(VLLM)
    const error = await errorOf(`${server.url}/llm/v1`, ['--api', 'openai-chat', '--model', 'm'])
    expect(error.what).toContain('it looks like vLLM 0.11.0')
    expect(error.remedy).toBe(`set \`endpoint\` to ${server.url}/`)
  })

  test.each(['/v1/chat/completion', '/generate_stream', '/api/chat', '/v1/messages'])(
    'a full URL of another server, %s, is not mended by api alone',
    async (path) => {
      const server = await serverWith(VLLM)
      const auto = await errorOf(`${server.url}${path}`)
      if (path !== '/v1/messages') expect(auto.remedy).toBe(`set \`endpoint\` to ${server.url}/`)
      const named = await errorOf(`${server.url}${path}`, ['--api', 'cohere', '--model', 'm'])
      expect(named.remedy).toBe(`set \`endpoint\` to ${server.url}/ and \`api\` to openai-chat or openai-completions`)
    },
  )

  test('an answer that cannot be read makes no chat server one for embeddings', async () => {
    const server = await serverWith({ ...VLLM, 'POST /v1/chat/completions': { text: 'a page of a proxy' } })
    const ports = testPorts()
    await expect(ready(server.url, ['--model', 'm'], ports)).rejects.toThrow('it looks like vLLM 0.11.0')
    expect(posts(server)).toEqual(['/v1/chat/completions'])
  })

  test('Azure behind another host wants one of its own paths', async () => {
    const server = await serve((response) => refuse(response, 404, 'Resource not found', { 'apim-request-id': 'x' }))
    const { what, remedy } = await errorOf(server.url)
    expect(what).toContain('it looks like Azure')
    expect(remedy).toMatch(/^set `endpoint` to …\/openai\/deployments\/<name>\?api-version=…, or to …\/openai\/v1 /)
  })

  test('a key that is refused with a 400 is no sign of another API', async () => {
    const gemini = { error: { code: 400, message: 'API key not valid. Please pass a valid API key.', status: 'X' } }
    const server = await serve((response, { path }) =>
      path.startsWith('/v1beta')
        ? sendJson(response, 400, gemini)
        : sendJson(response, 404, { error: { code: 404, message: 'Not Found', status: 'NOT_FOUND' } }),
    )
    const { what, remedy } = await errorOf(server.url)
    expect(what).toBe('not authorised: the endpoint answered 400: API key not valid. Please pass a valid API key.')
    expect(remedy).toContain('PLATEAU_API_KEY')
  })

  test('with api: auto the right one is used, and said so', async () => {
    const server = await serverWith({ ...OLLAMA, 'POST /api/chat': NDJSON })
    const ports = testPorts()
    const { target } = await ready(server.url, ['--model', 'm'], ports)
    expect({ api: target.api.name, path: target.url.pathname }).toEqual({ api: 'ollama', path: '/api/chat' })
    expect(ports.lines).toEqual(['trying api: ollama, because it looks like Ollama 0.6.2'])
    expect(posts(server).slice(0, 3)).toEqual(['/v1/chat/completions', '/v1/completions', '/v1/embeddings'])
    expect(posts(server).at(-1)).toBe('/api/chat')
  })

  test('one that fails, too, says why that failed', async () => {
    const server = await serve((response, { path }) =>
      path === '/api/version'
        ? sendJson(response, 200, { version: '0.6.2' })
        : path === '/api/tags'
          ? sendJson(response, 200, { models: [{ name: 'llama3.2:latest' }] })
          : path.startsWith('/api')
            ? sendJson(response, 404, { error: "model 'lama3.2' not found" })
            : sendJson(response, 404, {}),
    )
    const error = await errorOf(server.url, ['--model', 'lama3.2'])
    expect(error.tried).toBe(`POST ${server.url}/api/chat`)
    expect(error.remedy).toContain('llama3.2')
  })

  test('a server that is nothing known is told so by nobody', async () => {
    const server = await serverWith({})
    const error = await errorOf(server.url, ['--api', 'openai-chat', '--model', 'm'])
    expect(error.what).toBe('the endpoint answered 404: Not Found')
    // One round of pages, and no more.
    expect(server.requests.filter(({ method }) => method === 'GET').length).toBeLessThan(12)
  })

  test('what a server calls itself is fit to be shown', async () => {
    const server = await serverWith({ 'GET /api/version': { version: '\u202E1\n::error::x' } })
    const { message } = await errorOf(server.url, ['--api', 'anthropic', '--model', 'm'])
    expect(message.split('\n')).toHaveLength(3)
    expect(message).not.toContain('\u202e')
  })

  test('a 200 that means a path that is not there does not wait', async () => {
    const server = await serverWith({}, [200, { error: 'Unexpected endpoint or method. (POST /api/chat)' }])
    const ports = testPorts()
    await expect(ready(server.url, ['--api', 'ollama', '--model', 'm'], ports)).rejects.toThrow('no such path')
    expect(ports.pauses).toEqual([])
  })
})

describe('a model that the endpoint does not have', () => {
  test('is answered with those that it lists, the nearest first', async () => {
    const names = [
      'mistral-7b',
      'org/llama-3.1-8b-instruct',
      'llama-3.1-8b',
      ...Array.from({ length: 12 }, (_, i) => `embedder-number-${i}`),
    ]
    const server = await serverWith({ 'GET /v1/models': models('vllm', ...names) }, [
      404,
      { error: { message: 'The model `lama-3.1-8b` does not exist.' } },
    ])
    const error = await errorOf(server.url, ['--model', 'lama-3.1-8b'])
    expect(error.what).toBe('the endpoint does not have the model: The model `lama-3.1-8b` does not exist.')
    expect(error.remedy).toMatch(
      /^set `model`, which is lama-3\.1-8b, to one that it lists: llama-3\.1-8b, .* and 5 more$/,
    )
    // Another path would not know it either.
    expect(posts(server)).toEqual(['/v1/chat/completions'])
  })

  test('is said plainly where it lists none', async () => {
    const server = await serverWith({}, [404, { error: "model 'x' not found, try pulling it first" }])
    expect(await errorOf(server.url)).toMatchObject({ remedy: 'check `model`; it lists none' })
  })

  test('is looked for where it stands: in the path of the endpoint', async () => {
    const server = await serverWith({}, [404, { error: "Request for unknown model: 'x' is not found" }])
    expect(await errorOf(`${server.url}/v2/models/x`, [])).toMatchObject({
      remedy: 'check the model in the path of `endpoint`',
    })
  })

  test('the names of models are fit to be shown', async () => {
    const server = await serve((response, { method }) =>
      method === 'GET'
        ? sendJson(response, 200, models('x', 'a\n::error::b\u202E', 'c'))
        : refuse(response, 400, 'Invalid model: m'),
    )
    const { message } = await errorOf(server.url)
    expect(message.split('\n')).toHaveLength(3)
    expect(message).toContain('c, a ::error::b')
  })
})

test.each([
  ['openai-chat', 'The model does not support Chat Completions API', 'leave `api` out: what the model is made for is'],
  ['auto', 'The model does not support Chat Completions API', 'set `api`, or `task` where one API has several'],
  ['openai-rerank', 'The model does not support Rerank (Score) API', 'leave `api` out: what the model is made for is'],
  ['openai-rerank', 'model is not a re-ranker model', 'leave `api` out: what the model is made for is'],
  ['openai-embeddings', 'The model does not support Embeddings API', 'set `api` to openai-chat, or `task` to chat'],
  [
    'openai-chat',
    'This model is only supported in v1/responses and not in v1/chat/completions.',
    'set `api` to openai-responses',
  ],
])('a model that is asked for what it does not do: %s, %s', async (api, message, remedy) => {
  const server = await serverWith({}, [400, { error: { message } }])
  const error = await errorOf(server.url, ['--api', api, '--model', 'm'])
  expect(error.what).toBe(`the model or path is not for what was asked of it: ${message}`)
  expect(error.remedy).toContain(remedy)
})

test.each([
  [
    '/v1/chat/completions',
    [],
    'The model does not support Chat Completions API',
    'take /chat/completions off the end of',
  ],
  [
    '/v1/completions',
    ['--api', 'openai-completions'],
    'does not support completions',
    '`endpoint` and leave `api` out',
  ],
  ['/v1/embeddings', [], 'The model does not support Embeddings API', '`endpoint`, and set `api` to openai-chat'],
  ['/api/chat', [], '"bge" does not support chat', 'take /api/chat off the end of `endpoint`'],
])('a full URL of another task, %s %j, is told to become a base', async (path, flags, message, remedy) => {
  const server = await serverWith({}, [400, { error: { message } }])
  const error = await errorOf(`${server.url}${path}`, ['--model', 'm', ...flags])
  expect(error.what).toContain('the model or path is not for what was asked of it')
  expect(error.remedy).toContain(remedy)
})

test.each([
  [
    404,
    { error_code: 'RESOURCE_DOES_NOT_EXIST', message: 'The given endpoint does not exist' },
    'there is no serving endpoint llama in this workspace (404): RESOURCE_DOES_NOT_EXIST: The given endpoint does not exist',
    'check the name in the path of `endpoint`',
  ],
  [
    400,
    { error_code: 'BAD_REQUEST', message: 'Bad request: json: unknown field "seed"' },
    'the serving endpoint llama does not take a field of the request (400): BAD_REQUEST: Bad request: json: unknown field "seed"',
    'take it out of `extra-body`',
  ],
  [
    413,
    { error_code: 'BAD_REQUEST', message: 'too large' },
    'the request is larger than Databricks takes (16 MB; 4 MB for foundation models, external models and agents) (413): BAD_REQUEST: too large',
    'lower `input-tokens`',
  ],
])('what Databricks refuses with %i is said in its terms', async (status, body, what, remedy) => {
  const server = await serverWith({}, [status, body])
  const error = await errorOf(`${server.url}/serving-endpoints/llama/invocations`, [])
  expect(error.what).toBe(what)
  expect(error.remedy).toContain(remedy)
})

test('a limit of Databricks is waited out, and then told from a limit of the model', async () => {
  const server = await serverWith({}, [
    429,
    { error_code: 'REQUEST_LIMIT_EXCEEDED', message: 'output tokens per minute' },
  ])
  const error = await errorOf(`${server.url}/serving-endpoints/llama/invocations`, ['--ready-timeout', '3s'])
  expect(error.what).toContain('a limit of tokens a minute')
  expect(error.remedy).toContain('`max_tokens` counts against it')
})

test('an embedding model behind a base URL is found by api: auto', async () => {
  const server = await serve((response, { method, path }) =>
    path === '/v1/embeddings'
      ? sendJson(response, 200, { data: [{ embedding: [0.1] }], usage: { prompt_tokens: 4 } })
      : refuse(response, method === 'GET' ? 404 : 400, 'The model does not support Chat Completions API'),
  )
  expect((await ready(server.url, ['--model', 'm'])).target.api.name).toBe('openai-embeddings')
})

test('a reranker behind a base URL is found by api: auto', async () => {
  const server = await serve((response, { path }) =>
    path === '/v1/rerank'
      ? sendJson(response, 200, { results: [{ index: 0, relevance_score: 0.5 }], usage: { total_tokens: 4 } })
      : refuse(response, 404, 'Not Found'),
  )
  expect((await ready(server.url, ['--model', 'm'])).target.api.name).toBe('openai-rerank')
})

test('text-embeddings-inference with a reranker is told where that is asked', async () => {
  const info = { model_id: 'bge', model_type: { reranker: { id2label: {} } }, version: '1.7' }
  const server = await serve((response, { path }) =>
    path === '/info' ? sendJson(response, 200, info) : refuse(response, 404, 'Not Found'),
  )
  const error = await errorOf(server.url, ['--api', 'openai-rerank'])
  expect(error.what).toContain('it looks like text-embeddings-inference 1.7')
  expect(error.remedy).toContain('its full URL, which ends in /rerank')
})

test('a key that has expired is told from one that is wrong', async () => {
  const expired = await serverWith({}, [401, { message: 'Access token expired' }])
  expect(await errorOf(expired.url)).toMatchObject({ what: 'the key or token has expired: Access token expired' })
  const wrong = await serverWith({}, [401, { message: 'no such key' }])
  expect(await errorOf(wrong.url)).toMatchObject({ what: 'not authorised: the endpoint answered 401: no such key' })
  // A server that knows nobody is not looked at any further.
  expect(wrong.requests.map(({ method }) => method)).toEqual(['POST'])
})

test('a model that reasons in hiding and has no token left to show has answered', async () => {
  const usage = {
    prompt_tokens: 9,
    completion_tokens: 8,
    total_tokens: 17,
    completion_tokens_details: { reasoning_tokens: 8 },
  }
  const cut = { choices: [{ index: 0, delta: {}, finish_reason: 'length' }] }
  // Nobody counts tokens before `stream_options` asks for it.
  for (const events of [[cut, { choices: [], usage }], [cut]]) {
    const answer = `${events.map((json) => `data: ${JSON.stringify(json)}\n\n`).join('')}data: [DONE]\n\n`
    const server = await serverWith({ 'POST /v1/chat/completions': answer })
    expect((await ready(server.url, ['--model', 'm'])).target.api.name).toBe('openai-chat')
  }
})
