import type { ApiName } from '../vocabulary/endpoint-names.ts'
import { asCount, asObject, asText, cutName, parseJson } from '../json.ts'

/** The answer of one page beside the endpoint. */
export interface ServerPage {
  readonly status: number
  readonly text: string
}

/** What an endpoint seems to be. */
export interface Server {
  /** Its product name; null where only a version shows. */
  readonly name: string | null
  readonly version: string | null
  /** The APIs that it speaks, the usual one first; none where that is not known. */
  readonly apis: readonly ApiName[]
  /** What to set where requests go to the wrong place and no base URL would lead to the right one. */
  readonly remedy?: string
  /** How many requests it works on at once, and what happens to further ones; null where it does not tell. */
  readonly atOnce: { readonly requests: number; readonly beyond: 'queue' | 'refuse' } | null
}

/** The pages by which servers are recognised; each is one GET. */
export const SERVER_PAGES = [
  '/version',
  '/v1/models',
  '/v1/version',
  '/api/version',
  '/info',
  '/props',
  '/v2',
  '/get_server_info',
  '/health/readiness',
] as const
export type ServerPath = (typeof SERVER_PAGES)[number]
type ServerPages = ReadonlyMap<ServerPath, ServerPage>

const OPENAI: readonly ApiName[] = ['openai-chat', 'openai-completions', 'openai-embeddings']
const OPENAI_AND_RERANK: readonly ApiName[] = [...OPENAI, 'openai-rerank']
const VLLM: readonly ApiName[] = [...OPENAI, 'openai-responses', 'anthropic', 'openai-rerank', 'openai-score']

/**
 * What the pages show: the server's name, version, APIs and concurrency. Null when they show nothing. Names and
 * versions are the server's own words: escape them before showing.
 */
export function recogniseServer(pages: ServerPages): Server | null {
  const readJson = (path: ServerPath): Record<string, unknown> | null => {
    const page = pages.get(path)
    return page?.status === 200 ? asObject(parseJson(page.text)) : null
  }
  for (const recognise of RECOGNISERS) {
    const found = recognise(readJson)
    if (found !== null) return found
  }
  return null
}

/** A vendor whose service may have answered. */
interface Owner {
  readonly name: string
  readonly api: { readonly name: ApiName }
  ownsHeaders(headers: Readonly<Record<string, string>>): boolean
}

/** The service or server that the headers of an answer name; null when they name none. Header names are in lower case. */
export function recogniseServerByHeaders(
  headers: Readonly<Record<string, string>>,
  owners: readonly Owner[],
): Server | null {
  const software = headers['server'] ?? ''
  const litellmVersion = headers['x-litellm-version']
  if (litellmVersion !== undefined) return makeServer('LiteLLM', litellmVersion, OPENAI_AND_RERANK)
  const owner = owners.find((owner) => owner.ownsHeaders(headers))
  if (owner !== undefined) return makeServer(owner.name, null, [owner.api.name])
  if (/^llama\.cpp/i.test(software)) return makeServer('llama.cpp', null, ['llamacpp', ...OPENAI_AND_RERANK])
  if (/^scaffolding on httpserver/i.test(software)) return makeServer('the Gemini API', null, ['gemini'])
  if ('anthropic-organization-id' in headers) return makeServer('the Anthropic API', null, ['anthropic'])
  if ('apim-request-id' in headers)
    return { ...makeServer('Azure', null, [...OPENAI, 'openai-responses']), remedy: AZURE_FORMS }
  if ('openai-processing-ms' in headers) return makeServer('the OpenAI API', null, [...OPENAI, 'openai-responses'])
  return null
}

/** How the URLs of Azure are written. */
const AZURE_FORMS =
  'set `endpoint` to …/openai/deployments/<name>?api-version=…, or to …/openai/v1 with the name of the deployment in `model`'

/** Name and version in one text, for example "vLLM 0.11.0"; null without a version. */
export function describeVersion({ name, version }: Server): string | null {
  if (version === null) return null
  return name === null ? version : `${name} ${version}`
}

type Read = (path: ServerPath) => Record<string, unknown> | null

/** Most specific first, because servers imitate each other's pages. */
const RECOGNISERS: readonly ((read: Read) => Server | null)[] = [
  identifyLlamaCpp,
  identifyTgi,
  identifyTriton,
  identifyLitellm,
  identifyByModelOwner,
  identifyCohere,
  identifySglang,
  identifyOllama,
  identifyNim,
  identifyByVersion,
]

