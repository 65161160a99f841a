import type { Api } from '../api.ts'
import {
  openAiKeyPlace,
  openAiModelNames,
  openAiModelsUrl,
  openAiUrl,
  taskOfPath,
  completionsBody,
} from './openai-request.ts'
import { readOpenAiEvent } from './openai-delta.ts'
import { asObject } from '../json.ts'
import { serverMetricsUrls } from '../servers/server-metrics.ts'
import { SERVER_PAGES } from '../servers/servers.ts'

/** `POST /v1/completions`: a prompt instead of messages, `choices[].text` instead of deltas. */
export const openAiCompletions: Api = {
  name: 'openai-completions',
  facts: {
    servers: 'vLLM, SGLang, TensorRT-LLM, NIM, LMDeploy, llama.cpp',
    length: 'ignore_eos and min_tokens where the server takes them, else max_tokens and the prompt',
    tokens: 'usage, wherever it stands, else events',
    cache: 'cache_salt where the server takes it, and a unique prefix',
    health: 'GET /health on vLLM, SGLang, llama.cpp, LMDeploy; GET /v1/health/ready on NIM; GET /v1/models',
    metrics: 'vLLM, SGLang, llama.cpp, NIM, LMDeploy',
  },
  isIts: (endpoint) => taskOfPath(endpoint) === 'completions',
  tasks: ['completions'],
  headers: {},
  keyPlace: openAiKeyPlace,
  framing: () => 'sse',
  optionalFields: () => ['stream_options', 'temperature', 'ignore_eos', 'min_tokens', 'cache_salt'],
  url: (endpoint) => openAiUrl(endpoint, 'completions'),
  taskOf: () => 'completions',
  modelInBody: (_, model) => model,
  modelsUrl: openAiModelsUrl,
  modelNames: openAiModelNames,
  body: completionsBody,
  read: readOpenAiEvent,
  isOpenAiLike: true,
  findsTask: true,
  // Without it most servers count no tokens.
  assumedFields: ['stream_options'],
  serverPages: SERVER_PAGES,
  metricsUrls: serverMetricsUrls,
  ownsEvent: ownsCompletion,
}

/** Whether an event or a whole answer is one of completions: those of chat have a `message` or `delta` for the `text`. */
export function ownsCompletion(json: Readonly<Record<string, unknown>>): boolean {
  const choices = json['choices']
  if (!Array.isArray(choices)) return false
  const choice = asObject(choices[0])
  return json['object'] === 'text_completion' || (choice !== null && 'text' in choice)
}
