import type { Api, Task } from './api.ts'
import type { Delta } from './delta.ts'
import { asObject } from './json.ts'
import { chatBody, completionsBody, embeddingsBody } from './openai-body.ts'
import { readOpenAiEvent } from './openai-delta.ts'
import { readEmbeddings } from './openai-embeddings.ts'
import { barePath, taskOfPath, taskSuffix, withPath } from './openai-url.ts'

const BODY = { chat: chatBody, completions: completionsBody, embeddings: embeddingsBody } as const

/**
 * Databricks model serving. The native path (`/serving-endpoints/<name>/invocations`, or one served model of it) takes
 * every task and knows its model; the OpenAI-compatible ones (`/serving-endpoints`, `/ai-gateway/mlflow/v1`) name the task
 * in the path and the endpoint in `model`. The schema is strict: an unknown field is a 400.
 */
export const databricks: Api = {
  name: 'databricks',
  framing: (task) => (task === 'embeddings' ? 'json' : 'sse'),
  optionalFields: (task) => (task === 'embeddings' ? [] : ['temperature', 'stream_options']),
  url: databricksUrl,
  taskOf: taskOfPath,
  modelInBody: (endpoint, model) => (isNative(endpoint) ? null : model),
  body: (dialect, spec) => BODY[dialect.task](dialect, spec),
  read: readDatabricks,
}

/** Whether the URL is of a Databricks workspace or has the paths of one. */
export function isDatabricks(endpoint: URL): boolean {
  return DATABRICKS_HOST.test(endpoint.hostname) || /\/(serving-endpoints|ai-gateway)(\/|$)/.test(endpoint.pathname)
}

const DATABRICKS_HOST = /(^|\.)(databricks\.(com|us|mil)|azuredatabricks\.net|databricks\.azure\.(us|cn))$/

/** `/serving-endpoints/<name>` with or without `/served-models/<served>` and `/invocations`. */
const NATIVE = /\/serving-endpoints\/[^/]+(\/served-models\/[^/]+)?(\/invocations)?$/

function isNative(endpoint: URL): boolean {
  return taskOfPath(endpoint) === null && NATIVE.test(barePath(endpoint))
}

function databricksUrl(endpoint: URL, task: Task): URL {
  const path = barePath(endpoint)
  if (taskOfPath(endpoint) !== null || path.endsWith('/invocations')) return endpoint
  if (isNative(endpoint)) return withPath(endpoint, `${path}/invocations`)
  if (path === '') return withPath(endpoint, `/serving-endpoints${taskSuffix(task)}`)
  const missing = path.endsWith('/ai-gateway') ? '/mlflow/v1' : path.endsWith('/ai-gateway/mlflow') ? '/v1' : ''
  return withPath(endpoint, `${path}${missing}${taskSuffix(task)}`)
}

function readDatabricks(json: unknown, eventName: string): Delta {
  return Array.isArray(asObject(json)?.['data']) ? readEmbeddings(json, eventName) : readOpenAiEvent(json, eventName)
}
