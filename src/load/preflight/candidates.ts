import { EndpointError } from '../../errors.ts'
import { findApi, guessApi, openAiApi } from '../../vendors/apis.ts'
import type { Api, OptionalField, RequestSpec } from '../../protocol/api.ts'
import { TASKS } from '../../vocabulary/load.ts'
import type { Task } from '../../vocabulary/load.ts'
import { taskOfPath } from '../../protocol/apis/request.ts'
import type { Settings } from '../../settings.ts'
import { showUrl } from '../../text.ts'
import type { Authorizer, AuthPorts, Exchange } from '../ports.ts'
import { createAuthorizer } from '../auth/authorizers.ts'
import { sendEach } from '../transport/target.ts'
import type { OpenTransport, SendSingles, Target } from '../transport/target.ts'
import { findNamedField } from '../../protocol/refusal.ts'
import { explainFailure, complaintOf, hasOnlyReasoning, refusesKey } from '../explain.ts'
import { findTrouble } from '../../vocabulary/connection-troubles.ts'

/** One way to speak to the endpoint. */
interface Way {
  readonly api: Api
  readonly task: Task
}

/**
 * The possible ways to speak to the endpoint, the likeliest first; at least one.
 *
 * @throws EndpointError when the API does not serve the task, or needs a model and none is given.
 */
export function listCandidates(settings: Settings, model: string | null, auth: Authorizer): Target[] {
  const ways = listWays(settings)
  const nameless =
    model === null ? ways.find(({ api, task }) => namesModelInUrl(api, settings.endpoint, task)) : undefined
  if (nameless !== undefined) throw refuseWithoutModel(settings, nameless.api)
  const unnamed =
    model === null
      ? ways.find(({ api }) => api.nameless !== undefined && needsModel(api, settings.endpoint))
      : undefined
  if (unnamed !== undefined) throw refuseNameless(settings, unnamed.api.nameless!)
  return ways.map(({ api, task }) => targetOf(settings, api, task, model, auth))
}

/** The API that is asked first; it also says where the models are listed. */
export function guessLikeliestApi({ api, endpoint }: Pick<Settings, 'api' | 'endpoint'>): Api {
  return findApi(api === 'auto' ? guessApi(endpoint) : api)
}

/** The model that an endpoint is met with: that of the run or, where it has none and each part of its mix names one, that of the first part. */
export function chooseMetModel({ model, mix }: Pick<Settings, 'model' | 'mix'>): string | null {
  if (model !== null || mix === null || mix.some((part) => part.model === null)) return model
  return mix[0]!.model
}

/** The target without preflight: the likeliest way, with the fields that are then assumed to be accepted. */
export function assumeTarget(settings: Settings, ports: AuthPorts): Target {
  const [target] = listCandidates(settings, chooseMetModel(settings), createAuthorizer(settings, ports))
  return setFields(target!, target!.api.assumedFields ?? [])
}

/** The same target with other optional fields. */
export function setFields(target: Target, fields: readonly OptionalField[]): Target {
  return { ...target, dialect: { ...target.dialect, fields: new Set(fields) } }
}

/** Whether the path of this API names the model, so that there is no URL without one. */
function namesModelInUrl(api: Api, endpoint: URL, task: Task): boolean {
  return api.url(endpoint, task, 'a').href !== api.url(endpoint, task, 'b').href
}

/** Whether the body names the model, because the URL does not. */
function needsModel(api: Api, endpoint: URL): boolean {
  return api.modelInBody(endpoint, 'any') !== null
}

function listWays(settings: Settings): Way[] {
  const { api: named, task, endpoint } = settings
  const api = guessLikeliestApi(settings)
  // An OpenAI-like base URL does not show the task, so each is tried unless the user names one.
  if (named === 'auto' && api.name === 'openai-chat' && taskOfPath(endpoint) === null) {
    const tasks = task === 'auto' ? TASKS : [task]
    return tasks.map((one) => ({ api: openAiApi(one), task: one }))
  }
  const said = task === 'auto' ? api.taskOf(endpoint) : task
  if (said === null) return api.tasks.map((one) => ({ api, task: one }))
  if (!api.tasks.includes(said)) throw refuseTask(settings, api, said)
  return [{ api, task: said }]
}

