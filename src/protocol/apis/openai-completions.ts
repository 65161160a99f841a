import type { Api } from '../api.ts'
import { openAiKeyPlace } from './azure.ts'
import { completionsBody } from './openai-body.ts'
import { readOpenAiEvent } from './openai-delta.ts'
import { openAiModelNames, openAiModelsUrl } from './openai-models.ts'
import { openAiUrl } from './openai-url.ts'

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
}
