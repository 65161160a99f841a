/** OpenAI's chat, completions and embeddings, as most servers speak them. */

import type { Task } from '../../vocabulary/load.ts'
import { UNKNOWN_DELTA } from '../api.ts'
import type { Api, Delta } from '../api.ts'
import { asCount, asObject, asText } from '../../json.ts'
import { listServerMetricsUrls } from '../server-metrics.ts'
import { SERVER_PAGES } from '../servers.ts'
import { readOpenAiEvent } from './openai-delta.ts'
import {
  buildChatBody,
  buildCompletionsBody,
  buildEmbeddingsBody,
  openAiKeyPlace,
  openAiModelNames,
  openAiModelsUrl,
  urlOfDeployment,
  openAiUrl,
  taskOfPath,
} from './request.ts'

/** What chat and completions have in common. */
const TEXT_FACTS = {
  length: 'ignore_eos and min_tokens where the server takes them, else max_tokens and the prompt',
  tokens: 'usage, wherever it stands, else events',
  cache: 'cache_salt where the server takes it, and a unique prefix',
}

/** `POST /v1/chat/completions`, as OpenAI, vLLM, SGLang, TGI, llama.cpp, LiteLLM, NIM and most others speak it. */
export const openAiChat: Api = {
  name: 'openai-chat',
  facts: {
    servers:
      'vLLM, SGLang, TensorRT-LLM, NIM, LMDeploy, TGI, llama.cpp, Ollama, LiteLLM, OpenRouter, Groq, Mistral, DeepSeek, xAI, Perplexity, Z.ai, Snowflake, OpenAI, Azure OpenAI',
    ...TEXT_FACTS,
    health: 'GET /health on vLLM, SGLang, TGI, llama.cpp, LMDeploy; GET /v1/health/ready on NIM; GET /v1/models',
    metrics: 'vLLM, SGLang, TGI, llama.cpp, NIM, LMDeploy',
  },
  ...answerTask('chat'),
  ...streamTokens(),
  body: buildChatBody,
  takesImages: true,
  ownsEvent: (json) => Array.isArray(json['choices']) && !ownsCompletion(json),
}

/** `POST /v1/completions`: a prompt instead of messages, `choices[].text` instead of deltas. */
export const openAiCompletions: Api = {
  name: 'openai-completions',
  facts: {
    servers: 'vLLM, SGLang, TensorRT-LLM, NIM, LMDeploy, llama.cpp',
    ...TEXT_FACTS,
    health: 'GET /health on vLLM, SGLang, llama.cpp, LMDeploy; GET /v1/health/ready on NIM; GET /v1/models',
    metrics: 'vLLM, SGLang, llama.cpp, NIM, LMDeploy',
  },
  ...answerTask('completions'),
  ...streamTokens(),
  body: buildCompletionsBody,
  ownsEvent: ownsCompletion,
}

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
  ...answerTask('embeddings'),
  framing: () => 'json',
  optionalFields: () => [],
  body: buildEmbeddingsBody,
  read: readEmbeddings,
  ownsEvent: ({ data }) => Array.isArray(data) && asObject(data[0])?.['embedding'] !== undefined,
}

/** What the APIs of one task share: URLs, key, models and pages. */
export function answerTask(task: Task) {
  return {
    isIts: (endpoint) => taskOfPath(endpoint) === task,
    tasks: [task],
    headers: {},
    keyPlace: openAiKeyPlace,
    url: (endpoint) => openAiUrl(endpoint, task),
    taskOf: () => task,
    modelInBody: (_, model) => model,
    urlOfModel: urlOfDeployment,
    modelsUrl: openAiModelsUrl,
    modelNames: openAiModelNames,
    findsTask: true,
    serverPages: SERVER_PAGES,
    metricsUrls: listServerMetricsUrls,
  } satisfies Partial<Api>
}

/** What the two APIs that stream text share. */
function streamTokens() {
  return {
    framing: () => 'sse',
    optionalFields: () => ['stream_options', 'temperature', 'ignore_eos', 'min_tokens', 'cache_salt'],
    read: readOpenAiEvent,
    isOpenAiLike: true,
    // Without it, most servers do not count tokens.
    assumedFields: ['stream_options'],
  } satisfies Partial<Api>
}

/** Whether an event or a whole answer is of completions; chat has `message` or `delta` instead of `text`. */
function ownsCompletion(json: Readonly<Record<string, unknown>>): boolean {
  const choices = json['choices']
  if (!Array.isArray(choices)) return false
  const choice = asObject(choices[0])
  return json['object'] === 'text_completion' || (choice !== null && 'text' in choice)
}

/** Reads the answer of an embeddings request; `text` is true when it holds an embedding. */
export function readEmbeddings(json: unknown, eventName: string): Delta {
  const { error, usage, servedModel } = readOpenAiEvent(json, eventName)
  const data = asObject(json)?.['data']
  if (!Array.isArray(data)) return { ...UNKNOWN_DELTA, error, usage, unknown: error === null }
  const results = data.map((item, i) => ({
    index: asCount(asObject(item)?.['index']) ?? i,
    isWhole: isEmbedding(item),
  }))
  const text = results.some(({ isWhole }) => isWhole)
  return { ...UNKNOWN_DELTA, text, results, error, usage, servedModel, terminal: true, unknown: false }
}

function isEmbedding(item: unknown): boolean {
  const embedding = asObject(item)?.['embedding']
  // A text is an embedding in base64.
  return Array.isArray(embedding) ? embedding.length > 0 : asText(embedding) !== null
}
