import { anthropic } from '../protocol/apis/anthropic.ts'
import type { Api } from '../protocol/api.ts'
import { API_NAMES } from '../vocabulary/endpoint-names.ts'
import { TASKS } from '../vocabulary/load.ts'
import type { ApiName } from '../vocabulary/endpoint-names.ts'
import type { Task } from '../vocabulary/load.ts'
import { bedrockApi } from './bedrock/bedrock.ts'
import { cohere } from '../protocol/apis/cohere.ts'
import { databricksApi } from './databricks/databricks.ts'
import { gemini } from '../protocol/apis/gemini.ts'
import { llamaCpp } from '../protocol/apis/llamacpp.ts'
import { ollama } from '../protocol/apis/ollama.ts'
import { openAiChat, openAiCompletions, openAiEmbeddings } from '../protocol/apis/openai.ts'
import { openAiRerank, openAiScore } from '../protocol/apis/openai-rank.ts'
import { openAiResponses } from '../protocol/apis/openai-responses.ts'
import { tgi } from '../protocol/apis/tgi.ts'
import { triton } from '../protocol/apis/triton.ts'
import { asObject, parseJson } from '../json.ts'

/** In the order in which a URL is matched: vendors also have paths in the form of other APIs. */
const APIS: Readonly<Record<ApiName, Api>> = {
  'openai-responses': openAiResponses,
  anthropic,
  gemini,
  cohere,
  databricks: databricksApi,
  bedrock: bedrockApi,
  triton,
  tgi,
  ollama,
  llamacpp: llamaCpp,
  'openai-chat': openAiChat,
  'openai-completions': openAiCompletions,
  'openai-embeddings': openAiEmbeddings,
  'openai-rerank': openAiRerank,
  'openai-score': openAiScore,
}

/** Every API, in the order of `API_NAMES`. */
export const ALL_APIS: readonly Api[] = API_NAMES.map(findApi)

/** The APIs that serve several tasks, so that users may have to set `task`. */
export const APIS_OF_SEVERAL_TASKS: readonly ApiName[] = ALL_APIS.flatMap(({ name, tasks }) =>
  tasks.length > 1 ? [name] : [],
)

/** The API of that name. */
export function findApi(name: ApiName): Api {
  return APIS[name]
}

/** The API that a URL most likely speaks (`api: auto`), by its path and host; a chat API for an unknown one. */
export function guessApi(endpoint: URL): ApiName {
  return Object.values(APIS).find((api) => api.isIts(endpoint))?.name ?? 'openai-chat'
}

/** OpenAI's API for a task. */
export function openAiApi(task: Task): Api {
  return APIS[`openai-${task}`]
}

/** The task in the name of an OpenAI API; null for other names. */
export function readTaskInName(name: ApiName): Task | null {
  return TASKS.find((task) => name === `openai-${task}`) ?? null
}

/** Characters of an answer's beginning that are examined. */
const LONGEST_HEAD = 4_096

/**
 * The API that sent this beginning of an answer (an event stream, JSON lines, a whole answer or an error body) with
 * these headers. Null when no API or several answer like this. Serves to name an unexpected API, not to read answers.
 */
export function recogniseApi(head: string, headers: Readonly<Record<string, string>>): ApiName | null {
  const owner = ALL_APIS.find((api) => api.ownsHeaders?.(headers))
  if (owner !== undefined) return owner.name
  for (const json of eventsOf(head.slice(0, LONGEST_HEAD))) {
    const api = ALL_APIS.find((api) => api.ownsEvent?.(json))
    if (api !== undefined) return api.name
  }
  return null
}

/** The JSON objects that are the whole text, on a line, or after `data:`. */
function* eventsOf(head: string): Iterable<Record<string, unknown>> {
  const whole = parseJson(head)
  const first: unknown = Array.isArray(whole) ? whole[0] : whole
  if (asObject(first) !== null) return yield asObject(first)!
  for (const line of head.split(/[\r\n]+/)) {
    const json = asObject(parseJson(line.replace(/^\uFEFF?\s*(data:)?\s*[[,]?/, '').replace(/[,\]]\s*$/, '')))
    if (json !== null) yield json
  }
}
