import { expect, onTestFinished, test } from 'vitest'
import { EndpointError } from '../../../src/errors.ts'
import { guessLikeliestApi } from '../../../src/load/preflight/candidates.ts'
import { identifyServer } from '../../../src/load/preflight/identify.ts'
import { waitUntilReady } from '../../../src/load/preflight/readiness.ts'
import { findApi } from '../../../src/vendors/apis.ts'
import { API_NAMES } from '../../../src/vocabulary/endpoint-names.ts'
import type { ApiName } from '../../../src/vocabulary/endpoint-names.ts'
import { describeVersion } from '../../../src/protocol/servers.ts'
import { servesApi } from '../../../src/simulator/servers.ts'
import { ALL_SERVERS, SERVER_NAMES, startWitness } from '../../servers/repertoire.ts'
import type { ServerName } from '../../servers/repertoire.ts'
import { sendJson } from '../../support/answers.ts'
import { createDeadlines, NO_DEADLINE } from '../../support/deadlines.ts'
import { serve } from '../../support/http-server.ts'
import { NO_AUTH } from '../../../src/load/auth/authorizers.ts'
import { testPorts } from '../../support/readiness-ports.ts'
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
