import { EndpointError } from '../../errors.ts'
import type { ApiName } from '../../vocabulary/endpoint-names.ts'
import { recogniseApi, findApi } from '../../vendors/apis.ts'
import { trimPath } from '../../protocol/apis/request.ts'
import { explainByOwner } from '../../vendors/vendors.ts'
import { describeVersion } from '../../protocol/servers.ts'
import type { Server } from '../../protocol/servers.ts'
import type { Settings } from '../../settings.ts'
import { escapeForTerminal, showUrl } from '../../text.ts'
import { isMismatch } from './candidates.ts'
import type { Attempted } from './candidates.ts'
import { complaintOf, explainFailure } from '../explain.ts'
import { identifyStranger, listModels, showModels } from './identify.ts'
import type { Identified, IdentifyPorts } from './identify.ts'
import type { Exchange } from '../ports.ts'
import type { Target } from '../transport/target.ts'

/** Why an endpoint that answers cannot be measured. */
interface Diagnosis {
  readonly error: EndpointError
  /** The API that the endpoint seems to speak instead, and why it seems so; null when there is no such sign. */
  readonly other: { readonly api: ApiName; readonly because: string } | null
}

/**
 * Finds out why the attempt failed, from its answer and from pages beside the endpoint: a missing model (and which
 * there are), another API (and which), another path.
 */
export async function diagnoseFailure(
  settings: Settings,
  { target, exchange }: Attempted,
  model: string | null,
  ports: IdentifyPorts,
): Promise<Diagnosis> {
  const plainly = { error: explainFailure(exchange, target), other: null }
  // Another API or path would not help.
  if (exchange.trouble !== null) return plainly
  // It has told who it is and what is wrong.
  if (explainByOwner(exchange, showUrl(target.url)) !== null) return plainly
  const complaint = complaintOf(exchange)
  if (isAboutModel(exchange)) {
    const asked = { settings, target, exchange, model }
    return { error: await suggestModels(plainly.error, asked, ports.signal), other: null }
  }
  if (complaint?.about === 'task') {
    return { error: addTask(plainly.error, complaint.api, settings, target), other: null }
  }
  const isForeign = complaint === null ? isMismatch(exchange) : complaint.about === 'path'
  if (!isForeign && exchange.failure !== 'parse') return plainly

  const spoken = recogniseApi(exchange.answerHead ?? '', exchange.headers ?? {})
  const found = await identifyStranger(settings, target, exchange, ports)
  return suggestApi(plainly.error, { settings, target, exchange, model }, spoken, found)
}

interface Asked extends Pick<Attempted, 'target' | 'exchange'> {
  readonly settings: Settings
  readonly model: string | null
}

/** Whether the server complains of the model that was asked for, or that none was. */
function isAboutModel(exchange: Exchange): boolean {
  const about = complaintOf(exchange)?.about
  return about === 'model' || about === 'no-model'
}

/** The same error; where the server complains of the model, with those that it lists. */
export async function suggestModels(
  error: EndpointError,
  { settings, target, exchange, model }: Asked,
  signal: AbortSignal,
): Promise<EndpointError> {
  if (!isAboutModel(exchange)) return error
  const lists = target.api.modelsUrl(settings.endpoint) !== null
  return addModels(error, lists ? await listModels(settings, target, signal) : null, model)
}

/** `names` is null where the API has no list of models. */
function addModels(
  { what, tried, remedy }: EndpointError,
  names: readonly string[] | null,
  model: string | null,
): EndpointError {
  if (names === null) {
    return new EndpointError(what, {
      tried,
      remedy: model === null ? 'check the model in the path of `endpoint`' : remedy,
    })
  }
  if (names.length === 0) return new EndpointError(what, { tried, remedy: `${remedy}; it lists none` })
  const wanted = model === null ? '' : `, which is ${escapeForTerminal(model)},`
  return new EndpointError(what, {
    tried,
    remedy: `set \`model\`${wanted} to one that it lists: ${showModels(names, model)}`,
  })
}

/**
 * With a base URL and without `api`, preflight finds the task: a user who wrote more is told to remove it, or to set
 * the API that the server names.
 */
