import type { Api, Delta } from '../../protocol/api.ts'
import type { Task } from '../../vocabulary/load.ts'
import { asObject } from '../../json.ts'
import {
  buildChatBody,
  buildCompletionsBody,
  buildEmbeddingsBody,
  taskOfPath,
  suffixOfTask,
} from '../../protocol/apis/request.ts'
import { encodeSegment, trimPath, replacePath } from '../../protocol/endpoint-url.ts'
import { decodePercent } from '../../text.ts'
import { readOpenAiEvent } from '../../protocol/apis/openai-delta.ts'
import { readEmbeddings } from '../../protocol/apis/openai.ts'
import { isOpenAiResponses, readResponsesEvent } from '../../protocol/apis/openai-responses.ts'
import { isDatabricks, listMetricsUrls, readNativePath } from './urls.ts'

const BODY: Readonly<Partial<Record<Task, Api['body']>>> = {
  chat: buildChatBody,
  completions: buildCompletionsBody,
  embeddings: buildEmbeddingsBody,
}

/**
 * Databricks model serving. The native path (`/serving-endpoints/<name>/invocations`, or one served model of it)
 * takes every task and knows its model. The OpenAI-compatible paths (`/serving-endpoints`, `/ai-gateway/mlflow/v1`)
 * name the task in the path and the endpoint in `model`. The schema is strict: an unknown field gives a 400.
 */
export const databricksApi: Api = {
  name: 'databricks',
  facts: {
    servers: 'Databricks model serving: provisioned throughput, pay per token, AI Gateway, agents',
    length: { most: 'max_tokens' },
    tokens: 'usage in every event, in the last one, or none',
    cache: 'a unique prefix',
    health: 'GET /api/2.0/serving-endpoints/<name>: READY and NOT_UPDATING, read at the start and the end',
    metrics: 'only sums over a minute: GET /api/2.0/serving-endpoints/<name>/metrics',
  },
  isIts: isDatabricks,
  tasks: ['chat', 'completions', 'embeddings'],
  headers: {},
  keyPlace: () => 'bearer',
  framing: (task) => (task === 'embeddings' ? 'json' : 'sse'),
  optionalFields: (task) => (task === 'embeddings' ? [] : ['temperature', 'stream_options']),
  url: completeUrl,
  taskOf: taskOfPath,
  modelInBody: (endpoint, model) => (readNativePath(endpoint) === null ? model : null),
  urlOfModel,
  modelsUrl: () => null,
  modelNames: () => [],
  body: (dialect, spec) => BODY[dialect.task]!(dialect, spec),
  read: readDatabricks,
  isOpenAiLike: true,
  takesImages: true,
  nameless: {
    what: 'this URL of Databricks names no serving endpoint, and `model` is not given',
    remedy: 'set `model` to the name of the serving endpoint, or `endpoint` to …/serving-endpoints/<name>/invocations',
  },
  needsFullUrl: true,
  metricsUrls: listMetricsUrls,
  ownsEvent: (json) => typeof json['error_code'] === 'string' && typeof json['message'] === 'string',
}

function completeUrl(endpoint: URL, task: Task): URL {
  const path = trimPath(endpoint)
  if (taskOfPath(endpoint) !== null || isOpenAiResponses(endpoint) || path.endsWith('/invocations')) return endpoint
  if (readNativePath(endpoint) !== null) return replacePath(endpoint, `${path}/invocations`)
  if (path === '') return replacePath(endpoint, `/serving-endpoints${suffixOfTask(task)}`)
  const missing = path.endsWith('/ai-gateway') ? '/mlflow/v1' : path.endsWith('/ai-gateway/mlflow') ? '/v1' : ''
  return replacePath(endpoint, `${path}${missing}${suffixOfTask(task)}`)
}

/** The native path of another serving endpoint; that of one served model has no place for another. */
function urlOfModel(url: URL, model: string): URL | null {
  const native = readNativePath(url)
  if (native === null) return null
  if (decodePercent(native.served ?? native.name) === model) return url
  if (native.served !== null) return null
  return replacePath(url, `${native.prefix}/serving-endpoints/${encodeSegment(model)}/invocations`)
}

function readDatabricks(json: unknown, eventName: string): Delta {
  const event = asObject(json)
  if (Array.isArray(event?.['data'])) return readEmbeddings(json, eventName)
  const type = event?.['type']
  // An agent may send several responses in one answer, so the end of a response is not the end of the answer.
  if (typeof type === 'string' && type.startsWith('response.'))
    return { ...readResponsesEvent(json, eventName), terminal: false }
  const delta = readOpenAiEvent(json, eventName)
  const isAgent = event !== null && event['choices'] === undefined && asObject(event['delta']) !== null
  return isAgent ? { ...delta, endsAtDone: true } : delta
}