function targetOf(settings: Settings, api: Api, task: Task, model: string | null, auth: Authorizer): Target {
  return {
    api,
    auth,
    url: api.url(settings.endpoint, task, model),
    dialect: {
      task,
      model: api.modelInBody(settings.endpoint, model),
      fields: new Set(),
      lengthField: 'max_tokens',
      extraBody: settings.extraBody,
    },
  }
}

function refuseWithoutModel(settings: Settings, api: Api): EndpointError {
  const list = api.modelsUrl(settings.endpoint)
  return new EndpointError(`${api.name} has the model in its URL, and \`model\` is not given`, {
    tried: list === null ? `to make a URL of ${showUrl(settings.endpoint)}` : `GET ${showUrl(list)}, for a list`,
    remedy: 'set `model` to the name that the server knows it by',
  })
}

function refuseNameless({ endpoint }: Settings, { what, remedy }: NonNullable<Api['nameless']>): EndpointError {
  return new EndpointError(what, { tried: `to make a request for ${showUrl(endpoint)}`, remedy })
}

function refuseTask({ endpoint, api: named }: Settings, api: Api, task: Task): EndpointError {
  const is = named === 'auto' ? `the URL is one of ${api.name}` : `\`api\` is ${api.name}`
  return new EndpointError(`\`task\` is ${task}, and ${is}, which serves ${api.tasks.join(', ')}`, {
    tried: `to make a URL of ${showUrl(endpoint)}`,
    remedy: `${named === 'auto' ? 'write the base URL as `endpoint`' : 'set another `api`, or none'}, or remove \`task\``,
  })
}

/** What an attempt needs from outside. */
export interface AttemptPorts {
  readonly openTransport: OpenTransport
  /** 16 hex digits of the system's randomness. */
  readonly nonce: () => string
  readonly signal: AbortSignal
}

/** One way to speak to the endpoint, and its answer. */
export interface Attempted {
  readonly ok: boolean
  readonly target: Target
  readonly exchange: Exchange
}

const PROBE_TOKENS = 8
const WAITABLE_STATUS = new Set([408, 425, 429, 500, 502, 503, 504, 529])
/** Statuses that refuse this API, this task or these fields. */
const MISMATCH_STATUS = new Set([400, 404, 405, 415, 422, 501])

/** Tries each way to speak to the endpoint until one succeeds, or one fails for a reason that is not the API. */
export async function tryCandidates(
  settings: Settings,
  targets: readonly Target[],
  ports: AttemptPorts,
): Promise<Attempted> {
  let first: Attempted | null = null
  for (const way of targets) {
    for (const target of listForms(way)) {
      const [exchange] = await sendEach(settings, target, [buildProbe(ports.nonce())], ports)
      const attempt = { ok: isAnswered(exchange!), target, exchange: exchange! }
      if (attempt.ok) return attempt
      first ??= attempt
      if (!isMismatch(exchange!)) return first === attempt || isWaitable(exchange!) ? attempt : first
      // No other path will know a missing model.
      if (/^(model|no-model)$/.test(complaintOf(exchange!)?.about ?? '')) return first
      if (!OTHER_FORM.test(exchange!.failureMessage ?? '')) break
    }
  }
  return first!
}

/** Members whose name in a refusal says that another form is wanted. */
const OTHER_FORM =
  /max_completion_tokens|max_tokens|\b(query|documents|texts|passages|items|text_[12]|label_token_ids)\b/

/** What else documents are called. */
const OTHER_NAMES = { rerank: ['texts', 'passages'], score: ['items'] } as const

/**
 * The same request in other words: newer OpenAI models refuse `max_tokens`, which every other OpenAI-like server knows,
 * and text-embeddings-inference wants `texts` to rank, NIM `passages`, SGLang `items` to score.
 */
function listForms(target: Target): Target[] {
  const { api, dialect } = target
  if (dialect.task === 'rerank' || dialect.task === 'score')
    return [
      target,
      ...OTHER_NAMES[dialect.task].map((documentsField) => ({ ...target, dialect: { ...dialect, documentsField } })),
    ]
  if (dialect.task !== 'chat' || api.isOpenAiLike !== true) return [target]
  return [target, { ...target, dialect: { ...dialect, lengthField: 'max_completion_tokens' } }]
}

