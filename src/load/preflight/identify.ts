import { parseJson } from '../../json.ts'
import { replacePath, trimPath } from '../../protocol/apis/request.ts'
import { SERVER_PAGES, recogniseServer, recogniseServerByHeaders, describeVersion } from '../../protocol/servers.ts'
import type { Server, ServerPath } from '../../protocol/servers.ts'
import type { Settings } from '../../settings.ts'
import { countEdits } from '../../settings/nearest.ts'
import { escapeForTerminal, pluralise, showUrl } from '../../text.ts'
import { VENDORS, explainByOwner } from '../../vendors/vendors.ts'
import { chooseLoad, isOpenLoop } from '../../vocabulary/load.ts'
import type { Authorizer, Deadline, Exchange } from '../ports.ts'
import { systemDeadline } from '../runtime.ts'
import { getPage } from '../transport/target.ts'
import type { Target } from '../transport/target.ts'
import { guessLikeliestApi, isMismatch } from './candidates.ts'
import type { Attempted } from './candidates.ts'
import { EndpointError } from '../../errors.ts'
import type { ApiName } from '../../vocabulary/endpoint-names.ts'
import { recogniseApi, findApi } from '../../vendors/apis.ts'
import { complaintOf, explainFailure } from '../explain.ts'

// What an endpoint says of itself on pages beside its API: which server it is, which models it has and, where it cannot be measured as it was
// asked, which API or path it wants instead.

/** What an endpoint seems to be, and under which address. */
interface Identified {
  readonly server: Server
  /** Base of the pages: what stands before `/v1`. */
  readonly base: URL
}

const LONGEST_MS = 3_000
/** First segments of API paths; anything before them is where a proxy put the server. */
const API_PATHS = [
  'v\\d[a-z0-9.]*|api|openai|generate(_stream)?|completions?|chat|embeddings|rerank(ing)?|ranking|score|responses|models?|infer|invocations',
  ...VENDORS.flatMap(({ paths = [] }) => paths),
]
const API_PATH = new RegExp(`/(${API_PATHS.join('|')})(/.*)?$`, 'i')

export interface IdentifyPorts {
  readonly signal: AbortSignal
  /** For all that is looked at together; default: in real time. */
  readonly deadline?: Deadline
}

/**
 * Identifies the server for the report, from its headers or from pages of servers of this API: at most nine pages
 * once a run, only for APIs of self-hosted servers, and none where the headers name a hosted service.
 */
export async function identifyServer(
  settings: Settings,
  target: Pick<Target, 'api' | 'auth'>,
  { headers }: Pick<Exchange, 'headers'>,
  ports: IdentifyPorts,
): Promise<Server | null> {
  const known = recogniseServerByHeaders(headers ?? {}, VENDORS)
  const paths = target.api.serverPages
  if (paths === undefined || (known !== null && known.apis[0] !== 'llamacpp')) return known
  const [base] = basesOf(settings.endpoint)
  return (await lookAtPages(settings, target, base!, paths, ports)) ?? known
}

/** Identifies an endpoint that does not speak the expected API, by all pages. */
async function identifyStranger(
  settings: Settings,
  target: Pick<Target, 'api' | 'auth'>,
  { headers }: Pick<Exchange, 'headers'>,
  ports: IdentifyPorts,
): Promise<Identified | null> {
  const bases = basesOf(settings.endpoint)
  const known = recogniseServerByHeaders(headers ?? {}, VENDORS)
  for (const base of bases) {
    const server = await lookAtPages(settings, target, base, SERVER_PAGES, ports)
    if (server !== null) return { server, base }
  }
  return known === null ? null : { server: known, base: bases[0]! }
}

/** Warnings about limits of the server that the planned levels will meet, before their time is spent. */
export function listServerHints(
  server: Server | null,
  settings: Pick<Settings, 'concurrency' | 'maxConcurrency'> & Partial<Pick<Settings, 'rate' | 'trace'>>,
): string[] {
  // How many requests of an open loop are under way at once is for the server to show.
  if (server === null || isOpenLoop(chooseLoad({ rate: null, trace: null, ...settings }))) return []
  // A search ends by itself at what the server states.
  const highest = settings.concurrency === 'auto' ? (settings.maxConcurrency ?? 0) : Math.max(...settings.concurrency)
  const name = escapeForTerminal(server.name ?? 'the server')
  const { atOnce } = server
  if (atOnce !== null && atOnce.requests < highest) {
    const from = `from concurrency ${atOnce.requests + 1} on`
    return [
      atOnce.beyond === 'queue'
        ? `${name} works on ${pluralise(atOnce.requests, 'request')} at once: ${from} requests queue (llama.cpp: --parallel)`
        : `${name} takes ${pluralise(atOnce.requests, 'request')} at once: ${from} it refuses some (--max-concurrent-requests)`,
    ]
  }
  // It does not tell how many.
  if (server.name === 'Ollama' && highest > 1) {
    return ['Ollama works on OLLAMA_NUM_PARALLEL requests at once, one unless it is set: beyond that requests queue']
  }
  return []
}

/** Where the pages may be: before the path of the API, and at the root. A path that begins with two slashes names no host. */
function basesOf(endpoint: URL): URL[] {
  const prefix = trimPath(endpoint).replace(API_PATH, '')
  return [...new Set([prefix, ''])].map((path) => replacePath(new URL(endpoint.origin), `${path}/`))
}

