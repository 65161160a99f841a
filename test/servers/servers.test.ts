import { describe, expect, it } from 'vitest'
import { ALL_APIS } from '../../src/vendors/apis.ts'
import { VENDORS } from '../../src/vendors/vendors.ts'
import { recogniseServer, SERVER_PAGES, recogniseServerByHeaders } from '../../src/protocol/servers.ts'
import { findServerPage, servesApi, type ServerProfile } from '../../src/simulator/servers.ts'
import { stateAfterOneRequest } from '../simulator/page-reading.ts'
import { ALL_SERVERS, SERVER_NAMES, WITNESSES, type ServerName } from './repertoire.ts'

const STATE = {
  ...stateAfterOneRequest('llama'),
  adapters: [] as string[],
  ready: true,
  running: 1,
  slots: 3,
  contextTokens: 4096,
  upMs: 0,
  nowMs: 0,
}

/** Null: the simulator as itself. */
function profileOf(name: ServerName | null): ServerProfile {
  return name === null ? WITNESSES.itself : ALL_SERVERS[name]
}

function get(name: ServerName | null, path: string, state: Partial<typeof STATE> = {}) {
  return findServerPage(profileOf(name), 'GET', path, { ...STATE, ...state }, '')
}

function json(name: ServerName | null, path: string): unknown {
  const page = get(name, path)
  return page === null ? null : JSON.parse(page.body)
}

describe('a server that is played', () => {
  it.each<[name: ServerName, shown: string]>([
    ['vllm', 'vLLM'],
    ['sglang', 'SGLang'],
    ['tgi', 'TGI'],
    ['llamacpp', 'llama.cpp'],
    ['ollama', 'Ollama'],
    ['triton', 'Triton'],
    ['nim', 'NIM'],
    ['lmdeploy', 'LMDeploy'],
    ['tensorrt-llm', 'TensorRT-LLM'],
    ['litellm', 'LiteLLM'],
  ])('%s is recognised by its pages', (name, shown) => {
    const pages = SERVER_PAGES.map((path) => {
      const { status, body: text } = get(name, path) ?? profileOf(name).notFound!
      return [path, { status, text }] as const
    })
    expect(recogniseServer(new Map(pages))?.name).toBe(shown)
  })

  it.each<[name: ServerName, shown: RegExp]>([
    ['databricks', /Databricks/],
    ['llamacpp', /llama\.cpp/],
    ['litellm', /LiteLLM/],
    ['anthropic', /Anthropic/],
    ['bedrock', /Bedrock/],
    ['azure', /Azure/],
    ['openai', /OpenAI/],
  ])('%s is recognised by its headers', (name, shown) => {
    expect(recogniseServerByHeaders(profileOf(name).headers, VENDORS)?.name).toMatch(shown)
  })

  it('lists its model where its APIs look for it', () => {
    for (const name of SERVER_NAMES) {
      for (const api of ALL_APIS) {
        const base = name === 'azure' ? 'http://127.0.0.1/openai/v1' : 'http://127.0.0.1'
        const url = api.modelsUrl(new URL(base))
        if (url === null || !servesApi(profileOf(name), api.name, url.pathname)) continue
        expect(api.modelNames(json(name, url.pathname)), `${name} ${api.name} ${url.pathname}`).toEqual(['llama'])
      }
    }
  })

  it('has no page of another server', () => {
    expect(get('vllm', '/props')).toBeNull()
    expect(get('llamacpp', '/version')).toBeNull()
    expect(get('ollama', '/health')).toBeNull()
    expect(get('openai', '/version')).toBeNull()
    expect(profileOf('vllm').notFound).toMatchObject({ status: 404, body: '{"detail":"Not Found"}' })
  })

  it('has no API of another server', () => {
    expect(servesApi(profileOf('vllm'), 'openai-chat', '/v1/chat/completions')).toBe(true)
    expect(servesApi(profileOf('vllm'), 'ollama', '/api/chat')).toBe(false)
    expect(servesApi(profileOf('vllm'), 'openai-chat', '/openai/v1/chat/completions')).toBe(false)
    expect(servesApi(profileOf('azure'), 'openai-chat', '/openai/v1/chat/completions')).toBe(true)
    expect(servesApi(profileOf(null), 'ollama', '/api/chat')).toBe(true)
  })

  it('says in its own way that the model loads', () => {
    const statusOf = (name: ServerName, path: string) => get(name, path, { ready: false })?.status
    expect(statusOf('vllm', '/health')).toBe(503)
    expect(statusOf('llamacpp', '/health')).toBe(503)
    expect(statusOf('triton', '/v2/health/ready')).toBe(400)
    expect(statusOf('triton', '/v2/models/llama/ready')).toBe(400)
    expect(statusOf('nim', '/v1/health/ready')).toBe(503)
  })

  it('knows how many requests it takes', () => {
    expect(json('llamacpp', '/props')).toMatchObject({ total_slots: 3 })
    expect(json('llamacpp', '/slots')).toMatchObject([{ is_processing: true }, {}, { is_processing: false }])
  })

  it('shows its own model only', () => {
    const show = (body: string) => findServerPage(profileOf('ollama'), 'POST', '/api/show', STATE, body)?.status
    expect([show('{"model":"llama"}'), show('{"name":"llama"}'), show('{"model":"x"}'), show('{')]).toEqual([
      200, 200, 404, 404,
    ])
  })
})

describe('the simulator as itself', () => {
  it('says so, whatever it speaks', () => {
    const pages = SERVER_PAGES.flatMap((path) => {
      const page = get(null, path)
      return page === null ? [] : [[path, { status: page.status, text: page.body }] as const]
    })
    expect(recogniseServer(new Map(pages))?.name).toBe('simulated')
  })

  it('lists its model for APIs that cannot do without a name', () => {
    for (const api of ALL_APIS) {
      const url = api.modelsUrl(new URL('http://127.0.0.1'))
      if (url === null || api.name === 'cohere' || api.name === 'tgi') continue
      expect(api.modelNames(json(null, url.pathname)), api.name).toEqual(['llama'])
    }
  })
})
