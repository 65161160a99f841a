import type { ApiName } from '../../vocabulary/api-names.ts'
import { jsonPage, type Page } from '../page.ts'
import * as own from './model-servers.ts'
import { modelList, profile, type PageState, type ServerProfile } from './profile.ts'
import * as clouds from './services.ts'

/** Servers and services that the simulator can play. */
export const SERVER_NAMES = [
  'vllm',
  'sglang',
  'tgi',
  'llamacpp',
  'ollama',
  'triton',
  'nim',
  'lmdeploy',
  'tensorrt-llm',
  'litellm',
  'openai',
  'azure',
  'anthropic',
  'gemini',
  'cohere',
  'bedrock',
  'databricks',
] as const
export type ServerName = (typeof SERVER_NAMES)[number]

/**
 * The simulator as itself: it speaks every API at once, lists its model wherever one of them looks for it, and has the
 * metrics of vLLM.
 */
const ITSELF: ServerProfile = profile({
  apis: [],
  metrics: 'vllm',
  metricsPaths: ['/metrics', '/v1/metrics'],
  pages: {
    'GET /health': ({ ready }) =>
      ready ? jsonPage({ status: 'ok' }) : jsonPage({ error: { message: 'Loading model', code: 503 } }, 503),
    'GET /version': () => jsonPage({ version: '0.1.0', simulated: true }),
    'GET /v1/models': modelList('simulator'),
    'GET /openai/v1/models': modelList('simulator'),
    'GET /api/tags': own.ollama.pages['GET /api/tags']!,
    'GET /v1beta/models': clouds.geminiModels,
  },
})

const PROFILES: Readonly<Record<ServerName, ServerProfile>> = {
  vllm: own.vllm,
  sglang: own.sglang,
  tgi: own.tgi,
  llamacpp: own.llamacpp,
  ollama: own.ollama,
  triton: own.triton,
  nim: own.nim,
  lmdeploy: own.lmdeploy,
  'tensorrt-llm': own.tensorRtLlm,
  litellm: own.litellm,
  openai: clouds.openai,
  azure: clouds.azure,
  anthropic: clouds.anthropic,
  gemini: clouds.gemini,
  cohere: clouds.cohere,
  bedrock: clouds.bedrock,
  databricks: clouds.databricks,
}

/** The profile of a server; null plays none but the simulator itself. */
export function profileOf(name: ServerName | null): ServerProfile {
  return name === null ? ITSELF : PROFILES[name]
}

/** Whether a server has an API at a path: Azure has OpenAI's under its own, and nobody else has those. */
export function speaks(name: ServerName | null, api: ApiName, path: string): boolean {
  if (name === null) return true
  return profileOf(name).apis.includes(api) && path.startsWith('/openai/') === (name === 'azure')
}

/** A page of the server, or null where it has none. */
export function serverPage(
  { pages }: ServerProfile,
  method: string,
  path: string,
  state: PageState,
  body: string,
): Page | null {
  const maker = pages[`${method} ${path}`] ?? pages[`${method} ${path.replace(MODEL_IN_PATH, '$1*$3')}`]
  return maker?.(state, body) ?? null
}

const MODEL_IN_PATH = /^(\/v2\/models\/)([^/]+)(\/ready)?$/
