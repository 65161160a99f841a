import type { Api } from '../api.ts'
import {
  openAiKeyPlace,
  openAiModelNames,
  openAiModelsUrl,
  openAiUrl,
  taskOfPath,
  embeddingsBody,
} from './openai-request.ts'
import { UNKNOWN_DELTA } from '../delta.ts'
import type { Delta } from '../delta.ts'
import { asObject, asText } from '../json.ts'
import { readOpenAiEvent } from './openai-delta.ts'
import { serverMetricsUrls } from '../servers/server-metrics.ts'
import { SERVER_PAGES } from '../servers/servers.ts'

/** `POST /v1/embeddings`: one JSON answer, no stream. */
export const openAiEmbeddings: Api = {
  name: 'openai-embeddings',
  facts: {
    servers: 'vLLM, SGLang, NIM, text-embeddings-inference, LiteLLM, OpenAI, Azure OpenAI',
    length: 'does not apply',
    tokens: 'usage (input tokens)',
    cache: 'a unique prefix',
    health: 'GET /v1/models',
    metrics: 'vLLM, SGLang, NIM',
  },
  isIts: (endpoint) => taskOfPath(endpoint) === 'embeddings',
  tasks: ['embeddings'],
  headers: {},
  keyPlace: openAiKeyPlace,
  framing: () => 'json',
  optionalFields: () => [],
  url: (endpoint) => openAiUrl(endpoint, 'embeddings'),
  taskOf: () => 'embeddings',
  modelInBody: (_, model) => model,
  modelsUrl: openAiModelsUrl,
  modelNames: openAiModelNames,
  body: embeddingsBody,
  read: readEmbeddings,
  findsTask: true,
  serverPages: SERVER_PAGES,
  metricsUrls: serverMetricsUrls,
  ownsEvent: ({ data }) => Array.isArray(data) && asObject(data[0])?.['embedding'] !== undefined,
}

/** Reads the whole answer of an embeddings request; `text` says that it holds at least one embedding. */
export function readEmbeddings(json: unknown, eventName: string): Delta {
  const { error, usage, servedModel } = readOpenAiEvent(json, eventName)
  const data = asObject(json)?.['data']
  if (!Array.isArray(data)) return { ...UNKNOWN_DELTA, error, usage, unknown: error === null }
  return { ...UNKNOWN_DELTA, text: data.some(isEmbedding), error, usage, servedModel, terminal: true, unknown: false }
}

function isEmbedding(item: unknown): boolean {
  const embedding = asObject(item)?.['embedding']
  // A text is the base64 form.
  return Array.isArray(embedding) ? embedding.length > 0 : asText(embedding) !== null
}
