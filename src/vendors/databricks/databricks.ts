import type { SettingProblem } from '../../errors.ts'
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
import type { AuthFacts, AuthWay, CredentialSetting, Variables, Vendor } from '../vendor.ts'
import { findLimits } from './findings.ts'
import { watchEndpoint } from './readiness.ts'
import { explainRefusal, ownsHeaders } from './refusals.ts'
import { fetchOauthToken, fetchOidcToken } from './tokens.ts'
import type { GithubIdentity } from './tokens.ts'
import { PATHS, isDatabricks, isDatabricksHost, isRouteOptimized, listMetricsUrls, readNativePath } from './urls.ts'

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

const REQUEST_URL = 'ACTIONS_ID_TOKEN_REQUEST_URL'
const REQUEST_TOKEN = 'ACTIONS_ID_TOKEN_REQUEST_TOKEN'

/** Tokens of a service principal: by its id and secret, or by the identity of a GitHub Actions job. */
const WAYS: readonly AuthWay[] = [
  {
    word: 'databricks-oauth',
    settings: ['client-id', 'client-secret', 'token-url'],
    variables: [],
    secret: { setting: 'client-secret' },
    headers: ['authorization'],
    *findProblems(facts) {
      yield* findMissingId('databricks-oauth', facts)
      yield* findMissingSecret(facts)
      yield* findWrongHost('databricks-oauth', facts)
    },
    fetchToken: fetchOauthToken,
  },
  {
    word: 'databricks-oidc',
    settings: ['client-id', 'oidc-audience', 'token-url'],
    variables: [
      { name: REQUEST_URL, isSecret: false },
      { name: REQUEST_TOKEN, isSecret: true },
    ],
    secret: { variable: REQUEST_TOKEN },
    headers: ['authorization'],
    *findProblems(facts) {
      yield* findMissingIdentity(facts)
      yield* findMissingId('databricks-oidc', facts)
      yield* findWrongHost('databricks-oidc', facts)
    },
    fetchToken: (credentials, ports) => fetchOidcToken(credentials, readIdentity(credentials.variables)!, ports),
  },
]

/** Help for the settings of these ways. */
const CREDENTIAL_HELP: Readonly<Record<CredentialSetting, string>> = {
  'client-id': 'The service principal that a token is fetched for, with auth: databricks-oauth or databricks-oidc',
  'client-secret':
    'Its secret, with auth: databricks-oauth; for the command best in PLATEAU_CLIENT_SECRET; never in a config file',
  'token-url':
    'The workspace that gives out the tokens of databricks-oauth and databricks-oidc, where the endpoint has another host: route-optimised endpoints, gateways',
  'oidc-audience': 'The audience in the federation policy of the service principal, with auth: databricks-oidc',
}

/** Variables of Databricks' command line and SDKs. */
const BORROWED: Vendor['borrowed'] = [
  { variable: 'DATABRICKS_TOKEN', setting: 'api-key' },
  { variable: 'DATABRICKS_CLIENT_ID', setting: 'client-id' },
  { variable: 'DATABRICKS_CLIENT_SECRET', setting: 'client-secret' },
  { variable: 'DATABRICKS_TOKEN_AUDIENCE', setting: 'oidc-audience' },
]

/** Whether these variables are for this endpoint: those of another workspace must not be sent here. */
function ownsVariables(endpoint: URL, env: NodeJS.ProcessEnv): boolean {
  if (!isDatabricksHost(endpoint)) return false
  const named = env['DATABRICKS_HOST']?.trim() ?? ''
  const workspace = named.includes('://') ? named : `https://${named}`
  // The host of a route-optimised endpoint says nothing about its workspace.
  return (
    named === '' || isRouteOptimized(endpoint) || (URL.canParse(workspace) && new URL(workspace).host === endpoint.host)
  )
}

/** What the runner gives a job that may ask for its identity; null when it may not. */
function readIdentity(variables: Variables): GithubIdentity | null {
  const { [REQUEST_URL]: url, [REQUEST_TOKEN]: token } = variables
  const isThere = url !== undefined && token !== undefined && /^https?:/.test(url) && URL.canParse(url)
  return isThere ? { url: new URL(url), token } : null
}

function* findMissingIdentity({ variables, entry, spell }: AuthFacts): Iterable<SettingProblem> {
  if (readIdentity(variables) !== null) return
  const message =
    entry === 'action'
      ? 'is databricks-oidc, and this job may not ask GitHub for its identity; give it permissions: id-token: write, ' +
        'also the job that calls a reusable workflow (pull requests of forks never have it)'
      : 'is databricks-oidc, which only a job of GitHub Actions with permissions: id-token: write can use; ' +
        `use auth: databricks-oauth with ${spell('client-id')} and PLATEAU_CLIENT_SECRET`
  yield { setting: 'auth', given: null, message }
}

function* findMissingId(word: string, { clientId, spell }: AuthFacts): Iterable<SettingProblem> {
  if (clientId !== null) return
  const message = `is needed with auth: ${word}: the application id of the service principal, in PLATEAU_CLIENT_ID or ${spell('client-id')}`
  yield { setting: 'client-id', given: null, message }
}

function* findMissingSecret({ clientSecret, entry }: AuthFacts): Iterable<SettingProblem> {
  if (clientSecret !== null) return
  const how =
    entry === 'command'
      ? 'set PLATEAU_CLIENT_SECRET'
      : 'give the input client-secret; if it is given, the secret that it comes from is empty in this run: look at its ' +
        'name, that it exists for this repository and environment, and that a called workflow gets it'
  yield { setting: 'client-secret', given: null, message: `is needed with auth: databricks-oauth; ${how}` }
}

/** Databricks credentials must not go to other hosts. */
function* findWrongHost(word: string, { endpoint, api, tokenUrl }: AuthFacts): Iterable<SettingProblem> {
  if (endpoint == null || tokenUrl !== null) return
  if (isRouteOptimized(endpoint)) {
    const message = 'is needed for a route-optimised endpoint, whose host gives out no tokens: https://<workspace>'
    yield { setting: 'token-url', given: null, message }
  } else if (!isDatabricks(endpoint) && api !== 'databricks') {
    const message = `is ${word}, and ${endpoint.host} is not a Databricks workspace; set token-url to the workspace of a gateway, or change auth`
    yield { setting: 'auth', given: null, message }
  }
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
