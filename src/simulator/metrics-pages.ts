import type { Histogram, Totals } from './tally.ts'

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