function identifyLlamaCpp(read: Read): Server | null {
  const props = read('/props')
  if (props === null || !('default_generation_settings' in props || 'total_slots' in props)) return null
  const slots = asCount(props['total_slots'])
  return {
    ...makeServer('llama.cpp', asText(props['build_info']), ['llamacpp', ...OPENAI_AND_RERANK]),
    atOnce: slots === null || slots === 0 ? null : { requests: slots, beyond: 'queue' },
  }
}

/** TGI and its sibling for embeddings. */
function identifyTgi(read: Read): Server | null {
  const info = read('/info')
  if (info === null || asText(info['model_id']) === null) return null
  const router = asText(info['router']) ?? ''
  const most = asCount(info['max_concurrent_requests'])
  const atOnce = most === null || most === 0 ? null : ({ requests: most, beyond: 'refuse' } as const)
  if (router.startsWith('text-embeddings') || asObject(info['model_type']) !== null) {
    const ranks = asObject(asObject(info['model_type'])?.['reranker']) !== null
    const found = makeServer('text-embeddings-inference', asText(info['version']), [
      ranks ? 'openai-rerank' : 'openai-embeddings',
    ])
    return { ...found, ...(ranks && { remedy: 'set `endpoint` to its full URL, which ends in /rerank' }), atOnce }
  }
  if (!router.startsWith('text-generation') && !('max_total_tokens' in info)) return null
  return { ...makeServer('TGI', asText(info['version']), ['tgi', 'openai-chat', 'openai-completions']), atOnce }
}

function identifyTriton(read: Read): Server | null {
  const metadata = read('/v2')
  if (metadata === null || !Array.isArray(metadata['extensions'])) return null
  return asText(metadata['name']) === 'triton' ? makeServer('Triton', asText(metadata['version']), ['triton']) : null
}

function identifyLitellm(read: Read): Server | null {
  const version = asText(read('/health/readiness')?.['litellm_version'])
  return version === null ? null : makeServer('LiteLLM', version, OPENAI_AND_RERANK)
}

/** Most OpenAI-like servers put their own name into `owned_by` of their models. */
function identifyByModelOwner(read: Read): Server | null {
  const data = read('/v1/models')?.['data']
  const owner = Array.isArray(data) ? asText(asObject(data[0])?.['owned_by']) : null
  const version = asText(read('/version')?.['version'])
  switch (owner?.toLowerCase()) {
    case 'vllm':
      return identifyNim(read) ?? makeServer('vLLM', version, VLLM)
    case 'sglang':
      return makeServer('SGLang', asText(read('/get_server_info')?.['version']), OPENAI_AND_RERANK)
    case 'llamacpp':
      return makeServer('llama.cpp', null, ['llamacpp', ...OPENAI_AND_RERANK])
    case 'tensorrt_llm':
      return makeServer('TensorRT-LLM', version, OPENAI)
    case 'lmdeploy':
      return makeServer('LMDeploy', version, OPENAI)
    case 'library':
      return identifyOllama(read) ?? makeServer('Ollama', null, ['ollama', ...OPENAI])
    case 'organization_owner':
      return makeServer('LM Studio', null, OPENAI)
    case undefined:
    default:
      return null
  }
}

/** Cohere's models list the endpoints that they are for. */
function identifyCohere(read: Read): Server | null {
  const models = read('/v1/models')?.['models']
  const isCohere = Array.isArray(models) && Array.isArray(asObject(models[0])?.['endpoints'])
  return isCohere ? makeServer('the Cohere API', null, ['cohere']) : null
}

function identifySglang(read: Read): Server | null {
  const info = read('/get_server_info')
  return info !== null && 'model_path' in info ? makeServer('SGLang', asText(info['version']), OPENAI_AND_RERANK) : null
}

function identifyOllama(read: Read): Server | null {
  const version = asText(read('/api/version')?.['version'])
  return version === null ? null : makeServer('Ollama', version, ['ollama', ...OPENAI])
}

function identifyNim(read: Read): Server | null {
  const release = asText(read('/v1/version')?.['release'])
  return release === null ? null : makeServer('NIM', release, OPENAI)
}

function identifyByVersion(read: Read): Server | null {
  const page = read('/version')
  const version = asText(page?.['version'])
  return version === null ? null : makeServer(page?.['simulated'] === true ? 'simulated' : null, version, [])
}

function makeServer(name: string | null, version: string | null, apis: readonly ApiName[]): Server {
  return { name, version: version === null ? null : cutName(version), apis, atOnce: null }
}