/** The smallest useful request. */
export function buildProbe(nonce: string): RequestSpec {
  return { prompts: ['Write a few words.'], outputTokens: PROBE_TOKENS, nonce }
}

/** Whether a small request succeeded. With hidden reasoning no visible token may be left: full-length answers decide. */
export function isAnswered(exchange: Exchange): boolean {
  return !exchange.cancelled && (exchange.failure === null || hasOnlyReasoning(exchange))
}

/** Whether the server says that the request does not fit it. An unreadable 200 does not count: the path exists. */
export function isMismatch(exchange: Exchange): boolean {
  return (
    exchange.trouble === null &&
    exchange.status !== null &&
    MISMATCH_STATUS.has(exchange.status) &&
    !refusesKey(exchange) &&
    complaintOf(exchange)?.about !== 'loading'
  )
}

/** Whether the same request may succeed later. */
export function isWaitable(exchange: Exchange): boolean {
  const { failure, status, trouble } = exchange
  if (trouble !== null) return findTrouble(trouble.name).passes === true
  // Ports of closed connections become free after a minute or two.
  if (failure === 'client_ports') return true
  if (refusesKey(exchange)) return false
  if (complaintOf(exchange)?.about === 'loading') return true
  // Some servers answer 200 with an error where others answer 404.
  if (failure === 'error_event') return complaintOf(exchange) === null
  if (failure === 'incomplete' || failure?.startsWith('timeout_') === true) return true
  return status !== null && WAITABLE_STATUS.has(status)
}

/** Statuses that refuse a field; some servers use 500. */
const REFUSAL_STATUS = new Set([400, 404, 422, 500, 501])

/** The fields that keep a request away from what the prefix cache holds of others. */
const ISOLATING: ReadonlySet<OptionalField> = new Set(['cache_salt', 'cache_prompt'])

/** The optional fields to try: where the prefix cache is to be measured, none that keeps requests from it. */
export function listWantedFields({ api, dialect }: Target, prefixCache: 'avoid' | 'allow'): OptionalField[] {
  return api.optionalFields(dialect.task).filter((field) => prefixCache === 'avoid' || !ISOLATING.has(field))
}

/**
 * Finds which of these optional fields the endpoint accepts, trying all at once. A refusal that names one drops that one;
 * after a refusal that names none they are tried one by one. At most twice as many requests as fields.
 *
 * @throws EndpointError when the endpoint fails for a reason that is not a field.
 */
export async function findAcceptedFields(
  target: Target,
  fields: readonly OptionalField[],
  send: SendSingles,
  nonce: () => string,
): Promise<OptionalField[]> {
  let wanted = [...fields]
  while (wanted.length > 0) {
    const refusal = await askForRefusal(wanted)
    if (refusal === null) return wanted
    const named = findNamedField(refusal.failureMessage, wanted)
    if (named === null) return tryOneByOne(wanted)
    wanted = wanted.filter((field) => field !== named)
  }
  return wanted

  async function tryOneByOne(fields: readonly OptionalField[]): Promise<OptionalField[]> {
    const accepted: OptionalField[] = []
    for (const field of fields) if ((await askForRefusal([...accepted, field])) === null) accepted.push(field)
    return accepted
  }

  /** The answer that refuses these fields; null when they are accepted. */
  async function askForRefusal(fields: readonly OptionalField[]): Promise<Exchange | null> {
    const [exchange] = await send(setFields(target, fields), [buildProbe(nonce())])
    if (isAnswered(exchange!)) return null
    if (isRefusal(exchange!)) return exchange!
    // A rate limit or a broken connection says nothing about the fields.
    throw explainFailure(exchange!, target)
  }
}

function isRefusal({ status, failure, cancelled }: Exchange): boolean {
  if (cancelled || status === null) return false
  if (status === 200) return failure === 'error_event' || failure === 'parse' || failure === 'empty'
  return REFUSAL_STATUS.has(status)
}
