import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { SERVER_PAGES, recogniseServer, recogniseServerByHeaders, describeVersion } from '../../src/protocol/servers.ts'
import { VENDORS } from '../../src/vendors/vendors.ts'
import type { ServerPage, ServerPath } from '../../src/protocol/servers.ts'

/** Pages that were answered with 200 and this JSON; every other one with 404. */
function pages(found: Partial<Record<ServerPath, unknown>>): Map<ServerPath, ServerPage> {
  return new Map(
    SERVER_PAGES.map((path) => [
      path,
      found[path] === undefined
        ? { status: 404, text: '{"detail":"Not Found"}' }
        : { status: 200, text: JSON.stringify(found[path]) },
    ]),
  )
}

const models = (owner: string) => ({ object: 'list', data: [{ id: 'm', object: 'model', owned_by: owner }] })
const TGI = { model_id: 'org/m', version: '3.3.0', max_total_tokens: 4096, max_concurrent_requests: 128 }

describe('a server is recognised by its pages', () => {
  test.each([
    ['vLLM 0.11.0', 'openai-chat', { '/version': { version: '0.11.0' }, '/v1/models': models('vllm') }],
    ['SGLang 0.5.1', 'openai-chat', { '/v1/models': models('sglang'), '/get_server_info': { version: '0.5.1' } }],
    ['SGLang 0.4.0', 'openai-chat', { '/get_server_info': { model_path: 'm', version: '0.4.0' } }],
    ['TensorRT-LLM 1.0', 'openai-chat', { '/v1/models': models('tensorrt_llm'), '/version': { version: '1.0' } }],
    ['NIM 1.8.0', 'openai-chat', { '/v1/models': models('vllm'), '/v1/version': { release: '1.8.0', api: '1.8.0' } }],
    ['Ollama 0.6.2', 'ollama', { '/api/version': { version: '0.6.2' }, '/v1/models': models('library') }],
    ['TGI 3.3.0', 'tgi', { '/info': { ...TGI, router: 'text-generation-router' } }],
    ['TGI 1.4.0', 'tgi', { '/info': { ...TGI, version: '1.4.0' } }],
    [
      'text-embeddings-inference 1.7',
      'openai-embeddings',
      { '/info': { ...TGI, version: '1.7', model_type: { embedding: {} } } },
    ],
    [
      'llama.cpp b6224',
      'llamacpp',
      { '/props': { total_slots: 4, build_info: 'b6224' }, '/v1/models': models('llamacpp') },
    ],
    ['Triton 2.60.0', 'triton', { '/v2': { name: 'triton', version: '2.60.0', extensions: [] } }],
    ['LiteLLM 1.75.0', 'openai-chat', { '/health/readiness': { status: 'connected', litellm_version: '1.75.0' } }],
    ['simulated 0.1.0', undefined, { '/version': { version: '0.1.0', simulated: true } }],
    ['2025.1', undefined, { '/version': { version: '2025.1' } }],
  ])('%s speaks %s', (text, api, found) => {
    const server = recogniseServer(pages(found))
    expect(server).not.toBeNull()
    expect(describeVersion(server!)).toBe(text)
    expect(server!.apis[0]).toBe(api)
  })

  test('how many requests it takes at once is read where it says so', () => {
    const props = { default_generation_settings: {}, total_slots: 4 }
    expect(recogniseServer(pages({ '/props': props }))?.atOnce).toEqual({ requests: 4, beyond: 'queue' })
    expect(recogniseServer(pages({ '/info': TGI }))?.atOnce).toEqual({ requests: 128, beyond: 'refuse' })
    expect(recogniseServer(pages({ '/props': { ...props, total_slots: 'many' } }))?.atOnce).toBeNull()
  })

  test('a page that is there and says something else proves nothing', () => {
    const other = { '/version': 'v1', '/info': { title: 'x' }, '/v2': { name: 'kserve' }, '/v1/models': models('acme') }
    expect(recogniseServer(pages(other))).toBeNull()
    expect(recogniseServer(new Map([['/version', { status: 200, text: '<html>' }]]))).toBeNull()
    expect(recogniseServer(new Map())).toBeNull()
  })

  test('no page makes it fail or remember more than a hundred characters', () => {
    const page = fc.record({ status: fc.constantFrom(200, 500), text: fc.oneof(fc.json(), fc.string()) })
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...SERVER_PAGES), page), (found) => {
        const server = recogniseServer(new Map(Object.entries(found)) as Map<ServerPath, ServerPage>)
        expect(server?.version?.length ?? 0).toBeLessThanOrEqual(100)
      }),
      { numRuns: 100 },
    )
  })
})

test.each([
  [{ server: 'databricks' }, 'databricks'],
  [{ server: 'llama.cpp' }, 'llamacpp'],
  [{ 'anthropic-organization-id': 'x' }, 'anthropic'],
  [{ 'x-amzn-requestid': 'x' }, 'bedrock'],
  [{ 'openai-processing-ms': '12', server: 'cloudflare' }, 'openai-chat'],
  [{ 'x-litellm-version': '1.75.0' }, 'openai-chat'],
  [{ server: 'uvicorn' }, undefined],
])('a service is recognised by its headers: %o', (headers, api) => {
  expect(recogniseServerByHeaders(headers, VENDORS)?.apis[0]).toBe(api)
})
