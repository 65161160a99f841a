import type { Api } from '../api.ts'
import { openAiKeyPlace, openAiModelNames, openAiModelsUrl, openAiUrl, taskOfPath, chatBody } from './openai-request.ts'
import { readOpenAiEvent } from './openai-delta.ts'
import { ownsCompletion } from './openai-completions.ts'
import { serverMetricsUrls } from '../servers/server-metrics.ts'
import { SERVER_PAGES } from '../servers/servers.ts'

/** `POST /v1/chat/completions`, as OpenAI, vLLM, SGLang, TGI, llama.cpp, LiteLLM, NIM and most others speak it. */
export const openAiChat: Api = {
  name: 'openai-chat',
  facts: {
    servers:
      'vLLM, SGLang, TensorRT-LLM, NIM, LMDeploy, TGI, llama.cpp, Ollama, LiteLLM, OpenRouter, Groq, Mistral, DeepSeek, xAI, Perplexity, Z.ai, Snowflake, OpenAI, Azure OpenAI',
    length: 'ignore_eos and min_tokens where the server takes them, else max_tokens and the prompt',
    tokens: 'usage, wherever it stands, else events',
    cache: 'cache_salt where the server takes it, and a unique prefix',
    health: 'GET /health on vLLM, SGLang, TGI, llama.cpp, LMDeploy; GET /v1/health/ready on NIM; GET /v1/models',
    metrics: 'vLLM, SGLang, TGI, llama.cpp, NIM, LMDeploy',
  },
  isIts: (endpoint) => taskOfPath(endpoint) === 'chat',
  tasks: ['chat'],
  headers: {},
  keyPlace: openAiKeyPlace,
  framing: () => 'sse',
  optionalFields: () => ['stream_options', 'temperature', 'ignore_eos', 'min_tokens', 'cache_salt'],
  url: (endpoint) => openAiUrl(endpoint, 'chat'),
  taskOf: () => 'chat',
  modelInBody: (_, model) => model,
  modelsUrl: openAiModelsUrl,
  modelNames: openAiModelNames,
  body: chatBody,
  read: readOpenAiEvent,
  isOpenAiLike: true,
  findsTask: true,
  // Without it most servers count no tokens.
  assumedFields: ['stream_options'],
  serverPages: SERVER_PAGES,
  metricsUrls: serverMetricsUrls,
  ownsEvent: (json) => Array.isArray(json['choices']) && !ownsCompletion(json),
}
