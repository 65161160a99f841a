import { prometheusText, type PrometheusText } from './prometheus.ts'
import type { Totals } from './tally.ts'

/** What a metrics page shows. */
export interface MetricsState {
  readonly model: string
  readonly totals: Totals
  readonly running: number
  readonly waiting: number
  readonly slots: number
}

/** Whose metrics the simulator shows: names and types are those of the server. */
export const METRICS_KINDS = ['vllm', 'sglang', 'tgi', 'llamacpp', 'nim', 'lmdeploy', 'none'] as const
export type MetricsKind = (typeof METRICS_KINDS)[number]

/** The page of that server, or null where there is none. */
export function metricsPage(kind: MetricsKind, state: MetricsState): string | null {
  return kind === 'none' ? null : PAGES[kind](state)
}

const PAGES: Readonly<Record<Exclude<MetricsKind, 'none'>, (state: MetricsState) => string>> = {
  vllm,
  sglang,
  tgi,
  llamacpp,
  nim,
  lmdeploy,
}

/** Where the simulator deviates from the real servers: it has no memory, so its sequences stand for their cache. */
const CACHE_HELP = 'KV-cache usage. 1 means 100 percent usage. Simulated: the share of slots that are taken.'

/** vLLM, with the names of before and after 0.9. */
function vllm(state: MetricsState): string {
  const { totals, model } = state
  const page = prometheusText({ model_name: model, engine: '0' })
  load(page, 'vllm:', state)
  page.gauge('vllm:gpu_cache_usage_perc', `DEPRECATED: use vllm:kv_cache_usage_perc. ${CACHE_HELP}`, usage(state))
  page.gauge('vllm:kv_cache_usage_perc', CACHE_HELP, usage(state))
  page.counter('vllm:prefix_cache_queries_total', 'Prefix cache queries, in tokens.', totals.promptTokens)
  page.counter('vllm:prefix_cache_hits_total', 'Prefix cache hits, in tokens.', totals.cachedTokens)
  page.counter('vllm:gpu_prefix_cache_queries_total', 'DEPRECATED: prefix cache queries.', totals.promptTokens)
  page.counter('vllm:gpu_prefix_cache_hits_total', 'DEPRECATED: prefix cache hits.', totals.cachedTokens)
  page.counter('vllm:num_preemptions_total', 'Cumulative number of preemptions from the engine.', 0)
  tokens(page, 'vllm:', totals)
  finished(page, 'vllm:', totals)
  page.histogram('vllm:request_prompt_tokens', 'Number of prefill tokens processed.', totals.inputTokens)
  page.histogram('vllm:request_generation_tokens', 'Number of generation tokens processed.', totals.outputTokens)
  page.histogram('vllm:time_to_first_token_seconds', TTFT_HELP, totals.firstToken)
  page.histogram('vllm:inter_token_latency_seconds', 'Histogram of inter-token latency in seconds.', totals.interToken)
  page.histogram('vllm:time_per_output_token_seconds', 'DEPRECATED: inter-token latency.', totals.interToken)
  page.histogram('vllm:request_time_per_output_token_seconds', TPOT_HELP, totals.perOutputToken)
  phases(page, 'vllm:', totals)
  return page.text
}

function sglang({ model, totals, running, waiting, slots }: MetricsState): string {
  const page = prometheusText({ model_name: model })
  page.gauge('sglang:num_running_reqs', 'The number of running requests.', running)
  page.gauge('sglang:num_queue_reqs', 'The number of requests in the waiting queue.', waiting)
  page.gauge('sglang:token_usage', 'The token usage. Simulated: the share of slots that are taken.', running / slots)
  page.gauge('sglang:cache_hit_rate', 'The prefix cache hit rate.', share(totals.cachedTokens, totals.promptTokens))
  page.gauge(
    'sglang:gen_throughput',
    'The generation throughput (token/s). Simulated: its mean while requests were there.',
    share(totals.generatedTokens, totals.decode.sum) * share(totals.steppedSequences, totals.steps),
  )
  tokens(page, 'sglang:', totals)
  page.counter('sglang:cached_tokens_total', 'Number of cached prompt tokens.', totals.cachedTokens)
  page.counter('sglang:num_requests_total', 'Number of requests processed.', totals.request.count)
  page.histogram('sglang:time_to_first_token_seconds', TTFT_HELP, totals.firstToken)
  page.histogram('sglang:inter_token_latency_seconds', 'Histogram of inter-token latency.', totals.interToken)
  page.histogram('sglang:time_per_output_token_seconds', TPOT_HELP, totals.perOutputToken)
  page.histogram('sglang:e2e_request_latency_seconds', E2E_HELP, totals.request)
  page.histogram('sglang:queue_time_seconds', 'Histogram of queueing time in seconds.', totals.queue)
  return page.text
}

/** Text generation inference; it has no time to first token. */
function tgi({ totals, running, waiting }: MetricsState): string {
  const page = prometheusText()
  page.gauge('tgi_batch_current_size', 'Current batch size', running)
  page.gauge('tgi_queue_size', 'Current queue size', waiting)
  page.counter('tgi_request_count', 'Total number of requests', totals.received)
  page.counter('tgi_request_success', 'Number of successful requests', totals.finished.stop + totals.finished.length)
  page.histogram('tgi_request_duration', 'Total time spent processing the request', totals.request)
  page.histogram('tgi_request_queue_duration', 'Time spent in the queue per request', totals.queue)
  page.histogram('tgi_request_inference_duration', 'Request inference duration', totals.inference)
  page.histogram('tgi_request_mean_time_per_token_duration', 'Mean time per token of a request', totals.perToken)
  page.histogram('tgi_request_generated_tokens', 'Generated tokens per request', totals.outputTokens)
  page.histogram('tgi_request_input_length', 'Input token length per request', totals.inputTokens)
  return page.text
}

