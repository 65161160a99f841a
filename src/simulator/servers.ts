import type { ApiName } from '../vocabulary/endpoint-names.ts'
import type { ReceivedRequest, TokenState } from './guard.ts'
import { renderVllmMetrics } from './metrics-pages.ts'
import type { MetricsPage, MetricsState } from './metrics-pages.ts'

/** An immediate answer: a page, a token, or a refusal of either. */
export interface Page {
  readonly status: number
  readonly type: string
  readonly body: string
}

/** What pages may show: what the server is, has counted and does at this moment. */
export interface PageState extends MetricsState {
  readonly adapters: readonly string[]
  readonly contextTokens: number
  /** False while the model loads. */
  readonly ready: boolean
  /** Since the start. */
  readonly upMs: number
  readonly nowMs: number
}

/** One page of a server; `body` is what was posted to it. */
export type PageMaker = (state: PageState, body: string) => Page

/** A server or service that the simulator can play: how it differs from others besides its answers. */
export interface ServerProfile {
  /** The APIs that it has; POSTs to others get a 404. */
  readonly apis: readonly ApiName[] | 'every'
  /** Whether it has OpenAI's APIs under Azure's paths, which no other server has. */
  readonly isAzure: boolean
  /** Whether it has the platform's pages: tokens for clients, the page and the metrics of an endpoint. */
  readonly hasPlatform: boolean
  /** Its default metrics; null for none. */
  readonly metrics: MetricsPage | null
  /** Where they are. */
  readonly metricsPaths: readonly string[]
  /** Headers of every answer. */
  readonly headers: Readonly<Record<string, string>>
  /** Pages by method and path; `*` stands for any one segment. */
  readonly pages: Readonly<Record<string, PageMaker>>
  /** Its 404; null for that of the API whose path this looks like. */
  readonly notFound: Page | null
}

/** The simulated platform of an owner of endpoints: everything besides their answers. */
export interface Platform {
  /** The state of a bearer token that it may have given out. */
  stateOf(token: string): TokenState
  /** Its token endpoint and the page that names it; they need no key. Null for another URL. */
  findOpenPage(url: URL, request: ReceivedRequest): Page | null
  /** The page of the endpoint and, unless `withMetrics` is false, its metrics; null for another path. */
  findPage(path: string, state: PageState, withMetrics: boolean): Page | null
  /** Counts an answer with this status. */
  noteAnswer(status: number, nowMs: number): void
}

/** An identity provider that vouches for a client, so that it needs no secret. */
export interface Identity {
  /** Its grant type. */
  readonly grantType: string
  /** Why a request gets no token; null when it does. `clientId` is the known one, if any. */
  refuse(fields: URLSearchParams, clientId: string | null): Page | null
  /** Its own pages; null for other URLs. */
  page(url: URL, authorization: string | undefined): Page | null
}

const OPENAI: readonly ApiName[] = ['openai-chat', 'openai-completions', 'openai-embeddings', 'openai-responses']

/** The most common server. */
const VLLM = defineServer({
  apis: [...OPENAI, 'openai-rerank', 'openai-score'],
  metrics: renderVllmMetrics,
  headers: { server: 'uvicorn' },
  pages: {
    'GET /health': answerHealth,
    'GET /ping': answerHealth,
    'GET /version': () => writeJsonPage({ version: '0.11.0' }),
    'GET /v1/models': listModels('vllm', ({ model, contextTokens }, adapter) => ({
      root: adapter ?? model,
      parent: adapter === null ? null : model,
      max_model_len: contextTokens,
      permission: [],
    })),
  },
})

const OPENAI_SERVICE = defineServer({
  apis: OPENAI,
  headers: { server: 'cloudflare', 'openai-version': '2020-10-01', 'openai-processing-ms': '20' },
  notFound: writeJsonPage(
    { error: { message: 'Invalid URL', type: 'invalid_request_error', param: null, code: null } },
    404,
  ),
  pages: { 'GET /v1/models': listModels('system') },
})

