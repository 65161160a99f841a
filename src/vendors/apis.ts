import { anthropic } from '../protocol/apis/anthropic.ts'
import type { Api } from '../protocol/api.ts'
import { API_NAMES, TASKS } from '../vocabulary/endpoint-names.ts'
import type { ApiName, Task } from '../vocabulary/endpoint-names.ts'
import { bedrockApi } from './bedrock/api.ts'
import { cohere } from '../protocol/apis/cohere.ts'
import { databricksApi } from './databricks/api.ts'
import { gemini } from '../protocol/apis/gemini.ts'
import { llamaCpp } from '../protocol/apis/llamacpp.ts'
import { ollama } from '../protocol/apis/ollama.ts'
import { openAiChat, openAiCompletions, openAiEmbeddings } from '../protocol/apis/openai.ts'
import { openAiResponses } from '../protocol/apis/openai-responses.ts'
import { tgi } from '../protocol/apis/tgi.ts'
import { triton } from '../protocol/apis/triton.ts'
import { asObject, parseJson } from '../json.ts'

/** In the order in which a URL is held against them: a vendor has paths in the form of other APIs, too. */
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
}

/** Every API, in the order of `API_NAMES`. */
export const ALL_APIS: readonly Api[] = API_NAMES.map(findApi)

/** The names of the APIs for which a user may have to say the task: they serve several. */
export const APIS_OF_SEVERAL_TASKS: readonly ApiName[] = ALL_APIS.flatMap(({ name, tasks }) =>
  tasks.length > 1 ? [name] : [],
)

/** The API of that name. */
export function findApi(name: ApiName): Api {
  return APIS[name]
}

/** The API that a URL most likely speaks (`api: auto`), by its path and host; an unknown base is taken for a chat server. */
export function guessApi(endpoint: URL): ApiName {
  return Object.values(APIS).find((api) => api.isIts(endpoint))?.name ?? 'openai-chat'
}

/** The API of OpenAI's kind for a task. */
export function openAiApi(task: Task): Api {
  return APIS[`openai-${task}`]
}

/** The task that the name of an API of OpenAI's kind says; null for every other name. */
export function readTaskInName(name: ApiName): Task | null {
  return TASKS.find((task) => name === `openai-${task}`) ?? null
}

/** As much of an answer's beginning as is looked at, in characters. */
const LONGEST_HEAD = 4_096

/**
 * The API whose answer this is the beginning of: an event stream, JSON lines, a whole answer or an error body, with its
 * headers. Null when many APIs, or none, answer so. It finds what was not asked for; it is no reader of answers.
 */
export function apiOfAnswer(head: string, headers: Readonly<Record<string, string>>): ApiName | null {
  const owner = ALL_APIS.find((api) => api.ownsHeaders?.(headers))
  if (owner !== undefined) return owner.name
  for (const json of eventsOf(head.slice(0, LONGEST_HEAD))) {
    const api = ALL_APIS.find((api) => api.ownsEvent?.(json))
    if (api !== undefined) return api.name
  }
  return null
}

/** The JSON objects that stand alone, on a line, or after `data:`. */
function* eventsOf(head: string): Iterable<Record<string, unknown>> {
  const whole = parseJson(head)
  const first: unknown = Array.isArray(whole) ? whole[0] : whole
  if (asObject(first) !== null) return yield asObject(first)!
  for (const line of head.split(/[\r\n]+/)) {
    const json = asObject(parseJson(line.replace(/^\uFEFF?\s*(data:)?\s*[[,]?/, '').replace(/[,\]]\s*$/, '')))
    if (json !== null) yield json
  }
}