/** llama.cpp: counters and gauges without labels, no histogram. */
function llamacpp({ totals, running, waiting, slots }: MetricsState): string {
  const page = prometheusText()
  const prompts = totals.promptTokens - totals.cachedTokens
  page.counter('llamacpp:prompt_tokens_total', 'Number of prompt tokens processed.', prompts)
  page.counter('llamacpp:prompt_seconds_total', 'Prompt process time', totals.prefill.sum)
  page.counter('llamacpp:tokens_predicted_total', 'Number of generation tokens processed.', totals.generatedTokens)
  page.counter('llamacpp:tokens_predicted_seconds_total', 'Predict process time', totals.decode.sum)
  page.counter('llamacpp:n_decode_total', 'Total number of llama_decode() calls', totals.steps)
  page.gauge(
    'llamacpp:prompt_tokens_seconds',
    'Average prompt throughput in tokens/s.',
    share(prompts, totals.prefill.sum),
  )
  page.gauge(
    'llamacpp:predicted_tokens_seconds',
    'Average generation throughput in tokens/s.',
    share(totals.generatedTokens, totals.decode.sum),
  )
  page.gauge('llamacpp:kv_cache_usage_ratio', CACHE_HELP, running / slots)
  page.gauge('llamacpp:requests_processing', 'Number of requests processing.', running)
  page.gauge('llamacpp:requests_deferred', 'Number of requests deferred.', waiting)
  page.gauge(
    'llamacpp:n_busy_slots_per_decode',
    'Average number of busy slots per llama_decode() call',
    share(totals.steppedSequences, totals.steps),
  )
  return page.text
}

/** NIM: vLLM's metrics without a prefix. */
function nim(state: MetricsState): string {
  const { totals } = state
  const page = prometheusText({ model_name: state.model })
  load(page, '', state)
  page.gauge('num_request_max', 'Max number of concurrently running requests.', state.slots)
  page.gauge('gpu_cache_usage_perc', CACHE_HELP, usage(state))
  tokens(page, '', totals)
  finished(page, '', totals)
  page.histogram('time_to_first_token_seconds', TTFT_HELP, totals.firstToken)
  page.histogram('time_per_output_token_seconds', 'Histogram of time per output token.', totals.interToken)
  page.histogram('e2e_request_latency_seconds', E2E_HELP, totals.request)
  page.histogram('request_prompt_tokens', 'Histogram of number of prefill tokens processed.', totals.inputTokens)
  page.histogram('request_generation_tokens', 'Histogram of number of generation tokens.', totals.outputTokens)
  return page.text
}

function lmdeploy(state: MetricsState): string {
  const { totals } = state
  const page = prometheusText({ model_name: state.model, engine: '0' })
  load(page, 'lmdeploy:', state)
  page.gauge('lmdeploy:gpu_cache_usage_perc', CACHE_HELP, usage(state))
  tokens(page, 'lmdeploy:', totals)
  finished(page, 'lmdeploy:', totals)
  page.histogram('lmdeploy:time_to_first_token_seconds', TTFT_HELP, totals.firstToken)
  page.histogram('lmdeploy:time_per_output_token_seconds', TPOT_HELP, totals.perOutputToken)
  page.histogram('lmdeploy:iter_token_latency', 'Histogram of inter-token latency.', totals.interToken)
  phases(page, 'lmdeploy:', totals)
  return page.text
}

const TTFT_HELP = 'Histogram of time to first token in seconds.'
const TPOT_HELP = 'Histogram of time per output token in seconds.'
const E2E_HELP = 'Histogram of e2e request latency in seconds.'

function load(page: PrometheusText, prefix: string, { running, waiting }: MetricsState): void {
  page.gauge(`${prefix}num_requests_running`, 'Number of requests in model execution batches.', running)
  page.gauge(`${prefix}num_requests_waiting`, 'Number of requests waiting to be processed.', waiting)
}

function tokens(page: PrometheusText, prefix: string, totals: Totals): void {
  page.counter(`${prefix}prompt_tokens_total`, 'Number of prefill tokens processed.', totals.promptTokens)
  page.counter(`${prefix}generation_tokens_total`, 'Number of generation tokens processed.', totals.generatedTokens)
}

function finished(page: PrometheusText, prefix: string, totals: Totals): void {
  for (const [reason, count] of Object.entries(totals.finished)) {
    const name = `${prefix}request_success_total`
    page.counter(name, 'Count of successfully processed requests.', count, { finished_reason: reason })
  }
}

function phases(page: PrometheusText, prefix: string, totals: Totals): void {
  page.histogram(`${prefix}e2e_request_latency_seconds`, E2E_HELP, totals.request)
  page.histogram(`${prefix}request_queue_time_seconds`, 'Time spent in the WAITING phase.', totals.queue)
  page.histogram(`${prefix}request_inference_time_seconds`, 'Time spent in the RUNNING phase.', totals.inference)
  page.histogram(`${prefix}request_prefill_time_seconds`, 'Time spent in the PREFILL phase.', totals.prefill)
  page.histogram(`${prefix}request_decode_time_seconds`, 'Time spent in the DECODE phase.', totals.decode)
}

function usage({ running, slots }: MetricsState): number {
  return Math.min(1, running / slots)
}

function share(part: number, whole: number): number {
  return whole > 0 ? part / whole : 0
}
