import {
  addFinishedRequests,
  addLoad,
  addPhases,
  addTokens,
  CACHE_HELP,
  E2E_HELP,
  METRICS,
  createPrometheusText,
  computeSlotUsage,
  TPOT_HELP,
  TTFT_HELP,
  type MetricsPage,
  type MetricsState,
} from '../../src/simulator/servers.ts'

/** The metrics of every server that is played: names and types are those of the server. */
export const ALL_METRICS = {
  ...METRICS,
  sglang,
  tgi,
  llamacpp,
  nim,
  lmdeploy,
} as const satisfies Readonly<Record<string, MetricsPage>>

function sglang({ model, totals, running, waiting, slots }: MetricsState): string {
  const page = createPrometheusText({ model_name: model })
  page.gauge('sglang:num_running_reqs', 'The number of running requests.', running)
  page.gauge('sglang:num_queue_reqs', 'The number of requests in the waiting queue.', waiting)
  page.gauge('sglang:token_usage', 'The token usage. Simulated: the share of slots that are taken.', running / slots)
  page.gauge('sglang:cache_hit_rate', 'The prefix cache hit rate.', share(totals.cachedTokens, totals.promptTokens))
  page.gauge(
    'sglang:gen_throughput',
    'The generation throughput (token/s). Simulated: its mean while requests were there.',
    share(totals.generatedTokens, totals.decode.sum) * share(totals.steppedSequences, totals.steps),
  )
  addTokens(page, 'sglang:', totals)
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
  const page = createPrometheusText()
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
  const page = createPrometheusText()
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
  const page = createPrometheusText({ model_name: state.model })
  addLoad(page, '', state)
  page.gauge('num_request_max', 'Max number of concurrently running requests.', state.slots)
  page.gauge('gpu_cache_usage_perc', CACHE_HELP, computeSlotUsage(state))
  addTokens(page, '', totals)
  addFinishedRequests(page, '', totals)
  page.histogram('time_to_first_token_seconds', TTFT_HELP, totals.firstToken)
  page.histogram('time_per_output_token_seconds', 'Histogram of time per output token.', totals.interToken)
  page.histogram('e2e_request_latency_seconds', E2E_HELP, totals.request)
  page.histogram('request_prompt_tokens', 'Histogram of number of prefill tokens processed.', totals.inputTokens)
  page.histogram('request_generation_tokens', 'Histogram of number of generation tokens.', totals.outputTokens)
  return page.text
}

function lmdeploy(state: MetricsState): string {
  const { totals } = state
  const page = createPrometheusText({ model_name: state.model, engine: '0' })
  addLoad(page, 'lmdeploy:', state)
  page.gauge('lmdeploy:gpu_cache_usage_perc', CACHE_HELP, computeSlotUsage(state))
  addTokens(page, 'lmdeploy:', totals)
  addFinishedRequests(page, 'lmdeploy:', totals)
  page.histogram('lmdeploy:time_to_first_token_seconds', TTFT_HELP, totals.firstToken)
  page.histogram('lmdeploy:time_per_output_token_seconds', TPOT_HELP, totals.perOutputToken)
  page.histogram('lmdeploy:iter_token_latency', 'Histogram of inter-token latency.', totals.interToken)
  addPhases(page, 'lmdeploy:', totals)
  return page.text
}

function share(part: number, whole: number): number {
  return whole > 0 ? part / whole : 0
}