async function lookAtPages(
  settings: Settings,
  target: Pick<Target, 'api' | 'auth'>,
  base: URL,
  paths: readonly ServerPath[],
  { signal, deadline = systemDeadline }: IdentifyPorts,
): Promise<Server | null> {
  const soon = AbortSignal.any([signal, deadline(LONGEST_MS)])
  const pages = await Promise.all(
    paths.map(async (path) => [path, await getPage(settings, target, new URL(`.${path}`, base), soon)] as const),
  )
  return recogniseServer(new Map(pages.flatMap(([path, page]) => (page === null ? [] : [[path, page] as const]))))
}

/** How many names are looked at, and how much of each; a gateway may list thousands. */
const MOST_NAMES = 1_000
const LONGEST_NAME = 100
const MOST_SHOWN = 10

/** The models that the server lists, as requests name them; none where it lists none. */
async function listModels(
  settings: Settings,
  target: Pick<Target, 'api' | 'auth'>,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const url = target.api.modelsUrl(settings.endpoint)
  const page = url === null ? null : await getPage(settings, target, url, signal)
  return page?.status === 200 ? target.api.modelNames(parseJson(page.text)).slice(0, MOST_NAMES) : []
}

/** The first model that the server lists, for a user who named none. */
export async function findModel(
  settings: Settings,
  auth: Authorizer,
  { log, signal }: Pick<IdentifyPorts, 'signal'> & { readonly log: (line: string) => void },
): Promise<string | null> {
  const [first, ...others] = await listModels(settings, { api: guessLikeliestApi(settings), auth }, signal)
  if (first === undefined) return null
  log(
    `model: ${escapeForTerminal(first)}${others.length > 0 ? `, the first of ${others.length + 1} that the endpoint lists` : ''}`,
  )
  return first
}

/** Some of the names as the end of a sentence, the most similar to `wanted` first; safe to show. */
function showModels(names: readonly string[], wanted: string | null): string {
  const nearest =
    wanted === null ? names : names.toSorted((a, b) => rateUnlikeness(a, wanted) - rateUnlikeness(b, wanted))
  const shown = nearest.slice(0, MOST_SHOWN).map((name) => escapeForTerminal(name))
  const more = names.length - shown.length
  return `${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}

/**
 * The number of differing letters; a name that contains the other, as `org/name` does, counts as more similar than
 * any with a changed letter.
 */
function rateUnlikeness(name: string, wanted: string): number {
  const [a, b] = [name.toLowerCase().slice(0, LONGEST_NAME), wanted.toLowerCase().slice(0, LONGEST_NAME)]
  return a.includes(b) || b.includes(a) ? Math.abs(a.length - b.length) / LONGEST_NAME : countEdits(a, b)
}

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
function addModels(error: EndpointError, names: readonly string[] | null, model: string | null): EndpointError {
  if (names === null) return model === null ? changeRemedy(error, 'check the model in the path of `endpoint`') : error
  if (names.length === 0) return changeRemedy(error, `${error.remedy}; it lists none`)
  const wanted = model === null ? '' : `, which is ${escapeForTerminal(model)},`
  return changeRemedy(error, `set \`model\`${wanted} to one that it lists: ${showModels(names, model)}`)
}

function changeRemedy({ what, tried }: EndpointError, remedy: string): EndpointError {
  return new EndpointError(what, { tried, remedy })
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
  if (meant !== null) return off === '' ? error : changeRemedy(error, `${off}, and set \`api\` to ${meant}`)
  const steps = [off, out].filter((step) => step !== '').join(' and ')
  return steps === '' ? error : changeRemedy(error, `${steps}: what the model is made for is then found`)
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
  const say = (because: string, todo: string, api: ApiName | null = null): Diagnosis => ({
    error: new EndpointError(`${what}; ${because}`, { tried, remedy: todo }),
    other: api === null ? null : { api, because },
  })
  if (spoken !== null && !isKin(spoken, asked)) {
    const advice = adviseApi(settings, target, [spoken], found?.base ?? null)
    return say(looks ?? `the answer is one of ${spoken}`, advice, spoken)
  }
  if (found === null || looks === null) return { error, other: null }
  const { apis } = found.server
  if (apis.length === 0) return say(looks, remedy)
  if (!apis.includes(asked)) return say(looks, adviseApi(settings, target, apis.slice(0, 2), found.base), apis[0])
  if (target.api.needsFullUrl === true) return say(looks, remedy)
  // It speaks the API, so the path is wrong; or it is too old for the API.
  const right = target.api.url(found.base, target.dialect.task, model)
  if (right.pathname !== target.url.pathname) return say(looks, `set \`endpoint\` to ${showUrl(found.base)}`)
  if (found.server.remedy !== undefined) return say(looks, found.server.remedy)
  const end = TASK_END.exec(right.pathname)?.[0]
  const isWritten = end !== undefined && trimPath(settings.endpoint).endsWith(end)
  if (isWritten && exchange.status === 404 && target.api.findsTask === true) {
    const { error: without } = say(`${looks}, and has no ${end}: its model may be made for something else`, remedy)
    return { error: addTask(without, null, settings, target), other: null }
  }
  const native = [apis[0]!, 'openai-chat' as const].find((api) => apis.includes(api) && !isKin(api, asked))
  return native === undefined ? say(looks, remedy) : say(looks, `set \`api\` to ${native}, or check \`model\``, native)
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
