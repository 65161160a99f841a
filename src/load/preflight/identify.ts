import { parseJson } from '../../json.ts'
import { replacePath, trimPath } from '../../protocol/apis/request.ts'
import { SERVER_PAGES, recogniseServer, recogniseServerByHeaders } from '../../protocol/servers.ts'
import type { Server, ServerPath } from '../../protocol/servers.ts'
import type { Settings } from '../../settings.ts'
import { countEdits } from '../../settings/nearest.ts'
import { escapeForTerminal, pluralise } from '../../text.ts'
import { VENDORS } from '../../vendors/vendors.ts'
import { chooseLoad, isOpenLoop } from '../../vocabulary/load.ts'
import type { Authorizer, Deadline, Exchange } from '../ports.ts'
import { systemDeadline } from '../runtime.ts'
import { getPage } from '../transport/target.ts'
import type { Target } from '../transport/target.ts'
import { guessLikeliestApi } from './candidates.ts'

// What an endpoint says of itself on pages beside its API: which server it is, and which models it has.

/** What an endpoint seems to be, and under which address. */
export interface Identified {
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
export async function identifyStranger(
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
export async function listModels(
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
export function showModels(names: readonly string[], wanted: string | null): string {
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
