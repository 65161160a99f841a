import type { ApiName } from '../vocabulary/endpoint-names.ts'
import type { ReceivedRequest, TokenState } from './guard.ts'
import type { Histogram, Totals } from './tally.ts'

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

/** What a metrics page shows. */
export interface MetricsState {
  readonly model: string
  readonly totals: Totals
  readonly running: number
  readonly waiting: number
  readonly slots: number
}

/** The metrics of a server in Prometheus' text format, names and types as the server has them. */
export type MetricsPage = (state: MetricsState) => string

/** The servers whose metrics are shipped. */
export const METRICS = { vllm: renderVllmMetrics } as const satisfies Readonly<Record<string, MetricsPage>>

/** Where the simulator deviates from the real servers: it has no memory, so its sequences stand for their cache. */
export const CACHE_HELP = 'KV-cache usage. 1 means 100 percent usage. Simulated: the share of slots that are taken.'

/** vLLM, with the names from before and after 0.9. */
export function renderVllmMetrics(state: MetricsState): string {
  const { totals, model } = state
  const page = createPrometheusText({ model_name: model, engine: '0' })
  addLoad(page, 'vllm:', state)
  page.gauge(
    'vllm:gpu_cache_usage_perc',
    `DEPRECATED: use vllm:kv_cache_usage_perc. ${CACHE_HELP}`,
    computeSlotUsage(state),
  )
  page.gauge('vllm:kv_cache_usage_perc', CACHE_HELP, computeSlotUsage(state))
  page.counter('vllm:prefix_cache_queries_total', 'Prefix cache queries, in tokens.', totals.promptTokens)
  page.counter('vllm:prefix_cache_hits_total', 'Prefix cache hits, in tokens.', totals.cachedTokens)
  page.counter('vllm:gpu_prefix_cache_queries_total', 'DEPRECATED: prefix cache queries.', totals.promptTokens)
  page.counter('vllm:gpu_prefix_cache_hits_total', 'DEPRECATED: prefix cache hits.', totals.cachedTokens)
  page.counter('vllm:num_preemptions_total', 'Cumulative number of preemptions from the engine.', 0)
  addTokens(page, 'vllm:', totals)
  addFinishedRequests(page, 'vllm:', totals)
  page.histogram('vllm:request_prompt_tokens', 'Number of prefill tokens processed.', totals.inputTokens)
  page.histogram('vllm:request_generation_tokens', 'Number of generation tokens processed.', totals.outputTokens)
  page.histogram('vllm:time_to_first_token_seconds', TTFT_HELP, totals.firstToken)
  page.histogram('vllm:inter_token_latency_seconds', 'Histogram of inter-token latency in seconds.', totals.interToken)
  page.histogram('vllm:time_per_output_token_seconds', 'DEPRECATED: inter-token latency.', totals.interToken)
  page.histogram('vllm:request_time_per_output_token_seconds', TPOT_HELP, totals.perOutputToken)
  addPhases(page, 'vllm:', totals)
  return page.text
}

/** Descriptions that several servers share. */
export const TTFT_HELP = 'Histogram of time to first token in seconds.'
export const TPOT_HELP = 'Histogram of time per output token in seconds.'
export const E2E_HELP = 'Histogram of e2e request latency in seconds.'

/** Adds how many requests run and wait. */
export function addLoad(page: PrometheusText, prefix: string, { running, waiting }: MetricsState): void {
  page.gauge(`${prefix}num_requests_running`, 'Number of requests in model execution batches.', running)
  page.gauge(`${prefix}num_requests_waiting`, 'Number of requests waiting to be processed.', waiting)
}

/** Adds the tokens read and generated. */
export function addTokens(page: PrometheusText, prefix: string, totals: Totals): void {
  page.counter(`${prefix}prompt_tokens_total`, 'Number of prefill tokens processed.', totals.promptTokens)
  page.counter(`${prefix}generation_tokens_total`, 'Number of generation tokens processed.', totals.generatedTokens)
}

/** Adds how requests ended. */
export function addFinishedRequests(page: PrometheusText, prefix: string, totals: Totals): void {
  for (const [reason, count] of Object.entries(totals.finished)) {
    const name = `${prefix}request_success_total`
    page.counter(name, 'Count of successfully processed requests.', count, { finished_reason: reason })
  }
}

/** Adds how long requests were in each phase. */
export function addPhases(page: PrometheusText, prefix: string, totals: Totals): void {
  page.histogram(`${prefix}e2e_request_latency_seconds`, E2E_HELP, totals.request)
  page.histogram(`${prefix}request_queue_time_seconds`, 'Time spent in the WAITING phase.', totals.queue)
  page.histogram(`${prefix}request_inference_time_seconds`, 'Time spent in the RUNNING phase.', totals.inference)
  page.histogram(`${prefix}request_prefill_time_seconds`, 'Time spent in the PREFILL phase.', totals.prefill)
  page.histogram(`${prefix}request_decode_time_seconds`, 'Time spent in the DECODE phase.', totals.decode)
}

/** The share of slots that are taken. */
export function computeSlotUsage({ running, slots }: MetricsState): number {
  return Math.min(1, running / slots)
}

/** Builds a page in Prometheus' text format, metric by metric. */
interface PrometheusText {
  gauge(name: string, help: string, value: number): void
  /** `labels` come after those of the page. */
  counter(name: string, help: string, value: number, labels?: Labels): void
  /** `scale` turns the histogram's unit into the metric's. */
  histogram(name: string, help: string, histogram: Histogram, scale?: number): void
  readonly text: string
}

type Labels = Readonly<Record<string, string>>

/** A page whose samples all carry these labels. */
export function createPrometheusText(common: Labels = {}): PrometheusText {
  const lines: string[] = []
  const described = new Set<string>()
  const shared = listLabels(common)

  function describe(name: string, type: string, help: string): void {
    if (described.has(name)) return
    described.add(name)
    lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`)
  }
  function writeSample(name: string, labels: Labels, value: number): void {
    const all = [...shared, ...listLabels(labels)].join(',')
    lines.push(`${name}${all === '' ? '' : `{${all}}`} ${value}`)
  }
  return {
    gauge(name, help, value) {
      describe(name, 'gauge', help)
      writeSample(name, {}, value)
    },
    counter(name, help, value, labels = {}) {
      describe(name, 'counter', help)
      writeSample(name, labels, value)
    },
    histogram(name, help, { bounds, counts, sum, count }, scale = 1) {
      describe(name, 'histogram', help)
      let upTo = 0
      bounds.forEach((bound, i) => {
        upTo += counts[i]!
        writeSample(`${name}_bucket`, { le: formatBound(bound * scale) }, upTo)
      })
      writeSample(`${name}_bucket`, { le: '+Inf' }, count)
      writeSample(`${name}_sum`, {}, sum * scale)
      writeSample(`${name}_count`, {}, count)
    },
    get text() {
      return `${lines.join('\n')}\n`
    },
  }
}

function listLabels(labels: Labels): string[] {
  return Object.entries(labels).map(([key, text]) => `${key}="${escapeLabel(text)}"`)
}

/** Bounds are floats in every client library. */
function formatBound(value: number): string {
  return Number.isInteger(value) ? value.toFixed(1) : String(value)
}

function escapeLabel(text: string): string {
  return text
    .replaceAll('\\', String.raw`\\`)
    .replaceAll('"', String.raw`\"`)
    .replaceAll('\n', String.raw`\n`)
}
