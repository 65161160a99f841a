import { isDatabricks } from '../settings/known-hosts.ts'
import { anthropic, isAnthropic } from '../protocol/apis/anthropic.ts'
import type { Api } from '../protocol/api.ts'
import type { ApiName } from '../vocabulary/api-names.ts'
import { bedrock, isBedrock } from './bedrock/api.ts'
import { cohere, isCohere } from '../protocol/apis/cohere.ts'
import { databricks } from './databricks/api.ts'
import { gemini, isGemini } from '../protocol/apis/gemini.ts'
import { isLlamaCpp, llamaCpp } from '../protocol/apis/llamacpp.ts'
import { isOllama, ollama } from '../protocol/apis/ollama.ts'
import { openAiChat } from '../protocol/apis/openai-chat.ts'
import { openAiCompletions } from '../protocol/apis/openai-completions.ts'
import { openAiEmbeddings } from '../protocol/apis/openai-embeddings.ts'
import { isOpenAiResponses, openAiResponses } from '../protocol/apis/openai-responses.ts'
import { taskOfPath } from '../protocol/apis/openai-url.ts'
import { isTgi, tgi } from '../protocol/apis/tgi.ts'
import { isTriton, triton } from '../protocol/apis/triton.ts'

const APIS: Readonly<Record<ApiName, Api>> = {
  'openai-chat': openAiChat,
  'openai-completions': openAiCompletions,
  'openai-embeddings': openAiEmbeddings,
  'openai-responses': openAiResponses,
  databricks,
  tgi,
  llamacpp: llamaCpp,
  ollama,
  triton,
  anthropic,
  gemini,
  cohere,
  bedrock,
}

/** Every API, in the order of `API_NAMES`. */
export const ALL_APIS: readonly Api[] = Object.values(APIS)

/** The API of that name. */
export function apiByName(name: ApiName): Api {
  return APIS[name]
}

/** The API that a URL most likely speaks (`api: auto`), by its path and host; an unknown base is taken for a chat server. */
export function guessApi(endpoint: URL): ApiName {
  const known = SIGNS.find(([, isIt]) => isIt(endpoint))
  if (known !== undefined) return known[0]
  const task = taskOfPath(endpoint)
  return task === null ? 'openai-chat' : `openai-${task}`
}

/** In this order: Databricks has paths in the form of other APIs, too. */
const SIGNS: readonly (readonly [ApiName, (endpoint: URL) => boolean])[] = [
  ['openai-responses', isOpenAiResponses],
  ['anthropic', isAnthropic],
  ['gemini', isGemini],
  ['cohere', isCohere],
  ['databricks', isDatabricks],
  ['bedrock', isBedrock],
  ['triton', isTriton],
  ['tgi', isTgi],
  ['ollama', isOllama],
  ['llamacpp', isLlamaCpp],
]