function addTask(
  error: EndpointError,
  meant: ApiName | null,
  { endpoint, api, task }: Settings,
  { api: asked, url }: Target,
): EndpointError {
  if (asked.findsTask !== true) return error
  const end = url.pathname === trimPath(endpoint) ? TASK_END.exec(url.pathname)?.[0] : undefined
  const off = end === undefined ? '' : `take ${end} off the end of \`endpoint\``
  const named = [...(api === 'auto' ? [] : ['`api`']), ...(task === 'auto' ? [] : ['`task`'])]
  const out = named.length === 0 ? '' : `leave ${named.join(' and ')} out`
  const { what, tried } = error
  if (meant !== null) {
    return off === '' ? error : new EndpointError(what, { tried, remedy: `${off}, and set \`api\` to ${meant}` })
  }
  const steps = [off, out].filter((step) => step !== '').join(' and ')
  if (steps === '') return error
  return new EndpointError(what, { tried, remedy: `${steps}: what the model is made for is then found` })
}

const TASK_END = /\/(chat\/completions|completions|embeddings|rerank|score|api\/\w+)$/

function suggestApi(
  error: EndpointError,
  { settings, target, exchange, model }: Asked,
  spoken: ApiName | null,
  found: Identified | null,
): Diagnosis {
  const { what, tried, remedy } = error
  const asked = target.api.name
  const looks = found === null ? null : `it looks like ${showServer(found.server)}`
  const say = (because: string | null, todo: string): EndpointError =>
    new EndpointError(because === null ? what : `${what}; ${because}`, { tried, remedy: todo })

  if (spoken !== null && !isKin(spoken, asked)) {
    const because = looks ?? `the answer is one of ${spoken}`
    return {
      error: say(because, adviseApi(settings, target, [spoken], found?.base ?? null)),
      other: { api: spoken, because },
    }
  }
  if (found === null || looks === null) return { error, other: null }
  const { apis } = found.server
  if (apis.length === 0) return { error: say(looks, remedy), other: null }
  if (!apis.includes(asked)) {
    return {
      error: say(looks, adviseApi(settings, target, apis.slice(0, 2), found.base)),
      other: { api: apis[0]!, because: looks },
    }
  }
  if (target.api.needsFullUrl === true) return { error: say(looks, remedy), other: null }
  // It speaks the API, so the path is wrong; or it is too old for the API.
  const right = target.api.url(found.base, target.dialect.task, model)
  if (right.pathname !== target.url.pathname) {
    return { error: say(looks, `set \`endpoint\` to ${showUrl(found.base)}`), other: null }
  }
  if (found.server.remedy !== undefined) return { error: say(looks, found.server.remedy), other: null }
  const end = TASK_END.exec(right.pathname)?.[0]
  const isWritten = end !== undefined && trimPath(settings.endpoint).endsWith(end)
  if (isWritten && exchange.status === 404 && target.api.findsTask === true) {
    const without = `${looks}, and has no ${end}: its model may be made for something else`
    return { error: addTask(say(without, remedy), null, settings, target), other: null }
  }
  const native = [apis[0]!, 'openai-chat' as const].find((api) => apis.includes(api) && !isKin(api, asked))
  if (native === undefined) return { error: say(looks, remedy), other: null }
  return { error: say(looks, `set \`api\` to ${native}, or check \`model\``), other: { api: native, because: looks } }
}

/** What to set for one of these APIs; a full URL of another API, or one under another path, must be changed, too. */
function adviseApi(
  { endpoint, api: named }: Settings,
  { url: asked }: Target,
  apis: readonly ApiName[],
  base: URL | null,
): string {
  const api = findApi(apis[0]!)
  const buildPath = (url: URL): string => api.url(url, api.taskOf(url) ?? api.tasks[0]!, 'm').pathname
  const path = buildPath(endpoint)
  const isWhole = path === trimPath(endpoint) && path !== asked.pathname
  if (base === null || isWhole || path === buildPath(base)) return `set \`api\` to ${apis.join(' or ')}`
  return `set \`endpoint\` to ${showUrl(base)}${named === 'auto' ? '' : ` and \`api\` to ${apis.join(' or ')}`}`
}

/** All OpenAI-like servers shape their answers alike. */
function isKin(a: ApiName, b: ApiName): boolean {
  return a === b || (findApi(a).isOpenAiLike === true && findApi(b).isOpenAiLike === true)
}

function showServer(server: Server): string {
  return escapeForTerminal(describeVersion(server) ?? server.name ?? 'a server of no known kind')
}