/** OpenAI's APIs under Azure's paths. */
const AZURE = defineServer({
  apis: OPENAI,
  isAzure: true,
  headers: { 'apim-request-id': '00000000-0000-0000-0000-000000000000', 'x-ms-region': 'Simulated' },
  notFound: writeJsonPage({ error: { code: '404', message: 'Resource not found' } }, 404),
  pages: { 'GET /openai/v1/models': listAzureModels, 'GET /openai/models': listAzureModels },
})

/** The servers of OpenAI's family, by the names that `--server` has for them. */
export const SERVERS = {
  vllm: VLLM,
  openai: OPENAI_SERVICE,
  azure: AZURE,
} as const satisfies Readonly<Record<string, ServerProfile>>

/**
 * The simulator as itself, which is the default. It speaks every API at once, says that it is simulated, and has the
 * metrics of vLLM. `--server` makes it one server, and what that one lacks gives a 404.
 */
export const ITSELF: ServerProfile = defineServer({
  apis: 'every',
  hasPlatform: true,
  metrics: renderVllmMetrics,
  metricsPaths: ['/metrics', '/v1/metrics'],
  notFound: null,
  pages: {
    'GET /health': ({ ready }) =>
      ready ? writeJsonPage({ status: 'ok' }) : writeJsonPage({ error: { message: 'Loading model', code: 503 } }, 503),
    'GET /version': () => writeJsonPage({ version: '0.1.0', simulated: true }),
    'GET /v1/models': listModels('simulator'),
    'GET /openai/v1/models': listModels('simulator'),
  },
})

/** A profile with the defaults of a Python server without metrics, such as FastAPI's 404. */
export function defineServer(given: Partial<ServerProfile> & Pick<ServerProfile, 'apis' | 'pages'>): ServerProfile {
  const notFound = writeJsonPage({ detail: 'Not Found' }, 404)
  return {
    isAzure: false,
    hasPlatform: false,
    metrics: null,
    metricsPaths: ['/metrics'],
    headers: {},
    notFound,
    ...given,
  }
}

/** Whether a server has an API at a path. */
export function servesApi({ apis, isAzure }: ServerProfile, api: ApiName, path: string): boolean {
  return apis === 'every' || (apis.includes(api) && path.startsWith('/openai/') === isAzure)
}

/** A page of the server, or null where it has none. */
export function findServerPage(
  { pages }: ServerProfile,
  method: string,
  path: string,
  state: PageState,
  body: string,
): Page | null {
  const asked = `${method} ${path}`.split('/')
  const isAsked = (page: string): boolean => {
    const segments = page.split('/')
    return segments.length === asked.length && segments.every((segment, i) => segment === '*' || segment === asked[i])
  }
  const found = Object.entries(pages).find(([page]) => isAsked(page))
  return found?.[1](state, body) ?? null
}

/** When the simulated model was created, in seconds since 1970. */
export const MODEL_CREATED = 1_735_689_600

/** The list of models in OpenAI's form, with its `owned_by`. */
export function listModels(
  owner: string,
  more: (state: PageState, adapter: string | null) => object = () => ({}),
): PageMaker {
  return (state) => {
    const list = (id: string, adapter: string | null): object => ({
      id,
      object: 'model',
      created: MODEL_CREATED,
      owned_by: owner,
      ...more(state, adapter),
    })
    const data = [list(state.model, null), ...state.adapters.map((name) => list(name, name))]
    return writeJsonPage({ object: 'list', data })
  }
}

function listAzureModels({ model }: PageState): Page {
  const listed = { id: model, object: 'model', status: 'succeeded', created_at: MODEL_CREATED }
  return writeJsonPage({ object: 'list', data: [listed] })
}

/** An empty 200 when the model is ready, 503 while it loads. */
export function answerHealth({ ready }: PageState): Page {
  return writeTextPage('', ready ? 200 : 503)
}

/** A page of JSON. */
export function writeJsonPage(value: unknown, status = 200): Page {
  return { status, type: 'application/json', body: JSON.stringify(value) }
}

/** A page of plain text. */
export function writeTextPage(body: string, status = 200): Page {
  return { status, type: 'text/plain; charset=utf-8', body }
}

/** A page of metrics. */
export function writePrometheusPage(body: string): Page {
  return { status: 200, type: 'text/plain; version=0.0.4; charset=utf-8', body }
}
