import type { Api, Delta } from '../../protocol/api.ts'
import type { Task } from '../../vocabulary/load.ts'
import { asObject } from '../../json.ts'
import {
  buildChatBody,
  buildCompletionsBody,
  buildEmbeddingsBody,
  taskOfPath,
  suffixOfTask,
  encodeSegment,
  trimPath,
  replacePath,
} from '../../protocol/apis/request.ts'
import { decodePercent } from '../../text.ts'
import { readOpenAiEvent, readEmbeddings } from '../../protocol/apis/openai.ts'
import { isOpenAiResponses, readResponsesEvent } from '../../protocol/apis/openai-responses.ts'
import type { ExplainedRefusal, ReceivedRefusal, Vendor } from '../vendor.ts'
import { findLimits } from './findings.ts'
import { watchEndpoint } from './readiness.ts'
import { BORROWED, CREDENTIAL_HELP, ownsVariables, WAYS } from './auth.ts'
import { isDatabricks, listMetricsUrls, PATH, PATHS, readNativePath } from './urls.ts'

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

/** One refusal, and what it means. */
interface RefusalRule {
  readonly status: readonly number[]
  /** Pattern for the message; absent when the status is enough. */
  readonly says?: RegExp
  readonly what: string
  readonly remedy: string
}

/** `NAME` stands for the endpoint. The first rule that matches applies. */
const REFUSALS: readonly RefusalRule[] = [
  {
    status: [403, 429],
    says: /rate limit of 0\b/i,
    what: 'Databricks has switched the NAME off for this workspace (a rate limit of 0)',
    remedy:
      'neither the key nor waiting helps: ask Databricks for access to this model, or measure an endpoint of your own with provisioned throughput',
  },
  {
    status: [401, 403],
    says: /invalid (access )?token|token (is|has) expired|expired (access )?token|invalid_token/i,
    what: 'not authorised: Databricks does not accept the token',
    remedy:
      'make a new token in the workspace of this endpoint and set PLATEAU_API_KEY (or `api-key`) to it, or use `auth: databricks-oauth`, which renews its own',
  },
  {
    status: [403],
    says: /guardrail|\bsafety\b|\bPII\b/i,
    what: 'a guardrail of the AI Gateway refuses the prompts',
    remedy: 'measure without guardrails, or with a `prompts-file` that passes them',
  },
  {
    status: [403],
    what: 'not authorised: this key may not query the NAME',
    remedy: 'give its user or service principal the permission "Can Query" on the endpoint; check `auth` and the key',
  },
  {
    status: [404],
    // "No API found" is about a path that no workspace has.
    says: /^(?!.*no api found).*(RESOURCE_DOES_NOT_EXIST|ENDPOINT_NOT_FOUND|does not exist|not found)/is,
    what: 'there is no NAME in this workspace',
    remedy:
      'check the name in the path of `endpoint` (or in `model`, where the path names none) and the workspace; `databricks serving-endpoints list` shows those there are',
  },
  {
    status: [400],
    says: /unknown field \W{0,2}(messages|prompt|input)\b/i,
    what: 'the NAME is made for another task than it was asked for',
    remedy:
      'leave `task` out, or set it to the task that the page of the endpoint names: chat, completions or embeddings',
  },
  {
    status: [400],
    says: /unknown field/i,
    what: 'the NAME does not take a field of the request',
    remedy: 'Databricks refuses every field that it does not know: take it out of `extra-body`',
  },
  {
    status: [413],
    what: 'the request is larger than Databricks takes (16 MB; 4 MB for foundation models, external models and agents)',
    remedy: 'lower `input-tokens` or `batch-size`',
  },
  {
    status: [429],
    says: /output tokens|OTPM|tokens per minute|tokens\/min/i,
    what: 'Databricks refuses requests: a limit of tokens a minute',
    remedy:
      '`max_tokens` counts against it before anything is generated: lower `output-tokens`, wait, or measure provisioned throughput',
  },
  {
    status: [429],
    what: 'Databricks refuses requests: a rate limit of the endpoint, of the AI Gateway or of the workspace',
    remedy:
      'wait, or raise the limit; pay-per-token endpoints take a few requests a second and are not for sweeps, provisioned throughput is',
  },
  {
    status: [408, 504],
    what: 'Databricks gave the request up: the model took longer than it may, or the endpoint is still starting',
    remedy: 'lower `output-tokens`; `ready-timeout` is how long an endpoint that starts is waited for',
  },
]

/**
 * What a refusal of Databricks means; null when it is not from Databricks or not specific to it. `url` is the
 * requested one, safe to show.
 */
function explainRefusal(refused: ReceivedRefusal, url: string): ExplainedRefusal | null {
  const { status, headers, failureMessage } = refused
  if (status === null || !(ownsHeaders(headers ?? {}) || PATH.test(url))) return null
  const rule = REFUSALS.find(
    (each) => each.status.includes(status) && (each.says === undefined || each.says.test(failureMessage ?? '')),
  )
  if (rule === undefined) return null
  const name = /\/serving-endpoints\/([\w.-]+)\/(?:invocations|served-models\/)/.exec(url)?.[1]
  const what = rule.what.replace('NAME', name === undefined ? 'serving endpoint' : `serving endpoint ${name}`)
  return { what, remedy: rule.remedy }
}

/** Whether the headers of an answer are those of Databricks. */
function ownsHeaders(headers: Readonly<Record<string, string>>): boolean {
  return /^databricks/i.test(headers['server'] ?? '') || 'x-databricks-org-id' in headers
}

/** Databricks: model serving of a workspace. */
export const databricks: Vendor = {
  name: 'Databricks',
  api: databricksApi,
  isIts: isDatabricks,
  ownsHeaders,
  paths: PATHS,
  keyPlace: 'bearer',
  speaks: { anthropic: 'Databricks', 'openai-responses': 'agents on Databricks' },
  endpointName: (endpoint) => readNativePath(endpoint)?.name ?? null,
  ways: WAYS,
  credentialHelp: CREDENTIAL_HELP,
  borrowed: BORROWED,
  ownsVariables,
  takesBareToken: true,
  explainRefusal,
  watchEndpoint,
  crossCheckModel: "Databricks' notebook",
  findLimits,
}
